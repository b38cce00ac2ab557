"""Rows of activations in a random order, of which only some are in memory at a time.

    chunks = model_rows(model, tokens, "blocks.0.mlp.hook_post", documents=64)      # computed as they are asked for
    sae = train_sae(mixed(chunks, capacity=200_000, batch_size=2048, seed=0), config, steps=500)

What is in memory, or in a memory-mapped file (`lm.activations(…, path=…)`), needs none of this: `train_sae` reads it in
a random order of all rows. `mixed` is for what comes in an order and is too large, or too dear, to be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.sae.checks import whole
from course_utils.sae.rows import as_tensor

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def mixed(
    chunks: Iterable[Float[Tensor, "n d_in"] | np.ndarray], capacity: int, batch_size: int, seed: int
) -> Iterator[Float[Tensor, "batch d_in"]]:
    """Batches drawn from a buffer of ``capacity`` rows, which is filled up again from the chunks after each of them.

    Every row is given once. Batch b (from 0) has none but the first ``capacity + b · batch_size`` rows. The last batch
    may be smaller. Of chunks no more is held than the one that is being read. With a capacity of ``batch_size`` the
    rows come in their own order, batch by batch; with one of all rows, in a random order.

    >>> [batch.flatten().tolist() for batch in mixed([torch.arange(5.0)[:, None]], capacity=2, batch_size=2, seed=0)]
    [[1.0, 0.0], [3.0, 2.0], [4.0]]

    Raises:
        ValueError: a capacity below the batch size, chunks that aren't rows of one width.
    """
    batch_size = whole("batch_size", batch_size)
    capacity = whole("capacity", capacity)
    if capacity < batch_size:
        raise ValueError(f"a buffer of {capacity} rows can't give batches of {batch_size}: capacity is too small")
    return _drawn(_Reader(chunks), capacity, batch_size, np.random.default_rng(whole("seed", seed, low=0)))


def _drawn(
    reader: _Reader, capacity: int, batch_size: int, dice: np.random.Generator
) -> Iterator[Float[Tensor, "batch d_in"]]:
    buffer, there = None, 0
    while True:
        for part in reader.take(capacity - there):
            if buffer is None:
                buffer = part.new_empty(capacity, part.shape[1])
            buffer[there : there + len(part)] = part
            there += len(part)
        if not there:
            return
        drawn = torch.from_numpy(dice.choice(there, min(batch_size, there), replace=False))
        yield buffer[drawn]
        there -= len(drawn)
        # The rows at the end of the buffer move to the places that were drawn before it.
        left = torch.ones(len(drawn), dtype=torch.bool)
        left[drawn[drawn >= there] - there] = False
        buffer[drawn[drawn < there]] = buffer[there : there + len(drawn)][left]


class _Reader:
    """Chunks as one stream of rows: `take(n)` gives the next n, in pieces, or what is left."""

    def __init__(self, chunks: Iterable[Float[Tensor, "n d_in"] | np.ndarray]):
        self.chunks = iter(chunks)
        self.rest: Tensor | None = None
        self.width: int | None = None

    def take(self, n: int) -> Iterator[Float[Tensor, "part d_in"]]:
        while n > 0:
            if self.rest is None or not len(self.rest):
                if (chunk := next(self.chunks, None)) is None:
                    return
                self.rest = self._checked(chunk)
            yield self.rest[:n]
            n, self.rest = n - min(n, len(self.rest)), self.rest[n:]

    def _checked(self, chunk: Tensor | np.ndarray) -> Float[Tensor, "n d_in"]:
        chunk = as_tensor(chunk, "a chunk")
        self.width = self.width or chunk.shape[-1]
        if chunk.ndim != 2 or chunk.shape[1] != self.width:
            raise ValueError(f"a chunk must be [row, {self.width or 'd_in'}], got {list(chunk.shape)}")
        return chunk


def model_rows(
    model: TransformerBridge,
    tokens: Int[Tensor | np.ndarray, "document position"],
    hook_name: str,
    *,
    documents: int = 64,
    scale: float = 1.0,
) -> Iterator[Float[Tensor, "n d_in"]]:
    """The activations at one hook, a few documents at a time, computed when they are asked for.

    Args:
        tokens: read from the first document to the last, over and over, without end.
        documents: in one chunk. A chunk has all places of each of them.
        scale: what every activation is multiplied with.

    Raises:
        ValueError: no documents.
        UnknownHook: a name that the model does not have; when the first chunk is asked for.
    """
    documents = whole("documents", documents)
    if not len(tokens):
        raise ValueError("there are no documents to run the model on")
    return _computed(model, tokens, hook_name, documents, scale)


def _computed(model, tokens, hook_name, documents, scale):
    from course_utils.lm import activations

    while True:
        for start in range(0, len(tokens), documents):
            part = tokens[start : start + documents]
            rows = activations(model, part, hook_name, batch_size=documents)[hook_name].flatten(0, -2)
            yield rows if scale == 1 else rows.mul_(scale)
