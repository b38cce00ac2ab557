"""The first way in which an answer differs from what was expected: type, then shape, dtype, finiteness, values."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.checking import describe

STAGES = ("type", "shape", "dtype", "finite", "value")


@dataclass(frozen=True)
class Difference:
    """`stage` is one of STAGES; `where` names the place inside a nested answer (empty at the top)."""

    stage: str
    message: str
    expected: Any
    got: Any
    where: str = ""


def difference(
    expected: Any, got: Any, dims: tuple[str, ...] | None = None, *, rtol: float, atol: float, where: str = ""
) -> Difference | None:
    """None when `got` is right. Numbers may come as Python, NumPy or 0-d tensors; lists and tuples are interchangeable.

    A tensor must be a tensor of exactly this shape and dtype: nothing is broadcast into place.
    """
    if isinstance(expected, Tensor):
        return _tensor(expected, got, dims, rtol, atol, where)
    if isinstance(expected, (bool, int, float)):
        return _number(expected, got, rtol, atol, where)
    if isinstance(expected, (list, tuple)):
        return _sequence(expected, got, rtol, atol, where)
    if isinstance(expected, dict):
        return _mapping(expected, got, rtol, atol, where)
    if not isinstance(got, type(expected)):
        return _wrong_type(expected, got, where)
    if isinstance(expected, str):
        right = got.strip().casefold() == expected.strip().casefold()
    else:
        right = bool(got == expected)
    return None if right else Difference("value", f"expected `{expected!r}`, got `{got!r}`", expected, got, where)


def scalar(value: Any) -> Any:
    """A Python number for a NumPy scalar, 0-d array or one-element 0-d tensor; anything else unchanged."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)) and value.ndim == 0:
        return value.item()
    return value


def _wrong_type(expected: Any, got: Any, where: str) -> Difference:
    message = f"expected {describe.kind(expected)}, got {describe.kind(got)}"
    if got is None:
        message += ": is a `return` missing?"
    elif isinstance(expected, Tensor) and isinstance(got, (np.ndarray, list, tuple, float, int)):
        message += ": stay in torch, so that shapes, devices and gradients carry through"
    return Difference("type", message, expected, got, where)


def _tensor(expected: Tensor, got: Any, dims, rtol: float, atol: float, where: str) -> Difference | None:
    if not isinstance(got, Tensor):
        return _wrong_type(expected, got, where)
    if got.shape != expected.shape:
        message = f"expected shape {describe.shape(expected, dims)}, got {describe.shape(got)}"
        return Difference("shape", message, expected, got, where)
    if got.dtype != expected.dtype:
        names = (str(t.dtype).removeprefix("torch.") for t in (expected, got))
        return Difference("dtype", "expected dtype `{}`, got `{}`".format(*names), expected, got, where)
    wrong = torch.isfinite(expected) & ~torch.isfinite(got)
    if wrong.any():
        at = tuple(wrong.nonzero()[0].tolist())
        count = f"{int(wrong.sum())} of {got.numel()} values are not finite"
        message = f"{count}: the first, at {_index(at, dims)}, is `{got[at].item()}`"
        return Difference("finite", message, expected, got, where)
    wrong = ~torch.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return None
    at = tuple(wrong.nonzero()[0].tolist())
    want, have = (describe.number(t[at].item()) for t in (expected, got))
    if want == have:  # the difference is past the 4th digit: show enough of them
        want, have = (f"{t[at].item():.8g}" for t in (expected, got))
    place = f"at {_index(at, dims)} " if expected.ndim else ""
    message = f"{place}expected `{want}`, got `{have}` ({int(wrong.sum())} of {got.numel()} values differ)"
    return Difference("value", message, expected, got, where)


def _index(at: tuple[int, ...], dims: tuple[str, ...] | None) -> str:
    if dims is not None and len(dims) == len(at):
        return "[" + ", ".join(f"{dim} {i}" for dim, i in zip(dims, at)) + "]"
    return str(list(at))


def _number(expected: float, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    value = scalar(got)
    if isinstance(value, bool) != isinstance(expected, bool) or not isinstance(value, (bool, int, float)):
        return _wrong_type(expected, got, where)
    if not np.isfinite(value) and np.isfinite(expected):
        return Difference("finite", f"expected a finite number, got `{value}`", expected, value, where)
    right = value == expected if isinstance(expected, bool) else np.isclose(value, expected, rtol=rtol, atol=atol)
    if right:
        return None
    message = f"expected `{describe.number(expected)}`, got `{describe.number(value)}`"
    return Difference("value", message, expected, value, where)


def _sequence(expected: list | tuple, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    if not isinstance(got, (list, tuple)):
        return _wrong_type(expected, got, where)
    if len(got) != len(expected):
        return Difference("shape", f"expected {len(expected)} items, got {len(got)}", expected, got, where)
    parts = (
        difference(e, g, rtol=rtol, atol=atol, where=f"{where}[{i}]") for i, (e, g) in enumerate(zip(expected, got))
    )
    return _earliest(parts)


def _mapping(expected: dict, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    if not isinstance(got, dict):
        return _wrong_type(expected, got, where)
    if set(got) != set(expected):
        message = f"expected the keys {sorted(map(str, expected))}, got {sorted(map(str, got))}"
        return Difference("shape", message, expected, got, where)
    return _earliest(difference(expected[k], got[k], rtol=rtol, atol=atol, where=f"{where}[{k!r}]") for k in expected)


def _earliest(parts) -> Difference | None:
    found = [part for part in parts if part is not None]
    return min(found, key=lambda d: STAGES.index(d.stage), default=None)
