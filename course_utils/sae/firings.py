"""Where each latent fires, and how strongly: what a matrix [row, latent] that is nearly all zeros comes down to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from course_utils.sae.model import SAE

AT_ONCE = 8192  # rows that are encoded together


class Firings(NamedTuple):
    """The activations above zero, latent after latent, in the order of the rows: a fiftieth of the memory, or less.

    >>> at = firings(sae, x)
    >>> rows, values = at.of(17)        # where latent 17 fires, and how strongly
    """

    row: Int[Tensor, " firing"]
    value: Float[Tensor, " firing"]
    start: Int[Tensor, " latent_and_one"]
    """Latent j has the firings from start[j] up to, and without, start[j + 1]."""
    n_rows: int

    @property
    def count(self) -> Int[Tensor, " latent"]:
        """In how many rows each latent fires."""
        return self.start.diff()

    def of(self, latent: int) -> tuple[Int[Tensor, " firing"], Float[Tensor, " firing"]]:
        """The rows in which a latent fires, ascending, and its activation in each."""
        part = slice(int(self.start[latent]), int(self.start[latent + 1]))
        return self.row[part], self.value[part]

    def mask(self, latent: int) -> Bool[Tensor, " row"]:
        """Of every row: whether the latent fires there."""
        out = torch.zeros(self.n_rows, dtype=torch.bool)
        out[self.of(latent)[0]] = True
        return out


def encoded(sae: SAE, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row latent"]:
    """`sae.encode(x)`, some thousand rows at a time: all at once takes several times the room of the result."""
    f = x.new_empty(len(x), sae.config.d_sae)
    for start in range(0, len(x), AT_ONCE):
        f[start : start + AT_ONCE] = sae.encode(x[start : start + AT_ONCE])
    return f


def firings(sae: SAE, x: Float[Tensor, "row d_in"]) -> Firings:
    """Encode some thousand rows at a time and keep what isn't zero."""
    return firings_of(sae.encode(some) for some in x.split(AT_ONCE))


def firings_of(parts: Iterator[Float[Tensor, "row latent"]]) -> Firings:
    """The same of activations that are there already, in parts that follow each other.

    Raises:
        ValueError: no parts, or parts of unequal width.
    """
    rows, latents, values, n, width = [], [], [], 0, None
    for part in parts:
        if width not in (None, part.shape[1]):
            raise ValueError(f"every part must have the same latents: {width} before, now {part.shape[1]}")
        row, latent = (part > 0).nonzero(as_tuple=True)
        rows.append(row + n)
        latents.append(latent)
        values.append(part[row, latent])
        n, width = n + len(part), part.shape[1]
    if width is None:
        raise ValueError("no rows: there is nothing to encode")
    latent = torch.cat(latents)
    order = latent.argsort(stable=True)  # the rows of a latent stay in their order
    start = torch.zeros(width + 1, dtype=torch.long)
    start[1:] = torch.bincount(latent, minlength=width).cumsum(0)
    return Firings(torch.cat(rows)[order], torch.cat(values)[order], start, n)
