"""Directions of what is known to hold: differences of means, and what groups of them have in common."""

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def class_directions(x: Float[Tensor, "row neuron"], which: Int[Tensor, " row"]) -> Float[Tensor, "class neuron"]:
    """The mean of each class, from which the mean of these means was taken off: they add up to zero."""
    member = F.one_hot(which).to(x.dtype)
    means = (member.T @ x) / member.sum(0)[:, None]
    return means - means.mean(0)


def feature_directions(
    x: Float[Tensor, "row neuron"], on: Float[Tensor, "row feature"]
) -> Float[Tensor, "feature neuron"]:
    """For each feature the mean of the rows where it holds (1) minus the mean of those where it doesn't (0)."""
    with_it, count = on.T @ x, on.sum(0)[:, None]
    return with_it / count.clamp_min(1) - (x.sum(0) - with_it) / (len(x) - count).clamp_min(1)


def explained(directions: Float[Tensor, "direction neuron"], groups: Int[Tensor, " direction"]) -> float:
    """The share of their squared length that one direction for each group, the mean of its members, accounts for."""
    member = F.one_hot(groups).to(directions.dtype)
    centre = (member.T @ directions) / member.sum(0)[:, None]
    return (centre[groups].square().sum() / directions.square().sum()).item()
