"""Tables: a reading a day. "Log 1987: Mon 12 May | Ashingford | 47 mm\\nTue 13 May | …" """

from functools import cache

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import places
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.pen import Pen
from course_utils.minilang.vocabulary import PIECE_ID

WEEKDAY = np.array([PIECE_ID[day] for day in lx.WEEKDAYS])
DAY = np.array([PIECE_ID[f" {day}"] for day in range(1, 29)])
MONTH = np.array([PIECE_ID[f" {month}"] for month in lx.MONTHS])
UNIT = np.array([PIECE_ID[f" {unit}"] for unit in lx.UNITS])
LATEST_START = 20


@cache
def years() -> Menu:
    return menu([f"Log {year}:\n" for year in lx.YEARS])


@cache
def amounts() -> Menu:
    return menu([f" | {number}" for number in range(10, 100)])


def write_tables(pen: Pen) -> None:
    """Fills every document of `pen` with rows of a table: day after day, one month and one unit each."""
    rows = pen.everyone
    pen.choose(rows, years())
    weekday, day, month, unit = (
        (pen.rng.random(len(rows)) * n).astype(int) for n in (len(WEEKDAY), LATEST_START, len(MONTH), len(UNIT))
    )
    first = True
    while len(rows := pen.unfinished()):
        # Drawn once for the document, and read in its first row: from then on no choice is left.
        pen.write(rows, WEEKDAY[weekday[rows]], np.log(len(WEEKDAY)) if first else 0.0)
        pen.write(rows, DAY[day[rows]], np.log(LATEST_START) if first else 0.0)
        pen.write(rows, MONTH[month[rows]], np.log(len(MONTH)) if first else 0.0)
        pen.write(rows, PIECE_ID[" |"])
        pen.choose(rows, places())
        pen.choose(rows, amounts())
        pen.write(rows, UNIT[unit[rows]], np.log(len(UNIT)) if first else 0.0)
        pen.write(rows, PIECE_ID["\n"])
        weekday, day, first = (weekday + 1) % len(WEEKDAY), day + 1, False
