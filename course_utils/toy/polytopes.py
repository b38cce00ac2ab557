"""Features that share a subspace, and the figure that they make there (Elhage et al. 2022, section 4)."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


def _polygon(n: int) -> Float[Tensor, "2 n"]:
    angle = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    return torch.stack([angle.cos(), angle.sin()])


def _antiprism() -> Float[Tensor, "3 8"]:
    """A cube with one face turned by 45°: of all square antiprisms the one that spreads evenly over the 3 dimensions,
    ``Σ wwᵀ = 8/3 · 1``, so that each has 3/8 of one, as much as eight can."""
    angle = math.pi / 4 * torch.tensor([0, 2, 4, 6, 1, 3, 5, 7], dtype=torch.float64)
    height = torch.tensor([1.0] * 4 + [-1.0] * 4, dtype=torch.float64)
    return torch.stack([2**0.5 * angle.cos(), 2**0.5 * angle.sin(), height]) / 3**0.5


POLYTOPES: dict[str, Float[Tensor, "dimension corner"]] = {
    "alone": torch.ones(1, 1, dtype=torch.float64),
    "digon": torch.tensor([[1.0, -1.0]], dtype=torch.float64),
    "triangle": _polygon(3),
    "tetrahedron": torch.tensor([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=torch.float64) / 3**0.5,
    "pentagon": _polygon(5),
    "square antiprism": _antiprism(),
}
"""Corners as the columns of a ``W``, all of length 1. Every corner has the dimensionality dimensions/corners: 1, 1/2,
2/3, 3/4, 2/5 and 3/8. (A square is two digons, an octahedron three, a triangular bipyramid a triangle and a digon.)"""

NAMES = {(W.shape[1], W.shape[0]): name for name, W in POLYTOPES.items()}
"""Name by (number of features, rank)."""


class Shape(NamedTuple):
    """A group of features with a subspace to themselves."""

    name: str
    """A name of ``POLYTOPES``, or "none of these"."""
    members: tuple[int, ...]
    """Features, counted from 0."""
    rank: int
    """Dimensions of the subspace."""


def feature_groups(
    W: Float[Tensor, "*instance hidden feature"], *, overlap: float = 0.25, shortest: float = 0.5
) -> Int[Tensor, "*instance feature"]:
    """Number of the group that each feature belongs to: the least feature in it; −1: too short to be in any.

    Two features whose directions have ``|cos| > overlap`` share a group, and so do the groups of both.

    >>> feature_groups(torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.1]]))
    tensor([ 0,  0,  2, -1])
    """
    length = W.norm(dim=-2)
    kept = length > shortest
    unit = W / length.clamp_min(torch.finfo(W.dtype).tiny).unsqueeze(-2)
    n_features = W.shape[-1]
    joined = ((unit.mT @ unit).abs() > overlap) | torch.eye(n_features, dtype=torch.bool, device=W.device)
    reach = joined & kept.unsqueeze(-1) & kept.unsqueeze(-2)
    for _ in range(n_features.bit_length()):  # each round doubles the length of the ways that it knows
        reach = (reach.float() @ reach.float()) > 0
    return torch.where(kept, reach.int().argmax(dim=-1), -1)


def shapes(
    W: Float[Tensor, "hidden feature"],
    *,
    overlap: float = 0.25,
    shortest: float = 0.5,
    flat: float = 0.2,
    irregular: float = 0.1,
) -> list[Shape]:
    """The groups of one model with the names of the polytopes that they are, the largest first.

    A direction counts for the rank if the group's singular value along it, all columns scaled to length 1, is at least
    ``flat`` times the largest. A group gets a name of ``POLYTOPES`` if it has as many members and as large a rank, and
    if the cosines between its members, in rising order, lie within ``irregular`` of those between the corners (root
    mean square). Lengths may differ.

    >>> [shape.name for shape in shapes(torch.block_diag(*(POLYTOPES[name] for name in ("digon", "pentagon"))))]
    ['pentagon', 'digon']
    """
    labels, found = feature_groups(W, overlap=overlap, shortest=shortest), []
    for label in labels[labels >= 0].unique().tolist():
        members = tuple((labels == label).nonzero()[:, 0].tolist())
        unit = torch.nn.functional.normalize(W[:, list(members)].double(), dim=0)
        spread = torch.linalg.svdvals(unit)
        rank = int((spread >= flat * spread[0]).sum())
        name = NAMES.get((len(members), rank))
        fits = name is not None and _far(unit, POLYTOPES[name]) <= irregular
        found.append(Shape(name if fits else "none of these", members, rank))
    return sorted(found, key=lambda shape: (-len(shape.members), shape.members))


def _far(unit: Float[Tensor, "hidden member"], corners: Float[Tensor, "dimension member"]) -> float:
    """Root mean square between the cosines of two figures' members, each in rising order."""
    i, j = torch.triu_indices(unit.shape[1], unit.shape[1], 1)
    own, others = ((columns.mT @ columns)[i, j].sort().values for columns in (unit, corners))
    return (own - others).square().mean().sqrt().item() if len(i) else 0.0


def in_own_space(W: Float[Tensor, "hidden feature"], members: tuple[int, ...], n: int = 3) -> Float[Tensor, "n member"]:
    """Some features' columns in the ``n`` directions along which they differ most, to draw them; lengths and angles
    stay as they are if the group has no more than ``n`` dimensions."""
    columns = W[:, list(members)]
    U = torch.linalg.svd(columns, full_matrices=False).U[:, :n]
    seen = U.mT @ columns
    return torch.cat([seen, seen.new_zeros(n - len(seen), seen.shape[1])])
