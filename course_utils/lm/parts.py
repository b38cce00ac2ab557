"""The residual stream of a one-layer model as the sum that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


class Parts(NamedTuple):
    """What was written to the stream at the last position of a text, and what was made of it."""

    written: Float[Tensor, "part model"]  # they add up to the stream before the last LayerNorm
    scale: Float[Tensor, ""]  # of that LayerNorm
    logits: Float[Tensor, " vocab"]


def stream_parts(model: TransformerBridge, text: str) -> Parts:
    """The embedding, the position, each head, the attention's bias and the MLP, in this order."""
    logits, run = model.run_with_cache(text)
    heads = torch.einsum("hk,hkm->hm", run["blocks.0.attn.hook_z"][0, -1], model.W_O[0])
    alone = (run[name][0, -1] for name in ("hook_embed", "hook_pos_embed", "blocks.0.hook_mlp_out"))
    embedding, position, mlp = alone
    written = torch.stack([embedding, position, *heads, model.b_O[0], mlp])
    return Parts(written, run["ln_final.hook_scale"][0, -1, 0], logits[0, -1])
