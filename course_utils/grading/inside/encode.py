"""Values → nodes. Lenient: named tuples, NumPy, subclasses travel; what can't goes as the name of its type."""

from typing import Any

import numpy as np
import torch

from .wire import (
    ARRAY_TYPES,
    LARGEST,
    MAX_AXES,
    MAX_BODY,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_NODES,
    MAX_TEXT,
    TENSOR_TYPES,
    WireError,
)


def encode(value: Any) -> tuple[list, bytes]:
    """(node, body) of a value. Raises WireError over a cap."""
    chunks: list[bytes] = []
    budget = [MAX_NODES, MAX_BODY]
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
    if isinstance(value, (list, tuple, dict)):
        return _container_node(value, depth, chunks, budget)
    return opaque(value)


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
    if name not in TENSOR_TYPES or value.device.type == "meta" or value.ndim > MAX_AXES:
        return opaque(value)
    _spend(budget, value.numel() * value.element_size())
    plain = value.detach() if value.layout == torch.strided else value.detach().to_dense()
    plain = plain.as_subclass(torch.Tensor)
    # A clone, for an axis of length 1 may have any step, which makes bytes of no other size.
    plain = plain.cpu().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    chunks.append(plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b"")
    return ["T", name, list(plain.shape)]


def _array_node(array: np.ndarray, value: Any, chunks: list[bytes], budget: list[int]) -> list:
    name = array.dtype.name
    if name not in ARRAY_TYPES or array.ndim > MAX_AXES:
        return opaque(value)
    _spend(budget, array.nbytes)
    chunks.append(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).tobytes())
    return ["a" if isinstance(value, np.ndarray) else "g", name, list(array.shape)]


def _spend(budget: list[int], size: int) -> None:
    budget[1] -= size
    if budget[1] < 0:
        raise WireError(f"larger than {MAX_BODY >> 20} MiB")
