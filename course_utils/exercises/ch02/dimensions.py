"""2.1: how much room a model gives its features on average."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def models(instances, hidden, features, rng):
    """Random columns of unequal lengths, so that no length, square or mean is 1 by accident."""
    lengths = 0.3 + 1.2 * torch.rand(instances, 1, features, generator=rng)
    return lengths * torch.randn(instances, hidden, features, generator=rng)


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

    def oracle(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance"]:
        squares = []
        for model in W:
            total = 0.0
            for row in model:
                for weight in row:
                    total += float(weight) ** 2
            squares.append(len(model) / total)
        return torch.tensor(squares)

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

    @mistake("You added up the lengths of the columns. It is their squares that are added.")
    def lengths_added(W):
        return W.shape[1] / W.norm(dim=1).sum(dim=1)

    @mistake("That is the mean of the squared weights, turned over. It lacks a sum: divide the dimensions by ‖W‖²_F.")
    def mean_of_squares(W):
        return 1 / (W**2).mean(dim=(1, 2))

    @mistake("`torch.linalg.matrix_norm(W, 2)` is the largest singular value. Frobenius adds the squares of them all.")
    def largest_singular_value(W):
        return W.shape[1] / torch.linalg.matrix_norm(W, 2) ** 2

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
