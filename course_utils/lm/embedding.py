"""The rows of an embedding, and rows that have only some of what a trained embedding has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def centred_rows(model: TransformerBridge) -> Float[Tensor, "piece model"]:
    """The embedding with its mean row taken off."""
    rows = model.W_E.detach()
    return rows - rows.mean(0)


def dealt_out_anew(E: Float[Tensor, "piece model"], dice: torch.Generator) -> Float[Tensor, "piece model"]:
    """Every dimension keeps its numbers, and each goes to a piece drawn by lot."""
    return torch.stack([column[torch.randperm(len(column), generator=dice)] for column in E.T], dim=1)


def left_by_others(E: Float[Tensor, "piece model"], k: int) -> Float[Tensor, "piece model"]:
    """What k steps of matching pursuit with the other rows' directions, of either sign, leave of each row."""
    unit, own = F.normalize(E, dim=1), torch.eye(len(E), dtype=torch.bool)
    left = E
    for _ in range(k):
        score = (left @ unit.T).masked_fill(own, 0)
        at = score.abs().argmax(dim=1)
        left = left - score.gather(1, at[:, None]) * unit[at]
    return left


@torch.no_grad()
def loss_with_rows(
    model: TransformerBridge, tokens: Int[Tensor, "document position"], rows: Float[Tensor, "piece model"]
) -> float:
    """Nats a piece if the embedding had these rows, its mean row added to each. The model is left as it was."""
    weights = next(model.embed.parameters())
    before = weights.clone()
    try:
        weights.copy_(before.mean(0) + rows)
        return F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten()).item()
    finally:
        weights.copy_(before)
