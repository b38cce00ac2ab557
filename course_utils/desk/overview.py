"""The learner's overview: per chapter what is done, tried and seen, points and time; export and import."""

import html
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import NamedTuple

from course_utils import exercises
from course_utils.checking.report import card, note
from course_utils.desk import history as store
from course_utils.desk.display import show, show_html, strict
from course_utils.desk.joining import standing

PAUSE = 15 * 60  # seconds without an event after which the clock stops: the learner has left


class Standing(NamedTuple):
    """One chapter: was it opened; ids done, tried but not done, and whose solution was seen; points, minutes, quiz."""

    chapter: str
    opened: bool
    done: list[str]
    tried: list[str]
    seen: list[str]
    points: int
    total: int
    exercises: int
    minutes: float
    quiz: str


def progress() -> None:
    """Show what you have done so far, in every chapter you have opened."""
    rows = [row for row in overview() if row.opened]
    automatic = strict()  # nobody sits there: the time and the place mean nothing
    head = ["Chapter", "Done", "Tried", "Solution seen", "Points", "Quiz", "Time"]
    table = [
        [
            r.chapter,
            f"{len(r.done)} of {r.exercises}",
            _ids(r.tried),
            _ids(r.seen),
            f"{r.points} of {r.total}",
            r.quiz,
            "–" if automatic else f"{r.minutes:.0f} min",
        ]
        for r in rows
    ]
    where = "" if automatic else " · ".join(filter(None, [_where_kept(), standing()]))
    show_html(_html(head, table, where), _text(head, table, where))


def _where_kept() -> str:
    """The truth about it, found out by trying."""
    unread, unwritten = store.why_not_read(), store.why_not_kept()
    earlier = f"What was done before is not shown: {store.path()} can't be read ({unread}). " if unread else ""
    if not unwritten and not store.unsaved():
        return f"{earlier}Kept in {store.path()}"
    return (
        f"{earlier}Not saved: {store.path()} can't be written{f' ({unwritten})' if unwritten else ''}. "
        '`export_progress("progress.json")` saves it elsewhere.'
    )


def export_progress(file: str = "progress.json") -> None:
    """Write your progress to one file, to take it to another machine (Colab machines are wiped)."""
    try:
        n = store.export_to(file)
    except OSError as error:
        show(
            note(
                f"{file} could not be written.", str(error), 'Give another path: `export_progress("…/progress.json")`.'
            )
        )
        return
    unread = store.why_not_read()
    missing = f"Only this session's, and what that file had: {store.path()} can't be read ({unread}). Try again later."
    show(
        note(
            f"{n} events written to {Path(file).resolve()}.",
            *([missing] if unread else []),
            f'On the other machine: `import_progress("{Path(file).name}")`.',
        )
    )


def import_progress(file: str = "progress.json") -> None:
    """Add the progress in an exported file to what is here. Nothing here is lost, and importing twice is harmless."""
    try:
        n, trouble = store.import_from(file)
    except (OSError, ValueError) as error:
        show(note("Nothing was imported.", str(error)))
        return
    show(note(f"{n} new events imported.", *([trouble] if trouble else [])))
    progress()


def overview() -> list[Standing]:
    """One row for each chapter of this version, from the recorded events."""
    found = store.events()
    return [_row(chapter, [e for e in found if e.chapter == chapter.number]) for chapter in exercises.all_chapters()]


def points(number: str) -> tuple[int, int]:
    """(points earned, points there are) in a chapter."""
    row = _row(exercises.chapter(number), [e for e in store.events() if e.chapter == number])
    return row.points, row.total


def _row(chapter: exercises.Chapter, events: list[store.Event]) -> Standing:
    status = lambda s: {e.exercise for e in events if e.kind == "check" and e.status == s}  # noqa: E731
    passed, failed = status("passed"), status("failed")
    first_pass = {e.exercise: e.time for e in reversed(events) if e.kind == "check" and e.status == "passed"}
    seen = {e.exercise for e in events if e.kind == "solution" and e.time < first_pass.get(e.exercise, inf)}
    done = [x for x in chapter.exercises if x.id in passed]
    scores = [e.detail for e in events if e.kind == "quiz"]
    return Standing(
        chapter=chapter.number,
        opened=bool(events),
        done=[x.id for x in done],
        tried=[x.id for x in chapter.exercises if x.id in failed - passed],
        seen=[x.id for x in chapter.exercises if x.id in seen],
        points=sum(x.points for x in done),
        total=sum(x.points for x in chapter.exercises),
        exercises=len(chapter.exercises),
        minutes=active_seconds([e.time for e in events]) / 60,
        quiz=max(scores, default="–"),
    )


def active_seconds(times: list[float]) -> float:
    """Time between events, each gap counted up to PAUSE."""
    times = sorted(times)
    return sum(min(later - earlier, PAUSE) for earlier, later in pairwise(times))


def _ids(ids: list[str]) -> str:
    return ", ".join(ids) or "–"


def _text(head: list[str], table: list[list[str]], where: str) -> str:
    widths = [max(len(row[i]) for row in [head, *table]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in [head, *table]]
    return "\n".join([*lines, where]).rstrip()


def _html(head: list[str], table: list[list[str]], where: str) -> str:
    cell = 'style="text-align:left;padding:.15em .8em .15em 0;color:inherit"'
    rows = ["".join(f"<th {cell}>{html.escape(h)}</th>" for h in head)]
    rows += ["".join(f"<td {cell}>{html.escape(c)}</td>" for c in row) for row in table]
    body = f'<table style="border-collapse:collapse;color:inherit">{"".join(f"<tr>{r}</tr>" for r in rows)}</table>'
    small = f'<div style="opacity:.8;font-size:92%">{html.escape(where)}</div>'
    return card("Your progress", [body, small] if where else [body], "#0072B2")
