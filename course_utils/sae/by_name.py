"""Latents called by the names of true features: which of them means what, where it is silent, and what it is part of.

meant = precise(fires, labels)                  # latents that are nearly always right about some feature X
exceptions(fires, meant, labels, gaps)          # X except Y: silent where Y holds too
conjunctions(fires, meant, labels)              # X and Y: firing only where Y holds too
stand_ins(f, x, W_dec, labels, named, choosing) # which latent speaks where X and Y hold, and does it write X?
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.sae.truth import best_latents, count_together, held_out_f1

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


def not_spared(
    meant: Meant,
    spared: Sequence[Named],
    labels: Bool[Tensor, "row feature"],
    dice: torch.Generator,
    *,
    part: float = 0.3,
) -> list[Named]:
    """The control of `exceptions`: for each latent that has none its X and, by lot, one of the Y that could have been
    spared (``value`` 0). Latents whose X has no such Y are left out."""
    without = ~torch.isin(meant.latent, torch.tensor([each.latent for each in spared], dtype=torch.long))
    found = []
    for latent, X in zip(meant.latent[without].tolist(), meant.feature[without].tolist()):
        both = count_together(labels[:, [X]], labels)[0]
        could = ((both >= MEET) & (both < part * labels[:, X].sum())).nonzero().flatten()
        if len(could):
            found.append(Named(latent, X, int(could[torch.randint(len(could), (), generator=dice)]), 0.0))
    return found


class StandIns(NamedTuple):
    """The latents that tell best where X and Y hold."""

    latent: Int[Tensor, " named"]
    f1: Float[Tensor, " named"]
    """On the rows that didn't choose."""
    cosine: Float[Tensor, " named"]
    """Of the latent's direction with that of X: the mean row with X, less the mean of all."""
    high: Float[Tensor, " named"]
    """The cosine below which 95 % of all latents lie."""


def stand_ins(
    f: Float[Tensor, "row latent"],
    x: Float[Tensor, "row d_in"],
    W_dec: Float[Tensor, "latent d_in"],
    labels: Bool[Tensor, "row feature"],
    named: Sequence[Named],
    choosing: Bool[Tensor, " row"],
) -> StandIns:
    """For each X and Y the latent, with its threshold, that tells best on the choosing rows where both hold."""
    both = torch.stack([labels[:, each.X] & labels[:, each.Y] for each in named], dim=1)
    towards = torch.stack([x[labels[:, each.X]].mean(0) - x.mean(0) for each in named])
    along = F.normalize(W_dec, dim=1) @ F.normalize(towards, dim=1).T  # [latent, named]
    latent = best_latents(f[choosing], both[choosing]).latent
    cosine = along.gather(0, latent[None])[0]
    return StandIns(latent, held_out_f1(f, both, choosing), cosine, along.quantile(0.95, dim=0))


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
