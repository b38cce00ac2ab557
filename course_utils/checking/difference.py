"""How an answer differs from what was expected: type, then shape, dtype, finiteness, values; part by part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.tame import Foreign, Results

STAGES = ("type", "shape", "dtype", "finite", "value")
HALF = (torch.float16, torch.bfloat16)
MOST_LISTED = 1_000
"""Arrays of more numbers are not made into lists: no exercise wants so long a one."""


@dataclass(frozen=True)
class Difference:
    """`stage` is one of STAGES; `where` names the place inside a nested answer (empty at the top)."""

    stage: str
    message: str
    expected: Any
    got: Any
    where: str = ""


class Part(NamedTuple):
    """One of the things that an answer is made of, beside what it should be. `where` is "[1]" or "['loss']"."""

    where: str
    expected: Any
    got: Any
    difference: Difference | None


def difference(expected: Any, got: Any, axes: describe.Axes = None, *, rtol: float, atol: float) -> Difference | None:
    """The difference of the earliest stage; None when `got`, which is tame, is right.

    Numbers may come as Python, NumPy or one-element tensors; lists, tuples and arrays are interchangeable. A tensor
    must be a tensor of exactly this shape, of a dtype that loses nothing: nothing is broadcast into place.
    """
    return earliest(parts(expected, got, axes, rtol=rtol, atol=atol))


def earliest(found: list[Part]) -> Difference | None:
    wrong = [part.difference for part in found if part.difference is not None]
    return min(wrong, key=lambda d: STAGES.index(d.stage), default=None)


def parts(
    expected: Any, got: Any, axes: describe.Axes = None, *, rtol: float, atol: float, where: str = ""
) -> list[Part]:
    """Everything that is compared, one by one, in the order of `expected`. `axes` are those of its tensors."""
    if isinstance(expected, (list, tuple, dict)):
        got = got.tolist() if _short_array(got) and _flat_numbers(expected) else got
        if diff := _structure(expected, got, where):
            return [Part(where, expected, got, diff)]
        keys = expected if isinstance(expected, dict) else range(len(expected))
        found = []
        for key in keys:
            inner = describe.inner(axes, key)
            found += parts(expected[key], got[key], inner, rtol=rtol, atol=atol, where=f"{where}[{key!r}]")
        return found
    if isinstance(expected, Tensor):
        diff = _tensor(expected, got, axes if describe.of_one_tensor(axes) else None, rtol, atol, where)
    elif isinstance(expected, (bool, int, float)):
        diff = _number(expected, got, rtol, atol, where)
    elif not isinstance(got, type(expected)):
        diff = _wrong_type(expected, got, where)
    else:
        right = bare(got) == bare(expected) if isinstance(expected, str) else got == expected
        message = f"expected `{expected!r}`, got `{describe.short(got)}`"
        diff = None if right else Difference("value", message, expected, got, where)
    return [Part(where, expected, got, diff)]


def scalar(value: Any) -> Any:
    """A Python number for an array or tensor of one element; anything else unchanged."""
    if isinstance(value, (Tensor, np.ndarray)) and value.ndim <= 2 and _size(value) == 1:
        return value.reshape(()).item()
    return value


def bare(text: str) -> str:
    """A choice as it is meant: " (B) ", "b." and "B" are all "b". Longer text keeps what stands inside."""
    text = text.strip().casefold()
    return re.sub(r"^[\W_]+|[\W_]+$", "", text) or text


def _size(value: Tensor | np.ndarray) -> int:
    return value.numel() if isinstance(value, Tensor) else value.size


def _short_array(got: Any) -> bool:
    return isinstance(got, (Tensor, np.ndarray)) and _size(got) <= MOST_LISTED


def _flat_numbers(expected: Any) -> bool:
    return isinstance(expected, (list, tuple)) and all(isinstance(e, (bool, int, float)) for e in expected)


def _structure(expected: Any, got: Any, where: str) -> Difference | None:
    """A list or a dict that is none, or that has other parts."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return _wrong_type(expected, got, where)
        if set(got) != set(expected):
            message = f"expected the keys {sorted(map(str, expected))}, got {sorted(map(str, got))}"
            return Difference("shape", message, expected, got, where)
        return None
    if not isinstance(got, (list, tuple)):
        return _wrong_type(expected, got, where)
    if len(got) != len(expected):
        unit = "item" if len(expected) == 1 else "items"
        return Difference("shape", f"expected {len(expected)} {unit}, got {len(got)}", expected, got, where)
    return None


def _wrong_type(expected: Any, got: Any, where: str) -> Difference:
    message = f"expected {describe.kind(expected)}, got {describe.kind(got)}"
    return Difference("type", "".join([message, *_advice(expected, got)]), expected, got, where)


def _advice(expected: Any, got: Any) -> Iterator[str]:
    if got is None:
        yield ": is a `return` missing?"
    elif isinstance(got, Foreign):
        yield f". {got.advice}" if got.advice else ""
    elif isinstance(got, Results):
        taken = " or ".join(f"`.{name}`" for name in got.names)
        yield f": take {taken}, whichever is meant" if taken else ": take the one that is meant"
    elif isinstance(expected, Tensor) and isinstance(got, (np.ndarray, list, tuple, float, int)):
        yield ": stay in torch, so that shapes, devices and gradients carry through"
        if isinstance(got, (list, tuple)) and got and all(isinstance(part, Tensor) for part in got):
            yield " (`torch.stack` makes one tensor of a list of them)"
        elif isinstance(got, (list, tuple)) and got and all(isinstance(part, (int, float)) for part in got):
            yield " (`torch.tensor` makes one of a list of numbers)"
    elif isinstance(expected, (int, float)) and isinstance(got, str):
        yield ": a number without quotes"
    elif isinstance(expected, (int, float)) and isinstance(got, (Tensor, np.ndarray)):
        yield f" of shape {list(got.shape)}"


def _tensor(expected: Tensor, got: Any, axes: describe.Axes, rtol, atol, where) -> Difference | None:
    dims = axes.dims if axes else None
    if expected.ndim == 0 and isinstance(got, (int, float, np.ndarray)) and not isinstance(got, bool):
        got = _as_tensor(scalar(got), expected)
    if not isinstance(got, Tensor):
        return _wrong_type(expected, got, where)
    if got.shape != expected.shape:
        message = f"expected shape {describe.shape(expected, dims)}, got {describe.shape(got)}"
        return Difference("shape", message, expected, got, where)
    if message := _wrong_dtype(expected, got, axes.dtype if axes else None, rtol, atol):
        return Difference("dtype", message, expected, got, where)
    wrong = torch.isfinite(expected) & ~torch.isfinite(got)
    if wrong.any():
        at = tuple(wrong.nonzero()[0].tolist())
        count = f"{int(wrong.sum())} of {got.numel()} values are not finite"
        message = f"{count}: the first, at {_index(at, dims)}, is `{got[at].item()}`"
        return Difference("finite", message, expected, got, where)
    wrong = ~close(got, expected, rtol, atol)
    if not wrong.any():
        return None
    at = tuple(wrong.nonzero()[0].tolist())
    want, have = (describe.number(t[at].item()) for t in (expected, got))
    if want == have:  # the difference is past the 4th digit: show enough of them
        want, have = (f"{t[at].item():.8g}" for t in (expected, got))
    place = f"at {_index(at, dims)} " if expected.ndim else ""
    count = f" ({int(wrong.sum())} of {got.numel()} values differ)" if got.numel() > 1 else ""
    return Difference("value", f"{place}expected `{want}`, got `{have}`{count}", expected, got, where)


def close(got: Tensor, expected: Tensor, rtol: float, atol: float) -> Tensor:
    """Where the two agree, whatever their dtypes; whole numbers exactly."""
    if not (expected.is_floating_point() or got.is_floating_point() or got.is_complex()):
        return got == expected
    kind = torch.complex128 if got.is_complex() or expected.is_complex() else torch.float64
    return torch.isclose(got.to(kind), expected.to(kind), rtol=rtol, atol=atol, equal_nan=True)


def _as_tensor(number: Any, like: Tensor) -> Any:
    try:
        return torch.tensor(number, dtype=torch.float64 if like.is_floating_point() else like.dtype)
    except (RuntimeError, TypeError, OverflowError):
        return number


def _wrong_dtype(expected: Tensor, got: Tensor, exact: torch.dtype | None, rtol: float, atol: float) -> str | None:
    """None where the dtype is the one that is wanted, or is as good: wider floats, whole numbers of any width.

    Half precision will do as long as the values are right in spite of it.
    """
    if got.dtype == expected.dtype:
        return None
    floats = expected.is_floating_point() and got.is_floating_point()
    wide = floats and got.dtype in (torch.float32, torch.float64)
    if exact is None and (wide or (_whole(expected) and _whole(got))):
        return None
    right = _right_numbers(expected, got, rtol, atol)
    if exact is None and floats and got.dtype in HALF and right:
        return None
    names = (str(t.dtype).removeprefix("torch.") for t in (expected, got))
    message = "expected dtype `{}`, got `{}`".format(*names)
    if floats and got.dtype in HALF:
        digits = "three" if got.dtype == torch.float16 else "two"
        about = _right_numbers(expected, got, 0.02, atol)
        return f"{message}, which keeps {digits} digits{': to these your values are right' if about else ''}"
    if not right:
        if expected.is_floating_point() and got.dtype == torch.bool:
            return f"{message}: True or False, as a comparison gives, where numbers are wanted"
        indices = expected.is_floating_point() and _whole(got)
        return f"{message}: whole numbers, as indices or counts are" if indices else message
    to = {torch.bool: "`.bool()`, or keep the comparison's own result", torch.float32: "`.float()`"}
    return f"{message}; the values are right: {to.get(expected.dtype, f'`.to({expected.dtype})`')}"


def _whole(tensor: Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)


def _right_numbers(expected: Tensor, got: Tensor, rtol: float, atol: float) -> bool:
    """Apart from the dtype."""
    try:
        return bool(torch.isclose(got.double(), expected.double(), rtol=rtol, atol=atol, equal_nan=True).all())
    except RuntimeError:  # a dtype that doesn't convert
        return False


def _index(at: tuple[int, ...], dims: tuple[str, ...] | None) -> str:
    if dims is not None and len(dims) == len(at):
        return "[" + ", ".join(str(i) if dim.isdigit() else f"{dim} {i}" for dim, i in zip(dims, at)) + "]"
    return str(list(at))


def _number(expected: float, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    value = scalar(got)
    if isinstance(value, bool) != isinstance(expected, bool) or not isinstance(value, (bool, int, float)):
        return _wrong_type(expected, value, where)
    approximate = as_float(value)
    if not np.isfinite(approximate) and np.isfinite(expected):
        message = f"expected a finite number, got `{describe.number(value)}`"
        return Difference("finite", message, expected, value, where)
    if value == expected or (not isinstance(value, bool) and np.isclose(approximate, expected, rtol=rtol, atol=atol)):
        return None
    message = f"expected `{describe.number(expected)}`, got `{describe.number(value)}`"
    return Difference("value", message, expected, value, where)


def as_float(number: float) -> float:
    """Whole numbers may be larger than any float: then infinite."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
