"""What is computed from the arguments and stands between the given values and the right ones: added, or as a factor.

From `x` and `W` a few simple things are made that have the axes of the answer: themselves, sums, means and norms over
axes, and products of two of these. If the given values differ from the right ones by exactly one of them, that says
which term is counted twice, left out, or stands where another belongs.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.checking.describe import Named
from course_utils.checking.pairs import Numbers, Pair, telling

MOST_SINGLE = 30
"""Things of which products are tried."""
_PROBES = 40
"""Places at which all of them are tried first."""


class Made(NamedTuple):
    """Something made of the arguments: in words, and its values at all places of all cases, one after the other."""

    says: str
    values: Tensor


def argument_story(numbers: Numbers, where: list[Tensor] | None = None) -> str | None:
    """Given and right values differ by something that is made of the arguments, or by its factor.

    `where`: masks of the only places that count, one for each case that is wrong.
    """
    if numbers.kind != "float" or numbers.dims is None or not telling(numbers.wrong, numbers.kind, 1):
        return None
    if len(set(numbers.dims)) < len(numbers.dims):
        return None
    right, given = (torch.cat([getattr(p, name).flatten() for p in numbers.pairs]) for name in ("expected", "got"))
    single = list(_singles(numbers))
    made = single + [_product(a, b) for a, b in itertools.combinations(single[:MOST_SINGLE], 2)]
    if not made:
        return None
    if where is not None:
        at = _at(where, numbers)
        right, given, made = right[at], given[at], [Made(m.says, m.values[at]) for m in made]
    return _one(made, right, given, numbers) or _instead(made, right, given, numbers)


def _at(where: list[Tensor], numbers: Numbers) -> Tensor:
    """The masks of the wrong cases as one of all places of all cases."""
    left = iter(where)
    nowhere = [torch.zeros(pair.expected.shape, dtype=torch.bool) for pair in numbers.pairs]
    return torch.cat([(none if p.right else next(left)).flatten() for p, none in zip(numbers.pairs, nowhere)])


def _one(made: list[Made], right: Tensor, given: Tensor, numbers: Numbers) -> str | None:
    probes = _places(right, given)
    table = torch.stack([m.values[probes] for m in made])
    r, g = right[probes], given[probes]
    tried = [
        ("Every value is too large by exactly {it}.", r + table, g, lambda v: (right + v, given)),
        ("Every value is too small by exactly {it}: is it left out?", r - table, g, lambda v: (right - v, given)),
        ("Every value is the right one times {it}.", r * table, g, lambda v: (right * v, given)),
        ("Every value is the right one divided by {it}.", g * table, r, lambda v: (given * v, right)),
        ("Every value is {it} minus the right one.", table - r, g, lambda v: (v - right, given)),
        ("Your values are {it}.", table, g, lambda v: (v, given)),
        ("Your values are minus {it}.", -table, g, lambda v: (-v, given)),
    ]
    for says, here, wanted, everywhere in tried:
        for i in _rows(here, wanted):
            if numbers.close(*everywhere(made[i].values)):
                itself = made[i].says + (" itself" if made[i].says.count("`") == 2 and made[i].says[0] == "`" else "")
                return says.format(it=itself if says.startswith("Your values are") else made[i].says)
    return None


def _instead(made: list[Made], right: Tensor, given: Tensor, numbers: Numbers) -> str | None:
    """One term stands where another belongs: the difference is that of two of them."""
    if not telling(numbers.wrong, numbers.kind, 5):
        return None
    ones = Made("1", torch.ones_like(right))
    terms = [*made, ones]
    probes = _places(right, given)
    table = torch.stack([m.values[probes] for m in terms])
    off = (given - right)[probes]
    for i, term in enumerate(terms):
        for j in _rows(off - table[i] + table, torch.zeros_like(off), float(off.abs().max())):
            other = terms[j]
            if i != j and numbers.close(right + term.values - other.values, given):
                off_by = f"Every value is off by exactly {term.says} minus {other.says}"
                return f"{off_by}: is there {other.says} where {term.says} belongs, or the reverse?"
    return None


def _places(right: Tensor, given: Tensor) -> Tensor:
    """Where to look first: where the two differ."""
    differ = (~torch.isclose(right, given, rtol=1e-6, atol=1e-9)).nonzero().flatten()
    return differ[torch.linspace(0, len(differ) - 1, min(len(differ), _PROBES)).long()]


def _rows(table: Tensor, wanted: Tensor, size: float | None = None) -> list[int]:
    """Rows that are as wanted, roughly."""
    size = float(wanted.abs().max()) if size is None else size
    near = (table - wanted).abs() <= 1e-3 * wanted.abs() + 2e-3 * size
    return near.all(1).nonzero().flatten().tolist()


def _product(a: Made, b: Made) -> Made:
    return Made(f"{a.says} times {b.says}", a.values * b.values)


def _singles(numbers: Numbers) -> Iterator[Made]:
    for i, named in enumerate(numbers.names):
        kinds = {type(pair.args[i]) for pair in numbers.pairs}
        if kinds == {float}:
            yield Made(
                f"`{named.name}`", _joined([torch.tensor(pair.args[i]).double() for pair in numbers.pairs], numbers)
            )
        if kinds == {Tensor} and all(_named(named.dims, pair.args[i]) for pair in numbers.pairs):
            yield from _of_tensor(i, named, numbers)


def _of_tensor(i: int, named: Named, numbers: Numbers) -> Iterator[Made]:
    """The argument itself, if it has no other axes than the answer, and what is left of it after reducing some."""
    outside = [dim for dim in named.dims if dim not in numbers.dims]
    if not outside and (values := _values(i, named.dims, [], None, numbers)) is not None:
        yield Made(f"`{named.name}`", values)
    more = [[d for d in named.dims if d in outside or d == extra] for extra in named.dims if extra not in outside]
    for gone in ([outside] if outside else []) + more:
        for what, reduce in _REDUCED.items():
            if (values := _values(i, named.dims, gone, reduce, numbers)) is not None:
                yield Made(f"the {what} of `{named.name}` over {' and '.join(gone)}", values)


_REDUCED = {
    "sum": lambda t, d: t.sum(d),
    "mean": lambda t, d: t.mean(d),
    "norm": lambda t, d: t.square().sum(d).sqrt(),
    "squared norm": lambda t, d: t.square().sum(d),
}


def _named(dims: tuple[str, ...] | None, arg: Tensor) -> bool:
    return bool(dims) and len(dims) == arg.ndim and len(set(dims)) == len(dims) and arg.is_floating_point()


def _values(i: int, dims: tuple[str, ...], gone: list[str], reduce, numbers: Numbers) -> Tensor | None:
    """Of every case, laid along the axes of the answer; None where the sizes don't fit."""
    kept = tuple(dim for dim in dims if dim not in gone)
    found = []
    for pair in numbers.pairs:
        arg = pair.args[i].double()
        found.append(_laid(reduce(arg, [dims.index(d) for d in gone]) if gone else arg, kept, numbers.dims))
    try:
        return _joined(found, numbers)
    except RuntimeError:
        return None


def _joined(found: list[Tensor], numbers: Numbers) -> Tensor:
    return torch.cat([_spread(t, pair) for t, pair in zip(found, numbers.pairs)])


def _spread(t: Tensor, pair: Pair) -> Tensor:
    return t.expand(pair.expected.shape).flatten()


def _laid(t: Tensor, dims: tuple[str, ...], wanted: tuple[str, ...]) -> Tensor:
    """A tensor whose axes are named, laid along the axes of the answer; size 1 where it has none of that name."""
    order = [dims.index(d) for d in wanted if d in dims]
    sizes = [t.shape[dims.index(d)] if d in dims else 1 for d in wanted]
    return t.permute(order).reshape(sizes)
