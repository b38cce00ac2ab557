"""How a neuron responds to every pair of two lists of pieces: measured in texts, and worked out from the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


BOS_ID = 0  # the piece that begins every text


def normalised(x: Float[Tensor, "*row model"], eps: float = 1e-5) -> Float[Tensor, "*row model"]:
    """A LayerNorm without weights."""
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt()


def pair_grid(
    model: TransformerBridge,
    firsts: Int[Tensor, " first"],
    seconds: Int[Tensor, " second"],
    link: int,
    *,
    at: int = 3,
    uniform: bool = False,
) -> Float[Tensor, "first second neuron"]:
    """What each neuron of the first layer receives at the link, which stands at position `at` right after a pair, if
    the heads look at nothing else but the pair, the link itself and the beginning of the text; from weights alone.

    Nothing is run. For each piece one works out what a head reads of it (embedding, LayerNorm, W_V W_O) and how loudly
    it calls (W_K, against the link's query); the softmax shares the attention out, and the sum goes through W_in.
    `uniform` gives every piece the same attention, as if nobody called.
    """
    pieces, places = [torch.tensor([BOS_ID]), firsts, seconds, torch.tensor([link])], [0, at - 2, at - 1, at]
    E = [normalised(model.W_E[p] + model.W_pos[i], model.cfg.eps) for p, i in zip(pieces, places)]
    query = torch.einsum("m,hmk->hk", E[3][0], model.W_Q[0]) + model.b_Q[0]
    key = [torch.einsum("pm,hmk->phk", e, model.W_K[0]) + model.b_K[0] for e in E]
    score = [torch.einsum("phk,hk->ph", k, query) / model.cfg.d_head**0.5 for k in key]
    said = [torch.einsum("pm,hmk,hkn->phn", e, model.W_V[0], model.W_O[0]) for e in E]
    shape = (len(firsts), len(seconds))

    def everywhere(values: list[Tensor]) -> Tensor:  # [source, first, second, …]
        one, first, second, last = values
        parts = one[:, None], first[:, None], second[None], last[:, None]
        return torch.stack([part.expand(*shape, *part.shape[2:]) for part in parts])

    attention = everywhere(score).softmax(0)
    if uniform:
        attention = torch.full_like(attention, 0.25)
    read = (attention[..., None] * everywhere(said)).sum((0, 3))
    values = torch.einsum("hk,hkm->m", model.b_V[0], model.W_O[0]) + model.b_O[0]
    stream = model.W_E[link] + model.W_pos[at] + read + values
    return normalised(stream, model.cfg.eps) @ model.W_in[0] + model.b_in[0]


def measured_grid(
    acts: Float[Tensor, "row neuron"], first: Int[Tensor, " row"], second: Int[Tensor, " row"]
) -> Float[Tensor, "first second neuron"]:
    """The mean over the rows of each pair; `first` and `second` are numbers from 0. nan for a pair that never comes."""
    shape = (int(first.max()) + 1, int(second.max()) + 1)
    cell = first * shape[1] + second
    total = torch.zeros(shape[0] * shape[1], acts.shape[1]).index_add_(0, cell, acts)
    count = torch.bincount(cell, minlength=len(total))[:, None]
    return (total / count).unflatten(0, shape)
