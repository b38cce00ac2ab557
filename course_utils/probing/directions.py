"""Directions of what is known to hold: differences of means, and what groups of them have in common."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.probing.closed_form import fit_mean_difference


def class_directions(x: Float[Tensor, "row neuron"], which: Int[Tensor, " row"]) -> Float[Tensor, "class neuron"]:
    """The mean of each class, from which the mean of these means was taken off: they add up to zero."""
    member = F.one_hot(which).to(x.dtype)
    means = (member.T @ x) / member.sum(0)[:, None]
    return means - means.mean(0)


def feature_directions(
    x: Float[Tensor, "row neuron"], on: Float[Tensor, "row feature"]
) -> Float[Tensor, "feature neuron"]:
    """For each feature the mean of the rows where it holds (1) minus the mean of those where it doesn't (0).

    Raises:
        ValueError: a feature holds in every row, or in none.
    """
    return fit_mean_difference(x, on > 0.5).weight.T


def explained(directions: Float[Tensor, "direction neuron"], groups: Int[Tensor, " direction"]) -> float:
    """The share of their squared length that one direction for each group, the mean of its members, accounts for."""
    member = F.one_hot(groups).to(directions.dtype)
    centre = (member.T @ directions) / member.sum(0)[:, None]
    return (centre[groups].square().sum() / directions.square().sum()).item()


def rms_cosine(
    x: Float[Tensor, "document position neuron"],
    holding: Mapping[str, tuple[Bool[Tensor, "document position"], Int[Tensor, " place"]]],
    pairs: Sequence[tuple[str, str]],
    rng: torch.Generator | None = None,
) -> float:
    """The root mean square of the cosines between the class directions of one family and those of another.

    Args:
        holding: for each family where one of its features holds, and which.
        pairs: of families, by name; all their cosines together.
        rng: shuffles the labels of each family first, among its own places.
    """
    crowd = {}
    for family in dict.fromkeys(name for pair in pairs for name in pair):
        where, which = holding[family]
        order = torch.arange(len(which)) if rng is None else torch.randperm(len(which), generator=rng)
        found = F.normalize(class_directions(x[where], which[order]), dim=1)
        crowd[family] = found[:1] if len(found) == 2 else found  # two classes have one contrast
    return torch.cat([(crowd[a] @ crowd[b].T).flatten() for a, b in pairs]).square().mean().sqrt().item()
