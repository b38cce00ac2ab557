"""2.2: which share of a dimension a feature has."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch02.dimensions import first_wrong_value, models


@law("turning the hidden space changes nothing")
def turned(answer, W):
    q = torch.linalg.qr(torch.randn(W.shape[1], W.shape[1], generator=torch.Generator().manual_seed(1))).Q
    same = torch.allclose(answer(W), answer(q @ W), rtol=1e-3, atol=1e-4)
    return None if same else "Your values changed when all arrows of a model were turned together."


@law("all arrows twice as long: nothing changes")
def scaled(answer, W):
    same = torch.allclose(answer(W), answer(2 * W), rtol=1e-3, atol=1e-4)
    return None if same else "Your values changed when all arrows were made twice as long."


def unit(W):
    return W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)


def share(W, power=2):
    return (W.norm(dim=1) ** power) / ((unit(W).mT @ W) ** 2).sum(-1).clamp_min(1e-12)


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

    def remark(self, trials):
        bad = first_wrong_value(trials)
        if bad is None:
            return None
        (W,), right, given = bad.case.args, bad.expected, bad.outcome.value
        k, i = divmod(int((given.to(right.dtype) - right).abs().nan_to_num(torch.inf).argmax()), W.shape[2])
        w = W[k, :, i]
        if not w.any():
            return f"Feature {i} of model {k} has a zero column."
        heard = ((w / w.norm()) @ W[k]).square()
        alone = given[k, i].isinf() and heard.sum() <= 1.0001 * heard[i]
        without = " Without its own, nothing is left to divide by: j = i belongs to the sum." if alone else ""
        return (
            f"For feature {i} of model {k}: ‖w‖² is {w @ w:.4g}, and ŵ hears {heard.sum():.4g} of all arrows, "
            f"{heard[i]:.4g} of it from its own.{without}"
        )

    @mistake("The sum runs over all j, and j = i belongs to it: a feature alone would have 1/0 otherwise.")
    def leaves_itself_out(W):
        heard = ((unit(W).mT @ W) ** 2).sum(-1) - (W**2).sum(1)
        return torch.where(heard > 1e-12, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake(
        "You made both arrows of each dot product unit vectors. Only ŵ_i has length 1: a short w_j takes little room "
        "from others."
    )
    def both_normalised(W):
        heard = ((unit(W).mT @ unit(W)) ** 2).sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("You made neither arrow a unit vector. ŵ_i has length 1, so that lengths cancel for a feature alone.")
    def none_normalised(W):
        heard = ((W.mT @ W) ** 2).sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-30), 0.0)

    @mistake(
        "For feature i the sum runs over all w_j that ŵ_i hears: the last axis of `unit.mT @ W`. You summed over the "
        "arrow that reads, or made both unit vectors with 1 on top, which is the same."
    )
    def summed_over_the_reader(W):
        heard = ((unit(W).mT @ W) ** 2).sum(-2)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("The overlaps are not squared. Opposite arrows would cancel; squared, both take room.")
    def overlaps_not_squared(W):
        return (W**2).sum(1) / (unit(W).mT @ W).sum(-1)

    @mistake("Squaring and taking the absolute value are not the same: use (ŵ_i · w_j)².")
    def absolute_overlaps(W):
        heard = (unit(W).mT @ W).abs().sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)

    @mistake("On top stands ‖w_i‖². You put the length there, not its square.")
    def length_on_top(W):
        return torch.where(W.norm(dim=1) > 0, share(W, power=1), 0.0)

    @mistake("0/0: a feature that was dropped has a zero column and takes no room. Give it 0.")
    def nan_for_a_dropped_feature(W):
        arrows = W / W.norm(dim=1, keepdim=True)
        return (W**2).sum(1) / ((arrows.mT @ W) ** 2).sum(-1)

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

    @mistake("You divided by the mean over j. It is a sum over all j.")
    def mean_for_sum(W):
        return share(W) * W.shape[2]

    @mistake("A dropped feature has D = 0, not 1: it takes no room.")
    def one_for_a_dropped_feature(W):
        return torch.where(W.norm(dim=1) > 0, share(W), 1.0)

    @mistake("You added the dot products and squared the sum. Square each one first, then add: nothing may cancel.")
    def square_of_the_sum(W):
        heard = (unit(W).mT @ W).sum(-1) ** 2
        return torch.where(heard > 0, (W**2).sum(1) / heard, 0.0)

    @mistake("Of ‖w_i‖² / Σ_j (ŵ_i · w_j)² you took the root.")
    def root(W):
        return share(W).sqrt()

    @mistake(
        "That is the interference with the others, as in chapter 01. Here j = i counts, and the sum divides ‖w_i‖²."
    )
    def interference(W):
        heard = (unit(W).mT @ W) ** 2
        return heard.sum(-1) - heard.diagonal(dim1=1, dim2=2)

    @mistake("You cut negative dot products off. Opposite arrows take room too: the square sees to the sign.")
    def negative_ones_cut_off(W):
        heard = (unit(W).mT @ W).relu().square().sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard, 0.0)

    @mistake("On top stands ‖w_i‖⁴, which goes with dot products of w_i itself. With ŵ_i it is ‖w_i‖².")
    def length_to_the_fourth(W):
        return share(W, power=4)

    @mistake("You normalised rows, hidden dimension by hidden dimension. An arrow is a column: norm over axis 1.")
    def rows_normalised(W):
        rows = W / W.norm(dim=2, keepdim=True).clamp_min(1e-12)
        return (W**2).sum(1) / ((rows.mT @ W) ** 2).sum(-1).clamp_min(1e-12)

    @mistake(
        "You compare the arrows of all models with each other. Each model for itself: `unit.mT @ W`, model by model."
    )
    def models_mixed(W):
        arrows = W.transpose(0, 1).flatten(1)[None]  # [1, hidden, all features]
        return share(arrows).reshape(W.shape[0], W.shape[2])

    @mistake("One zero column makes a whole model 0. Only the feature itself has D = 0: the others keep their share.")
    def whole_model_zero(W):
        return share(W) * (W.norm(dim=1) > 0).all(dim=1, keepdim=True)

    @mistake("You divided by the norm of the whole model. ŵ_i is w_i over its own length: a norm for each column.")
    def over_the_norm_of_all(W):
        heard = ((W / W.norm(dim=(1, 2), keepdim=True).clamp_min(1e-12)).mT @ W).square().sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard, 0.0)

    @mistake(
        "You have a number for each hidden dimension. Arrows are columns: dot products over axis 1, `unit.mT @ W`."
    )
    def one_for_each_dimension(W):
        rows = W / W.norm(dim=2, keepdim=True).clamp_min(1e-12)
        return (W**2).sum(2) / ((rows @ W.mT) ** 2).sum(-1).clamp_min(1e-12)

    @mistake("All models are compared with the arrows of the first. Each with its own: `unit.mT @ W`.")
    def first_models_arrows(W):
        heard = ((unit(W).mT @ W[:1]) ** 2).sum(-1)
        return torch.where(heard > 0, (W**2).sum(1) / heard, 0.0)

    @mistake(
        "What you add to keep 0/0 away is so large that it shows: short arrows lose some of their share. "
        "`clamp_min(1e-12)` touches zeros only."
    )
    def large_epsilon(W):
        return (W**2).sum(1) / (((unit(W).mT @ W) ** 2).sum(-1) + 1e-3)

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
