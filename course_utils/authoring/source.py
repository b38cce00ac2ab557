"""Reading a chapter's percent source, `solutions/NN_name.py`, without losing the line numbers.

jupytext decides what the cells are; the marker lines (`# %%`) say where they stand in the file, so that every complaint
can name a line.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from course_utils.authoring.errors import CourseError


@contextmanager
def _without(*modules: str) -> Iterator[None]:
    """Imports in here fail to find `modules`, unless they were loaded before."""
    hidden = [module for module in modules if sys.modules.setdefault(module, None) is None]
    try:
        yield
    finally:
        for module in hidden:
            del sys.modules[module]


# Reading a file takes neither of these, and both are slow to load. jupytext does without a server where there is none;
# jsonschema, which it brings along, without the grammar of internet addresses (three seconds to build).
with _without("jupyter_server", "rfc3987_syntax"):
    import jupytext

_MARKER = re.compile(r"^# %%(?: |$)")


class Problem(NamedTuple):
    """One reason not to build. Prints as `solutions/01_toy_models.py:123: message`."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class SourceError(CourseError):
    """A source that must not be built, with all that is wrong with it."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Cell:
    """One cell. `line` is the line of the file on which its content starts."""

    kind: str  # "markdown" or "code"
    source: str
    line: int
    tags: tuple[str, ...] = ()
    exercise: str | None = None

    @property
    def is_setup(self) -> bool:
        return self.kind == "code" and "setup" in self.tags


@dataclass(frozen=True)
class ChapterSource:
    """A chapter as its author wrote it. `path` is what messages call the file."""

    path: str
    stem: str  # "01_toy_models"
    course: dict
    """The header's course block. `chapter`, `title`; `reading`: minutes for all but the exercises (text, figures,
    predictions, the quiz), to which `counts` adds the minutes that the registry has for these; `budget_s`,
    `budget_mib`: what a run of the whole notebook may take."""
    kernelspec: dict
    cells: tuple[Cell, ...] = field(repr=False)

    @property
    def number(self) -> str:
        """The chapter's number as exercise ids write it: "1" for `01_toy_models`."""
        return str(int(self.stem.split("_")[0]))

    def problem(self, line: int, message: str) -> Problem:
        return Problem(self.path, line, message)

    def answers(self) -> dict[str, Cell]:
        """The answer cell of each exercise id, the first one where an id is used twice."""
        found: dict[str, Cell] = {}
        for cell in self.cells:
            if cell.exercise is not None:
                found.setdefault(cell.exercise, cell)
        return found


def read_source(path: Path, shown_as: str | None = None) -> ChapterSource:
    """Read `path`, a py:percent file named `NN_name.py`.

    Raises:
        SourceError: the file is no chapter (name, text encoding, header).
    """
    return parse_source(_text_of(path, shown_as or path.name), path.stem, shown_as or path.name)


def parse_source(text: str, stem: str, path: str) -> ChapterSource:
    """A chapter from the text of its source; `path` is what messages call it.

    Raises:
        SourceError: the name has no number, the header doesn't parse, or a marker stands inside a string.
    """
    if not re.match(r"\d\d_\w+$", stem):
        raise SourceError(
            [Problem(path, 1, f"a chapter's file is named NN_name.py, like 01_toy_models.py, not {stem}.py")]
        )
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext hands on whatever yaml raises
        raise SourceError([Problem(path, 1, f"jupytext cannot read the file: {error}")]) from error

    starts = _content_lines(text)
    if len(starts) != len(notebook.cells):
        message = "cells and `# %%` lines don't match: every cell needs one, and none may stand inside a string"
        raise SourceError([Problem(path, starts[0] if starts else 1, message)])
    cells = tuple(
        Cell(
            kind=cell.cell_type,
            source=cell.source,
            line=line,
            tags=tuple(cell.metadata.get("tags", ())),
            exercise=cell.metadata.get("exercise"),
        )
        for cell, line in zip(notebook.cells, starts)
    )
    course = notebook.metadata.get("course", {})
    return ChapterSource(
        path, stem, dict(course) if isinstance(course, dict) else {}, _kernelspec(notebook.metadata), cells
    )


def _text_of(path: Path, shown_as: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError([Problem(shown_as, 1, f"not a text file in UTF-8: {error}")]) from error


def _kernelspec(metadata: dict) -> dict:
    """The kernel's names in a fixed order; nbgrader needs `language` to choose its stub."""
    given = metadata.get("kernelspec", {})
    return {
        "display_name": given.get("display_name", "Python 3"),
        "language": given.get("language", "python"),
        "name": given.get("name", "python3"),
    }


def _content_lines(text: str) -> list[int]:
    """For each marker, the (1-based) line of the first line of content under it."""
    lines = text.splitlines()
    markers = [i for i, line in enumerate(lines) if _MARKER.match(line)]
    firsts = []
    for i, following in zip(markers, [*markers[1:], len(lines)]):
        content = (j for j in range(i + 1, following) if lines[j].strip())
        firsts.append(next(content, i) + 1)
    return firsts
