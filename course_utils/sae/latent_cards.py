"""What a dashboard shows of a latent, as numbers: rows, a histogram, logits, neighbours, the truth where it is known.

`widgets.latents_page` makes a page of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.sae import choosing
from course_utils.sae.firings import Firings
from course_utils.sae.matching import cosines
from course_utils.sae.rows import counts

BINS = 24
ROWS = {"largest": 6, "third": 3, "anywhere": 4, "near misses": 3}
SAYS, ALIKE, FEATURES = 5, 3, 2
BEFORE, AFTER = 5, 3  # pieces of context on a card
BETWEEN = "·"  # in no piece of the language


class BestFeature(NamedTuple):
    """A true feature that holds where a latent fires."""

    feature: int
    precision: float
    recall: float
    f1: float


class LatentCard(NamedTuple):
    """One latent. Rows are numbers in the flattened texts."""

    latent: int
    fires: int
    """In how many rows."""
    share: float
    """In which share of all rows."""
    largest: float
    bins: list[int]
    """How many of the rows in which it fires have which activation: equal steps from 0 to the largest."""
    rows: dict[str, list[tuple[int, float]]]
    """Row and activation: "largest", "upper", "middle" and "lower" third, "anywhere" it fires, "near misses"."""
    raises: list[tuple[int, float]]
    """Pieces whose logit it raises most, and by how much if it is 1."""
    lowers: list[tuple[int, float]]
    alike: list[tuple[int, float]]
    """Latents with the most similar directions, and the cosine."""
    truth: list[BestFeature]
    """The features that its firing tells best, by F1; empty without labels."""


def latent_cards(
    at: Firings,
    pieces: Int[Tensor, " row"],
    W_dec: Float[Tensor, "latent d_in"],
    effects: Float[Tensor, "latent vocab"],
    labels: Bool[Tensor, "row feature"] | None = None,
    seed: int = 0,
) -> list[LatentCard]:
    """A card for every latent that fires.

    Args:
        pieces: the number of the piece in each row.
        effects: what each latent adds to each logit if it is 1.
        labels: the truth, if there is one.

    Raises:
        ValueError: pieces or labels of other rows than the firings.
    """
    for name, of_rows in (("pieces", pieces), ("labels", labels)):
        if of_rows is not None and len(of_rows) != at.n_rows:
            raise ValueError(f"{name} must have a value for each of the {at.n_rows} rows, got {len(of_rows)}")
    dice = torch.Generator().manual_seed(seed)
    near = cosines(W_dec, W_dec).fill_diagonal_(-2)
    holds = None if labels is None else counts(labels)
    out = []
    for latent in (at.count > 0).nonzero().flatten().tolist():
        rows, values = at.of(latent)
        out.append(
            LatentCard(
                latent,
                len(rows),
                len(rows) / at.n_rows,
                values.max().item(),
                torch.histc(values, BINS, 0, values.max().item()).long().tolist(),
                _shown(at, latent, pieces, dice),
                _extremes(effects[latent], SAYS),
                _extremes(-effects[latent], SAYS, -1),
                _extremes(near[latent], ALIKE),
                [] if holds is None else best_features(at, latent, labels, holds),
            )
        )
    return out


def _shown(at: Firings, latent: int, pieces: Tensor, dice: torch.Generator) -> dict[str, list[tuple[int, float]]]:
    groups = {"largest": choosing.largest(at, latent, ROWS["largest"])}
    thirds = choosing.thirds(at, latent, at.n_rows, dice)
    groups |= {name: rows[~torch.isin(rows, groups["largest"])][: ROWS["third"]] for name, rows in thirds.items()}
    groups["anywhere"] = choosing.drawn(at.of(latent)[0], ROWS["anywhere"], dice)
    groups["near misses"] = choosing.near_misses(at, latent, pieces, ROWS["near misses"], dice)
    return {
        name: list(zip(rows.tolist(), choosing.values_in(at, latent, rows).tolist())) for name, rows in groups.items()
    }


def _extremes(values: Float[Tensor, " item"], n: int, sign: int = 1) -> list[tuple[int, float]]:
    top = values.topk(min(n, len(values)))
    return list(zip(top.indices.tolist(), (sign * top.values).tolist()))


def best_features(
    at: Firings, latent: int, labels: Bool[Tensor, "row feature"], holds: Int[Tensor, " feature"]
) -> list[BestFeature]:
    """The features that a latent's firing tells best; `holds` is in how many rows each holds, `labels.sum(0)`."""
    rows = at.of(latent)[0]
    hits = labels[rows].sum(0)
    f1 = 2 * hits / (len(rows) + holds).clamp_min(1)
    found = f1.topk(min(FEATURES, len(f1))).indices.tolist()
    return [
        BestFeature(k, hits[k].item() / max(len(rows), 1), hits[k].item() / max(holds[k].item(), 1), f1[k].item())
        for k in found
    ]


def card_lines(
    at: Firings, latent: int, pieces: Sequence[str], tokens: Int[Tensor, "document position"], dice: torch.Generator
) -> list[str]:
    """A card as text: its largest rows, some of each third of the range of its activation, near misses.

    A text stands on it once. A dot stands between two pieces, the place itself in brackets, some pieces on both sides:
    `  100%  ·two· fern· owl⟦s⟧· by· the`.
    """
    values = at.of(latent)[1]
    groups = {"largest": (choosing.largest(at, latent, at.n_rows), 4)}
    groups |= {f"{name} third": (rows, 3) for name, rows in choosing.thirds(at, latent, at.n_rows, dice).items()}
    groups["near misses"] = choosing.nearest_misses(at, latent, tokens, at.n_rows, dice), 3
    lines, seen = [], set()
    for name, (rows, most) in groups.items():
        lines.append(f"-- {name}")
        chosen = _of_other_texts(rows.tolist(), tokens.shape[1], most, seen)
        shares = choosing.values_in(at, latent, torch.tensor(chosen, dtype=torch.long)) / values.max().clamp_min(1e-9)
        lines += [f"{share:6.0%}  {_place(pieces, tokens, row)}" for row, share in zip(chosen, shares.tolist())]
        if not len(rows) and name != "near misses":
            lines.append(f"        (none: wherever it fires, it is at {values.min() / values.max():.0%} or more)")
        elif not chosen:
            lines.append("        (none)" if not len(rows) else "        (only in texts that stand above)")
    return lines


def _of_other_texts(rows: list[int], length: int, most: int, seen: set[int]) -> list[int]:
    """The first rows, one of each text that wasn't seen; from here on these are."""
    chosen = []
    for row in rows:
        if len(chosen) < most and row // length not in seen:
            seen.add(row // length)
            chosen.append(row)
    return chosen


def _place(pieces: Sequence[str], tokens: Int[Tensor, "document position"], row: int) -> str:
    document, position = divmod(row, tokens.shape[1])
    text = [pieces[t].replace("\n", "⏎") for t in tokens[document].tolist()]
    before = BETWEEN.join(["", *text[max(0, position - BEFORE) : position]])
    after = BETWEEN.join(["", *text[position + 1 : position + 1 + AFTER]])
    return f"{before}⟦{text[position]}⟧{after}"


def as_data(
    cards: Sequence[LatentCard], pieces: Sequence[str], tokens: Int[Tensor, "document position"], names: Sequence[str]
) -> Mapping:
    """All of it as what JSON can hold, numbers rounded. Texts stand there once; a row is a place in them."""
    return {
        "pieces": list(pieces),
        "features": list(names),
        "length": tokens.shape[1],
        "tokens": tokens.flatten().tolist(),
        "latents": [_plain(card) for card in cards],
    }


def _plain(card: LatentCard) -> list:
    def rounded(pairs: Sequence[tuple[int, float]]) -> list:
        return [part for number, value in pairs for part in (number, float(f"{value:.3g}"))]

    truth = [[k, *(round(value, 3) for value in of)] for k, *of in card.truth]
    rows = [rounded(pairs) for pairs in card.rows.values()]
    numbers = [card.latent, card.fires, float(f"{card.largest:.3g}")]
    return [*numbers, card.bins, rows, rounded(card.raises), rounded(card.lowers), rounded(card.alike), truth]
