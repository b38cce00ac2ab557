"""9.5 and 9.6: the nearest cosine, both ways round, and what its mean hides."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("the length of a direction doesn't matter")
def length_is_nothing(answer, directions, others):
    scale = 0.5 + torch.arange(len(others))[:, None]
    same = torch.allclose(answer(3 * directions, others * scale), answer(directions, others), rtol=1e-3, atol=1e-5)
    return None if same else "With longer rows, pointing the same way, the cosines have changed."


@law("adding more directions to the second set can only bring one nearer")
def more_is_nearer(answer, directions, others):
    more = torch.cat([others, -others])
    return None if (answer(directions, more) >= answer(directions, others) - 1e-5).all() else "A row got further away."


def _unit(rows):
    return rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-12)


class NearestCosine(FunctionExercise):
    id, title = "9.5", "How near is the nearest?"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = (
        "pairs of sets of different sizes against loops, with opposite rows, exact copies, very short rows and rows "
        "of zeros in either set"
    )
    hints = [
        "All cosines at once are one matrix product of unit vectors: [a, b]. Which axis do you search for the maximum?",
        "Divide every row by its norm (`.clamp_min(1e-12)` for a zero row), `@` the other's transpose, then `.amax` "
        "over the second axis.",
    ]

    def cases(self, rng):
        square = torch.randn(3, 4, generator=rng), torch.randn(3, 4, generator=rng)
        yield Case(square, "with as many rows in both sets")
        yield Case((torch.randn(5, 3, generator=rng), torch.randn(2, 3, generator=rng)), "with more rows in the first")
        row = torch.randn(1, 4, generator=rng)
        yield Case((row, torch.cat([-row, -2 * row + 0.1])), "with nothing but opposite rows")
        nothing = torch.zeros(1, 4)
        yield Case((row, torch.cat([-row, nothing])), "with an opposite row and a row of zeros in the second set")
        two = torch.cat([nothing, row])
        yield Case((two, torch.randn(3, 4, generator=rng)), "with a row of zeros in the first set")
        yield Case((two, torch.cat([nothing, -row])), "with a row of zeros in both sets")
        others = torch.randn(3, 4, generator=rng)
        yield Case((torch.cat([row, others[1:2]]), others), "with an exact copy")
        yield Case((1e-4 * torch.randn(3, 4, generator=rng), others), "with very short rows")

    def oracle(self, directions: Float[Tensor, "a d_in"], others: Float[Tensor, "b d_in"]) -> Float[Tensor, "a"]:
        found = []
        for row in directions.tolist():
            best = -2.0
            for other in others.tolist():
                lengths = sum(u * u for u in row) ** 0.5 * sum(u * u for u in other) ** 0.5
                dot = sum(u * w for u, w in zip(row, other))
                best = max(best, dot / lengths if lengths > 0 else 0.0)
            found.append(best)
        return torch.tensor(found)

    laws = [length_is_nothing, more_is_nearer]

    @mistake(
        "You searched over the first set: the maximum for each row of `others`. Here every row of `directions` "
        "looks for its nearest one."
    )
    def the_other_way_round(directions, others):
        return (_unit(directions) @ _unit(others).T).amax(0)

    @mistake(
        "You looked for the row at the smallest distance, and lengths play a part in that. The nearest one is here the "
        "one with the largest cosine."
    )
    def nearest_by_distance(directions, others):
        nearest = others[torch.cdist(directions, others).argmin(dim=1)]
        return (_unit(directions) * _unit(nearest)).sum(dim=1)

    @mistake("These are dot products: long rows win. A cosine needs both vectors at length 1.")
    def nothing_normalised(directions, others):
        return (directions @ others.T).amax(1)

    @mistake("Only one of the two sets was normalised. A cosine needs both.")
    def one_normalised(directions, others):
        return (_unit(directions) @ others.T).amax(1)

    @mistake(
        "You took absolute values. A latent is never negative, so one that points the opposite way has not found "
        "the feature."
    )
    def absolute_value(directions, others):
        return (_unit(directions) @ _unit(others).T).abs().amax(1)

    @mistake("Return one cosine for each row; the mean comes later, and hides a lot.")
    def averaged_already(directions, others):
        return (_unit(directions) @ _unit(others).T).amax(1).mean()

    @mistake("That is the furthest one, the smallest cosine. The nearest has the largest.")
    def the_furthest(directions, others):
        return (_unit(directions) @ _unit(others).T).amin(1)

    @mistake("You compared row i with row i. Latents have no order: compare each row with all of the others.")
    def row_by_row(directions, others):
        return (_unit(directions) * _unit(others)).sum(-1)

    @mistake("You returned where the nearest one stands (argmax); we want how near it is (amax).")
    def which_one(directions, others):
        return (_unit(directions) @ _unit(others).T).argmax(1)

    @mistake("You averaged over the other set. Almost all directions are far away; the nearest one counts.")
    def mean_over_the_others(directions, others):
        return (_unit(directions) @ _unit(others).T).mean(1)

    @mistake("You normalised the columns. A direction is a row, [a, d_in]: take the norm over the last axis.")
    def columns_normalised(directions, others):
        def unit(rows):
            return rows / rows.norm(dim=0, keepdim=True).clamp_min(1e-12)

        return (unit(directions) @ unit(others).T).amax(1)

    @mistake("A row of zeros gives 0/0. It points nowhere: its cosine with anything is 0 here.")
    def nan_for_a_zero_row(directions, others):
        unit = others / others.norm(dim=-1, keepdim=True)
        return (_unit(directions) @ unit.T).amax(1)

    @mistake("A row of zeros in `directions` gives 0/0, too: guard both sets. Its cosine with everything is 0.")
    def nan_for_a_zero_row_of_the_first_set(directions, others):
        unit = directions / directions.norm(dim=-1, keepdim=True)
        return (unit @ _unit(others).T).amax(1)

    @mistake("You left rows of zeros out of the search. Their cosine is 0, which beats a negative one.")
    def zero_rows_left_out(directions, others):
        living = others[others.norm(dim=-1) > 0]
        return (_unit(directions) @ _unit(living).T).amax(1)

    @mistake(
        "Your guard against 0/0 is longer than some rows, and makes them shorter than 1. It should only catch a row of "
        "zeros: 1e-12, say."
    )
    def guard_too_large(directions, others):
        unit, other_unit = (rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-3) for rows in (directions, others))
        return (unit @ other_unit.T).amax(1)

    @mistake("You left out the cosine of a row with an exact copy of itself. The sets are different ones: it has 1.")
    def copies_left_out(directions, others):
        cosines = _unit(directions) @ _unit(others).T
        return cosines.masked_fill(cosines > 0.9999, -1).amax(1)

    @rewrite
    def nearest_with_a_loop(directions, others):
        found = []
        for row in directions:
            found.append(max(float(row @ o) / max(float(row.norm() * o.norm()), 1e-12) for o in others))
        return torch.tensor(found)

    @rewrite
    def nearest_with_normalize(directions, others):
        normal = torch.nn.functional.normalize
        return torch.einsum("ad,bd->ab", normal(directions, dim=1), normal(others, dim=1)).max(dim=1).values

    @rewrite
    def nearest_with_cosine_similarity(directions, others):
        return torch.cosine_similarity(directions[:, None], others[None], dim=-1).max(1)[0]


class WhatTheMeanHides(ValueExercise):
    id, title = "9.6", "Three dictionaries, one mean"
    difficulty, minutes, points, needs = "A", 6, 1, ["9.5"]
    checked = (
        "A: a heap at 1 and a heap at chance, so most features are there. B: one heap, nothing at 1. C: all features "
        "at 1, and useless latents besides, which only the other way round shows."
    )
    hints = [
        "In the upper row every feature looks for its nearest latent: a heap at 1 means features that are found. In "
        "the lower row every latent looks for its nearest feature.",
        "Which dictionary has features both at 1 and far from it? Which has nothing near 1 at all? Which has all its "
        "features at 1?",
    ]

    def oracle(self) -> list[str]:
        return ["b", "a", "c"]

    mistakes = {
        "A and B exchanged": (
            ["a", "b", "c"],
            "The means over the latents are the same; look at the shapes. A has a heap at 1: those features are found "
            "exactly. B has nothing at 1, all its latents are a little off.",
        ),
        "A and C exchanged": (
            ["b", "c", "a"],
            "In C every feature is found: look at its upper panel. The ones that stand for nothing are latents. In A "
            "it is features that are missing.",
        ),
        "B and C exchanged": (
            ["c", "a", "b"],
            "A dictionary that is a little off everywhere has no cosine at 1 in either row.",
        ),
        "turned round": (
            ["a", "c", "b"],
            "Read the lists again: first the one that is off everywhere, then the one that misses features, then the "
            "one with useless latents.",
        ),
        "turned round the other way": (
            ["c", "b", "a"],
            "C is the only one whose features are all at 1: nothing is missing from it. Start from there.",
        ),
    }
    rewrites = [("b", "a", "c"), ["B", "A", "C"], [" b", "a ", "c"]]
