"""What the interventions do to a run, and that they do the same to one text as to many."""

import pytest
import torch

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.lm.hooks import another_mlp, blind_to, constant, constant_head

MLP, Z, PATTERN = "blocks.0.hook_mlp_out", "blocks.0.attn.hook_z", "blocks.0.attn.hook_pattern"


@pytest.fixture(scope="module")
def model():
    return load_model("mini-gelu-1l")


@pytest.fixture(scope="module")
def tokens():
    return torch.from_numpy(minilang.sample(6, seed=4).tokens).long()


def test_a_constant_is_said_everywhere(model, tokens):
    value = torch.linspace(-1, 1, 64)
    with model.hooks(fwd_hooks=[(MLP, constant(value))]):
        found = activations(model, tokens, ["blocks.0.hook_resid_mid", "blocks.0.hook_resid_post"])
    added = found["blocks.0.hook_resid_post"] - found["blocks.0.hook_resid_mid"]
    torch.testing.assert_close(added, value.expand_as(added), rtol=1e-4, atol=1e-4)


def test_one_head_says_a_constant_and_the_others_stay():
    own = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    found = constant_head(2, torch.arange(5.0))(own, None)
    assert (found[:, :, 2] == torch.arange(5.0)).all()
    assert torch.equal(found[:, :, [0, 1, 3]], own[:, :, [0, 1, 3]]) and not torch.equal(found, own)


@pytest.mark.parametrize("distance", [1, 3])
def test_a_blinded_head_looks_at_the_rest_in_the_same_proportions(distance):
    pattern = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(1)).tril()
    pattern = pattern / pattern.sum(-1, keepdim=True)
    found = blind_to(distance)(pattern, None)
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 3, 6))
    assert (found.diagonal(-distance, 2, 3) == 0).all()
    ratio = (found / pattern)[0, 0, 5, [k for k in range(6) if k != 5 - distance]]
    torch.testing.assert_close(ratio, ratio[:1].expand_as(ratio))


def test_a_query_must_see_itself():
    with pytest.raises(ValueError, match="must see itself"):
        blind_to(0)


def test_the_same_mlp_in_its_place_changes_nothing(model, tokens):
    before = model(tokens)
    with model.hooks(fwd_hooks=another_mlp(model, load_model("mini-gelu-1l"), tokens)):
        torch.testing.assert_close(model(tokens), before, rtol=1e-3, atol=1e-3)


def test_another_mlp_says_something_else_of_the_same_length(model, tokens):
    other, before = load_model("mini-gelu-1l", tokens=0), activations(model, tokens, [MLP])[MLP]
    with model.hooks(fwd_hooks=another_mlp(model, other, tokens)):
        found = activations(model, tokens, ["blocks.0.mlp.hook_in", MLP])
        together, alone = model(tokens), torch.cat([model(text[None]) for text in tokens])
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-3)
    strange = other.blocks[0].mlp(found["blocks.0.mlp.hook_in"])
    stretch = before.norm(dim=-1).mean() / strange.norm(dim=-1).mean()
    torch.testing.assert_close(found[MLP], stretch * strange, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(found[MLP], before, atol=0.1)
