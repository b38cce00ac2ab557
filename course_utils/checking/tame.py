"""What may be an answer: the one list of it, for checks here and for graders (whose workers have a copy of this file).

A learner's value is made of plain data, so that nothing in it can trip a check up.

Everything that looks at an answer looks at its tame form. Types are asked with `type`, never with `isinstance`, and
methods are those of the built-in classes: an object may lie about its class, and its `==`, `len` and `repr` may raise.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

DEEPEST, MOST = 20, 20_000
"""How deep an answer may be nested, and of how many parts it may be made."""


@dataclass(frozen=True)
class Foreign:
    """Stands for a value that no exercise wants: what it is ("a sparse tensor"), and what to hand in instead."""

    kind: str
    advice: str = ""


class Results(tuple):
    """The several things that functions like `torch.max(x, dim)` return at once: `names` are theirs."""

    names: tuple[str, ...] = ()


def tame(value: Any) -> Any:
    """None, numbers, text, strided tensors on the CPU, arrays, and lists, tuples, sets and dicts of these.

    Whatever is something else, is nested too deeply or contains itself becomes Foreign. Fractions and decimals become
    floats; subclasses become what they are made of. Never raises.
    """
    try:
        return _tamed(value, 0, [MOST])
    except _TooMany:
        return Foreign(f"{article(_name(value))} of more than {MOST:,} parts", "Hand in a tensor or an array.")
    except (_TooDeep, RecursionError):
        return Foreign(f"{article(_name(value))} that is nested too deeply, or contains itself", "Hand in plain data.")
    except Exception:  # an object that misbehaves when it is looked at
        return Foreign(f"an object of type `{_name(value)}` that can't be read")


def attributes(answer: Any, names: list[str]) -> list | None:
    """The parts of an object that has all of `names` (a named tuple, a dataclass, a module); None of any other."""
    try:
        return [getattr(answer, name) for name in names]
    except Exception:
        return None


class _TooMany(Exception):
    """More parts than MOST."""


class _TooDeep(Exception):
    """Deeper than DEEPEST."""


def _tamed(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth > DEEPEST:
        raise _TooDeep
    if left[0] < 0:
        raise _TooMany
    kind = type(value)
    if value is None or value is ... or value is NotImplemented or kind in (Foreign, Results):
        return value
    if issubclass(kind, Tensor):
        return _tensor(value)
    if issubclass(kind, (np.ndarray, np.generic)):
        return _array(value)
    if issubclass(kind, (bool, int, float, complex, str, Fraction, Decimal)):
        return _scalar(value, kind)
    if issubclass(kind, (list, tuple, set, frozenset, dict, range)):
        return _container(value, kind, depth, left)
    return _foreign(value, kind)


def _scalar(value: Any, kind: type) -> Any:
    if issubclass(kind, bool):
        return value
    for plain in (int, complex, str):
        if issubclass(kind, plain):
            return plain.__str__(value) if plain is str else plain.__add__(value, 0)
    if issubclass(kind, float):
        return float.__add__(value, 0.0)
    try:
        return float(value)
    except OverflowError:  # a fraction of huge numbers
        return math.inf
    except ValueError:  # a signalling nan
        return math.nan


def _container(value: Any, kind: type, depth: int, left: list[int]) -> Any:
    def inner(parts: Iterable) -> list:
        return [_tamed(part, depth + 1, left) for part in parts]

    if issubclass(kind, dict):
        return {_key(key): _tamed(part, depth + 1, left) for key, part in dict.items(value)}
    if issubclass(kind, range):
        return inner(value)
    if issubclass(kind, (set, frozenset)):
        base = set if issubclass(kind, set) else frozenset
        parts = inner(base.__iter__(value))
        return set(parts) if all(isinstance(p, (bool, int, float, str)) for p in parts) else Foreign("a set")
    if issubclass(kind, list):
        return inner(list.__iter__(value))
    parts = inner(tuple.__iter__(value))
    if kind.__module__ == "torch.return_types":
        results = Results(parts)
        results.names = tuple(name for name in vars(kind) if not name.startswith(("_", "n_")))[: len(parts)]
        return results
    return tuple(parts)


def _key(key: Any) -> Any:
    """Keys of a dict: text and numbers as they are, anything else as the name of its type, which is never right."""
    kind = type(key)
    if issubclass(kind, (bool, int, float, str)):
        return _scalar(key, kind)
    if issubclass(kind, np.generic):
        plain = _array(key)
        return plain if isinstance(plain, (bool, int, float, str)) else f"a {kind.__name__}"
    return f"a {kind.__name__}"


def _array(value: Any) -> Any:
    """Arrays of numbers as arrays, of text as lists; a NumPy number as Python's."""
    if issubclass(type(value), np.ma.MaskedArray):
        return Foreign("a masked array", "`.filled(…)` makes an ordinary one of it.")
    array = np.asarray(value)
    if array.dtype.kind not in "biufcU":
        return Foreign(f"a NumPy value of dtype `{array.dtype}`")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    if array.dtype.kind == "U" or issubclass(type(value), np.generic):
        return array.tolist()
    return array


def _tensor(tensor: Tensor) -> Any:
    if tensor.is_nested:
        return Foreign("a nested tensor", "Hand in an ordinary one: `torch.stack`, or `.to_padded_tensor(0)`.")
    if tensor.layout != torch.strided:
        return Foreign("a sparse tensor", "`.to_dense()` makes an ordinary one of it.")
    if tensor.device.type == "meta":
        return Foreign("a tensor on the device `meta`", "Such a tensor has a shape and no numbers: compute on the CPU.")
    if tensor.is_quantized:
        return Foreign("a quantised tensor", "`.dequantize()` makes an ordinary one of it.")
    plain = tensor.detach() if type(tensor) is Tensor else tensor.detach().as_subclass(Tensor)
    if plain.dtype in (torch.uint16, torch.uint32, torch.uint64):  # torch compares these with nothing else
        plain = plain.to(torch.int64)
    return plain.to("cpu").resolve_conj().resolve_neg()


def _foreign(value: Any, kind: type) -> Foreign:
    if issubclass(kind, (bytes, bytearray)):
        return Foreign("bytes", 'Text is wanted: "…" without the b, or `.decode()`.')
    if kind.__name__ == "coroutine" and hasattr(kind, "close"):
        kind.close(value)
        return Foreign("a coroutine", "Begin the function with `def`, not with `async def`.")
    if any("__next__" in vars(base) for base in kind.__mro__):
        return Foreign(
            f"{article(kind.__name__)}, whose values are used up by reading",
            "Make a list of it: `list(…)`. For a tensor: `torch.stack(list(…))`.",
        )
    if kind.__name__ in ("dict_keys", "dict_values", "dict_items"):
        return Foreign(article(kind.__name__), "Make a list of it: `list(…)`.")
    if issubclass(kind, type):
        return Foreign("a class")
    if kind.__name__ in ("function", "builtin_function_or_method", "method", "partial"):
        return Foreign("a function", "Call it first.")
    name = _name(value)
    return Foreign(f"an object of type `{name}`" if name[:1].lower() in "aeiou" else f"a `{name}`")


def _name(value: Any) -> str:
    return type(value).__name__[:60]


def article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
