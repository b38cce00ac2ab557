"""Where an answer is wrong: in which cases, and at which places of a result."""

import itertools
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from course_utils.checking.arguments import argument_story
from course_utils.checking.describe import words
from course_utils.checking.factors import factor_story, offset_story
from course_utils.checking.guesses import numeral
from course_utils.checking.lengths import lengths_story
from course_utils.checking.pairs import Numbers, Pair, telling
from course_utils.checking.relations import EVERYWHERE, Relation

BY_CHANCE = 1e-3
"""A rule for where an answer is wrong is believed if so many wrong places obey it by chance this rarely."""

INTERCHANGEABLE = {"batch", "document", "row", "text", "sample", "draw"}
"""Axes along which no place is special: the last one may be left out by a loop, but nothing is wrong up to it."""

Place = tuple[str, list[Tensor]]
"""Words for a set of places, and in every wrong case a mask of them."""


def cases_story(notes: list[str], right: list[bool]) -> str | None:
    """Which cases are right, where some are: by their notes, or by their place."""
    wrong = [i for i, ok in enumerate(right) if not ok]
    if not any(right) or not wrong:
        return None
    failing, passing = (
        list(dict.fromkeys(notes[i] for i, ok in enumerate(right) if ok is state)) for state in (False, True)
    )
    told_apart = all(failing) and all(passing) and not set(failing) & set(passing)
    if told_apart and len(failing) <= 2:
        return f"Wrong only {words(failing)}; right in {_other(len(right) - len(wrong))}."
    if told_apart and len(passing) <= 2:
        return f"Right {words(passing)}; wrong in {_other(len(wrong))}."
    return f"Right in {numeral(sum(right))} of {numeral(len(right))} cases."


def _other(n: int) -> str:
    return "the other case" if n == 1 else f"the other {numeral(n)} cases"


def places_story(numbers: Numbers) -> str | None:
    """At which places it is wrong: an edge, a diagonal, where an argument is 0 …, and what is wrong there."""
    return _only(numbers, _by_index(numbers))


def triangle_story(numbers: Numbers) -> str | None:
    """Along an axis the first value is 0, the last is right and others aren't: a sum over what stands before only."""
    if numbers.kind != "float":
        return None
    for axis in range(numbers.pairs[0].expected.ndim):
        unordered = numbers.dims is not None and numbers.dims[axis] in INTERCHANGEABLE
        if unordered or max(pair.expected.shape[axis] for pair in numbers.wrong) < 3:
            continue
        for empty, full, side in ((0, -1, "before"), (-1, 0, "after")):
            missing = any(bool(pair.expected.select(axis, empty).any()) for pair in numbers.wrong)
            if missing and all(_grows(numbers, pair, axis, empty, full) for pair in numbers.wrong):
                ends = ("first", "last") if empty == 0 else ("last", "first")
                said = f"Along {numbers.axis(axis)} your {ends[0]} value is 0 and the {ends[1]} is right"
                return f"{said}: does each place get only what stands {side} it (`triu`, `tril`)?"
    return None


def _grows(numbers: Numbers, pair: Pair, axis: int, empty: int, full: int) -> bool:
    nothing, right = (pair.got.select(axis, end) for end in (empty, full))
    return not nothing.any() and numbers.close(right, pair.expected.select(axis, full))


def values_story(numbers: Numbers) -> str | None:
    """At which right values it is wrong, or what the wrong values of any place have in common."""
    if numbers.kind != "bool" and (says := _only(numbers, _by_value(numbers.wrong))):
        return says
    return _what_there(numbers, _differ(numbers), False)


def _differ(numbers: Numbers) -> list[Tensor]:
    return [~numbers.agree(pair.got, pair.expected) for pair in numbers.wrong]


def _only(numbers: Numbers, places: Iterator[Place]) -> str | None:
    wrong = _differ(numbers)
    where = _smallest(places, wrong)
    if where is None:
        return None
    there = _what_there(numbers, wrong, True)
    return f"It is wrong only {where}. There: {there[0].lower()}{there[1:]}" if there else f"It is wrong only {where}."


def not_finite_story(numbers: Numbers) -> str | None:
    """Where values are nan or infinite, and whether the others are right."""
    wrong = [torch.isfinite(pair.expected) & ~torch.isfinite(pair.got) for pair in numbers.wrong]
    where = _smallest(_by_index(numbers), wrong)
    others = all(bool((numbers.agree(p.got, p.expected) | w).all()) for p, w in zip(numbers.wrong, wrong))
    said = [f"That happens only {where}."] if where else [not_finite_from(numbers)]
    if not all(bool(w.all()) for w in wrong):
        finite = [torch.isfinite(pair.got) & torch.isfinite(pair.expected) for pair in numbers.wrong]
        rest = None if others else _what_there(numbers, finite, True)
        said += ["All other values are right."] if others else []
        said += [f"Of the finite ones: {rest[0].lower()}{rest[1:]}"] if rest else []
    return " ".join(said)


def not_finite_from(numbers: Numbers) -> str:
    """What gives nan, or infinity."""
    if any(bool(torch.isnan(pair.got).any()) for pair in numbers.wrong):
        return "`nan` is what 0/0 gives, or the root or logarithm of a negative number."
    return "`inf` is what a division by 0 gives, the logarithm of 0, or `exp` of a large number."


def _smallest(places: Iterator[Place], wrong: list[Tensor]) -> str | None:
    """The smallest set of places that holds all the wrong ones, if that is no accident; or where two of them meet."""
    total, count = sum(w.numel() for w in wrong), sum(int(w.sum()) for w in wrong)
    holding = []
    for says, masks in places:
        size = sum(int(mask.sum()) for mask in masks)
        inside = all(bool((mask | ~w).all()) for mask, w in zip(masks, wrong))
        if inside and 0 < size < 0.8 * total and _chance(count, size, total) <= BY_CHANCE:
            holding.append((size, says, masks))
    if not holding:
        return None
    size, says, masks = min(holding, key=lambda place: place[0])
    for _, more, others in sorted(holding, key=lambda place: place[0]):
        both = sum(int((mask & other).sum()) for mask, other in zip(masks, others))
        if both < 0.7 * size and _chance(count, both, size) <= BY_CHANCE:
            return f"{says}, and there only {more}"
    return says


def _chance(count: int, size: int, total: int) -> float:
    """How often `count` places out of `total`, drawn at random, are all among `size` of them."""
    return math.comb(size, count) / math.comb(total, count)


def _by_index(numbers: Numbers) -> Iterator[Place]:
    """Sets of places that slips are made at. In every wrong case the same words."""
    pairs = numbers.wrong
    yield from _edges(numbers, pairs)
    yield from _diagonals(numbers, pairs)
    yield from _arguments(numbers, pairs)


def _edges(numbers: Numbers, pairs: list[Pair]) -> Iterator[Place]:
    for axis in range(pairs[0].expected.ndim):
        name = numbers.axis(axis).removeprefix("the axis ")
        at = [_index(pair.expected, axis) for pair in pairs]
        last = [pair.expected.shape[axis] - 1 for pair in pairs]
        yield f"at the first place of the axis {name}", [i == 0 for i in at]
        yield f"at the last place of the axis {name}", [i == n for i, n in zip(at, last)]
        yield f"from the second place of the axis {name} on", [i > 0 for i in at]
        if name not in INTERCHANGEABLE:
            yield f"before the last place of the axis {name}", [i < n for i, n in zip(at, last)]
        for k, named in enumerate(numbers.names):
            values = [pair.args[k] if k < len(pair.args) else None for pair in pairs]
            if named.name == name and all(isinstance(v, int) and not isinstance(v, bool) for v in values):
                yield f"at the place `{named.name}` of the axis {name}", [i == v for i, v in zip(at, values)]
                yield f"at places of the axis {name} other than `{named.name}`", [i != v for i, v in zip(at, values)]
                yield f"before the place `{named.name}` of the axis {name}", [i < v for i, v in zip(at, values)]
                yield f"after the place `{named.name}` of the axis {name}", [i > v for i, v in zip(at, values)]


def _index(t: Tensor, axis: int) -> Tensor:
    """The index along an axis, at every place."""
    sizes = [t.shape[axis] if d == axis else 1 for d in range(t.ndim)]
    return torch.arange(t.shape[axis]).reshape(sizes).expand(t.shape)


def _diagonals(numbers: Numbers, pairs: list[Pair]) -> Iterator[Place]:
    for a, b in itertools.combinations(range(pairs[0].expected.ndim), 2):
        if any(pair.expected.shape[a] != pair.expected.shape[b] for pair in pairs):
            continue
        both = " and ".join(numbers.axis(d).removeprefix("the axis ") for d in (a, b))
        step = [_index(pair.expected, b) - _index(pair.expected, a) for pair in pairs]
        yield f"on the diagonal of {both}", [s == 0 for s in step]
        yield f"off the diagonal of {both}", [s != 0 for s in step]
        yield f"above the diagonal of {both}", [s > 0 for s in step]
        yield f"below the diagonal of {both}", [s < 0 for s in step]
        yield f"on and above the diagonal of {both}", [s >= 0 for s in step]
        yield f"on and below the diagonal of {both}", [s <= 0 for s in step]


def _by_value(pairs: list[Pair]) -> Iterator[Place]:
    for says, holds in _PREDICATES.items():
        yield f"where the right value is {says}", [holds(pair.expected) for pair in pairs]


_PREDICATES: dict[str, Callable[[Tensor], Tensor]] = {
    "0": lambda t: t == 0,
    "not 0": lambda t: t != 0,
    "negative": lambda t: t < 0,
    "positive": lambda t: t > 0,
    "1 or more": lambda t: t >= 1,
    "a tie with another": lambda t: _tied(t),
}


def _tied(t: Tensor) -> Tensor:
    flat = t.flatten()
    return (torch.isclose(flat[:, None], flat[None, :]).sum(1) > 1).reshape(t.shape) if len(flat) <= 2000 else t != t


def _arguments(numbers: Numbers, pairs: list[Pair]) -> Iterator[Place]:
    """Where an argument, laid along the axes of the result by their names, is zero, negative, True …"""
    for i, named in enumerate(numbers.names):
        args = [pair.args[i] if i < len(pair.args) else None for pair in pairs]
        if numbers.dims is None or not named.dims or not all(isinstance(arg, Tensor) for arg in args):
            continue
        for says, holds in (_OF_MASKS if all(arg.dtype == torch.bool for arg in args) else _OF_ARGUMENTS).items():
            masks = [_laid(holds(arg), named.dims, numbers.dims, pair) for arg, pair in zip(args, pairs)]
            if says in ("not 0", "positive") and _no_wonder(pairs, args, masks):
                continue
            if all(mask is not None for mask in masks):
                outside = [d for d in named.dims if d not in numbers.dims]
                over = f" all along {words(outside)}" if outside else ""
                yield f"where `{named.name}` is {says}{over}", masks


def _no_wonder(pairs: list[Pair], args: list[Tensor], masks: list[Tensor | None]) -> bool:
    """Where the argument is 0 the right value is, too: hardly an answer is wrong there, whatever its fault is."""
    if any(mask is None for mask in masks) or any(bool((arg < 0).any()) for arg in args):
        return False
    return not any(bool(pair.expected[~mask].any()) for pair, mask in zip(pairs, masks))


_OF_MASKS: dict[str, Callable[[Tensor], Tensor]] = {"True": lambda t: t, "False": lambda t: ~t}
_OF_ARGUMENTS: dict[str, Callable[[Tensor], Tensor]] = {
    "0": lambda t: t == 0,
    "not 0": lambda t: t != 0,
    "negative": lambda t: t < 0,
    "positive": lambda t: t > 0,
}


def _laid(mask: Tensor, dims: tuple[str, ...], wanted: tuple[str, ...], pair: Pair) -> Tensor | None:
    """The mask on the axes of the result; where the argument has further axes, all along them."""
    if len(dims) != mask.ndim or len(set(wanted)) < len(wanted) or len(set(dims)) < len(dims):
        return None
    for d in reversed([d for d, name in enumerate(dims) if name not in wanted]):
        mask = mask.all(d)
    kept = [name for name in dims if name in wanted]
    if not kept:
        return None
    order = [kept.index(name) for name in wanted if name in kept]
    sizes = [mask.shape[kept.index(name)] if name in kept else 1 for name in wanted]
    try:
        return mask.permute(order).reshape(sizes).expand(pair.expected.shape)
    except RuntimeError:
        return None


def _what_there(numbers: Numbers, wrong: list[Tensor], some: bool) -> str | None:
    """A relation of the values at the wrong places alone; of truth values, which of the two errors are made."""
    there = [Pair(p.expected[w], p.got[w], False, p.args) for p, w in zip(numbers.wrong, wrong)]
    if numbers.kind == "bool":
        return _too_many_or_few(numbers, there)
    if not any(not bool(w.all()) for w in wrong) and not some:
        return None
    if all(bool((pair.got == 0).all()) for pair in there) and telling(there, numbers.kind):
        return "Your values are 0." if some else "Where your values differ from the right ones, they are 0."
    alone = numbers._replace(pairs=there, dims=None)
    if not telling(there, numbers.kind):
        return None
    found = next((r.says for r in EVERYWHERE if numbers.kind in r.kinds and _holds(r, alone)), None)
    found = found or factor_story(alone) or argument_story(numbers, wrong) or offset_story(alone)
    found = found or lengths_story(numbers, wrong) or _one_sided(there)
    return f"Some values are right. Of the others: {found[0].lower()}{found[1:]}" if found and not some else found


def _holds(relation: Relation, numbers: Numbers) -> bool:
    return all(relation.holds(pair, None, numbers) for pair in numbers.pairs)


def _one_sided(there: list[Pair]) -> str | None:
    """All of them too large, or all too small."""
    signs = torch.cat([(pair.got - pair.expected).sign() for pair in there])
    if len(signs) < 10 or signs.unique().numel() > 1:
        return None
    return f"Every value that differs is too {'large' if signs[0] > 0 else 'small'}."


def _too_many_or_few(numbers: Numbers, there: list[Pair]) -> str | None:
    """Of truth values: only True too often, or only False."""
    extra = sum(int((pair.got > pair.expected).sum()) for pair in there)
    missing = sum(int((pair.got < pair.expected).sum()) for pair in there)
    marked = sum(int(pair.expected.sum()) for pair in numbers.wrong)
    if extra and missing:
        return None
    if extra:
        return "All that should be True is; some are True that should not be."
    if missing < marked:
        return "Nothing is True that should not be; some are missing."
    return "Nothing is True, and some should be."
