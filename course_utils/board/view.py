"""What the page shows of a room. Pure: room and time in, plain data out; names can be replaced by numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.board.catalogue import Catalogue
from course_utils.board.pace import pace
from course_utils.board.state import Person, Room, Work

ACTIVE = 5 * 60  # seconds: who did something since then is active
RECENT = 15 * 60  # a misconception of now
GONE = 30 * 60  # who did nothing for so long is not stuck, but away
LONGEST_LIST = 12  # what a teacher can take in

Cell = list[Any]
"""[sign: "p" passed, "w" wrong, "o" touched, without a wrong answer; attempts; hints seen; 1 if the solution was]"""


@dataclass(frozen=True)
class Look:
    """What one page looks at: a chapter ("" for where most are), with or without names."""

    chapter: str
    hidden: bool


def label(person: Person, hidden: bool) -> str:
    return f"Learner {person.number}" if hidden else person.name


def row(person: Person, chapter: str, catalogue: Catalogue, hidden: bool) -> dict[str, Any]:
    """One row of the grid. `cells` has only exercises that were touched."""
    ids = catalogue.chapters.get(chapter, [])
    return {
        "name": label(person, hidden),
        "at": person.at(catalogue) or ("" if person.last[2] == "" else "done"),
        "left": person.left is not None,
        "passed": sum(person.has_passed(id) for id in ids),
        "all": sum(work.passed is not None for work in person.works.values()),
        "cells": {id: cell(person.works[id]) for id in ids if id in person.works},
    }


def cell(work: Work) -> Cell:
    sign = "p" if work.passed is not None else "w" if work.wrong else "o"
    return [sign, work.attempts, work.hints, int(work.solution)]


def places(room: Room, catalogue: Catalogue) -> dict[str, int]:
    """How many are at each exercise now."""
    return Counter(at for person in present(room) if (at := person.at(catalogue)))


def present(room: Room) -> list[Person]:
    return [person for person in room.people.values() if person.left is None]


def summary(
    room: Room,
    catalogue: Catalogue,
    now: float,
    ends: Mapping[str, float] | None = None,
    pauses: Sequence[tuple[float, float]] = (),
) -> dict[str, Any]:
    """`behind`: minutes behind the plan at the median, negative if ahead; None without a plan or outside of it."""
    people = present(room)
    at = sorted(catalogue.place[id] for person in people if (id := person.at(catalogue)))
    median = catalogue.ids[at[(len(at) - 1) // 2]] if at else None
    late = pace(median, ends, now, pauses) if ends and median else None
    return {
        "here": len(people),
        "active": sum(now - person.last[0] < ACTIVE for person in people),
        "median": median,
        "title": catalogue.exercises[median].title if median else "",
        "planned": ends is not None,
        "behind": None if late is None else round(late / 60),
    }


def stuck(room: Room, catalogue: Catalogue, now: float, hidden: bool) -> list[dict[str, Any]]:
    """Who has tried their exercise for longer than its minutes, longest first; not who went away."""
    found = []
    for person in present(room):
        id = person.at(catalogue)
        work = person.works.get(id) if id else None
        if work is None or not work.tried or now - person.last[0] > GONE:
            continue
        known, minutes = catalogue.exercises[id], work.worked(now) / 60
        if minutes > known.minutes:
            found.append(
                {
                    "id": person.number,
                    "name": label(person, hidden),
                    "exercise": id,
                    "title": known.title,
                    "minutes": int(minutes),
                    "of": known.minutes,
                    "attempts": work.attempts,
                    "mistake": known.mistakes.get(work.last_wrong[2], ""),
                    "hints": work.hints,
                    "hints_of": known.hints,
                    "solution": work.solution,
                    "quiet": int((now - person.last[0]) / 60),
                }
            )
    return sorted(found, key=lambda each: (-each["minutes"], each["id"]))


def misconceptions(room: Room, catalogue: Catalogue, now: float) -> list[dict[str, Any]]:
    """The commonest of the last 15 minutes, by how many learners had them; `still`: who hasn't passed since."""
    learners: Counter[tuple[str, str]] = Counter()
    still: Counter[tuple[str, str]] = Counter()
    for person in present(room):
        if now - person.last[0] > RECENT:
            continue
        for id, work in person.works.items():
            known = catalogue.exercises[id].mistakes if id in catalogue.exercises else {}
            for name, when in work.mistakes.items():
                if now - when < RECENT and name in known:  # another version of the course may have had others
                    learners[id, name] += 1
                    still[id, name] += work.passed is None
    ordered = sorted(learners, key=lambda key: (-learners[key], -still[key], catalogue.place[key[0]], key[1]))
    return [
        {
            "exercise": id,
            "title": catalogue.exercises[id].title,
            "sentence": catalogue.exercises[id].mistakes[name],
            "learners": learners[id, name],
            "still": still[id, name],
        }
        for id, name in ordered[:LONGEST_LIST]
    ]


def columns(room: Room, chapter: str, catalogue: Catalogue, where: Mapping[str, int]) -> list[dict[str, Any]]:
    """The grid's head: `share` is the percentage of those present who passed."""
    people = present(room)
    return [
        {
            "id": id,
            "title": catalogue.exercises[id].title,
            "here": where.get(id, 0),
            "share": round(100 * sum(person.has_passed(id) for person in people) / len(people)) if people else 0,
        }
        for id in catalogue.chapters[chapter]
    ]


def chapters(catalogue: Catalogue, where: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every chapter, with how many are in it."""
    return [{"id": n, "here": sum(where.get(id, 0) for id in ids)} for n, ids in catalogue.chapters.items()]
