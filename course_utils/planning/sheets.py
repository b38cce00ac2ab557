"""A facilitator's sheet for a chapter: what its authors say to a teacher, and of each exercise what helps in a room."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import Repository
from course_utils.checking.definition import DIFFICULTIES
from course_utils.planning.likely import MOST, Mistake, ranked

SECTIONS = ("The idea", "Ask the room", "Draw on the board")
FOLDER = "docs/sheets"


class BadSheet(CourseError):
    """A chapter has no authored sheet, or one without its sections."""


@dataclass(frozen=True)
class Help:
    """What a teacher needs of one exercise. `likely`, `more`: its named mistakes, the likeliest first."""

    id: str
    title: str
    level: str
    """Like "B, core"."""
    minutes: int
    points: int
    needs: tuple[str, ...]
    hint: str
    likely: tuple[Mistake, ...]
    more: tuple[Mistake, ...]
    solution: str
    when_late: str = ""
    """As in a Slot; "out" for an exercise that the timetable has no room for."""


@dataclass(frozen=True)
class Sheet:
    """A chapter's sheet; the first three in Markdown."""

    label: str
    idea: str
    ask: str
    draw: str
    helps: tuple[Help, ...]


def sheet(label: str, number: str, exercises: Sequence[Any], late: dict[str, str], at: Repository) -> Sheet:
    """The sheet of chapter `number` ("1"). `late`: what each planned exercise is when the room is late; one that is
    not in it is left out of the plan.

    Raises:
        BadSheet: see `authored`.
    """
    idea, ask, draw = authored(number, at)
    solutions = json.loads(at.reference_file(number).read_text(encoding="utf-8"))
    helps = tuple(_help(exercise, solutions[exercise.id], late.get(exercise.id, "out")) for exercise in exercises)
    return Sheet(label, idea, ask, draw, helps)


def authored(number: str, at: Repository) -> tuple[str, str, str]:
    """What `docs/sheets/01.md` says under each of SECTIONS.

    Raises:
        BadSheet: there is no such file, or it has other headings than these.
    """
    path = at.root / FOLDER / f"{int(number):02d}.md"
    text = _read(path)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    if tuple(headings) != SECTIONS:
        raise BadSheet(f"{at.shown(path)}: its headings should be: {', '.join(f'## {name}' for name in SECTIONS)}.")
    _, idea, ask, draw = (part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE))
    return idea, ask, draw


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadSheet(f"There is no {FOLDER}/{path.name}: each chapter's sheet begins with one.") from error


def _help(exercise: Any, solution: str, late: str) -> Help:
    mistakes = ranked(exercise, solution)
    return Help(
        id=exercise.id,
        title=exercise.title,
        level=f"{exercise.difficulty}, {DIFFICULTIES[exercise.difficulty]}",
        minutes=exercise.minutes,
        points=exercise.points,
        needs=tuple(exercise.needs),
        hint=exercise.hints[0],
        likely=tuple(mistakes[:MOST]),
        more=tuple(mistakes[MOST:]),
        solution=solution,
        when_late=late,
    )
