"""The floor under a model's loss: what the process itself leaves open, by genre.

The nats of a corpus are exact: every choice is read off the text by the time its piece is there, so the surprisal of
a piece is minus the logarithm of its true conditional probability, and their mean estimates the entropy per piece
without bias.
"""

from typing import NamedTuple

import numpy as np

from course_utils.minilang.corpus import Corpus


class Floor(NamedTuple):
    """Nats per predicted piece (position 1 onwards), over the documents of one genre."""

    entropy: float  # no predictor has a lower expected loss
    uncopied: float  # the same, when every copy in lists and keys comes as news: above what one layer needs
    standard_error: float  # of `entropy`, from the spread between documents
    documents: int


def floors(corpus: Corpus) -> dict[str, Floor]:
    """The floor of every genre in `corpus`, and of `"all"`."""
    genre = np.array(corpus.genres())
    masks = {"all": np.ones(len(corpus), bool)} | {name: genre == name for name in dict.fromkeys(genre)}
    found = {}
    for name, mask in masks.items():
        nats = corpus.nats[mask, 1:].mean(axis=1, dtype=np.float64)
        spread = float(nats.std() / np.sqrt(mask.sum()))
        uncopied = float(corpus.nats_uncopied[mask, 1:].mean(axis=1, dtype=np.float64).mean())
        found[name] = Floor(float(nats.mean()), uncopied, spread, int(mask.sum()))
    return found
