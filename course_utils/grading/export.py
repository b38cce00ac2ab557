"""Marks as CSV files: a plain one, and the layouts that Canvas and Moodle import."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from course_utils.grading.identity import Learner
from course_utils.grading.plain import cell, imported
from course_utils.grading.results import Results, Row


def write_tables(results: Results, folder: Path) -> list[Path]:
    """`marks.csv`, `canvas.csv`, and a `moodle-NN_name.csv` for every chapter that was handed in."""
    # With its mark spreadsheets read UTF-8; Canvas and Moodle do without, and Canvas keeps it as part of a name.
    written = [_write(folder / "marks.csv", plain_rows(results), "utf-8-sig")]
    written.append(_write(folder / "canvas.csv", canvas_rows(results), "utf-8", imported))
    for number in results.chapters:
        name = f"moodle-{results.catalogue[number]['stem']}.csv"
        written.append(_write(folder / name, moodle_rows(results, number), "utf-8", imported))
    return written


def plain_rows(results: Results) -> list[list[Any]]:
    """One row for every file, so that nothing is merged behind a teacher's back."""
    ids = [id for number in results.chapters for id in results.catalogue[number]["exercises"]]
    late = any(row.late is not None for row in results.rows)
    head = ["learner", "name", "chapter", "points", "of", "to look at", "file", *(["late"] if late else []), *ids]
    rows: list[list[Any]] = [head]
    for row in results.rows:
        total = results.total(row.entry.chapter) if row.entry.chapter else ""
        marks = [row.entry.marks[id]["points"] if id in row.entry.marks else "" for id in ids]
        flags = "; ".join(row.flags)
        about = [row.learner.key, row.learner.name, row.entry.chapter or "", row.points, total, flags, row.entry.path]
        rows.append([*about, *([lateness(row.late)] if late else []), *marks])
    rows += [[learner.key, learner.name, "", "", "", "nothing handed in", ""] for learner in results.absent]
    return rows


def lateness(seconds: float | None) -> str:
    """How late something is, in words; empty if it isn't, or nobody knows.

    >>> lateness(93_780), lateness(59), lateness(-5)
    ('1 d 2 h 3 min', '0 min', '')
    """
    if seconds is None or seconds <= 0:
        return ""
    minutes = int(seconds // 60)
    parts = {"d": minutes // 1440, "h": minutes // 60 % 24, "min": minutes % 60}
    return " ".join(f"{n} {unit}" for unit, n in parts.items() if n) or "0 min"


def canvas_rows(results: Results) -> list[list[Any]]:
    """Canvas' gradebook: five columns about the student, one for every assignment, a row of possible points.

    Canvas looks for a student by ID, else by SIS User ID or SIS Login ID, else by name. Its IDs are known from the file
    names of "Download submissions" and from its own export as the roster; other numbers must not pass for one.
    """
    about = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    unique = {number: results.unique(number) for number in results.chapters}
    rows: list[list[Any]] = [
        [*about, *(results.catalogue[number]["stem"] for number in results.chapters)],
        ["    Points Possible", "", "", "", "", *(results.total(number) for number in results.chapters)],
    ]
    for learner in _certain(results).values():
        points = [_points(unique[number].get(learner.key)) for number in results.chapters]
        known = [learner.details.get(key, "") for key in ("id", "sis user id", "sis login id", "section")]
        if not any(known[:3]):
            known[2] = learner.key
        rows.append([learner.name, *known, *points])
    return rows


def moodle_rows(results: Results, number: str) -> list[list[Any]]:
    """Moodle's grading worksheet of one assignment.

    Identifiers are known from the names of downloaded folders, and from the worksheet itself as the roster. Moodle
    passes over a row without one, and over a grade that was changed in Moodle after we gave ours.
    """
    head = ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade"]
    head += ["Last modified (grade)", "Feedback comments"]
    rows: list[list[Any]] = [head]
    for row in results.unique(number).values():
        details = row.learner.details
        about = [details.get("identifier", ""), row.learner.name, details.get("email", "")]
        rows.append([*about, _points(row), results.total(number), row.entry.graded, _summary(row)])
    return rows


def _certain(results: Results) -> dict[str, Learner]:
    """Everybody of whom more than their own word says so, as we know them best."""
    rows = sorted((row for row in results.rows if row.learner.certain), key=lambda row: row.learner.weight)
    best = {row.learner.key: row.learner for row in rows}
    return {row.learner.key: best[row.learner.key] for row in results.rows if row.learner.certain}


def _points(row: Row | None) -> float | str:
    """Blank, not zero, for what a person has to decide."""
    failed = row is not None and row.entry.problem is not None and row.entry.problem.startswith("could not be graded")
    return "" if row is None or failed else row.points


def _summary(row: Row) -> str:
    if row.entry.problem:
        return f"Your file could not be marked: {row.entry.problem}."
    words = {"passed": "✓", "failed": "✗", "not attempted": "○"}
    return " ".join(f"{id} {words[mark['status']]}" for id, mark in row.entry.marks.items())


def _write(path: Path, rows: Iterable[list[Any]], encoding: str, written: Callable[[Any], Any] = cell) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([written(_number(value)) for value in row] for row in rows)
    path.write_text(text.getvalue(), encoding=encoding, newline="")
    return path


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
