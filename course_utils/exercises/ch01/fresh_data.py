"""What fresh data says of the six models of 1.5: their losses, and how far it would still move them."""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import toy

DENSITY = torch.tensor([1.0, 0.5, 0.3, 0.1, 0.05, 0.03])


IMPORTANCE = 0.9 ** torch.arange(5)


def fresh_loss(
    W: Tensor, b: Tensor, density: Tensor = DENSITY, importance: Tensor = IMPORTANCE
) -> Float[Tensor, "instance"]:
    """Loss of every instance on 20,000 inputs of its own density, always the same ones."""
    x = fresh_inputs(tuple(density.tolist()))
    return toy.weighted_mse(x, toy.relu_output_model(W, b, x), importance)


@cache
def fresh_inputs(density: tuple[float, ...]) -> Float[Tensor, "batch instance feature"]:
    return toy.sparse_features(20_000, 5, density=torch.tensor(density)[:, None], n_instances=len(density), seed=1)


LEFT = torch.tensor([0.0008, 0.0012, 0.0015, 0.0052, 0.0102, 0.015])
"""Share of its loss that a model trained for 2,000 steps on fresh batches of 500 could still gain, by density: median
of 220 trainings. `unrest` was at most 1.28 for these, at least 1.47 for 44 trainings on a single batch."""


def unrest(W: Tensor, b: Tensor) -> float:
    """How far fresh data would move the models, in units of what a right training leaves; their mean.

    A model at its minimum for the batch it has seen again and again isn't at the minimum for others. The distance is
    √(gᵀH⁻¹g/2), what one Newton step would gain, from gradient g and Gauss-Newton matrix H on 20,000 fresh inputs.
    """
    x = fresh_inputs(tuple(DENSITY.tolist())).transpose(0, 1)  # [instance, batch, feature]
    u = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)  # z_f is linear in each weight, with factors linear in u
    z = x @ W.mT @ W + b[:, None]
    on, error = (z > 0).float(), z.relu() - x
    g, H = torch.zeros(6, 15, 1), torch.zeros(6, 15, 15)
    for f in range(5):
        by_W, by_b = torch.zeros(6, 2, 5, 6), torch.zeros(6, 5, 6)
        by_W[..., :5] = W[:, :, f, None, None] * torch.eye(5)  # dz_f/dW_hj = W_hf x_j, and if j = f: + Σ_k W_hk x_k
        by_W[:, :, f, :5] += W
        by_b[:, f, 5] = 1
        A, weight = torch.cat([by_W.flatten(1, 2), by_b], dim=1), 2 * IMPORTANCE[f] / 5 / x.shape[1]
        seen = u * on[..., f, None]
        g += weight * A @ (seen.mT @ error[..., f, None])
        H += weight * A @ (seen.mT @ seen) @ A.mT
    H += 0.01 * H.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None] * torch.eye(15)
    gain = (g.mT @ torch.linalg.solve(H, g)).flatten() / 2 / fresh_loss(W, b)
    return (gain / LEFT).sqrt().mean().item()


def variance(density: Tensor) -> Tensor:
    """Var(x) of a feature that is U[0, 1] with probability `density`, else 0."""
    return density / 3 - density**2 / 4


def loss_of_top_two(density: Tensor) -> Float[Tensor, "instance"]:
    """Loss of a model that keeps features 0 and 1 and answers the mean of the others."""
    return IMPORTANCE[2:].sum() * variance(density) / 5
