"""Batches of activations out of a tensor, a memory-mapped file or an iterator."""

from collections.abc import Iterable, Iterator
from math import isfinite

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


def batches(
    activations: Tensor | np.ndarray | Iterable[Tensor], d_in: int, batch_size: int, seeds: list[int] | None, start: int
) -> Iterator[Float[Tensor, "instance n d_in"]]:
    """Batches from number ``start`` on, as float32 with the instance dimension, without end for a tensor or an array.

    These are read in a new random order in every epoch, each instance in the order of its own seed, a last incomplete
    batch left out. An iterator is taken from where it stands, whatever ``start`` is.

    Raises:
        ValueError: fewer rows than a batch needs, another width than d_in, a value that isn't finite, or an
            iterator that ends.
    """
    stored = isinstance(activations, Tensor | np.ndarray)
    source = _shuffled(activations, batch_size, seeds, start) if stored else iter(activations)
    for number, batch in enumerate(source, start + 1):
        x = torch.as_tensor(batch).detach().to(torch.float32)
        x = x[None] if x.ndim == 2 else x
        check_shape(x, d_in)
        if not isfinite(x.sum()):
            raise ValueError(f"batch {number} of the activations has values that are not finite (NaN or infinity)")
        yield x
    raise ValueError(f"the iterator of activations ended after {number} batches: too few for this many steps")


def check_shape(x: Tensor | np.ndarray, d_in: int) -> None:
    if x.ndim not in (2, 3) or x.shape[-1] != d_in:
        raise ValueError(f"activations must be [n, {d_in}] or [instance, n, {d_in}] (d_in={d_in}), got {list(x.shape)}")


def _shuffled(stored, batch_size, seeds, start):
    rows = stored if stored.ndim == 3 else stored[None]
    per_epoch = rows.shape[1] // batch_size
    if not per_epoch:
        raise ValueError(f"too few rows: a batch takes {batch_size}, activations have {rows.shape[1]}")
    epoch = start // per_epoch
    while True:
        orders = [torch.randperm(rows.shape[1], generator=_generator(seed, epoch)) for seed in seeds]
        for b in range(start - epoch * per_epoch, per_epoch):
            # Ascending, because a file is read faster that way; within a batch the order means nothing.
            picked = [order[b * batch_size : (b + 1) * batch_size].sort().values for order in orders]
            taken = [_take(rows[i], index) for i, index in enumerate(picked)]
            yield torch.stack(taken) if len(taken) > 1 else taken[0][None]
        epoch += 1
        start = epoch * per_epoch


def _take(rows, index):
    if isinstance(rows, Tensor):
        return rows.index_select(0, index.to(rows.device))
    return torch.from_numpy(np.asarray(rows[index.numpy()]))


def _generator(seed, epoch):
    return torch.Generator().manual_seed((seed * 1_000_003 + epoch * 7919 + 1) % 2**63)
