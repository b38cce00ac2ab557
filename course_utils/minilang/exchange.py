"""Pieces of the same kind: one may stand wherever the other stands, as far as the form of the language goes."""

from functools import cache

import numpy as np
from jaxtyping import Bool

from course_utils.minilang.corpus import Corpus
from course_utils.minilang.tracks import all_features
from course_utils.minilang.vocabulary import ENDINGS, PIECES


@cache
def exchangeable() -> Bool[np.ndarray, "piece piece"]:
    """True for two different pieces that are of exactly the same kinds of word: two heads of folk names, two months.

    They also look alike: both with a space before them or both without, both with a capital or both without. Pieces of
    no kind of word, such as punctuation, can't be exchanged, nor can endings. What is said may become false by an
    exchange, and a noun of another topic may come in; the form stays that of the language.
    """
    words = [feature for feature in all_features() if feature.family == "word" and feature.token_determined]
    alone = np.arange(len(PIECES), dtype=np.int16)[:, None]
    nothing = np.zeros(alone.shape, np.float32)
    kinds = Corpus(alone, nothing, nothing).label_matrix(words)[:, 0]  # [piece, kind]
    look = [(piece in ENDINGS, piece.startswith(" "), piece.strip()[:1].isupper()) for piece in PIECES]
    described = np.concatenate([kinds, np.array(look)], axis=1)
    whole = kinds.any(-1) & ~described[:, kinds.shape[1]]
    same = (described[:, None] == described[None]).all(-1) & whole[:, None]
    np.fill_diagonal(same, False)
    return same
