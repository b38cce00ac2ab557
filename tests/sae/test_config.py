import json
from dataclasses import asdict, fields
from inspect import getsource

import pytest

from course_utils.sae import SAEConfig, defaults

SIZES = {"d_in": 8, "d_sae": 32}
WRONG = [
    ({"architecture": "tanh"}, "architecture must be one of relu, topk"),
    ({"architecture": "topk"}, "topk needs k"),
    ({"architecture": "topk", "k": 3, "l1": 0.1}, "topk has no l1: it takes k"),
    ({"architecture": "topk", "k": 2.5}, "whole k"),
    ({"architecture": "topk", "k": 33}, "k must be a number above 0 and at most 32"),
    ({"architecture": "batchtopk", "k": 0}, "k must be a number above 0"),
    ({"architecture": "relu"}, "relu needs l1"),
    ({"architecture": "relu", "l1": -1.0}, "l1 must be a number at least 0"),
    ({"architecture": "relu", "l1": float("nan")}, "l1 must be a number"),
    ({"architecture": "gated", "l0": 1.0}, "gated needs l1"),
    ({"architecture": "jumprelu", "l0": 1.0, "bandwidth": 0}, "bandwidth must be a number above 0"),
    ({"architecture": "topk", "k": 3, "groups": (16, 16)}, "only matryoshka"),
    ({"architecture": "matryoshka", "k": 3}, "matryoshka needs groups"),
    ({"architecture": "matryoshka", "k": 3, "groups": (16, 8)}, r"add up to d_sae=32, got \(16, 8\) = 24"),
    ({"architecture": "matryoshka", "k": 3, "groups": (32, 0)}, "group's size must be a whole number"),
    ({"architecture": "topk", "k": 3, "d_in": 0}, "d_in must be a whole number of at least 1, got 0"),
    ({"architecture": "topk", "k": 3, "d_sae": 2.0}, "d_sae must be a whole number"),
    ({"architecture": "topk", "k": 3, "decoder_norm": "none"}, 'decoder_norm must be "unit" or "free"'),
    ({"architecture": "topk", "k": 3, "tied": True, "encoder_init": "random"}, "tied encoder is the decoder"),
    ({"architecture": "relu", "l1": 1.0, "sparsity_warmup": 2}, "sparsity_warmup must be a number at least 0 and at"),
    ({"architecture": "topk", "k": 3, "initial_l0": 4}, "topk has no initial_l0"),
    ({"architecture": "relu", "l1": 1.0, "initial_norm": 0}, "initial_norm must be a number above 0"),
    (
        {"architecture": "topk", "k": 3, "decoder_norm": "unit", "initial_norm": 0.1},
        'decoder_norm="unit" starts with norms of 1',
    ),
    ({"architecture": "relu", "l1": 1.0, "resample_every": 0}, "resample_every must be a whole number"),
]


@pytest.mark.parametrize("options, message", WRONG)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SAEConfig(**(SIZES | options))


def test_a_configuration_cannot_be_changed():
    config = SAEConfig(architecture="topk", k=4, **SIZES)
    with pytest.raises(AttributeError):
        config.k = 5
    assert config == SAEConfig(architecture="topk", k=4, **SIZES)


def test_every_field_is_explained():
    lines = getsource(SAEConfig).splitlines()
    for field in fields(SAEConfig):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"    {field.name}:"))
        assert lines[at + 1].strip().startswith('"""'), field.name


def test_numbers_of_any_kind_become_pythons_own():
    """A file of the training holds the configuration: NumPy's numbers would fail there, when all is done."""
    np, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    config = SAEConfig(
        architecture="matryoshka",
        d_in=np.int64(8),
        d_sae=torch.tensor(32),
        k=np.float32(2.5),
        groups=np.array([16, 16]),
        aux=np.float64(0.25),
        dead_after=np.int32(100),
        tied=np.True_,
    )
    assert config == SAEConfig(
        architecture="matryoshka", d_in=8, d_sae=32, k=2.5, groups=(16, 16), aux=0.25, dead_after=100, tied=True
    )
    json.dumps(asdict(config))
    assert json.dumps(SAEConfig(architecture="topk", k=np.uint8(4), **SIZES).k) == "4"


NO_NUMBERS = [
    ({"architecture": "topk", "k": True}, "k must be a number above 0 and at most 32, got True"),
    ({"architecture": "topk", "k": "3"}, "k must be a number"),
    ({"architecture": "relu", "l1": False}, "l1 must be a number at least 0, got False"),
    ({"architecture": "relu", "l1": [0.1]}, "l1 must be a number"),
    ({"architecture": "relu", "l1": 0.1, "tied": "no"}, "tied must be True or False, got 'no'"),
    ({"architecture": "topk", "k": 3, "pre_bias": 1}, "pre_bias must be True or False, got 1"),
    ({"architecture": "matryoshka", "k": 3, "groups": 32}, "matryoshka needs groups"),
    ({"architecture": ["topk"], "k": 3}, "architecture must be one of"),
    ({"architecture": "relu", "l1": 0.1, "aux": None}, "aux must be a number"),
]


@pytest.mark.parametrize("options, message", NO_NUMBERS)
def test_what_is_no_number_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SAEConfig(**(SIZES | options))


def test_what_is_not_said_is_what_the_bench_found_best():
    """For its sizes: 512 features in 128 dimensions, 6 on in a row, 500 steps."""
    sizes = {"d_in": 128, "d_sae": 512}
    topk = SAEConfig(architecture="topk", k=6, **sizes)
    assert (topk.decoder_norm, topk.initial_norm, topk.aux, topk.dead_after) == ("free", 0.1, 0.25, 5120)
    relu, gated = (SAEConfig(architecture=name, l0_target=6, **sizes) for name in ("relu", "gated"))
    assert (relu.initial_norm, relu.initial_l0, relu.sparsity_warmup, relu.dead_after) == (0.3, 64, 0.02, 5120)
    assert (gated.initial_norm, gated.initial_l0, gated.sparsity_warmup) == (1.0, 32, 0.1)
    jumprelu = SAEConfig(architecture="jumprelu", l0_target=6, **sizes)
    assert (jumprelu.initial_norm, jumprelu.bandwidth, jumprelu.sparsity_warmup) == (0.5, 0.12, 0.02)
    every = [defaults.resample_every("auto", name, 500) for name in ("relu", "jumprelu", "gated", "topk")]
    assert every == [150, 50, None, None]
    assert defaults.resample_every(None, "relu", 500) is None and defaults.resample_every(7, "topk", 500) == 7
    assert [round(defaults.lr(name, 128, 500), 4) for name in ("topk", "relu", "jumprelu")] == [0.008] * 3
    assert [defaults.lr_warmup(name) for name in ("relu", "gated", "topk")] == [0.0, 0.05, 0.05]


def test_what_is_not_said_goes_with_the_sizes():
    small = SAEConfig(architecture="relu", d_in=8, d_sae=32, l1=0.1)
    assert (small.initial_l0, small.dead_after) == (8, 320)
    assert SAEConfig(architecture="topk", d_in=8, d_sae=32, k=4, decoder_norm="unit").initial_norm == 1
    assert defaults.lr("topk", 512, 500) == pytest.approx(0.004, rel=0.01)
    assert defaults.lr("topk", 128, 2000) == pytest.approx(0.004, rel=0.01)
    assert defaults.lr("topk", 128, 50) == defaults.lr("topk", 128, 500)
    assert defaults.lr("jumprelu", 8, 500) == 0.008
