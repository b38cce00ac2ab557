"""8.1 and 8.2: looking at a neuron over its whole range, and how many meanings carry what it says."""

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
        "activations against loops, with most of them near zero, with equal ones, with two levels, and with more "
        "levels than rows"
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


@law("the order of the rows doesn't matter")
def any_order(answer, acts, meaning, share):
    same = int(answer(acts.flip(0), meaning.flip(0), share)) == int(answer(acts, meaning, share))
    return None if same else "Another number came out when the rows stood in another order."


def by_meaning(acts, meaning):
    """[meaning]: the activation above zero, added up."""
    return torch.zeros(int(meaning.max()) + 1, dtype=acts.dtype).index_add(0, meaning, acts.clamp_min(0))


def how_many(of_each, share):
    reached = of_each.sort(descending=True).values.cumsum(0)
    return int((reached < share * reached[-1]).sum()) + 1


class MeaningsNeeded(FunctionExercise):
    id, title = "8.2", "How many meanings?"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = (
        "activations against loops: a meaning that fires it often and weakly, a share that is reached exactly, "
        "activations below zero, a neuron with one meaning, and all of the activation"
    )
    hints = [
        "For each meaning, how much of the neuron's activation falls on its rows? Then it is a matter of adding up "
        "the largest until they suffice.",
        "`by = torch.bincount(meaning, weights=acts.clamp_min(0))`, sort, `cumsum`, and count how "
        "many of the sums are still below `share` of the whole; one more reaches it.",
    ]

    def cases(self, rng):
        acts = torch.tensor([8.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3.0, -6.0, 2.0])
        meaning = torch.tensor([4, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 2])
        yield Case((acts, meaning, 0.9), "with a meaning that fires it often and weakly")
        exact = torch.tensor([2.0, 1.0, 4.0, 1.0, -3.0, -0.5])
        yield Case((exact, torch.tensor([3, 0, 1, 5, 1, 2]), 0.75), "with a share that is reached exactly")
        yield Case((exact, torch.tensor([3, 0, 1, 5, 1, 2]), 1.0), "with all of the activation")
        yield Case((torch.tensor([0.5, 2.0, 1.0]), torch.tensor([2, 2, 2]), 0.9), "with one meaning")
        alike = torch.ones(4)
        yield Case((alike, torch.arange(4), 1.0), "with meanings that all count the same")
        for rows, meanings, share in [(40, 9, 0.8), (80, 25, 0.9), (60, 12, 0.4)]:
            drawn = torch.randn(rows, generator=rng) * 2
            yield Case((drawn, torch.randint(meanings, (rows,), generator=rng), share), f"with {meanings} meanings")

    def oracle(self, acts: Float[Tensor, " row"], meaning: Int[Tensor, " row"], share: float) -> int:
        total = {}
        for value, which in zip(acts.tolist(), meaning.tolist()):
            if value > 0:
                total[which] = total.get(which, 0.0) + value
        goal, reached, count = share * sum(total.values()) - 1e-6, 0.0, 0
        for value in sorted(total.values(), reverse=True):
            if reached >= goal:
                break
            reached += value
            count += 1
        return count

    laws = [any_order]

    @mistake("You counted rows. A row counts as much as its activation: add these up by meaning.")
    def counts_rows(acts, meaning, share):
        return how_many(torch.bincount(meaning[acts > 0]).double(), share)

    @mistake("Activations below zero were added in, and take off what a meaning has above it. They don't count.")
    def with_negatives(acts, meaning, share):
        of_each = torch.zeros(int(meaning.max()) + 1).index_add(0, meaning, acts)
        return how_many(of_each.clamp_min(0), share)

    @mistake("You added absolute values: what lies below zero doesn't count.")
    def absolute(acts, meaning, share):
        return how_many(by_meaning(acts.abs(), meaning), share)

    @mistake("You began with the smallest meanings. The fewest that suffice are the largest.")
    def smallest_first(acts, meaning, share):
        of_each = by_meaning(acts, meaning)
        reached = of_each[of_each > 0].sort().values.cumsum(0)
        return int((reached < share * reached[-1]).sum()) + 1

    @mistake(
        "You added the meanings up in the order of their numbers. The fewest that suffice are the largest: sort them "
        "first."
    )
    def as_they_are_numbered(acts, meaning, share):
        reached = torch.bincount(meaning, weights=acts.clamp_min(0)).cumsum(0)
        return int((reached < share * reached[-1] - 1e-6).sum()) + 1

    @mistake(
        "You took rows, the largest first, and counted their meanings. A meaning that fires the neuron often and "
        "weakly may carry more: add up by meaning first."
    )
    def meanings_of_the_top_rows(acts, meaning, share):
        reached, order = acts.clamp_min(0).sort(descending=True)
        reached = reached.cumsum(0)
        return len(meaning[order[: int((reached < share * reached[-1]).sum()) + 1]].unique())

    @mistake(
        "You compared the *means* of the meanings. One that fires the neuron often and weakly may carry more than one "
        "that does it once: add up."
    )
    def means(acts, meaning, share):
        count = torch.bincount(meaning, minlength=int(meaning.max()) + 1).clamp_min(1)
        return how_many(by_meaning(acts, meaning) / count, share)

    @mistake("You took each meaning's largest activation. Add up all of its rows.")
    def largest_row(acts, meaning, share):
        of_each = torch.zeros(int(meaning.max()) + 1).scatter_reduce(0, meaning, acts.clamp_min(0), "amax")
        return how_many(of_each, share)

    @mistake("These are rows, the largest first. Rows of the same meaning count as one.")
    def rows_needed(acts, meaning, share):
        return how_many(acts.clamp_min(0), share)

    @mistake("One too few: you counted the sums that are still below the share. One more meaning reaches it.")
    def one_too_few(acts, meaning, share):
        return how_many(by_meaning(acts, meaning), share) - 1

    @mistake("Where the share is reached exactly you take one more. *At least* the share is enough.")
    def more_than_the_share(acts, meaning, share):
        reached = by_meaning(acts, meaning).sort(descending=True).values.cumsum(0)
        return min(int((reached <= share * reached[-1]).sum()) + 1, len(meaning[acts > 0].unique()))

    @mistake("You squared the activations. Add them up as they are.")
    def squares(acts, meaning, share):
        return how_many(by_meaning(acts.clamp_min(0).square(), meaning), share)

    @rewrite
    def with_index_add(acts, meaning, share):
        return how_many(by_meaning(acts, meaning), share)

    @rewrite
    def one_hot(acts, meaning, share):
        member = torch.nn.functional.one_hot(meaning).to(acts.dtype)
        return torch.tensor(how_many(acts.clamp_min(0) @ member, share))

    @rewrite
    def with_a_dict(acts, meaning, share):
        of_each = {}
        for value, which in zip(acts.clamp_min(0).tolist(), meaning.tolist()):
            of_each[which] = of_each.get(which, 0) + value
        reached = 0
        for count, value in enumerate(sorted(of_each.values(), reverse=True), start=1):
            reached += value
            if reached >= share * sum(of_each.values()) - 1e-9:
                return count
