"""What a workshop can be made of: the chapters' exercises and texts, with the minutes that each takes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.authoring.source import ChapterSource
from course_utils.cells.syntax import checked_id

QUESTION = 1  # minute for a question of the quiz
SHORTEST, LONGEST = 3, 30  # minutes of a reading: shorter ones join the next, longer ones are cut in two
STRETCH = ("C", "D")
_HEADING = re.compile(r"^#{2,3} +(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"^\d+\.\d+ +")


@dataclass(frozen=True)
class Task:
    """An exercise. `needs`: ids of exercises without which it makes no sense, directly or not."""

    id: str
    title: str
    difficulty: str
    minutes: int
    points: int
    needs: tuple[str, ...] = ()

    @property
    def stretch(self) -> bool:
        return self.difficulty in STRETCH


@dataclass(frozen=True)
class Reading:
    """Text with its figures and predictions; `title` is its heading."""

    title: str
    minutes: int


@dataclass(frozen=True)
class ChapterMaterial:
    """A chapter's parts in the order of its notebook. `quiz`: its minutes."""

    number: str
    """As exercise ids write it: "1" for chapter 01."""
    title: str
    parts: tuple[Reading | Task, ...]
    quiz: int = 0

    @property
    def label(self) -> str:
        """
        >>> ChapterMaterial("1", "Toy models", ()).label
        '01 Toy models'
        """
        return f"{int(self.number):02d} {self.title}"

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(part for part in self.parts if isinstance(part, Task))

    @property
    def reading(self) -> int:
        """Minutes of all texts."""
        return sum(part.minutes for part in self.parts if isinstance(part, Reading))

    @property
    def minutes(self) -> int:
        """Of the whole chapter: the number in the README's table."""
        return sum(part.minutes for part in self.parts) + self.quiz


def material(source: ChapterSource, exercises: Sequence[Any], questions: int) -> ChapterMaterial:
    """A chapter's parts, from its source and the registry's exercises.

    The header's `reading` counts the minutes of all but the exercises. The quiz takes a minute for each question; the
    rest is shared out among the texts by their words, code and predictions included.
    """
    by_id = {exercise.id: exercise for exercise in exercises}
    quiz = min(questions * QUESTION, source.course["reading"])
    sections = list(_sections(source))
    shares = _shares([words for _, words, _ in sections], source.course["reading"] - quiz)
    parts: list[Reading | Task] = []
    for (title, _, id), minutes in zip(sections, shares):
        parts += _pieces(title, minutes)
        if id is not None:
            parts.append(_task(by_id[id], by_id))
    return ChapterMaterial(source.number, source.course["title"], tuple(parts), quiz)


def _task(exercise: Any, by_id: dict[str, Any]) -> Task:
    needs: dict[str, None] = {}
    todo = [*exercise.needs]
    while todo:
        id = todo.pop(0)
        if id not in needs:
            needs[id] = None
            todo += by_id[id].needs if id in by_id else ()
    difficulty, minutes, points = exercise.difficulty, exercise.minutes, exercise.points
    return Task(exercise.id, exercise.title, difficulty, minutes, points, in_order(needs))


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Exercises as a chapter has them: 1.2 before 1.12."""
    return tuple(sorted(ids, key=lambda id: [int(number) for number in id.split(".")]))


def _sections(source: ChapterSource) -> Iterator[tuple[str, int, str | None]]:
    """(heading, words, the exercise that ends it) of each text; the last one ends with the chapter."""
    last, title, words = source.course["title"], None, 0
    for cell in source.cells:
        if cell.is_setup or "solution-only" in cell.tags or (cell.kind == "code" and checked_id(cell.source)):
            continue
        if cell.exercise is not None:
            yield title or last, words, cell.exercise
            title, words = None, 0
            continue
        if cell.kind == "markdown" and (headings := _HEADING.findall(cell.source)):
            last = re.sub(r"[*`]", "", _NUMBER.sub("", headings[0]))
            title = title or last
        words += len(re.findall(r"\w+", cell.source))
    yield title or last, words, None


def _shares(words: Sequence[int], minutes: int) -> list[int]:
    """Whole minutes in proportion to the words, which sum to `minutes`. Less than SHORTEST goes to the next text; less
    than that of the last text, to the one before.

    >>> _shares([10, 300, 290, 10], 20)
    [0, 10, 10, 0]
    """
    whole, so_far, given = sum(words) or 1, 0, 0
    found = []
    for number, count in enumerate(words, start=1):
        so_far += count
        share = round(minutes * so_far / whole) - given if number < len(words) else minutes - given
        share = share if share >= SHORTEST or number == len(words) else 0
        found.append(share)
        given += share
    if len(found) > 1 and found[-1] < SHORTEST:
        *_, before = [n for n, share in enumerate(found[:-1]) if share] or [0]
        found[before], found[-1] = found[before] + found[-1], 0
    return found


def _pieces(title: str, minutes: int) -> list[Reading]:
    """None for no minutes; several of about the same length for many."""
    count = -(-minutes // LONGEST)
    cuts = [minutes * n // count for n in range(count + 1)] if count else []
    return [Reading(title, end - start) for start, end in zip(cuts, cuts[1:])]
