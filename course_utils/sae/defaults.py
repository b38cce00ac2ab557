"""What a training is given where nothing is said: the settings with which bench/sae_training.py compares us.

They were chosen there, for 512 features in 128 dimensions, 6 of them on in a row, and 500 steps of 2,048 rows; what
depends on sizes or steps is carried over as the functions below say. Long trainings on a language model's activations
want other ones, as their papers have them: a latent that is rare there isn't dead after some thousand rows.
"""

from typing import Any

FREE = {  # where rows of W_dec are free: how short they start
    "topk": 0.1, "batchtopk": 0.1, "matryoshka": 0.1, "relu": 0.3, "gated": 1.0, "jumprelu": 0.5,
}  # fmt: skip
SPARSITY_WARMUP = {"relu": 0.02, "jumprelu": 0.02}
LR_WARMUP = {"relu": 0.0}
RESAMPLED = {"relu": 0.3, "jumprelu": 0.1}  # after which part of the training, again and again
HIGHEST_LR = {"jumprelu": 8e-3}  # its thresholds feel only what is within a window of a fixed width


def initial_norm(architecture: str, decoder_norm: str) -> float:
    return 1.0 if decoder_norm == "unit" else FREE[architecture]


def initial_l0(architecture: str, d_sae: int) -> float:
    return min(64 if architecture == "relu" else 32, d_sae / 4)


def dead_after(d_sae: int, active: float | None) -> int:
    """Rows in which a latent that fires as often as the average one would fire 60 times."""
    return max(1, round(60 * d_sae / (active or 6)))


def sparsity_warmup(architecture: str) -> float:
    return SPARSITY_WARMUP.get(architecture, 0.1)


def resample_every(every: Any, architecture: str, steps: int) -> int | None:
    """Steps between two resamplings, where ``every`` leaves that to us."""
    if every != "auto":
        return every
    return max(1, round(RESAMPLED[architecture] * steps)) if architecture in RESAMPLED else None


def lr(architecture: str, d_in: int, steps: int) -> float:
    """8e-3 at 128 dimensions and 500 steps. A row's numbers are as large as 1/√d_in, and Adam moves each by about lr a
    step; a longer training can afford smaller steps, and ends nearer to its goal."""
    return min(0.09 / d_in**0.5, HIGHEST_LR.get(architecture, 0.03)) * min(1.0, (500 / steps) ** 0.5)


def lr_warmup(architecture: str) -> float:
    return LR_WARMUP.get(architecture, 0.05)
