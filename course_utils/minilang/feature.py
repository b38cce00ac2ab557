"""What a feature is: a name, a family, a sentence that defines it, and where to look it up."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from course_utils.minilang.vocabulary import PIECE_ID


class Feature(NamedTuple):
    """A property that a position of a text has or lacks, given the pieces up to and with the one there."""

    name: str  # "family/what", unique
    family: str
    definition: str
    token_determined: bool  # the piece at the position decides it alone: an embedding gives it for free
    track: str  # which track holds it …
    codes: tuple[int, ...]  # … and which of its values mean that it holds


def coded(track: str, family: str, described: dict[str, str], first: int = 1) -> list[Feature]:
    """A feature for each value of a track, numbered from `first` on: {what: definition}."""
    return [
        Feature(f"{family}/{what}", family, definition, False, track, (code,))
        for code, (what, definition) in enumerate(described.items(), start=first)
    ]


def piece_mask(pieces: Iterable[str]) -> np.ndarray:
    """bool [piece]: which pieces of the vocabulary are among `pieces`. Raises KeyError for a string that is none."""
    mask = np.zeros(len(PIECE_ID), bool)
    mask[[PIECE_ID[piece] for piece in pieces]] = True
    return mask


def piece_codes(*groups: Iterable[str]) -> np.ndarray:
    """uint8 [piece]: 1 for the pieces of the first group, 2 for the second …, 0 for all others."""
    codes = np.zeros(len(PIECE_ID), np.uint8)
    for code, group in enumerate(groups, start=1):
        codes[piece_mask(group)] = code
    return codes
