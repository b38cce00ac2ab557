"""Whose notebook it is: from the path, a roster, or a name cell in the notebook, in that order."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from course_utils.grading.notebook import Notebook
from course_utils.grading.plain import one_line


class Learner(NamedTuple):
    """`key` is what marks are kept under. `source`: path, roster, name cell, file name. `details`: of the roster."""

    key: str
    name: str
    source: str
    details: dict[str, str] = {}


@dataclass(frozen=True)
class Roster:
    """Rows of a CSV file, each with `learner` and any of name, email, file, and what a learning platform wants."""

    rows: list[dict[str, str]]

    def find(self, *clues: str) -> dict[str, str] | None:
        """The only row in which one of the clues stands, in any column."""
        for clue in clues:
            hits = self._by_value.get(_folded(clue), [])
            if len(hits) == 1:
                return hits[0]
        return None

    @cached_property
    def _by_value(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for row in self.rows:
            for value in {_folded(value) for value in row.values()} - {""}:
                found.setdefault(value, []).append(row)
        return found


_COLUMNS = {"full name": "name", "email address": "email", "student": "name"}
"""What Moodle's grading worksheet and Canvas' gradebook call it → what we do."""
_KNOWN = ("identifier", "name", "email", "id", "sis user id", "sis login id", "section")
"""What we take from them: a grade must not pass for somebody's number."""


def read_roster(path: Path) -> Roster:
    """Read a CSV file with a column `learner`, or the one that Moodle or Canvas gives. Raises ValueError."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = [
        {_column(key): value.strip() for key, value in row.items() if isinstance(value, str)}
        for row in csv.DictReader(io.StringIO(text), delimiter=dialect)
    ]
    source = next((key for key in ("learner", "identifier", "id") if rows and key in rows[0]), None)
    if source is None or (source == "id" and "section" not in rows[0]):
        raise ValueError(
            f"{path.name}: a roster is a CSV file with a column `learner` (others may be name, email, file), "
            "Moodle's grading worksheet, or Canvas' exported gradebook"
        )
    if source != "learner":  # Moodle says "Participant 12"; Canvas has rows about the assignments, without an id
        rows = [{key: row.get(key, "") for key in _KNOWN if key in row} for row in rows]
        rows = [row | {"learner": row[source].removeprefix("Participant ")} for row in rows]
    return Roster([row for row in rows if row["learner"]])


def _column(key: str | None) -> str:
    name = (key or "").strip().lower()
    return _COLUMNS.get(name, name)


def identify(path: str, stems: Iterable[str], claims: str | None, roster: Roster | None) -> Learner:
    """path: of the file in the folder. stems: the chapters' file names. claims: the name in the notebook, if any."""
    clue, name, details = _from_path(path, stems)
    file = path.rpartition("/")[2]
    if roster is not None:
        row = roster.find(*(c for c in (clue, name, path, file) if c)) or (
            roster.find(claims) if not clue and claims else None
        )
        if row is not None:
            return Learner(row["learner"], row.get("name") or row["learner"], "roster", row)
    if clue:
        return Learner(one_line(clue), one_line(name or clue), "path", details)
    if claims:
        return Learner(claims, claims, "name cell")
    return Learner(one_line(file), one_line(file), "file name")


def claimed_name(notebook: Notebook) -> str | None:
    """What a name cell says: `NAME = "Ada Lovelace"`, or a line `Name: Ada Lovelace` in text."""
    for cell in notebook.cells:
        if len(cell.source) > 5_000:  # no name cell, and no food for regular expressions
            continue
        if cell.kind == "code":
            found = re.search(
                r"""^(?:my_)?name[ \t]*=[ \t]*(["'])(.{1,80}?)\1[ \t]*(?:#.*)?$""", cell.source, re.I | re.M
            )
            said = found and found[2]
        else:
            found = re.search(r"^\W{0,4}(?:your |my )?name\W{0,4}:\W{0,4}(.{1,80})$", cell.source, re.I | re.M)
            said = found and found[1].strip(" *_`")
        if said and "your name" not in said.lower() and said.strip("._ "):
            return one_line(said, 80)
    return None


def _from_path(path: str, stems: Iterable[str]) -> tuple[str, str, dict[str, str]]:
    """(key, name, details) from the folder of a file, or from the layouts of Moodle, Canvas and plain file names."""
    path = unicodedata.normalize("NFC", path)  # macOS and others write the same é in two ways
    folder, _, file = path.rpartition("/")
    first = folder.partition("/")[0]
    if moodle := re.match(r"(.+?)_(\d+)_assignsubmission_", first or file):
        return moodle[2], moodle[1], {"identifier": f"Participant {moodle[2]}"}
    if first:
        return first, first, {}
    if canvas := re.match(r"([^\W\d_]+)_(?:late_)?(\d+)_(\d+)_", file, re.I):
        return canvas[2], canvas[1], {"id": canvas[2]}
    bare = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", file, flags=re.I)
    for stem in stems:
        bare = re.sub(re.escape(stem), "", bare, flags=re.I)
    bare = re.sub(r"\(\d+\)|[-_ ]?copy\d*\b", "", bare, flags=re.I).strip("-_ .")
    untouched = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", file, flags=re.I).strip("-_ .")
    return (bare, bare, {}) if bare != untouched else ("", "", {})


def _folded(text: str) -> str:
    """Without accents, case and blanks at the ends."""
    plain = unicodedata.normalize("NFKD", text.strip())
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
