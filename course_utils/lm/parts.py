"""A one-layer model in parts: the residual stream as the sum that it is, and what comes after the neurons."""

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


class AfterNeurons(NamedTuple):
    """All that a one-layer model does after its neurons, written down: no hooks, any number of rows at once."""

    W_out: Float[Tensor, "neuron model"]
    b_out: Float[Tensor, " model"]
    W_U: Float[Tensor, "model vocab"]
    b_U: Float[Tensor, " vocab"]
    eps: float  # of the last LayerNorm

    def logits(
        self, mid: Float[Tensor, "*row model"], neurons: Float[Tensor, "*row neuron"]
    ) -> Float[Tensor, "*row vocab"]:
        """What the model says, from `hook_resid_mid` and from `hook_post` of its MLP."""
        stream = mid + neurons @ self.W_out + self.b_out
        stream = stream - stream.mean(-1, keepdim=True)
        return stream / (stream.square().mean(-1, keepdim=True) + self.eps).sqrt() @ self.W_U + self.b_U

    def of_scaled(self, scale: float) -> AfterNeurons:
        """The same for a reader who has the neurons multiplied by ``scale``: `logits(mid, neurons * scale)`."""
        return self._replace(W_out=self.W_out / scale)


def after_neurons(model: TransformerBridge) -> AfterNeurons:
    """Of a model with one layer, its LayerNorms folded into the weights (as `load_model` gives it)."""
    weights = (model.W_out[0], model.b_out[0], model.W_U, model.b_U)
    return AfterNeurons(*(weight.detach() for weight in weights), model.cfg.eps)
