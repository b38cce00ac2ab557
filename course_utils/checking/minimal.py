"""A small input of small numbers on which an answer is wrong: where nothing can be said, the two results can be seen.

The failing case is cut down along its axes as long as the answer stays wrong, and its numbers are rounded. What is
right there must be agreed on by the oracle and by all other right answers: then nobody is blamed for an input that the
exercise doesn't allow (a rotation that is cut off is none).
"""

from typing import Any

import torch
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.inputs import Subject

MOST_NUMBERS = 12
"""More than these, in any argument, is no small input."""
MOST_CALLS = 40


def minimal_story(subject: Subject, others: list) -> str | None:
    """`others`: more right answers, which have to agree."""
    start = next((args for args, right, given in subject.cases if not subject.same(right, given)), None)
    if start is None:
        return None
    calls = [0]

    def wrong(args: tuple) -> tuple[Any, Any] | None:
        calls[0] += 1
        right = subject.right(args, subject.oracle)
        if calls[0] > MOST_CALLS or right is None or not _sensible(right):
            return None
        if not all(subject.same(right, subject.right(args, other)) for other in others):
            return None
        given = subject.given(args)
        return None if given is None or not _shaped(right, given) or subject.same(right, given) else (right, given)

    args = _rounded(subject, _cut(subject, start, wrong), wrong)
    found = wrong(args) if args is not start else None
    if found is None or any(_how_many(arg) > MOST_NUMBERS for arg in args):
        return None
    right, given = (_bare(value) for value in found)
    return None if right == given else f"A small input: {_shown(subject, args)}. Right: {right}. Yours: {given}."


def _shown(subject: Subject, args: tuple) -> str:
    parts = [f"`{n.name}` = {_bare(a)}" for n, a in zip(subject.names, args)]
    return describe.words(parts)


def _bare(value: Any) -> str:
    """Numbers without the shape, and 0 without a sign."""
    if isinstance(value, (list, tuple)) and any(isinstance(part, Tensor) for part in value):
        return describe.words([_bare(part) for part in value])
    if isinstance(value, Tensor):
        return describe.short(describe.rounded((value + 0.0 if value.is_floating_point() else value).tolist()))
    return describe.contents(value)


def _cut(subject: Subject, args: tuple, wrong) -> tuple:
    """Axis by axis to one place, or to two, where the answer stays wrong."""
    axes = [n.dims if n.dims and isinstance(a, Tensor) else () for n, a in zip(subject.names, args)]
    whole = {dim for named in subject.names if named.name in subject.fixed for dim in named.dims or ()}
    for name in dict.fromkeys(dim for dims in axes for dim in dims if dim not in whole):
        sizes = {a.shape[dims.index(name)] for a, dims in zip(args, axes) if name in dims}
        for size in (1, 2):
            made = subject.lawful(tuple(_narrow(a, dims, name, size) for a, dims in zip(args, axes)))
            if max(sizes) > size and wrong(made):
                args = made
                break
    return args


def _narrow(arg: Any, dims: tuple[str, ...], name: str, size: int) -> Any:
    for d, dim in enumerate(dims):
        if dim == name:
            arg = arg.narrow(d, 0, min(size, arg.shape[d]))
    return arg


def _rounded(subject: Subject, args: tuple, wrong) -> tuple:
    """Each argument to halves, else to one digit, where the answer stays wrong."""
    for i, arg in enumerate(args):
        if not isinstance(arg, Tensor) or not arg.is_floating_point() or subject.names[i].name in subject.fixed:
            continue
        for made in (torch.round(2 * arg) / 2, torch.round(arg, decimals=1)):
            other = subject.lawful((*args[:i], made, *args[i + 1 :]))
            if bool(made.any()) and wrong(other):
                args = other
                break
    return args


def _how_many(arg: Any) -> int:
    """Numbers in an argument, those of the tensors in a tuple together."""
    if isinstance(arg, (list, tuple)):
        return sum(map(_how_many, arg))
    return arg.numel() if isinstance(arg, Tensor) else 1


def _sensible(right: Any) -> bool:
    parts = right if isinstance(right, (list, tuple)) else [right]
    tensors = [part for part in parts if isinstance(part, Tensor)]
    return bool(tensors) and all(bool(torch.isfinite(t.double()).all()) for t in tensors)


def _shaped(right: Any, given: Any) -> bool:
    """Only the values differ."""
    if isinstance(right, (list, tuple)):
        return isinstance(given, (list, tuple)) and len(given) == len(right) and all(map(_shaped, right, given))
    return not isinstance(right, Tensor) or (isinstance(given, Tensor) and given.shape == right.shape)
