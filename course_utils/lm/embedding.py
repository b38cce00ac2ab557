"""The rows of an embedding, and rows that have only some of what a trained embedding has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def centred_rows(model: TransformerBridge) -> Float[Tensor, "piece model"]:
    """The embedding with its mean row taken off."""
    rows = model.W_E.detach()
    return rows - rows.mean(0)


def dealt_out_anew(E: Float[Tensor, "piece model"], dice: torch.Generator) -> Float[Tensor, "piece model"]:
    """Every dimension keeps its numbers, and each goes to a piece drawn by lot."""
    return torch.stack([column[torch.randperm(len(column), generator=dice)] for column in E.T], dim=1)
