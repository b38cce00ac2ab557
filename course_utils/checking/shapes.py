"""What is wrong with a shape: axes in another order, one too many, one missing, a row too few … and what they are."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from course_utils.checking.pairs import MOST

Close = Callable[[Tensor, Tensor], bool]
Found = list[tuple[Tensor, Tensor]]
"""Right and given tensors of the cases whose shape is wrong."""

REDUCTIONS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "mean": lambda t, d: t.mean(d),
    "sum": lambda t, d: t.sum(d),
    "first": lambda t, d: t.select(d, 0),
    "last": lambda t, d: t.select(d, t.shape[d] - 1),
    "largest": lambda t, d: t.amax(d),
    "smallest": lambda t, d: t.amin(d),
    "product": lambda t, d: t.prod(d),
    "norm": lambda t, d: t.norm(dim=d),
}


def shape_story(
    found: list[tuple[Any, Any]], dims: tuple[str, ...] | None, sizes: list[dict[str, int]], rtol: float, atol: float
) -> str | None:
    """Why a shape is wrong, if that holds in every case where it is; else what its sizes look like.

    `dims` are the axes of the right result, `sizes` those of all axes in each of these cases.
    """
    tensors = all(isinstance(e, Tensor) and isinstance(g, Tensor) for e, g in found)
    if not tensors or any(max(e.numel(), g.numel()) > MOST or g.is_complex() for e, g in found):
        return None
    doubles = [(e.double(), g.double()) for e, g in found if g.numel()]
    if not doubles or len({e.ndim for e, _ in doubles}) > 1 or len({g.ndim for _, g in doubles}) > 1:
        return None
    close = _close(rtol, atol)
    by_values = (_other_order, _size_one, _reduced, _not_reduced, _diagonal, _rows, _reshaped, _one_hot, _broadcast)
    by_sizes = (lambda *_: looks_like(found, sizes), _same_sizes, _too_many_or_too_few, _missing)
    return next((says for story in (*by_values, *by_sizes) if (says := story(doubles, dims, close))), None)


def looks_like(found: list[tuple[Any, Any]], sizes: list[dict[str, int]]) -> str | None:
    """`[3 instance, 4 hidden]`, where in every case each size is that of an axis of the inputs, and of one alone."""
    shapes = [list(g.shape) for _, g in found]
    if len(shapes) != len(sizes) or not shapes[0]:
        return None
    names = []
    for d in range(len(shapes[0])):
        fit = [n for n in sizes[0] if all(s.get(n) == shape[d] for s, shape in zip(sizes, shapes))]
        if len(fit) != 1:
            return None
        names.append(fit[0])
    if twice := next((name for name in names if names.count(name) > 1), None):
        pairs = "there is a value for every pair of them. Is each to go with its own only?"
        return f"By its sizes, yours has the axis {twice} twice: {pairs}"
    return f"By its sizes, yours looks like [{', '.join(f'{s} {n}' for s, n in zip(shapes[0], names))}]."


def _close(rtol: float, atol: float) -> Close:
    def close(a: Tensor, b: Tensor) -> bool:
        return a.shape == b.shape and bool(torch.isclose(a, b, rtol=max(rtol, 1e-4), atol=atol, equal_nan=True).all())

    return close


def _axis(dims: tuple[str, ...] | None, i: int) -> str:
    return f"the axis {dims[i]}" if dims is not None and i < len(dims) else f"axis {i}"


def _other_order(found: Found, dims, close: Close) -> str | None:
    e, g = found[0]
    if g.ndim != e.ndim or sorted(g.shape) != sorted(e.shape):
        return None
    for order in itertools.permutations(range(g.ndim)):
        if all(close(g.permute(order), e) for e, g in found):
            return f"The values are right, the axes are in another order: `permute{order}` of yours is the answer."
    return None


def _size_one(found: Found, dims, close: Close) -> str | None:
    """An axis of size 1 too many, or one that got lost."""
    if not all(close(g.squeeze(), e.squeeze()) for e, g in found):
        return None
    e, g = found[0]
    extra = "has an axis of size 1 too many" if g.ndim > e.ndim else "lost an axis of size 1"
    return f"The values are right, but the result {extra} (look at `keepdim` and `squeeze`)."


def _broadcast(found: Found, dims, close: Close) -> str | None:
    for big, small in ((0, 1), (1, 0)):
        try:
            if all(close(pair[small].expand_as(pair[big]), pair[big]) for pair in found):
                return "The values are right only after broadcasting: return the full shape, one value for each place."
        except RuntimeError:
            continue
    return None


def _lost(found: Found) -> Iterator[int]:
    """Axes of the right result without which it would have the given shape, in every case."""
    ndim = found[0][0].ndim
    for d in range(ndim):
        if all(g.ndim == ndim - 1 and list(g.shape) == _without(e, d) for e, g in found):
            yield d


def _without(t: Tensor, d: int) -> list[int]:
    return [size for i, size in enumerate(t.shape) if i != d]


def _reduced(found: Found, dims, close: Close) -> str | None:
    """The right values, reduced over an axis (or all of them) that should have been kept."""
    for d in _lost(found):
        for name, reduce in REDUCTIONS.items():
            if _telling(found) and all(close(g, reduce(e, d)) for e, g in found):
                return f"Your values are the {name} of the right ones over {_axis(dims, d)}: keep that axis."
    e, g = found[0]
    if g.ndim == 0 and e.ndim > 0:
        for name, reduce in (("mean", torch.mean), ("sum", torch.sum), ("largest", torch.max)):
            if all(close(g, reduce(e)) for e, g in found):
                over = " and ".join(dims) if dims else "all axes"
                return f"Your one number is the {name} of the right values over {over}: return them all."
    return None


def _same_sizes(found: Found, dims, close: Close) -> str | None:
    """Nothing is said of the values: they may be wrong as well, or drawn at random."""
    if all(sorted(e.shape) == sorted(g.shape) for e, g in found):
        return "The same sizes in another order: are your axes in the order that the annotation says?"
    return None


def _missing(found: Found, dims, close: Close) -> str | None:
    lost = list(_lost(found))
    return f"By its sizes, {_axis(dims, lost[0])} is missing." if len(lost) == 1 else None


def _not_reduced(found: Found, dims, close: Close) -> str | None:
    """The given values would be right once reduced over one axis more (or over all that are left)."""
    swapped = [(g, e) for e, g in found]
    for d in _lost(swapped):
        for name, reduce in REDUCTIONS.items():
            if not all(close(reduce(g, d), e) for e, g in found):
                continue
            if name in ("first", "last"):
                return f"Of your values along axis {d} (counted from 0) only the {name} ones are wanted."
            return f"One step is missing: the {name} of your values over axis {d} is right (counted from 0)."
    e, _ = found[0]
    if e.ndim == 0:
        for name, reduce in (("mean", torch.mean), ("sum", torch.sum)):
            if all(close(reduce(g), e) for e, g in found):
                return f"One step is missing: the {name} of all your values is right."
    return None


def _diagonal(found: Found, dims, close: Close) -> str | None:
    """All pairs were computed where only each with its own is wanted."""
    _, g = found[0]
    for a, b in itertools.combinations(range(g.ndim), 2):
        try:
            matches = [close(g.diagonal(dim1=a, dim2=b).movedim(-1, min(a, e.ndim - 1)), e) for e, g in found if e.ndim]
        except (RuntimeError, IndexError):
            continue
        if matches and all(matches) and all(g.shape[a] == g.shape[b] for _, g in found):
            return f"You have all pairs along axes {a} and {b}; the answer is only their diagonal: each with its own."
    return None


def _more_or_less(found: Found) -> Iterator[tuple[int, int, int]]:
    """(axis, which of right 0 and given 1 is longer, which is shorter) along the only axis on which they differ."""
    e, g = found[0]
    for d in range(e.ndim) if e.ndim == g.ndim else ():
        if all(_without(e, d) == _without(g, d) for e, g in found):
            for much, less in ((1, 0), (0, 1)):
                if all(pair[much].shape[d] > pair[less].shape[d] for pair in found):
                    yield d, much, less


def _count(found: Found, d: int, much: int, less: int, dims) -> str:
    counts = {pair[much].shape[d] - pair[less].shape[d] for pair in found}
    n = counts.pop() if len(counts) == 1 else 0
    if not n:
        return f"Too {'many' if much else 'few'} along {_axis(dims, d)}"
    return f"{'One' if n == 1 else n} too {'many' if much else 'few'} along {_axis(dims, d)}"


def _rows(found: Found, dims, close: Close) -> str | None:
    """The first or the last (or a few of them) too much or missing, and all others right."""
    for d, much, less in _more_or_less(found):
        for end in ("first", "last"):
            if all(close(_cut(pair, d, much, less, end), pair[less]) for pair in found):
                what = f"the {end} is {'too much' if much else 'missing'}"
                return f"{_count(found, d, much, less, dims)}: {what}, and the others are right."
    return None


def _cut(pair: tuple[Tensor, Tensor], d: int, much: int, less: int, end: str) -> Tensor:
    size, more = pair[less].shape[d], pair[much].shape[d]
    return pair[much].narrow(d, more - size if end == "first" else 0, size)


def _too_many_or_too_few(found: Found, dims, close: Close) -> str | None:
    return next((f"{_count(found, *where, dims)}." for where in _more_or_less(found)), None)


def _reshaped(found: Found, dims, close: Close) -> str | None:
    if all(e.numel() == g.numel() and close(g.reshape(e.shape), e) for e, g in found) and _telling(found):
        return "The values are right and in the right order, but the shape isn't: fold them (`reshape`) into it."
    return None


def _one_hot(found: Found, dims, close: Close) -> str | None:
    """Indices where ones and zeros are wanted, or the reverse."""
    if all(g.ndim == e.ndim + 1 and g.shape[-1] > 1 and close(g.argmax(-1).double(), e) for e, g in found):
        return "The largest along your last axis is at the right index: the index itself (`argmax`) is wanted."
    if all(e.ndim == g.ndim + 1 and e.shape[-1] > 1 and close(e.argmax(-1).double(), g) for e, g in found):
        return "Your values are the indices of the right ones' largest: ones and zeros (or the values) are wanted."
    return None


def _telling(found: Found) -> bool:
    return sum(len(g.unique()) for _, g in found) >= 3
