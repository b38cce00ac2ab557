"""Memory games: random words, and the same again and again. "Memory game: rope owl tulip. Again: rope owl tulip." """

from functools import cache

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.pen import Pen
from course_utils.minilang.vocabulary import PIECE_ID

ITEM = np.array([PIECE_ID[f" {item}"] for item in lx.LIST_ITEMS])
SHORTEST, LONGEST, STOP = (
    6,
    18,
    0.15,
)  # items before one may stop, before one must, and the chance to stop at each between


@cache
def titles() -> Menu:
    return menu([f"{game}:" for game in lx.GAMES])


def write_lists(pen: Pen) -> None:
    """Fills every document of `pen` with a list of items, no item twice, and its repetitions."""
    rows = pen.everyone
    pen.choose(rows, titles())
    start = pen.length[rows].copy()
    items = ITEM[np.argpartition(pen.rng.random((len(rows), len(ITEM))), LONGEST, axis=1)[:, :LONGEST]]
    going = rows
    for number in range(LONGEST):
        if number >= SHORTEST:
            going = going[pen.toss(going, 1 - STOP, STOP) == 0]
        pen.write(going, items[going, number], np.log(len(ITEM) - number))
    size = pen.length[rows] - start
    while len(rows := pen.unfinished()):
        for piece in (".", " Again", ":"):
            pen.write(rows, PIECE_ID[piece])
        pen.copy(rows, start[rows], size[rows])
