"""Induction in the two-layer model: the head that copies, and what the first layer must bring it so that it can.

"After a then b: the next time a comes, expect b" (Elhage et al., A Mathematical Framework for Transformer Circuits,
2021; Olsson et al., In-context Learning and Induction Heads, 2022). A head of the second layer attends from the second
a to the token after the first one. In the papers' circuit its key, at b, tells that the token before was a, which a
previous-token head of the first layer brought there. Which tokens before matter here, on which side, is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.lm_training.mini_measure import losses
from course_utils.minilang import GENRES, Corpus

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

NEW, COPIED = 1, 3  # values of the track "copied"


class Copies(NamedTuple):
    """Where random items are copied in some documents of one genre. Positions are those that are inputs."""

    tokens: Float[Tensor, "document position"]
    earlier: Bool[Tensor, "document query key"]  # the key stands where the query's next token stood, after its token
    query: Bool[Tensor, "document query"]  # the next token is a copied item


class Attention(NamedTuple):
    """Mean attention over the positions in question."""

    induction: Float[Tensor, " head"]  # second layer: from an item to what came after it before
    previous: Float[Tensor, " head"]  # first layer: one back, at the positions that the above looks at


class Ablation(NamedTuple):
    """Attention of one induction head when it can't read what the first layer's heads bring from some tokens back.

    It can't read it directly nor by way of the first MLP; it finds the mean over all positions in its place.
    """

    whole: float  # nothing is kept from it
    keys_one: float  # the token before is kept from its keys: what a previous-token head would bring
    keys: float  # the three tokens before are
    queries: float  # … from its queries
    both: float  # … from keys and queries
    control: float  # the fourth, fifth and sixth before are kept from its keys and queries
    keys_far: float  # all from the fourth before on are, from its keys
    keys_by_head: Float[Tensor, " head"]  # as `keys`, of what one head of the first layer brings


def copies(corpus: Corpus, genre: str) -> Copies:
    """Where items are copied in the documents of ``genre`` ("list" or "keys")."""
    mine = corpus.tracks["genre"][:, 1] == [g.name for g in GENRES].index(genre) + 1
    tokens = torch.from_numpy(corpus.tokens[mine]).long()
    query = torch.from_numpy(corpus.tracks["copied"][mine] == COPIED)[:, 1:]
    same = tokens[:, :-1, None] == tokens[:, None, :-1]
    after = torch.zeros_like(same)
    after[:, :, 1:] = same[:, :, :-1]  # the token before the key is the query's
    after &= tokens[:, 1:, None] == tokens[:, None, :-1]  # and the key is what comes next
    return Copies(tokens[:, :-1], after.tril() & query[:, :, None], query)


@torch.no_grad()
def attention(model: TransformerBridge, found: Copies) -> Attention:
    """How much each head attends as an induction head and as a previous-token head would."""
    _, cache = model.run_with_cache(found.tokens, names_filter=[f"blocks.{i}.attn.hook_pattern" for i in (0, 1)])
    looked_at = found.earlier.any(1)
    one_back = cache["blocks.0.attn.hook_pattern"].diagonal(-1, 2, 3)  # [document, head, key - 1]
    previous = one_back.transpose(1, 2)[looked_at[:, 1:]].mean(0)
    return Attention(_induction(cache["blocks.1.attn.hook_pattern"], found), previous)


def _induction(pattern: Float[Tensor, "document head query key"], found: Copies) -> Float[Tensor, " head"]:
    on_earlier = (pattern * found.earlier[:, None]).sum(-1)
    return on_earlier.transpose(1, 2)[found.query].mean(0)


@torch.no_grad()
def ablate(model: TransformerBridge, found: Copies, head: int) -> Ablation:
    """What head ``head`` of the second layer owes to what the first layer's heads bring (K- and Q-composition)."""
    names = ["blocks.0.attn.hook_v", "blocks.0.attn.hook_pattern", "blocks.0.hook_resid_mid"]
    _, cache = model.run_with_cache(found.tokens, names_filter=names)
    first, second = model.blocks[0], model.blocks[1]

    def brought(*back: int) -> Float[Tensor, "head document position model"]:
        return _brought(cache["blocks.0.attn.hook_pattern"], cache["blocks.0.attn.hook_v"], model.W_O[0], back)

    def score(part: Float[Tensor, "document position model"], readers: str) -> float:
        """Attention if keys ("k"), queries ("q") or both read a stream that has of ``part`` but the mean."""
        mid = cache["blocks.0.hook_resid_mid"] - part + part.mean((0, 1))
        stream = second.ln1(mid + first.mlp(first.ln2(mid)))
        seen = {}

        def patcher(read: Tensor):
            def patch(value: Tensor, hook) -> Tensor:
                value = value.clone()
                value[:, :, head] = read.view_as(value)[:, :, head]
                return value

            return patch

        def keep(value: Tensor, hook) -> None:
            seen["pattern"] = value

        hooks = [(f"blocks.1.attn.hook_{r}", patcher(getattr(second.attn, r)(stream))) for r in readers]
        model.run_with_hooks(found.tokens, fwd_hooks=[*hooks, ("blocks.1.attn.hook_pattern", keep)], return_type=None)
        return float(_induction(seen["pattern"], found)[head])

    recent = brought(1, 2, 3)
    return Ablation(
        whole=score(torch.zeros_like(recent[0]), ""),
        keys_one=score(brought(1).sum(0), "k"),
        keys=score(recent.sum(0), "k"),
        queries=score(recent.sum(0), "q"),
        both=score(recent.sum(0), "kq"),
        control=score(brought(4, 5, 6).sum(0), "kq"),
        keys_far=score(brought(*range(4, found.tokens.shape[1])).sum(0), "k"),
        keys_by_head=torch.tensor([score(part, "k") for part in recent]),
    )


def _brought(
    pattern: Float[Tensor, "document head query key"],
    values: Float[Tensor, "document position head d_head"],
    w_o: Float[Tensor, "head d_head model"],
    back: tuple[int, ...],
) -> Float[Tensor, "head document position model"]:
    """What each head writes from the tokens that stand so many before."""
    position = torch.arange(pattern.shape[-1])
    distance = position[:, None] - position
    from_there = pattern * torch.isin(distance, torch.tensor(back))
    return torch.einsum("bhqk,bkhd,hdm->hbqm", from_there, values, w_o)


def costs(model: TransformerBridge, corpus: Corpus) -> tuple[float, float]:
    """What an item of lists and keys costs, in nats, the first time and when it is copied."""
    nats, track = losses(model, corpus.tokens).numpy(), corpus.tracks["copied"][:, 1:]
    return tuple(float(np.mean(nats[track == kind])) for kind in (NEW, COPIED))
