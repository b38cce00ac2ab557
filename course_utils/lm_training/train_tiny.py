"""Train the model ``tiny`` from nothing: ``python -m course_utils.lm_training.train_tiny`` writes its weights and
its card, weights/tiny.safetensors and weights/tiny.md.

Two runs with the same seed and thread count on one machine give the same bytes.
"""

import argparse
import json
import time
from typing import NamedTuple

import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils.lm.boot import build
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm.tiny_language import VOCABULARY, sample
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


def fold_layer_norm(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same function with LayerNorm's scale and shift moved into the matrices that read from it.

    What stays of a LayerNorm is "subtract the mean, divide by the deviation", so that a logit becomes a plain dot
    product plus a bias. Two things that change no prediction go as well: the part of each unembedding direction that
    meets the (zero) mean of the residual, and the mean logit over the vocabulary.
    """
    weights = {key: value.clone() for key, value in weights.items()}
    layers = CONFIG["n_layers"]
    readers = {f"blocks.{i}.ln1": [f"blocks.{i}.attn.{x}" for x in "qkv"] for i in range(layers)}
    readers |= {f"blocks.{i}.ln2": [f"blocks.{i}.mlp.in"] for i in range(layers)}
    readers["ln_final"] = ["unembed"]
    for norm, matrices in readers.items():
        scale, shift = weights.pop(f"{norm}.weight"), weights.pop(f"{norm}.bias")
        for name in matrices:
            weights[f"{name}.bias"] += weights[f"{name}.weight"] @ shift
            weights[f"{name}.weight"] *= scale
    direction: Float[Tensor, "vocab model"] = weights["unembed.weight"]
    direction -= direction.mean(1, keepdim=True)
    direction -= direction.mean(0, keepdim=True)
    weights["unembed.bias"] -= weights["unembed.bias"].mean()
    return {key: value.contiguous() for key, value in weights.items()}


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
