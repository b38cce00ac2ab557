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


def rank_correlations(
    a: Sequence[float], b: Sequence[float], groups: Sequence[Sequence[int]]
) -> Float[Tensor, " group"]:
    """Spearman's rank correlation of a and b among the members of each group; nan where one of them doesn't vary."""
    found = []
    for members in groups:
        x, y = ([values[i] for i in members] for values in (a, b))
        found.append(spearmanr(x, y).statistic if len(set(x)) > 1 and len(set(y)) > 1 else float("nan"))
    return torch.tensor(found, dtype=torch.float32)
