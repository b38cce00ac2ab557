"""Pieces of the same kind: one may stand wherever the other stands, as far as the form of the language goes."""

from functools import cache

import numpy as np
from jaxtyping import Bool

from course_utils.minilang.corpus import Corpus
from course_utils.minilang.tracks import all_features
from course_utils.minilang.vocabulary import PIECES


@cache
def exchangeable() -> Bool[np.ndarray, "piece piece"]:
    """True for two different pieces that are of exactly the same kinds of word: two heads of folk names, two months.

    Pieces that are of no kind of word (punctuation, endings) can't be exchanged. What is said may become false by an
    exchange, and a noun of another topic may come in; the form stays that of the language.
    """
    words = [feature for feature in all_features() if feature.family == "word" and feature.token_determined]
    alone = np.arange(len(PIECES), dtype=np.int16)[:, None]
    nothing = np.zeros(alone.shape, np.float32)
    kinds = Corpus(alone, nothing, nothing).label_matrix(words)[:, 0]  # [piece, kind]
    same = (kinds[:, None] == kinds[None]).all(-1) & kinds.any(-1)[:, None]
    np.fill_diagonal(same, False)
    return same
