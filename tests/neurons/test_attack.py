"""Exchanges of pieces: only what is allowed, and never for the worse."""

import torch

from course_utils.lm import load_model
from course_utils.minilang import PIECES, exchangeable
from course_utils.neurons import attack

TEXT = "Field notes from Winton, Dorset, June: Dawn: river slippers burrowing. Two fern owls"


def score(logits: torch.Tensor) -> torch.Tensor:
    return logits[:, PIECES.index(" glow")] - logits[:, PIECES.index(" yawn")]


def test_the_gradient_is_that_of_a_small_step():
    model = load_model("mini-gelu-1l")
    tokens = model.to_tokens(TEXT)[0]
    gradient = attack.embedding_gradient(model, tokens, score)
    step, place = 1e-2 * torch.randn(64, generator=torch.Generator().manual_seed(0)), 9

    def moved(value, hook):
        value = value.clone()
        value[0, place] += step
        return value

    with model.hooks(fwd_hooks=[("hook_embed", moved)]):
        after = score(model(tokens[None])[:, -1])
    change = (after - score(model(tokens[None])[:, -1])).item()
    assert abs(change - (gradient[place] @ step).item()) < 0.05 * abs(change) + 1e-3


def test_an_attack_exchanges_allowed_pieces_only_and_never_lowers_the_score():
    model, same_kind = load_model("mini-gelu-1l"), torch.from_numpy(exchangeable())
    tokens = model.to_tokens(TEXT)[0]
    may = torch.arange(len(tokens)) < len(tokens) - 3
    for generator in (None, torch.Generator().manual_seed(0)):
        found = attack.attack(model, tokens, may, same_kind, score, rounds=3, tried=6, generator=generator)
        changed = found.tokens != tokens
        assert not changed[~may].any() and 0 < changed.sum() <= 3
        kept = [same_kind[new, old] or new == old for new, old in zip(found.tokens, tokens)]
        assert all(kept)
        assert found.scores == sorted(found.scores) and len(found.scores) == 4
        assert abs(score(model(found.tokens[None])[:, -1]).item() - found.scores[-1]) < 1e-3
