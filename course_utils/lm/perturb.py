"""What a change inside a model does to what it says: the neurons of a one-layer model, or rows of its embedding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils.lm.parts import AfterNeurons

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def says(
    after: AfterNeurons, mid: Float[Tensor, "row model"], neurons: Float[Tensor, "row neuron"]
) -> Float[Tensor, "row vocab"]:
    """Log-probabilities of the next piece with these neurons."""
    return after.logits(mid, neurons).log_softmax(-1)


def kl_of(
    after: AfterNeurons,
    mid: Float[Tensor, "row model"],
    neurons: Float[Tensor, "row neuron"],
    changed: Float[Tensor, "row neuron"],
) -> Float[Tensor, " row"]:
    """KL divergence of what the model says with changed neurons from what it says: Σ p (log p − log q), in nats."""
    own = says(after, mid, neurons)
    return divergence(own, says(after, mid, changed))


def divergence(own: Float[Tensor, "row vocab"], other: Float[Tensor, "row vocab"]) -> Float[Tensor, " row"]:
    """KL divergence of one prediction from another, both given as log-probabilities: Σ p (log p − log q), in nats."""
    return (own.exp() * (own - other)).sum(1)


def over_distance(
    after: AfterNeurons,
    mid: Float[Tensor, "row model"],
    neurons: Float[Tensor, "row neuron"],
    steps: Float[Tensor, "row neuron"],
    distances: Sequence[float],
) -> Float[Tensor, "distance row"]:
    """`kl_of` each row when its neurons go so many ``distances`` of its own step."""
    own = says(after, mid, neurons)
    return torch.stack([divergence(own, says(after, mid, neurons + far * steps)) for far in distances])


class RowCosts(NamedTuple):
    """What it costs, over all texts, that one piece has lost its row."""

    piece: Int[Tensor, " piece"]
    rise: Float[Tensor, " piece"]  # nats, added up over every place of the texts with the piece
    places: Int[Tensor, " piece"]  # where the piece itself stands


@torch.no_grad()
def random_row_costs(
    model: TransformerBridge, tokens: Int[Tensor, "document position"], pieces: Iterable[int], *, seed: int = 0
) -> RowCosts:
    """One row of the embedding at a time is made random, at its old distance from the mean row. The model is left as it
    was.

    Args:
        tokens: the last piece of each text is only predicted.

    Raises:
        ValueError: a piece that the texts don't have.
    """
    weights, found = next(model.embed.parameters()), []
    mean, dice = weights.mean(0), torch.Generator().manual_seed(seed)
    read, target = tokens[:, :-1], tokens[:, 1:]

    def cost(some: Tensor) -> float:
        return F.cross_entropy(model(read[some]).flatten(0, 1), target[some].flatten(), reduction="sum").item()

    for piece in tqdm(list(pieces), desc="rows", leave=False, delay=1):
        here = read == piece
        if not here.any():
            raise ValueError(f"piece {piece} is in none of the texts: its row costs nothing there")
        some, row = here.any(1), weights[piece].clone()
        usual, direction = cost(some), F.normalize(torch.randn(len(row), generator=dice), dim=0)
        try:
            weights[piece] = mean + (row - mean).norm() * direction
            found.append((piece, cost(some) - usual, int(here.sum())))
        finally:
            weights[piece] = row
    piece, rise, places = zip(*found, strict=True)
    return RowCosts(torch.tensor(piece), torch.tensor(rise), torch.tensor(places))
