"""Maps that take a concept out of activations, so that no linear probe finds it: three ways, one form."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import normalize

from course_utils.probing.closed_form import fit_mean_difference
from course_utils.probing.linear import fit_dense

VARIES = 1e-8  # of the largest variance: a direction that varies less counts as one that never does


class Eraser(NamedTuple):
    """x ↦ x − remove (x − mean)."""

    mean: Float[Tensor, " neuron"]
    remove: Float[Tensor, "neuron neuron"]

    def __call__(self, acts: Float[Tensor, "*row neuron"]) -> Float[Tensor, "*row neuron"]:
        return acts - (acts - self.mean) @ self.remove.T


def erase_direction(mean: Float[Tensor, " neuron"], direction: Float[Tensor, "neuron *n"]) -> Eraser:
    """Puts what lies along a direction, or in the span of several, where it is on average."""
    basis = torch.linalg.qr(direction.double().reshape(len(mean), -1)).Q
    return Eraser(mean, (basis @ basis.T).to(mean.dtype))


def erase_mean_difference(acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row concept"]) -> Eraser:
    """Projects away the span of the concepts' mean differences, at a right angle. Afterwards the mean is the same with
    and without each concept, so that no linear probe trained with a convex loss does better than a constant (Belrose et
    al. 2023, theorem 3.1)."""
    return erase_direction(acts.mean(0), fit_mean_difference(acts, labels).weight)


def erase_leace(acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row concept"]) -> Eraser:
    """LEACE (Belrose et al. 2023, *LEACE: Perfect Linear Concept Erasure in Closed Form*, theorem 4.2).

    Of all affine maps after which the activations have no covariance with the concepts, the one that changes them
    least: remove = W⁺ P W, where W = Σ^(−1/2) whitens the activations, and P projects onto what the whitened
    activations have in common with the concepts.
    """
    x, z = (t.double() - t.double().mean(0) for t in (acts, labels))
    values, vectors = torch.linalg.eigh(x.T @ x / len(x))
    kept = values > VARIES * values[-1]
    values, vectors = values[kept], vectors[:, kept]
    whiten, colour = vectors / values.sqrt() @ vectors.T, vectors * values.sqrt() @ vectors.T
    left, size, _ = torch.linalg.svd(whiten @ (x.T @ z / len(x)), full_matrices=False)
    basis = left[:, size > 1e-10 * size.max()]
    return Eraser(acts.mean(0), (colour @ basis @ basis.T @ whiten).to(acts.dtype))


def erase_iteratively(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row concept"], *, rounds: int = 10
) -> Eraser:
    """Iterative null-space projection (Ravfogel et al. 2020, *Null It Out*): fit a logistic probe, project its
    direction away, fit the next one to what is left. Each round removes one direction for each concept."""
    mean, basis = acts.mean(0), torch.zeros(acts.shape[1], 0)
    for _ in range(rounds):
        left = acts - (acts - mean) @ basis @ basis.T
        direction = fit_dense(left, labels).weight
        direction = direction - basis @ (basis.T @ direction)
        basis = torch.linalg.qr(torch.cat([basis, direction / direction.norm(dim=0)], 1)).Q
    return Eraser(mean, basis @ basis.T)


def as_far(change: Callable[[Tensor], Tensor], seed: int) -> Callable[[Tensor], Tensor]:
    """The control for a change: every row moved as far as this one moves it, each in a random direction."""

    def move(acts: Float[Tensor, "*row neuron"]) -> Float[Tensor, "*row neuron"]:
        anywhere = torch.randn(acts.shape, generator=torch.Generator().manual_seed(seed), dtype=acts.dtype)
        return acts + (change(acts) - acts).norm(dim=-1, keepdim=True) * normalize(anywhere, dim=-1)

    return move
