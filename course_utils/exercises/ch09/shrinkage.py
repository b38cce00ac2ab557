"""9.9: what L1 takes off a perfect latent."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("no other activation has a lower loss")
def nothing_is_lower(answer, value, l1):
    def cost(f):
        return (value - f).square() + l1 * f

    best = answer(value, l1)
    for step in (-0.02, 0.02):
        if (cost((best + step).clamp_min(0)) < cost(best) - 1e-6).any():
            return "Moving f a little lowers (value − f)² + l1 · f."
    return None


class Shrunk(FunctionExercise):
    id, title = "9.9", "What a penalty does to a feature that is right"
    difficulty, minutes, points, needs = "B", 8, 2, ["9.3"]
    rtol, atol = 1e-3, 1e-3
    checked = "lists of values against a search over a fine grid"
    hints = [
        "Take the derivative of (value − f)² + l1 · f by f, and set it to zero. Then remember that f can't be "
        "negative.",
        "−2 (value − f) + l1 = 0 gives f = value − l1/2. Where that is below zero, the best f ≥ 0 is 0.",
    ]

    def cases(self, rng):
        yield Case((3 * torch.rand(6, generator=rng), 0.5), "with a penalty of 0.5")
        yield Case((torch.tensor([0.05, 0.2, 0.4, 0.7, 1.0, 2.0]), 0.8), "with values on both sides of l1/2")
        yield Case((torch.tensor([-0.5, 0.0, 0.3, 1.5]), 0.0), "with no penalty")
        yield Case((torch.tensor([-1.0, -0.1, 1.2]), 0.2), "with negative readings")

    def oracle(self, value: Float[Tensor, "case"], l1: float) -> Float[Tensor, "case"]:
        grid = torch.linspace(0, 4, 40001, dtype=torch.float64)
        best = [grid[((float(v) - grid) ** 2 + l1 * grid).argmin()] for v in value]
        return torch.stack(best).float()

    laws = [nothing_is_lower]

    @mistake("You squared l1. The derivative of l1 · f by f is l1 itself: 2 (value − f) = l1.")
    def price_squared(value, l1):
        return (value - l1**2).relu()

    @mistake("You took off four times too much. From 2 (value − f) = l1: how much below the value is f?")
    def price_doubled(value, l1):
        return (value - 2 * l1).relu()

    @mistake("You turned what came out negative into positive. f can't be negative: the best one is then 0.")
    def size_of_the_result(value, l1):
        return (value - l1 / 2).abs()

    @mistake("You divided by 1 + l1. L1 takes the same off every value: solve 2 (value − f) = l1 for f.")
    def divided(value, l1):
        return value.relu() / (1 + l1)

    @mistake("You divided by 1 + l1, which L1 doesn't do, and left negative values in: f can't be negative.")
    def divided_and_negative(value, l1):
        return value / (1 + l1)

    @mistake("You took a share off: L1 takes the same off every value, large or small.")
    def share_taken_off(value, l1):
        return (1 - l1) * value.relu()

    @mistake("You took half a share off: L1 takes the same off every value, large or small.")
    def half_a_share_taken_off(value, l1):
        return (value - l1 * value / 2).relu()

    @mistake("You asked whether the value is positive. What counts is whether value − l1/2 is: below that f is 0.")
    def positive_value_is_enough(value, l1):
        return (value - l1 / 2) * (value > 0)

    @mistake("Small values are kept as they are with you. They are not worth their price: below l1/2 the best f is 0.")
    def small_ones_kept(value, l1):
        return torch.where(value > l1 / 2, value - l1 / 2, value)

    @mistake("You made everything at least l1/2. The penalty makes f smaller: what is left is value − l1/2, or 0.")
    def at_least(value, l1):
        return value.clamp(min=l1 / 2)

    @mistake("You took l1 off the square. Take the derivative of (value − f)² + l1 · f by f, and set it to zero.")
    def off_the_square(value, l1):
        return (value**2 - l1).relu().sqrt()

    @mistake("You took off all of l1. The derivative of the square brings a factor of 2: 2 (value − f) = l1.")
    def the_whole_price(value, l1):
        return (value - l1).relu()

    @mistake("Some of your activations are negative. After a ReLU the best one is 0.")
    def no_floor(value, l1):
        return value - l1 / 2

    @mistake("L1 doesn't shrink in proportion: it takes the same off every value, large or small.")
    def in_proportion(value, l1):
        return value * (1 - l1 / 2)

    @mistake(
        "That keeps a value as it is or drops it: what a count of active latents (L0) would do. L1 charges for "
        "every bit of strength."
    )
    def jumps(value, l1):
        return value * (value > l1 / 2)

    @mistake("That is the best f for a squared penalty, l1/2 · f². Ours is l1 · f.")
    def ridge(value, l1):
        return value.relu() / (1 + l1 / 2)

    @mistake("You ignored the penalty. At f = value the error is flat, and the penalty isn't.")
    def no_shrinkage(value, l1):
        return value.relu()

    @mistake("You shrink negative values towards zero from below. f is never negative: for them the best one is 0.")
    def both_signs(value, l1):
        return value.sign() * (value.abs() - l1 / 2).relu()

    @mistake("You took the value's size. A negative reading is no feature: the best f is 0, however large it is.")
    def size_of_the_value(value, l1):
        return (value.abs() - l1 / 2).relu()

    @mistake("That is what the penalty takes off. What is left of the value is wanted.")
    def what_is_taken_off(value, l1):
        return value.relu().clamp(max=l1 / 2)

    @mistake("The sign: a penalty makes f smaller, not larger.")
    def grows(value, l1):
        return (value + l1 / 2).relu()

    @mistake("Values between l1/2 and l1 should survive: they are shrunk to something small, not to zero.")
    def dropped_too_early(value, l1):
        return (value - l1 / 2) * (value > l1)

    @rewrite
    def shrunk_by_max(value, l1):
        return torch.maximum(value - 0.5 * l1, torch.zeros_like(value))

    @rewrite
    def shrunk_by_where(value, l1):
        return torch.where(value > l1 / 2, value - l1 / 2, torch.zeros(()))

    @rewrite
    def shrunk_by_search(value, l1):
        grid = torch.linspace(0, 4, 80001)
        best = [grid[((v - grid).square() + l1 * grid).argmin()] for v in value]
        return torch.stack(best)
