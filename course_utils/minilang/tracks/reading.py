"""Reads many texts at once, position by position, and remembers what it has worked out.

A **track** is one small integer for each position: which genre, how deep in brackets, which person is meant. Each is a
function of the tokens up to and with that position, so a track says what a reader (or a model) can know there.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int

from course_utils.minilang.vocabulary import PIECE_ID

Track = Int[np.ndarray, "document position"]
Mask = Bool[np.ndarray, "document position"]


class Reading:
    """The tracks of some documents, each worked out when it is first asked for."""

    def __init__(self, tokens: Track, rules: dict[str, Callable[["Reading"], Track]]):
        self.tokens = tokens
        self._rules = rules
        self._tracks: dict[str, Track] = {"token": tokens}

    def __getitem__(self, name: str) -> Track:
        if name not in self._tracks:
            self._tracks[name] = self._rules[name](self)
        return self._tracks[name]

    def token_is(self, *pieces: str) -> Mask:
        """Where the piece is one of these."""
        return np.isin(self.tokens, [PIECE_ID[piece] for piece in pieces])

    def before(self, values: np.ndarray, steps: int = 1) -> np.ndarray:
        """`values` as they were `steps` positions earlier; 0 where there was no such position."""
        earlier = np.zeros_like(values)
        earlier[:, steps:] = values[:, :-steps]
        return earlier


def latest(where: Mask) -> Int[np.ndarray, "document position"]:
    """The last position up to and with this one at which `where` holds; -1 if there is none."""
    positions = np.arange(where.shape[1], dtype=np.int16)
    return np.maximum.accumulate(np.where(where, positions, np.int16(-1)), axis=1)


def at(values: Track, positions: Track) -> Track:
    """`values` at these positions of the same document; 0 for position -1."""
    found = np.take_along_axis(values, np.maximum(positions, 0).astype(np.intp), axis=1)
    return np.where(positions >= 0, found, 0).astype(values.dtype)


def since(where: Mask) -> Int[np.ndarray, "document position"]:
    """How many positions ago `where` last held: 0 at such a position; -1 if it never did."""
    last = latest(where)
    return np.where(last >= 0, np.arange(where.shape[1], dtype=np.int16) - last, np.int16(-1))
