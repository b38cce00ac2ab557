"""Sparse inference row by row, for a given dictionary: what an encoder guesses at once, here looked for anew.

x ≈ f D with f ≥ 0 and few entries. No two of these agree on what "best" means: matching pursuit takes one direction
after another and never looks back, orthogonal matching pursuit weighs all that it has taken anew at every step, and
FISTA solves the penalised problem (basis pursuit) for all directions together.

Rows of D may have any length other than 0; f counts them as they are. A bias must be taken off x before.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

ROWS = 4096  # at a time: their scores for all directions fit into a processor's cache, or nearly
TINY = 1e-8
RIDGE = 1e-6  # two directions that are all but the same: their strength is shared


def matching_pursuit(
    x: Float[Tensor, "row d_in"], D: Float[Tensor, "latent d_in"], k: int
) -> Float[Tensor, "row latent"]:
    """k times: the direction with the largest dot product with what is left, if it is above 0; its part is taken off.

    A direction may be taken twice: it never gets a second part as large, but others may have moved the rest meanwhile.
    So at most k entries of a row are above 0 (Mallat and Zhang 1993, *Matching pursuits with time-frequency
    dictionaries*; here without negative parts, as in an autoencoder).

    Raises:
        ValueError: widths that differ, a direction of length 0, k below 1.
    """
    unit, lengths = _checked(x, D, k)
    f, gram = x.new_zeros(len(x), len(D)), unit @ unit.T
    for begin in range(0, len(x), ROWS):
        score = x[begin : begin + ROWS] @ unit.T
        here, row = f[begin : begin + ROWS], torch.arange(len(score))
        for _ in range(k):
            best, at = score.max(dim=1)
            best = best.clamp_min(0)
            here[row, at] += best
            score -= best[:, None] * gram[at]
    return f / lengths


def omp(x: Float[Tensor, "row d_in"], D: Float[Tensor, "latent d_in"], k: int) -> Float[Tensor, "row latent"]:
    """Orthogonal matching pursuit: as `matching_pursuit`, with least squares over all directions taken, at every step.

    A row ends early when no direction has a dot product above 0 with what is left. Strengths that least squares would
    make negative are set to 0 in the end (Pati, Rezaiifar and Krishnaprasad 1993, *Orthogonal matching pursuit*).

    Raises:
        ValueError: widths that differ, a direction of length 0, k below 1.
    """
    unit, lengths = _checked(x, D, k)
    f = x.new_zeros(len(x), len(D))
    for begin in range(0, len(x), ROWS):
        part = x[begin : begin + ROWS]
        taken, strength = _orthogonal(part, unit, k)
        f[begin : begin + ROWS].scatter_add_(1, taken, strength.clamp_min(0))
    return f / lengths


def _orthogonal(
    x: Float[Tensor, "row d_in"], unit: Float[Tensor, "latent d_in"], k: int
) -> tuple[Int[Tensor, "row k"], Float[Tensor, "row k"]]:
    """Which directions, and how strong. A row that ends early takes some more, with strength 0."""
    row, left = torch.arange(len(x)), x
    taken = torch.zeros(len(x), 0, dtype=torch.long)
    ended = torch.zeros(len(x), 0, dtype=torch.bool)
    strength, seen = x.new_zeros(len(x), 0), x.new_zeros(len(x), len(unit))
    for _ in range(min(k, len(unit))):
        best, at = (left @ unit.T + seen).max(dim=1)
        seen[row, at] = -torch.inf
        taken = torch.cat([taken, at[:, None]], dim=1)
        ended = torch.cat([ended, (best <= TINY)[:, None]], dim=1)
        chosen = unit[taken] * ~ended[..., None]
        gram = chosen @ chosen.mT + (ended.to(x.dtype) + RIDGE).diag_embed()
        strength = torch.linalg.solve(gram, (chosen @ x[..., None])[..., 0])
        left = x - (strength[:, None] @ chosen)[:, 0]
    return taken, strength


def fista(
    x: Float[Tensor, "row d_in"], D: Float[Tensor, "latent d_in"], l1: float, steps: int = 100
) -> Float[Tensor, "row latent"]:
    """The f ≥ 0 that minimises ``½ ‖x − f D‖² + l1 Σ f_i ‖D_i‖``, nearly: gradient steps with momentum, then shrinkage.

    Beck and Teboulle 2009, *A fast iterative shrinkage-thresholding algorithm for linear inverse problems*.

    Raises:
        ValueError: widths that differ, a direction of length 0, l1 below 0, fewer than one step.
    """
    unit, lengths = _checked(x, D, steps, "steps")
    if l1 < 0:
        raise ValueError(f"l1 is a price, at least 0, got {l1!r}")
    rate = 1 / torch.linalg.matrix_norm(unit, ord=2).square()
    return torch.cat([_descend(part, unit, l1, steps, rate) for part in x.split(ROWS // 4)]) / lengths


def weighed_anew(
    x: Float[Tensor, "row d_in"], D: Float[Tensor, "latent d_in"], f: Float[Tensor, "row latent"], k: int
) -> Float[Tensor, "row latent"]:
    """A code with only the k longest parts ``f_i D_i`` of each row, their strengths found by least squares.

    A price on strengths (as in `fista`) makes all of them too small; what it chose can be judged without that.
    Strengths that least squares would make negative are set to 0.

    Raises:
        ValueError: widths that differ, a direction of length 0, k below 1.
    """
    unit, lengths = _checked(x, D, k)
    parts = (f * lengths).topk(min(k, len(D)), dim=1)
    chosen = unit[parts.indices] * (parts.values > 0)[..., None]
    gram = chosen @ chosen.mT + ((parts.values <= 0).to(x.dtype) + RIDGE).diag_embed()
    strength = torch.linalg.solve(gram, (chosen @ x[..., None])[..., 0]).clamp_min(0)
    return torch.zeros_like(f).scatter(1, parts.indices, strength) / lengths


def _descend(
    x: Float[Tensor, "row d_in"], unit: Float[Tensor, "latent d_in"], l1: float, steps: int, rate: Float[Tensor, ""]
) -> Float[Tensor, "row latent"]:
    f = ahead = x.new_zeros(len(x), len(unit))
    t = 1.0
    for _ in range(steps):
        new = (ahead - rate * ((ahead @ unit - x) @ unit.T + l1)).relu_()
        t_new = (1 + (1 + 4 * t * t) ** 0.5) / 2
        ahead = new + (t - 1) / t_new * (new - f)
        f, t = new, t_new
    return f


def _checked(x: Tensor, D: Tensor, k: int, name: str = "k") -> tuple[Float[Tensor, "latent d_in"], Tensor]:
    """The directions at length 1, and their lengths."""
    if x.ndim != 2 or D.ndim != 2 or x.shape[1] != D.shape[1]:
        raise ValueError(f"x must be [row, d_in] and D [latent, d_in], got {list(x.shape)} and {list(D.shape)}")
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {k!r}")
    lengths = D.norm(dim=1)
    if (lengths == 0).any():
        raise ValueError("a direction of length 0 explains nothing: leave it out")
    return D / lengths[:, None], lengths
