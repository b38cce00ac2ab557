"""Train the model ``tiny`` from nothing: ``python -m course_utils.lm_training.train_tiny`` writes its weights and
its card, weights/tiny.safetensors and weights/tiny.md.

Two runs with the same seed and thread count on one machine give the same bytes.
"""

import argparse
import json
import time
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils.lm.boot import build
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm.tiny_language import VOCABULARY, sample
from course_utils.lm_training.fold import fold_layer_norm
from course_utils.lm_training.tiny_card import card

CONFIG = {
    "d_model": 16,
    "n_layers": 2,
    "n_heads": 2,
    "d_head": 8,
    "d_mlp": 64,
    "n_ctx": 24,
    "act_fn": "gelu",
    "normalization_type": "LN",
    "model_name": "tiny",
}
ROWS, BATCH, STEPS, LEARNING_RATE = 20_000, 128, 3_000, 4e-3


class Trained(NamedTuple):
    """Loss of each step in nats per word, and the weights at the end, LayerNorm's own among them."""

    loss: list[float]
    weights: dict[str, Tensor]


def train(seed: int = 0, steps: int = STEPS) -> Trained:
    """Train on ``sample(ROWS, seed=seed)``. With fewer ``steps`` it is the beginning of the same run."""
    model = build(CONFIG | {"seed": seed}, VOCABULARY)
    rows = sample(ROWS, seed=seed).tokens
    order = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=STEPS, pct_start=0.05)
    losses = []
    bar = tqdm(range(steps), mininterval=1, desc="tiny")
    for _ in bar:
        batch = rows[torch.randint(len(rows), (BATCH,), generator=order)]
        logits = model(batch)[:, :-1]
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
    return Trained(losses, {key: value.detach().clone() for key, value in model.state_dict().items()})


def main() -> None:
    """Train, fold, save, measure, write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    began = time.perf_counter()
    trained = train(seed)
    seconds = time.perf_counter() - began
    folded = CONFIG | {"normalization_type": "LNPre"}
    metadata = {"config": json.dumps(folded), "vocabulary": json.dumps(VOCABULARY)}
    WEIGHTS.mkdir(exist_ok=True)
    save_file(fold_layer_norm(trained.weights), WEIGHTS / "tiny.safetensors", metadata=metadata)
    (WEIGHTS / "tiny.safetensors").chmod(0o644)
    (WEIGHTS / "tiny.md").write_text(card(seed=seed, steps=STEPS, rows=ROWS, batch=BATCH, seconds=seconds))


if __name__ == "__main__":
    main()
