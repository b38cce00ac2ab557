"""Latents called by the names of true features: which of them means what, where it is silent, and what it is part of.

meant = precise(fires, labels)                  # latents that are nearly always right about some feature X
exceptions(fires, meant, labels, gaps)          # X except Y: silent where Y holds too
conjunctions(fires, meant, labels)              # X and Y: firing only where Y holds too
"""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.sae.truth import count_together

MEET = 15  # rows that X and Y must have in common: fewer say nothing


class Meant(NamedTuple):
    """Latents and the feature that each of them tells best."""

    latent: Int[Tensor, " named"]
    feature: Int[Tensor, " named"]
    f1: Float[Tensor, " named"]


class Named(NamedTuple):
    """A latent that has to do with two features, and how much: what `value` is, the function says that found it."""

    latent: int
    X: int
    Y: int
    value: float


def precise(
    fires: Bool[Tensor, "row latent"], labels: Bool[Tensor, "row feature"], *, right: float = 0.9, rows: int = 25
) -> Meant:
    """The latents that fire in ``rows`` rows or more and are right in a share ``right`` of them about the feature that
    they tell best (F1; the first of several)."""
    hits, fired = count_together(fires, labels), fires.sum(0)
    f1, feature = (2 * hits / (fired[:, None] + labels.sum(0))).nan_to_num().max(1)
    share = hits.gather(1, feature[:, None])[:, 0] / fired.clamp_min(1)
    latent = ((share >= right) & (fired >= rows)).nonzero().flatten()
    return Meant(latent, feature[latent], f1[latent])


def exceptions(
    fires: Bool[Tensor, "row latent"],
    meant: Meant,
    labels: Bool[Tensor, "row feature"],
    gaps: Callable[[Tensor, Tensor, Tensor], Float[Tensor, "latent feature"]],
    *,
    above: float = 0.5,
    part: float = 0.3,
) -> list[Named]:
    """X except Y: of each latent the Y with the largest gap, if it is above ``above`` (exercise 10.4 computes gaps from
    what fires, the feature of each latent, and the labels). X and Y must meet in some rows, but in less than the share
    ``part`` of those with X: a latent that spares half of X has another feature, and no exception."""
    X = meant.feature
    both = count_together(labels[:, X], labels)
    meet = (both >= MEET) & (both < part * labels[:, X].sum(0)[:, None])
    gap, Y = gaps(fires[:, meant.latent], X, labels).where(meet, 0.0).max(1)
    return _listed(meant, Y, gap, above)


def conjunctions(
    fires: Bool[Tensor, "row latent"], meant: Meant, labels: Bool[Tensor, "row feature"], *, above: float = 0.3
) -> list[Named]:
    """X and Y: of each latent the Y with which the F1 of "X and Y" is highest, if that is more than that of X alone by
    ``above`` or more."""
    X, fired = meant.feature, fires[:, meant.latent].sum(0)
    together = labels[:, X]
    hits = count_together(together & fires[:, meant.latent], labels)
    both = count_together(together, labels)
    f1, Y = (2 * hits / (fired[:, None] + both)).where(both >= MEET, 0.0).max(1)
    return _listed(meant, Y, f1 - meant.f1, above)


def _listed(meant: Meant, Y: Int[Tensor, " named"], value: Float[Tensor, " named"], above: float) -> list[Named]:
    columns = (each.tolist() for each in (meant.latent, meant.feature, Y, value))
    return [Named(*each) for each in zip(*columns) if each[3] > above]
