"""The shipped model loads without a network and is the model that was recorded."""

import json
import math
import subprocess
import sys

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from course_utils.lm import UnknownModel, load_model, names
from course_utils.lm.load import WEIGHTS
from course_utils.lm.tiny_language import VOCABULARY


@pytest.fixture(scope="module")
def tiny():
    return load_model("tiny")


def test_an_unknown_name_is_answered_with_the_nearest():
    assert names() == ["tiny"]
    with pytest.raises(UnknownModel, match="Did you mean 'tiny'"):
        load_model("tiyn")


def test_logits_are_those_recorded(tiny):
    # After a plural subject and a singular noun. Whoever retrains the model records them anew.
    logits = tiny("the dogs near the poet")[0, -1]
    recorded = {"growl": 9.1176, "growls": -1.7022, "run": 8.9322, "write": 5.2150}
    got = {word: logits[VOCABULARY.index(word)].item() for word in recorded}
    assert got == pytest.approx(recorded, abs=5e-3)


def test_the_bridge_computes_what_the_weights_say(tiny):
    tokens = tiny.to_tokens(["the old king near these cats laughs", "many polite girls dance outside . a fox"])
    torch.testing.assert_close(tiny(tokens), forward_by_hand(tokens), atol=1e-4, rtol=1e-4)


def forward_by_hand(tokens: Tensor) -> Tensor:
    """A transformer in twenty lines, from the weights file alone: what TransformerLens is compared with."""
    with safe_open(WEIGHTS / "tiny.safetensors", framework="pt") as file:
        w = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
        config = json.loads(file.metadata()["config"])
    n_heads, d_head = config["n_heads"], config["d_head"]

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
        x = x + apply(torch.nn.functional.gelu(apply(norm(x), f"{block}.mlp.in")), f"{block}.mlp.out")
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
print(load_model("tiny")("the cat").shape[-1])
"""
    empty = {"HF_HOME": str(tmp_path), "PATH": "", "COURSE_DATA_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=empty, cwd=WEIGHTS.parents[2]
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "69\n", "")


def test_importing_the_package_does_not_import_transformer_lens():
    code = "import sys, course_utils.lm; sys.exit('transformer_lens' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=WEIGHTS.parents[2], check=False).returncode == 0


def test_the_weights_are_small():
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 300_000
