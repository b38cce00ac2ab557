"""What happens to general features that specific ones imply: splitting and absorption.

Chanin et al. 2024, *A is for Absorption: studying feature splitting and absorption in sparse autoencoders*. "Starts
with S" **splits** when several latents share it in pieces that each make sense ("S" and "s"). It is **absorbed** when
its latent stays silent on some words that start with S, arbitrary to look at, because the latent of a specific word
("short") has taken the direction of S into its own decoder row: one active latent less.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

L1 = 0.01  # of the probe that ranks latents, as in the paper's code
RIDGE = 1.0  # of the probe on the latents chosen: ½·RIDGE·‖w‖² against a sum over rows


class SparseProbe(NamedTuple):
    """A logistic probe that sees k latents only."""

    latents: Int[Tensor, "k"]
    """Best first."""
    weights: Float[Tensor, "k"]
    bias: float

    def predict(self, f: Float[Tensor, "row latent"]) -> Bool[Tensor, "row"]:
        return f[:, self.latents] @ self.weights + self.bias > 0


def sparse_probe(f: Float[Tensor, "row latent"], label: Bool[Tensor, "row"], k: int) -> SparseProbe:
    """The k-sparse probe of the paper: rank the latents by an L1 probe on all of them, then fit one on the first k.

    The ranking is by weight, not by its size: latents that speak for the label. The second probe weights the two
    classes equally. There is no randomness in either.

    Raises:
        ValueError: rows of one class only, k below 1 or above the number of latents.
    """
    if not 1 <= k <= f.shape[1]:
        raise ValueError(f"k must be between 1 and the {f.shape[1]} latents, got {k}")
    return _fit(f, label, _ranked(f, label)[:k])


def _ranked(f: Tensor, label: Tensor) -> Int[Tensor, "latent"]:
    return l1_probe(f, label).argsort(descending=True, stable=True)


def l1_probe(f: Float[Tensor, "row latent"], label: Bool[Tensor, "row"], steps: int = 1000) -> Float[Tensor, "latent"]:
    """Weights that minimise the mean logistic loss plus ``L1 · Σ|w|``, by accelerated proximal gradient steps (FISTA).

    Raises:
        ValueError: rows of one class only.
    """
    if label.all() or not label.any():
        raise ValueError("a probe needs rows with the feature and rows without it")
    x, y = f.double(), label.double()
    v = torch.ones(x.shape[1], dtype=x.dtype, device=x.device)
    for _ in range(20):  # power iteration: the curvature is at most ‖x‖²/4n
        v = x.T @ (x @ v)
        v /= v.norm().clamp_min(1e-30)
    rate = 4 * len(x) / ((x @ v).square().sum() + len(x)).item()
    w, b = torch.zeros_like(v), y.new_zeros(())
    w_ahead, b_ahead, momentum = w, b, 1.0
    for _ in range(steps):
        error = torch.sigmoid(x @ w_ahead + b_ahead) - y
        w_new = w_ahead - rate * (x.T @ error) / len(x)
        w_new = w_new.sign() * (w_new.abs() - rate * L1).clamp_min(0)
        b_new = b_ahead - rate * error.mean()
        momentum_new = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        push = (momentum - 1) / momentum_new
        w_ahead, b_ahead = w_new + push * (w_new - w), b_new + push * (b_new - b)
        w, b, momentum = w_new, b_new, momentum_new
    return w.to(f.dtype)


def _fit(f: Tensor, label: Tensor, latents: Tensor) -> SparseProbe:
    """Newton's method, with steps halved until the loss falls."""
    x = torch.cat([f[:, latents].double(), f.new_ones(len(f), 1, dtype=torch.float64)], dim=1)
    y = label.double()
    share = y.mean()
    row_weight = torch.where(label, 0.5 / share, 0.5 / (1 - share))
    ridge = torch.full((x.shape[1],), RIDGE, dtype=x.dtype, device=x.device)
    ridge[-1] = 1e-9  # the bias is free, but the system stays solvable for a latent that is always 0

    def loss(w):
        z = x @ w
        return (row_weight * (torch.nn.functional.softplus(z) - y * z)).sum() + (ridge * w * w).sum() / 2

    w = torch.zeros(x.shape[1], dtype=x.dtype, device=x.device)
    for _ in range(100):
        p = torch.sigmoid(x @ w)
        gradient = x.T @ (row_weight * (p - y)) + ridge * w
        if gradient.abs().max() < 1e-8 * len(x):
            break
        curvature = x.T @ (x * (row_weight * p * (1 - p))[:, None]) + ridge.diag()
        step, now = torch.linalg.solve(curvature, gradient), loss(w)
        while loss(w - step) > now and step.abs().max() > 1e-12:
            step = step / 2
        w = w - step
    return SparseProbe(latents, w[:-1].to(f.dtype), w[-1].item())


class Split(NamedTuple):
    """The latents among which a feature has split: one, if it hasn't."""

    latents: Int[Tensor, "k"]
    f1: Float[Tensor, "tried"]
    """F1 of the probes with 1, 2, … latents, on the test rows."""


def split_latents(
    f: Float[Tensor, "row latent"],
    label: Bool[Tensor, "row"],
    test_f: Float[Tensor, "test_row latent"],
    test_label: Bool[Tensor, "test_row"],
    *,
    most: int = 5,
    gain: float = 0.03,
) -> Split:
    """Feature splitting: latents are added while each raises the F1 of the k-sparse probe by more than ``gain`` (τ_fs).

    Args:
        f, label: rows on which the probes are fitted.
        test_f, test_label: rows on which they are scored.
    """
    order = _ranked(f, label)
    scores, latents = [], order[:1]
    for k in range(1, min(most, f.shape[1]) + 1):
        score = _f1(_fit(f, label, order[:k]).predict(test_f), test_label)
        scores.append(score)
        if k > 1 and score <= scores[-2] + gain:
            break
        latents = order[:k]
    return Split(latents, torch.tensor(scores))


def _f1(predicted: Tensor, label: Tensor) -> float:
    hits = (predicted & label).sum()
    return (2 * hits / (predicted.sum() + label.sum()).clamp_min(1)).item()


class Absorption(NamedTuple):
    """On which rows a feature is absorbed, and by which latent."""

    absorbed: Bool[Tensor, "row"]
    absorber: Int[Tensor, "row"]
    """The latent that carries the feature there; −1 where it isn't absorbed."""
    rate: float
    """Of the rows where the feature is on, those where it is absorbed."""


def absorption(
    f: Float[Tensor, "row latent"],
    W_dec: Float[Tensor, "latent d_in"],
    on: Bool[Tensor, "row"],
    main: Int[Tensor, "k"],
    read_out: Float[Tensor, "d_in"],
    *,
    margin: float,
    cosine: float = 0.025,
) -> Absorption:
    """The paper's absorption rate: where a feature is on, its main latents are all silent, and one other carries it.

    A latent's effect in a row is what ablating it takes from the read-out: ``fᵢ · (W_decᵢ · read_out)``. For a linear
    read-out that is exact, and is what the paper's integrated gradients estimate through a model. The feature is
    absorbed if the latent with the largest effect in size raises the read-out, its size is ahead of the second by
    ``margin`` or more, and its decoder row has a cosine of at least ``cosine`` (τ_ps) with the read-out.

    Args:
        on: rows where the feature is on (in the paper also: and a linear probe sees it).
        main: the feature's own latents: ``split_latents(…).latents``.
        read_out: the true direction, or a probe's weights.
        margin: in the read-out's units. The paper takes 1.0 (τ_la) of a model's logits; for a direction of norm 1 take
            a part of the feature's usual size.

    Raises:
        ValueError: no row where the feature is on, fewer than two latents.
    """
    if not on.any():
        raise ValueError("the feature is on in no row: there is nothing to absorb")
    if f.shape[1] < 2:
        raise ValueError("absorption compares latents: there must be at least two")
    along = W_dec @ read_out
    effect = f * along
    size, order = effect.abs().topk(2, dim=-1)
    first = order[:, 0]
    ahead = size[:, 0] - size[:, 1] >= margin
    raises = effect.gather(1, first[:, None])[:, 0] > 0
    aligned = along >= cosine * W_dec.norm(dim=-1) * read_out.norm()
    silent = ~(f[:, main] > 0).any(-1)
    absorbed = on & silent & raises & ahead & aligned[first]
    return Absorption(absorbed, torch.where(absorbed, first, -1), (absorbed.sum() / on.sum()).item())


class RecallGiven(NamedTuple):
    """A latent's recall for a feature, rows parted by whether another feature is on; NaN without such rows."""

    on: Float[Tensor, "other"]
    off: Float[Tensor, "other"]


def recall_given(
    active: Bool[Tensor, "row"], label: Bool[Tensor, "row"], others: Bool[Tensor, "row other"]
) -> RecallGiven:
    """Where a latent misses its feature: recall among rows where each other feature is on, and where it is off.

    An absorbed parent has a latent whose recall is near 1 with a child off and near 0 with it on: a hole.
    """
    there = label[:, None]
    hits = (active & label)[:, None]
    return RecallGiven(
        (hits & others).sum(0) / (there & others).sum(0), (hits & ~others).sum(0) / (there & ~others).sum(0)
    )
