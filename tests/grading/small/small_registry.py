"""A small assignment of eight points: an exercise of each kind, as `course_utils.exercises` would give it."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, Case, ExperimentExercise, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("twice the input gives twice the result")
def homogeneous(answer, x, k):
    return None if torch.allclose(answer(2 * x, k), 2 * answer(x, k), rtol=1e-3) else "2·x does not give twice as much."


class Scale(FunctionExercise):
    id, title = "7.1", "Scale"
    difficulty, minutes, points = "A", 2, 2
    hints = ["a", "b"]
    checked = "tensors against loops"
    laws = [homogeneous]

    def cases(self, rng):
        yield torch.randn(3, 4, generator=rng), 2.5
        yield Case((torch.randn(1, 2, generator=rng), -1.0), "with a negative factor")

    def oracle(self, x: Float[Tensor, "batch feature"], k: float) -> Float[Tensor, "batch feature"]:
        return torch.stack([torch.stack([value * k for value in row]) for row in x])

    @mistake("You add k; multiply by it.")
    def adds(x, k):
        return x + k

    @mistake("You divide by k; multiply by it.")
    def divides(x, k):
        return x / k

    @mistake("You lose the sign of k.")
    def loses_the_sign(x, k):
        return x * abs(k)

    @rewrite
    def with_mul(x, k):
        return torch.mul(x, k)


class Interference(FunctionExercise):
    id, title = "7.2", "Interference"
    difficulty, minutes, points, needs = "B", 5, 2, ["7.1"]
    hints = ["a", "b"]
    checked = "models against loops"

    def cases(self, rng):
        yield torch.randn(3, 5, generator=rng)
        yield torch.randn(2, 2, generator=rng)

    def oracle(self, W: Float[Tensor, "hidden feature"]) -> Float[Tensor, " feature"]:
        n = W.shape[1]
        return torch.stack(
            [sum(((W[:, i] @ W[:, j]) ** 2 for j in range(n) if j != i), W.new_zeros(())) for i in range(n)]
        )

    @mistake("The sum should skip j = i.")
    def counts_itself(W):
        return ((W.T @ W) ** 2).sum(1)

    @mistake("Overlaps of opposite sign cancel in your sum. Square before adding.")
    def forgets_the_square(W):
        overlap = W.T @ W
        return overlap.sum(1) - overlap.diagonal()

    @mistake("You compared the rows of W; the vector of a feature is a column.")
    def rows_for_columns(W):
        overlap = (W @ W.T) ** 2
        return overlap.sum(1) - overlap.diagonal()

    @rewrite
    def with_a_mask(W):
        return (W.T @ W).fill_diagonal_(0).square().sum(0)


class Angle(ValueExercise):
    id, title = "7.3", "The angle between neighbours of a pentagon, in degrees (to 1°)"
    difficulty, minutes, points = "A", 2, 1
    hints = ["a", "b"]
    atol = 1.0
    checked = "Five arrows share 360°."
    mistakes = {
        "inner angle": (108.0, "108° is the angle inside the pentagon."),
        "hexagon": (60.0, "60° is what six arrows have."),
        "half a turn": (36.0, "Five arrows share the whole turn, 360°."),
    }
    rewrites = [72, torch.tensor(72.0)]

    def oracle(self):
        return 360 / 5


class Trained(ExperimentExercise):
    id, title = "7.4", "Train"
    difficulty, minutes, points, needs = "B", 2, 3, ["7.1"]
    hints = ["a", "b"]
    fields = {"W": "instance=2 feature=3", "loss": "log"}

    def bands(self, W, loss):
        suspicion = "untrained" if loss[-1] <= loss[0] else "uphill"
        yield Band("the loss fell by half", bool(loss[-1] < 0.5 * loss[0]), f"{loss[-1]:.3g}", suspicion)
        yield Band("W moved", bool((W - 1).abs().max() > 0.1), "all ones", "handed in the start")

    @mistake("The loss never fell.")
    def untrained():
        return torch.ones(2, 3), torch.ones(4)

    @mistake("The loss rises: the gradient is subtracted.")
    def uphill():
        return torch.full((2, 3), 9.0), torch.linspace(1, 9, 4)

    @mistake("That is the W that the training began with.")
    def handed_in_the_start():
        return torch.ones(2, 3), torch.linspace(1, 0, 4)

    @rewrite
    def as_a_dict():
        return {"W": torch.zeros(2, 3), "loss": torch.tensor([1.0, 0.2])}


EXERCISES = {exercise.id: exercise for exercise in (Scale(), Interference(), Angle(), Trained())}


def get(id: str):
    return EXERCISES[id]
