"""More slips in the test for illusions, each with its sentence: for exercise 7.12."""


def judged(decide):
    """An answer with another rule: of the full patch's mean effect, and both shares."""

    def answer(full, along, read):
        return decide(along.mean(1) / full.mean(), read.mean(1) / full.mean())

    return answer


def medians(full, along, read):
    share, alone = along.median(1).values / full.mean(), read.median(1).values / full.mean()
    return (share >= 0.5) & (alone < share / 2)


def pair_by_pair(full, along, read):
    sign = full.mean().sign()
    return (sign * along >= sign * 0.5 * full) & (sign * read < sign * along / 2)


def whole_sum_below(full, along, read):
    share, alone = along.mean(1) / full.sum(), read.mean(1) / full.sum()
    return (share >= 0.5) & (alone < share / 2)


def without_signs(full, along, read):
    share, alone = along.mean(1) / full.abs().mean(), read.mean(1) / full.abs().mean()
    return (share >= 0.5) & (alone < share / 2)


def effects(full, along, read):
    return (along.mean(1) >= 0.5) & (read.mean(1) < along.mean(1) / 2)


SLIPS = {
    "one of the two": (
        judged(lambda share, alone: (share >= 0.5) | (alone < share / 2)),
        "You joined the two conditions with *or*. Illusory is a direction that fulfils both: `&`.",
    ),
    "unread for read": (
        judged(lambda share, alone: (share >= 0.5) & (share - alone < share / 2)),
        "You compared what the read part does *not* have. It is illusory if the read part itself has less than half.",
    ),
    "size of the read part": (
        judged(lambda share, alone: (share >= 0.5) & (alone.abs() < share / 2)),
        "You took the size of the read part's effect. One that moves the answer the other way has less than half, "
        "however large it is.",
    ),
    "not below zero": (
        judged(lambda share, alone: (share >= 0.5) & (alone < share / 2) & (alone >= 0)),
        "You left out read parts that move the answer the other way. Their share is below 0: less than half.",
    ),
    "cut off": (
        judged(lambda share, alone: (share.clamp(0, 1) >= 0.5) & (alone.clamp(0, 1) < share.clamp(0, 1) / 2)),
        "You cut shares off at 0 and 1. A direction can have more effect than the full patch: leave them as they are.",
    ),
    "a quarter": (
        judged(lambda share, alone: (share >= 0.5) & (alone < share / 4)),
        "Your limit for the read part is a quarter of its direction's share. Less than *half* of it is asked.",
    ),
    "medians": (medians, "You took medians over the pairs. The text wants mean effects."),
    "every pair": (
        lambda *args: pair_by_pair(*args).all(1),
        "You asked every pair of texts for itself. Average over the pairs first: one verdict for each direction.",
    ),
    "some pair": (
        lambda *args: pair_by_pair(*args).any(1),
        "One pair of texts is enough for you. Average over the pairs first: one verdict for each direction.",
    ),
    "sum of the full effects": (
        whole_sum_below,
        "You divided by the *sum* of the full patch's effects: with several pairs every share is too small. Divide by "
        "their mean.",
    ),
    "full effects without signs": (
        without_signs,
        "You took the sizes of the full patch's effects. Their mean, with signs, is what a share is a share of.",
    ),
    "effects for shares": (
        effects,
        "You compared effects with 0.5. Divide by the mean effect of the full patch: shares are compared.",
    ),
}
"""Mistakes of an exercise: {name: (wrong answer, what it is told)}."""
