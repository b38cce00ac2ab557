"""Spanish, simple and correct. "Hoy el gato verde canta en la plaza vieja y la luna azul brilla." """

from functools import cache
from typing import NamedTuple

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import frases
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.pen import LENGTH, Pen, Rows
from course_utils.minilang.vocabulary import PIECE_ID


class Menus(NamedTuple):
    opener: Menu
    place: Menu  # " en la plaza", " con el gato viejo"
    join: Menu
    count: Menu  # "Hay once gatos"


@cache
def menus() -> Menus:
    articles = [("el", lx.SPANISH_PLACES_HE, "o"), ("la", lx.SPANISH_PLACES_SHE, "a")]
    bare = [f" {article} {noun}" for article, nouns, _ in articles for noun in nouns]
    dressed = [
        f" {article} {noun} {stem}{end}"
        for article, nouns, end in articles
        for noun in nouns
        for stem in lx.SPANISH_STEMS
    ]
    weighted = [(where, 0.6 / len(bare)) for where in bare] + [(where, 0.4 / len(dressed)) for where in dressed]
    nouns = lx.SPANISH_HE + lx.SPANISH_SHE
    return Menus(
        opener=menu(lx.SPANISH_OPENERS),
        place=menu([(f" {p}{where}", w) for p in lx.SPANISH_PREPOSITIONS for where, w in weighted]),
        join=menu([" y", " pero"]),
        count=menu([f" Hay {number} {noun}s" for number in lx.SPANISH_NUMBERS for noun in nouns]),
    )


def write_spanish(pen: Pen) -> None:
    """Fills every document of `pen` with Spanish sentences."""
    pen.choose(pen.everyone, menus().opener)
    _clauses(pen, pen.everyone, pen.everyone[:0])
    while len(rows := pen.unfinished()):
        counted = pen.toss(rows, 0.85, 0.15) == 1
        there, told = rows[counted], rows[~counted]
        pen.choose(there, menus().count)
        pen.choose(there, menus().place)
        pen.write(there, PIECE_ID["."])
        _clauses(pen, told[:0], told)


def _clauses(pen: Pen, inside: Rows, begin: Rows) -> None:
    """Clauses joined by y and pero, up to the full stop; those of `begin` start with a capital."""
    pen.choose(inside, frases(), 0)
    pen.choose(begin, frases(), 1)
    rows = np.concatenate([inside, begin])
    while len(rows):
        kind = pen.toss(rows, 0.4, 0.3, 0.3)
        at = rows[kind == 1]
        pen.choose(at, menus().place)
        joined = np.concatenate([rows[kind == 2], at[pen.toss(at, 0.7, 0.3) == 1]])
        pen.write(np.setdiff1d(rows, joined), PIECE_ID["."])
        rows = joined[pen.length[joined] < LENGTH]
        pen.choose(rows, menus().join)
        pen.choose(rows, frases(), 0)
