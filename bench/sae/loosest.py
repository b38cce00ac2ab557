"""Is it the setting or the training? Chapter 09.11 with many more steps than it can spend.

    python bench/sae/loosest.py                # 4,000 and 8,000 steps, three seeds each: ten minutes on one core
    python bench/sae/loosest.py --steps 2000 --seeds 21

Prints the share of the 32 features that have a latent with a cosine above 0.9, seed by seed. World, batches and
learning rate are the chapter's.
"""

import argparse

import torch

from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.matching import max_cosines
from course_utils.sae.synthetic import SyntheticFeatures, near_orthogonal

LOOSEST = [
    {"architecture": "relu", "l0_target": 5},
    {"architecture": "gated", "l0_target": 5},
    {"architecture": "jumprelu", "l0_target": 5},
    {"architecture": "batchtopk", "k": 5},
    {"architecture": "matryoshka", "k": 5, "groups": (8, 8, 16)},
    {"architecture": "topk", "k": 5},
    {"architecture": "topk", "k": 8},
]
PLAIN = {"initial_norm": 1.0, "dead_after": 50_000, "aux": 1 / 32, "resample_every": None}  # the chapter's
PLAIN |= {"bandwidth": 0.05, "sparsity_warmup": 0.1}


def found(steps: int, seed: int, **config) -> float:
    world = SyntheticFeatures(near_orthogonal(32, 16, seed=seed), density=2 / 32)
    x, _ = world.sample(20_000, seed)
    plain = PLAIN | {"decoder_norm": "free" if config["architecture"] == "relu" else "unit"}
    how = {"batch_size": 512, "lr": 0.01, "lr_warmup": 0.05, "seed": seed + 1, "device": "cpu", "progress": False}
    sae = train_sae(x, SAEConfig(d_in=16, d_sae=32, **plain, **config), steps=steps, **how)
    return max_cosines(world.directions, sae.W_dec).found(0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, nargs="+", default=[4_000, 8_000])
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for steps in options.steps:
        for config in LOOSEST:
            shares = [found(steps, seed, **config) for seed in range(options.seeds)]
            name = ", ".join(f"{key} {value}" for key, value in config.items() if key != "architecture")
            print(f"{steps:,} steps, {config['architecture']}, {name}:", *(f"{s:.2f}" for s in shares), flush=True)


if __name__ == "__main__":
    main()
