"""The steps of matching pursuit, and how to know an orthogonal one: for exercise 10.6."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def step(left, D):
    strength, at = (left @ D.T).max(dim=1)
    return strength.clamp_min(0), at


def pursue(x, D, k):
    f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
    for _ in range(k):
        strength, at = step(left, D)
        f[row, at] += strength
        left = left - strength[:, None] * D[at]
    return f


def are_fitted_anew(
    right: Float[Tensor, "row latent"],
    given: Any,
    x: Float[Tensor, "row d_in"],
    D: Float[Tensor, "latent d_in"],
    k: int,
) -> bool:
    """Whether what a code leaves has no product with any direction that it uses, as least squares makes it."""
    if not isinstance(given, Tensor) or given.shape != right.shape or not given.any():
        return False
    products = (x - given.to(x) @ D) @ D.T
    return k == 1 or bool((products[given != 0].abs() < 1e-3 * x.norm()).all())
