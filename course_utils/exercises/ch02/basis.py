"""2.12: does the basis of hidden units stand out among turned copies?"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, describe, mistake, rewrite
from course_utils.exercises.ch02.dimensions import first_wrong_value

KEPT = 0.5


def turns(draws, hidden, rng):
    return torch.linalg.qr(torch.randn(draws, hidden, hidden, generator=rng)).Q


def aligned(W, *, kept=True, power=2, dim=-2, reduce="mean"):
    """Mean over kept features of the share of ‖w_i‖² on its largest unit, with places for slips."""
    size = W.abs() ** power
    share = size.amax(dim=dim) / size.sum(dim=dim).clamp_min(1e-12)
    if not kept or dim != -2:
        return share.mean(dim=-1)
    long = (W.norm(dim=-2) > KEPT).float()
    total = (share * long).sum(dim=-1)
    return total / long.sum(dim=-1) if reduce == "mean" else total


def exact_turns():
    """Six turns that floats can do without rounding: a length of exactly 0.5 stays one."""
    square = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    signs = torch.tensor(
        [[1.0, 1, 1, 1], [-1, 1, 1, 1], [1, -1, 1, 1], [-1, -1, 1, 1], [-1, -1, -1, 1], [1, -1, 1, -1]]
    )
    return square * signs[:, None]


def long_ones(W):
    return W[:, W.norm(dim=0) > KEPT]


class StandsOut(FunctionExercise):
    id, title = "2.12", "Does the basis stand out?"
    difficulty, minutes, points, needs = "B", 6, 2, []
    fixed = ("turns",)
    checked = "models against a loop over features and turns, with short columns and a turn that does nothing"
    hints = [
        "Of each feature longer than 0.5: which share of its squared length lies on its largest unit? Average over "
        "those features. The same for every turned copy `turns @ W`.",
        "`share = (W**2).amax(dim=-2) / (W**2).sum(dim=-2)`; it works for [draw, hidden, feature] as well. Then "
        "`(turned < own).float().mean()`.",
    ]

    def cases(self, rng):
        W = torch.randn(4, 7, generator=rng)
        W[:, 2] *= 0.05
        yield Case((W, turns(9, 4, rng)), "with a feature too short to count")
        axes = torch.eye(3)[:, [0, 1, 2, 0]] * torch.tensor([1.0, 0.8, -1.2, -0.9])
        yield Case((axes, torch.cat([torch.eye(3)[None], turns(4, 3, rng)])), "with a basis, and a turn of 0°")
        diagonal = torch.tensor([[0.7, 0.7, 0.6], [0.7, -0.7, 0.6]])
        yield Case((diagonal, turns(6, 2, rng)), "with arrows between the axes")
        mixed = torch.randn(5, 12, generator=rng) * (0.1 + 0.5 * torch.rand(12, generator=rng))
        yield Case((mixed, turns(25, 5, rng)), "with lengths near 0.5")
        border = torch.tensor([[0.5, 1.0, 1.2], [0.0, 1.0, 0.5], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
        yield Case((border, exact_turns()), "with a length of exactly 0.5")
        lopsided = torch.tensor([[2.0, 0.3, 0.6, 0.05], [0.1, 0.35, -0.5, 0.4], [0.2, 0.4, 0.4, -0.05]])
        yield Case((lopsided, turns(15, 3, rng)), "with arrows of very different lengths")

    def oracle(self, W: Float[Tensor, "hidden feature"], turns: Float[Tensor, "draw hidden hidden"]) -> float:
        def mean_share(model):
            shares = []
            for column in model.T.tolist():
                square = sum(w * w for w in column)
                if square > KEPT**2:
                    shares.append(max(w * w for w in column) / square)
            return sum(shares) / len(shares)

        own = mean_share(W.double())
        below = [mean_share(turn.double() @ W.double()) < own - 1e-7 for turn in turns]
        return sum(below) / len(below)

    def remark(self, trials):
        bad = first_wrong_value(trials)
        if bad is None:
            return None
        W, turns = bad.case.args
        long = (W.norm(dim=0) > KEPT).nonzero()[:, 0].tolist()
        copies = aligned(turns @ W)
        below = int((copies < aligned(W) - 1e-6).sum())
        return (
            f"Here features {describe.words([str(i) for i in long])} are longer than 0.5, W's alignment is "
            f"{aligned(W):.4f}, that of the first copy {copies[0]:.4f}, and {below} of {len(turns)} copies lie below W."
        )

    @mistake("That is the share of turned copies *above* W. The question is how many lie below it.")
    def share_above(W, turns):
        return float((aligned(turns @ W) > aligned(W)).float().mean())

    @mistake("A turn of 0° is as well aligned as W itself, not worse. Count what is below: `<`, not `<=`.")
    def ties_counted(W, turns):
        return float((aligned(turns @ W) <= aligned(W) + 1e-6).float().mean())

    @mistake("You let columns of length 0.5 or less count. They hardly have a direction.")
    def short_ones_counted(W, turns):
        return float((aligned(turns @ W, kept=False) < aligned(W, kept=False) - 1e-6).float().mean())

    @mistake(
        "You asked which feature is strongest on each unit. Here it is the other way: for each feature, the unit that "
        "holds most of it (axis −2)."
    )
    def per_unit(W, turns):
        return float((aligned(turns @ W, dim=-1) < aligned(W, dim=-1) - 1e-6).float().mean())

    @mistake("The shares are those of |w|, not of w². Squares of one arrow add up to the same in every turned copy.")
    def not_squared(W, turns):
        return float((aligned(turns @ W, power=1) < aligned(W, power=1) - 1e-6).float().mean())

    @mistake("You put the turned copy the other way round: its matrix transposed is another turn. It is `turns @ W`.")
    def turned_back(W, turns):
        return float((aligned(turns.mT @ W) < aligned(W) - 1e-6).float().mean())

    @mistake("That is how well W is aligned. Alone the number says little: how many turned copies lie below it?")
    def the_alignment_itself(W, turns):
        return float(aligned(W))

    @mistake("That is the number of copies below. Divide by how many there are.")
    def count_for_share(W, turns):
        return float((aligned(turns @ W) < aligned(W) - 1e-6).sum())

    @mistake(
        "You added up the largest squares of all features and divided at the end: long arrows count more so. Take the "
        "share of each feature first, then the mean."
    )
    def long_arrows_count_more(W, turns):
        def pooled(model):
            long = W.norm(dim=0) > KEPT
            return (model**2).amax(dim=-2)[..., long].sum(-1)

        return float((pooled(turns @ W) < pooled(W) - 1e-6).float().mean())

    @mistake("The largest unit is the one with the largest *square*: a large negative weight counts too.")
    def negative_weights_passed_over(W, turns):
        def share(model):
            return (model.amax(dim=-2) ** 2 / (model**2).sum(dim=-2)).mean(dim=-1)

        kept = long_ones(W)
        return float((share(turns @ kept) < share(kept) - 1e-6).float().mean())

    @mistake("The mean alignment of the turned copies is no answer yet. Which share of them lies below that of W?")
    def mean_of_the_copies(W, turns):
        return float(aligned(turns @ W).mean())

    @mistake("You averaged how far W is above the copies. Count how many lie below it, and divide by their number.")
    def mean_difference(W, turns):
        return float((aligned(W) - aligned(turns @ W)).mean())

    @mistake("You compared feature by feature. Alignment is a mean over the features: average first, then compare.")
    def feature_by_feature(W, turns):
        kept = long_ones(W)
        own, copies = (model.square().amax(dim=-2) / model.square().sum(dim=-2) for model in (kept, turns @ kept))
        return float((copies < own - 1e-6).float().mean())

    @mistake("A length of exactly 0.5 doesn't count: longer than 0.5, `>`.")
    def a_half_counts(W, turns):
        kept = W[:, W.norm(dim=0) >= KEPT]
        return float((aligned(turns @ kept, kept=False) < aligned(kept, kept=False) - 1e-6).float().mean())

    @mistake("Features longer than 1 were kept. The limit is 0.5.")
    def longer_than_one(W, turns):
        kept = W[:, W.norm(dim=0) > 1]
        return float((aligned(turns @ kept, kept=False) < aligned(kept, kept=False) - 1e-6).float().mean())

    @mistake("You compared the squared length with 0.5. The length itself: take the root, or compare with 0.25.")
    def squared_length(W, turns):
        kept = W[:, W.square().sum(dim=0) > KEPT]
        return float((aligned(turns @ kept, kept=False) < aligned(kept, kept=False) - 1e-6).float().mean())

    @mistake(
        "In the copies you look at the unit that is the largest in W. A turned feature has a largest unit of its own."
    )
    def the_largest_unit_of_W(W, turns):
        kept = long_ones(W)
        unit, square = kept.square().argmax(dim=0), kept.square().sum(dim=0)
        copies = ((turns @ kept).square()[:, unit, torch.arange(len(unit))] / square).mean(dim=-1)
        return float((copies < aligned(kept, kept=False) - 1e-6).float().mean())

    @mistake(
        "You asked whether the copies lie below W on average: yes or no. Count those below, and divide by them all."
    )
    def below_on_average(W, turns):
        return float(aligned(turns @ W).mean() < aligned(W))

    @mistake("You took the median over the features. Alignment is their mean.")
    def median(W, turns):
        kept = long_ones(W)
        own, copies = (model.square().amax(dim=-2) / model.square().sum(dim=-2) for model in (kept, turns @ kept))
        return float((copies.median(dim=-1).values < own.median() - 1e-6).float().mean())

    @mistake("You compared the best aligned feature of each copy. Alignment is the mean over the features.")
    def best_feature(W, turns):
        kept = long_ones(W)
        own, copies = (model.square().amax(dim=-2) / model.square().sum(dim=-2) for model in (kept, turns @ kept))
        return float((copies.amax(dim=-1) < own.amax() - 1e-6).float().mean())

    @mistake("Those are Σ w⁴ over (Σ w²)², which weighs all units. Take the largest square alone: `amax`.")
    def fourth_powers(W, turns):
        def share(model):
            return ((model**4).sum(dim=-2) / (model**2).sum(dim=-2) ** 2).mean(dim=-1)

        kept = long_ones(W)
        return float((share(turns @ kept) < share(kept) - 1e-6).float().mean())

    @mistake("You took |w| / ‖w‖ on the largest unit. It is the share of ‖w‖²: w² / ‖w‖².")
    def length_for_square(W, turns):
        def share(model):
            return (model.abs().amax(dim=-2) / model.norm(dim=-2)).mean(dim=-1)

        kept = long_ones(W)
        return float((share(turns @ kept) < share(kept) - 1e-6).float().mean())

    @mistake("You divided by 200, the number of turns in the notebook. Divide by how many there are: `len(turns)`.")
    def out_of_two_hundred(W, turns):
        return float((aligned(turns @ W) < aligned(W) - 1e-6).sum()) / 200

    @mistake("You counted W itself among the copies: (count + 1)/(n + 1). Here it is the plain share: count/n.")
    def one_more(W, turns):
        return float((aligned(turns @ W) < aligned(W) - 1e-6).sum() + 1) / (len(turns) + 1)

    @mistake("That says of each copy whether it lies below. Wanted is the share of those: the mean.")
    def copy_by_copy(W, turns):
        return aligned(turns @ W) < aligned(W) - 1e-6

    @mistake("You asked whether *all* copies lie below. Wanted is the share of those that do.")
    def all_of_them(W, turns):
        return bool((aligned(turns @ W) < aligned(W) - 1e-6).all())

    @mistake("You tried the first turn alone. The share is over all of `turns`.")
    def first_turn(W, turns):
        return float(aligned(turns[0] @ W) < aligned(W) - 1e-6)

    @rewrite
    def all_at_once(W, turns):
        return (aligned(turns @ W) < aligned(W) - 1e-6).float().mean()

    @rewrite
    def with_a_loop(W, turns):
        kept = W[:, W.norm(dim=0) > KEPT]
        unit = kept / kept.norm(dim=0)
        own = unit.square().max(dim=0).values.mean()
        return sum(bool((turn @ unit).square().max(dim=0).values.mean() < own - 1e-6) for turn in turns) / len(turns)

    @rewrite
    def with_numpy(W, turns):
        import numpy as np

        A, Q = W.numpy().astype(float), turns.numpy().astype(float)
        unit = A[:, np.linalg.norm(A, axis=0) > KEPT]
        unit = unit / np.linalg.norm(unit, axis=0)
        copies = ((Q @ unit) ** 2).max(axis=1).mean(axis=1)
        return float((copies < (unit**2).max(axis=0).mean() - 1e-7).mean())

    _scale = "All copies are measured alike: a common factor changes no comparison."
    _margin = "No copy lies on the border of the margin that is left for rounding."
    equivalent = {
        "line 5: `(squares.amax(dim=-2) / squares.sum(dim=-2)).mean(dim=-1)` → "
        "`(squares.amax(dim=-2) / squares.sum(dim=-2)).sum(dim=-1)`": _scale,
        "line 5: `(squares.amax(dim=-2) / squares.sum(dim=-2)).mean(dim=-1)` → "
        "`(squares.amax(dim=-2) / squares.sum(dim=-2)).mean(dim=-1, keepdim=True)`": "The axis of size 1 is averaged "
        "over in the end.",
        "line 5: `squares.sum(dim=-2)` → `squares.mean(dim=-2)`": _scale,
        "line 7: `alignment(kept) - 1e-06` → `alignment(kept)`": _margin,
        "all_at_once, line 1: `aligned(W) - 1e-06` → `aligned(W)`": _margin,
        "all_at_once, line 1: `aligned(turns @ W) < aligned(W) - 1e-06` → `aligned(turns @ W) <= aligned(W) - 1e-06`": (
            _margin
        ),
        "line 7: `alignment(turns @ kept) < alignment(kept) - 1e-06` → "
        "`alignment(turns @ kept) <= alignment(kept) - 1e-06`": _margin,
    }
