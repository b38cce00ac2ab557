"""Marking one submission: from the bytes of a file to a mark and a report for every exercise."""

import hashlib
import platform
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from course_utils.cells.newer import newer_python
from course_utils.checking.exercise import Exercise
from course_utils.checking.function import FunctionExercise
from course_utils.checking.report import Report
from course_utils.checking.run import run_check
from course_utils.grading.budgets import DEFAULT, Budgets
from course_utils.grading.chapter import PristineChapter
from course_utils.grading.identity import claimed_name
from course_utils.grading.locate import Answer, chapter_of, find_answers
from course_utils.grading.notebook import Unreadable, parse
from course_utils.grading.plain import plain
from course_utils.grading.program import Check, Program, make_program
from course_utils.grading.remote import Lost, NoWorker
from course_utils.grading.session import NEWER, Session, Spent, doubts
from course_utils.grading.stopped import Trouble, of_call, of_cell

_LINES, _LINE = 12, 1_500


def mark(
    content: bytes,
    path: str,
    chapters: dict[str, PristineChapter],
    *,
    address: dict,
    secret: str,
    only: Iterable[str] = (),
    budgets: Budgets = DEFAULT,
) -> dict[str, Any]:
    """Everything there is to know about one submission, as plain data.

    content, path: of the file; the name helps where nothing in the notebook tells its chapter.
    address: of the forge that makes workers. secret: decides the inputs of the checks. only: these exercises.
    """
    started = time.monotonic()
    found = {"problem": None, "chapter": None, "notes": [], "claims": None, "marks": []}
    try:
        with _at_most(budgets.reading, signal.ITIMER_PROF):
            read = _read(content, path, chapters, found, only)
    except Overdue:  # it stays so: the next run need not try again
        return found | {"problem": f"reading it took more than {budgets.reading:g} s: no code that a person writes"}
    except MemoryError:
        return found | {"problem": "reading it took too much memory: no code that a person writes"}
    if read is None:
        return found
    chapter, answers, program, wanted = read
    reports = _reports(chapter, answers, program, wanted, address, secret, budgets)
    marks = [_as_data(chapter.exercises[id], *reports[id]) for id in wanted]
    return found | {"chapter": chapter.number, "marks": marks, "seconds": round(time.monotonic() - started, 3)}


def _read(
    content: bytes, path: str, chapters: dict[str, PristineChapter], found: dict[str, Any], only: Iterable[str]
) -> tuple[PristineChapter, dict[str, Answer], Program, list[str]] | None:
    """(chapter, answers, program, exercises to mark), or None; what is to be said of the file goes into `found`."""
    try:
        notebook = parse(content)
    except Unreadable as error:
        found["problem"] = plain(error, 200)
        return None
    found |= {"notes": notebook.notes, "claims": claimed_name(notebook)}
    chapter = chapter_of(notebook, path, chapters)
    if chapter is None:
        found["problem"] = "it holds no exercise of the course"
        return None
    wanted = [id for id in chapter.exercises if not only or id in set(only)]
    if newer := {v for cell in notebook.cells if cell.kind == "code" and (v := newer_python(cell.source))}:
        found["notes"] = [*notebook.notes, NEWER.format(newer=max(newer), here=platform.python_version())]
    answers = find_answers(notebook, chapter)
    return chapter, answers, make_program(chapter, answers, wanted), wanted


def seeds_for(secret: str, exercise: Exercise) -> list[int]:
    """Decide the inputs of a check: the same for every learner and every repetition, and not to be guessed.

    A function is checked on two sets of inputs, for a wrong one may be lucky on one of them.
    """
    rounds = 2 if isinstance(exercise, FunctionExercise) else 1
    texts = (f"{secret}/{exercise.id}/{n}".encode() for n in range(rounds))
    return [int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big") for text in texts]


def _reports(
    chapter: PristineChapter,
    answers: dict[str, Answer],
    program: Program,
    wanted: list[str],
    address: dict,
    secret: str,
    budgets: Budgets,
) -> dict:
    """id → (report, how the answer was found, what a person should know)."""
    reports = {id: (Report(id, "not attempted", "Not attempted yet."), "", ()) for id in wanted}
    session = Session(address, chapter, program, budgets)
    try:
        for n, check in enumerate(program.checks):
            seeds = seeds_for(secret, chapter.exercises[check.exercise])
            report = _report(session, check, program.checks[n:], seeds)
            reports[check.exercise] = (report, answers[check.exercise].how, _doubts(session, check, report))
    finally:
        session.close()
    return reports


def _report(session: Session, check: Check, waiting: list[Check], seeds: list[int]) -> Report:
    """The report of one exercise. Whatever happens is a report: no exercise costs another one its mark."""
    exercise: Exercise = session.chapter.exercises[check.exercise]
    budgets = session.budgets
    try:
        worker = session.advance(check, waiting)
        deadline = time.monotonic() + min(budgets.check, session.time_left())

        def call_seconds() -> float:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Lost("time")
            return min(budgets.call, left)

        fields = list(getattr(exercise, "fields", ()))
        try:
            answer = worker.answer(check.exercise, check.expression, fields, call_seconds)
        except Exception as error:
            return _without_answer(session, check, exercise, error)
        with _at_most(2 * budgets.check):
            for seed in seeds:
                report = run_check(exercise, answer, seed)
                if report.status != "passed":
                    break
        trouble, whose = _trouble(session, check)
        if trouble and report.status != "passed" and not trouble.unfinished:
            report = replace(report, lines=(*report.lines, *of_cell(trouble, whose, valueless=False)))
        return report
    except Lost as lost:
        session.lost()
        return exercise.failed(*of_call(lost.reason, budgets.call))
    except Spent as spent:
        return exercise.failed(str(spent))
    except NoWorker:
        raise
    except (Exception, SystemExit, Overdue) as error:
        session.lost()
        report = exercise.failed("The check itself broke on this answer; a person will look at it.")
        return report.plus(f"{type(error).__name__}: {error}", "code")


class Overdue(BaseException):
    """What we do takes too long. Not an Exception, so that no check takes it for the answer's."""


@contextmanager
def _at_most(seconds: float, clock: int = signal.ITIMER_REAL) -> Iterator[None]:
    """Raise Overdue in whatever runs inside, where signals are to be had (in a judge: always).

    clock: what is measured; with ITIMER_PROF the processor's time, whatever else the machine is busy with.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise Overdue(f"it took more than {seconds:g} s")

    rings = signal.SIGALRM if clock == signal.ITIMER_REAL else signal.SIGPROF
    before = signal.signal(rings, ring)
    signal.setitimer(clock, seconds, min(seconds, 1))  # and again: what is raised in a destructor is lost
    try:
        yield
    finally:
        signal.setitimer(clock, 0)
        signal.signal(rings, before)


def _without_answer(session: Session, check: Check, exercise: Exercise, error: Exception) -> Report:
    """What to say when the checked name has no value: usually the cell that should give it raised an error."""
    trouble, whose = _trouble(session, check)
    if type(error).__name__ == "WireError":
        return exercise.failed(f"{error}"[:1].upper() + f"{error}."[1:])
    if trouble is None:
        return exercise.failed("The cell with your answer does not define it.", code=f"{type(error).__name__}: {error}")
    if trouble.unfinished:
        return Report(exercise.id, "not attempted", "Not attempted yet.")
    return replace(exercise.failed(), lines=tuple(of_cell(trouble, whose, valueless=True)))


def _trouble(session: Session, check: Check) -> tuple[Trouble | None, str]:
    """What went wrong in this answer's own cells, or else in one that it depends on, and which cell that was."""
    of = {p: session.program.pieces[p].exercise for p in sorted(check.pieces) if p in session.troubles}
    for place in sorted(of, key=lambda p: of[p] != check.exercise):
        other = f"of exercise {of[place]}" if of[place] else "of the chapter"
        own = of[place] == check.exercise
        whose = "A cell of your answer" if own else f"A cell {other}, which this answer needs,"
        return session.troubles[place], whose
    return None, ""


def _doubts(session: Session, check: Check, report: Report) -> tuple[str, ...]:
    """Errors of the answer's cells that an honest notebook may raise here alone; of its calls, if it failed."""
    found = [doubt for p in sorted(check.pieces) if p in session.troubles for doubt in session.troubles[p].doubts]
    if session.worker is not None:
        raised, session.worker.raised = session.worker.raised, []
        found += doubts(raised) if report.status == "failed" else ()
    return tuple(dict.fromkeys(found))[:3]


def _as_data(exercise: Exercise, report: Report, how: str, doubts: tuple[str, ...]) -> dict[str, Any]:
    """One mark as data. Text that a learner may have written is made plain here, once for all."""
    lines = [[plain(line.text, _LINE), line.kind] for line in report.lines[:_LINES]]
    passed = report.status == "passed"
    flags = ["the check itself broke"] if any("The check itself broke" in text for text, _ in lines) else []
    flags += [f"{doubt} (here, and perhaps nowhere else)" for doubt in doubts]
    return {
        "exercise": exercise.id,
        "points": exercise.points if passed else 0,
        "of": exercise.points,
        "status": report.status if report.status in ("passed", "not attempted") else "failed",
        "mistake": report.mistake,
        "headline": plain(report.headline, 200),
        "lines": lines,
        "how": how,
        "parts": report.parts,
        "flag": plain("; ".join(flags), 400) or None,
    }
