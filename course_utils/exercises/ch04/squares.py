"""4.4: the best broken line for a square."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def straight_pieces(x: Tensor, pieces: int, raised_by: float, *, slope: float = 2.0) -> Tensor:
    """Over even pieces of [−1, 1] the tangent at the middle, raised by a share of h²; for mistakes."""
    h = 2 / pieces
    middle = -1 + (((x + 1) / h).floor().clamp(0, pieces - 1) + 0.5) * h
    return middle**2 + slope * middle * (x - middle) + raised_by * h**2


class SquareFit(FunctionExercise):
    id, title = "4.4", "The best broken line"
    difficulty, minutes, points, needs = "B", 15, 3, []
    checked = "lists of places by a least-squares fit on each piece"
    hints = [
        "x² bends the same everywhere, so no stretch of [−1, 1] deserves more knees than another: k knees make k + 1 "
        "pieces of length h = 2/(k + 1). Fit a straight line on each piece; whether they meet you see afterwards.",
        "On a piece with the middle m write x = m + t, t from −h/2 to h/2. Then x² = m² + 2mt + t². The first two "
        "terms are straight, and the best constant for t² is its mean, h²/12.",
        "The value is m² + 2m(x − m) + h²/12. At both ends of every piece that is h²/6 below x²: the pieces meet.",
    ]

    def cases(self, rng):
        yield Case((2 * torch.rand(9, generator=rng) - 1, 2), "with two knees")
        yield Case((torch.linspace(-1, 1, 5), 0), "without a knee")
        yield Case((torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]), 3), "with places at all knees and both ends")
        yield Case((2 * torch.rand(12, generator=rng) - 1, 7), "with seven knees")
        yield Case((torch.tensor([0.3]), 1), "with one place and one knee")

    def oracle(self, x: Float[Tensor, "place"], knees: int) -> Float[Tensor, "place"]:
        edges = np.linspace(-1, 1, knees + 2)
        values = []
        for place in x.tolist():
            piece = next(k for k in range(knees + 1) if place <= edges[k + 1] + 1e-9)
            width = edges[piece + 1] - edges[piece]
            grid = edges[piece] + (np.arange(4000) + 0.5) / 4000 * width
            slope, height = np.polyfit(grid, grid**2, 1)
            values.append(height + slope * place)
        return torch.tensor(values, dtype=torch.float32)

    def remark(self, trials):
        """Of what is nearly right."""
        value = [t.difference is None or t.difference.stage == "value" for t in trials]
        if not all(value) or any(t.outcome.error for t in trials):
            return None
        off = [(t.outcome.value.double() - t.expected.double()).abs().max() for t in trials]
        if not all(0 < o < 0.02 / (t.case.args[1] + 1) ** 2 for t, o in zip(trials, off) if not t.right):
            return None
        return (
            f"Nearly right: off by {max(off):.1g} at most, as by a fit on a grid of places. Wanted is the best line "
            "for all of [−1, 1], and on paper it has a short formula."
        )

    @mistake(
        "Those are chords: they meet x² at the knees and lie above it everywhere else. Lower each until its mean "
        "error is 0."
    )
    def chords(x, knees):
        return straight_pieces(x, knees + 1, 1 / 4)

    @mistake("Those are tangents: they lie below x² everywhere else. Raise each by the mean of what it misses.")
    def tangents(x, knees):
        return straight_pieces(x, knees + 1, 0.0)

    @mistake(
        "That makes the *largest* error as small as can be: tangents raised by h²/8, or chords lowered by h²/8. For "
        "the mean of the square the mean error must be 0: tangents are raised by h²/12, chords lowered by h²/6."
    )
    def smallest_largest_error(x, knees):
        return straight_pieces(x, knees + 1, 1 / 8)

    @mistake("k knees make k + 1 pieces, not k.")
    def as_many_pieces_as_knees(x, knees):
        return straight_pieces(x, max(knees, 1), 1 / 12)

    @mistake("The two ends of [−1, 1] are no knees. All k knees lie inside, and make k + 1 pieces.")
    def the_ends_counted_as_knees(x, knees):
        return straight_pieces(x, max(knees - 1, 1), 1 / 12)

    @mistake("Those are k + 2 pieces: one too many.")
    def one_piece_too_many(x, knees):
        return straight_pieces(x, knees + 2, 1 / 12)

    @mistake("Your pieces are flat. Each may have a slope of its own: that of x² at the middle of the piece.")
    def steps(x, knees):
        return straight_pieces(x, knees + 1, 1 / 12, slope=0.0)

    @mistake("Your slope is m. The slope of x² at the middle of a piece is 2m.")
    def half_the_slope(x, knees):
        return straight_pieces(x, knees + 1, 1 / 12, slope=1.0)

    @mistake("That is what the fit misses. Return the fit itself.")
    def what_is_missed(x, knees):
        return x**2 - straight_pieces(x, knees + 1, 1 / 12)

    @mistake("That is x² itself. What is wanted is the broken line nearest to it.")
    def the_square(x, knees):
        return x**2

    @mistake("You laid all knees between 0 and 1. x is uniform on [−1, 1]: the pieces have the length 2/(k + 1).")
    def knees_between_0_and_1(x, knees):
        return straight_pieces(2 * x - 1, knees + 1, 1 / 12) / 4 + x - 0.25

    @mistake("You raised tangents by h²/6, or lowered chords by h²/12. It is the other one: h²/12 up, or h²/6 down.")
    def raised_by_a_sixth(x, knees):
        return straight_pieces(x, knees + 1, 1 / 6)

    @mistake("All right but for x = 1, where you return 0: the last piece must have its right end in it, too.")
    def last_end_left_out(x, knees):
        return torch.where(x < 1, straight_pieces(x, knees + 1, 1 / 12), 0.0)

    @mistake("All right but for x = −1, where you return 0: the first piece must have its left end in it, too.")
    def first_end_left_out(x, knees):
        return torch.where(x > -1, straight_pieces(x, knees + 1, 1 / 12), 0.0)

    @mistake("At inner knees you count two pieces, so the values there are doubled. Each place belongs to one piece.")
    def knees_counted_twice(x, knees):
        inner = torch.linspace(-1, 1, knees + 2)[1:-1]
        twice = (x[:, None] == inner).any(dim=1)
        return straight_pieces(x, knees + 1, 1 / 12) * torch.where(twice, 2.0, 1.0)

    @rewrite
    def between_the_knees(x, knees):
        """The knees lie h²/6 below the square."""
        at = np.linspace(-1, 1, knees + 2)
        return torch.tensor(np.interp(x.numpy(), at, at**2 - (2 / (knees + 1)) ** 2 / 6), dtype=torch.float32)

    @rewrite
    def place_by_place(x, knees):
        h, values = 2 / (knees + 1), []
        for place in x.tolist():
            k = 0
            while k < knees and place > -1 + (k + 1) * h:
                k += 1
            middle = -1 + (k + 0.5) * h
            values.append(middle**2 + 2 * middle * (place - middle) + h * h / 12)
        return torch.tensor(values)

    @rewrite
    def as_a_sum_of_hinges(x, knees):
        h = 2 / (knees + 1)
        y = 1 - h * h / 6 + (h - 2) * (x + 1)
        for k in range(1, knees + 1):
            y = y + 2 * h * (x + 1 - k * h).relu()
        return y
