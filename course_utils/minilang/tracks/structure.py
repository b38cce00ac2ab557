"""Marks that open and close, lines and columns: quotations, brackets, strings, indentation, kinds of lines."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature, coded, piece_codes, piece_mask
from course_utils.minilang.tracks.reading import Reading, Track, at, latest, since
from course_utils.minilang.tracks.whole_text import in_genre
from course_utils.minilang.vocabulary import PIECES

DEPTH_CHANGE = np.array([p.count("(") + p.count("[") - p.count(")") - p.count("]") for p in PIECES], np.int8)
LINE_BREAKS = ("\n", "\n\n", "\n    ", "\n        ")
LEVEL = piece_codes(["\n", "\n\n"], ["\n    "], ["\n        "])  # level + 1
STARTS = {"def ": "def", "if ": "if", "while ": "while", "print(": "print", "return ": "return", "code": "assignment"}
LINE_START = piece_codes(*[[piece] for piece in STARTS], lx.CODE_OBJECTS)
NUMBER = piece_mask(f" {number}" for number in lx.NUMBERS)
WEEKDAY = piece_mask(lx.WEEKDAYS)


def quotation(text: Reading) -> Track:
    """1 between an opening quotation mark and the closing one."""
    since_open, since_close = since(text.token_is(' "')), since(text.token_is(',"'))
    inside = (since_open > 0) & ((since_close < 0) | (since_close > since_open))
    return inside.astype(np.uint8)


def depth(text: Reading) -> Track:
    """How many brackets are open after this piece, at most 3, counted from the line's beginning and never below 0."""
    change = DEPTH_CHANGE[text.tokens]
    track, open_now = np.zeros(text.tokens.shape, np.uint8), np.zeros(len(text.tokens), np.int16)
    breaks = text.token_is(*LINE_BREAKS)
    for position in range(text.tokens.shape[1]):
        open_now = np.where(breaks[:, position], 0, np.maximum(open_now + change[:, position], 0))
        track[:, position] = np.minimum(open_now, 3)
    return track


def string(text: Reading) -> Track:
    """In code, 1 inside a string: after an odd number of marks in this text, the marks themselves outside."""
    marks = text.token_is('"')
    return ((np.cumsum(marks, axis=1) % 2 == 1) & ~marks & in_genre(text, "code")).astype(np.uint8)


def level(text: Reading) -> Track:
    """In code, 1 + the indentation level of this line, from its line break on; the first line is level 0."""
    codes = LEVEL[text.tokens]
    return np.where(in_genre(text, "code"), np.maximum(at(codes, latest(codes > 0)), 1), 0).astype(np.uint8)


def line_kind(text: Reading) -> Track:
    """In code, what this line does, as its first piece tells; 0 at the line break and outside code."""
    breaks = text.token_is(*LINE_BREAKS)
    breaks[:, 0] = True  # the first line begins after <bos>
    start = np.minimum(latest(breaks) + 1, text.tokens.shape[1] - 1)
    kind = np.where(breaks, 0, LINE_START[at(text.tokens, start)])
    return np.where(in_genre(text, "code"), kind, 0).astype(np.uint8)


def column(text: Reading) -> Track:
    """In a table, 1 + the number of bars since the row began, at most 3; 0 in the heading and at line breaks."""
    breaks, bars = text.token_is("\n"), np.cumsum(text.token_is(" |"), axis=1, dtype=np.uint8)
    in_row = in_genre(text, "table") & (since(breaks) > 0)
    return np.where(in_row, np.minimum(bars - at(bars, latest(breaks)) + 1, 3), 0).astype(np.uint8)


def number(text: Reading) -> Track:
    """1 where a number is a day of the month (after a weekday), 2 where it is an amount (after a bar)."""
    day = text.before(WEEKDAY[text.tokens])
    amount = text.before(text.token_is(" |"))
    return (NUMBER[text.tokens] * np.where(day, 1, np.where(amount, 2, 0))).astype(np.uint8)


TRACKS = {
    "quotation": quotation,
    "depth": depth,
    "string": string,
    "level": level,
    "line_kind": line_kind,
    "column": column,
    "number": number,
}


def features() -> list[Feature]:
    lines = {f"{what} line": f"in code, in a line that begins with {piece.strip()!r}" for piece, what in STARTS.items()}
    return [
        *coded("quotation", "quotation", {"inside": "between two quotation marks of a sentence"}),
        *coded(
            "depth",
            "bracket",
            {"depth 1": "one bracket of this line is open", "depth 2": "two brackets of this line are open"},
        ),
        Feature("bracket/depth 3", "bracket", "three or more brackets of this line are open", False, "depth", (3,)),
        Feature("string/inside", "string", "in code, between the two marks of a string", False, "string", (1,)),
        *coded(
            "level", "indentation", {f"level {n}": f"in code, in a line of indentation level {n}" for n in range(3)}
        ),
        *coded("line_kind", "line", lines | {"call line": "in code, in a line that begins with an object"}),
        *coded("column", "column", {f"column {n}": f"in a table, in column {n} of a row" for n in (1, 2, 3)}),
        *coded(
            "number",
            "number",
            {
                "day": "a number right after a weekday: day of the month",
                "amount": "a number right after a bar: an amount",
            },
        ),
    ]
