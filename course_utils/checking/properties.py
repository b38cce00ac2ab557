"""What all right values have in common and the given ones have not: a last word, where nothing better can be said."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from course_utils.checking.pairs import Numbers

FEWEST = 8
"""Right values that must share a property for it to be worth a sentence."""


def property_story(numbers: Numbers) -> str | None:
    """The first property that the right values of every wrong case have, and the given ones of none."""
    wrong = numbers.wrong
    if numbers.kind == "bool" or sum(pair.expected.numel() for pair in wrong) < FEWEST:
        return None
    for says, holds in _properties(numbers):
        right, given = ([bool(holds(getattr(pair, name))) for pair in wrong] for name in ("expected", "got"))
        if all(right) and not any(given):
            everywhere = all(bool(holds(pair.expected)) for pair in numbers.pairs)
            return says if everywhere else f"In the cases that are wrong, {says[0].lower()}{says[1:]}"
    return None


def _properties(numbers: Numbers) -> Iterator[tuple[str, Callable[[Tensor], Tensor | bool]]]:
    yield "The right values are whole numbers, and yours aren't.", lambda t: numbers.close(t.round(), t)
    yield "The right values are never negative, and some of yours are.", lambda t: (t >= -1e-6).all()
    yield "The right values are never positive, and some of yours are.", lambda t: (t <= 1e-6).all()
    yield (
        "The right values lie between 0 and 1, and some of yours don't.",
        lambda t: ((t >= -1e-6) & (t <= 1 + 1e-6)).all(),
    )
    for axis in range(numbers.pairs[0].expected.ndim):
        if any(pair.expected.shape[axis] < 2 for pair in numbers.wrong):
            continue
        name = numbers.axis(axis)
        yield f"The right values add up to 1 along {name}, and yours don't.", lambda t, d=axis: _all_one(t.sum(d))
        yield (
            f"The right values have length 1 along {name}, and yours don't.",
            lambda t, d=axis: _all_one(t.norm(dim=d)),
        )
        yield f"The right values add up to 0 along {name}, and yours don't.", lambda t, d=axis: _all_one(t.sum(d) + 1)
        yield f"The right values grow along {name}, and yours don't.", lambda t, d=axis: (t.diff(dim=d) >= -1e-6).all()
        yield f"The right values fall along {name}, and yours don't.", lambda t, d=axis: (t.diff(dim=d) <= 1e-6).all()


def _all_one(t: Tensor) -> bool:
    return bool(torch.isclose(t, torch.ones_like(t), atol=1e-4).all())
