"""The expected loss of given weights, exactly: no examples, no noise.

Inputs are uniform on [0, 1], so every term is an integral of a power of ReLU over a cube. With ``R_m(z) = ReLU(z)^m``

    ∫ R_m(b + c·x) dx over [0, 1]^k  =  m!/(m+k)! · Σ_v (−1)^(k−|v|) R_{m+k}(b + c·v) / Πc     (v: the cube's corners)
"""

from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor

FLAT = 0.01  # an overlap below this is integrated by two points instead of divided by
GAUSS = 0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5  # both have weight 1/2; exact up to cubes


def expected_loss(
    W: Float[Tensor, "*grid hidden feature"],
    b: Float[Tensor, "*grid feature"],
    importance: Float[Tensor, "*grid feature"],
    density: Float[Tensor, "*grid"] | Float[Tensor, "*grid feature"],
) -> Float[Tensor, "*grid"]:
    """Mean over all inputs of ``weighted_mse`` for the ReLU output model with independent features; use float64.

    ``density`` is one number for each model (as many dimensions as the grid), or one for each feature of each (one
    dimension more; ``density[None]`` serves all models). The cost is 4^feature. Exact up to rounding, or about 10⁻⁸
    where overlaps ``wᵢ·wⱼ`` are near 0 (see ``FLAT``).

    >>> W, b = torch.eye(2).double(), torch.zeros(2).double()
    >>> expected_loss(W, b, torch.ones(2).double(), torch.tensor([0.5, 0.1]).double())        # each keeps its own
    tensor(0., dtype=torch.float64)
    """
    overlap, n_features = W.mT @ W, W.shape[-1]
    density = density.unsqueeze(-1) if density.ndim == W.ndim - 2 else density
    density = density.expand(b.shape)
    total = torch.zeros(b.shape[:-1], dtype=W.dtype)
    for i in range(n_features):
        others = [j for j in range(n_features) if j != i]
        for on in product((False, True), repeat=n_features - 1):
            active = [j for j, is_on in zip(others, on, strict=True) if is_on]
            chance = torch.ones_like(total)
            for j, is_on in zip(others, on, strict=True):
                chance = chance * (density[..., j] if is_on else 1 - density[..., j])
            c, own, bias, p = [overlap[..., i, j] for j in active], overlap[..., i, i], b[..., i], density[..., i]
            square = relu_integral(2, [*c, own], bias)
            present = 1 / 3 - 2 * _times_own(c, own, bias, square) + square
            absent = relu_integral(2, c, bias)
            total = total + importance[..., i] * chance * (p * present + (1 - p) * absent)
    return total / n_features


def relu_integral(power: int, c: list[Float[Tensor, "*grid"]], b: Float[Tensor, "*grid"]) -> Float[Tensor, "*grid"]:
    """``∫ R_power(b + c·x) dx`` over the unit cube; the formula at the top of this module.

    A variable with a small coefficient would be divided by nearly 0. It is set to two points instead (Gauss and
    Legendre's), and counts for nothing in k.
    """
    flat = [cj.abs() < FLAT for cj in c]
    order = power + sum((~each).to(b.dtype) for each in flat) if c else torch.full_like(b, power)
    total = torch.zeros_like(b)
    for corner in product((0, 1), repeat=len(c)):
        z, sign = b, torch.ones_like(b)
        for v, cj, is_flat in zip(corner, c, flat, strict=True):
            z = z + cj * torch.where(is_flat, GAUSS[v], float(v))
            sign = sign * torch.where(is_flat, 0.5, 1.0 if v else -1.0)
        total = total + sign * z.clamp_min(0) ** order
    for cj, is_flat in zip(c, flat, strict=True):
        total = total / torch.where(is_flat, 1.0, cj)
    return total * torch.exp(torch.lgamma(torch.tensor(power + 1.0, dtype=b.dtype)) - torch.lgamma(order + 1))


def _times_own(c: list[Tensor], own: Tensor, bias: Tensor, square: Tensor) -> Tensor:
    """``∫ x R_1(b + c·x + own·x)``: by parts from ``square``, the integral of R_2, or by two points if own is small."""
    flat = own.abs() < FLAT
    by_parts = (relu_integral(2, c, bias + own) - square) / (2 * torch.where(flat, 1.0, own))
    by_points = sum(0.5 * x * relu_integral(1, c, bias + own * x) for x in GAUSS)
    return torch.where(flat, by_points, by_parts)
