"""What may be handed in as numbers: a tensor or an array, of any floating type, its leading axes all being rows."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def as_tensor(x: Tensor | np.ndarray, name: str) -> Tensor:
    """``x`` as a tensor, sharing its memory where that is possible.

    Raises:
        ValueError: something else than a dense tensor or an array of real numbers; the message is one line.
    """
    check_numbers(x, name)
    return x if isinstance(x, Tensor) else torch.from_numpy(native(x))


def check_numbers(x: Tensor | np.ndarray, name: str) -> None:
    """Look at the kind of ``x`` and read none of it: it may be a file larger than the memory."""
    if isinstance(x, Tensor):
        if x.is_nested:
            raise ValueError(f"{name} must be one tensor, got a nested one: hand in torch.cat(x.unbind())")
        if x.layout != torch.strided:
            raise ValueError(f"{name} must be a dense tensor, got a sparse one: hand in its to_dense()")
        if x.is_complex() or x.is_quantized:
            raise ValueError(f"{name} must hold real numbers, got {str(x.dtype).removeprefix('torch.')}")
    elif isinstance(x, np.ndarray):
        if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
            raise ValueError(f"{name} must hold all its numbers, got some masked: say with filled(…) what they are")
        if x.dtype.kind not in "fiub":
            raise ValueError(f"{name} must hold real numbers, got an array of {x.dtype}")
    else:
        instead = next((f": hand in its {way}()" for way in ("to_numpy", "toarray") if hasattr(x, way)), "")
        raise ValueError(f"{name} must be a tensor or an array of numbers, got {called(x)}{instead}")


def native(x: np.ndarray) -> np.ndarray:
    """An array that PyTorch can take: in this machine's byte order, and of a type that it has."""
    kind = x.dtype.newbyteorder("=")
    if kind.kind == "f" and kind.itemsize > 8:
        kind = np.dtype(np.float64)
    x = np.asarray(x, kind)
    return x if x.flags.writeable and all(step >= 0 for step in x.strides) else x.copy()


def called(x: object) -> str:
    """What to call a wrong thing in a message."""
    if x is None or isinstance(x, bool):
        return str(x)
    name = type(x).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def rows(x: Float[Tensor, "*row width"], name: str, width: str) -> Float[Tensor, "row width"]:
    """All leading axes as one. Half precision becomes float32, since sums of squares soon leave its range.

    Raises:
        ValueError: no rows, or nothing in them.
    """
    x = as_tensor(x, name)
    if x.ndim < 2:
        raise ValueError(f"{name} must be [..., {width}], rows of numbers, got {list(x.shape)}")
    if not x.numel():
        raise ValueError(f"{name} has no numbers in it: its shape is {list(x.shape)}")
    return full(x.flatten(0, -2))


def full(x: Tensor) -> Tensor:
    """Float32, or float64 where it is that already."""
    return x if x.dtype == torch.float64 else x.to(torch.float32)


def alike(shape: Iterable[int], other: Tensor | np.ndarray, name: str, like: str) -> None:
    """Two things that are compared number by number: broadcasting one of them would be a wrong result."""
    if list(other.shape) != list(shape):
        raise ValueError(f"{name} must have the shape of {like}, {list(shape)}, got {list(other.shape)}")


def counts(labels: Bool[Tensor, "row feature"]) -> Int[Tensor, " feature"]:
    """In how many rows each holds: `labels.sum(0)`, which takes eight times the room of the labels."""
    return sum(part.sum(0) for part in labels.split(8192))
