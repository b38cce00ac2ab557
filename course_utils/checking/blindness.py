"""Arguments that an answer doesn't see, as far as was tried: what moves the right answer leaves the given one alone."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_utils.checking.inputs import Subject

Vary = Callable[[Any], Any]
"""Another argument of the same kind; None where there is none."""


def blind_story(subject: Subject) -> str | None:
    """An argument whose values, or whose size, change the right answer and, in all that was tried, never the learner's.

    Said only of an answer that does move with something: a constant is blind to everything.
    """
    said, alive = None, _differ([given for *_, given in subject.cases], subject)
    for i, named in enumerate(subject.names):
        if named.name in subject.fixed:
            continue
        tried = {kind: _moved(subject, i, variations) for kind, variations in _VARIATIONS.items()}
        alive = alive or any(True in moved for moved in tried.values())
        said = said or _words(f"`{named.name}`", tried)
    return said if alive else None


def _words(name: str, tried: dict[str, list[bool]]) -> str | None:
    every = [moved for kind in tried.values() for moved in kind]
    if len(every) >= 2 and not any(every):
        return f"On these inputs your answer stayed the same whatever was done to {name}, and the right one doesn't."
    for kind, words in _SEEN_IN_PART.items():
        if len(tried[kind]) >= 2 and not any(tried[kind]):
            return words.format(name=name)
    return None


_SEEN_IN_PART = {
    "smaller": (
        "Your answer stays the same when the values of {name} get smaller, each by a factor of its own, and the right "
        "one doesn't: do only their signs, their zeros or their order count in yours?"
    ),
    "half": (
        "Your answer stays the same when all of {name} is halved, and it should not: is it normalised on the way, or "
        "do only signs and order count?"
    ),
}


def _differ(results: list[Any], subject: Subject) -> bool:
    return any(not subject.same(results[0], other) for other in results[1:])


def _moved(subject: Subject, i: int, variations: list[Vary]) -> list[bool]:
    """Whether the answer moved, for every variation of argument i that moves the right one."""
    found = []
    for vary in variations:
        for args, right, given in subject.cases:
            changed = vary(args[i])
            if changed is None:
                continue
            moved = (*args[:i], changed, *args[i + 1 :])
            after = subject.right(moved)
            if after is None or subject.same(right, after):
                continue
            yours = subject.outcome(moved)
            found.append(yours.error is not None or not subject.same(given, yours.value))
            if found[-1]:
                return found
    return found


def _smaller(arg: Any) -> Any:
    """Shrunk by a factor of its own for each value, so that what was in [0, 1] stays there."""
    if isinstance(arg, Tensor) and arg.is_floating_point() and arg.numel():
        factors = 0.3 + 0.6 * torch.rand(arg.shape, generator=torch.Generator().manual_seed(1))
        return arg * factors.to(arg.dtype)
    return arg * 0.6 if isinstance(arg, float) else None


def _half(arg: Any) -> Any:
    return arg * 0.5 if isinstance(arg, Tensor) and arg.is_floating_point() else None


def _elsewhere(arg: Any) -> Any:
    """The same values in other places; of one number, the next; the other truth value."""
    if isinstance(arg, Tensor) and arg.numel():
        return ~arg if arg.dtype == torch.bool else arg.flatten().roll(1).reshape(arg.shape)
    if isinstance(arg, bool):
        return not arg
    return arg + 1 if isinstance(arg, int) else None


def _backwards(arg: Any) -> Any:
    if isinstance(arg, Tensor) and arg.numel() > 2:
        return arg.flatten().flip(0).reshape(arg.shape)
    return arg - 1 if isinstance(arg, int) and not isinstance(arg, bool) and arg > 0 else None


def _other_signs(arg: Any) -> Any:
    """Where there are negative values, all the other way round."""
    if isinstance(arg, Tensor) and arg.is_floating_point() and bool((arg < 0).any()):
        return -arg
    return -arg if isinstance(arg, float) else None


_VARIATIONS: dict[str, list[Vary]] = {
    "smaller": [_smaller],
    "half": [_half],
    "other": [_elsewhere, _backwards, _other_signs],
}
