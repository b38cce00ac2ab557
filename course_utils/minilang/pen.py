"""Writes many documents at once, and keeps the exact surprisal of every piece.

`rows` says which documents a call writes to. What a choice writes, and what it costs in nats, is recorded together; a
choice that writes nothing by itself (`toss`) costs its nats at the next piece, where a reader learns of it.
"""

import numpy as np
from jaxtyping import Float, Int

from course_utils.minilang.menu import Menu

LENGTH = 64  # pieces in a document, with the <bos> that begins it
Rows = Int[np.ndarray, "row"]


class Pen:
    """`n` documents in the making, all beginning with <bos>. What runs past LENGTH pieces is cut off."""

    def __init__(self, n: int, rng: np.random.Generator):
        self.rng = rng
        self.everyone = np.arange(n)
        self.length = np.ones(n, np.int64)
        self._tokens = np.zeros((n, LENGTH + 1), np.int16)  # the last column takes what is cut off
        self._nats = np.zeros((n, LENGTH + 1), np.float32)
        self._uncopied = np.zeros((n, LENGTH + 1), np.float32)
        self._pending = np.zeros(n, np.float32)

    def unfinished(self) -> Rows:
        """The documents that still have room."""
        return np.flatnonzero(self.length < LENGTH)

    def write(self, rows: Rows, tokens: Int[np.ndarray, "row"] | int, nats=0.0, uncopied=None) -> None:
        """One piece more for each of `rows`.

        `nats` is -log P(piece | all before it); `uncopied` the same for a reader who does not see that a run is a copy.
        """
        at = self.length[rows]
        nats = nats + self._pending[rows]
        self._tokens[rows, at] = tokens
        self._nats[rows, at] = nats
        self._uncopied[rows, at] = nats if uncopied is None else uncopied
        self._pending[rows] = 0
        self.length[rows] = np.minimum(at + 1, LENGTH)

    def toss(self, rows: Rows, *weights: float, free: bool = False) -> Int[np.ndarray, "row"]:
        """A choice between 0, 1, … with these weights, for each of `rows`.

        It costs its nats at the next piece; if `free`, nothing: they are part of the prices of what is written next
        (`choose` with `priced_as`).
        """
        share = np.array(weights) / sum(weights)
        chosen = np.searchsorted(np.cumsum(share)[:-1], self.rng.random(len(rows)), side="right")
        if not free:
            self._pending[rows] -= np.log(share[chosen])
        return chosen

    def choose(
        self, rows: Rows, menu: Menu, which: Int[np.ndarray, "row"] | int = 0, *, priced_as: Menu | None = None
    ) -> Int[np.ndarray, "row"]:
        """Writes a phrase from list `which` of `menu` to each of `rows`. Returns its number in its list.

        `priced_as`: the same phrases in the same order as one list, if the reader learns of `which` only from the
        phrase. Its nats are those of list and phrase together.
        """
        number = menu.draw(self.rng.random(len(rows)), which)
        prices = menu if priced_as is None else priced_as
        for column in range(menu.tokens.shape[1]):
            there = menu.tokens[number, column] >= 0
            if not there.all():
                self.write(rows[there], menu.tokens[number[there], column], prices.nats[number[there], column])
            else:
                self.write(rows, menu.tokens[number, column], prices.nats[number, column])
        self._pending[rows] += prices.end_nats[number]
        return number - menu.first[which]

    def copy(self, rows: Rows, start: Int[np.ndarray, "row"], length: Int[np.ndarray, "row"]) -> None:
        """Writes again the `length` pieces from `start` on, which costs a reader who knows it nothing."""
        for offset in range(int(length.max(initial=0))):
            there = offset < length
            some, source = rows[there], np.minimum(start[there] + offset, LENGTH)
            self.write(some, self._tokens[some, source], uncopied=self._uncopied[some, source])

    def done(self) -> tuple[Int[np.ndarray, "document position"], Float[np.ndarray, "document position"], ...]:
        """Tokens, nats, and nats of a reader who sees no copies. Raises RuntimeError if a document has room left."""
        if len(self.unfinished()):
            raise RuntimeError(f"{len(self.unfinished())} documents are not full yet")
        return self._tokens[:, :LENGTH], self._nats[:, :LENGTH], self._uncopied[:, :LENGTH]
