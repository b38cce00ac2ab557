"""Copied neurons: what a loop over them gives, and without noise the narrow model's function."""

from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from course_utils.lm import load_model
from course_utils.lm.copied import COPIED, Copies, copy_neurons
from course_utils.lm.mini import SPECS
from course_utils.lm.shipped import WEIGHTS
from course_utils.minilang import sample

NOISY, QUIET = "mini-copied-1l", "mini-copied-1l-quiet"
W_IN, B_IN, W_OUT, B_OUT = COPIED
TRIPLE = Copies("mini-gelu-1l", times=3, noise=0.0)


@pytest.fixture(scope="module")
def narrow():
    return load_model("mini-gelu-1l", seed=1)


@pytest.fixture(scope="module")
def tokens():
    return torch.from_numpy(sample(10, seed=3).tokens[:, :-1]).long()


def test_without_noise_a_copy_is_its_neuron_and_says_its_share(narrow):
    weights = narrow.state_dict()
    before = {key: value.clone() for key, value in weights.items()}
    wide = copy_neurons(weights, TRIPLE, 0)
    for neuron in range(128):
        for copy in range(3):
            at = 3 * neuron + copy
            assert torch.equal(wide[W_IN][at], weights[W_IN][neuron])
            assert wide[B_IN][at] == weights[B_IN][neuron]
            torch.testing.assert_close(wide[W_OUT][:, at], weights[W_OUT][:, neuron] / 3)
    assert wide.keys() == weights.keys()
    assert all(torch.equal(wide[key], weights[key]) for key in weights if key not in COPIED or key == B_OUT)
    assert all(torch.equal(weights[key], value) for key, value in before.items())


def test_without_noise_it_is_the_same_function(narrow, tokens):
    copied = load_model(QUIET, seed=1, tokens=0)
    assert copied.cfg.d_mlp == 10 * narrow.cfg.d_mlp
    torch.testing.assert_close(copied(tokens), narrow(tokens), atol=1e-4, rtol=1e-4)
    noisy = load_model(NOISY, seed=1, tokens=0)
    assert (noisy(tokens) - narrow(tokens)).abs().max() > 0.1


@pytest.mark.parametrize("noise", [0.1, 1.0])
def test_noise_is_relative_to_each_neuron_and_leaves_what_it_says(noise, narrow):
    weights = narrow.state_dict()
    loud = weights | {W_IN: weights[W_IN] * torch.linspace(0.01, 100, 128)[:, None]}
    wide = copy_neurons(loud, replace(TRIPLE, noise=noise), 5)
    off = wide[W_IN] - loud[W_IN].repeat_interleave(3, 0)
    relative = off.norm(dim=1) / loud[W_IN].norm(dim=1).repeat_interleave(3)
    assert relative.mean() == pytest.approx(noise, rel=0.02) and relative.std() < 0.2 * noise
    off_bias = (wide[B_IN] / loud[B_IN].repeat_interleave(3) - 1).square().mean().sqrt()
    assert off_bias == pytest.approx(noise, rel=0.2)
    assert torch.equal(wide[W_OUT], copy_neurons(loud, TRIPLE, 0)[W_OUT])


def test_the_seed_alone_decides_the_noise(narrow):
    def noisy(seed):
        return copy_neurons(narrow.state_dict(), replace(TRIPLE, noise=1.0), seed)[W_IN]

    torch.manual_seed(123)
    state = torch.get_rng_state()
    first = noisy(0)
    torch.manual_seed(7)
    assert torch.equal(first, noisy(0)) and not torch.equal(first, noisy(1))
    torch.manual_seed(123)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("name", [NOISY, QUIET])
@pytest.mark.parametrize("seed", SPECS[NOISY].seeds)
def test_all_but_the_mlp_is_the_narrow_models_of_the_same_seed(name, seed):
    with safe_open(WEIGHTS / f"{name}.seed{seed}.safetensors", framework="pt") as file:
        assert {*file.keys()} == {*COPIED}
        assert all(file.get_tensor(key).dtype == torch.float16 for key in COPIED)
    wide = load_model(name, seed=seed).state_dict()
    narrow, start = (
        load_model("mini-gelu-1l", seed=seed).state_dict(),
        load_model(name, seed=seed, tokens=0).state_dict(),
    )
    assert all(torch.equal(wide[key], narrow[key]) for key in narrow if key not in COPIED)
    assert all((wide[key] - start[key]).abs().max() > 0.01 for key in COPIED)  # was trained


@pytest.mark.parametrize("seed", SPECS[QUIET].seeds)
def test_copies_that_begin_equal_stay_equal_and_noisy_ones_do_not(seed):
    def spread(name):
        copies = load_model(name, seed=seed).state_dict()[W_IN].unflatten(0, (128, 10))
        return (copies - copies.mean(1, keepdim=True)).abs().max()

    assert spread(QUIET) < 0.01 < 0.1 < spread(NOISY)
