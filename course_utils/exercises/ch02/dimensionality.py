"""2.2: which share of a dimension a feature has."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch02.dimensions import models


@law("turning the hidden space changes nothing")
def turned(answer, W):
    q = torch.linalg.qr(torch.randn(W.shape[1], W.shape[1], generator=torch.Generator().manual_seed(1))).Q
    same = torch.allclose(answer(W), answer(q @ W), rtol=1e-3, atol=1e-4)
    return None if same else "Your values changed when all arrows of a model were turned together."


@law("all arrows twice as long: nothing changes")
def scaled(answer, W):
    same = torch.allclose(answer(W), answer(2 * W), rtol=1e-3, atol=1e-4)
    return None if same else "Your values changed when all arrows were made twice as long."


def share(W, unit=None, power=2):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12) if unit is None else unit
    return (W.norm(dim=1) ** power) / ((unit.mT @ W) ** 2).sum(-1).clamp_min(1e-12)


class FeatureDimensionality(FunctionExercise):
    id, title = "2.2", "The share of a dimension"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = "stacks of models with loops, dropped features among them"
    hints = [
        "The sum in the denominator runs over all j, i itself included. Only the arrow that reads, ŵ_i, has length 1.",
        "`unit = W / length`, all dot products are `unit.mT @ W` [instance, i, j]; square, sum over j. Where a column "
        "is zero, `length.clamp_min(1e-12)` keeps the division alive, "
        "and 0 comes out.",
    ]

    def cases(self, rng):
        yield Case(models(2, 3, 5, rng), "with two models of 5 features in 3 dimensions")
        yield Case(torch.tensor([[[1.5, -0.5, 0.0], [0.0, 0.0, 1.2]]]), "with an unequal pair and a feature alone")
        dropped = models(3, 4, 6, rng)
        dropped[0, :, 1] = 0
        dropped[2, :, 4:] = 0
        yield Case(dropped, "with dropped features")
        yield Case(torch.zeros(1, 2, 3), "with nothing kept at all")
        yield Case(1e-3 * models(1, 3, 4, rng), "with very short arrows")

    def oracle(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance feature"]:
        out = torch.zeros(W.shape[0], W.shape[2], dtype=torch.float64)
        for k, model in enumerate(W.double()):
            columns = list(model.T)
            for i, w in enumerate(columns):
                square = float(w @ w)
                if square == 0:
                    continue
                heard = sum(float(w @ other) ** 2 for other in columns) / square
                out[k, i] = square / heard
        return out.float()

    laws = [turned, scaled]

    @mistake("The sum runs over all j, and j = i belongs to it: a feature alone would have 1/0 otherwise.")
    def leaves_itself_out(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        heard = ((unit.mT @ W) ** 2).sum(-1) - (W**2).sum(1)
        return torch.where(heard > 1e-12, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake(
        "You made both arrows of each dot product unit vectors. Only ŵ_i has length 1: a short w_j takes little room "
        "from others."
    )
    def both_normalised(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        heard = ((unit.mT @ unit) ** 2).sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("You made neither arrow a unit vector. ŵ_i has length 1, so that lengths cancel for a feature alone.")
    def none_normalised(W):
        heard = ((W.mT @ W) ** 2).sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-30), 0.0)

    @mistake("You summed over the arrow that reads. For feature i, sum over all j that ŵ_i hears: the last axis.")
    def summed_over_the_reader(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        heard = ((unit.mT @ W) ** 2).sum(-2)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("The overlaps are not squared. Opposite arrows would cancel; squared, both take room.")
    def overlaps_not_squared(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return (W**2).sum(1) / (unit.mT @ W).sum(-1)

    @mistake("Squaring and taking the absolute value are not the same: use (ŵ_i · w_j)².")
    def absolute_overlaps(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        heard = (unit.mT @ W).abs().sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("On top stands ‖w_i‖². You put the length there, not its square.")
    def length_on_top(W):
        return torch.where(W.norm(dim=1) > 0, share(W, power=1), 0.0)

    @mistake("0/0: a feature that was dropped has a zero column and takes no room. Give it 0.")
    def nan_for_a_dropped_feature(W):
        unit = W / W.norm(dim=1, keepdim=True)
        return (W**2).sum(1) / ((unit.mT @ W) ** 2).sum(-1)

    @mistake("Upside down: ‖w_i‖² stands on top, what ŵ_i hears of all arrows below it.")
    def upside_down(W):
        right = share(W)
        return torch.where(right > 0, 1 / right.clamp_min(1e-12), 0.0)

    @mistake(
        "You set features with arrows shorter than 0.5 to 0. Their share is small or large like any other's; whether "
        "to count them is decided later."
    )
    def short_ones_dropped(W):
        return share(W) * (W.norm(dim=1) > 0.5)

    @rewrite
    def with_the_gram_matrix(W):
        gram = W.mT @ W
        own = gram.diagonal(dim1=1, dim2=2)
        return own**2 / (gram**2).sum(-1).clamp_min(1e-30)

    @rewrite
    def with_loops(W):
        out = torch.zeros(W.shape[0], W.shape[2])
        for k in range(W.shape[0]):
            for i in range(W.shape[2]):
                w = W[k, :, i]
                if w.norm() > 0:
                    out[k, i] = (w @ w) / ((w / w.norm()) @ W[k]).square().sum()
        return out

    @rewrite
    def with_nan_to_num(W):
        unit = W / W.norm(dim=1, keepdim=True)
        heard = torch.einsum("khi,khj->kij", unit, W).square().nan_to_num().sum(-1)
        return ((W**2).sum(1) / heard).nan_to_num(0.0)

    equivalent = {
        "with_the_gram_matrix, line 3: `(gram ** 2).sum(-1)` → `(gram ** 2).sum(-2)`": "WᵀW is symmetric: its rows "
        "have the same sums as its columns.",
        "with_the_gram_matrix, line 3: `(gram ** 2).sum(-1).clamp_min(1e-30)` → "
        "`(gram ** 2).clamp_min(1e-30).sum(-1)`": "Either keeps 0/0 away, and changes nothing else that can be seen.",
    }
