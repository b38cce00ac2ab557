"""The roster: who is in the class. Reading what Canvas, Moodle or a teacher give, and finding a person in it."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

_Index = dict[str, list[dict[str, str]]]

PEOPLE = (
    "learner", "identifier", "id", "id number", "student id", "sis user id", "sis login id", "login", "username",
    "user", "email", "mail", "name",
)  # fmt: skip
"""Columns by which a person is found. Others (a section, a group, a grade) say nothing about who somebody is."""
_COLUMNS = {
    **dict.fromkeys(("full name", "student", "student name"), "name"),
    **dict.fromkeys(("email address", "e-mail", "e-mail address"), "email"),
}
"""What Moodle's grading worksheet and Canvas' gradebook call it → what we do."""
_KNOWN = ("identifier", "name", "email", "id", "sis user id", "sis login id", "section")
"""What we take from them: a grade must not pass for somebody's number."""
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ´`′＇", "'"))
LOST = "\ufffd"
"""Stands where a letter was lost: nothing may be found by what is left."""


class Match(NamedTuple):
    """`row`: the only person that fits, or None. `how`: 0 to the letter, 1 but for case, 2 but for accents.
    `several`: more than one person fits."""

    row: dict[str, str] | None = None
    how: int = 0
    several: bool = False


@dataclass(frozen=True)
class Roster:
    """Rows of a CSV file, each with `learner` and any of name, email, file, and what a learning platform wants.

    `notes`: what a teacher should know about how the file was read.
    """

    rows: list[dict[str, str]]
    notes: list[str] = field(default_factory=list)
    guessed: bool = False
    """Whether the file's encoding is a guess: then letters with accents may be others."""

    def find(self, *clues: str, columns: tuple[str, ...] = PEOPLE) -> Match:
        """The only person with one of the clues in one of the columns: whole, and rather to the letter than not.

        With `muller` and `müller` in the roster each of them finds one; with one of them alone, both find it.
        """
        several = False
        for how, spelling in enumerate(_SPELLINGS):
            index = self._index(spelling, columns)
            for clue in clues:
                hits = index.get(spelling(clue), []) if clue and LOST not in clue else []
                if len(hits) == 1 and not several:
                    return Match(hits[0], how)
                several = several or len(hits) > 1
            if several:  # a looser look finds no fewer
                break
        return Match(several=several)

    def by_file(self, path: str) -> Match:
        """Who is said to have handed in this file, by its path; a bare name is a file in no folder."""
        return self.find(path, columns=("file",))

    def _index(self, spelling: Callable[[str], str], columns: tuple[str, ...]) -> _Index:
        key = (spelling, columns)
        if key not in self._indices:
            found: _Index = {}
            for row in self.rows:
                for value in {spelling(row[c]) for c in columns if row.get(c) and LOST not in row[c]}:
                    found.setdefault(value, []).append(row)
            self._indices[key] = found
        return self._indices[key]

    @cached_property
    def _indices(self) -> dict[tuple, _Index]:
        return {}


def exact(text: str) -> str:
    """One form for what is written in one way: é in one or two code points, straight and curly apostrophes, blanks.

    An apostrophe in front of what looks like a formula is a spreadsheet's, or ours.
    """
    text = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    return re.sub(r"^'(?=[-=+@])", "", text)


def caseless(text: str) -> str:
    """The same, whatever the case: `ß` is `ss`."""
    return unicodedata.normalize("NFC", exact(text).casefold())


def folded(text: str) -> str:
    """The same, without accents too."""
    plain = unicodedata.normalize("NFKD", caseless(text))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


_SPELLINGS = (exact, caseless, folded)


def read_roster(path: Path) -> Roster:
    """Read a CSV file with a column `learner`, or the one that Moodle or Canvas gives. Raises ValueError."""
    text, notes = _text(path)
    guessed = bool(notes)
    rows = _rows(path, text)
    source = next((key for key in ("learner", "identifier", "id") if rows and key in rows[0]), None)
    if source is None or (source == "id" and "section" not in rows[0]):
        raise ValueError(
            f"{path.name}: a roster is a CSV file with a column `learner` (others may be name, email, file), "
            "Moodle's grading worksheet, or Canvas' exported gradebook"
        )
    if source != "learner":  # Moodle says "Participant 12"; Canvas has rows about the assignments, without an id
        rows = [{key: row.get(key, "") for key in _KNOWN if key in row} for row in rows]
        rows = [row | {"learner": row[source].removeprefix("Participant ")} for row in rows]
    rows = [row for row in rows if row["learner"]]
    if lost := sum(LOST in "".join(row.values()) for row in rows):
        notes.append(f"{path.name}: {lost} row(s) with letters that were lost ({LOST}): nobody is found by those")
    return Roster(rows, notes, guessed)


def _rows(path: Path, text: str) -> list[dict[str, str]]:
    """Rows that differ, by the names of their columns, whatever separates them: spreadsheets use three signs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.lower().startswith("sep="):  # for Excel alone
        lines = lines.partition("\n")[2]
    head = lines.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        read = list(csv.DictReader(io.StringIO(lines), delimiter=separator))
    except csv.Error as problem:
        raise ValueError(f"{path.name} can't be read as a CSV file: {problem}") from problem
    rows = [{_column(key): value.strip() for key, value in row.items() if isinstance(value, str)} for row in read]
    if head.strip() and not rows:
        raise ValueError(f"{path.name}: nobody is in this roster, there is one line and no more")
    return list({tuple(row.items()): row for row in rows}.values())


def _text(path: Path) -> tuple[str, list[str]]:
    """The file as text: by its byte order mark, else UTF-8, else as Windows writes it in Western Europe."""
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), []
    if b"\0" in raw[:2]:  # two bytes for each letter, and no mark before them
        return raw.decode("utf-16-be" if raw[0] == 0 else "utf-16-le", errors="replace"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        said = f"{path.name} is not in UTF-8 and was read as Windows-1252: look whether its names are right"
        return raw.decode("cp1252", errors="replace"), [said]


def _column(key: str | None) -> str:
    name = (key or "").strip().lower()
    return _COLUMNS.get(name, name)
