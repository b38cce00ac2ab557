"""Losses with something else in the place of an activation: against TransformerLens's own hooks, text by text."""

import math

import pytest
import torch

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.lm.activations import UnknownHook
from course_utils.lm.hooks import constant
from course_utils.lm.parts import after_neurons
from course_utils.lm.splice import piece_losses, row_losses, swap_losses, through

HOOK, MID = "blocks.0.mlp.hook_post", "blocks.0.hook_resid_mid"


@pytest.fixture(scope="module")
def model():
    return load_model("mini-gelu-1l")


@pytest.fixture(scope="module")
def tokens():
    return torch.from_numpy(minilang.sample(5, seed=3).tokens).long()


def naive(model, text: torch.Tensor, hook_name: str, function) -> list[float]:
    """Minus the log probability of each next piece, in a run of the library with a hook of its own."""

    def swap(value, hook):
        return torch.stack([function(row) for row in value[0]])[None]

    logits = model.run_with_hooks(text[None, :-1], fwd_hooks=[(hook_name, swap)])[0]
    losses = []
    for said, piece in zip(logits.tolist(), text[1:].tolist()):
        high = max(said)
        losses.append(high + math.log(sum(math.exp(z - high) for z in said)) - said[piece])
    return losses


@pytest.mark.parametrize("hook_name", [HOOK, "blocks.0.hook_resid_post", "blocks.0.attn.hook_z"])
@pytest.mark.parametrize("function", [lambda row: row * 0.5 + 0.1, torch.zeros_like, lambda row: row])
def test_losses_are_those_of_a_run_with_the_librarys_hooks(model, tokens, hook_name, function):
    found = piece_losses(model, tokens, hook_name, through(function), batch_size=2)
    assert found.shape == (5, tokens.shape[1] - 1)
    for text, losses in zip(tokens[:2], found):
        assert losses.tolist() == pytest.approx(naive(model, text, hook_name, function), abs=2e-3)


def test_without_a_hook_it_is_the_models_own_loss(model, tokens):
    own = model(tokens, return_type="loss").item()
    assert piece_losses(model, tokens).mean().item() == pytest.approx(own, abs=1e-4)
    same = piece_losses(model, tokens, HOOK, through(lambda row: row))
    torch.testing.assert_close(same, piece_losses(model, tokens), rtol=1e-4, atol=1e-4)


def test_nothing_of_the_hooks_is_left_behind(model, tokens):
    before = piece_losses(model, tokens)
    changed = piece_losses(model, tokens, HOOK, through(torch.zeros_like))
    assert (changed - before).abs().max() > 0.1
    torch.testing.assert_close(piece_losses(model, tokens), before)


def test_a_later_layer_reads_what_was_put_in_an_earlier_one(tokens):
    deep = load_model("mini-gelu-2l")
    found = piece_losses(deep, tokens[:1], HOOK, through(torch.zeros_like))
    assert found[0].tolist() == pytest.approx(naive(deep, tokens[0], HOOK, torch.zeros_like), abs=2e-3)


@pytest.mark.parametrize("version", ["own", "zero", "mean"])
def test_rows_of_a_one_layer_model_lose_as_much_as_the_model_does(model, tokens, version):
    acts = activations(model, tokens[:, :-1], [MID, HOOK])
    mid, own = (acts[name].flatten(0, 1) for name in (MID, HOOK))
    put = {"own": own, "zero": own * 0, "mean": own.mean(0).expand_as(own)}[version]
    hook = {"own": through(lambda row: row), "zero": constant(own[0] * 0), "mean": constant(own.mean(0))}[version]
    rows = row_losses(after_neurons(model), mid, put, tokens[:, 1:].flatten(), batch_size=100)
    torch.testing.assert_close(rows, piece_losses(model, tokens, HOOK, hook).flatten(), rtol=1e-3, atol=2e-3)


def test_what_cannot_be_asked_is_refused(model, tokens):
    with pytest.raises(UnknownHook, match="no hook"):
        piece_losses(model, tokens, "blocks.0.mlp.hook_poste", constant(torch.zeros(128)))
    with pytest.raises(ValueError, match="belong together"):
        piece_losses(model, tokens, HOOK)
    with pytest.raises(ValueError, match="two pieces or more"):
        piece_losses(model, tokens[:, :1])
    with pytest.raises(ValueError, match="as many rows"):
        row_losses(after_neurons(model), torch.zeros(3, 64), torch.zeros(2, 128), torch.zeros(3).long())


def test_swaps_are_made_at_the_scale_that_the_function_knows(model, tokens):
    mean = torch.arange(128) / 50
    found = swap_losses(model, tokens, HOOK, lambda own: own.relu() + 1, mean, scale=4.0)
    swaps = {
        "untouched": None,
        "spliced": lambda own: own.relu() + 0.25,
        "zero": torch.zeros_like,
        "mean": lambda own: (mean / 4).expand_as(own),
    }
    for name, swap in swaps.items():
        losses = piece_losses(model, tokens, HOOK, through(swap)) if swap else piece_losses(model, tokens)
        assert found[name] == pytest.approx(losses.mean().item(), abs=1e-4)
