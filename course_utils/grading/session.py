"""Running a program in workers: a cell that hangs or dies is dropped, a new worker starts, and the rest goes on."""

import platform
import time
from collections.abc import Iterable
from typing import NamedTuple

from course_utils.cells.newer import newer_python
from course_utils.grading.budgets import Budgets
from course_utils.grading.chapter import PristineChapter
from course_utils.grading.program import Check, Piece, Program
from course_utils.grading.remote import Lost, RemoteWorker

WHY = {
    "time": "It was still running after {seconds:.0f} s and was stopped.",
    "ended": "Python ended while it ran: a crash, too much memory, or too many processes.",
    "wire": "What came back could not be read: too large, nested too deeply, or not data.",
}


class Spent(Exception):
    """The submission has used up its time or its workers."""


class Trouble(NamedTuple):
    """What went wrong in a cell: an exception (`line` and `said`), or why the cell was dropped (`said` alone).

    `doubts`: errors that an honest notebook may raise here and nowhere else, for a person to look at.
    """

    said: str
    line: str = ""
    unfinished: bool = False
    doubts: tuple[str, ...] = ()


_NOT_HERE = {
    "ModuleNotFoundError", "ImportError", "EOFError", "NameError", "FileNotFoundError", "URLError", "HTTPError",
    "ConnectionError", "gaierror",
}  # fmt: skip
"""A package, an answer to `input()`, a file or a network that was there and is not here; a name that we may have
failed to find."""


NEWER = "This seems to be written in the syntax of Python {newer}; the grader runs {here}"


def doubts(errors: Iterable[dict]) -> tuple[str, ...]:
    """Those of a worker's errors that a person should look at, in words."""
    return tuple(dict.fromkeys(said_of(e)[:120] for e in errors if e["type"] in _NOT_HERE))


def said_of(told: dict) -> str:
    return f"{told['type']}: {told['message']}".rstrip(": ")


class Session:
    """One submission's workers. `troubles`: what went wrong in which piece of code."""

    def __init__(self, address: dict, chapter: PristineChapter, program: Program, budgets: Budgets) -> None:
        self.address, self.chapter, self.program, self.budgets = address, chapter, program, budgets
        self.troubles: dict[tuple[int, int], Trouble] = {}
        self.worker: RemoteWorker | None = None
        self._done: set[tuple[int, int]] = set()
        self._dropped: set[tuple[int, int]] = set()
        self._lost = 0
        self._end = time.monotonic() + budgets.total

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def advance(self, check: Check, waiting: list[Check]) -> RemoteWorker:
        """Run what is still to run before `check`; `waiting` are all to come. Returns the worker. Raises Spent."""
        while True:
            if self.worker is None:
                self._start()
            try:
                self._run([p for p in self.program.needed(waiting) if p.place < check.place])
                return self.worker
            except Lost:
                self.lost()

    def lost(self) -> None:
        """The worker is of no more use."""
        self.close()
        self._lost += 1

    def time_left(self) -> float:
        """Raises Spent."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Spent(f"The whole notebook took more than {self.budgets.total:.0f} s.")
        return left

    def _start(self) -> None:
        if self._lost > self.budgets.restarts:
            raise Spent(f"Python ended {self._lost} times: the rest was not run.")
        self.time_left()
        self.worker, self._done = RemoteWorker(self.address), set()

    def _run(self, pieces: list[Piece]) -> None:
        for group in _cells([p for p in pieces if p.place not in self._done and p.place not in self._dropped]):
            self._run_cell(group)

    def _run_cell(self, group: list[Piece]) -> None:
        """Send one cell: an answer's, or statements of one of the chapter's."""
        exercise = group[0].exercise
        limit = self._answer_seconds(group[0]) if exercise else self._context_seconds()
        limit = min(limit, self.time_left())
        source = "\n".join(piece.source for piece in group)
        places = {piece.place for piece in group}
        try:
            told = self.worker.run(exercise or "chapter", source, limit)
        except Lost as lost:
            self._dropped |= places
            self.troubles |= dict.fromkeys(places, Trouble(WHY[lost.reason].format(seconds=limit)))
            raise
        self._done |= places
        if told is not None:
            errors = [told, *told["more"]]
            unfinished = any(error["unfinished"] for error in errors)
            newer = newer_python(source) if told["type"] == "SyntaxError" else None
            why = (NEWER.format(newer=newer, here=platform.python_version()),) if newer else ()
            said = ". ".join((said_of(told), *why))
            trouble = Trouble(said, told["line"], unfinished, (*why, *doubts(errors)))
            self.troubles |= dict.fromkeys(places, trouble)

    def _answer_seconds(self, piece: Piece) -> float:
        """For a cell of a learner's; one into which several answers were pasted has the time of all of them."""
        targets = {id: self.chapter.targets(id) for id in self.chapter.exercises}
        held = [id for id, wanted in targets.items() if wanted and wanted <= piece.names.binds]
        seconds = {id: self.budgets.for_cell(self.chapter.exercises[id]) for id in {*held, piece.exercise}}
        return sum(seconds.values()) + (self._context_seconds() if len(held) > 1 else 0)

    def _context_seconds(self) -> float:
        return max(self.budgets.cell, self.chapter.seconds)


def _cells(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces to send together: statements of one of the chapter's cells. A learner's cells go one at a time."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        last = groups[-1][-1] if groups else None
        if last is not None and piece.exercise is None and last.exercise is None and last.place[0] == piece.place[0]:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups
