"""2.1: how much room a model gives its features on average."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def models(instances, hidden, features, rng):
    """Random columns of unequal lengths, so that no length, square or mean is 1 by accident."""
    lengths = 0.3 + 1.2 * torch.rand(instances, 1, features, generator=rng)
    return lengths * torch.randn(instances, hidden, features, generator=rng)


def first_wrong_value(trials):
    """The first trial whose values are wrong, those with nan before all others, as in the report; for remarks that show
    steps on the way."""
    stages = {
        stage: [t for t in trials if t.difference and t.difference.stage == stage] for stage in ("finite", "value")
    }
    return next(iter(stages["finite"] + stages["value"]), None)


class DimensionsPerFeature(FunctionExercise):
    id, title = "2.1", "Dimensions per feature"
    difficulty, minutes, points, needs = "A", 5, 1, []
    checked = "stacks of models by adding up squares one at a time"
    hints = [
        "‖W‖²_F is the sum of all squared weights of one model. Which two axes belong to one model?",
        "`W.shape[1] / (W**2).sum(dim=(1, 2))`.",
    ]

    def cases(self, rng):
        yield Case(models(3, 4, 7, rng), "with three models of 7 features in 4 dimensions")
        yield Case(models(1, 5, 2, rng), "with a single model, and more dimensions than features")
        dropped = models(2, 3, 6, rng)
        dropped[0, :, 2] = 0
        yield Case(dropped, "with a dropped feature")
        yield Case(0.3 * models(2, 3, 4, rng), "with short arrows, so that D* is above 1")

    def oracle(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance"]:
        squares = []
        for model in W:
            total = 0.0
            for row in model:
                for weight in row:
                    total += float(weight) ** 2
            squares.append(len(model) / total)
        return torch.tensor(squares)

    def remark(self, trials):
        bad = first_wrong_value(trials)
        if bad is None:
            return None
        (W,) = bad.case.args
        squares = W[0].square().sum()
        return f"The first model has {W.shape[1]} hidden dimensions, and its squared weights add up to {squares:.4g}."

    @mistake("You divided by the Frobenius norm itself. Squared, it counts features: each arrow of length 1 adds 1.")
    def norm_not_squared(W):
        return W.shape[1] / W.norm(dim=(1, 2))

    @mistake("That is features per dimension. Turn the fraction over: the dimensions stand on top.")
    def upside_down(W):
        return (W**2).sum(dim=(1, 2)) / W.shape[1]

    @mistake("On top stands the number of features. The room to be shared is the number of hidden dimensions, axis 1.")
    def features_on_top(W):
        return W.shape[2] / (W**2).sum(dim=(1, 2))

    @mistake(
        "You added up the squares of all models. Each model has its own weights and gets its own number: sum over "
        "axes 1 and 2 only."
    )
    def all_models_together(W):
        return (W.shape[1] / (W**2).sum()).expand(len(W)).clone()

    @mistake(
        "You counted the columns that are longer than 0.5. ‖W‖²_F counts without a threshold: every column adds its "
        "squared length."
    )
    def long_columns_counted(W):
        return W.shape[1] / (W.norm(dim=1) > 0.5).sum(dim=1)

    @mistake("You added the squares of long columns alone. ‖W‖²_F has no threshold: every column adds its square.")
    def long_columns_alone(W):
        return W.shape[1] / ((W**2).sum(dim=1) * (W.norm(dim=1) > 0.5)).sum(dim=1)

    @mistake("You squared the sum of the columns' lengths. Square each length first, then add.")
    def lengths_added_and_squared(W):
        return W.shape[1] / W.norm(dim=1).sum(dim=1) ** 2

    @mistake("You added up the lengths of the columns. It is their squares that are added.")
    def lengths_added(W):
        return W.shape[1] / W.norm(dim=1).sum(dim=1)

    @mistake("That is the mean of the squared weights, turned over. It lacks a sum: divide the dimensions by ‖W‖²_F.")
    def mean_of_squares(W):
        return 1 / (W**2).mean(dim=(1, 2))

    @mistake("You divided by the mean of the squared weights. ‖W‖²_F is their sum.")
    def dimensions_over_the_mean(W):
        return W.shape[1] / (W**2).mean(dim=(1, 2))

    @mistake("You cut D* off at 1. Where arrows are short it may be more: leave the fraction as it is.")
    def at_most_one(W):
        return (W.shape[1] / (W**2).sum(dim=(1, 2))).clamp_max(1)

    @mistake("`torch.linalg.matrix_norm(W, 2)` is the largest singular value. Frobenius adds the squares of them all.")
    def largest_singular_value(W):
        return W.shape[1] / torch.linalg.matrix_norm(W, 2) ** 2

    @mistake("That is ‖W‖²_F itself. The number of dimensions, `W.shape[1]`, is divided by it.")
    def squares_alone(W):
        return (W**2).sum(dim=(1, 2))

    @mistake("You added the weights and squared the sum. Square each weight first; then nothing cancels.")
    def square_of_the_sum(W):
        return W.shape[1] / W.sum(dim=(1, 2)) ** 2

    @mistake("`len(W)` is the number of models, axis 0. The hidden dimensions are axis 1: `W.shape[1]`.")
    def models_on_top(W):
        return len(W) / (W**2).sum(dim=(1, 2))

    @mistake("On top stands an 8, as in the notebook's models. Other models have other sizes: `W.shape[1]`.")
    def eight_on_top(W):
        return 8 / (W**2).sum(dim=(1, 2))

    @mistake("Dimensions over features is what all features would have if all were kept. Here lengths count: ‖W‖²_F.")
    def features_counted(W):
        return torch.full((len(W),), W.shape[1] / W.shape[2])

    @mistake("You counted the columns that aren't zero. ‖W‖²_F doesn't count: every column adds its squared length.")
    def columns_counted(W):
        return W.shape[1] / (W.norm(dim=1) > 0).sum(dim=1)

    @mistake("You took the longest column's squared length alone. Add up those of all columns.")
    def longest_column(W):
        return W.shape[1] / (W**2).sum(dim=1).amax(dim=1)

    @mistake("The number of dimensions stands on top as it is, not squared. Only the weights are squared.")
    def dimensions_squared(W):
        return W.shape[1] ** 2 / (W**2).sum(dim=(1, 2))

    @mistake("Those are the squared dot products of WᵀW. ‖W‖²_F adds the squares of W's own entries.")
    def squares_of_the_gram_matrix(W):
        return W.shape[1] / ((W.mT @ W) ** 2).sum(dim=(1, 2))

    @mistake("The nuclear norm adds the singular values. Frobenius adds their squares.")
    def nuclear_norm(W):
        return W.shape[1] / torch.linalg.matrix_norm(W, "nuc") ** 2

    @mistake("You subtracted ‖W‖²_F. It is a fraction: the dimensions divided by it.")
    def difference_for_ratio(W):
        return W.shape[1] - (W**2).sum(dim=(1, 2))

    @mistake("You have a number for each feature. One number for each model: sum over the features, axis 2, as well.")
    def one_for_each_feature(W):
        return W.shape[1] / (W**2).sum(dim=1)

    @mistake("You have a number for each hidden dimension. One for each model: sum over axes 1 and 2, keep axis 0.")
    def one_for_each_dimension(W):
        return W.shape[1] / (W**2).sum(dim=(0, 2))

    @mistake("That is one number for all models together. Each gets its own: sum over axes 1 and 2 only.")
    def one_number(W):
        return W.shape[1] / (W**2).sum().item()

    @rewrite
    def with_matrix_norm(W):
        return W.shape[1] / torch.linalg.matrix_norm(W).square()

    @rewrite
    def with_singular_values(W):
        return W.shape[-2] / torch.linalg.svdvals(W).square().sum(-1)

    @rewrite
    def with_a_loop(W):
        return torch.stack([model.shape[0] / model.flatten().dot(model.flatten()) for model in W])

    @rewrite
    def from_column_lengths(W):
        return W.size(1) / W.norm(dim=1).pow(2).sum(dim=1)
