"""Which pieces of code an exercise's check needs, in order: the learner's answers in the chapter's own context.

Of the chapter's cells only those statements run that an answer depends on: nothing is drawn, and nothing is trained
that nobody asks for.
"""

from collections.abc import Iterable
from typing import NamedTuple

from course_utils.cells.names import Names
from course_utils.grading import code
from course_utils.grading.chapter import Item, PristineChapter
from course_utils.grading.locate import Answer


class Piece(NamedTuple):
    """Code to run. `place` orders the pieces; `exercise` is whose answer it belongs to, None for the chapter's own."""

    place: tuple[int, int]
    source: str
    names: Names
    exercise: str | None


class Check(NamedTuple):
    """An exercise to check when the pieces before `place` have run."""

    place: tuple[int, int]
    exercise: str
    expression: str
    pieces: frozenset[tuple[int, int]]


class Program(NamedTuple):
    pieces: dict[tuple[int, int], Piece]
    checks: list[Check]

    def needed(self, checks: Iterable[Check]) -> list[Piece]:
        """The pieces that these checks need, in order."""
        places = {place for check in checks for place in check.pieces}
        return [self.pieces[place] for place in sorted(places)]


def make_program(chapter: PristineChapter, answers: dict[str, Answer], wanted: Iterable[str]) -> Program:
    """The program for those `wanted` exercises that have an answer."""
    pieces = {piece.place: piece for item in chapter.items for piece in _pieces(item, answers)}
    checks = []
    for id in wanted:
        if id in answers:
            place, expression = (chapter.check(id).number, 0), answers[id].expression
            checks.append(Check(place, id, expression, _slice(chapter, pieces, id, expression)))
    return Program(pieces, sorted(checks))


def _pieces(item: Item, answers: dict[str, Answer]) -> list[Piece]:
    if item.checks:
        return []
    sources = item.statements
    if item.answers:
        sources = [text for _, text in answers[item.answers].cells] if item.answers in answers else [item.source]
    return [Piece((item.number, n), text, code.of(text), item.answers) for n, text in enumerate(sources)]


def _slice(chapter: PristineChapter, pieces: dict, id: str, expression: str) -> frozenset[tuple[int, int]]:
    """Backwards from the check: every piece that binds, or changes in a visible way, a name that is needed."""
    needed, chosen = set(code.of(expression).needs), set()
    for item in reversed(chapter.items[: chapter.check(id).number]):
        here = [piece for place, piece in pieces.items() if place[0] == item.number]
        if item.answers == id:
            found = here
        elif item.answers:
            found = here if any(piece.names.binds & needed for piece in here) else []
        elif item.is_setup:
            found = [piece for piece in here if not code.only_shows(piece.source)]
        else:
            found = _context(here, needed)
        for piece in reversed(found):
            needed = (needed - piece.names.rebinds) | piece.names.needs
        chosen |= {piece.place for piece in found}
    return frozenset(chosen)


def _context(pieces: list[Piece], needed: set[str]) -> list[Piece]:
    """Of one cell of the chapter: what binds a needed name, and then also its calls that are there for an effect."""

    def read(with_calls: bool) -> list[Piece]:
        found, wanted = [], set(needed)
        for piece in reversed(pieces):
            effect = with_calls and code.is_call(piece.source) and not code.only_shows(piece.source)
            if piece.names.binds & wanted or effect:
                found.append(piece)
                wanted = (wanted - piece.names.rebinds) | piece.names.needs
        return found[::-1]

    return read(with_calls=True) if read(with_calls=False) else []
