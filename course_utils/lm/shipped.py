"""The models that come with the package: their weights, read from ``weights/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open

from course_utils.lm.boot import boot, build
from course_utils.lm.copied import copy_neurons
from course_utils.lm.errors import UnknownModel
from course_utils.lm.mini import SPECS, build_mini

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

WEIGHTS = Path(__file__).parent / "weights"


def names() -> list[str]:
    """The models that come with the package and need no network."""
    return sorted({path.name.partition(".")[0] for path in WEIGHTS.glob("*.safetensors")})


def load(name: str, seed: int, tokens: int | None, device: str | torch.device | None) -> TransformerBridge:
    """One of ``names()``; the arguments are those of ``load_model``, which says what is raised."""
    return _tiny(seed, tokens, device) if name == "tiny" else _mini(name, seed, tokens, device)


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
        return untrained(name, seed, device)
    with safe_open(WEIGHTS / f"{stem}.safetensors", framework="pt") as file:
        config, read = json.loads(file.metadata()["config"]), int(file.metadata()["tokens"])
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    if tokens not in (None, read):
        weights = _checkpoint(name, seed, tokens)
    if (copies := SPECS[name].copies) is not None:  # the file has what was trained; the rest is the narrow model's
        weights = _mini(copies.of, seed, None, None).state_dict() | weights
    return _with(weights, config, device)


def untrained(name: str, seed: int, device: str | torch.device | None = None) -> TransformerBridge:
    """What the training of a model of the mini-language starts from. Of neurons that are copied: the copies."""
    spec = SPECS[name]
    if spec.copies is None:
        return build_mini(name, seed, device)
    narrow = _mini(spec.copies.of, seed, None, None).state_dict()
    return _with(copy_neurons(narrow, spec.copies, seed), spec.config | {"seed": seed}, device)


def _with(weights: dict[str, torch.Tensor], config: dict, device: str | torch.device | None) -> TransformerBridge:
    """A model of the mini-language with these weights."""
    from course_utils.lm.tokenizer import MiniTokenizer

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
