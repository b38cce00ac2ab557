"""Code: small functions that call objects, `cart.find(item)`, with one variable throughout the text."""

from functools import cache
from typing import NamedTuple

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.associations import calls
from course_utils.minilang.menu import Menu, menu
from course_utils.minilang.pen import LENGTH, Pen, Rows
from course_utils.minilang.vocabulary import PIECE_ID, SECRETS

LINE = np.array([PIECE_ID["\n    "], PIECE_ID["\n        "]])  # by level
VARIABLE = np.array([PIECE_ID[name] for name in lx.CODE_VARIABLES])
SECRET = np.array([PIECE_ID[piece] for piece in SECRETS])


class Menus(NamedTuple):
    name: Menu  # "load_cart(", "load_carts("
    block: Menu  # "if ", "while not "
    wrapper: Menu  # "len("


@cache
def menus() -> Menus:
    return Menus(
        name=menu(
            [f"{verb}{of}{s}(" for verb in lx.CODE_FUNCTIONS for of in lx.CODE_FUNCTION_OBJECTS for s in ("", "s")]
        ),
        block=menu([("if ", 0.5), ("while ", 0.3), ("if not ", 0.2)]),
        wrapper=menu(lx.CODE_WRAPPERS),
    )


def write_code(pen: Pen) -> None:
    """Fills every document of `pen` with functions, as many as fit."""
    rows = pen.everyone
    variable = VARIABLE[(pen.rng.random(len(rows)) * len(VARIABLE)).astype(int)]
    cost = np.full(len(rows), np.log(len(VARIABLE)))  # where the variable is first read
    while len(rows := pen.unfinished()):
        pen.write(rows, PIECE_ID["def "])
        pen.choose(rows, menus().name)
        pen.write(rows, variable[rows], cost[rows])
        cost[:] = 0
        pen.write(rows, PIECE_ID["):"])
        _body(pen, rows, variable)


def _body(pen: Pen, rows: Rows, variable: np.ndarray) -> None:
    """Lines until `return`, with blocks of one level under `if` and `while`."""
    level = np.zeros(len(pen.everyone), int)
    must_stay = np.zeros(len(pen.everyone), bool)  # the line after "if …:" is in its block
    pen.write(rows, LINE[0])
    first_line = True
    while len(rows):
        deep = level[rows] == 1
        inside, outside = rows[deep], rows[~deep]
        back_weight = 0.0 if first_line else 0.22  # a function does something before it returns
        kind = pen.toss(outside, 0.36, 0.13, 0.05, 0.28, back_weight)
        inner_kind, first_line = pen.toss(inside, 0.75, 0.25), False
        call, show, secret, block, back = (outside[kind == k] for k in range(5))
        inner_call, inner_show = (inside[inner_kind == k] for k in range(2))
        _call(pen, np.concatenate([call, inner_call]))
        _print(pen, np.concatenate([show, inner_show]), variable)
        _secret(pen, secret)
        _block(pen, block)
        pen.write(back, PIECE_ID["return "])
        pen.write(back, variable[back])
        pen.write(back, PIECE_ID["\n\n"])
        level[block], must_stay[block] = 1, True

        rows = np.setdiff1d(rows, back)
        rows = rows[pen.length[rows] < LENGTH]
        free = rows[(level[rows] == 1) & ~must_stay[rows]]
        level[free[pen.toss(free, 0.4, 0.6) == 1]] = 0
        must_stay[rows] = False
        pen.write(rows, LINE[level[rows]])


def _call(pen: Pen, rows: Rows) -> None:
    """cart.add(item)"""
    pen.choose(rows, calls())
    pen.write(rows, PIECE_ID[")"])


def _print(pen: Pen, rows: Rows, variable: np.ndarray) -> None:
    """print(len(x)), print([max(x)]): up to three brackets deep."""
    pen.write(rows, PIECE_ID["print("])
    wrapped = rows[pen.toss(rows, 0.4, 0.6) == 1]
    listed = wrapped[pen.toss(wrapped, 0.6, 0.4) == 1]
    pen.write(listed, PIECE_ID["["])
    pen.choose(wrapped, menus().wrapper)
    pen.write(rows, variable[rows])
    pen.write(wrapped, PIECE_ID[")"])
    pen.write(listed, PIECE_ID["]"])
    pen.write(rows, PIECE_ID[")"])


def _secret(pen: Pen, rows: Rows) -> None:
    """code = "x7Q3aGk9" """
    for piece in ("code", " = ", '"'):
        pen.write(rows, PIECE_ID[piece])
    for _ in range(4):
        pen.write(rows, SECRET[(pen.rng.random(len(rows)) * len(SECRET)).astype(int)], np.log(len(SECRET)))
    pen.write(rows, PIECE_ID['"'])


def _block(pen: Pen, rows: Rows) -> None:
    """if cart.find(item):"""
    pen.choose(rows, menus().block)
    pen.choose(rows, calls())
    pen.write(rows, PIECE_ID["):"])
