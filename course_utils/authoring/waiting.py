"""Cells that run while a prediction waits for its result, and what they must not tell a learner who reads on."""

import ast
from collections.abc import Iterator

from course_utils.authoring.source import Cell, ChapterSource
from course_utils.cells.syntax import calls, parse


def while_predictions_wait(chapter: ChapterSource) -> Iterator[tuple[Cell, list[str]]]:
    """Each code cell from a `predict` to its `compare`, both included, with the predictions open when it ends."""
    waiting: dict[str, None] = {}
    for cell in chapter.cells:
        if cell.kind != "code":
            continue
        before = [*waiting]
        for function, id, _ in calls(parse(cell.source), {"predict", "compare"}):
            if function == "predict":
                waiting[id] = None
            else:
                waiting.pop(id, None)
        if before or waiting:
            yield cell, [*waiting]


def without_claims(source: str) -> str:
    """The cell without the `assert`s at its top level: `assert share < 0.4` tells the result before the prediction."""
    tree, lines = parse(source), source.split("\n")
    for statement in reversed(tree.body if tree else []):
        if isinstance(statement, ast.Assert):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines).rstrip("\n")
