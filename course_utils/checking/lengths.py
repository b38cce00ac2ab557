"""Vectors that point the right way and have the wrong length: a normalisation that is missing, or one too many."""

import torch
from torch import Tensor

from course_utils.checking.describe import number
from course_utils.checking.pairs import Numbers


def lengths_story(numbers: Numbers, wrong: list[Tensor]) -> str | None:
    """The vectors along one axis are the right ones times a factor > 0 of their own, wherever one is wrong.

    `wrong` has a mask of the wrong places for every wrong pair.
    """
    for axis in range(numbers.pairs[0].expected.ndim):
        found = [_vectors(pair.expected, pair.got, w, axis) for pair, w in zip(numbers.wrong, wrong)]
        if any(e.shape[-1] < 2 for e, _ in found) or sum(len(e) for e, _ in found) < 3:
            continue
        if all(_same_way(numbers, e, g) for e, g in found):
            lengths = [tuple(t.norm(dim=-1) for t in both) for both in found]
            start = f"Each vector along {numbers.axis(axis)} points the right way and has the wrong length"
            return f"{start}: {_what_lengths(lengths)}"
    return None


def _vectors(expected: Tensor, got: Tensor, wrong: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """[vector, entry], right and given, of those that have a wrong entry."""
    hit = wrong.any(dim=axis)
    return expected.movedim(axis, -1)[hit], got.movedim(axis, -1)[hit]


def _same_way(numbers: Numbers, right: Tensor, given: Tensor) -> bool:
    several = (right.abs() > 1e-6).sum(dim=-1) > 1  # a vector with one entry points the right way by its sign
    if not bool(several.all()):
        return False
    factor = (right * given).sum(dim=-1, keepdim=True) / right.square().sum(dim=-1, keepdim=True)
    return bool((factor > 0).all()) and numbers.close(given, factor * right)


def _what_lengths(lengths: list[tuple[Tensor, Tensor]]) -> str:
    """`lengths` has those of right and given vectors in each wrong case."""
    right, given = (torch.cat([both[i] for both in lengths]) for i in (0, 1))
    if _alike(right):
        return f"it should be {number(float(right[0]))} for all of them."
    if _alike(given):
        return f"with you all have length {number(float(given[0]))}, and the right ones haven't."
    if all(_alike(e) for e, _ in lengths) and not all(_alike(g) for _, g in lengths):
        return "in each case the right ones are all equally long, and yours aren't. Is a normalisation missing?"
    return f"the first has {number(float(given[0]))} and should have {number(float(right[0]))}."


def _alike(lengths: Tensor) -> bool:
    return bool((lengths - lengths[0]).abs().max() < 1e-4 * lengths[0].abs())
