"""How good an explanation of a latent is: by detection, by simulation, and at every place there is.

Detection is that of Paulo et al. 2024 (*Automatically Interpreting Millions of Features in Large Language Models*),
simulation that of Bills et al. 2023 (*Language models can explain neurons in language models*). Both look at few texts;
what they leave out is what `precision` and `f1` measure.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.sae import choosing
from course_utils.sae.explain import read
from course_utils.sae.firings import Firings
from course_utils.sae.rows import counts

SHOWN = 50  # firing examples, and as many silent ones
TEXTS = 10  # of a latent's best, and as many others


class Detection(NamedTuple):
    """How well an explanation tells firing examples from silent ones."""

    hits: float
    """Of the examples in which the latent fires, those where the explanation says so."""
    false_alarms: float
    """Of those in which it is silent, those where the explanation says that it fires."""

    @property
    def score(self) -> float:
        """Balanced accuracy: both kinds count the same, however many there are. 0.5 by chance."""
        return (self.hits + 1 - self.false_alarms) / 2


def detection(said: Bool[Tensor, " example"], fires: Bool[Tensor, " example"]) -> Detection:
    """Which of these texts make the latent fire?"""
    return Detection(said[fires].float().mean().item(), said[~fires].float().mean().item())


def simulation(said: Float[Tensor, " row"], activation: Float[Tensor, " row"]) -> float:
    """The correlation of what was foretold with what is; 0 where either never changes."""
    a, b = said.double() - said.double().mean(), activation.double() - activation.double().mean()
    size = (a.norm() * b.norm()).item()
    return (a @ b).item() / size if size > 0 else 0.0


class Scores(NamedTuple):
    """An explanation's scores."""

    at_random: float
    """Detection, the silent examples drawn at random."""
    near_misses: float
    """Detection, the silent examples near misses (at random where there are none)."""
    simulation: float
    """In ten of the latent's best texts and ten others."""
    precision: float
    """Of all places that it names, those where the latent fires; 0 if it names none."""
    f1: float
    """Of the places that it names and those where the latent fires: the harmonic mean of precision and recall."""


def scores(at: Firings, latent: int, said: Bool[Tensor, " row"], tokens: Int[Tensor, "document position"]) -> Scores:
    """Scores of an explanation that expects the latent to fire where `said`. The latent's number is the seed."""
    dice, fires = torch.Generator().manual_seed(latent), at.mask(latent)
    firing = choosing.drawn(at.of(latent)[0], SHOWN, dice)
    others = choosing.silent(at, latent, SHOWN, dice)
    near = choosing.near_misses(at, latent, tokens.flatten(), SHOWN, dice)
    shown = [torch.cat([firing, quiet]) for quiet in (others, near if len(near) else others)]
    detected = [detection(said[rows], fires[rows]).score for rows in shown]
    best = (choosing.largest(at, latent, 3 * TEXTS) // tokens.shape[1]).unique()[:TEXTS]
    texts = torch.cat([best, torch.randperm(len(tokens), generator=dice)[:TEXTS]]).unique()
    rows = (texts[:, None] * tokens.shape[1] + torch.arange(tokens.shape[1])).flatten()
    simulated = simulation(said[rows].float(), choosing.values_in(at, latent, rows))
    right, named = int((said & fires).sum()), int(said.sum())
    return Scores(*detected, simulated, right / max(named, 1), 2 * right / max(named + int(fires.sum()), 1))


def score_all(
    at: Firings,
    texts: Mapping[int, str],
    pieces: Sequence[str],
    tokens: Int[Tensor, "document position"],
    labels: Bool[Tensor, "row feature"],
) -> Float[Tensor, "latent score"]:
    """A row for the explanation of each latent: its `scores`, and in the last column 1 for the `same_feature`."""
    found, holds = [], counts(labels)
    for latent, text in texts.items():
        said = said_by(text, pieces, tokens)
        found.append([*scores(at, latent, said, tokens), same_feature(at, latent, said, labels, holds)])
    return torch.tensor(found, dtype=torch.float32)


def said_by(text: str, pieces: Sequence[str], tokens: Int[Tensor, "document position"]) -> Bool[Tensor, " row"]:
    """Where an explanation expects the latent to fire.

    Raises:
        UnreadableExplanation: see `explain.read`.
    """
    return read(text, pieces).holds(pieces, tokens).flatten()


def same_feature(
    at: Firings,
    latent: int,
    said: Bool[Tensor, " row"],
    labels: Bool[Tensor, "row feature"],
    holds: Int[Tensor, " feature"],
) -> bool:
    """Whether the feature that the explained rows tell best is the one that the latent tells best; ``holds`` is in how
    many rows each holds, ``labels.sum(0)``."""
    places = said.nonzero()[:, 0], at.of(latent)[0]
    told = [2 * labels[rows].float().sum(0) / (len(rows) + holds).clamp_min(1) for rows in places]
    return bool(said.any()) and int(told[0].argmax()) == int(told[1].argmax())
