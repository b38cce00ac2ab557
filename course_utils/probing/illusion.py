"""Patching along one direction, and what of it is read: how a subspace can seem to carry what it doesn't.

Makelov, Lange, Geiger and Nanda 2023, *Is This the Subspace You Are Looking For? An Interpretability Illusion for
Subspace Activation Patching*; the reply of Wu et al. 2024, *A Reply to Makelov et al. (2023)'s "Interpretability
Illusion" Arguments*.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

READ = 1e-6  # of the largest singular value: what a weight matrix reads less strongly counts as not read
NOISE = 1e-4  # of a direction: a read part that is shorter is what rounding leaves of none


class ReadAndUnread(NamedTuple):
    """A direction as the sum of two at right angles."""

    read: Float[Tensor, "*direction neuron"]
    """In the row space of what comes next: only this changes anything downstream."""
    unread: Float[Tensor, "*direction neuron"]
    """In its null space: no weight reads it."""


def split_by_reader(direction: Float[Tensor, "*direction neuron"], W: Float[Tensor, "neuron out"]) -> ReadAndUnread:
    """What ``W`` reads of a direction, and what it doesn't. (With the convention x @ W, as TransformerLens has it.)"""
    left, size, _ = torch.linalg.svd(W.double(), full_matrices=False)
    basis = left[:, size > READ * size.max()]
    read = (direction.double() @ basis @ basis.T).to(direction.dtype)
    return ReadAndUnread(read, direction - read)


def read_alone(direction: Float[Tensor, "*direction neuron"], W: Float[Tensor, "neuron out"]) -> Tensor:
    """The read part of each direction, to be patched along by itself; exactly 0 where ``W`` reads nothing of it."""
    read = split_by_reader(direction, W).read
    return torch.where(read.norm(dim=-1, keepdim=True) > NOISE * direction.norm(dim=-1, keepdim=True), read, 0.0)


def patch_along(
    acts: Float[Tensor, "*row neuron"],
    source: Float[Tensor, "*row neuron"],
    direction: Float[Tensor, "*row neuron"],
) -> Float[Tensor, "*row neuron"]:
    """``acts`` with their component along a direction taken from ``source``: x + ((x' − x)·v) v, v of length 1. The
    three are broadcast; a direction of length 0 moves nothing."""
    v = normalize(direction, dim=-1)
    return acts + ((source - acts) * v).sum(-1, keepdim=True) * v


def optimise_patch(
    says: Callable[[Float[Tensor, "pair text neuron"]], Float[Tensor, "pair text"]],
    own: Float[Tensor, "pair text neuron"],
    source: Float[Tensor, "pair text neuron"],
    *,
    seed: int,
    steps: int = 200,
) -> Float[Tensor, "pair neuron"]:
    """For each pair the direction along which patches of ``own`` bring what the model ``says`` nearest to what it says
    of ``source``: the mean squared distance over the texts, by Adam from a random start (as in distributed alignment
    search, Geiger et al. 2024, with one direction)."""
    target = says(source).detach()
    v = torch.randn(len(own), own.shape[-1], generator=torch.Generator().manual_seed(seed)).requires_grad_()
    optimiser = torch.optim.Adam([v], lr=0.03)
    for _ in range(steps):
        optimiser.zero_grad()
        (says(patch_along(own, source, v[:, None])) - target).square().mean().backward()
        optimiser.step()
    return v.detach()


def illusion_of(disconnected: Float[Tensor, " neuron"], dormant: Float[Tensor, " neuron"]) -> Float[Tensor, " neuron"]:
    """The sum of two unit directions, brought to length 1. The first varies with a concept and isn't read, the second
    is read and hardly varies: neither alone can carry the concept, and patching along their sum moves the second by
    what the first says."""
    return normalize(normalize(disconnected, dim=-1) + normalize(dormant, dim=-1), dim=-1)
