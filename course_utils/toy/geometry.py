"""How features share dimensions (Elhage et al. 2022, sections 2 and 4). Column i of ``W`` is feature i's direction."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def arrows(lengths: list[float], degrees: list[float]) -> Float[Tensor, "2 feature"]:
    """``W`` of one model in the plane, from the length and the direction of each column."""
    angle = torch.tensor(degrees).deg2rad()
    return torch.tensor(lengths) * torch.stack([angle.cos(), angle.sin()])


def superposition(W: Float[Tensor, "*instance hidden feature"]) -> Float[Tensor, "*instance feature"]:
    """``Σ_{j≠i} (ŵᵢ·wⱼ)²``: how much the others overlap feature i; 0 has its direction to itself, or is dropped.

    ŵᵢ is wᵢ scaled to length 1; a feature with wᵢ = 0 has no direction and gets 0.
    """
    overlap = _unit(W).mT @ W
    return (overlap**2).sum(-1) - _own(overlap) ** 2


def dimensions_per_feature(W: Float[Tensor, "*instance hidden feature"]) -> Float[Tensor, "*instance"]:
    """``hidden / ‖W‖²_F``: as ‖W‖²_F counts the features with norm 1, the dimensions each has (∞ if W = 0)."""
    return W.shape[-2] / (W**2).sum((-2, -1))


def feature_dimensionality(W: Float[Tensor, "*instance hidden feature"]) -> Float[Tensor, "*instance feature"]:
    """``‖wᵢ‖² / Σⱼ (ŵᵢ·wⱼ)²``: the share of a dimension that feature i has; 1 alone, 1/2 in a pair, 0 dropped."""
    total = ((_unit(W).mT @ W) ** 2).sum(-1)
    return torch.where(total > 0, (W**2).sum(-2) / total.clamp_min(torch.finfo(W.dtype).tiny), 0.0)


def kept(W: Float[Tensor, "*instance hidden feature"], shortest: float = 0.5) -> Bool[Tensor, "*instance feature"]:
    """Features whose arrow is longer than ``shortest``: those that count as represented."""
    return W.norm(dim=-2) > shortest


def alignment(W: Float[Tensor, "*instance hidden feature"]) -> Float[Tensor, "*instance"]:
    """Mean over kept features of the share of ``‖wᵢ‖²`` on its largest unit; 1: each has one (0: none kept).

    Other than lengths and angles it changes when the hidden space is turned.
    """
    counts = kept(W).to(W.dtype)
    share = (W**2).amax(-2) / (W**2).sum(-2).clamp_min(torch.finfo(W.dtype).tiny)
    return (share * counts).sum(-1) / counts.sum(-1).clamp_min(1)


def neighbour_angles(W: Float[Tensor, "*instance 2 feature"]) -> Float[Tensor, "*instance feature"]:
    """Angles in degrees from each direction in the plane to the next one round the circle; they add up to 360.

    Raises:
        ValueError: the hidden space isn't a plane.
    """
    if W.shape[-2] != 2:
        raise ValueError(f"directions have neighbours in 2 hidden dimensions; W has {W.shape[-2]}")
    angles = torch.rad2deg(torch.atan2(W[..., 1, :], W[..., 0, :])).sort(dim=-1).values
    return torch.cat([angles[..., 1:], angles[..., :1] + 360], dim=-1) - angles


def _unit(W: Tensor) -> Tensor:
    norms = W.norm(dim=-2, keepdim=True)
    return torch.where(norms > 0, W / norms.clamp_min(torch.finfo(W.dtype).tiny), 0.0)


def _own(overlap: Tensor) -> Tensor:
    return overlap.diagonal(dim1=-2, dim2=-1)
