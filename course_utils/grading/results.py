"""Marks by learner: the gradebook's entries joined with who handed them in, and what a person should look at."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from course_utils.grading.files import REPLACED
from course_utils.grading.gradebook import Entry
from course_utils.grading.identity import Learner, Roster, identify, layouts


class Row(NamedTuple):
    """One submission of one learner. `attempts`: exercise → how many versions of the file had an answer to it.

    `late`: seconds after the time that it was due, if such a time was given.
    """

    learner: Learner
    entry: Entry
    attempts: dict[str, int]
    flags: list[str]
    late: float | None = None

    @property
    def points(self) -> float:
        return sum(mark["points"] for mark in self.entry.marks.values())

    @property
    def page(self) -> str:
        """What the learner's page is named by. A claim has a page of its own: it may be somebody else's word."""
        return self.learner.key if self.learner.certain else f"{self.learner.key}\0{self.entry.path}"


class Results(NamedTuple):
    """`catalogue`: chapter → see JudgeServer. `absent`: in the roster, without a file. `notes`: on the whole."""

    rows: list[Row]
    catalogue: dict[str, dict]
    absent: list[Learner]
    others: list[str]
    notes: list[str] = []

    @property
    def chapters(self) -> list[str]:
        """Those that somebody handed in, in order."""
        seen = {row.entry.chapter for row in self.rows}
        return [number for number in self.catalogue if number in seen]

    def of_chapter(self, number: str) -> list[Row]:
        return [row for row in self.rows if row.entry.chapter == number]

    def total(self, number: str) -> float:
        return sum(about["points"] for about in self.catalogue[number]["exercises"].values())

    def mistakes(self, number: str, exercise: str) -> list[tuple[str, int]]:
        """The misconceptions found in answers to an exercise, the most common first."""
        marks = (row.entry.marks.get(exercise) for row in self.of_chapter(number))
        found = Counter(mark["mistake"] for mark in marks if mark and mark["mistake"])
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))

    def unique(self, number: str) -> dict[str, Row]:
        """learner → their submission of a chapter. Two that are as sure to be theirs are left to a person."""
        found: dict[str, list[Row]] = {}
        for row in self.of_chapter(number):
            if row.learner.certain:
                found.setdefault(row.learner.key, []).append(row)
        surest = {key: max(row.learner.weight for row in rows) for key, rows in found.items()}
        best = {key: [row for row in rows if row.learner.weight == surest[key]] for key, rows in found.items()}
        return {key: rows[0] for key, rows in best.items() if len(rows) == 1}


def join(
    entries: list[Entry],
    history: Iterable[Entry],
    catalogue: dict[str, dict],
    roster: Roster | None,
    others: Iterable[str] = (),
    *,
    partial: bool = False,
    late: dict[str, float] | None = None,
) -> Results:
    """entries: of the files that are there now. history: of all there ever were.

    partial: a wrong function has a share of its points, for each of the three parts of its check that it passes.
    late: path → seconds after the time that it was due.
    """
    stems = [about["stem"] for about in catalogue.values()]
    attempts: dict[str, Counter[str]] = {}
    for entry in history:
        tried = (id for id, mark in entry.marks.items() if mark["status"] != "not attempted")
        attempts.setdefault(entry.path, Counter()).update(tried)
    folder = layouts(entry.path for entry in entries)
    learners = [identify(entry.path, stems, entry.claims, roster, folder) for entry in entries]
    files: dict[tuple[str, str | None], list[int]] = {}
    for learner, entry in zip(learners, entries):
        files.setdefault((learner.key, entry.chapter), []).append(learner.weight)
    entries = [_in_order(entry, catalogue) for entry in entries]
    entries = [_with_shares(entry) for entry in entries] if partial else entries
    late = late or {}
    rows = [
        Row(
            learner,
            entry,
            attempts.get(entry.path, Counter()),
            _flags(learner, entry, files, roster),
            late.get(entry.path),
        )
        for learner, entry in zip(learners, entries)
    ]
    present = {learner.key for learner in learners if learner.certain}
    absent = [
        Learner(row["learner"], row.get("name") or row["learner"], "roster", row)
        for row in (roster.rows if roster else [])
        if row["learner"] not in present
    ]
    rows.sort(key=lambda row: (row.learner.name.casefold(), row.learner.key, row.entry.path))
    return Results(rows, catalogue, absent, list(others), list(roster.notes if roster else []))


def _in_order(entry: Entry, catalogue: dict[str, dict]) -> Entry:
    """With its marks in the order of the chapter."""
    ids = catalogue.get(entry.chapter, {"exercises": {}})["exercises"]
    return entry._replace(marks={id: entry.marks[id] for id in ids if id in entry.marks})


def _with_shares(entry: Entry) -> Entry:
    return entry._replace(marks={id: mark | {"points": _share(mark)} for id, mark in entry.marks.items()})


def _share(mark: dict) -> float:
    parts = mark.get("parts") or {}
    passed = mark["status"] == "passed" or not parts
    return mark["points"] if passed else round(mark["of"] * sum(parts.values()) / len(parts), 2)


def _flags(learner: Learner, entry: Entry, files: dict, roster: Roster | None) -> list[str]:
    """What a person should look at. files: (learner, chapter) → the weight of each file."""
    weights = files[learner.key, entry.chapter]
    flags = []
    if entry.problem:
        flags.append(f"not marked: {entry.problem}")
    if learner.weight < max(weights):
        flags.append("another file is more surely this learner's: this one counts for nobody")
    elif weights.count(learner.weight) > 1:
        flags.append(f"{weights.count(learner.weight)} files of one learner")
    flags += [note for note in entry.notes if note == REPLACED or note.startswith("This seems to be written")]
    flags += learner.doubts
    if learner.source == "name cell":
        flags.append("the name is the notebook's own claim")
    if learner.source == "file name":
        flags.append("nothing tells whose it is")
    if roster is not None and not learner.listed:
        flags.append("not in the roster")
    flags += [f"{id}: {mark['flag']}" for id, mark in entry.marks.items() if mark.get("flag")]
    if entry.sandbox.startswith("NONE"):
        flags.append("graded without a sandbox")
    return flags
