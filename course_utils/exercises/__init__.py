"""The registry: every exercise of every chapter, found by its id."""

import difflib
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

from course_utils.checking.definition import check_chapter
from course_utils.checking.ids import ids_in

if TYPE_CHECKING:
    from course_utils.checking import Exercise, Question


class UnknownExercise(LookupError):
    """No such exercise or chapter; the message suggests the nearest ids."""


class Chapter(NamedTuple):
    """`number` as in exercise ids: "1" for chapter 01."""

    number: str
    exercises: "list[Exercise]"
    quiz: "list[Question]"


@cache
def chapter(number: str) -> Chapter:
    """Chapter "1" (or "01"). Raises UnknownExercise; BadDefinition where its exercises are not as they must be."""
    number = str(int(number)) if str(number).isdigit() else str(number)
    if number not in chapter_numbers():
        raise UnknownExercise(
            f"There is no chapter {number!r} in this version; there are {', '.join(chapter_numbers())}."
        )
    module = import_module(f"{__name__}.ch{int(number):02d}")
    found = Chapter(number, [_instance(e) for e in module.EXERCISES], module.QUIZ)
    check_chapter(module, *found)
    return found


def chapter_numbers() -> list[str]:
    """["0", "1", …], from the modules that are there; imports none of them."""
    found = (m.name for m in iter_modules(__path__))
    return [str(int(name[2:])) for name in sorted(found) if name.startswith("ch") and name[2:].isdigit()]


def ids() -> list[str]:
    """Every exercise's id, in order, read from the sources: imports no chapter."""
    return list(ids_in(Path(__file__).parent))


def all_chapters() -> list[Chapter]:
    return [chapter(number) for number in chapter_numbers()]


def get(id: str) -> "Exercise":
    """The exercise with this id ("1.4"). Raises UnknownExercise with the nearest ids."""
    if not isinstance(id, str):
        raise UnknownExercise(f'Write the id as text, in quotes: "1.4" (1.4 and 1.40 are the same number). Got {id!r}.')
    id = id.strip()
    number = id.partition(".")[0]
    known = {e.id: e for e in chapter(number).exercises} if number in chapter_numbers() else {}
    if id not in known:
        among = list(known) or ids()
        near = difflib.get_close_matches(id, among, n=3, cutoff=0.3)
        advice = f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else f"Ids look like {among[0]!r}."
        raise UnknownExercise(f"There is no exercise {id!r}. {advice}")
    return known[id]


def _instance(entry) -> "Exercise":
    return entry() if isinstance(entry, type) else entry
