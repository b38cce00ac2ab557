"""How sparse a sparse autoencoder is, how much it keeps, and how well its latents tell features.

x is an activation, x̂ its reconstruction, f ≥ 0 the latents' activations; a latent is active where f > 0.

Whatever axes come before the last one are rows: [batch, position, d_in] is batch · position of them. Half precision is
summed in float32. What can't be measured raises ValueError: nothing in it, shapes that don't fit each other.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.sae.checks import real, whole
from course_utils.sae.rows import alike, as_tensor, full, rows

AT_ONCE = 8192  # rows whose active latents are counted: a count takes eight times the room of what it counts


def l0(f: Float[Tensor, "*row latent"]) -> Float[Tensor, ""]:
    """Mean number of active latents in a row.

    >>> l0(torch.tensor([[0.0, 2.0, 1.0], [0.0, 0.0, 3.0]]))
    tensor(1.5000)
    """
    f = as_tensor(f, "f")
    parts = rows(f if f.ndim > 1 else f[None], "f", "latent").split(AT_ONCE)
    return torch.cat([(part > 0).sum(-1) for part in parts]).to(torch.float32).mean()


def frequencies(f: Float[Tensor, "*row latent"]) -> Float[Tensor, "latent"]:
    """Fraction of rows in which each latent is active."""
    f = rows(f, "f", "latent")
    return sum((part > 0).sum(0) for part in f.split(AT_ONCE)).to(torch.float32) / len(f)


def dead_fraction(frequency: Float[Tensor, "latent"]) -> Float[Tensor, ""]:
    """Fraction of latents that were active in no row; take enough rows that a rare one has had its chance."""
    return (_one_each(frequency) == 0).to(torch.float32).mean()


def _one_each(frequency: Float[Tensor, "latent"]) -> Float[Tensor, "latent"]:
    frequency = as_tensor(frequency, "frequency")
    if frequency.ndim != 1 or not len(frequency):
        raise ValueError(f"frequency must be [latent], one number each, got {list(frequency.shape)}")
    return full(frequency)


class DensityHistogram(NamedTuple):
    """Latents by log10 of the fraction of rows in which they are active."""

    edges: Float[Tensor, "bins_and_one"]
    """log10 frequency, ascending; the last edge is 0: always active."""
    counts: Int[Tensor, "bins"]
    dead: int
    """Latents that never are: they have no logarithm and lie in no bin."""


def density_histogram(frequency: Float[Tensor, "latent"], bins: int = 50, lowest: float = -6.0) -> DensityHistogram:
    """The histogram of Bricken et al. 2023 (*Towards monosemanticity*): a dead heap, a rare and a dense one show in it.

    Latents rarer than 10^lowest are counted in the first bin.

    Raises:
        ValueError: a frequency outside [0, 1], ``lowest`` not below 0.
    """
    frequency = _one_each(frequency)
    bins = whole("bins", bins)
    if not ((frequency >= 0) & (frequency <= 1)).all():
        raise ValueError("a frequency is a fraction of rows, between 0 and 1")
    if lowest >= 0:
        raise ValueError(f"lowest is the log10 of a small frequency: below 0, got {lowest}")
    alive = frequency[frequency > 0].log10().clamp(min=lowest)
    counts = torch.histc(alive, bins, lowest, 0.0).long()
    return DensityHistogram(
        torch.linspace(lowest, 0, bins + 1, dtype=torch.float32), counts, int((frequency == 0).sum())
    )


def _pair(x: Tensor, x_hat: Tensor) -> tuple[Float[Tensor, "row d_in"], Float[Tensor, "row d_in"]]:
    x, x_hat = as_tensor(x, "x"), as_tensor(x_hat, "x_hat")
    alike(x.shape, x_hat, "x_hat", "x")
    return rows(x, "x", "d_in"), rows(x_hat, "x_hat", "d_in")


def _off_mean(x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row d_in"]:
    """x − x̄; exactly 0 in a dimension that never changes, whose mean may round to another number."""
    return torch.where(x.amax(0) == x.amin(0), 0.0, x - x.mean(0))


def _explained(unexplained: Tensor, variance: Tensor) -> Tensor:
    """1 − unexplained / variance. Where there is no variance, 1 if it was met exactly and 0 if not."""
    met = (unexplained == 0).to(variance.dtype)
    return torch.where(variance == 0, met, 1 - unexplained / variance.where(variance != 0, 1.0))


def explained_variance(x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]) -> Float[Tensor, ""]:
    """``1 − Σ‖x − x̂‖² / Σ‖x − x̄‖²``, both sums over all rows, x̄ the mean row: 1 is perfect, 0 no better than x̄.

    SAELens 6 reports this one. Gao et al. 2024 (*Scaling and evaluating sparse autoencoders*) report the fraction
    alone, as normalised MSE. Rows count by their squared distance from the mean: a few large ones can decide it.
    dictionary_learning's ``frac_variance_explained`` also takes the mean off x − x̂, and so forgives a constant error.
    Of rows that are all alike there is nothing to explain: 1 if they are met exactly, else 0.
    """
    x, x_hat = _pair(x, x_hat)
    return _explained((x - x_hat).square().sum(), _off_mean(x).square().sum())


def explained_variance_by_row(x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]) -> Float[Tensor, ""]:
    """Mean over rows of ``1 − ‖x − x̂‖² / ‖x − x̄‖²``: every row counts the same.

    SAELens reports it as ``explained_variance_legacy``. One row near the mean can pull it down without limit; one at
    the mean counts 1 if it is met exactly, else 0.
    """
    x, x_hat = _pair(x, x_hat)
    return _explained((x - x_hat).square().sum(-1), _off_mean(x).square().sum(-1)).mean()


def explained_variance_by_dimension(
    x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]
) -> Float[Tensor, ""]:
    """Mean over dimensions of ``1 − Σ(x − x̂)² / Σ(x − x̄)²``, sums over rows: every dimension counts the same.

    This is R² with "uniform average" in statistics packages. It depends on the basis; the other two don't. A dimension
    that never changes counts 1 if it is met exactly, else 0, as in scikit-learn.
    """
    x, x_hat = _pair(x, x_hat)
    return _explained((x - x_hat).square().sum(0), _off_mean(x).square().sum(0)).mean()


def three_definitions(x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]) -> dict[str, float]:
    """What papers call explained variance: sums over all rows, the mean of rows, and the mean of dimensions."""
    ways = {
        "summed": explained_variance,
        "row by row": explained_variance_by_row,
        "by dimension": explained_variance_by_dimension,
    }
    return {name: way(x, x_hat).item() for name, way in ways.items()}


def loss_recovered(clean: float | Tensor, ablated: float | Tensor, patched: float | Tensor) -> float | Tensor:
    """``(ablated − patched) / (ablated − clean)``: 1 if x̂ costs the model nothing, 0 if as much as ablation.

    Three losses of the model: untouched, with x set to zero (or to its mean: say which), with x̂ in its place. Called
    loss recovered or CE loss score (Bricken et al. 2023; Rajamanoharan et al. 2024). Zero ablation often costs so much
    that bad autoencoders score close to 1: give the three losses beside it.

    Raises:
        ValueError: ablation costs nothing, so that there is nothing to recover.
    """
    if not torch.all(torch.as_tensor(ablated) > torch.as_tensor(clean)):
        raise ValueError(f"ablation must cost the model something: its loss is {clean} before and {ablated} after")
    return (ablated - patched) / (ablated - clean)


def norm_ratio(x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]) -> Float[Tensor, ""]:
    """Mean over rows of ``‖x̂‖ / ‖x‖``, x = 0 left out. Below 1 also where features are missing, not only shrunk."""
    x, x_hat = _pair(x, x_hat)
    norms = x.norm(dim=-1)
    there = norms > 0
    return (x_hat.norm(dim=-1)[there] / norms[there]).mean()


def reconstruction_bias(x: Float[Tensor, "*row d_in"], x_hat: Float[Tensor, "*row d_in"]) -> Float[Tensor, ""]:
    """``γ = E‖x̂‖² / E[x·x̂]``, the factor for which x̂/γ is nearest to x: 1 is unbiased, below 1 is shrinkage.

    Equation 10 of Rajamanoharan et al. 2024, *Improving dictionary learning with gated sparse autoencoders*.
    """
    x, x_hat = _pair(x, x_hat)
    return x_hat.square().sum() / (x * x_hat).sum()


def feature_shrinkage(
    f: Float[Tensor, "*row latent"],
    values: Float[Tensor, "*row feature"],
    latent_of: Int[Tensor, "feature"],
    decoder_norms: Float[Tensor, "latent"],
) -> Float[Tensor, "feature"]:
    """Slope of each feature's latent on the feature, rows where both are active: 1 is faithful, below 1 is shrunk.

    ``Σ a v / Σ v²``, the regression through the origin, with v the feature's true value (its direction has norm 1) and
    a the latent's activation times its decoder row's norm. It is what Wright and Sharkey 2024 (*Addressing feature
    suppression in SAEs*) undo by a factor for each latent. NaN where the two are never active together.

    Args:
        latent_of: the latent that stands for each feature, as from ``match`` or ``cosines(…).argmax(1)``.
    """
    f, values = _beside(f, values, "values")
    latent_of, decoder_norms = as_tensor(latent_of, "latent_of"), as_tensor(decoder_norms, "decoder_norms")
    alike((values.shape[1],), latent_of, "latent_of", "a row of values")
    alike((f.shape[1],), decoder_norms, "decoder_norms", "a row of f")
    a = f[:, latent_of] * full(decoder_norms)[latent_of]
    both = (a > 0) & (values > 0)
    return (a * values * both).sum(0) / (values.square() * both).sum(0)


def _beside(f: Tensor, other: Tensor, name: str) -> tuple[Float[Tensor, "row latent"], Float[Tensor, "row feature"]]:
    axes = [list(each.shape[:-1]) for each in (as_tensor(f, "f"), as_tensor(other, name))]
    f, other = rows(f, "f", "latent"), rows(other, name, "feature")
    if axes[0] != axes[1] and min(map(len, axes)) > 1:  # flat beside [batch, position] is fine
        raise ValueError(f"the rows of {name} must lie as those of f, {axes[0]}, got {axes[1]}")
    if len(f) != len(other):
        raise ValueError(f"{name} must have as many rows as f, {len(f)}, got {len(other)}")
    return f, other


class Detection(NamedTuple):
    """How well a latent, called active, says that a feature is on; NaN where nothing was there to be right about."""

    precision: Float[Tensor, "latent feature"]
    """Of the rows where the latent is active, those where the feature is on; NaN for a latent that never is."""
    recall: Float[Tensor, "latent feature"]
    """Of the rows where the feature is on, those where the latent is active; NaN for a feature that never is."""
    f1: Float[Tensor, "latent feature"]
    """Their harmonic mean, 2·hits / (active + on); 0 without hits."""
    threshold: Float[Tensor, "latent feature"]
    """A latent counts as active above this."""


def detection(
    f: Float[Tensor, "*row latent"], labels: Bool[Tensor, "*row feature"], threshold: float = 0.0
) -> Detection:
    """Precision, recall and F1 of every latent for every feature, the latent called active where f > threshold.

    >>> f, labels = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([[False], [False], [True], [True]])
    >>> detection(f, labels).precision, detection(f, labels).recall
    (tensor([[0.6667]]), tensor([[1.]]))
    """
    f, labels = _beside(f, labels, "labels")
    threshold = real("threshold", threshold, -torch.inf)
    labels = (labels > 0).to(labels.dtype)
    active = (f > threshold).to(labels.dtype)
    hits = active.T @ labels
    scores = _scores(hits, active.sum(0)[:, None], labels.sum(0)[None])
    return Detection(*scores, torch.full_like(hits, threshold))


def best_detection(f: Float[Tensor, "*row latent"], labels: Bool[Tensor, "*row feature"]) -> Detection:
    """``detection`` with the threshold ≥ 0 that gives each pair of latent and feature its highest F1.

    The thresholds tried are 0 and the latent's own activations. The best of many on the same rows flatters: choose them
    on one half and pass them to ``detection`` on the other where that matters.
    """
    f, labels = _beside(f, labels, "labels")
    labels = labels > 0
    on = labels.sum(0)
    found = [_best_of_latent(column, labels, on) for column in f.T]
    return Detection(*(torch.stack(part) for part in zip(*found)))


def _best_of_latent(
    f: Float[Tensor, "row"], labels: Bool[Tensor, "row feature"], on: Int[Tensor, "feature"]
) -> tuple[Tensor, ...]:
    above = (f > 0).nonzero()[:, 0]
    values, order = f[above].sort(descending=True)
    if not len(values):
        none = torch.zeros_like(on, dtype=torch.float32)
        return (*_scores(none, none, on), none)
    hits = labels[above[order]].cumsum(0).to(torch.float32)
    active = torch.arange(1, len(values) + 1, device=f.device, dtype=torch.float32)[:, None]
    f1 = 2 * hits / (active + on)
    # Rows with the same activation go over a threshold together: only the last of them is one to stop at.
    f1[:-1][values[:-1] == values[1:]] = -1
    at = f1.argmax(0)
    best_hits = hits.gather(0, at[None])[0]
    below = torch.cat([values[1:], values.new_zeros(1)])
    return (*_scores(best_hits, active[at, 0], on), below[at])


def _scores(hits: Tensor, active: Tensor, on: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    f1 = 2 * hits / (active + on)
    return hits / active, hits / on, f1.nan_to_num(0.0)
