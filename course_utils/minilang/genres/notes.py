"""Field notes: things of nature under their folk names, and what they do. "The fern owls hover by the pond." """

from functools import cache
from typing import NamedTuple

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import places, things
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.pen import LENGTH, Pen, Rows
from course_utils.minilang.vocabulary import PIECE_ID


class Menus(NamedTuple):
    month: Menu
    determiner: Menu  # " The", " Two"
    hour: Menu
    habitat: Menu  # " by the pond"
    weather: Menu


@cache
def menus() -> Menus:
    return Menus(
        month=menu([f", {month}:" for month in lx.MONTHS]),
        determiner=menu([(" The", 0.6), *[(f" {word}", 0.4 / len(lx.SOME)) for word in lx.SOME]]),
        hour=menu([f" {hour}:" for hour in lx.HOURS]),
        habitat=menu([f" {where} the {home}" for where in lx.HABITAT_PREPOSITIONS for home in lx.HABITATS]),
        weather=menu([f" {weather}." for weather in lx.WEATHER]),
    )


def write_notes(pen: Pen) -> None:
    """Fills every document of `pen` with field notes."""
    rows = pen.everyone
    for piece in ("Field", " notes", " from"):
        pen.write(rows, PIECE_ID[piece])
    pen.choose(rows, places())
    pen.choose(rows, menus().month)
    while len(rows := pen.unfinished()):
        _sentence(pen, rows)


def _sentence(pen: Pen, rows: Rows) -> None:
    kind = pen.toss(rows, 0.5, 0.16, 0.26, 0.08)
    some, days, hours, weather = (rows[kind == k] for k in range(4))
    pen.choose(some, menus().determiner)
    pen.choose(some, things())
    _rest(pen, some)
    _day(pen, days)
    _hour(pen, hours)
    pen.choose(weather, menus().weather)


def _rest(pen: Pen, rows: Rows) -> None:
    """ "by the pond.", "while the stone bells glow." or nothing more."""
    kind = pen.toss(rows, 0.45, 0.25, 0.3)
    at, meanwhile = rows[kind == 1], rows[kind == 2]
    pen.choose(at, menus().habitat)
    for piece in (" while", " the"):
        pen.write(meanwhile, PIECE_ID[piece])
    pen.choose(meanwhile, things())
    pen.write(rows, PIECE_ID["."])


def _day(pen: Pen, rows: Rows) -> None:
    """ "Yesterday the fern owls hovered and the stone bells glowed.", "Today the fern owls hover." """
    today = pen.toss(rows, 0.6, 0.4)
    pen.write(rows, np.where(today, PIECE_ID[" Today"], PIECE_ID[" Yesterday"]))
    pen.write(rows, PIECE_ID[" the"])
    pen.choose(rows, things())
    past = rows[today == 0]
    pen.write(past, PIECE_ID["ed"])
    both = pen.toss(rows, 0.5, 0.5) == 1
    for piece in (" and", " the"):
        pen.write(rows[both], PIECE_ID[piece])
    pen.choose(rows[both], things())
    pen.write(rows[both & (today == 0)], PIECE_ID["ed"])
    pen.write(rows, PIECE_ID["."])


def _hour(pen: Pen, rows: Rows) -> None:
    """ "Dusk: fern owls hovering, stone bells glowing." """
    pen.choose(rows, menus().hour)
    pen.choose(rows, things())
    pen.write(rows, PIECE_ID["ing"])
    while len(rows):
        more = pen.toss(rows, 0.35, 0.65)
        pen.write(rows, np.where(more, PIECE_ID[","], PIECE_ID["."]))
        rows = rows[more == 1]
        rows = rows[pen.length[rows] < LENGTH]
        pen.choose(rows, things())
        pen.write(rows, PIECE_ID["ing"])
