"""Loading a language model by its name: those that come with the package, and public ones through the network."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge
    from transformers import PreTrainedTokenizerFast

WEIGHTS = Path(__file__).parent / "weights"


class UnknownModel(KeyError):
    """There is no model of this name, seed or checkpoint; the message lists what there is."""

    def __str__(self) -> str:
        return str(self.args[0])


class NoNetwork(OSError):
    """A public model is not in the cache and the hub can't be reached; the message names the shipped models."""


def names() -> list[str]:
    """The models that come with the package and need no network."""
    return sorted({path.name.partition(".")[0] for path in WEIGHTS.glob("*.safetensors")})


def load_model(
    name: str, device: str | torch.device | None = None, *, seed: int = 0, tokens: int | None = None
) -> TransformerBridge:
    """A language model with its tokenizer, in evaluation mode, its parameters without gradients.

    Args:
        name: one of ``names()``, or a public model by its short name (``"gelu-1l"``, ``"solu-1l"``, ``"gpt2"``,
            ``"pythia-70m"``) or its address on the Hugging Face hub. A public model is downloaded once and kept in
            the hub's cache; its weights are as published, no LayerNorm folded, nothing centred.
        device: where to put it. ``None``: a shipped model on the CPU, where one so small runs fastest; a public one
            on the GPU if there is one.
        seed: which training of a shipped model.
        tokens: after how many tokens of training. ``None`` or as many as were read in all: at the end; 0: the
            untrained twin, which begins from the same weights; else one of the checkpoints that are shipped.

    Raises:
        UnknownModel: no such name, seed or checkpoint; the message says which there are.
        NoNetwork: a public model that is not in the cache, and the hub can't be reached.
    """
    if name in names():
        model = _tiny(seed, tokens, device) if name == "tiny" else _mini(name, seed, tokens, device)
    elif (seed, tokens) != (0, None):
        raise UnknownModel(f"only shipped models have a seed and checkpoints: {', '.join(names())}; not {name!r}.")
    else:
        from . import public

        model = public.load(name, device)
    return model.eval().requires_grad_(False)


def suggestion(name: str, known: list[str]) -> str:
    """The names most like this one as a question, or nothing."""
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _tiny(seed: int, tokens: int | None, device: str | torch.device | None) -> TransformerBridge:
    if (seed, tokens) != (0, None):
        raise UnknownModel("'tiny' is shipped with seed 0, at the end of its training, and no other.")
    with safe_open(WEIGHTS / "tiny.safetensors", framework="pt") as file:
        metadata = file.metadata()
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    model = build(json.loads(metadata["config"]), json.loads(metadata["vocabulary"]), device)
    model.load_state_dict(weights)
    return model


def _mini(name: str, seed: int, tokens: int | None, device: str | torch.device | None) -> TransformerBridge:
    stem = f"{name}.seed{seed}"
    if not (WEIGHTS / f"{stem}.safetensors").exists():
        seeds = sorted(
            path.name.split(".")[1].removeprefix("seed") for path in WEIGHTS.glob(f"{name}.seed?.safetensors")
        )
        raise UnknownModel(f"{name!r} is not shipped with seed {seed}; seeds: {', '.join(seeds)}.")
    if tokens == 0:
        from .mini import build_mini

        return build_mini(name, seed, device)
    with safe_open(WEIGHTS / f"{stem}.safetensors", framework="pt") as file:
        config, read = json.loads(file.metadata()["config"]), int(file.metadata()["tokens"])
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    if tokens not in (None, read):
        weights = _checkpoint(name, seed, tokens)
    from .tokenizer import MiniTokenizer

    model = boot(config, MiniTokenizer(), device)
    model.load_state_dict(weights)
    return model


def _checkpoint(name: str, seed: int, tokens: int) -> dict[str, torch.Tensor]:
    """Weights after that many tokens, from a file whose keys are ``{tokens}/{parameter}``."""
    path = WEIGHTS / f"{name}.seed{seed}.checkpoints.safetensors"
    if not path.exists():
        raise UnknownModel(f"no checkpoints of {name!r} with seed {seed} are shipped: tokens may be None or 0.")
    with safe_open(path, framework="pt") as file:
        keys = [key.split("/", 1) for key in file.keys()]  # noqa: SIM118 (not a dict)
        shipped = sorted({int(at) for at, _ in keys})
        if tokens not in shipped:
            listed = ", ".join(f"{at:_}" for at in shipped)
            raise UnknownModel(f"{name!r} has no checkpoint at {tokens:_} tokens. There are 0 (untrained), {listed}.")
        return {parameter: file.get_tensor(f"{at}/{parameter}") for at, parameter in keys if int(at) == tokens}


def build(config: dict, vocabulary: list[str], device: str | torch.device | None = None) -> TransformerBridge:
    """An untrained model of this shape with a tokenizer of whole words.

    Args:
        config: keywords of ``TransformerBridgeConfig``; ``seed`` decides the initial weights.
        vocabulary: the words, the first being the begin-of-text token.
    """
    from .tokenizer import WordTokenizer

    return boot(config | {"d_vocab": len(vocabulary)}, WordTokenizer(vocabulary), device)


def boot(
    config: dict, tokenizer: PreTrainedTokenizerFast, device: str | torch.device | None = None
) -> TransformerBridge:
    """An untrained model with this tokenizer. ``config``: keywords of ``TransformerBridgeConfig``."""
    from transformer_lens import TransformerBridge, TransformerBridgeConfig  # seconds to import: only when needed

    # With a seed, whichever, TransformerLens leaves the global random state alone.
    return TransformerBridge.boot_native(
        TransformerBridgeConfig(**({"seed": 0} | config)), tokenizer=tokenizer, device=device
    )
