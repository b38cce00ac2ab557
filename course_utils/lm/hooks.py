"""Interventions as hooks: functions that TransformerLens calls with an activation, and that give another to go on with.

    with model.hooks(fwd_hooks=[("blocks.0.hook_mlp_out", constant(mean))]):
        logits = model(tokens)

Each closes over what it needs, and does to one text what it does to many: nothing depends on what else is in a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.lm.activations import activations

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

Hook = Callable[[Tensor, Any], Tensor | None]


def constant(value: Float[Tensor, " model"]) -> Hook:
    """Says `value` at every place of every text."""
    return lambda own, hook: value.expand_as(own)


def constant_head(head: int, value: Float[Tensor, " d_head"]) -> Hook:
    """For `hook_z`: one head says `value` everywhere, the others stay."""

    def replace(own: Tensor, hook: Any) -> Tensor:
        result = own.clone()
        result[:, :, head] = value
        return result

    return replace


def blind_to(distance: int) -> Hook:
    """For `hook_pattern`: no head sees what stands `distance` pieces back, and looks at the rest the more.

    Its attention still adds up to 1. `distance` is 1 or more: a query always sees itself.
    """
    if distance < 1:
        raise ValueError(f"a query must see itself: distance should be 1 or more, not {distance}.")

    def blind(own: Tensor, hook: Any) -> Tensor:
        position = torch.arange(own.shape[-1], device=own.device)
        left = own * (position[:, None] - position != distance)
        return left / left.sum(dim=-1, keepdim=True).clamp_min(1e-12)

    return blind


def another_mlp(
    model: TransformerBridge, other: TransformerBridge, tokens: Int[Tensor, "document position"]
) -> list[tuple[str, Hook]]:
    """The hooks, with their names, that put the first MLP of `other` in the place of `model`'s.

    Its output is stretched by one factor, so that on these texts it is as long as the output that it replaces, on
    average over all places. `other` must be another object than `model`.
    """
    read = {}

    def note(value: Tensor, hook: Any) -> None:
        read["now"] = value

    asked, said = "blocks.0.mlp.hook_in", "blocks.0.hook_mlp_out"
    usual = activations(model, tokens, [asked, said])
    strange = other.blocks[0].mlp(usual[asked])
    stretch = (usual[said].norm(dim=-1).mean() / strange.norm(dim=-1).mean()).item()
    return [(asked, note), (said, lambda own, hook: stretch * other.blocks[0].mlp(read["now"]))]
