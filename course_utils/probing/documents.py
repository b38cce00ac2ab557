"""Rows of one document are not independent: splitting them, and the uncertainty of a figure, by document."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Counts(NamedTuple):
    """What an F1 is made of, for each document."""

    right: Int[Tensor, "document feature"]
    """Positions where the feature was said to hold and does."""
    said: Int[Tensor, "document feature"]
    holds: Int[Tensor, "document feature"]


class Interval(NamedTuple):
    low: Float[Tensor, " feature"]
    high: Float[Tensor, " feature"]


def split_by_document(document: Int[Tensor, " row"], share: float, seed: int) -> Bool[Tensor, " row"]:
    """Which rows to fit on: all rows of a document, or none. ``share`` is that of the documents, rounded, but at least
    one document is on either side.

    Raises:
        ValueError: there are fewer than two documents, or ``share`` is not between 0 and 1.
    """
    names, of = document.unique(return_inverse=True)
    if len(names) < 2 or not 0 < share < 1:
        raise ValueError(f"{len(names)} documents can't be split with a share of {share:g} on one side.")
    n_chosen = min(max(round(share * len(names)), 1), len(names) - 1)
    chosen = torch.zeros(len(names), dtype=torch.bool)
    chosen[torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))[:n_chosen]] = True
    return chosen[of]


def count_by_document(
    said: Bool[Tensor, "row feature"], labels: Bool[Tensor, "row feature"], document: Int[Tensor, " row"]
) -> Counts:
    """The counts of every document that has a row, in the order of their numbers."""
    names, of = document.unique(return_inverse=True)
    start = torch.zeros(len(names), labels.shape[1], dtype=torch.long)
    return Counts(*(start.index_add(0, of, t.long()) for t in (said & labels, said, labels)))


def f1_interval(counts: Counts, *, draws: int = 1000, level: float = 0.95, seed: int = 0) -> Interval:
    """Where the F1 of other texts of the same kind would lie: a percentile bootstrap over documents.

    Every draw takes as many documents as there are, with replacement, and all positions of each (Efron and Tibshirani
    1993, *An Introduction to the Bootstrap*, chapters 8 and 13). A draw without any positive says nothing and is left
    out; nan where no draw has one.
    """
    n = len(counts.right)
    picked = torch.randint(n, (draws, n), generator=torch.Generator().manual_seed(seed))
    times = torch.zeros(draws, n, dtype=torch.double).scatter_add_(1, picked, torch.ones(draws, n, dtype=torch.double))
    right, said, holds = (times @ t.double() for t in counts)
    f1 = torch.where(holds > 0, 2 * right / (said + holds), torch.nan)
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.double)
    return Interval(*f1.nanquantile(ends, dim=0).float())
