"""The single spellings of the meanings of pairs: "fern owl" and "moon slipper" apart, where they mean the same."""

import numpy as np
from jaxtyping import Bool

from course_utils.minilang.associations import meanings
from course_utils.minilang.corpus import Corpus
from course_utils.minilang.tracks import all_features
from course_utils.minilang.vocabulary import PIECE_ID


def spellings() -> list[tuple[str, str]]:
    """(meaning, spelling) of every pair, three for each meaning, in the order of the features.

    The meaning is the name of its feature, the spelling its two words as text: ("thing/…", "fern owl").
    """
    return [(name, (first + second).strip()) for name, first, second in _pairs()]


def spelled(corpus: Corpus) -> Bool[np.ndarray, "document position spelling"]:
    """Where each spelling of ``spellings()`` holds: where its meaning does, and its first word stands two pieces back.

    Every meaning has each of its firsts once, so the first word tells the spelling.
    """
    before = np.zeros_like(corpus.tokens)
    before[:, 2:] = corpus.tokens[:, :-2]
    columns, where = [], {}
    for meaning, first, _ in _pairs():
        if meaning not in where:
            where = {meaning: corpus.labels(meaning)}
        columns.append(where[meaning] & (before == PIECE_ID[first]))
    return np.stack(columns, axis=-1)


def _pairs() -> list[tuple[str, str, str]]:
    """The meaning's feature, the first piece and the second of every pair."""
    tables = {meaning.table for meaning in meanings()}
    names = [feature.name for feature in all_features() if feature.family in tables]
    if len(names) != len(meanings()):
        raise AssertionError("there is a feature for every meaning")
    return [(name, *pair) for name, meaning in zip(names, meanings(), strict=True) for pair in meaning.spellings]
