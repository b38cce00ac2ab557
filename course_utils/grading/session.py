"""Running a program in workers: a cell that hangs or dies is dropped, a new worker starts, and the rest goes on."""

import platform
import time
from collections.abc import Iterable

from course_utils.cells.newer import newer_python
from course_utils.grading.budgets import Budgets
from course_utils.grading.chapter import PristineChapter
from course_utils.grading.program import Check, Piece, Program
from course_utils.grading.remote import Lost, RemoteWorker
from course_utils.grading.stopped import Trouble


class Spent(Exception):
    """The submission has used up its time or its workers."""


_NOT_HERE = {
    "ModuleNotFoundError", "ImportError", "EOFError", "NameError", "FileNotFoundError", "URLError", "HTTPError",
    "ConnectionError", "gaierror",
}  # fmt: skip
"""A package, an answer to `input()`, a file or a network that was there and is not here; a name that we may have
failed to find."""

MOST_SHOWN = 3
"""Of the errors of one cell, to its author."""
NEWER = "This seems to be written in the syntax of Python {newer}; the grader runs {here}"


def doubts(errors: Iterable[dict]) -> tuple[str, ...]:
    """Those of a worker's errors that a person should look at, in words."""
    return tuple(dict.fromkeys(said_of(e)[:120] for e in errors if e["type"] in _NOT_HERE))


def _trouble(errors: list[dict], source: str) -> Trouble:
    """Of a cell whose statements raised these errors: the first may be the cause of the rest, the last what counts."""
    newer = newer_python(source) if errors[0]["type"] == "SyntaxError" else None
    why = (NEWER.format(newer=newer, here=platform.python_version()),) if newer else ()
    shown = errors if len(errors) <= MOST_SHOWN else [*errors[: MOST_SHOWN - 1], errors[-1]]
    code = [text for error in shown for text in (error["line"], said_of(error)) if text]
    kinds = tuple(dict.fromkeys(error["type"] for error in shown))
    unfinished = any(error["unfinished"] for error in errors)
    return Trouble(kinds, "\n".join([*code, *why]), unfinished, (*why, *doubts(errors)))


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
            begins = next((line.strip() for line in source.splitlines() if line.strip()), "")[:200]
            self.troubles |= dict.fromkeys(places, Trouble((lost.reason,), begins, seconds=limit))
            raise
        self._done |= places
        if told is not None:
            self.troubles |= dict.fromkeys(places, _trouble([told, *told["more"]], source))

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
