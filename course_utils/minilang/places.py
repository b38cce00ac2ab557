"""Where the features of a family hold, and which features live in one genre only."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from course_utils.minilang.corpus import Corpus
from course_utils.minilang.feature import Feature


def places(corpus: Corpus, family: str) -> tuple[Bool[np.ndarray, "document position"], Int[np.ndarray, " place"]]:
    """Where a feature of the family holds, and which: its number among those of the family; the first, if several."""
    labels = corpus.label_matrix([feature for feature in corpus.features if feature.family == family])
    where = labels.any(axis=-1)
    return where, labels[where].argmax(axis=-1)


def at_home(
    corpus: Corpus, genres: Sequence[str], *, skip: int = 0, fewest: int = 40, share: float = 0.95
) -> dict[str, list[Feature]]:
    """By genre, the contextual features that live there: `fewest` places or more, and this share of them in one genre.

    The first `skip` pieces of each text don't count. Features that the piece decides alone, and the genre itself, are
    left out.
    """
    shelf, homes = np.array(corpus.genres()), {genre: [] for genre in genres}
    for feature in corpus.features:
        if feature.token_determined or feature.family == "genre":
            continue
        in_text = corpus.labels(feature)[:, skip:].sum(axis=1)
        in_genre = np.array([in_text[shelf == genre].sum() for genre in genres])
        if in_text.sum() >= fewest and in_genre.max() >= share * in_text.sum():
            homes[genres[int(in_genre.argmax())]].append(feature)
    return homes
