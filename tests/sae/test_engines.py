"""The compiled step against automatic differentiation, and what must not change its result."""

import copy

import pytest
import torch

from course_utils.sae import SAEConfig, numba_engine, numba_selection
from course_utils.sae.numba_engine import NumbaEngine
from course_utils.sae.state import initial_state
from course_utils.sae.torch_engine import TorchEngine

D_IN, D_SAE, ROWS = 13, 37, 700  # more than one chunk of rows, and latents that don't fill the blocks
CONFIGS = {
    "relu, free norms": {"architecture": "relu", "l1": 0.1},
    "relu, unit norms": {"architecture": "relu", "l1": 0.1, "decoder_norm": "unit"},
    "relu, tied": {"architecture": "relu", "l1": 0.1, "tied": True},
    "topk": {"architecture": "topk", "k": 3},
    "topk, unit norms": {"architecture": "topk", "k": 3, "decoder_norm": "unit"},
    "topk, no pre-bias": {"architecture": "topk", "k": 3, "pre_bias": False},
    "topk, k too large for a sorted list": {"architecture": "topk", "k": numba_selection.FEW + 1},
    "topk, k over the positive": {"architecture": "topk", "k": 30},
    "batchtopk": {"architecture": "batchtopk", "k": 2.5},
    "batchtopk, k over the positive": {"architecture": "batchtopk", "k": 36},
    "gated, free norms": {"architecture": "gated", "l1": 0.1},
    "jumprelu, unit norms": {"architecture": "jumprelu", "l0": 0.02, "decoder_norm": "unit", "initial_threshold": 0.2},
    "gated, unit norms": {"architecture": "gated", "l1": 0.1, "decoder_norm": "unit"},
    "jumprelu": {"architecture": "jumprelu", "l0": 0.02, "bandwidth": 0.5, "initial_threshold": 0.2},
    "matryoshka": {"architecture": "matryoshka", "k": 3, "groups": (5, 10, 22)},
}


def rows(n_instances=2, n=ROWS, seed=3):
    return torch.randn(n_instances, n, D_IN, generator=torch.Generator().manual_seed(seed))


def some_state(options, n_dead=0, n_instances=2):
    """Weights that training might have led to, all different, with ``n_dead`` latents dead."""
    config = SAEConfig(d_in=D_IN, d_sae=D_SAE, dead_after=5000, k_aux=4, **options)
    state = initial_state(config, list(range(n_instances)), rows(n_instances))
    g = torch.Generator().manual_seed(0)
    for i in range(n_instances):  # one by one: an instance's weights don't depend on how many there are
        for name, value in state.weights.items():
            value[i] += 0.1 * torch.randn(value[i].shape, generator=g)
            if name == "threshold":
                value[i] = value[i].abs()
    if config.decoder_norm == "unit":
        state.weights["W_dec"] /= state.weights["W_dec"].norm(dim=-1, keepdim=True)
    state.silent[:, 3 : 3 + n_dead] = 6000
    return state


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("n_dead", [0, 2, 9])
def test_one_step_is_adam_on_the_gradient_that_autograd_finds(options, n_dead):
    by_torch = some_state(options, n_dead)
    compiled = copy.deepcopy(by_torch)
    expected, found = TorchEngine(by_torch).step(rows(), 1e-3, 0.7), NumbaEngine(compiled).step(rows(), 1e-3, 0.7)
    for a, b in zip(expected, found):
        assert torch.allclose(a, b, rtol=1e-5)
    for name, mean in by_torch.mean.items():  # after one step a tenth of the gradient
        assert mean.norm() > 0
        assert (compiled.mean[name] - mean).norm() < 1e-4 * mean.norm(), name
        assert torch.allclose(compiled.weights[name], by_torch.weights[name], atol=1e-6), name
    assert torch.equal(by_torch.silent, compiled.silent)
    assert torch.allclose(by_torch.cut, compiled.cut, rtol=1e-6)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
def test_both_engines_stay_together(options):
    losses = []
    for make in (TorchEngine, NumbaEngine):
        engine = make(some_state(options))
        losses.append(torch.stack([engine.step(rows(seed=t), 1e-3, 1.0).loss for t in range(15)]))
    assert torch.allclose(*losses, rtol=1e-3)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
def test_the_number_of_threads_changes_nothing(options, monkeypatch):
    monkeypatch.setattr(numba_engine, "SHARED_FROM", 0)  # or steps this small would not be shared at all
    ends = []
    for threads in (1, 2, 3):
        before = torch.get_num_threads()
        engine = NumbaEngine(some_state(options, 4), threads=threads)
        steps = [engine.step(rows(seed=t), 1e-3, 1.0) for t in range(4)]
        assert torch.get_num_threads() == before
        ends.append([*engine.state.weights.values(), *engine.state.square.values(), *steps[-1]])
    for other in ends[1:]:
        assert all(torch.equal(a, b) for a, b in zip(ends[0], other))


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
def test_instances_together_are_those_alone(options, monkeypatch):
    monkeypatch.setattr(numba_engine, "SHARED_FROM", 0)
    together = NumbaEngine(some_state(options, 4, n_instances=3))
    alone = []
    for i in range(3):
        state = some_state(options, 4, n_instances=3)
        for part in (state.weights, state.mean, state.square):
            part.update({name: value[i : i + 1] for name, value in part.items()})
        state.silent, state.cut = state.silent[i : i + 1].clone(), state.cut[i : i + 1].clone()
        alone.append(NumbaEngine(state))
    for t in range(4):
        x = rows(3, seed=t)
        together.step(x, 1e-3, 1.0)
        for i, engine in enumerate(alone):
            engine.step(x[i : i + 1], 1e-3, 1.0)
    for name, value in together.state.weights.items():
        assert torch.equal(value, torch.cat([engine.state.weights[name] for engine in alone])), name


@pytest.mark.parametrize("make", [TorchEngine, NumbaEngine])
@pytest.mark.parametrize("options", [o for o in CONFIGS.values() if o.get("decoder_norm") == "unit"])
def test_unit_norms_stay_unit(make, options):
    engine = make(some_state(options))
    for t in range(10):
        engine.step(rows(seed=t), 1e-2, 1.0)
    assert (engine.state.weights["W_dec"].norm(dim=-1) - 1).abs().max() < 1e-5


def test_equal_pre_activations_do_not_make_topk_exceed_k():
    state = some_state({"architecture": "topk", "k": 3})
    for name, value in state.weights.items():
        value.zero_() if name == "W_enc" else value
    state.weights["b_enc"].fill_(1.0)
    assert NumbaEngine(state).step(rows(), 1e-3, 1.0).l0.tolist() == [3.0, 3.0]
