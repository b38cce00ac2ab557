"""Values → nodes. Lenient: named tuples, NumPy, subclasses travel, and whatever else `tame` makes plain data of.

What can't goes as the name of its type.
"""

from typing import Any

import numpy as np
import torch

from .tame import Foreign, tame
from .wire import (
    ARRAY_TYPES,
    LARGEST,
    MAX_AXES,
    MAX_BODY,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_ENTRIES,
    MAX_NODES,
    MAX_TEXT,
    TENSOR_TYPES,
    WireError,
)


def encode(value: Any) -> tuple[list, bytes]:
    """(node, body) of a value. Raises WireError over a cap."""
    chunks: list[bytes] = []
    budget = [MAX_NODES, MAX_BODY, MAX_ELEMENTS]
    return _node(value, 0, chunks, budget), b"".join(chunks)


def _node(value: Any, depth: int, chunks: list[bytes], budget: list[int]) -> list:
    budget[0] -= 1
    if depth > MAX_DEPTH or budget[0] < 0:
        raise WireError("nested too deeply, or has too many parts")
    if value is None:
        return ["n"]
    if value is ... or value is NotImplemented:
        return ["e"]
    if isinstance(value, torch.Tensor):
        node = _tensor_node(value, chunks, budget)
        return ["G", node] if value.requires_grad and node[0] == "T" else node
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_node(np.asarray(value), value, chunks, budget)
    if isinstance(value, bool):
        return ["b", bool(value)]
    if isinstance(value, int):
        number = int(value)
        return ["i", number] if -LARGEST <= number < LARGEST else opaque(value)
    if isinstance(value, float):
        return ["f", float(value).hex()]
    if isinstance(value, str):
        return ["s", str.__str__(value)[:MAX_TEXT]]
    if isinstance(value, complex):
        return ["c", complex(value).real.hex(), complex(value).imag.hex()]
    if isinstance(value, (list, tuple, dict)):
        return _container_node(value, depth, chunks, budget)
    return _otherwise(value, depth, chunks, budget)


def _otherwise(value: Any, depth: int, chunks: list[bytes], budget: list[int]) -> list:
    """What has no form of its own, as a live check would take it: a set, a fraction, a range, text of NumPy's."""
    plain = tame(value)
    if isinstance(plain, set):
        if len(plain) > MAX_ENTRIES:
            raise WireError("a set of too many entries")
        return ["S", [_node(part, depth + 1, chunks, budget) for part in plain]]
    if isinstance(plain, np.ndarray) and plain.dtype.kind == "u":
        plain = plain.astype(np.int64)
    numbers = isinstance(plain, np.ndarray | torch.Tensor)
    as_before = str(plain.dtype) == str(value.dtype) if numbers else type(plain) is type(value)
    if isinstance(plain, Foreign) or as_before:
        return opaque(value)
    return _node(plain, depth + 1, chunks, budget)


def _container_node(value: Any, depth: int, chunks: list[bytes], budget: list[int]) -> list:
    def inner(part: Any) -> list:
        return _node(part, depth + 1, chunks, budget)

    if isinstance(value, dict):
        if len(value) > MAX_ENTRIES:
            raise WireError("a dict of too many entries")
        return ["d", [[inner(key), inner(part)] for key, part in dict.items(value)]]
    if isinstance(value, tuple) and hasattr(type(value), "_fields"):
        return ["N", [str(name) for name in type(value)._fields], [inner(part) for part in tuple.__iter__(value)]]
    if isinstance(value, tuple):
        return ["t", [inner(part) for part in tuple.__iter__(value)]]
    return ["l", [inner(part) for part in list.__iter__(value)]]


def opaque(value: Any) -> list:
    return ["o", str(type(value).__name__)[:80]]


def _tensor_node(value: torch.Tensor, chunks: list[bytes], budget: list[int]) -> list:
    name = str(value.dtype).removeprefix("torch.")
    if value.device.type == "meta" or value.ndim > MAX_AXES:
        return opaque(value)
    if name not in TENSOR_TYPES:
        return _otherwise(value, 0, chunks, budget) if name.startswith("uint") else opaque(value)
    _spend(budget, value.numel(), value.element_size())
    plain = value.detach() if value.layout == torch.strided else value.detach().to_dense()
    plain = plain.as_subclass(torch.Tensor)
    # A clone, for an axis of length 1 may have any step, which makes bytes of no other size.
    plain = plain.cpu().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    chunks.append(plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b"")
    return ["T", name, list(plain.shape)]


def _array_node(array: np.ndarray, value: Any, chunks: list[bytes], budget: list[int]) -> list:
    name = array.dtype.name
    if array.ndim > MAX_AXES:
        return opaque(value)
    if name not in ARRAY_TYPES:
        return _otherwise(value, 0, chunks, budget)
    _spend(budget, array.size, array.itemsize)
    chunks.append(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).tobytes())
    return ["a" if isinstance(value, np.ndarray) else "g", name, list(array.shape)]


def _spend(budget: list[int], count: int, size: int) -> None:
    budget[1] -= count * size
    budget[2] -= count
    if min(budget) < 0:
        raise WireError(f"larger than {MAX_BODY >> 20} MiB, or of more than {MAX_ELEMENTS} numbers")
