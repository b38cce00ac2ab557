"""How large a chapter is: counted from the registry, told by its first cell, its notebooks and the README's table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from course_utils.authoring.source import ChapterSource, Problem, SourceError


class Counts(NamedTuple):
    """`minutes`: those of the exercises and the header's `reading`; `core`: without the exercises that may be left out
    (C and D). The names are the first cell's placeholders."""

    exercises: int
    points: int
    minutes: int
    core: int


PLACEHOLDERS = tuple(f"{{{name}}}" for name in Counts._fields)
OPTIONAL = {"{core}"}
"""Placeholders that only a long chapter needs."""


def counts(chapter: ChapterSource, registry: Mapping[str, Any]) -> Counts:
    """Of the exercises that `registry` has for the chapter. The chapter must have passed `lint`."""
    mine = [exercise for id, exercise in registry.items() if id.partition(".")[0] == chapter.number]
    minutes = sum(exercise.minutes for exercise in mine) + chapter.course["reading"]
    stretch = sum(exercise.minutes for exercise in mine if exercise.difficulty in "CD")
    return Counts(len(mine), sum(exercise.points for exercise in mine), minutes, minutes - stretch)


def counted(chapter: ChapterSource, registry: Mapping[str, Any]) -> ChapterSource:
    """The chapter with numbers for the placeholders of its first cell, and `minutes` for the header's `reading`."""
    found = counts(chapter, registry)
    first = chapter.cells[0]
    source = first.source
    for placeholder, number in zip(PLACEHOLDERS, found):
        source = source.replace(placeholder, str(number))
    course = {key: value for key, value in chapter.course.items() if key != "reading"} | {"minutes": found.minutes}
    return replace(chapter, course=course, cells=(replace(first, source=source), *chapter.cells[1:]))


def readme(text: str, chapters: Iterable[ChapterSource], registry: Mapping[str, Any]) -> str:
    """The README with title, time and number of exercises in the rows of these chapters (`counted` ones).

    Its author writes the second column of a row, what one will do.

    Raises:
        SourceError: a chapter has no row.
    """
    missing = []
    for chapter in chapters:
        file = f"chapters/{chapter.stem}.ipynb"
        start = f"| [{chapter.course['chapter']} {chapter.course['title']}]({file}) |"
        number = sum(id.partition(".")[0] == chapter.number for id in registry)
        end = f"| {chapter.course['minutes']} min | {number} |"
        row = re.search(rf"^\| \[[^\]]*\]\({re.escape(file)}\) \|( .* )\|[^|\n]*\|[^|\n]*\|$", text, re.MULTILINE)
        if row is None:
            missing.append(Problem("README.md", 1, f"the table of chapters has no row like: {start} … {end}"))
        else:
            text = f"{text[: row.start()]}{start}{row[1]}{end}{text[row.end() :]}"
    if missing:
        raise SourceError(missing)
    return text
