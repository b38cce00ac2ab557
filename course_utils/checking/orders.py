"""The right values in other places: swapped axes, a reshape for a permute, a shift, another order along an axis."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checking.pairs import Numbers, Pair, telling


def order_story(numbers: Numbers) -> str | None:
    """How the given values have to be moved to be right, if that holds in every wrong case."""
    if not telling(numbers.wrong, numbers.kind) or any(len(pair.expected.unique()) < 2 for pair in numbers.wrong):
        return None
    dims = range(numbers.pairs[0].expected.ndim)
    found = [_swapped(numbers, a, b) for a, b in itertools.combinations(dims, 2)]
    found += [_reshaped(numbers, order) for order in itertools.permutations(dims) if list(order) != list(dims)]
    found += [_shift(numbers, axis) for axis in dims]
    found += [_along(numbers, axis) for axis in dims if not _an_order(numbers, axis)]
    if says := next((says for says in found if says), None):
        return says
    if any(_an_order(numbers, axis) for axis in dims):
        return None
    if _all(numbers, lambda p: p.got.flatten().sort().values, _sorted) and numbers.kind != "bool":
        return "The right values are all there, and in other places."
    return None


def _all(numbers: Numbers, made: Callable[[Pair], Tensor], target: Callable[[Pair], Tensor]) -> bool:
    """Does what is made of each wrong pair agree with its target?"""
    return all(numbers.close(made(pair), target(pair)) for pair in numbers.wrong)


def _right(pair: Pair) -> Tensor:
    return pair.expected


def _given(pair: Pair) -> Tensor:
    return pair.got


def _sorted(pair: Pair) -> Tensor:
    return pair.expected.flatten().sort().values


def _swapped(numbers: Numbers, a: int, b: int) -> str | None:
    if not _all(numbers, lambda p: p.got.transpose(a, b), _right):
        return None
    if numbers.pairs[0].expected.ndim == 2:
        return "The result is the transpose of the right one: two axes are swapped."
    return f"The values are right with {numbers.axis(a)} and {numbers.axis(b)} exchanged."


def _reshaped(numbers: Numbers, order: tuple[int, ...]) -> str | None:
    if not _all(numbers, lambda p: p.expected.permute(order).reshape(p.got.shape), _given):
        return None
    return "The values are right, and in the wrong places: `reshape` doesn't move axes, `permute` does."


def _along(numbers: Numbers, axis: int) -> str | None:
    if not _all(numbers, lambda p: _in_order_of(p, axis), _right):
        return None
    return f"The values are right, and in another order along {numbers.axis(axis)}."


def _an_order(numbers: Numbers, axis: int) -> bool:
    """Whether the right values are 0 … n − 1 in some order: every other order has them, too, so that tells nothing."""
    every = (pair.expected.sort(axis).values.movedim(axis, -1) for pair in numbers.wrong)
    return numbers.kind == "int" and all(bool((t == torch.arange(t.shape[-1])).all()) for t in every)


def _in_order_of(pair: Pair, axis: int) -> Tensor:
    """The slices of the given values along an axis, put into the order in which the right ones have them."""
    e, g = (t.movedim(axis, 0).reshape(t.shape[axis], -1) for t in (pair.expected, pair.got))
    order = torch.cdist(e, g).argmin(1) if e.shape[0] > 1 and e.shape[1] else torch.arange(len(e))
    found = g[order] if len(order.unique()) == len(e) else g
    return found.reshape(pair.expected.movedim(axis, 0).shape).movedim(0, axis)


def _shift(numbers: Numbers, axis: int) -> str | None:
    """The right values one place on or back, with something else at the edge."""
    if any(pair.expected.shape[axis] < 3 for pair in numbers.wrong):
        return None
    for ahead, words in ((False, "one place too far on"), (True, "one place too early")):
        moved = True
        for pair in numbers.wrong:
            n = pair.expected.shape[axis] - 1
            e, g = pair.expected.narrow(axis, int(ahead), n), pair.got.narrow(axis, int(not ahead), n)
            moved = moved and numbers.close(g, e) and len(e.unique()) > 2
        if moved:
            return f"Along {numbers.axis(axis)} everything stands {words}."
    return None
