"""SAELens's files with what older versions, other tools and half a conversion left in them."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from course_utils.sae.config import SAEConfig
from course_utils.sae.files import read_saelens, write_saelens
from tests.sae.test_files import REAL, change_config, change_weights, some_sae


@pytest.fixture
def copy_of(tmp_path):
    return lambda name: Path(shutil.copytree(REAL / name, tmp_path / name))


def expected(folder):
    return load_file(folder / "expected.safetensors")


@pytest.mark.parametrize("flag", [{}, {"finetuning_scaling_factor": False}, {"finetuning_scaling_factor": True}])
def test_a_scaling_factor_of_ones_scales_nothing(copy_of, flag):
    """SAELens wrote it for a while, and deletes it when it reads (``read_sae_components_from_disk``)."""
    folder = copy_of("standard")
    change_weights(folder, scaling_factor=torch.ones(7))
    change_config(folder, **flag)
    f = read_saelens(folder).encode(expected(folder)["x"])
    torch.testing.assert_close(f, expected(folder)["f"], atol=1e-5, rtol=1e-5)


def test_another_scaling_factor_is_refused(copy_of):
    folder = copy_of("standard")
    change_weights(folder, scaling_factor=torch.full((7,), 1.5))
    with pytest.raises(ValueError, match=r"sae_weights\.safetensors: scaling_factor, finetuning_scaling_factor"):
        read_saelens(folder)


@pytest.mark.parametrize("name", ["standard", "gated", "jumprelu", "batchtopk", "topk"])
def test_a_left_over_rescaling_changes_neither_who_is_on_nor_what_comes_back(copy_of, name):
    """Only SAELens's topk has the setting; it ignores it elsewhere. The threshold is folded too."""
    folder = copy_of(name)
    plain = read_saelens(folder)
    norms = plain.W_dec.norm(dim=1)
    change_config(folder, rescale_acts_by_decoder_norm=True)
    sae, x = read_saelens(folder), expected(folder)["x"]
    torch.testing.assert_close(sae.W_dec.norm(dim=1), torch.ones(7))
    if name == "topk":
        return  # another latent may come out on top: that is what the setting is for
    torch.testing.assert_close(sae.encode(x), plain.encode(x) * norms)
    torch.testing.assert_close(sae(x), plain(x), atol=1e-5, rtol=1e-5)
    if sae.threshold is not None:
        torch.testing.assert_close(sae.threshold, plain.threshold * norms)


LISTS = [
    ("standard", {"activation_fn_str": "topk", "activation_fn_kwargs": [2]}, "activation_fn_kwargs must hold names"),
    ("standard", {"metadata": ["6.0.0"]}, "metadata must hold names with values, got a list"),
    ("standard", {"metadata": "6.0.0"}, "metadata must hold names with values, got a str"),
    ("standard", {"metadata": {"training_architecture_details": [1]}}, "training_architecture_details must hold names"),
    (
        "jumprelu",
        {"metadata": {"training_architecture_details": {"l0_coefficient": [1]}}},
        "l0_coefficient must be a num",
    ),
    ("standard", {"metadata": {"training_architecture_details": {"l1_coefficient": "much"}}}, "l1_coefficient must be"),
    (
        "matryoshka",
        {
            "metadata": {
                "training_architecture": "matryoshka_batchtopk",
                "training_architecture_details": {"k": 2, "matryoshka_widths": {"a": 7}},
            }
        },
        "matryoshka_widths must be a list of whole numbers, got a dict",
    ),
    (
        "batchtopk",
        {"metadata": {"training_architecture": "batchtopk", "training_architecture_details": {"k": "two"}}},
        "k must be a number",
    ),
]


@pytest.mark.parametrize("name, changes, message", LISTS)
def test_a_value_of_another_kind_is_one_line_with_file_and_key(copy_of, name, changes, message):
    folder = copy_of(name)
    change_config(folder, **changes)
    with pytest.raises(ValueError, match=rf"cfg\.json: .*{message}") as caught:
        read_saelens(folder)
    assert "\n" not in str(caught.value)


def test_a_transposed_encoder_is_called_so(copy_of):
    folder = copy_of("standard")
    W_enc = load_file(folder / "sae_weights.safetensors")["W_enc"]
    change_weights(folder, W_enc=W_enc.T.contiguous())
    with pytest.raises(ValueError, match=r"sae_weights\.safetensors: W_enc must be .*got \[7, 5\]: it is transposed"):
        read_saelens(folder)


def test_a_normalisation_is_named_with_its_file_and_key():
    with pytest.raises(ValueError, match=r"layer_norm.cfg\.json: normalize_activations: .*'layer_norm'"):
        read_saelens(REAL / "layer_norm")


@pytest.mark.parametrize("architecture", ["relu", "topk"])
def test_a_tied_one_comes_back_tied(tmp_path, architecture):
    sparsity = {"relu": {"l1": 0.5}, "topk": {"k": 2}}[architecture]
    config = SAEConfig(architecture=architecture, d_in=4, d_sae=6, tied=True, decoder_norm="free", **sparsity)
    sae = some_sae(config)
    sae.W_enc = sae.W_dec.T
    write_saelens(sae, tmp_path)
    assert read_saelens(tmp_path).config == config
    change_weights(tmp_path, W_enc=torch.zeros(4, 6))  # somebody went on from there
    assert not read_saelens(tmp_path).config.tied


def everything(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_good_folder_stays_as_it_is_when_writing_fails(tmp_path, monkeypatch):
    config = SAEConfig(architecture="topk", d_in=4, d_sae=6, k=2)
    write_saelens(some_sae(config), tmp_path)
    (tmp_path / "README.md").write_text("notes of its owner")
    good, other = everything(tmp_path), some_sae(config, seed=1)
    replace = os.replace

    def fails(source, target):
        if Path(target).name == "cfg.json":
            raise OSError("the disk is gone")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails)
        with pytest.raises(OSError, match="disk is gone"):
            write_saelens(other, tmp_path)
    assert everything(tmp_path) == good
    with monkeypatch.context() as patch:
        patch.setattr(json, "dumps", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_saelens(other, tmp_path)
    assert everything(tmp_path) == good
    write_saelens(other, tmp_path)
    assert torch.equal(read_saelens(tmp_path).W_dec, other.W_dec)
    assert sorted(everything(tmp_path)) == sorted(good)


def test_a_configuration_of_numpys_numbers_is_written(tmp_path):
    config = SAEConfig(architecture="batchtopk", d_in=np.int64(4), d_sae=np.int64(6), k=np.float32(1.5))
    write_saelens(some_sae(config), tmp_path)
    assert read_saelens(tmp_path).config.k == 1.5


def test_a_byte_order_mark_is_no_damage(copy_of):
    """Editors of Windows write one."""
    folder = copy_of("standard")
    text = (folder / "cfg.json").read_text()
    (folder / "cfg.json").write_text("\ufeff" + text, encoding="utf-8")
    torch.testing.assert_close(read_saelens(folder).encode(expected(folder)["x"]), expected(folder)["f"])


def test_a_number_of_thousands_of_digits_is_damage_in_a_named_file(copy_of):
    folder = copy_of("standard")
    (folder / "cfg.json").write_text(f'{{"d_in": {"9" * 5000}}}')
    with pytest.raises(ValueError, match=r"cfg\.json is damaged"):
        read_saelens(folder)


@pytest.mark.parametrize("trained_as", [["batchtopk"], {"name": "batchtopk"}, 3])
def test_the_training_architecture_is_a_text(copy_of, trained_as):
    folder = copy_of("jumprelu")
    change_config(folder, metadata={"training_architecture": trained_as})
    with pytest.raises(ValueError, match=r"cfg\.json: training_architecture must be a text, got an? "):
        read_saelens(folder)


def test_two_thresholds_are_one_too_many(copy_of):
    folder = copy_of("jumprelu")
    change_weights(folder, log_threshold=torch.zeros(7))
    with pytest.raises(ValueError, match="has log_threshold"):
        read_saelens(folder)


def test_weights_of_eight_bits_are_read(copy_of):
    folder = copy_of("standard")
    weights = load_file(folder / "sae_weights.safetensors")
    change_weights(folder, W_enc=weights["W_enc"].to(torch.float8_e4m3fn))
    torch.testing.assert_close(read_saelens(folder).W_enc, weights["W_enc"].to(torch.float8_e4m3fn).float())
