"""Cutting an answer cell to what the learner gets.

The markers stay around the stub: the reader sees where to write, and `nbgrader generate_assignment` takes the notebook
as it is.
"""

import ast

from course_utils.authoring.regions import find_regions, region_code
from course_utils.authoring.source import Cell, ChapterSource
from course_utils.cells.names import bound_names, names
from course_utils.cells.syntax import parse


def stub(source: str, exercise: str, used_outside: set[str]) -> str:
    """The answer cell of `exercise` with a stub in each solution region.

    A region inside a function becomes `raise NotImplementedError(…)`. One outside becomes `name = ...` for each name it
    assigns that the chapter uses elsewhere (for all of them if it uses none), so that a loop variable of the solution
    doesn't look like part of the task.

    Raises:
        ValueError: a region outside a function assigns no name, so there is nothing to leave blank.
    """
    regions, _ = find_regions(source)
    lines = source.split("\n")
    functions = _function_spans(source)
    for region in reversed(regions):
        marker = lines[region.begin]
        indent = marker[: len(marker) - len(marker.lstrip())]
        if any(first <= region.begin < end for first, end in functions):
            blank = [f'{indent}raise NotImplementedError("Exercise {exercise}: write your code here")']
        else:
            assigned = list(bound_names(region_code(source, region)))
            if not assigned:
                raise ValueError("a solution region outside a function must assign a name")
            shown = [name for name in assigned if name in used_outside] or assigned
            blank = [f"{indent}{name} = ...  # your answer" for name in shown]
        lines[region.begin + 1 : region.end] = blank
    return "\n".join(lines)


def names_used_outside(chapter: ChapterSource, answer: Cell) -> set[str]:
    """Names that the chapter needs outside the solution regions of `answer`."""
    used: set[str] = set()
    for cell in chapter.cells:
        if cell.kind == "code":
            used |= names(_without_regions(cell.source) if cell is answer else cell.source).needs
    return used


def _without_regions(source: str) -> str:
    regions, _ = find_regions(source)
    lines = source.split("\n")
    for region in reversed(regions):
        lines[region.begin : region.end + 1] = [lines[region.begin].replace("### BEGIN SOLUTION", "pass")]
    return "\n".join(lines)


def _function_spans(source: str) -> list[tuple[int, int]]:
    """(line after `def`, end) of every function of the cell, 0-based, half open."""
    tree = parse(source)
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)) if tree else ()
    return [(node.lineno, node.end_lineno) for node in functions]
