"""1.7 and 1.8: interference between features, and how little of it there can be."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("rotating the hidden space changes nothing")
def rotation(answer, W):
    Q = torch.linalg.qr(torch.randn(W.shape[1], W.shape[1], generator=torch.Generator().manual_seed(1))).Q
    same = torch.allclose(answer(W), answer(torch.einsum("gh,ihf->igf", Q, W)), rtol=1e-3, atol=1e-4)
    return (
        None
        if same
        else "A rotated model got another superposition. Dot products don't change under rotation: build on them."
    )


@law("arrows twice as long interfere four times as much")
def quadratic(answer, W):
    same = torch.allclose(answer(2 * W), 4 * answer(W), rtol=1e-3, atol=1e-4)
    return None if same else "With W doubled, the result wasn't four times as large."


def _unit(W):
    return W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)


def _overlap(left, right):
    return torch.einsum("ihf,ihg->ifg", left, right)


def _superposition(W):
    overlap = _overlap(_unit(W), W) ** 2
    return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)


class Superposition(FunctionExercise):
    id, title = "1.7", "How much do features get in each other's way?"
    difficulty, minutes, points, needs = "B", 10, 2, ["1.2"]
    checked = "stacks of models against loops, with dropped features and nearly dropped ones"
    hints = [
        "Which two indices does the sum run over? Only one of the two vectors is normalised.",
        "All dot products at once are one einsum: `... hidden i, ... hidden j -> ... i j`. Square, sum over j, take "
        "the i = j term off.",
    ]

    def cases(self, rng):
        yield torch.randn(3, 4, 7, generator=rng)
        yield torch.randn(1, 2, 2, generator=rng)
        dropped = torch.randn(2, 3, 5, generator=rng)
        dropped[0, :, 1] = dropped[1, :, 4] = 0
        yield Case(dropped, "with a dropped feature, another one in each model")
        short = torch.randn(2, 3, 4, generator=rng)
        short[0, :, 2] *= 0.05
        short[1, 2] *= 0.05  # a plane of long arrows, nearly at right angles to a very short one
        short[1, :, 0] = torch.tensor([0.0, 0.0, 0.005])
        yield Case(short, "with arrows so short that they are nearly dropped")

    def oracle(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance feature"]:
        instances, hidden, features = W.shape
        out = torch.zeros(instances, features)
        for k in range(instances):
            for i in range(features):
                length = math.sqrt(sum(W[k, h, i].item() ** 2 for h in range(hidden)))
                for j in range(features):
                    if j != i and length > 0:
                        dot = sum(W[k, h, i].item() * W[k, h, j].item() for h in range(hidden))
                        out[k, i] += (dot / length) ** 2
        return out

    laws = [rotation, quadratic]

    @mistake("You kept the worst neighbour. Superposition adds up what all of them do.")
    def worst_neighbour(W):
        overlap = _overlap(_unit(W), W) ** 2 * (1 - torch.eye(W.shape[2]))
        return overlap.amax(-1)

    @mistake(
        "You left out arrows on the other side (negative dot products). A square has no sign: they disturb as well."
    )
    def positive_overlaps_only(W):
        overlap = _overlap(_unit(W), W).relu() ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake("You divided by the length of the whole matrix. Each reader has the length of its own column, `dim=1`.")
    def one_length_for_all(W):
        overlap = _overlap(W / W.norm(dim=(1, 2), keepdim=True), W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake(
        "You took lengths along the features, `dim=2`. An arrow is a column of W: its length is over the hidden axis."
    )
    def lengths_over_features(W):
        overlap = _overlap(torch.nn.functional.normalize(W, dim=2), W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake("You added up sizes. Square each dot product, then add.")
    def sizes_for_squares(W):
        overlap = _overlap(_unit(W), W).abs()
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake("You counted neighbours. How much each disturbs is the square of its dot product: add these up.")
    def counts_neighbours(W):
        overlap = _overlap(_unit(W), W) ** 2 * (1 - torch.eye(W.shape[2]))
        return (overlap > 0.01).sum(-1).float()

    @mistake("What comes off is the feature's own term, (ŵ_i · w_i)² = ‖w_i‖². You took off 1.")
    def minus_one(W):
        return (_overlap(_unit(W), W) ** 2).sum(-1) - 1

    @mistake("Every value is too large by exactly ‖w_i‖²: the sum should skip j = i.")
    def counts_itself(W):
        return (_overlap(_unit(W), W) ** 2).sum(-1)

    @mistake(
        "You normalised both vectors. Only the reader ŵ_i is a unit vector; w_j keeps its length, so a dropped "
        "feature disturbs nobody."
    )
    def both_normalised(W):
        return (_overlap(_unit(W), _unit(W)) ** 2).sum(-1) - (W.norm(dim=1) > 1e-9).float()

    @mistake(
        "You normalised both vectors, and took 1 off for the feature itself: a dropped feature then gets −1. w_j "
        "keeps its length, and what comes off is the i = j term as it is."
    )
    def both_normalised_minus_one(W):
        return (_overlap(_unit(W), _unit(W)) ** 2).sum(-1) - 1

    @mistake(
        "The reader isn't normalised. Divide w_i by its length, or a longer arrow seems to be disturbed more by "
        "the same neighbours."
    )
    def neither_normalised(W):
        return (_overlap(W, W) ** 2).sum(-1) - W.norm(dim=1) ** 4

    @mistake("Interference from opposite arrows cancels in your sum. Square before adding.")
    def forgot_the_square(W):
        overlap = _overlap(_unit(W), W)
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake(
        "The one who reads is feature i: its arrow is at length 1, and the others keep theirs. With you it "
        "is the other "
        "way round (another arrow normalised, or summed along the other axis)."
    )
    def wrong_axis(W):
        overlap = _overlap(_unit(W), W) ** 2
        return overlap.sum(-2) - overlap.diagonal(dim1=1, dim2=2)

    @mistake("A zero column gives 0/0. A feature that is not represented receives no interference: return 0 there.")
    def nan_for_a_dropped_feature(W):
        overlap = _overlap(W / W.norm(dim=1, keepdim=True), W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @mistake(
        "You gave 0 to short arrows too, as if they were dropped. However short an arrow is, the others lie along it "
        "or not: only a column of zeros gets 0."
    )
    def short_counts_as_dropped(W):
        return _superposition(W) * (W.norm(dim=1) > 0.5)

    @mistake(
        "Your guard against 0/0 changes short arrows too: what it adds to a length, or puts in its place, must be far "
        "smaller than any length, like 1e-12."
    )
    def a_guard_that_is_felt(W):
        return (_overlap(W / W.norm(dim=1, keepdim=True).clamp_min(1e-2), W) ** 2 * (1 - torch.eye(W.shape[2]))).sum(-1)

    @mistake("A model with one dropped feature got 0 for all of them. Only the dropped feature itself gets 0.")
    def zero_for_the_whole_model(W):
        return _superposition(W) * (W.norm(dim=1) > 0).all(dim=1, keepdim=True)

    @mistake("You averaged over the others. Superposition adds up what all of them do.")
    def mean_over_the_others(W):
        return _superposition(W) / (W.shape[2] - 1)

    @mistake("You squared the sum. Opposite interference cancels in it: square every overlap, then add.")
    def square_of_the_sum(W):
        overlap = _overlap(_unit(W), W)
        return (overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)) ** 2

    @mistake(
        "You compared the rows of W, the hidden dimensions. The arrow of a feature is a column: contract over "
        "the hidden axis."
    )
    def dimensions_instead_of_features(W):
        unit = W / W.norm(dim=2, keepdim=True).clamp_min(1e-12)
        overlap = torch.einsum("ihf,igf->ihg", unit, W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=1, dim2=2)

    @rewrite
    def superposition_with_loops(W):
        out = torch.zeros(W.shape[0], W.shape[2])
        for k, model in enumerate(W):
            for i in range(W.shape[2]):
                others = [j for j in range(W.shape[2]) if j != i]
                length = model[:, i].norm()
                if length > 0:
                    out[k, i] = ((model[:, i] @ model[:, others] / length) ** 2).sum()
        return out

    @rewrite
    def superposition_with_matmul(W):
        squared = (_unit(W).mT @ W).square()
        return squared.masked_fill(torch.eye(W.shape[2], dtype=torch.bool), 0).sum(dim=2)

    @rewrite
    def superposition_with_gram(W):
        gram = W.mT @ W
        length2 = gram.diagonal(dim1=1, dim2=2)
        return torch.where(length2 > 0, (gram**2).sum(2) / length2.clamp_min(1e-20) - length2, 0.0)

    equivalent = {
        "superposition_with_loops, line 6: `length > 0` → `length != 0`": "A length is never negative.",
    }


class LeastSuperposition(ValueExercise):
    id, title = "1.8", "The crowd you can't avoid"
    difficulty, minutes, points, needs = "C", 10, 2, ["1.7"]
    rtol = 0.01
    otherwise = (
        "Try the rule that you have on arrows that you know: three unit arrows 120° apart in a plane share "
        "3/2 − 1 = 0.5 "
        "each, the pentagon 1.5, and arrows at right angles 0. How do n and m enter?"
    )
    checked = (
        "Over all j, (ŵ_i · ŵ_j)² adds up to at least 80/20 on average, and 1 of that is the feature itself. In "
        "general n/m − 1 (Welch 1974 has the general form of this bound)."
    )
    hints = [
        "Start small: three unit arrows 120° apart in a plane, then the pentagon. Compute the superposition of each "
        "and compare with n and m.",
        "The sum of all (ŵ_i·ŵ_j)² is the sum of squared eigenvalues of WWᵀ, whose m eigenvalues add up to n. It is "
        "smallest when they are all n/m.",
    ]

    def oracle(self) -> float:
        """A tight frame: 80 unit arrows whose WWᵀ is 4 times the identity (four orthonormal bases stand in for one)."""
        bases = [torch.linalg.qr(torch.randn(20, 20, generator=torch.Generator().manual_seed(s))).Q for s in range(4)]
        W = torch.cat(bases, dim=1)
        return ((W.T @ W) ** 2).sum().item() / 80 - 1

    mistakes = {
        "counts itself": (4.0, "Nearly: that counts the feature's overlap with itself, which is 1."),
        "random arrows": (
            79 / 20,
            "That is the average for arrows in random directions: 79 others, 1/20 each. Arranged well, they do better.",
        ),
        "all others at once": (
            79.0,
            "That would be 79 arrows on top of the first. In 20 dimensions they can keep apart.",
        ),
        "a typical cosine": (
            (3 / 79) ** 0.5,
            "That is the typical cosine of two arrows, a root of a mean. Superposition is the sum of all 79 squares.",
        ),
        "how many too many": (
            60.0,
            "So many arrows have no dimension of their own. How much they disturb is a sum of squared cosines.",
        ),
        "upside down": (20 / 80, "That is m/n. More arrows disturb each other more: n stands above."),
        "one over the dimensions": (
            1 / 20,
            "That is the mean square of one cosine in 20 dimensions. It is added up over all the others.",
        ),
        "the whole sum": (240.0, "That is the sum over all 80. The question is about the average of one."),
        "they could be orthogonal": (
            0.0,
            "Only 20 arrows in 20 dimensions can be orthogonal. There are 60 more, and they have to point somewhere.",
        ),
        "the pentagon's": (1.5, "That is the pentagon, 5/2 − 1. What do 80 arrows in 20 dimensions share?"),
        "shared among the others": (
            60 / 20 / 79,
            "That is the average over pairs. The superposition of a feature adds up all 79 of its neighbours.",
        ),
        "only the extra ones": (
            0.75,
            "Counting only the 60 arrows too many isn't enough: every arrow is disturbed, the first 20 too.",
        ),
    }
    rewrites = [3, torch.tensor(3.0), 80 / 20 - 1]
