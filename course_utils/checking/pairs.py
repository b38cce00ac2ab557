"""Right and given numbers of every case, side by side: what all general diagnoses look at."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking.describe import Named
from course_utils.checking.difference import close

MOST = 100_000
"""Larger results are left undiagnosed: a check must stay quick."""


class Pair(NamedTuple):
    """Right and given numbers of one case in float64, whether they agree, and the arguments that they come from."""

    expected: Tensor
    got: Tensor
    right: bool
    args: tuple = ()


class Numbers(NamedTuple):
    """The same part of the answer in every case. `kind` is what the right one is made of: float, int or bool."""

    pairs: list[Pair]
    kind: str
    dims: tuple[str, ...] | None
    names: list[Named]
    rtol: float
    atol: float

    @property
    def wrong(self) -> list[Pair]:
        return [pair for pair in self.pairs if not pair.right]

    def axis(self, i: int) -> str:
        """`the axis feature`, `the axis of size 4` where that is all that is known of it, or else `axis 1`."""
        if self.dims is None:
            return f"axis {i}"
        return f"the axis of size {self.dims[i]}" if self.dims[i].isdigit() else f"the axis {self.dims[i]}"

    def close(self, a: Tensor, b: Tensor) -> bool:
        return a.shape == b.shape and bool(self.agree(a, b).all())

    def agree(self, a: Tensor, b: Tensor) -> Tensor:
        """Where two tensors agree, by the exercise's tolerance. A tolerance in absolute terms shrinks with the
        numbers: angles in radians must agree as well as the same ones in degrees."""
        finite = b[torch.isfinite(b)]
        size = float(finite.abs().max()) if finite.numel() else 0.0
        atol = min(self.atol, 1e-3 * size) if self.kind == "float" else 0.0
        return torch.isclose(a, b, rtol=max(self.rtol, 3e-4), atol=max(atol, 1e-6 * size, 1e-9), equal_nan=True)


def numbers(found: list[tuple[Any, Any, tuple]], dims, names: list[Named], rtol: float, atol: float) -> Numbers | None:
    """From (expected, got, arguments) of every case; None where these are no numbers, or have different shapes."""
    pairs, kinds = [], set()
    for expected, got, args in found:
        e, g = as_numbers(expected), as_numbers(got)
        if e is None or g is None or e.shape != g.shape or e.numel() > MOST:
            return None
        kinds.add(kind_of(expected))
        pairs.append(Pair(e, g, bool(close(g, e, rtol, atol).all()), args))
    same_axes = len({pair.expected.ndim for pair in pairs}) == 1 and len(kinds) == 1
    if not same_axes or all(pair.right for pair in pairs):
        return None
    fits = dims is not None and len(dims) == pairs[0].expected.ndim
    return Numbers(pairs, kinds.pop(), tuple(dims) if fits else None, names, rtol, atol)


def kind_of(value: Any) -> str:
    if isinstance(value, Tensor):
        return "bool" if value.dtype == torch.bool else "float" if value.is_floating_point() else "int"
    if isinstance(value, (list, tuple)):
        kinds = {kind_of(part) for part in value}
        return kinds.pop() if len(kinds) == 1 else "float"
    return type(value).__name__


def as_numbers(value: Any) -> Tensor | None:
    """Float64, whatever the dtype; None for what is not numbers."""
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.double()
    if isinstance(value, (list, tuple)) and value and not all(isinstance(v, (bool, int, float)) for v in value):
        return None
    if isinstance(value, (bool, int, float, list, tuple)):
        try:
            return torch.tensor(value, dtype=torch.float64)
        except (OverflowError, RuntimeError):
            return None
    return None


def telling(pairs: list[Pair], kind: str, wanted: int = 0, where: list[Tensor] | None = None) -> bool:
    """Are there enough numbers to believe a relation that holds for these? `wanted` is how many were fitted to them.

    Places where the two differ are counted by the different pairs of values in them: a hundred times 0 against 1 tell
    no more than once. Whole numbers and truth values repeat themselves, so there the number of places counts as well.
    """
    places, seen = 0, set()
    for n, pair in enumerate(pairs):
        differ = ~torch.isclose(pair.expected, pair.got, rtol=1e-6, atol=1e-9) if where is None else where[n]
        places += int(differ.sum())
        both = zip(pair.expected[differ].tolist()[:300], pair.got[differ].tolist()[:300])
        seen |= {(f"{e:.3g}", f"{g:.3g}") for e, g in both}
    if kind == "bool":
        return places >= 10
    if kind == "int":
        return places >= 6 + wanted and len(seen) >= 2 + wanted
    return len(seen) >= 3 + wanted


def named_sizes(names: list[Named], args: tuple) -> dict[str, int]:
    """{"instance": 3, "hidden": 4, …} from the tensors of one case."""
    sizes = {}
    for named, arg in zip(names, args):
        if isinstance(arg, Tensor) and named.dims and len(named.dims) == arg.ndim:
            sizes |= {dim: size for dim, size in zip(named.dims, arg.shape) if dim.isidentifier()}
    return sizes


def number_word(x: float) -> str:
    """`3`, `0.25`: for a factor or an offset that is said in a sentence."""
    return str(int(x)) if math.isfinite(x) and x == int(x) and abs(x) < 1e6 else f"{x:.4g}"
