"""Folding LayerNorm away changes no prediction of any model that we ship."""

import pytest
import torch

from course_utils.lm import tiny_language
from course_utils.lm.boot import boot, build
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm_training import train_tiny
from course_utils.lm_training.fold import fold_layer_norm
from course_utils.minilang import sample


def unfolded_and_empty(name: str):
    """A new model with LayerNorm, one that has LayerNorm's place without scale and shift, and some tokens."""
    if name == "tiny":
        config, tokens = train_tiny.CONFIG, tiny_language.sample(4, 20, seed=0).tokens
        plain = build(config, tiny_language.VOCABULARY)
        return plain, build(config | {"normalization_type": "LNPre"}, tiny_language.VOCABULARY), tokens
    plain = build_mini(name, 0, normalization_type="LN")
    return plain, boot(SPECS[name].config, None), torch.from_numpy(sample(4, 0).tokens).long()


@pytest.mark.parametrize(
    ("name", "atol", "rtol"), [("tiny", 2e-4, 1e-4), ("mini-gelu-2l", 1e-3, 1e-3), ("mini-solu-1l", 1e-3, 1e-3)]
)
def test_folding_changes_no_prediction_and_not_the_weights_it_is_given(name, atol, rtol):
    generator = torch.Generator().manual_seed(0)
    plain, folded, tokens = unfolded_and_empty(name)
    weights = {
        key: value + 0.3 * torch.randn(value.shape, generator=generator) for key, value in plain.state_dict().items()
    }
    weights["unembed.bias"].zero_()  # the unfolded model has none
    before = {key: value.clone() for key, value in weights.items()}
    plain.load_state_dict(weights)
    folded.load_state_dict(fold_layer_norm(weights))
    expected, got = plain(tokens).log_softmax(-1), folded(tokens).log_softmax(-1)
    torch.testing.assert_close(got, expected, atol=atol, rtol=rtol)
    assert all(torch.equal(weights[key], value) for key, value in before.items())
