import json
from dataclasses import asdict, fields
from inspect import getsource

import pytest

from course_utils.sae import SAEConfig

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
    ({"architecture": "topk", "k": 3, "initial_norm": 0.1}, 'decoder_norm="unit" starts with norms of 1'),
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
