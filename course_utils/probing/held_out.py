"""Documents divided once and for all: some to fit probes on, some to choose thresholds on, and some to test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.probing.f1 import best_thresholds, f1
from course_utils.probing.linear import Probe, fit_dense
from course_utils.probing.selection import fit_on, largest_mean_differences


class Parts(NamedTuple):
    """Rows of activations, or of labels: of some documents, of others, and of the rest."""

    fit: Tensor
    tune: Tensor
    test: Tensor


def in_parts(values: Float[Tensor, "document position *width"], sizes: Sequence[int] = (2000, 700, 1300)) -> Parts:
    """The first documents to fit on, the next to choose thresholds on, the next to test; every position is a row.

    Raises:
        ValueError: there are not as many documents as the sizes add up to.
    """
    if len(values) != sum(sizes):
        raise ValueError(f"{len(values)} documents don't make parts of {', '.join(map(str, sizes))}.")
    return Parts(*(part.flatten(0, 1) for part in torch.as_tensor(values).split(list(sizes))))


def held_out_f1(x: Parts, y: Parts, probe: Probe | None = None) -> Float[Tensor, " feature"]:
    """F1 on the test rows of a probe (logistic regression on the rows to fit, if none is given), with the thresholds
    that are best on the rows to tune."""
    probe = probe or fit_dense(x.fit, y.fit)
    return f1_of_scores(probe.scores(x.tune), probe.scores(x.test), y)


def f1_of_scores(
    tune: Float[Tensor, "row feature"], test: Float[Tensor, "other feature"], y: Parts
) -> Float[Tensor, " feature"]:
    """The same for any scores."""
    said: Bool[Tensor, "other feature"] = test >= best_thresholds(tune, y.tune).threshold
    return f1(said, y.test)


def f1_of_probe(
    probe: Probe, x: Float[Tensor, "row neuron"], y: Bool[Tensor, "row feature"], choosing: Bool[Tensor, " row"]
) -> Float[Tensor, " feature"]:
    """F1 of a probe, its thresholds chosen on some rows and scored on all others; nan for what never holds there."""
    threshold = best_thresholds(probe.scores(x[choosing]), y[choosing]).threshold
    return f1(probe.scores(x[~choosing]) >= threshold, y[~choosing])


def f1_of_few_and_all(
    x: Float[Tensor, "row neuron"], y: Bool[Tensor, "row feature"], choosing: Bool[Tensor, " row"], few: int
) -> tuple[float, float]:
    """The mean F1 of probes of ``few`` neurons (those whose means differ most) and of all, fitted where thresholds are
    chosen. Features that are missing among these rows, or among the others, are left out."""
    y = y[:, y[choosing].any(0) & y[~choosing].any(0)]
    own, known = x[choosing], y[choosing]
    probes = fit_on(own, known, largest_mean_differences(own, known, few)), fit_dense(own, known, steps=30)
    return tuple(f1_of_probe(probe, x, y, choosing).nanmean().item() for probe in probes)
