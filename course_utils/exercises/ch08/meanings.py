"""8.2: how many meanings carry what a neuron says."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


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
        "activations below zero, small ones, a neuron with one meaning, and all of the activation"
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
        small = 0.01 * torch.randn(50, generator=rng)
        yield Case((small, torch.randint(10, (50,), generator=rng), 0.7), "with small activations")

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

    @mistake(
        "You count the sums that are no larger than the share, and one more: where the share is reached exactly this "
        "is one too many. *At least* the share is enough."
    )
    def one_more_than_reached(acts, meaning, share):
        reached = by_meaning(acts, meaning).sort(descending=True).values.cumsum(0)
        return int((reached <= share * reached[-1]).sum()) + 1

    @mistake("That is how many meanings carry *at most* the share. How many does it take to carry at least so much?")
    def at_most_the_share(acts, meaning, share):
        reached = by_meaning(acts, meaning).sort(descending=True).values.cumsum(0)
        return int((reached <= share * reached[-1]).sum())

    @mistake("You sorted in ascending order. The fewest that suffice are the largest: they come first.")
    def ascending(acts, meaning, share):
        reached = by_meaning(acts, meaning).sort().values.cumsum(0)
        return int((reached < share * reached[-1]).sum()) + 1

    @mistake(
        "`total[meaning] += …` keeps one row of each meaning and loses the others. `bincount` with weights, or "
        "`index_add`, adds them up."
    )
    def one_row_is_kept(acts, meaning, share):
        kept = {which: max(value, 0.0) for which, value in zip(meaning.tolist(), acts.tolist())}
        return how_many(torch.tensor(list(kept.values())), share)

    @mistake("You left out meaning 0. Meanings are numbered from 0, and it is one like the others.")
    def without_meaning_0(acts, meaning, share):
        of_each = by_meaning(acts, meaning)[1:]
        return how_many(of_each, share)

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
