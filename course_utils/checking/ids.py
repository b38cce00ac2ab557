"""Which exercises there are, read from the chapters' sources: nothing is imported, so it takes milliseconds."""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_ID = re.compile(r"""^ +id\b[^=\n]*= *["'](\d+\.\d+)["']""", re.MULTILINE)
_CHAPTER = re.compile(r"ch\d\d")


def ids_in(exercises: Path) -> dict[str, Path]:
    """{id: module} of every exercise under the folder `exercises`, in the order of chapters and numbers."""
    found = {
        id: module for module in exercises.glob("ch[0-9][0-9]/*.py") for id in _ID.findall(module.read_text("utf-8"))
    }
    return dict(sorted(found.items(), key=lambda item: place(item[0])))


_ids_once = cache(ids_in)  # every exercise that is defined asks


def ids_beside(module: Path) -> dict[str, Path] | None:
    """`ids_in` the folder of chapters that `module` belongs to; None for a module that belongs to no chapter."""
    chapter = module.parent
    return _ids_once(chapter.parent) if _CHAPTER.fullmatch(chapter.name) else None


def place(id: str) -> tuple[int, int]:
    """(chapter, number): the order in which a learner meets exercises. 1.10 comes after 1.9."""
    chapter, _, number = id.partition(".")
    return int(chapter), int(number)


def nearest(id: str, known: Iterable[str]) -> str:
    """`; did you mean 1.4 or 1.5?`, to go on with in a message; empty when nothing is near."""
    close = difflib.get_close_matches(id, known, n=2, cutoff=0.3)
    return f"; did you mean {' or '.join(close)}?" if close else ""
