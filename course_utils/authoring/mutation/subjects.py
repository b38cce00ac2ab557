"""What of an exercise is mutated: its reference solution, and one rewrite."""

import ast
import inspect
import os
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from course_utils.authoring.regions import find_regions
from course_utils.authoring.slicing import answerer
from course_utils.authoring.source import ChapterSource
from course_utils.cells.names import names
from course_utils.cells.syntax import parse


class Subject(NamedTuple):
    """Something right to be changed: the reference (then `name` is empty) or a rewrite.

    `line` is where the first line of `source` stands in the file `path`; `lines` (from 1) may be changed. `answer`
    makes an answer of a changed text. One that `changes_things` made by cells before it needs them fresh every time.
    """

    name: str
    path: str
    line: int
    source: str
    lines: frozenset[int]
    kinds: Mapping[str, str]
    trained: bool
    changes_things: bool
    answer: Callable[[str, dict[str, Any]], Any]


def reference(chapter: ChapterSource, exercise: Any) -> Subject:
    """The answer cell, to be changed inside its solution regions."""
    cell = chapter.answers()[exercise.id]
    regions, _ = find_regions(cell.source)
    lines = frozenset(line for region in regions for line in range(region.begin + 2, region.end + 1))
    function = _function(parse(cell.source))
    trained = function is not None and function.name in trained_names(chapter)
    answer, said = answerer(chapter, exercise.id), names(cell.source)
    changes = function is None and (is_experiment(exercise) or bool(said.binds - said.rebinds))
    return Subject("", chapter.path, cell.line, cell.source, lines, _kinds(function), trained, changes, answer)


def rewritten(exercise: Any) -> list[Subject]:
    """The first rewrite that is a function of its own, if there is one. Its parameters are what the oracle's are."""
    first = next(filter(_can_be_changed, exercise.rewrites), None)
    if first is None:
        return []
    written, start = inspect.getsourcelines(first)
    tree = ast.parse(source := textwrap.dedent("".join(written)))
    function = _function(tree)
    lines = frozenset(range(function.body[0].lineno, function.end_lineno + 1))
    path = inspect.getsourcefile(first) or ""
    shown = path[path.rindex("course_utils") :] if "course_utils" in path else os.path.basename(path)
    oracle = getattr(exercise, "oracle", None)
    given = list(inspect.signature(oracle).parameters.values()) if oracle else []
    kinds = {a.arg: _kind(p.annotation) for a, p in zip(function.args.args, given)}

    def answer(text: str, more: dict[str, Any]) -> Any:
        space = {**first.__globals__, **more}
        plain = ast.parse(text)
        plain.body[0].decorator_list = []
        exec(compile(plain, "<mutant>", "exec"), space)
        return space[function.name]() if is_experiment(exercise) else space[function.name]

    return [Subject(first.__name__, shown, start, source, lines, kinds, False, False, answer)]


def trained_names(chapter: ChapterSource) -> set[str]:
    """Names of functions that a cell with a `backward` needs, directly or through another function of the chapter."""
    found: set[str] = set()
    for cell in reversed([cell for cell in chapter.cells if cell.kind == "code"]):
        said = names(cell.source)
        if "backward(" in cell.source or said.binds & found:
            found |= said.needs | said.binds
    return found


def is_experiment(exercise: Any) -> bool:
    from course_utils.checking import ExperimentExercise

    return isinstance(exercise, ExperimentExercise)


def _can_be_changed(rewrite: Any) -> bool:
    """A function with a `def` that can be read, and without variables of a function around it."""
    if not inspect.isfunction(rewrite) or rewrite.__name__ == "<lambda>" or rewrite.__closure__:
        return False
    try:
        return bool(inspect.getsourcelines(rewrite))
    except OSError:
        return False


def _function(tree: ast.Module | None) -> ast.FunctionDef | None:
    return next((node for node in (tree.body if tree else ()) if isinstance(node, ast.FunctionDef)), None)


def _kinds(function: ast.FunctionDef | None) -> dict[str, str]:
    given = function.args.args if function is not None else []
    return {a.arg: ast.unparse(a.annotation).partition("[")[0] if a.annotation else "" for a in given}


def _kind(annotation: Any) -> str:
    """ "Float" for `Float[Tensor, "n"]`, "int" for `int`; "" for none."""
    if annotation is inspect.Parameter.empty:
        return ""
    return getattr(annotation, "__name__", str(annotation)).partition("[")[0]
