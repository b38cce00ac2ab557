"""A small exercise of each kind, as an author would write it: what the tests of the engine check against."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, Case, ExperimentExercise, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("a permutation of the hidden axes changes nothing")
def permutation(answer, W):
    turned = answer(W.flip(1))
    return None if torch.allclose(turned, answer(W), rtol=1e-3, atol=1e-4) else "The order of the hidden axes matters."


class Superposition(FunctionExercise):
    id, title = "7.1", "How much do features get in each other's way?"
    difficulty, minutes, points = "B", 8, 2
    hints = ["Which two indices does the sum run over?", "All dot products at once are one einsum."]
    checked = "stacks of models against loops, with a dropped feature"
    laws = [permutation]

    def cases(self, rng):
        yield torch.randn(3, 4, 7, generator=rng)
        yield (torch.randn(1, 2, 2, generator=rng),)
        W = torch.randn(2, 3, 5, generator=rng)
        W[:, :, 1] = 0
        yield Case((W,), "with a dropped feature")

    def oracle(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance feature"]:
        result = torch.zeros(W.shape[0], W.shape[2])
        for k, model in enumerate(W):
            for i, reader in enumerate(model.T):
                if reader.norm() > 0:
                    result[k, i] = sum((reader / reader.norm() @ w) ** 2 for j, w in enumerate(model.T) if j != i)
        return result

    @mistake("Every value is too large by exactly ‖w_i‖²: the sum should skip j = i.")
    def counts_itself(W):
        unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return ((unit.transpose(1, 2) @ W) ** 2).sum(-1)

    @mistake("A zero column gives 0/0: return 0 there.")
    def nan_for_a_dropped_feature(W):
        unit = W / W.norm(dim=1, keepdim=True)
        overlap = (unit.transpose(1, 2) @ W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=-2, dim2=-1)

    @mistake("Neither vector is normalised: divide w_i by its length.")
    def neither_normalised(W):
        overlap = (W.transpose(1, 2) @ W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=-2, dim2=-1)

    @rewrite
    def with_matmul(W):
        overlap = ((W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)).transpose(1, 2) @ W) ** 2
        return overlap.sum(-1) - overlap.diagonal(dim1=-2, dim2=-1)


counts_itself, no_guard = (Superposition.mistakes[name][0] for name in ("counts itself", "nan for a dropped feature"))
(right,) = Superposition.rewrites


class Forward(FunctionExercise):
    """The forward pass of the ReLU output model: what the general diagnoses are tried on."""

    id, title = "7.2", "Forward"
    difficulty, minutes, points = "A", 5, 1
    hints = ["a", "b"]
    checked = "models against loops"

    def cases(self, rng):
        yield (
            torch.randn(3, 2, 5, generator=rng),
            torch.randn(3, 5, generator=rng),
            torch.randn(4, 3, 5, generator=rng),
        )
        yield (
            torch.randn(1, 3, 3, generator=rng),
            torch.randn(1, 3, generator=rng),
            torch.randn(1, 1, 3, generator=rng),
        )

    def oracle(
        self,
        W: Float[Tensor, "instance hidden feature"],
        b: Float[Tensor, "instance feature"],
        x: Float[Tensor, "batch instance feature"],
    ) -> Float[Tensor, "batch instance feature"]:
        rows = [[(W[k].T @ (W[k] @ row[k]) + b[k]).clamp_min(0) for k in range(len(W))] for row in x]
        return torch.stack([torch.stack(row) for row in rows])

    @mistake("The ReLU belongs on the output only: the hidden layer is linear.")
    def relu_in_the_middle(W, b, x):
        hidden = torch.einsum("ihf,bif->bih", W, x).relu()
        return (torch.einsum("ihf,bih->bif", W, hidden) + b).relu()

    @mistake("The bias is added.")
    def subtracts_the_bias(W, b, x):
        return (torch.einsum("ihf,ihg,big->bif", W, W, x) - b).relu()

    @mistake("A ReLU makes negative values 0; yours makes them positive.")
    def absolute_value(W, b, x):
        return (torch.einsum("ihf,ihg,big->bif", W, W, x) + b).abs()

    @rewrite
    def with_the_gram_matrix(W, b, x):
        return torch.clamp(torch.einsum("ifg,big->bif", W.mT @ W, x) + b, min=0)


class Loss(FunctionExercise):
    id, title = "7.3", "Importance-weighted loss"
    difficulty, minutes, points = "A", 5, 1
    hints = ["a", "b"]
    checked = "batches against loops"

    def cases(self, rng):
        yield torch.rand(6, 3, 5, generator=rng), torch.rand(6, 3, 5, generator=rng), torch.rand(3, 5, generator=rng)
        yield torch.rand(1, 4, 4, generator=rng), torch.rand(1, 4, 4, generator=rng), torch.rand(4, 4, generator=rng)

    def oracle(
        self,
        x: Float[Tensor, "batch instance feature"],
        x_hat: Float[Tensor, "batch instance feature"],
        importance: Float[Tensor, "instance feature"],
    ) -> Float[Tensor, " instance"]:
        total = torch.zeros(x.shape[1])
        for n in range(x.shape[0]):
            for k in range(x.shape[1]):
                for i in range(x.shape[2]):
                    total[k] += importance[k, i] * (x[n, k, i] - x_hat[n, k, i]) ** 2
        return total / (x.shape[0] * x.shape[2])

    @mistake("You squared the importance as well: weigh the squared error.")
    def squares_the_importance(x, x_hat, importance):
        return ((importance * (x - x_hat)) ** 2).mean((0, 2))

    @mistake("Errors of opposite sign cancel in your sum. Square before adding.")
    def forgets_the_square(x, x_hat, importance):
        return ((x - x_hat) * importance).mean((0, 2))

    @mistake("The error is the difference of the two, and you added them.")
    def adds_the_two(x, x_hat, importance):
        return ((x + x_hat) ** 2 * importance).mean((0, 2))

    @rewrite
    def with_einsum(x, x_hat, importance):
        return torch.einsum("bif,if->i", (x - x_hat).square(), importance) / (x.shape[0] * x.shape[2])


class Angle(ValueExercise):
    id, title = "7.4", "The angle between neighbours of a pentagon, in degrees (to 1°)"
    difficulty, minutes, points = "A", 2, 1
    hints = ["a", "b"]
    atol = 1.0
    checked = "Five arrows share 360°."
    mistakes = {
        "inner angle": (108.0, "108° is the angle inside the pentagon, at its corners."),
        "hexagon": (60.0, "60° is what six arrows have."),
        "half a turn": (36.0, "Five arrows share the whole turn, 360°."),
    }
    rewrites = [72, torch.tensor(72.0)]

    def oracle(self):
        return 360 / 5


class Training(ExperimentExercise):
    id, title = "7.5", "Train"
    difficulty, minutes, points = "B", 2, 1
    hints = ["a", "b"]
    fields = {"W": "instance hidden=2 feature=5", "loss": "log instance"}
    mistakes = {
        "untrained": (lambda: _training(1.0), "The loss never fell: is step() called?"),
        "stopped early": (lambda: _training(0.8), "The loss is still falling: train for longer."),
        "uphill": (lambda: _training(1.5), "The loss rises: the gradient is subtracted."),
    }
    rewrites = [lambda: _training(0.1)]

    def bands(self, W, loss):
        fell = loss[-1] < 0.5 * loss[0]
        yield Band("the loss of every instance fell by half", fell, f"{loss[-1].max():.3g}", _why(loss[-1] / loss[0]))


def _training(end: float) -> tuple[Tensor, Tensor]:
    return torch.ones(3, 2, 5), torch.linspace(1, end, 4)[:, None].repeat(1, 3)


def _why(ratio: Tensor) -> str:
    if (ratio > 1).any():
        return "uphill"
    return "untrained" if (ratio == 1).all() else "stopped early"
