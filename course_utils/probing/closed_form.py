"""Probes that need no training: the difference of two means, as it is or through the inverse covariance."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.probing.linear import Probe

RIDGE = 1e-6  # of the largest variance: directions that hardly vary must not get all the weight


def fit_mean_difference(acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"]) -> Probe:
    """The direction from the mean without a feature to the mean with it; the score is 0 half-way between them.

    Raises:
        ValueError: a feature holds in every row, or in none.
    """
    with_it, without = _means(acts, labels)
    direction = (with_it - without).T
    middle = (with_it + without) / 2
    return Probe(direction, -(middle * direction.T).sum(1))


def fit_lda(acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"]) -> Probe:
    """Linear discriminant analysis of every feature against its absence: Σ⁻¹ (μ₁ − μ₀), Σ the covariance within the two
    groups. The scores are log-odds if both groups are Gaussian with this covariance (Hastie, Tibshirani and Friedman
    2009, *The Elements of Statistical Learning*, section 4.3).

    Raises:
        ValueError: a feature holds in every row, or in none.
    """
    with_it, without = (t.double() for t in _means(acts, labels))
    share = labels.double().mean(0)
    centred = acts.double() - acts.double().mean(0)
    total = centred.T @ centred / len(acts)
    total = total + RIDGE * total.diagonal().max() * torch.eye(len(total), dtype=torch.double)
    difference = (with_it - without).T
    solved = torch.linalg.solve(total, difference)
    # Σ is the total covariance less share (1 − share) δδᵀ, a matrix of rank one: Sherman and Morrison invert it.
    weight = solved / (1 - share * (1 - share) * (difference * solved).sum(0))
    bias = torch.logit(share) - ((with_it + without).T / 2 * weight).sum(0)
    return Probe(weight.to(acts.dtype), bias.to(acts.dtype))


def _means(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"]
) -> tuple[Float[Tensor, "feature neuron"], Float[Tensor, "feature neuron"]]:
    """Of the rows with each feature, and of those without."""
    holds = labels.sum(0)
    if ((holds == 0) | (holds == len(labels))).any():
        raise ValueError("every feature should hold in some rows and be absent in others.")
    y = labels.to(acts.dtype)
    sums = y.T @ acts
    return sums / holds[:, None], (acts.sum(0) - sums) / (len(labels) - holds)[:, None]
