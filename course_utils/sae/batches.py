"""Batches of activations out of a tensor, a memory-mapped file or an iterator."""

import hashlib
from collections.abc import Iterable, Iterator
from math import isfinite
from os import PathLike

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from course_utils.sae.rows import as_tensor, called, check_numbers, native

FINGERPRINT = 2**24  # numbers that a fingerprint looks at: a quarter of a second


def check_activations(activations: object) -> None:
    """Raises ValueError for what is neither numbers nor an iterator, in one line that says what to hand in instead."""
    if isinstance(activations, Tensor | np.ndarray):
        check_numbers(activations, "activations")
        return
    advice = {
        str | PathLike: "load the file first, as np.load(path, mmap_mode='r') does",
        bytes | bytearray | memoryview: "hand in a tensor",
        dict: "hand in one of its tensors",
        Dataset: "hand in its tensor, such as dataset.tensors[0]",
        tuple: "hand in one tensor, or a list or an iterator of batches",
    }
    if not isinstance(activations, Iterator) and (hasattr(activations, "to_numpy") or hasattr(activations, "toarray")):
        check_numbers(activations, "activations")  # a table or a sparse matrix, which iterates over something else
    wanted = f"activations must be a tensor, an array or an iterator of batches, got {called(activations)}"
    for kind, instead in advice.items():
        if isinstance(activations, kind) and not isinstance(activations, IterableDataset):
            raise ValueError(f"{wanted}: {instead}")
    if not isinstance(activations, Iterable) and not hasattr(activations, "__getitem__"):
        raise ValueError(wanted)


def by_instance(
    x: Tensor | np.ndarray, d_in: int, n_instances: int | None
) -> Float[Tensor, "instance n d_in"] | np.ndarray:
    """``[instance, n, d_in]``: the first axis is the instances only if there are said to be any; the others are rows.

    Raises:
        ValueError: another width than d_in, another number of instances, no rows.
    """
    if isinstance(x, np.ndarray):
        x = np.asarray(x)  # a np.matrix stays one of two axes, whatever is made of it
    if x.ndim < 2 or x.shape[-1] != d_in:
        raise ValueError(f"activations must be [n, {d_in}] or [..., n, {d_in}] (d_in={d_in}), got {list(x.shape)}")
    if n_instances is not None and (x.ndim < 3 or len(x) != n_instances):
        raise ValueError(
            f"activations of {n_instances} instances must be [{n_instances}, n, {d_in}], got {list(x.shape)}"
        )
    if 0 in x.shape:
        raise ValueError(f"activations have no rows: their shape is {list(x.shape)}")
    wanted = (1 if n_instances is None else n_instances, -1, d_in)
    return x if x.ndim == 3 and n_instances is not None else x.reshape(wanted)


def fingerprint(rows: Float[Tensor, "instance n d_in"] | np.ndarray) -> str:
    """Of shape and content, whatever holds them. Of very many rows, some that are spread out evenly are read."""
    n_instances, n, d_in = rows.shape
    look_at = max(1, min(n, FINGERPRINT // (n_instances * d_in)))
    index = torch.linspace(0, n - 1, look_at, dtype=torch.float64, device="cpu").long()
    digest = hashlib.blake2b(repr(tuple(rows.shape)).encode(), digest_size=16)
    for instance in rows:
        for part in index.split(4096):
            digest.update(_take(instance, part).detach().to("cpu", torch.float32).contiguous().numpy())
    return digest.hexdigest()


def batches(
    activations: Float[Tensor, "instance n d_in"] | np.ndarray | Iterable[Tensor],
    d_in: int,
    batch_size: int,
    seeds: list[int] | None,
    start: int,
    n_instances: int | None = None,
) -> Iterator[Float[Tensor, "instance n d_in"]]:
    """Batches from number ``start`` on, as float32 with the instance dimension, without end for a tensor or an array.

    These are read in a new random order in every epoch, each instance in the order of its own seed, a last incomplete
    batch left out. An iterator is taken from where it stands, whatever ``start`` is; its batches have a first axis of
    instances if ``n_instances`` says so.

    Raises:
        ValueError: fewer rows than a batch needs, another width than d_in, a value that isn't finite, something else
            than numbers, or an iterator that ends.
    """
    if isinstance(activations, Tensor | np.ndarray):
        rows = by_instance(activations, d_in, n_instances)
        source, n_instances = _shuffled(rows, batch_size, seeds, start), len(rows)
    else:
        source = iter(activations)
    number = start
    for number, batch in enumerate(source, start + 1):
        yield _checked(batch, number, d_in, n_instances)
    raise ValueError(f"the iterator of activations ended after {number} batches: too few for this many steps")


def _checked(batch, number, d_in, n_instances):
    name = f"batch {number} of the activations"
    if isinstance(batch, list | tuple):
        raise ValueError(
            f"{name} is {called(batch)}, as a DataLoader gives it: hand in the tensors alone, such as "
            "(batch[0] for batch in loader)"
        )
    x = as_tensor(batch, name).detach()
    x = by_instance(x[None] if x.ndim == 2 else x, d_in, n_instances).to(torch.float32)
    if not isfinite(x.sum()) and not torch.isfinite(x).all():  # the sum of finite ones may be infinite
        raise ValueError(f"{name} has values that are not finite (NaN or infinity)")
    return x


def _shuffled(rows, batch_size, seeds, start):
    per_epoch = rows.shape[1] // batch_size
    if not per_epoch:
        raise ValueError(f"too few rows: a batch takes {batch_size}, activations have {rows.shape[1]}")
    epoch = start // per_epoch
    while True:
        orders = [torch.randperm(rows.shape[1], generator=_generator(seed, epoch), device="cpu") for seed in seeds]
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
    return torch.from_numpy(native(rows[index.numpy()]))


def _generator(seed, epoch):
    return torch.Generator("cpu").manual_seed((seed * 1_000_003 + epoch * 7919 + 1) % 2**63)
