"""Which latent stands for which feature: cosines of directions, their maxima, and one-to-one matching."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.sae.rows import as_tensor, full


def cosines(
    directions: Float[Tensor, "feature d_in"], W_dec: Float[Tensor, "latent d_in"]
) -> Float[Tensor, "feature latent"]:
    """Cosine of every feature's direction with every latent's decoder row; 0 where either is the zero vector.

    Raises:
        ValueError: something else than rows, none at all, or rows of another width.
    """
    directions, W_dec = _directions(directions, "directions"), _directions(W_dec, "W_dec")
    if directions.shape[1] != W_dec.shape[1]:
        raise ValueError(f"both must be as wide: directions have {directions.shape[1]} numbers, W_dec {W_dec.shape[1]}")
    kind = torch.promote_types(directions.dtype, W_dec.dtype)
    return _unit(directions.to(kind)) @ _unit(W_dec.to(kind)).T


class MaxCosines(NamedTuple):
    """Mean max cosine similarity, both ways round, and what it is the mean of.

    The two differ: a dictionary that copies one feature in all its latents has a high ``latents`` and a low
    ``features``; one with every feature and many useless latents besides, the reverse.
    """

    cosines: Float[Tensor, "feature latent"]
    features: Float[Tensor, "feature"]
    """Each feature's cosine with the latent nearest to it: is it found?"""
    latents: Float[Tensor, "latent"]
    """Each latent's cosine with the feature nearest to it: does it stand for one?"""

    @property
    def mmcs_features(self) -> float:
        """Mean over features: the MMCS of Sharkey et al. 2022, with the true features as the reference."""
        return self.features.mean().item()

    @property
    def mmcs_latents(self) -> float:
        """Mean over latents."""
        return self.latents.mean().item()

    def found(self, at_least: float = 0.9) -> float:
        """Fraction of features with a latent whose cosine is above ``at_least``."""
        return (self.features > at_least).float().mean().item()


def max_cosines(directions: Float[Tensor, "feature d_in"], W_dec: Float[Tensor, "latent d_in"]) -> MaxCosines:
    """Compare a dictionary with the true features, or with another dictionary.

    Sharkey, Braun and Millidge 2022, *Taking features out of superposition with sparse autoencoders*. The cosine is
    signed: a latent that points away from a feature hasn't found it. Chance is well above 0: the nearest of many random
    directions is not far; compare with an untrained dictionary.

    >>> truth = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> result = max_cosines(truth, torch.tensor([[2.0, 0.0], [2.0, 0.0], [5.0, 0.0]]))
    >>> result.mmcs_features, result.mmcs_latents
    (0.5, 1.0)
    """
    c = cosines(directions, W_dec)
    return MaxCosines(c, c.amax(1), c.amax(0))


class Matching(NamedTuple):
    """A one-to-one matching of features and latents: pairs in order of the feature."""

    feature: Int[Tensor, "pair"]
    latent: Int[Tensor, "pair"]
    cosine: Float[Tensor, "pair"]


def match(cosines: Float[Tensor, "feature latent"]) -> Matching:
    """The one-to-one matching with the largest sum of cosines, unlike a maximum, where features may share a latent.

    min(feature, latent) pairs; where there are fewer latents than features, some features stay alone.

    Raises:
        ValueError: a cosine that isn't finite, or something else than a table of them.
    """
    cosines = as_tensor(cosines, "cosines")
    if cosines.ndim != 2:
        raise ValueError(f"cosines must be [feature, latent], got {list(cosines.shape)}")
    if not torch.isfinite(cosines).all():
        raise ValueError("cosines must be finite")
    cost = -cosines.detach().cpu().double().numpy()
    if cost.shape[0] <= cost.shape[1]:
        feature = np.arange(cost.shape[0])
        latent = _assign(cost)
    else:
        feature = _assign(cost.T)
        latent = np.arange(cost.shape[1])
        order = feature.argsort()
        feature, latent = feature[order], latent[order]
    feature, latent = (torch.from_numpy(index).to(cosines.device) for index in (feature, latent))
    return Matching(feature, latent, cosines[feature, latent])


def _assign(cost: np.ndarray) -> np.ndarray:
    """The column of each row in the cheapest assignment: shortest augmenting paths (Jonker and Volgenant 1987).

    At most as many rows as columns. ``u`` and ``v`` are the prices that keep every reduced cost ≥ 0.
    """
    n_rows, n_columns = cost.shape
    u, v = np.zeros(n_rows), np.zeros(n_columns)
    row_of = np.full(n_columns, -1)
    for new in range(n_rows):
        shortest = np.full(n_columns, np.inf)
        before = np.full(n_columns, -1)  # the column from which each was reached; -1 for the new row itself
        done = np.zeros(n_columns, bool)
        row, column, length = new, -1, 0.0
        while row >= 0:
            through = length + cost[row] - u[row] - v
            closer = ~done & (through < shortest)
            shortest[closer], before[closer] = through[closer], column
            column = int(np.where(done, np.inf, shortest).argmin())
            length = shortest[column]
            done[column] = True
            row = row_of[column]
        taken = np.flatnonzero(done & (row_of >= 0))
        u[row_of[taken]] += length - shortest[taken]
        v[taken] -= length - shortest[taken]
        u[new] += length
        while column >= 0:
            previous = before[column]
            row_of[column] = row_of[previous] if previous >= 0 else new
            column = previous
    column_of = np.empty(n_rows, np.int64)
    used = np.flatnonzero(row_of >= 0)
    column_of[row_of[used]] = used
    return column_of


def _directions(rows: Float[Tensor, "row d_in"], name: str) -> Float[Tensor, "row d_in"]:
    rows = as_tensor(rows, name)
    if rows.ndim != 2 or not rows.numel():
        raise ValueError(f"{name} must be [row, d_in] with one row or more, got {list(rows.shape)}")
    return full(rows)


def _unit(rows: Tensor) -> Tensor:
    largest = rows.abs().amax(-1, keepdim=True)  # whose square must be a number
    rows = torch.where((largest > 1e12) | ((largest < 1e-12) & (largest > 0)), rows / largest, rows)
    norms = rows.norm(dim=-1, keepdim=True)
    return torch.where(norms > 0, rows / norms.clamp_min(torch.finfo(rows.dtype).tiny), 0.0)
