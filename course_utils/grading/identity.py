"""Whose notebook it is: by where it was found, a roster, or a name cell in the notebook, in that order.

A teacher or a learning platform gives folders their names. A file's own name, and what stands in it, is the learner's
to write: such a clue is worth less, and never outweighs a better one (`Learner.weight`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from course_utils.grading.notebook import Notebook
from course_utils.grading.plain import one_line
from course_utils.grading.roster import Match, Roster, folded, read_roster

__all__ = ["Learner", "Roster", "claimed_name", "identify", "layouts", "read_roster"]

FOLDER, FILE, CLAIM, NOTHING = 30, 20, 10, 0
"""What a clue weighs. A name that fits the roster's but for case, or but for accents, weighs one or two less."""


class Learner(NamedTuple):
    """`key` is what marks are kept under. `source`: path, roster, name cell, file name. `details`: of the roster.

    `listed`: whether it is somebody in the roster. `doubts`: what a person should know about this.
    """

    key: str
    name: str
    source: str
    details: dict[str, str] = {}
    weight: int = FOLDER
    listed: bool = False
    doubts: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether more than the learner's own word says so."""
        return self.weight > CLAIM


class _Place(NamedTuple):
    """What the path says. `number`: (column, value) of a learning platform's own number, if it is one of its files."""

    clue: str
    name: str
    details: dict[str, str] = {}
    weight: int = FOLDER
    number: tuple[str, str] | None = None
    doubts: tuple[str, ...] = ()


def identify(
    path: str,
    stems: Iterable[str],
    claims: str | None,
    roster: Roster | None,
    layouts: frozenset[str] | None = None,
) -> Learner:
    """path: of the file in the folder. stems: the chapters' file names. claims: the name in the notebook, if any.

    layouts: which platforms' downloads the whole folder is, see `layouts`; None for any.
    """
    place = _from_path(path, stems, layouts)
    doubts = place.doubts
    if roster is not None:
        match, weight, more = _in_roster(path, place, roster)
        doubts += more
        if match.row is not None:
            row = match.row
            return Learner(row["learner"], row.get("name") or row["learner"], "roster", row, weight, True, doubts)
    if place.clue:
        key, name = one_line(place.clue), one_line(place.name or place.clue)
        return Learner(key, name, "path", place.details, place.weight, False, doubts)
    if claims:
        row = roster.find(claims).row if roster is not None else None
        if row is not None:
            name = row.get("name") or row["learner"]
            return Learner(row["learner"], name, "name cell", row, CLAIM, True, doubts)
        return Learner(claims, claims, "name cell", {}, CLAIM, False, doubts)
    file = one_line(path.rpartition("/")[2])
    return Learner(file, file, "file name", {}, NOTHING, False, doubts)


def _in_roster(path: str, place: _Place, roster: Roster) -> tuple[Match, int, tuple[str, ...]]:
    """(who it is, what that weighs, doubts)."""
    if (match := roster.by_file(path)).row is not None:
        return match, FOLDER, ()
    by_name = roster.find(*dict.fromkeys(c for c in (place.clue, place.name) if c and not _is_number(c, place)))
    if place.number is not None:
        column, number = place.number
        by_number = roster.find(number, columns=(column,))
        if by_number.row is not None:
            same = _letters(place.name) == _letters(by_number.row.get("name") or place.name)
            if same:
                return by_number, place.weight, ()
            who = one_line(by_number.row.get("name", ""))
            said = f"its number is {who}'s, its name {one_line(place.name)}: one of them is not the platform's"
            return by_number, CLAIM, (said,)
        if by_name.row is None and not by_name.several:
            by_name = roster.find(place.clue, columns=("learner",))
    said = ("more than one in the roster has this name",) if by_name.several else ()
    if by_name.how == 2 and roster.guessed:
        said = ("found only without its accents, in a roster whose letters may be others",)
    return by_name, place.weight - by_name.how, said


def _is_number(clue: str, place: _Place) -> bool:
    return place.number is not None and clue == place.clue


def _letters(name: str) -> Counter[str]:
    """A name's letters: the same for "Lovelace, Ada", "Ada Lovelace" and Canvas' lovelaceada."""
    return Counter(c for c in folded(name) if c.isalpha())


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


_MOODLE_FOLDER = re.compile(r"(.+)_(\d+)_assignsubmission_[a-z]+_?")
_MOODLE_FILE = re.compile(r"(.+?)_(\d+)_assignsubmission_[a-z]+_")
_COPY = re.compile(r"(?:copy of|kopie von|copie de|copia de|copia di|kopie van)\b[-_ ]*", re.I)
"""What Google's Drive and Colab put before a file's name."""
_CANVAS = re.compile(r"([^\W\d_]+)_(?:late_)?(\d+)_(\d+)_", re.I)


def layouts(paths: Iterable[str]) -> frozenset[str]:
    """Which platforms' downloads a folder is: "moodle", "canvas". More than half of what is in it must look so.

    Else a single learner's folder or file whose name imitates a platform's would be taken for somebody's.
    """
    names = {path.partition("/")[0]: "/" in path for path in paths}
    moodle = sum(bool(_moodle(name, inside)) for name, inside in names.items())
    canvas = sum(bool(not inside and _CANVAS.match(name)) for name, inside in names.items())
    return frozenset(layout for layout, n in (("moodle", moodle), ("canvas", canvas)) if 2 * n > len(names))


def _moodle(name: str, is_folder: bool) -> re.Match | None:
    """A folder ends as Moodle ends it; a file begins so. What a learner may choose stands on the other side."""
    if name.count("_assignsubmission_") != 1:  # a name made to be read in two ways
        return None
    return _MOODLE_FOLDER.fullmatch(name) if is_folder else _MOODLE_FILE.match(name)


def _from_path(path: str, stems: Iterable[str], layouts: frozenset[str] | None) -> _Place:
    """From the folder of a file, or from the layouts of Moodle, Canvas and plain file names."""
    path = unicodedata.normalize("NFC", path)  # macOS and others write the same é in two ways
    folder, _, file = path.rpartition("/")
    first = folder.partition("/")[0]
    doubts: tuple[str, ...] = ()
    if moodle := _moodle(first or file, bool(first)):
        if layouts is None or "moodle" in layouts:
            about = f"Participant {moodle[2]}"
            return _Place(moodle[2], moodle[1], {"identifier": about}, FOLDER, ("identifier", about))
        doubts = ("its name looks like one of Moodle's, but the others' don't",)
    if first:
        return _Place(first, first, doubts=doubts)
    if canvas := _CANVAS.match(file):
        if layouts is None or "canvas" in layouts:
            return _Place(canvas[2], canvas[1], {"id": canvas[2]}, FOLDER, ("id", canvas[2]))
        doubts = ("its name looks like one of Canvas', but the others' don't",)
    bare = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", file, flags=re.I)
    bare = _COPY.sub("", bare)
    for stem in stems:
        bare = re.sub(re.escape(stem), "", bare, flags=re.I)
    bare = re.sub(r"\(\d+\)|[-_ ]?copy\d*\b", "", bare, flags=re.I).strip("-_ .")
    untouched = re.sub(r"(\.ipynb|\.json|\.txt)+$", "", file, flags=re.I).strip("-_ .")
    return _Place(bare, bare, {}, FILE, None, doubts) if bare != untouched else _Place("", "", {}, FILE, None, doubts)
