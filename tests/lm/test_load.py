"""The shipped models load without a network and are the models that were recorded."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from course_utils import minilang
from course_utils.lm import UnknownModel, load_model, names, shipped
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm.tiny_language import VOCABULARY


@pytest.fixture(scope="module")
def tiny():
    return load_model("tiny")


def test_an_unknown_name_is_answered_with_the_nearest():
    assert "tiny" in names() and {*names()} <= {"tiny", *SPECS}
    with pytest.raises(UnknownModel, match="Did you mean 'tiny'"):
        load_model("tiyn")


def test_logits_are_those_recorded(tiny):
    # After a plural subject and a singular noun. Whoever retrains the model records them anew.
    logits = tiny("the dogs near the poet")[0, -1]
    recorded = {"growl": 9.1176, "growls": -1.7022, "run": 8.9322, "write": 5.2150}
    got = {word: logits[VOCABULARY.index(word)].item() for word in recorded}
    assert got == pytest.approx(recorded, abs=5e-3)


@pytest.mark.parametrize("name", names())
def test_the_bridge_computes_what_the_weights_say(name):
    model = load_model(name)
    if name == "tiny":
        file = WEIGHTS / "tiny.safetensors"
        tokens = model.to_tokens(["the old king near these cats laughs", "many polite girls dance outside . a fox"])
    else:
        file = WEIGHTS / f"{name}.seed0.safetensors"
        tokens = torch.from_numpy(minilang.sample(20, seed=5).tokens).long()
    copies = name in SPECS and SPECS[name].copies
    under = [WEIGHTS / f"{copies.of}.seed0.safetensors"] if copies else []
    torch.testing.assert_close(model(tokens), forward_by_hand([*under, file], tokens), atol=1e-4, rtol=1e-4)


def forward_by_hand(paths: list[Path], tokens: Tensor) -> Tensor:
    """A transformer in twenty lines, from the weights files alone: what TransformerLens is compared with."""
    w = {}
    for path in paths:
        with safe_open(path, framework="pt") as file:
            w |= {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 (not a dict)
            config = json.loads(file.metadata()["config"])
    n_heads, d_head = config["n_heads"], config["d_head"]

    assert config["normalization_type"] == "LNPre"

    def norm(x):
        x = x - x.mean(-1, keepdim=True)
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()

    def apply(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    length = tokens.shape[1]
    future = torch.ones(length, length).triu(1).bool()
    x = w["embed.weight"][tokens] + w["pos_embed.weight"][:length]
    for block in (f"blocks.{i}" for i in range(config["n_layers"])):
        q, k, v = (apply(norm(x), f"{block}.attn.{name}").unflatten(-1, (n_heads, d_head)) for name in "qkv")
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(d_head)
        pattern = scores.masked_fill(future, -math.inf).softmax(-1)
        x = x + apply(torch.einsum("bhqk,bkhd->bqhd", pattern, v).flatten(2), f"{block}.attn.o")
        hidden = apply(norm(x), f"{block}.mlp.in")
        if config["act_fn"] == "solu_ln":
            hidden = norm(hidden * hidden.softmax(-1)) * w[f"{block}.mlp.ln.weight"] + w[f"{block}.mlp.ln.bias"]
        else:
            hidden = {"gelu": torch.nn.functional.gelu, "relu": torch.relu}[config["act_fn"]](hidden)
        x = x + apply(hidden, f"{block}.mlp.out")
    return apply(norm(x), "unembed")


def test_parameters_ask_for_no_gradient_and_dropout_is_off(tiny):
    assert not any(p.requires_grad for p in tiny.parameters())
    assert not tiny.training


def test_loads_where_every_connection_is_refused(tmp_path):
    code = """
import socket
def refuse(*args, **kwargs): raise AssertionError("tried to open a connection")
socket.socket.connect = socket.create_connection = refuse
import warnings; warnings.simplefilter("error")
from course_utils.lm import load_model
from course_utils.lm import names
print(*(load_model(name).cfg.d_vocab for name in names()))
"""
    empty = {"HF_HOME": str(tmp_path), "PATH": "", "COURSE_DATA_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=empty, cwd=WEIGHTS.parents[2]
    )
    sizes = [len(VOCABULARY if name == "tiny" else minilang.PIECES) for name in names()]
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, " ".join(map(str, sizes)) + "\n", "")


def test_importing_the_package_does_not_import_transformer_lens():
    code = "import sys, course_utils.lm; sys.exit('transformer_lens' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=WEIGHTS.parents[2], check=False).returncode == 0


def test_the_tiny_weights_are_small():  # of all together: test_mini_weights.py
    assert (WEIGHTS / "tiny.safetensors").stat().st_size < 300_000


# Seeds and checkpoints


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """mini-gelu-1l with seeds 0 and 2, and two checkpoints of seed 0, in half precision: random weights."""
    model, generator = build_mini("mini-gelu-1l", seed=7), torch.Generator().manual_seed(0)

    def weights():
        return {key: torch.randn(value.shape, generator=generator) for key, value in model.state_dict().items()}

    files = {seed: weights() for seed in (0, 2)}
    steps = {tokens: {key: value.half() for key, value in weights().items()} for tokens in (500, 10_000)}
    for seed, tensors in files.items():
        metadata = {"config": json.dumps(SPECS["mini-gelu-1l"].config), "seed": str(seed), "tokens": "12000000"}
        save_file(tensors, tmp_path / f"mini-gelu-1l.seed{seed}.safetensors", metadata=metadata)
    flat = {f"{tokens}/{key}": value for tokens, tensors in steps.items() for key, value in tensors.items()}
    save_file(flat, tmp_path / "mini-gelu-1l.seed0.checkpoints.safetensors")
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path)
    return files, steps


def assert_weights(model, expected):
    got = model.state_dict()
    assert got.keys() == expected.keys()
    assert all(got[key].dtype == torch.float32 and torch.equal(got[key], expected[key].float()) for key in got)


def test_seed_and_tokens_choose_the_weights(shelf):
    files, steps = shelf
    assert names() == ["mini-gelu-1l"]
    assert_weights(load_model("mini-gelu-1l"), files[0])
    assert_weights(load_model("mini-gelu-1l", seed=2), files[2])
    assert_weights(load_model("mini-gelu-1l", seed=2, tokens=12_000_000), files[2])
    assert_weights(load_model("mini-gelu-1l", tokens=500), steps[500])
    assert_weights(load_model("mini-gelu-1l", tokens=10_000), steps[10_000])
    assert_weights(load_model("mini-gelu-1l", seed=2, tokens=0), build_mini("mini-gelu-1l", seed=2).state_dict())


@pytest.mark.parametrize(
    "choice, said",
    [
        ({"seed": 1}, "not shipped with seed 1; seeds: 0, 2"),
        ({"seed": 1, "tokens": 0}, "not shipped with seed 1; seeds: 0, 2"),
        ({"tokens": 600}, "no checkpoint at 600 tokens. There are 0 (untrained), 500, 10_000."),
        ({"seed": 2, "tokens": 500}, "no checkpoints of 'mini-gelu-1l' with seed 2"),
    ],
)
def test_a_seed_or_checkpoint_that_is_not_shipped_is_answered_with_those_that_are(shelf, choice, said):
    with pytest.raises(UnknownModel, match=re.escape(said)):
        load_model("mini-gelu-1l", **choice)


def test_tiny_has_one_seed_and_no_checkpoints():
    with pytest.raises(UnknownModel, match="seed 0, at the end"):
        load_model("tiny", tokens=0)


@pytest.mark.parametrize("name, tokens", [("tiny", None), ("mini-gelu-1l", 500), ("mini-gelu-1l", 0)])
def test_loading_leaves_the_global_random_state_alone(shelf, monkeypatch, name, tokens):
    if name == "tiny":
        monkeypatch.setattr(shipped, "WEIGHTS", WEIGHTS)
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    load_model(name, tokens=tokens)
    assert torch.equal(torch.rand(2), expected)
