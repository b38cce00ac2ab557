"""8.1: looking at a neuron over its whole range."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("measuring the activations in other units changes nothing")
def other_units(answer, acts, n):
    same = torch.equal(answer(acts * 4 - 8, n), answer(acts, n))
    return None if same else "Other rows came out when all activations were multiplied by 4 and moved down by 8."


def nearest(acts, levels):
    return (acts[None] - levels[:, None]).abs().argmin(dim=1)


def steps(acts, n):
    return torch.linspace(float(acts.max()), float(acts.min()), n)


class OverTheRange(FunctionExercise):
    id, title = "8.1", "Look at a neuron"
    difficulty, minutes, points, needs = "B", 7, 2, []
    checked = (
        "activations against loops, with most of them near zero, with equal ones, with two levels, with more levels "
        "than rows, with rows equally near on both sides of a level, and with activations close together"
    )
    hints = [
        "First the levels: n numbers in equal steps, the largest activation first, the smallest last. Then, for each "
        "of them, which row comes nearest?",
        "`levels = torch.linspace(acts.max().item(), acts.min().item(), n)`; the distances are a matrix, `(acts[None] "
        "- levels[:, None]).abs()`, and `argmin(dim=1)` takes the first of equals.",
    ]

    def cases(self, rng):
        many = torch.randn(60, generator=rng) * 0.1
        many[torch.randperm(60, generator=rng)[:7]] = torch.tensor([8.0, 7.5, 7.25, 6.0, 4.1, 2.0, -1.5])
        yield Case((many, 6), "with most rows near zero")
        few = torch.tensor([0.5, 4.0, -2.0, 4.0, 0.5, -2.0, 1.0])
        yield Case((few, 3), "with equal activations")
        yield Case((torch.randn(25, generator=rng) - 5, 2), "with two levels")
        yield Case((torch.tensor([1.0, 7.0, 2.5]), 7), "with more levels than rows")
        yield Case((torch.full((4,), 2.0), 3), "with a neuron that never moves")
        both_sides = torch.tensor([7.0, 20, 13, 15, 9, 0, 11, 5, 5])  # levels 20, 16, 12, 8, 4, 0
        yield Case((both_sides, 6), "with rows equally near on both sides of a level")
        yield Case((torch.tensor([5.0012, 5.003, 5.0, 5.0021]), 4), "with activations close together")

    def oracle(self, acts: Float[Tensor, " row"], n: int) -> Int[Tensor, " n"]:
        values = [float(v) for v in acts]
        high, low = max(values), min(values)
        chosen = []
        for i in range(n):
            level = high + (low - high) * i / (n - 1)
            best = 0
            for row, value in enumerate(values):
                if abs(value - level) < abs(values[best] - level) - 1e-6:
                    best = row
            chosen.append(best)
        return torch.tensor(chosen)

    laws = [other_units]

    @mistake(
        "These are the rows with the largest activations, the very ones that mislead. Take equal steps from the "
        "largest activation down to the smallest."
    )
    def the_top(acts, n):
        return acts.argsort(descending=True, stable=True).repeat(n)[:n]

    @mistake(
        "You took equal steps in the *ranks*. Nearly all rows lie near zero, and so do nearly all of yours: the steps "
        "should be equal in the activation."
    )
    def equal_ranks(acts, n):
        order = acts.argsort(descending=True, stable=True)
        return order[torch.linspace(0, len(acts) - 1, n).round().long()]

    @mistake(
        "You took equal steps in the *ranks*, cut down to whole numbers. Nearly all rows lie near zero, and so do "
        "nearly all of yours: the steps should be equal in the activation."
    )
    def equal_ranks_cut(acts, n):
        order = acts.argsort(descending=True, stable=True)
        return order[torch.linspace(0, len(acts) - 1, n).long()]

    @mistake(
        "Your levels are *quantiles*, equal steps in the ranks. Nearly all rows lie near zero, and so do nearly all of "
        "your levels: they should be equal steps of the activation."
    )
    def quantiles(acts, n):
        return nearest(acts, acts.quantile(torch.linspace(1, 0, n)))

    @mistake(
        "`topk` gives the rows with the largest activations, the very ones that mislead. Take equal steps from the "
        "largest activation down to the smallest."
    )
    def with_topk(acts, n):
        return acts.topk(n).indices

    @mistake("The right rows in ascending order: the largest activation comes first.")
    def ascending(acts, n):
        return nearest(acts, steps(acts, n)).flip(0)

    @mistake("Your last level is 0. The smallest activation may lie below it, or above: the range ends there.")
    def down_to_zero(acts, n):
        return nearest(acts, torch.linspace(float(acts.max()), 0.0, n))

    @mistake(
        "Your levels lie in the middle of n equal intervals. The first one should be the largest activation, the last "
        "one the smallest."
    )
    def middles(acts, n):
        high, low = float(acts.max()), float(acts.min())
        return nearest(acts, high + (low - high) * (torch.arange(n) + 0.5) / n)

    @mistake("Your last level stops one step short of the smallest activation: n levels have n − 1 steps between them.")
    def one_step_short(acts, n):
        return nearest(acts, steps(acts, n + 1)[:-1])

    @mistake("You returned activations. The numbers of the rows are wanted, so that the texts can be looked up.")
    def values(acts, n):
        return acts[nearest(acts, steps(acts, n))]

    @mistake("You took the smallest activation that reaches the level. The nearest is wanted, from above or below.")
    def from_above(acts, n):
        distance = acts[None] - steps(acts, n)[:, None]
        return distance.masked_fill(distance < -1e-6, torch.inf).argmin(dim=1)

    @mistake("Of rows that are equally near you took the last; the text wants the first.")
    def last_of_equals(acts, n):
        return len(acts) - 1 - nearest(acts.flip(0), steps(acts, n))

    @mistake("You took absolute values first: far below zero isn't the same as far above.")
    def by_size(acts, n):
        return nearest(acts.abs(), steps(acts.abs(), n))

    @mistake("You took the largest activation that doesn't pass the level. The nearest is wanted, from above or below.")
    def from_below(acts, n):
        distance = steps(acts, n)[:, None] - acts[None]
        return distance.masked_fill(distance < -1e-6, torch.inf).argmin(dim=1)

    @mistake(
        "Of rows that are equally near you took one by its activation. The first is the one with the smallest number, "
        "whether it lies above the level or below."
    )
    def by_activation_of_equals(acts, n):
        values, order = acts.sort(stable=True)
        levels = steps(acts, n)
        above = torch.searchsorted(values, levels).clamp(1, len(acts) - 1)
        nearer = (values[above] - levels) < (levels - values[above - 1])
        return order[torch.where(nearer, above, above - 1)]

    @mistake("Your last level is minus the largest activation. The range ends at the smallest one.")
    def down_to_minus_the_largest(acts, n):
        return nearest(acts, torch.linspace(float(acts.max()), -float(acts.max()), n))

    @mistake("These are places in the *sorted* list. The texts are found by the numbers that the rows had before.")
    def places_in_the_order(acts, n):
        return nearest(acts.sort(descending=True).values, steps(acts, n))

    @mistake("You always take twelve levels. Take `n`, whatever it is.")
    def always_twelve(acts, n):
        return nearest(acts, steps(acts, 12))

    @mistake("You removed rows that came up twice. Each level has its row, and a row may come up again.")
    def without_repeats(acts, n):
        return torch.tensor(list(dict.fromkeys(nearest(acts, steps(acts, n)).tolist())))

    @mistake("You took each row only once. The nearest row is wanted, also if it was the nearest to an earlier level.")
    def each_row_once(acts, n):
        left, found = acts.clone(), []
        for level in steps(acts, n):
            found.append((left - level).abs().argmin())
            left[found[-1]] = torch.inf
        return torch.stack(found)

    @rewrite
    def one_level_at_a_time(acts, n):
        return torch.stack([(acts - level).abs().argmin() for level in steps(acts, n)])

    @rewrite
    def in_plain_python(acts, n):
        high, low, values = acts.max().item(), acts.min().item(), acts.tolist()
        levels = [high + (low - high) * i / (n - 1) for i in range(n)]
        return torch.tensor([min(range(len(values)), key=lambda row: abs(values[row] - level)) for level in levels])

    @rewrite
    def squared(acts, n):
        return (acts.double()[None] - steps(acts, n).double()[:, None]).square().argmin(dim=1)
