import json
import shutil
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from course_utils.sae.config import SAEConfig
from course_utils.sae.files import read_saelens, write_saelens
from course_utils.sae.model import SAE

REAL = Path(__file__).with_name("saelens_files")
OPENED = {  # what the real library wrote, and what we take it for
    "standard": {"architecture": "relu", "l1": 0.25, "pre_bias": True, "decoder_norm": "free"},
    "standard_without_pre_bias": {"architecture": "relu", "l1": 1.0, "pre_bias": False},
    "gated": {"architecture": "gated", "l1": 1.0},
    "topk": {"architecture": "topk", "k": 3, "decoder_norm": "unit"},
    "topk_rescaled": {"architecture": "topk", "k": 3, "decoder_norm": "unit"},
    "jumprelu": {"architecture": "jumprelu", "l0": 0.125},
    "batchtopk": {"architecture": "batchtopk", "k": 2.5},
    "matryoshka": {"architecture": "matryoshka", "k": 2.0, "groups": (2, 2, 3)},
}
CONFIGS = [
    SAEConfig(architecture="relu", d_in=4, d_sae=6, l1=0.5),
    SAEConfig(architecture="relu", d_in=4, d_sae=6, l1=0.5, pre_bias=False),
    SAEConfig(architecture="gated", d_in=4, d_sae=6, l1=0.25, decoder_norm="free"),
    SAEConfig(architecture="topk", d_in=4, d_sae=6, k=2, decoder_norm="free"),
    SAEConfig(architecture="jumprelu", d_in=4, d_sae=6, l0=0.1, decoder_norm="free"),
    SAEConfig(architecture="batchtopk", d_in=4, d_sae=6, k=1.5, decoder_norm="free"),
    SAEConfig(architecture="matryoshka", d_in=4, d_sae=6, k=2, groups=(1, 2, 3), decoder_norm="free"),
]


def some_sae(config, seed=0):
    generator = torch.Generator().manual_seed(seed)
    d_in, d_sae = config.d_in, config.d_sae
    shapes = {"W_enc": (d_in, d_sae), "W_dec": (d_sae, d_in), "b_dec": (d_in,)}
    if config.architecture == "gated":
        shapes |= dict.fromkeys(("b_gate", "b_mag", "r_mag"), (d_sae,))
    else:
        shapes["b_enc"] = (d_sae,)
    weights = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    if config.architecture in ("jumprelu", "batchtopk", "matryoshka"):
        weights["threshold"] = torch.rand(d_sae, generator=generator)
    return SAE(config, **weights)


@pytest.fixture
def folder(tmp_path):
    """A copy of a real file, to be damaged."""
    return Path(shutil.copytree(REAL / "jumprelu", tmp_path / "sae"))


def change_config(folder, **changes):
    path = folder / "cfg.json"
    cfg = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in cfg.items() if value is not ...}))


def change_weights(folder, **changes):
    path = folder / "sae_weights.safetensors"
    weights = load_file(path) | changes
    save_file({name: value for name, value in weights.items() if value is not ...}, path)


@pytest.mark.parametrize("name", OPENED)
def test_files_of_the_real_library_encode_and_decode_as_in_it(name):
    sae, expected = read_saelens(REAL / name), load_file(REAL / name / "expected.safetensors")
    f = sae.encode(expected["x"])
    assert torch.equal(f > 0, expected["f"] > 0)
    assert 0 < (f > 0).float().mean() < 0.9
    torch.testing.assert_close(f, expected["f"], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(sae.decode(f), expected["x_hat"], atol=1e-5, rtol=1e-5)
    assert {key: getattr(sae.config, key) for key in OPENED[name]} == OPENED[name]


def test_half_precision_is_read_as_float32():
    sae, expected = read_saelens(REAL / "bfloat16"), load_file(REAL / "bfloat16" / "expected.safetensors")
    assert all(value.dtype == torch.float32 for value in sae.tensors().values())
    torch.testing.assert_close(sae.encode(expected["x"]), expected["f"], atol=0.1, rtol=0.05)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.architecture)
def test_round_trip(config, tmp_path):
    sae = some_sae(config)
    write_saelens(sae, tmp_path / "sae")
    again = read_saelens(tmp_path / "sae")
    assert again.config == config
    assert sae.tensors().keys() == again.tensors().keys()
    for name, value in sae.tensors().items():
        assert torch.equal(value, again.tensors()[name]), name
    x = torch.randn(50, config.d_in, generator=torch.Generator().manual_seed(1))
    assert torch.equal(sae.encode(x), again.encode(x))


def test_a_tied_encoder_is_written_too(tmp_path):
    sae = some_sae(CONFIGS[0])
    sae.W_enc = sae.W_dec.T
    write_saelens(sae, tmp_path)
    assert torch.equal(read_saelens(tmp_path).W_enc, sae.W_enc)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.architecture)
def test_what_is_written_has_the_names_of_the_real_files(config, tmp_path):
    """Apart from versions and settings of the training, which only record where a file comes from."""
    write_saelens(some_sae(config), tmp_path)
    real = {"relu": "standard"}.get(config.architecture, config.architecture)
    ours, theirs = (json.loads((where / "cfg.json").read_text()) for where in (tmp_path, REAL / real))
    assert ours.keys() == theirs.keys()
    assert ours["architecture"] == theirs["architecture"]
    assert ours["metadata"]["training_architecture"] == theirs["metadata"]["training_architecture"]
    ours, theirs = (cfg["metadata"]["training_architecture_details"].keys() for cfg in (ours, theirs))
    assert ours <= theirs
    tensors = [load_file(where / "sae_weights.safetensors") for where in (tmp_path, REAL / real)]
    assert tensors[0].keys() == tensors[1].keys()
    assert all(len(tensors[0][name].shape) == len(tensors[1][name].shape) for name in tensors[0])


def test_instances_are_written_one_by_one(tmp_path):
    one = some_sae(CONFIGS[0])
    many = SAE(one.config, **{name: value[None].repeat_interleave(3, 0) for name, value in one.tensors().items()})
    with pytest.raises(ValueError, match=r"3 autoencoders.*instance\(0\)"):
        write_saelens(many, tmp_path)
    write_saelens(many.instance(2), tmp_path)


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    sae = some_sae(CONFIGS[0])
    sae.b_dec[0] = torch.nan
    with pytest.raises(ValueError, match="not finite"):
        write_saelens(sae, tmp_path)


@pytest.mark.parametrize(
    "name, message",
    [
        ("layer_norm", "normalised by 'layer_norm'"),
        ("expected_average", "scaled by a factor.*fold_activation_norm_scaling_factor"),
        ("batchtopk_checkpoint", "save_inference_model"),
    ],
)
def test_real_files_of_other_conventions_are_refused(name, message):
    with pytest.raises(ValueError, match=message):
        read_saelens(REAL / name)


def test_files_from_before_version_6(folder):
    """No version, no metadata, a boolean normalisation, the threshold's logarithm."""
    real = read_saelens(folder)
    change_config(folder, metadata=..., normalize_activations=False, apply_b_dec_to_input=..., activation_fn_str="relu")
    threshold = load_file(folder / "sae_weights.safetensors")["threshold"]
    change_weights(folder, threshold=..., log_threshold=threshold.log())
    old = read_saelens(folder)
    torch.testing.assert_close(old.threshold, real.threshold)
    assert (old.config.architecture, old.config.pre_bias, old.config.l0) == ("jumprelu", True, 0.0)


def test_an_old_topk_hides_in_its_activation_function(tmp_path):
    folder = shutil.copytree(REAL / "standard", tmp_path / "sae")
    change_config(folder, metadata=..., architecture=..., activation_fn_str="topk", activation_fn_kwargs={"k": 2})
    sae = read_saelens(folder)
    assert sae.config.architecture == "topk" and sae.config.k == 2


def test_a_negative_threshold_acts_as_0(folder):
    threshold = load_file(folder / "sae_weights.safetensors")["threshold"]
    change_weights(folder, threshold=-threshold)
    assert (read_saelens(folder).encode(torch.randn(100, 5)) >= 0).all()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"d_in": ...}, "lacks d_in"),
        ({"d_sae": "7"}, "d_sae must be a whole number"),
        ({"d_sae": True}, "d_sae must be a whole number"),
        ({"d_in": -5}, "d_in must be a whole number"),
        ({"d_in": 6}, r"W_enc must be \[6, 7\] \[d_in, d_sae\], got \[5, 7\]"),
        ({"architecture": "crosscoder"}, "'crosscoder' is not one of standard, topk, gated, jumprelu"),
        ({"architecture": ["jumprelu"]}, "is not one of"),
        ({"architecture": "gated"}, "lacks b_gate, b_mag, r_mag and has b_enc, threshold; a gated has W_enc"),
        ({"architecture": "topk"}, "needs a whole k"),
        ({"architecture": "standard"}, "has threshold"),
        ({"activation_fn_str": "tanh-relu"}, "jumprelu with tanh-relu"),
        ({"normalize_activations": "constant_norm_rescale"}, "normalised by 'constant_norm_rescale'"),
        ({"normalize_activations": "something_new"}, "normalised by 'something_new'"),
        ({"finetuning_scaling_factor": True}, "finetuning_scaling_factor"),
        ({"apply_b_dec_to_input": "yes"}, "apply_b_dec_to_input must be true or false"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(folder, changes, message):
    change_config(folder, **changes)
    with pytest.raises(ValueError, match=message):
        read_saelens(folder)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"W_dec": ...}, "lacks W_dec"),
        ({"extra": torch.zeros(2)}, "has extra"),
        ({"b_enc": torch.zeros(5)}, r"b_enc must be \[7\]"),
        ({"W_dec": torch.zeros(5, 7)}, r"W_dec must be \[7, 5\]"),
        ({"b_dec": torch.full((5,), torch.inf)}, "b_dec must hold finite"),
        ({"b_dec": torch.zeros(5, dtype=torch.int64)}, "b_dec must hold finite floating-point"),
    ],
)
def test_weights_that_do_not_fit_are_refused(folder, changes, message):
    change_weights(folder, **changes)
    with pytest.raises(ValueError, match=message):
        read_saelens(folder)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "7", "[" * 100_000, '{"d_in": 5'])
def test_a_damaged_config_is_refused(folder, text):
    (folder / "cfg.json").write_text(text)
    with pytest.raises(ValueError, match=r"cfg\.json"):
        read_saelens(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-8],
        lambda raw: raw[:40],
        lambda raw: raw[:3],
        lambda raw: b"",
        lambda raw: struct.pack("<Q", 2**62) + raw[8:],
        lambda raw: struct.pack("<Q", 90_000_000) + raw[8:],
        lambda raw: raw[:8] + b"x" + raw[9:],
        lambda raw: b"PK\x03\x04" + raw[4:],
    ],
    ids=["cut", "cut in the header", "cut in the length", "empty", "huge header", "long header", "no JSON", "a zip"],
)
def test_damaged_weights_are_refused(folder, damage):
    path = folder / "sae_weights.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match="damaged"):
        read_saelens(folder)


def test_a_missing_file_is_named(folder):
    (folder / "sae_weights.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="sae_weights"):
        read_saelens(folder)
    with pytest.raises(FileNotFoundError, match=r"cfg\.json"):
        read_saelens(folder / "nowhere")
