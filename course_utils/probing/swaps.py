"""Swapping one meaning for another: pairs of places whose answers differ, and which of the two the model leans to."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.probing.illusion import patch_along


def unlike_pairs(
    followers: Int[Tensor, "meaning 2"], may: Bool[Tensor, " meaning"], n: int, seed: int
) -> Int[Tensor, "pair 2"]:
    """``n`` random pairs of meanings that ``may`` be used and have no follower in common.

    Raises:
        ValueError: there are fewer such pairs.
    """
    alone = ~(followers[:, None, :, None] == followers[None, :, None, :]).any(-1).any(-1)
    found = (alone & may[:, None] & may).nonzero()
    if len(found) < n:
        raise ValueError(f"{n} pairs are wanted, and only {len(found)} have no follower in common.")
    return found[torch.randperm(len(found), generator=torch.Generator().manual_seed(seed))[:n]]


class Swaps(NamedTuple):
    """For each pair, places of the one meaning beside places of the other, and how to ask which it is."""

    mid: Float[Tensor, "pair text model"]
    """The stream before the MLP, at places of the first meaning."""
    own: Float[Tensor, "pair text neuron"]
    """The neurons there; and those at places of the second meaning, of other texts."""
    other: Float[Tensor, "pair text neuron"]
    followers: Int[Tensor, "pair side follower"]
    logits: Callable[[Tensor, Tensor], Tensor]
    """What the model says, from the stream and from its neurons."""

    def leaning(self, neurons: Float[Tensor, "pair *row text neuron"]) -> Float[Tensor, "pair *row text"]:
        """With these neurons in place of its own: the mean logit of the second meaning's followers less the first's."""
        mid = self.mid.reshape(len(self.mid), *[1] * (neurons.ndim - 3), *self.mid.shape[1:])
        each = zip(self.logits(mid, neurons), self.followers, strict=True)
        two = torch.stack([logits[..., pieces].mean(-1) for logits, pieces in each])  # [pair, …, text, side]
        return two[..., 1] - two[..., 0]

    def full(self) -> Float[Tensor, "pair text"]:
        """How far the leaning moves if all neurons are those of the other text."""
        return self.leaning(self.other) - self.leaning(self.own)

    def effects(self, direction: Float[Tensor, "pair direction neuron"]) -> Float[Tensor, "pair direction text"]:
        """How far it moves with a patch along each direction; along one of length 0, not at all."""
        patched = patch_along(self.own[:, None], self.other[:, None], direction[:, :, None])
        return self.leaning(patched) - self.leaning(self.own)[:, None]


def swaps(
    pairs: Int[Tensor, "pair 2"],
    followers: Int[Tensor, "meaning 2"],
    which: Int[Tensor, " place"],
    mid: Float[Tensor, "place model"],
    neurons: Float[Tensor, "place neuron"],
    logits: Callable[[Tensor, Tensor], Tensor],
    texts: int = 12,
) -> Swaps:
    """The first ``texts`` places of each meaning, of the places that are given; ``which`` says whose each is."""
    at = [torch.stack([(which == m).nonzero()[:texts, 0] for m in side.tolist()]) for side in pairs.T]
    return Swaps(mid[at[0]], neurons[at[0]], neurons[at[1]], followers[pairs], logits)
