"""Data that several tests draw."""

import numpy as np
import torch

DENSITIES = [1.0, 0.1, 0.03]
TITLES = [f"1−S = {d:g}" for d in DENSITIES]
IMPORTANCE = 0.9 ** torch.arange(5)
KINDS = ("relu", "topk")


def pentagon() -> torch.Tensor:
    """[2, feature]: five unit arrows, 72° apart."""
    angle = 2 * torch.pi * torch.arange(5) / 5
    return torch.stack([angle.cos(), angle.sin()])


def models(hidden: int = 2, features: int = 5) -> torch.Tensor:
    """[instance hidden feature]"""
    return torch.randn(3, hidden, features, generator=torch.Generator().manual_seed(0))


def turning(logs: int = 101) -> torch.Tensor:
    """Rows [log, 5, 2] that turn from 40° off to the pentagon, growing meanwhile."""
    angle = 2 * torch.pi * torch.arange(5) / 5 + torch.linspace(0.7, 0, logs)[:, None]
    return torch.stack([angle.cos(), angle.sin()], dim=-1) * torch.linspace(1, 3, logs)[:, None, None]


def per_kind(*values: float) -> dict[str, list[float]]:
    return {kind: [v + 0.01 * k for v in values] for k, kind in enumerate(KINDS)}


def data(values) -> np.ndarray:
    return np.asarray(values, dtype=float)
