"""Which rows of a latent to look at: its largest, some of each third of its range, some silent ones that look alike."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.sae.firings import Firings

THIRDS = ("upper", "middle", "lower")
BEFORE, COMMON = 3, 0.1


def drawn(rows: Int[Tensor, " row"], n: int, generator: torch.Generator) -> Int[Tensor, " some"]:
    """At most n of these rows, at random, in random order."""
    return rows[torch.randperm(len(rows), generator=generator)[:n]]


def largest(at: Firings, latent: int, n: int) -> Int[Tensor, " some"]:
    """The rows that excite it most, the strongest first; of equal ones the first."""
    rows, values = at.of(latent)
    return rows[values.argsort(descending=True, stable=True)[:n]]


def thirds(at: Firings, latent: int, n: int, generator: torch.Generator) -> dict[str, Int[Tensor, " some"]]:
    """At most n rows of each third of the range of its activation, from 0 to the largest."""
    rows, values = at.of(latent)
    if not len(rows):
        return dict.fromkeys(THIRDS, rows)
    third = (values / values.max() * 3).ceil().long().clamp(1, 3)  # 3 is the upper one
    return {name: drawn(rows[third == 3 - i], n, generator) for i, name in enumerate(THIRDS)}


def silent(at: Firings, latent: int, n: int, generator: torch.Generator) -> Int[Tensor, " some"]:
    """At most n rows, at random, in which it doesn't fire."""
    return drawn((~at.mask(latent)).nonzero().flatten(), n, generator)


def near_misses(
    at: Firings, latent: int, pieces: Int[Tensor, " row"], n: int, generator: torch.Generator
) -> Int[Tensor, " some"]:
    """At most n rows in which it is silent although one of the pieces stands there at which it fires elsewhere."""
    alike = torch.isin(pieces, pieces[at.of(latent)[0]].unique())
    return drawn((alike & ~at.mask(latent)).nonzero().flatten(), n, generator)


def nearest_misses(
    at: Firings, latent: int, tokens: Int[Tensor, "document position"], n: int, generator: torch.Generator
) -> Int[Tensor, " some"]:
    """The n near misses that share most with its firings: which of the pieces that are common before a place of firing
    (`COMMON` of them have it there) stand before it at the same distance. Of equal ones, at random."""
    pieces, fires = tokens.flatten(), at.of(latent)[0]
    misses = near_misses(at, latent, pieces, at.n_rows, generator)  # all, in random order
    shared = torch.zeros(len(misses))
    for back in range(1, BEFORE + 1):
        of_firings, of_misses = (_before(tokens, rows, back) for rows in (fires, misses))
        kinds, times = of_firings[of_firings >= 0].unique(return_counts=True)
        shared += torch.isin(of_misses, kinds[times >= COMMON * len(fires)])
    return misses[shared.argsort(descending=True, stable=True)[:n]]


def _before(tokens: Int[Tensor, "document position"], rows: Int[Tensor, " some"], back: int) -> Int[Tensor, " some"]:
    """The piece so many places before each row; −1 where its text has none."""
    pieces = tokens.flatten()[(rows - back).clamp_min(0)]
    return pieces.where(rows % tokens.shape[1] >= back, -1)


def over_the_range(at: Firings, latent: int, n: int) -> Int[Tensor, " some"]:
    """Half of n rows from the top, half at equal steps of their order down to the weakest; each of them once."""
    rows, values = at.of(latent)
    order = values.argsort(descending=True, stable=True)
    steps = torch.linspace(0, max(len(rows) - 1, 0), n - n // 2).long()
    return rows[order[torch.cat([torch.arange(min(n // 2, len(rows))), steps[: len(rows)]]).unique()]]


def values_in(at: Firings, latent: int, rows: Int[Tensor, " some"]) -> Float[Tensor, " some"]:
    """Its activation in these rows, 0 where it is silent."""
    own, values = at.of(latent)
    if not len(own):
        return torch.zeros(len(rows))
    place = torch.searchsorted(own, rows).clamp_max(len(own) - 1)
    return values[place].where(own[place] == rows, 0.0)
