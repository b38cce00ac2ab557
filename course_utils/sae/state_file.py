"""A training's state in a file: written whole or not at all, and believed only if all of it is as it should be."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from course_utils.sae.config import SAEConfig
from course_utils.sae.log import TrainingLog
from course_utils.sae.state import TrainerState, by_latent, initial_state
from course_utils.writing import replacing

KINDS = ("weights", "mean", "square")
EACH = ("silent", "cut", "penalty", "off")


def save_state(state: TrainerState, path: str | Path, **training) -> None:
    """Write everything to one safetensors file, replacing it in one go. ``training`` says how it was trained."""
    about = {"config": asdict(state.config), "step": state.step, "training": training}
    with replacing(Path(path)) as (beside,):
        save_file(
            {name: t.cpu().contiguous() for name, t in _tensors(state).items()}, beside, {"about": json.dumps(about)}
        )


def _tensors(state: TrainerState) -> dict[str, Tensor]:
    tensors = {name: getattr(state, name) for name in EACH}
    for kind in KINDS:
        tensors |= {f"{kind}.{name}": by_latent(name, value) for name, value in getattr(state, kind).items()}
    return tensors | {f"log.{name}": column for name, column in state.training_log()._asdict().items()}


def load_state(path: str | Path, config: SAEConfig, **training) -> TrainerState:
    """What ``save_state`` wrote, for a training that goes on as it began.

    Raises:
        ValueError: a damaged file, one of another kind, or one written by a training of another configuration, on other
            activations, or otherwise different. The message names the file.
    """
    about, tensors = _read(Path(path))
    _compare(path, about, json.loads(json.dumps({"config": asdict(config), "training": training})))
    n = len(training["seeds"])
    blank = initial_state(config, training["seeds"], torch.zeros(n, 1, config.d_in, dtype=torch.float32))
    wanted = _tensors(blank)
    expected = {name: value.shape for name, value in wanted.items() if not name.startswith("log.")}
    n_log = len(tensors.get("log.steps", ()))
    expected |= {f"log.{name}": (n_log, n) if name != "steps" else (n_log,) for name in TrainingLog._fields}
    for name, shape in expected.items():
        if name not in tensors or tensors[name].shape != shape:
            found = f"{list(tensors[name].shape)}" if name in tensors else "nothing"
            raise ValueError(f"{path} is damaged: {name} should be {list(shape)}, there is {found}")
        if tensors[name].dtype != wanted[name].dtype:
            raise ValueError(f"{path} is damaged: {name} should be {wanted[name].dtype}, it is {tensors[name].dtype}")
    if unknown := sorted(tensors.keys() - expected.keys()):
        raise ValueError(f"{path} is damaged: nothing in this training is called {unknown[0]}")
    if isinstance(about["step"], bool) or not 0 <= about["step"] <= training["steps"]:
        raise ValueError(f"{path} is damaged: it can't be after step {about['step']} of {training['steps']}")

    def kind(prefix):
        found = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
        return {name: by_latent(name, value) for name, value in found.items()}

    columns = [tensors[f"log.{name}"] for name in TrainingLog._fields]
    state = TrainerState(
        config,
        *(kind(f"{part}.") for part in KINDS),
        **{name: tensors[name] for name in EACH},
        step=about["step"],
        log=[(int(step), *rest) for step, *rest in zip(*columns)],
    )
    if not state.is_finite():
        raise ValueError(f"{path} is damaged: it holds numbers that are not finite")
    return state


def _read(path: Path) -> tuple[dict, dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "null"))
            # Cloned, because a file's memory may begin anywhere, and BLAS rounds differently by where a matrix begins.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (it is no dict)
    except (SafetensorError, json.JSONDecodeError, OSError) as problem:
        raise ValueError(f"{path} can't be read as a state of train_sae, it is damaged: {problem}") from problem
    parts = ("config", dict), ("training", dict), ("step", int)
    if not isinstance(about, dict) or not all(isinstance(about.get(name), kind) for name, kind in parts):
        raise ValueError(f"{path} is not a state that train_sae wrote")
    return about, tensors


def _compare(path: str | Path, about: dict, wanted: dict) -> None:
    for part, want in wanted.items():
        found = about[part]
        for name in dict.fromkeys((*want, *found)):
            before, now = found.get(name), want.get(name)
            if name == "data" and before != now:
                raise ValueError(f"{path} was written by a training on other activations: use another state_file")
            if before != now:
                raise ValueError(f"{path} was written with {name}={before!r}, this training has {now!r}")
