"""Arguments that are True or False: what is wrong with the answer in each position of the switch.

Where a switch turns something on (a ReLU, say), the result of the other position is a step on the way. A given value
that is a simple transform of it (its size, its sigmoid) says what the learner has put in the step's place.
"""

from collections.abc import Callable

from course_utils.checking.inputs import Subject
from course_utils.checking.pairs import Numbers, numbers
from course_utils.checking.relations import relation_story


def switch_story(subject: Subject, found: Numbers, tell: Callable[[Numbers], str | None]) -> str | None:
    """`tell` says what is wrong with some numbers, here with those of one position."""
    for i, named in enumerate(subject.names):
        if not all(type(args[i]) is bool for args, *_ in subject.cases):
            continue
        for position in (True, False):
            there = [case for case in subject.cases if case[0][i] is position]
            says = _in_position(there, found, tell) or _from_the_other(subject, there, found, i)
            if says:
                return f"With `{named.name}={position}`: {says[0].lower()}{says[1:]}"
    return None


def _in_position(there: list, found: Numbers, tell) -> str | None:
    given = _numbers([(right, got, args) for args, right, got in there], found)
    if given is None:
        return None
    if not any(bool(pair.got.any()) for pair in given.pairs):
        return "Your values are all 0."
    return tell(given)


def _from_the_other(subject: Subject, there: list, found: Numbers, i: int) -> str | None:
    """The given values against what is right in the other position."""
    if not there or all(subject.same(right, got) for _, right, got in there):
        return None
    other = [(subject.right((*a[:i], not a[i], *a[i + 1 :])), got, a) for a, _, got in there]
    if any(right is None for right, *_ in other):
        return None
    given = _numbers(other, found)
    says = relation_story(given) if given else None
    position = not there[0][0][i]
    return f"{says} (“Right ones” are here those of `{subject.names[i].name}={position}`.)" if says else None


def _numbers(cases: list, found: Numbers) -> Numbers | None:
    return numbers(cases, found.dims, found.names, found.rtol, found.atol) if cases else None
