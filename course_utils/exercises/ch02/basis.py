"""2.12: does the basis of hidden units stand out among turned copies?"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite

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


class StandsOut(FunctionExercise):
    id, title = "2.12", "Does the basis stand out?"
    difficulty, minutes, points, needs = "B", 6, 2, []
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
        border = torch.tensor([[0.5, 1.0, 1.2], [0.0, 1.0, 0.5]])
        yield Case((border, turns(40, 2, rng)), "with a length of exactly 0.5")
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
