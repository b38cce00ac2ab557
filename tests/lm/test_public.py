"""Public models come from a hub (ours, on loopback) once, and from the cache ever after."""

import ast
import json
import math
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from torch.nn import functional as F

from course_utils.authoring.source import read_source
from course_utils.lm import UnknownModel, load_model
from course_utils.lm.public import address
from tests.lm.hub import Hub

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "solutions"
TEXT = "hello hub"
D, HEADS, D_HEAD, MLP, CONTEXT, VOCABULARY = 12, 3, 4, 20, 96, 257
LEGACY = {"gelu-1l": "NeelNanda/GELU_1L512W_C4_Code", "solu-2l": "NeelNanda/SoLU_2L512W_C4_Code"}
LEGACY |= {"attn-only-2l": "NeelNanda/Attn_Only_2L512W_C4_Code"}
TOKENIZER = "NeelNanda/gpt-neox-tokenizer-digits"


# Repositories


def random(*shape: int, generator: torch.Generator, mean: float = 0.0) -> Tensor:
    """Large enough that every part of the model matters, biases among them."""
    return mean + 0.4 * torch.randn(shape, generator=generator)


def write_tokenizer(folder: Path, **config) -> None:
    """Bytes, the space before a word as GPT-2 writes it, and one token that begins and ends texts."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*alphabet, "<|endoftext|>"])}
    bytewise = Tokenizer(models.BPE(vocabulary, []))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_special_tokens(["<|endoftext|>"])
    folder.mkdir(parents=True, exist_ok=True)
    bytewise.save(str(folder / "tokenizer.json"))
    special = {f"{role}_token": "<|endoftext|>" for role in ("bos", "eos", "pad")}
    (folder / "tokenizer_config.json").write_text(json.dumps(special | config))


def write_legacy(folder: Path, act_fn: str, n_layers: int, attn_only: bool, seed: int) -> None:
    """What the hub has of `gelu-1l`, `solu-2l`, `attn-only-2l`, but small and random."""
    g = torch.Generator().manual_seed(seed)
    weights = {"embed.W_E": random(VOCABULARY, D, generator=g), "pos_embed.W_pos": random(CONTEXT, D, generator=g)}
    for block in (f"blocks.{i}" for i in range(n_layers)):
        norms = {"ln1": D} if attn_only else {"ln1": D, "ln2": D}
        norms |= {"mlp.ln": MLP} if act_fn == "solu_ln" and not attn_only else {}
        for norm, size in norms.items():
            weights[f"{block}.{norm}.w"] = random(size, generator=g, mean=1.0)
            weights[f"{block}.{norm}.b"] = random(size, generator=g)
        for x in "QKV":
            weights[f"{block}.attn.W_{x}"] = random(HEADS, D, D_HEAD, generator=g)
            weights[f"{block}.attn.b_{x}"] = random(HEADS, D_HEAD, generator=g)
        weights[f"{block}.attn.W_O"] = random(HEADS, D_HEAD, D, generator=g)
        weights[f"{block}.attn.b_O"] = random(D, generator=g)
        weights[f"{block}.attn.mask"] = torch.ones(CONTEXT, CONTEXT).tril().bool()  # kept there by TransformerLens 1
        weights[f"{block}.attn.IGNORE"] = torch.tensor(-1e5)
        if not attn_only:
            for name, shape in {"in": (D, MLP), "out": (MLP, D)}.items():
                weights[f"{block}.mlp.W_{name}"] = random(*shape, generator=g)
                weights[f"{block}.mlp.b_{name}"] = random(shape[1], generator=g)
    weights |= {"ln_final.w": random(D, generator=g, mean=1.0), "ln_final.b": random(D, generator=g)}
    weights |= {"unembed.W_U": random(D, VOCABULARY, generator=g)}
    weights |= {} if attn_only else {"unembed.b_U": random(VOCABULARY, generator=g)}  # some repositories have none
    config = {"n_layers": n_layers, "d_model": D, "n_heads": HEADS, "d_head": D_HEAD, "d_mlp": MLP, "n_ctx": CONTEXT}
    config |= {"d_vocab": VOCABULARY, "act_fn": act_fn, "attn_only": attn_only, "normalization": "LN"}
    config |= {"tokenizer_name": TOKENIZER, "shortformer_pos": False, "ln_eps": 1e-5, "seed": seed}
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    torch.save(weights, folder / "model_final.pth")


def write_gpt2(folder: Path) -> None:
    g = torch.Generator().manual_seed(2)
    weights = {"wte.weight": random(VOCABULARY, D, generator=g), "wpe.weight": random(CONTEXT, D, generator=g)}
    for h in ("h.0", "h.1"):
        shapes = {"attn.c_attn": (D, 3 * D), "attn.c_proj": (D, D), "mlp.c_fc": (D, 4 * D), "mlp.c_proj": (4 * D, D)}
        for name, shape in shapes.items():
            weights[f"{h}.{name}.weight"] = random(*shape, generator=g)
            weights[f"{h}.{name}.bias"] = random(shape[1], generator=g)
    for norm in ("h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f"):
        weights[f"{norm}.weight"], weights[f"{norm}.bias"] = random(D, generator=g, mean=1.0), random(D, generator=g)
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": VOCABULARY, "n_embd": D}
    config |= {"n_layer": 2, "n_head": HEADS, "n_positions": CONTEXT, "n_ctx": CONTEXT, "layer_norm_epsilon": 1e-5}
    config |= {"activation_function": "gelu_new", "bos_token_id": 256, "eos_token_id": 256, "tie_word_embeddings": True}
    write_tokenizer(folder, tokenizer_class="GPT2TokenizerFast", model_max_length=CONTEXT)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    write_legacy(folder / LEGACY["gelu-1l"], "gelu", 1, False, seed=0)
    write_legacy(folder / LEGACY["solu-2l"], "solu_ln", 2, False, seed=1)
    write_legacy(folder / LEGACY["attn-only-2l"], "gelu", 2, True, seed=3)
    write_tokenizer(folder / TOKENIZER, tokenizer_class="PreTrainedTokenizerFast")
    write_gpt2(folder / "gpt2")
    return folder


# What they compute, from the files alone


def forward_legacy(folder: Path, tokens: Tensor) -> Tensor:
    """Logits [position, vocabulary] of one text [position], as TransformerLens 1 defined them."""
    w = torch.load(folder / "model_final.pth", weights_only=True)
    config = json.loads((folder / "config.json").read_text())

    def norm(x, name):
        x = x - x.mean(-1, keepdim=True)
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * w[f"{name}.w"] + w[f"{name}.b"]

    x = w["embed.W_E"][tokens] + w["pos_embed.W_pos"][: len(tokens)]
    future = torch.ones(len(tokens), len(tokens)).triu(1).bool()
    for block in (f"blocks.{i}" for i in range(config["n_layers"])):
        y, out = norm(x, f"{block}.ln1"), w[f"{block}.attn.b_O"].clone()
        for head in range(HEADS):
            q, k, v = (y @ w[f"{block}.attn.W_{n}"][head] + w[f"{block}.attn.b_{n}"][head] for n in "QKV")
            pattern = (q @ k.T / math.sqrt(D_HEAD)).masked_fill(future, -math.inf).softmax(-1)
            out = out + pattern @ v @ w[f"{block}.attn.W_O"][head]
        x = x + out
        if not config["attn_only"]:
            hidden = norm(x, f"{block}.ln2") @ w[f"{block}.mlp.W_in"] + w[f"{block}.mlp.b_in"]
            if config["act_fn"] == "solu_ln":
                hidden = norm(hidden * hidden.softmax(-1), f"{block}.mlp.ln")
            else:
                hidden = hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2
            x = x + hidden @ w[f"{block}.mlp.W_out"] + w[f"{block}.mlp.b_out"]
    return norm(x, "ln_final") @ w["unembed.W_U"] + w.get("unembed.b_U", 0)


def forward_gpt2(folder: Path, tokens: Tensor) -> Tensor:
    w = load_file(folder / "model.safetensors")

    def norm(x, name):
        return F.layer_norm(x, (D,), w[f"{name}.weight"], w[f"{name}.bias"])

    def apply(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["wte.weight"][tokens] + w["wpe.weight"][: len(tokens)]
    future = torch.ones(len(tokens), len(tokens)).triu(1).bool()
    for h in ("h.0", "h.1"):
        qkv = apply(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").view(len(tokens), 3, HEADS, D_HEAD)
        q, k, v = qkv.permute(1, 2, 0, 3)
        pattern = (q @ k.mT / math.sqrt(D_HEAD)).masked_fill(future, -math.inf).softmax(-1)
        x = x + apply((pattern @ v).transpose(0, 1).flatten(1), f"{h}.attn.c_proj")
        hidden = apply(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc")
        hidden = hidden * (1 + torch.tanh(math.sqrt(2 / math.pi) * (hidden + 0.044715 * hidden**3))) / 2
        x = x + apply(hidden, f"{h}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


# Machines of their own, each with its cache


def elsewhere(code: str, cache: Path, hub: str, **environment: str) -> str:
    """What code prints in a new process: huggingface_hub reads where the hub and its cache are when it is imported."""
    ours = ("HF_", "HUGGINGFACE", "TRANSFORMERS")
    keep = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    ran = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", "from course_utils.lm import *\n" + code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=keep | {"HF_ENDPOINT": hub, "HF_HOME": str(cache)} | environment,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert not re.search("warning|deprecated", ran.stderr, re.IGNORECASE), ran.stderr
    return ran.stdout


def load_elsewhere(
    out: Path, cache: Path, hub: str, begin: str = "", **environment: str
) -> dict[str, tuple[Tensor, Tensor]]:
    """Tokens and logits of TEXT, by the name of the model, computed in a new process after what it begins with."""
    code = f"""
import torch
{begin}
results = {{}}
for name in {[*LEGACY, "gpt2"]}:
    model = load_model(name, "cpu")
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    tokens = model.to_tokens({TEXT!r})
    assert model.to_string(tokens[0, 1:]) == {TEXT!r}
    results[name] = (tokens[0], model(tokens)[0])
torch.save(results, {str(out)!r})
"""
    elsewhere(code, cache, hub, **environment)
    return torch.load(out)


NOTHING_THERE = """
try: load_model("nobody/nothing")
except UnknownModel as error: assert "has no model 'nobody/nothing'" in str(error), error
else: raise AssertionError
"""


@pytest.fixture(scope="module")
def visited(repositories, tmp_path_factory):
    """A cache, what was loaded when it was filled, and the hub, now gone."""
    cache = tmp_path_factory.mktemp("cache")
    with Hub(repositories) as hub:
        first = load_elsewhere(cache / "results", cache, hub.address, begin=NOTHING_THERE)
    return cache, first, hub


def test_a_hub_that_has_no_such_model_is_believed(visited):
    # The process that filled the cache saw to it that it was told so.
    assert any("nobody/nothing" in request for request in visited[2].requests)


def test_the_first_load_computes_what_the_files_on_the_hub_say(repositories, visited):
    _, first, hub = visited
    downloads = [request.split()[1] for request in hub.requests if re.match("GET .*/resolve/", request)]
    assert {path.split("/resolve/")[0].strip("/") for path in downloads} == {*LEGACY.values(), TOKENIZER, "gpt2"}
    for name, (tokens, logits) in first.items():
        assert tokens[0] == 256 and len(tokens) == 1 + len(TEXT)
        if name == "gpt2":
            expected = forward_gpt2(repositories / "gpt2", tokens)
        else:
            expected = forward_legacy(repositories / LEGACY[name], tokens)
        assert expected.std() > 1
        torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("environment", [{}, {"HF_HUB_OFFLINE": "1"}], ids=["hub gone", "HF_HUB_OFFLINE"])
def test_the_second_load_needs_no_hub(visited, tmp_path, environment):
    cache, first, hub = visited
    second = load_elsewhere(tmp_path / "results", cache, hub.address, **environment)
    for name in first:
        assert torch.equal(second[name][1], first[name][1])


def of_chapter(stem: str, name: str, *wanted: str) -> str:
    """The chapter's cell that opens `name`, after the functions that it calls."""
    cells = [cell.source for cell in read_source(SOLUTIONS / f"{stem}.py").cells if cell.kind == "code"]
    functions = [
        ast.get_source_segment(source, node)
        for source in cells
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name in wanted
    ]
    (opens,) = (source for source in cells if f'load_model("{name}")' in source and "NoNetwork" in source)
    return "\n".join([*functions, opens])


BEFORE_IT = """
import torch
from IPython.display import display
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F
from course_utils.widgets import circuits
SEED, model = 0, load_model("mini-gelu-1l")
"""


def test_the_cell_of_chapter_06_measures_what_it_opens(visited):
    cache, _, hub = visited
    printed = elsewhere(BEFORE_IT + of_chapter("06_language_model", "gelu-1l", "cosines"), cache, hub.address)
    assert re.search(rf"gelu-1l +rms cosine 0\.\d+ in {D} dimensions, random {D**-0.5:.3f}", printed)
    assert re.search(r"ours +rms cosine 0\.1\d+ in 64 dimensions, random 0\.125", printed)


BEFORE_07 = """
import torch
from course_utils import minilang, probing
from course_utils.lm.reading import read_texts
SEED, NEURONS, texts = 0, "blocks.0.mlp.hook_post", minilang.sample(700, seed=3000)
"""


def test_the_cell_of_chapter_07_probes_what_it_opens(visited):
    """With one token a byte a digit is a matter of the embedding, and that a text is a list of keys is not."""
    cache, _, hub = visited
    printed = elsewhere(BEFORE_07 + of_chapter("07_probing", "gelu-1l"), cache, hub.address)
    lines = re.findall(r"(\S+) +a number (0\.\d+|1\.00), in a list of keys (0\.\d+|1\.00)", printed)
    (chance, *by_chance), (embedding, *by_embedding), (neurons, *_) = lines
    assert (chance, embedding, neurons) == ("chance", "hook_embed", "blocks.0.mlp.hook_post")
    assert float(by_embedding[0]) > float(by_chance[0]) + 0.2


FAIL = """
import time, transformer_lens
load_model("tiny")  # imports are not what is timed
for name in ["gelu-1l", "gpt2", "EleutherAI/pythia-70m", "nobody/nothing"]:
    began = time.perf_counter()
    try: load_model(name)
    except (NoNetwork, UnknownModel) as error: print(f"{type(error).__name__}|{time.perf_counter() - began}|{error}")
"""


def told(cache: Path, hub: str, **environment: str) -> list[list[str]]:
    """For a short name, GPT-2, an address and an address of nothing: class of the error, seconds, text."""
    return [line.split("|") for line in elsewhere(FAIL, cache, hub, **environment).splitlines()]


def test_a_new_machine_without_a_network_is_told_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    errors = told(tmp_path, nobody)
    assert [error[0] for error in errors] == 4 * ["NoNetwork"]
    assert sum(float(error[1]) for error in errors) < 20
    expected = (
        f"'gelu-1l' has to come from {nobody}, which this computer can't reach, and it is not wholly in its cache"
    )
    assert expected in errors[0][2] and "These need no network: mini-" in errors[0][2]


def test_a_hub_that_never_answers_keeps_nobody_waiting(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections are taken, and nobody reads them
        errors = told(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}", HF_HUB_ETAG_TIMEOUT="1")
    assert [error[0] for error in errors] == 4 * ["NoNetwork"]
    assert sum(float(error[1]) for error in errors) < 20


def test_short_names_are_those_of_transformer_lens_and_near_misses_are_answered():
    assert [address(name) for name in LEGACY] == list(LEGACY.values())
    assert address("GPT2-small") == address("gpt2") == "gpt2"
    assert address("pythia-70m") == "EleutherAI/pythia-70m"
    assert address("somebody/something") == "somebody/something"
    with pytest.raises(UnknownModel, match=r"Did you mean .*'gelu-1l'"):
        load_model("gelu-1")
    with pytest.raises(UnknownModel, match=r"Did you mean .*'mini-gelu-1l'"):
        load_model("mini-gelu-l")
    with pytest.raises(UnknownModel, match="only shipped models have a seed"):
        load_model("gelu-1l", seed=1)
