"""F1, and the thresholds and neurons for which it is largest."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Cut(NamedTuple):
    """A threshold for each feature: at or above it the feature is said to hold. Infinite if it has no positive."""

    threshold: Float[Tensor, " feature"]
    f1: Float[Tensor, " feature"]  # where it was chosen: an optimist's figure, since it was chosen for it


class NeuronCut(NamedTuple):
    """The neuron and the threshold that tell best whether a feature holds."""

    neuron: Int[Tensor, " feature"]
    threshold: Float[Tensor, " feature"]
    f1: Float[Tensor, " feature"]  # where they were chosen


def f1(said: Bool[Tensor, "position feature"], labels: Bool[Tensor, "position feature"]) -> Float[Tensor, " feature"]:
    """The harmonic mean of precision and recall; 0 where nothing right was said, nan where the feature never holds."""
    right = (said & labels).sum(0).double()
    holds = labels.sum(0)
    return torch.where(holds > 0, 2 * right / (said.sum(0) + holds), torch.nan).float()


def best_thresholds(scores: Float[Tensor, "position feature"], labels: Bool[Tensor, "position feature"]) -> Cut:
    """For each feature the threshold on its own column of scores with the largest F1."""
    cuts = [_best_cut(column, where) for column, where in zip(scores.unbind(1), positives(labels))]
    return Cut(*(torch.tensor(values) for values in zip(*cuts)))


def best_neurons(acts: Float[Tensor, "position neuron"], labels: Bool[Tensor, "position feature"]) -> NeuronCut:
    """For each feature the neuron, and the threshold on it, with the largest F1: every neuron and threshold is tried.

    A neuron says that a feature holds by a high activation; a low one is not tried.
    """
    where = positives(labels)
    feature = torch.cat([torch.full((len(rows),), i) for i, rows in enumerate(where)])
    rows, holds = torch.cat(where), torch.tensor([len(rows) for rows in where])
    first = holds.cumsum(0) - holds
    best = NeuronCut(
        torch.zeros(len(where), dtype=torch.long), torch.full((len(where),), torch.inf), torch.zeros(len(where))
    )
    for neuron, column in enumerate(acts.unbind(1)):
        value, order = column[rows].sort(descending=True)
        by_feature = feature[order].argsort(stable=True)  # the positives of each feature together, highest first
        value, of = value[by_feature], feature[order][by_feature]
        right = torch.arange(len(of)) - first[of] + 1
        said = len(column) - torch.searchsorted(column.sort().values, value)
        score = 2 * right / (said + holds[of])
        top = torch.zeros(len(where)).scatter_reduce(0, of, score, "amax")
        reached = (score == top[of]).nonzero().flatten()
        threshold = torch.full((len(where),), -torch.inf).scatter_reduce(0, of[reached], value[reached], "amax")
        better = top > best.f1
        best = NeuronCut(
            best.neuron.masked_fill(better, neuron),
            torch.where(better, threshold, best.threshold),
            torch.where(better, top, best.f1),
        )
    return best


def positives(labels: Bool[Tensor, "position feature"]) -> list[Int[Tensor, " positive"]]:
    """The positions where each feature holds."""
    feature, position = labels.T.nonzero(as_tuple=True)
    return list(position.split(labels.sum(0).tolist())) if len(feature) else [position] * labels.shape[1]


def _best_cut(column: Float[Tensor, " position"], where: Int[Tensor, " positive"]) -> tuple[float, float]:
    """Threshold and F1. The best threshold is the value of a positive: between two of them only false alarms join."""
    if len(where) == 0:
        return torch.inf, torch.nan
    value = column[where].sort(descending=True).values
    right = torch.arange(1, len(value) + 1)  # of equal values the last counts them all, and scores highest
    score = 2 * right / (count_at_least(column, value) + len(value))
    best = int(score.argmax())
    return float(value[best]), float(score[best])


def count_at_least(column: Float[Tensor, " position"], values: Float[Tensor, " value"]) -> Int[Tensor, " value"]:
    """How many entries of the column are at least as large as each value."""
    ascending, order = values.sort()
    passed = torch.bincount(torch.bucketize(column.contiguous(), ascending, right=True), minlength=len(values) + 1)
    at_least = passed.flip(0).cumsum(0).flip(0)[1:]  # an entry in bucket i reaches the values before i
    return torch.empty_like(at_least).scatter_(0, order, at_least)
