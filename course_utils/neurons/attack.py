"""Texts that make a model say what isn't so: exchange one piece after another, by the gradient or at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

Score = Callable[[Float[Tensor, "text vocab"]], Float[Tensor, " text"]]
"""Of the logits at the last place of each text."""


class Exchanged(NamedTuple):
    """A text after so many exchanges, and its score after each (the first: as it was)."""

    tokens: Int[Tensor, " position"]
    scores: list[float]


def embedding_gradient(
    model: TransformerBridge, tokens: Int[Tensor, " position"], score: Score
) -> Float[Tensor, "position model"]:
    """How the score would change with the embedding at each place."""
    seen = {}

    def leaf(value: Tensor, hook) -> Tensor:
        seen["embedding"] = value.detach().clone().requires_grad_()
        return seen["embedding"]

    with torch.enable_grad(), model.hooks(fwd_hooks=[("hook_embed", leaf)]):
        (gradient,) = torch.autograd.grad(score(model(tokens[None])[:, -1]).sum(), seen["embedding"])
    return gradient[0]


def attack(
    model: TransformerBridge,
    tokens: Int[Tensor, " position"],
    may: Bool[Tensor, " position"],
    exchangeable: Bool[Tensor, "vocab vocab"],
    score: Score,
    *,
    rounds: int,
    tried: int,
    generator: torch.Generator | None = None,
) -> Exchanged:
    """In each round the best of `tried` exchanges stays, if it raises the score.

    Those tried are the ones of which the gradient promises most (Ebrahimi et al. 2018, *HotFlip*), or with a generator
    ones drawn at random. Only places that `may` change do, and only into pieces of the same kind.
    """
    tokens, scores = tokens.clone(), [float(score(model(tokens[None])[:, -1]))]
    for _ in range(rounds):
        allowed = exchangeable[tokens] & may[:, None]
        if generator is None:
            gradient = embedding_gradient(model, tokens, score)
            promise = gradient @ model.W_E.T - (gradient * model.W_E[tokens]).sum(1, keepdim=True)
        else:
            promise = torch.rand(allowed.shape, generator=generator)
        best = promise.masked_fill(~allowed, -torch.inf).flatten().topk(min(tried, int(allowed.sum()))).indices
        texts = tokens.repeat(len(best), 1)
        texts[torch.arange(len(best)), best // len(exchangeable)] = best % len(exchangeable)
        found = score(model(texts)[:, -1])
        if found.max() > scores[-1]:
            tokens = texts[found.argmax()]
        scores.append(max(scores[-1], float(found.max())))
    return Exchanged(tokens, scores)
