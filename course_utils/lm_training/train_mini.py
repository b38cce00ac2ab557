"""Train the models of the mini-language from nothing: `make models`, or, for one of them,
``python -m course_utils.lm_training.train_mini NAME``.

Whatever is missing in weights/ is trained, and its card written. A run that was killed goes on where it last saved its
state, and gives the same bytes as one that was not. Two runs with the same seed on one machine give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils.lm.copied import COPIED
from course_utils.lm.mini import SPECS, Spec, build_mini
from course_utils.lm.shipped import WEIGHTS, untrained
from course_utils.lm_training.fold import fold_layer_norm
from course_utils.lm_training.mini_card import card
from course_utils.lm_training.weights_file import write_weights
from course_utils.minilang import LENGTH, sample

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge

STATES = Path(__file__).parents[2] / "build" / "models"  # of unfinished runs; git ignores it
BATCH = 50  # documents: 3,200 tokens
WARM_UP = 50  # steps
SAVE_EVERY = 100  # steps
POINTS = 150  # of the loss curve that is kept


@dataclass
class Progress:
    """Where a run stands."""

    step: int = 0  # batches read
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)  # of each step, nats per predicted token
    checkpoints: dict[int, dict[str, Tensor]] = field(default_factory=dict)  # tokens read: folded weights, float16
    weights: dict[str, Tensor] = field(default_factory=dict)  # LayerNorm's own among them
    optimiser: dict = field(default_factory=dict)


def n_steps(spec: Spec) -> int:
    """How many batches make up the training."""
    return spec.tokens // (BATCH * LENGTH)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Half a cosine from the peak to zero, after a short linear rise."""
    return peak * min((step + 1) / WARM_UP, (1 + math.cos(math.pi * step / steps)) / 2)


def train(
    spec: Spec,
    seed: int,
    *,
    state: Path | None = None,
    until: int | None = None,
    rows: Float[Tensor, "piece model"] | None = None,
) -> Progress:
    """Train on documents drawn with ``spec.data_seed + seed``, each read once.

    Args:
        state: where to save the state from time to time, and to go on from if it is there and of the same run.
        until: stop after this many steps: the beginning of the same run.
        rows: the embedding to begin with, in the place of the one that the seed draws. All else begins as without it.
    """
    steps = n_steps(spec)
    last = steps if until is None else until
    model = begin(spec, seed)
    if rows is not None:
        model.embed.weight.data.copy_(rows)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    made_by = fingerprint(spec, seed, rows)
    at = restore(state, made_by)
    if at.step:
        model.load_state_dict(at.weights)
        optimiser.load_state_dict(at.optimiser)
    documents = torch.from_numpy(sample(last * BATCH, spec.data_seed + seed).tokens)
    began = time.perf_counter() - at.seconds
    bar = tqdm(range(at.step, last), initial=at.step, total=last, mininterval=2, desc=f"{spec.name}, seed {seed}")
    for step in bar:
        batch = documents[step * BATCH : (step + 1) * BATCH].long()
        optimiser.param_groups[0]["lr"] = learning_rate(step, steps, spec.learning_rate)
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        at.losses.append(loss.item())
        at.step, at.seconds = step + 1, time.perf_counter() - began
        tokens = at.step * BATCH * LENGTH
        if tokens in spec.checkpoints:
            folded = fold_layer_norm(model.state_dict())
            at.checkpoints[tokens] = {key: value.to(torch.float16) for key, value in folded.items()}
        if state and (at.step % SAVE_EVERY == 0 or at.step == last):
            at.weights, at.optimiser = model.state_dict(), optimiser.state_dict()
            save_state(at, state, made_by)
        bar.set_postfix(loss=f"{at.losses[-1]:.3f}", refresh=False)
    at.weights, at.optimiser = model.state_dict(), optimiser.state_dict()
    return at


def begin(spec: Spec, seed: int) -> TransformerBridge:
    """The model to train. Of neurons that are copied only these; all else is a trained model's, and frozen."""
    if spec.copies is None:
        model = build_mini(spec.name, seed, normalization_type="LN")
        for name in spec.frozen:
            model.state_dict(keep_vars=True)[name].requires_grad_(False)
        return model
    model = untrained(spec.name, seed)  # its LayerNorms are folded already
    model.requires_grad_(False)
    model.blocks[0].mlp.requires_grad_(True)
    return model


def to_ship(spec: Spec, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of the weights at the end of a training those that go into the file."""
    weights = fold_layer_norm(weights) if spec.copies is None else {key: weights[key].contiguous() for key in COPIED}
    half = spec.copies is not None or spec.frozen  # those that one comparison needs, and no more
    return {key: value.to(torch.float16) for key, value in weights.items()} if half else weights


def fingerprint(spec: Spec, seed: int, rows: Float[Tensor, "piece model"] | None = None) -> str:
    """What a state must have been made by to be gone on from."""
    given = None if rows is None else hashlib.sha256(rows.detach().numpy().tobytes()).hexdigest()
    return json.dumps([asdict(spec), seed, BATCH, WARM_UP, spec.data_seed, given])


def save_state(at: Progress, path: Path, made_by: str) -> None:
    """Written beside and then moved into place, so that a kill in between leaves the old state whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    torch.save(vars(at) | {"made by": made_by}, half)
    os.replace(half, path)


def restore(path: Path | None, made_by: str) -> Progress:
    """The saved progress, or that of a run not begun if there is none or another run made it."""
    if path is None or not path.exists():
        return Progress()
    saved = torch.load(path, weights_only=True)
    return Progress(**saved) if saved.pop("made by") == made_by else Progress()


def ship(spec: Spec, seed: int, at: Progress, folder: Path = WEIGHTS) -> None:
    """Write the folded weights, the checkpoints of the first seed, and a log (loss curve, time) for the card."""
    metadata = {"config": json.dumps(spec.config | {"seed": seed}), "seed": str(seed), "tokens": str(spec.tokens)}
    stem = f"{spec.name}.seed{seed}"
    if at.checkpoints and seed == spec.seeds[0]:
        flat = {
            f"{tokens}/{key}": value for tokens in spec.checkpoints for key, value in at.checkpoints[tokens].items()
        }
        write_weights(folder / f"{stem}.checkpoints.safetensors", flat, metadata)
    every = max(1, len(at.losses) // POINTS)
    curve = [round(sum(part) / len(part), 4) for part in batched(at.losses, every)]
    log = {"steps": at.step, "steps_per_point": every, "seconds": round(at.seconds), "loss": curve}
    (folder / f"{stem}.log.json").write_text(json.dumps(log) + "\n", encoding="utf-8")
    write_weights(folder / f"{stem}.safetensors", to_ship(spec, at.weights), metadata)  # last: the sign of "done"


def batched(values: list[float], size: int) -> list[list[float]]:
    """Consecutive pieces of ``size`` values, the last one perhaps shorter."""
    return [values[i : i + size] for i in range(0, len(values), size)]


def main() -> None:
    """Train what is missing, write the cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all if none is given: {', '.join(SPECS)}")
    torch.set_num_threads(1)  # the tensors are too small for more, and another number gives other last digits
    names = parser.parse_args().names or list(SPECS)
    if unknown := [name for name in names if name not in SPECS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SPECS)}")
    for name in names:
        spec = SPECS[name]
        missing = [seed for seed in spec.seeds if not (WEIGHTS / f"{name}.seed{seed}.safetensors").exists()]
        for seed in missing:
            state = STATES / f"{name}.seed{seed}.pt"
            ship(spec, seed, train(spec, seed, state=state))
            state.unlink()
        description = WEIGHTS / f"{name}.md"
        if missing or not description.exists():
            description.write_text(card(spec), encoding="utf-8")


if __name__ == "__main__":
    main()
