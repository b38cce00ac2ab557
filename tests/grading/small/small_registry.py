"""A small assignment of eight points: an exercise of each kind, as `course_utils.exercises` would give it."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, Case, ExperimentExercise, FunctionExercise, ValueExercise, law


@law("twice the input gives twice the result")
def homogeneous(answer, x, k):
    return None if torch.allclose(answer(2 * x, k), 2 * answer(x, k), rtol=1e-3) else "2·x does not give twice as much."


class Scale(FunctionExercise):
    id, title = "7.1", "Scale"
    difficulty, minutes, points = "A", 2, 2
    hints = ["a", "b"]
    checked = "tensors against loops"
    laws = [homogeneous]
    mistakes = {"adds": (lambda x, k: x + k, "You add k; multiply by it.")}
    rewrites = [lambda x, k: k * x]

    def cases(self, rng):
        yield torch.randn(3, 4, generator=rng), 2.5
        yield Case((torch.randn(1, 2, generator=rng), -1.0), "with a negative factor")

    def oracle(self, x: Float[Tensor, "batch feature"], k: float) -> Float[Tensor, "batch feature"]:
        return torch.stack([torch.stack([value * k for value in row]) for row in x])


class Interference(FunctionExercise):
    id, title = "7.2", "Interference"
    difficulty, minutes, points, needs = "B", 5, 2, ["7.1"]
    hints = ["a", "b"]
    checked = "models against loops"
    mistakes = {"counts itself": (lambda W: ((W.T @ W) ** 2).sum(1), "The sum should skip j = i.")}
    rewrites = []

    def cases(self, rng):
        yield torch.randn(3, 5, generator=rng)
        yield torch.randn(2, 2, generator=rng)

    def oracle(self, W: Float[Tensor, "hidden feature"]) -> Float[Tensor, " feature"]:
        n = W.shape[1]
        return torch.stack(
            [sum(((W[:, i] @ W[:, j]) ** 2 for j in range(n) if j != i), W.new_zeros(())) for i in range(n)]
        )


class Angle(ValueExercise):
    id, title = "7.3", "The angle between neighbours of a pentagon, in degrees (to 1°)"
    difficulty, minutes, points = "A", 2, 1
    hints = ["a", "b"]
    atol = 1.0
    checked = "Five arrows share 360°."
    mistakes = {"inner angle": (108.0, "108° is the angle inside the pentagon.")}
    rewrites = [72, torch.tensor(72.0)]

    def oracle(self):
        return 360 / 5


class Trained(ExperimentExercise):
    id, title = "7.4", "Train"
    difficulty, minutes, points, needs = "B", 2, 3, ["7.1"]
    hints = ["a", "b"]
    fields = {"W": "instance=2 feature=3", "loss": "log"}
    mistakes = {"untrained": (lambda: (torch.ones(2, 3), torch.ones(4)), "The loss never fell.")}
    rewrites = []

    def bands(self, W, loss):
        yield Band("the loss fell by half", bool(loss[-1] < 0.5 * loss[0]), f"{loss[-1]:.3g}", "untrained")
        yield Band("W moved", bool((W - 1).abs().max() > 0.1), "all ones")


EXERCISES = {exercise.id: exercise for exercise in (Scale(), Interference(), Angle(), Trained())}


def get(id: str):
    return EXERCISES[id]
