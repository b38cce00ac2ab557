"""How good a score is at telling a feature, over all thresholds; and whether a probability means what it says."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.probing.f1 import count_at_least, positives


class Errors(NamedTuple):
    """What is said of each feature, against what holds."""

    precision: Float[Tensor, " feature"]
    """Of what was said to hold, the share that does; nan where nothing was said."""
    recall: Float[Tensor, " feature"]
    """Of what holds, the share that was said; nan where the feature never holds."""
    accuracy: Float[Tensor, " feature"]
    """The share of all positions at which it was said rightly whether the feature holds."""


class Calibration(NamedTuple):
    """Positions with similar probabilities of a probe, taken together."""

    said: Float[Tensor, " bin"]
    """The mean of their probabilities; nan for a bin without a position."""
    holds: Float[Tensor, " bin"]
    """The share of them at which the feature holds; nan for a bin without a position."""
    count: Int[Tensor, " bin"]


def errors(said: Bool[Tensor, "position feature"], labels: Bool[Tensor, "position feature"]) -> Errors:
    """Precision, recall and accuracy of every feature."""
    right = (said & labels).sum(0).double()
    accuracy = (said == labels).double().mean(0)
    return Errors(*(t.float() for t in (right / said.sum(0), right / labels.sum(0), accuracy)))


def average_precision(
    scores: Float[Tensor, "position feature"], labels: Bool[Tensor, "position feature"]
) -> Float[Tensor, " feature"]:
    """The mean over a feature's positives of the precision at a threshold that just lets this positive through.

    It is the area under the curve of precision against recall, without interpolation: 1 if every positive scores above
    every negative, about the base rate for scores that know nothing; nan where the feature never holds.
    """
    return torch.stack([_mean_precision(*pair) for pair in zip(scores.unbind(1), positives(labels))])


def _mean_precision(column: Float[Tensor, " position"], where: Int[Tensor, " positive"]) -> Float[Tensor, ""]:
    value = column[where]
    return (count_at_least(value, value) / count_at_least(column, value)).mean()


def calibration(
    probability: Float[Tensor, " position"], label: Bool[Tensor, " position"], edges: Float[Tensor, " edge"]
) -> Calibration:
    """How often the feature holds where a probe gives about the same probability.

    Args:
        edges: ascending borders between the bins; there is one bin more than edges. A probability that equals an edge
            belongs to the bin above it. For a rare feature let them grow by factors: 1e-4, 1e-3, 1e-2 ….

    A probe is calibrated if ``said`` and ``holds`` agree in each bin (Niculescu-Mizil and Caruana 2005, *Predicting
    Good Probabilities with Supervised Learning*).
    """
    bin_of = torch.bucketize(probability, edges, right=True)
    count = torch.bincount(bin_of, minlength=len(edges) + 1)
    said, holds = (torch.bincount(bin_of, t.double(), minlength=len(count)) / count for t in (probability, label))
    return Calibration(said.float(), holds.float(), count)
