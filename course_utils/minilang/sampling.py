"""Documents of the mini-language, drawn in blocks that depend on the seed and their own number alone."""

import numpy as np

from course_utils.minilang.corpus import Corpus
from course_utils.minilang.genres import GENRES
from course_utils.minilang.pen import LENGTH, Pen

BLOCK = 2048  # documents drawn together: enough to draw fast, few enough that ten documents take no time


def sample(n_documents: int, seed: int) -> Corpus:
    """`n_documents` documents. The same seed gives the same documents, and more of them begin with the same ones.

    Raises ValueError if `n_documents` is not positive.
    """
    if n_documents < 1:
        raise ValueError(f"n_documents must be at least 1, got {n_documents}")
    blocks = [_block(seed, number) for number in range(-(-n_documents // BLOCK))]
    return Corpus(*(np.concatenate(parts)[:n_documents] for parts in zip(*blocks)))


def _block(seed: int, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, number])
    share = np.array([genre.share for genre in GENRES])
    drawn = np.searchsorted(np.cumsum(share)[:-1], rng.random(BLOCK), side="right")
    tokens = np.zeros((BLOCK, LENGTH), np.int16)
    nats, uncopied = np.zeros((BLOCK, LENGTH), np.float32), np.zeros((BLOCK, LENGTH), np.float32)
    for index, genre in enumerate(GENRES):
        rows = np.flatnonzero(drawn == index)
        pen = Pen(len(rows), rng)
        genre.write(pen)
        tokens[rows], nats[rows], uncopied[rows] = pen.done()
        nats[rows, 1] -= np.log(genre.share)  # its first piece tells the genre
        uncopied[rows, 1] -= np.log(genre.share)
    return tokens, nats, uncopied
