"""8.8: how many neurons an answer hangs on."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the order of the neurons doesn't matter")
def any_order(answer, part, rest):
    same = torch.equal(torch.as_tensor(answer(part.flip(1), rest)), torch.as_tensor(answer(part, rest)))
    return None if same else "Other numbers came out when the neurons stood in another order."


def flips(part, rest, start=0.0):
    """[text]: how many of the largest parts must go; -1 where all those above zero don't suffice."""
    falling = part.clamp_min(0).sort(dim=1, descending=True).values.cumsum(1)
    left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), falling], dim=1)
    done = left <= 1e-6
    return torch.where(done.any(1), done.int().argmax(1), -1)


class NeuronsToFlip(FunctionExercise):
    id, title = "8.8", "Who decides?"
    difficulty, minutes, points, needs = "C", 10, 3, []
    checked = (
        "texts against loops: with one that is decided by a single neuron, one that is wrong to begin with, one that "
        "no set of neurons can turn, a difference that becomes exactly zero, and many small parts"
    )
    hints = [
        "Without a neuron the difference is smaller by that neuron's part. Which should go first, if as few as "
        "possible are to go? And which should never go?",
        "Sort the parts above zero from the largest on, `cumsum`; the first number k for which `total - sum of the k "
        "largest <= 0`. k = 0 counts too, and -1 stands for never.",
    ]

    def cases(self, rng):
        part = torch.tensor(
            [
                [4.0, -1.0, 0.5, 0.5],
                [0.5, 0.25, -2.0, 0.25],
                [0.5, 1.0, 0.25, 0.5],
                [1.0, 1.0, -0.5, 1.0],
                [-1.0, -2.0, -0.25, -4.0],
                [1.0, -1.0, -1.0, 0.5],
                [0.25, 0.5, 0.25, 0.75],
                [0.25, 0.5, 0.25, 0.75],
            ]
        )
        yield Case((part, torch.tensor([-2.0, 0.5, 3.0, -0.5, 8.0, 0.75, 0.0, -1.75])), "with all kinds of texts")
        for texts, neurons, note in [(6, 9, "with six texts"), (1, 5, "with one text")]:
            drawn = (torch.randn(texts, neurons, generator=rng) + 0.6).mul(8).round() / 8
            yield Case((drawn, torch.randn(texts, generator=rng).mul(8).round() / 8), note)
        small = torch.randint(-1, 4, (2, 40), generator=rng) / 256
        yield Case((small, torch.tensor([-1.0, 2.0]) / 256), "with many small parts")

    def oracle(self, part: Float[Tensor, "text neuron"], rest: Float[Tensor, " text"]) -> Int[Tensor, " text"]:
        result = []
        for parts, beside in zip(part.tolist(), rest.tolist()):
            left, count = sum(parts) + beside, 0
            for value in sorted(parts, reverse=True):
                if left <= 1e-6 or value <= 0:
                    break
                left -= value
                count += 1
            result.append(count if left <= 1e-6 else -1)
        return torch.tensor(result)

    laws = [any_order]

    @mistake("You forgot what doesn't come from neurons: `rest` belongs to the difference.")
    def without_rest(part, rest):
        return flips(part, torch.zeros_like(rest))

    @mistake("You took neurons out in the order in which they stand. The largest parts go first.")
    def as_they_stand(part, rest):
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), part.cumsum(1)], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake(
        "You took out the largest *sizes*. A neuron with a negative part speaks against the answer: without it the "
        "difference grows."
    )
    def by_size(part, rest):
        ordered = part.gather(1, part.abs().argsort(dim=1, descending=True, stable=True))
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), ordered.cumsum(1)], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake("A difference of exactly 0 counts: the answer no longer leads.")
    def below_zero(part, rest):
        return flips(part, rest + 2e-5)

    @mistake("One too many: you counted the neurons up to the one that *still* leaves a lead, and one more.")
    def one_too_many(part, rest):
        found = flips(part, rest)
        return torch.where(found >= 0, found + 1, found)

    @mistake(
        "A text that is wrong before anything goes needs no neuron: 0. You begin to look after the first has gone."
    )
    def at_least_one(part, rest):
        return flips(part, rest).where(flips(part, rest) != 0, 1)

    @mistake("Where no set of neurons turns it you return the number of neurons. Return -1.")
    def all_for_never(part, rest):
        found = flips(part, rest)
        return torch.where(found < 0, part.shape[1], found)

    @mistake("You began with the smallest parts. To need as few as possible, the largest go first.")
    def smallest_first(part, rest):
        rising = part.clamp_min(0).sort(dim=1).values.cumsum(1)
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), rising], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake(
        "Two cases are missing: 0 where the answer doesn't lead to begin with, and -1 where it leads even without all "
        "that speak for it."
    )
    def neither_case(part, rest):
        found = flips(part, rest)
        return torch.where(found < 0, part.shape[1] + 1, found.clamp_min(1))

    @mistake("Where no set of neurons turns it you return one more than there are. Return -1.")
    def one_more_for_never(part, rest):
        found = flips(part, rest)
        return torch.where(found < 0, part.shape[1] + 1, found)

    @mistake(
        "You count all sums that are too small. But the sums fall again once parts below zero come: take the first sum "
        "that suffices."
    )
    def counts_behind_the_top(part, rest):
        total, reached = part.sum(1) + rest, part.sort(dim=1, descending=True).values.cumsum(1)
        count = torch.where(total <= 0, 0, 1 + (reached < total[:, None] - 1e-6).sum(1))
        return torch.where(reached.amax(1) < total - 1e-6, -1, count)

    @mistake(
        "Two cases are missing: 0 where the answer doesn't lead to begin with, and -1 where it always leads. And the "
        "sums fall again once parts below zero come: take the first sum that suffices."
    )
    def counts_and_neither_case(part, rest):
        total, reached = part.sum(1) + rest, part.sort(dim=1, descending=True).values.cumsum(1)
        return 1 + (reached < total[:, None] - 1e-6).sum(1)

    @mistake(
        "Where no set of neurons turns it you return 0. (`argmax` of a row without a True is 0: ask `any` as well.) "
        "Return -1."
    )
    def zero_for_never(part, rest):
        return flips(part, rest).clamp_min(0)

    @mistake(
        "You took out *all* neurons, one after the other, and counted how often the difference was above 0. Once "
        "negative parts go it grows again: stop at the first number that suffices."
    )
    def counts_all_that_lead(part, rest):
        gone = part.sort(dim=1, descending=True).values.cumsum(1)
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), gone], dim=1)
        count = (left > 1e-6).sum(1)
        return torch.where(count > part.shape[1], -1, count)

    @mistake("You took out what helps in the order in which it stands. The largest parts go first: sort them.")
    def helpers_as_they_stand(part, rest):
        gone = part.clamp_min(0).cumsum(1)
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), gone], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake(
        "You began with the most *negative* parts. They speak against the answer, and without them the difference "
        "grows: the largest go first (`descending=True`)."
    )
    def most_negative_first(part, rest):
        gone = part.sort(dim=1).values.cumsum(1)
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), gone], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake("You began at `rest` alone. At first all neurons are there: the difference is the sum of parts and rest.")
    def from_rest_alone(part, rest):
        gone = part.clamp_min(0).sort(dim=1, descending=True).values.cumsum(1)
        left = rest[:, None] - torch.cat([torch.zeros(len(part), 1), gone], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake("You return -1 for a text that is wrong to begin with. That needs no neuron to go: 0.")
    def never_for_none(part, rest):
        found = flips(part, rest)
        return torch.where(found == 0, -1, found)

    @mistake("You added the parts of all texts together (`part.sum()`). Each text has its own sum: `part.sum(1)`.")
    def all_texts_together(part, rest):
        return flips(part, rest + part.sum() - part.sum(1))

    @mistake("You turned the neurons' parts round. Taking a neuron out takes its part off once: it says nothing then.")
    def parts_turned_round(part, rest):
        gone = 2 * part.clamp_min(0).sort(dim=1, descending=True).values.cumsum(1)
        left = (part.sum(1) + rest)[:, None] - torch.cat([torch.zeros(len(part), 1), gone], dim=1)
        done = left <= 1e-6
        return torch.where(done.any(1), done.int().argmax(1), -1)

    @mistake("That is how many neurons speak for the answer. How many of them must go?")
    def for_it(part, rest):
        return (part > 0).sum(1)

    @rewrite
    def with_an_empty_set(part, rest):
        return flips(part, rest)

    @rewrite
    def step_by_step(part, rest):
        left, count = part.sum(1) + rest, torch.zeros(len(part), dtype=torch.long)
        for value in part.clamp_min(0).sort(dim=1, descending=True).values.unbind(1):
            count += (left > 0).long()
            left = left - value
        return torch.where(left > 0, -1, count)

    @rewrite
    def text_by_text(part, rest):
        result = []
        for parts, beside in zip(part, rest):
            left, k = float(parts.sum() + beside), 0
            ordered = parts[parts > 0].sort(descending=True).values.tolist()
            while left > 0 and k < len(ordered):
                left -= ordered[k]
                k += 1
            result.append(k if left <= 0 else -1)
        return torch.tensor(result)
