"""The registry of the little course of these tests: chapter 01, two exercises and a quiz."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Choice, FunctionExercise, Question, ValueExercise, mistake, rewrite


class Doubled(FunctionExercise):
    id, title = "1.1", "Twice as much"
    difficulty, minutes, points, needs = "A", 3, 2, []
    hints = ["What is twice one?", "Multiply by two."]
    checked = "vectors, against addition"

    def cases(self, rng):
        yield torch.randn(3, generator=rng)
        yield torch.randn(5, generator=rng)

    def oracle(self, x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
        return torch.stack([v + v for v in x])

    @mistake("That is three times x.")
    def tripled(x):
        return x * 3

    @mistake("That is x times x.")
    def squared(x):
        return x * x

    @mistake("That is x itself.")
    def left_alone(x):
        return x.clone()

    @rewrite
    def by_addition(x):
        return x + x


class Total(ValueExercise):
    id, title = "1.2", "How much?"
    difficulty, minutes, points, needs = "B", 2, 1, ["1.1"]
    hints = ["Add them.", "Three twos."]
    checked = "by counting"
    mistakes = {
        "not doubled": (3.0, "That is the sum of the ones themselves."),
        "doubled twice": (12.0, "Every one was doubled twice."),
        "the mean": (2.0, "That is their mean."),
    }
    rewrites = [6, torch.tensor(6.0)]

    def oracle(self):
        return 6.0


EXERCISES = [Doubled, Total]

QUIZ = [
    Question(
        f"What is twice two? ({n})",
        [Choice("4", "Yes.", right=True), Choice("3", "One too few."), Choice("5", "One too many.")],
    )
    for n in range(5)
]
