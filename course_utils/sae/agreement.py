"""Whether two ways to measure dictionaries put them in the same order."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from scipy.stats import spearmanr
from torch import Tensor


def grouped(lines: Sequence[dict], *parts: str) -> list[list[int]]:
    """The numbers of the lines that have these parts in common, a list for each that occurs, in order of appearance.

    >>> grouped([{"seed": 0}, {"seed": 1}, {"seed": 0}], "seed")
    [[0, 2], [1]]
    """
    groups: dict[tuple, list[int]] = {}
    for i, line in enumerate(lines):
        groups.setdefault(tuple(line[part] for part in parts), []).append(i)
    return list(groups.values())


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's: the correlation of the ranks, equal values sharing the mean of theirs; nan where a or b never varies.

    >>> rank_correlation([1.0, 2.0, 3.0], [10.0, 30.0, 20.0])
    0.5
    """
    varies = len({float(v) for v in a}) > 1 and len({float(v) for v in b}) > 1
    return float(spearmanr(a, b).statistic) if varies else float("nan")


def rank_correlations(
    a: Sequence[float], b: Sequence[float], groups: Sequence[Sequence[int]]
) -> Float[Tensor, " group"]:
    """`rank_correlation` of a and b among the members of each group."""
    found = [rank_correlation([a[i] for i in members], [b[i] for i in members]) for members in groups]
    return torch.tensor(found, dtype=torch.float32)
