"""Which pieces of code an exercise's check needs, in order: the learner's answers in the chapter's own context.

Of the chapter's cells only those statements run that an answer depends on: nothing is drawn, and nothing is trained
that nobody asks for.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from course_utils.cells.effects import only_calls, only_shows
from course_utils.cells.names import Names, names
from course_utils.cells.slicing import backward_slice
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
    return [Piece((item.number, n), text, names(text), item.answers) for n, text in enumerate(sources)]


def _slice(chapter: PristineChapter, pieces: dict, id: str, expression: str) -> frozenset[tuple[int, int]]:
    """Backwards from the check, cell by cell: the places of the pieces that it needs."""
    needed, chosen = names(expression).needs, []
    for item in reversed(chapter.items[: chapter.check(id).number]):
        here = [piece for place, piece in pieces.items() if place[0] == item.number]
        found, needed = backward_slice(here, needed, lambda piece: piece.names, _always(item, id, here, needed))
        chosen += found
    return frozenset(piece.place for piece in chosen)


def _always(item: Item, id: str, here: list[Piece], needed: frozenset[str]) -> Callable[[Piece], bool]:
    """Which pieces of a cell run although they bind no needed name.

    All of the checked answer, and all of another one that is needed at all; of the set-up whatever does more than show;
    of a cell of the chapter that is needed at all the calls that are there for an effect.
    """
    used = any(piece.names.binds & needed for piece in here)
    if item.answers:
        return lambda piece: used or item.answers == id
    if item.is_setup:
        return lambda piece: not only_shows(piece.source)
    return lambda piece: used and only_calls(piece.source) and not only_shows(piece.source)
