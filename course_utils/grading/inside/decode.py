"""Nodes → values. Strict: what is not exactly as the encoder writes it raises WireError."""

import math
from collections import namedtuple
from typing import Any

import numpy as np
import torch

from .wire import (
    ARRAY_TYPES,
    LARGEST,
    MAX_AXES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_ENTRIES,
    MAX_NODES,
    MAX_TEXT,
    TENSOR_TYPES,
    Opaque,
    WireError,
)


class _Reader:
    """Decodes the nodes of one frame. `at`: how much of the body they have claimed. `elements`: of all tensors."""

    def __init__(self, body: bytes):
        self.body, self.at, self.nodes, self.elements = body, 0, 0, 0

    def value(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("nested too deeply, or of too many parts")
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise WireError("no node")
        sort, parts = node[0], node[1:]
        if sort not in _ARITY or len(parts) != _ARITY[sort]:
            raise WireError(f"no such node: {sort[:10]!r}")
        return getattr(self, f"_{_READERS[sort]}")(parts, depth)

    def _nothing(self, parts: list, depth: int) -> None:
        return None

    def _blank(self, parts: list, depth: int) -> Any:
        return ...

    def _bool(self, parts: list, depth: int) -> bool:
        return _typed(parts[0], bool)

    def _int(self, parts: list, depth: int) -> int:
        number = _typed(parts[0], int)
        if not -LARGEST <= number < LARGEST:
            raise WireError("an integer of more than 64 bits")
        return number

    def _float(self, parts: list, depth: int) -> float:
        text = _typed(parts[0], str)
        try:
            number = float.fromhex(text) if len(text) <= 40 else None
        except (ValueError, OverflowError):
            number = None
        if number is None or (number.hex() != text and not math.isnan(number)):
            raise WireError("a float in another form")
        return number

    def _complex(self, parts: list, depth: int) -> complex:
        return complex(*(self._float([part], depth) for part in parts))

    def _set(self, parts: list, depth: int) -> set:
        found = self._list(parts, depth)
        if len(found) > MAX_ENTRIES or not all(type(part) in (bool, int, float, str) for part in found):
            raise WireError("a set of something else than numbers and texts")
        return set(found)

    def _text(self, parts: list, depth: int) -> str:
        text = _typed(parts[0], str)
        if len(text) > MAX_TEXT:
            raise WireError("a text that is too long")
        return text.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates

    def _list(self, parts: list, depth: int) -> list:
        return [self.value(part, depth + 1) for part in _typed(parts[0], list)]

    def _tuple(self, parts: list, depth: int) -> tuple:
        return tuple(self._list(parts, depth))

    def _named(self, parts: list, depth: int) -> tuple:
        names = _typed(parts[0], list)
        if not 0 < len(names) <= 50 or len(set(map(str, names))) < len(names):
            raise WireError("names of a tuple")
        if not all(isinstance(n, str) and n.isascii() and n.isidentifier() and len(n) <= 80 for n in names):
            raise WireError("names of a tuple")
        values = self._list(parts[1:], depth)
        if len(values) != len(names):
            raise WireError("names and values of a tuple")
        return namedtuple("Named", names, rename=True)(*values)

    def _dict(self, parts: list, depth: int) -> dict:
        pairs = _typed(parts[0], list)
        if len(pairs) > MAX_ENTRIES:
            raise WireError("a dict of too many entries")
        found = {}
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("no pair")
            key = self.value(pair[0], depth + 1)
            if not _hashes(key):
                key = f"a {type(key).__name__}"  # such keys are never right
            found[key] = self.value(pair[1], depth + 1)
        return found

    def _opaque(self, parts: list, depth: int) -> Opaque:
        name = "".join(c for c in _typed(parts[0], str)[:80] if c.isascii() and (c.isalnum() or c == "_"))
        return type(name or "object", (Opaque,), {})()

    def _tensor(self, parts: list, depth: int) -> torch.Tensor:
        dtype = TENSOR_TYPES.get(_typed(parts[0], str))
        if dtype is None:
            raise WireError("a dtype that does not travel")
        shape, size = self._shape(parts[1], torch.empty(0, dtype=dtype).element_size())
        raw = bytearray(self._bytes(size, dtype is torch.bool))
        return torch.frombuffer(raw, dtype=dtype).reshape(shape).clone() if raw else torch.empty(shape, dtype=dtype)

    def _attached(self, parts: list, depth: int) -> torch.Tensor:
        tensor = self.value(parts[0], depth + 1)
        if not isinstance(tensor, torch.Tensor) or not (tensor.is_floating_point() or tensor.is_complex()):
            raise WireError("a gradient of what has none")
        return tensor.requires_grad_()

    def _array(self, parts: list, depth: int) -> np.ndarray:
        dtype = ARRAY_TYPES.get(_typed(parts[0], str))
        if dtype is None:
            raise WireError("a dtype that does not travel")
        shape, size = self._shape(parts[1], dtype.itemsize)
        return np.frombuffer(self._bytes(size, dtype.kind == "b"), dtype=dtype).reshape(shape).copy()

    def _scalar(self, parts: list, depth: int) -> np.generic:
        array = self._array(parts, depth)
        if array.ndim:
            raise WireError("a number with axes")
        return array[()]

    def _shape(self, shape: Any, item_size: int) -> tuple[list[int], int]:
        """The shape, and the bytes that it needs: whole numbers of Python's, so nothing overflows."""
        if len(_typed(shape, list)) > MAX_AXES:
            raise WireError("too many axes")
        if not all(type(size) is int and 0 <= size < 2**31 for size in shape):
            raise WireError("no shape")
        if 0 in shape and math.prod(size for size in shape if size) >= 2**31:
            raise WireError("an empty tensor of an absurd shape")
        self.elements += math.prod(shape)
        if self.elements > MAX_ELEMENTS:
            raise WireError("too many numbers")
        return shape, math.prod(shape) * item_size

    def _bytes(self, size: int, is_bool: bool) -> bytes:
        raw = self.body[self.at : self.at + size]
        if len(raw) != size:
            raise WireError("fewer bytes than the shape needs")
        if is_bool and raw.translate(None, b"\0\1"):
            raise WireError("a bool that is neither 0 nor 1")
        self.at += size
        return raw


_READERS = {
    "n": "nothing", "e": "blank", "b": "bool", "i": "int", "f": "float", "s": "text", "l": "list", "t": "tuple",
    "N": "named", "d": "dict", "o": "opaque", "T": "tensor", "G": "attached", "a": "array",
    "g": "scalar", "c": "complex", "S": "set",
}  # fmt: skip
_ARITY = dict.fromkeys(_READERS, 1) | {"n": 0, "e": 0, "N": 2, "T": 2, "a": 2, "g": 2, "c": 2}


def decode(node: Any, body: bytes) -> Any:
    """The value of a node, which must claim every byte of the body. Raises WireError."""
    reader = _Reader(body)
    try:
        value = reader.value(node)
    except RecursionError:
        raise WireError("nested too deeply") from None
    if reader.at != len(body):
        raise WireError("more bytes than the shapes need")
    return value


def _hashes(key: Any) -> bool:
    if isinstance(key, tuple):
        return all(map(_hashes, key))
    return isinstance(key, (str, int, float, bool, np.generic, type(None)))


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise WireError(f"expected {kind.__name__}")
    return value
