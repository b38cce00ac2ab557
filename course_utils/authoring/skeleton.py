"""`course new 1.9`: the skeleton of an exercise, in the registry and in the chapter's source.

Nothing that exists is overwritten: everything that could stop it is looked at before the first file is touched. What is
left to write says TODO or is empty, so that `course verify` and `course build` name it until it is written.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import NoSuchChapter, Repository
from course_utils.authoring.source import ChapterSource, read_source
from course_utils.cells.names import names


class CannotStart(CourseError):
    """The skeleton cannot be written; the message says why and what to do."""


_MODULE = Template('''\
"""$id: TODO what the exercise is about."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import FunctionExercise


class $class_name(FunctionExercise):
    id, title = "$id", ""
    difficulty, minutes, points, needs = "B", 8, 2, []
    hints = ["", ""]
    checked = ""

    def cases(self, rng: torch.Generator):
        yield torch.randn(3, 4, generator=rng)

    def oracle(self, x: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch feature"]:
        raise RuntimeError("TODO: the oracle of $id, written independently of the reference solution")

    mistakes = {}
    rewrites = []
''')

_CELLS = Template('''\
# %% [markdown]
# ## $id TODO title
#
# TODO what the learner needs for it.

# %% [markdown]
# **Exercise $id** (B · 8 min · 2 points) TODO what to write.

# %% exercise="$id"
def $function$signature:
    """TODO what it returns."""
    ### BEGIN SOLUTION
    raise NotImplementedError("TODO: the reference solution of $id")
    ### END SOLUTION

# %%
check("$id", $function)

''')

_ENDING = re.compile(r"^# ## .*\b(summary|quiz|what you (now )?know|open problems)\b", re.IGNORECASE)


def new_exercise(id: str, registry: Mapping[str, Any], repository: Repository) -> list[Path]:
    """Write the skeleton of exercise `id`; returns the files written or changed, the new module first.

    Raises:
        CannotStart: the id is taken or malformed, its chapter does not exist, or a file is not as expected.
        SourceError: the chapter's source cannot be read.
    """
    if not re.fullmatch(r"\d{1,2}\.[1-9]\d*", id):
        raise CannotStart(f"An exercise's id is chapter.number, like 1.9; not {id!r}.")
    chapter, _, number = id.partition(".")
    if chapter != str(int(chapter)):
        raise CannotStart(f"Write the id as the registry does: {int(chapter)}.{number}.")
    if id in registry:
        raise CannotStart(f"Exercise {id} exists: {registry[id].title!r}.")
    try:
        (source,) = repository.sources([chapter])
    except NoSuchChapter as error:
        raise CannotStart(f"{error} Write the chapter's source before its exercises.") from error
    chapter_source = read_source(source, repository.shown(source))
    if id in chapter_source.answers():
        raise CannotStart(f"{repository.shown(source)} has an answer cell of {id} already.")

    package = repository.package / "exercises" / f"ch{int(chapter):02d}"
    module = package / f"exercise_{chapter}_{number}.py"
    init = package / "__init__.py"
    if module.exists():
        raise CannotStart(f"{repository.shown(module)} exists already.")
    if not init.is_file():
        raise CannotStart(f"{repository.shown(init)} does not exist: it must define EXERCISES and QUIZ.")
    filled = {"id": id, "class_name": f"Exercise{chapter}_{number}", "function": f"answer_{chapter}_{number}"}
    filled["signature"] = _signature(chapter_source)
    init_text = _registered(
        init, f"course_utils.exercises.{package.name}.{module.stem}", filled["class_name"], repository
    )
    source_text = _with_cells(source.read_text(encoding="utf-8"), _CELLS.substitute(filled))

    module.write_text(_MODULE.substitute(filled), encoding="utf-8")
    init.write_text(init_text, encoding="utf-8")
    source.write_text(source_text, encoding="utf-8")
    return [module, init, source]


def _signature(chapter: ChapterSource) -> str:
    """Annotated with shapes where the chapter's set-up cell imports what that takes."""
    imported = set().union(*(names(cell.source).binds for cell in chapter.cells if cell.is_setup))
    shape = 'Float[Tensor, "batch feature"]'
    return f"(x: {shape}) -> {shape}" if {"Float", "Tensor"} <= imported else "(x)"


def _registered(init: Path, module: str, class_name: str, repository: Repository) -> str:
    """The text of `__init__.py` with the class imported and added to EXERCISES."""
    text = init.read_text(encoding="utf-8")
    tree = ast.parse(text)
    lists = [node.value for node in tree.body if _assigns(node, "EXERCISES")]
    if len(lists) != 1 or not isinstance(lists[0], ast.List):
        raise CannotStart(
            f"{repository.shown(init)} should assign EXERCISES = [...] once, as a list: add {class_name} by hand."
        )
    exercises = lists[0]
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    called = bool(exercises.elts) and all(isinstance(element, ast.Call) for element in exercises.elts)
    entry = f"{class_name}()" if called else class_name

    lines = text.splitlines(keepends=True)
    _insert_element(lines, exercises, entry)
    after = imports[-1].end_lineno if imports else (tree.body[0].end_lineno if ast.get_docstring(tree) else 0)
    lines.insert(after, f"from {module} import {class_name}\n")
    return "".join(lines)


def _insert_element(lines: list[str], exercises: ast.List, entry: str) -> None:
    """Add `entry` as the last element of a list literal, on its own line where the others are."""
    if not exercises.elts:
        row, column = exercises.lineno - 1, exercises.col_offset + 1
        lines[row] = _spliced(lines[row], column, entry)
        return
    last = exercises.elts[-1]
    row, column = last.end_lineno - 1, last.end_col_offset
    if exercises.end_lineno == exercises.lineno:
        lines[row] = _spliced(lines[row], column, f", {entry}")
        return
    if not lines[row].encode()[column:].lstrip().startswith(b","):
        lines[row] = _spliced(lines[row], column, ",")
    lines.insert(row + 1, f"{' ' * exercises.elts[0].col_offset}{entry},\n")


def _spliced(line: str, column: int, text: str) -> str:
    """`line` with `text` at a column as `ast` counts them: in bytes of UTF-8."""
    encoded = line.encode()
    return (encoded[:column] + text.encode() + encoded[column:]).decode()


def _assigns(node: ast.stmt, name: str) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _with_cells(text: str, cells: str) -> str:
    """The source with the cells before its closing part (quiz, summary, open problems), or at its end."""
    lines = text.splitlines(keepends=True)
    markers = [i for i, line in enumerate(lines) if line.startswith("# %%")]
    for start, end in zip(markers, [*markers[1:], len(lines)]):
        if any(_ENDING.match(line) or line.startswith("quiz(") for line in lines[start:end]):
            return "".join(lines[:start]) + cells + "".join(lines[start:])
    return text.rstrip("\n") + "\n\n" + cells.rstrip("\n") + "\n"
