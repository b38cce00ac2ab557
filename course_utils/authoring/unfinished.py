"""What an author has left to write: every line of an exercise's module that says TODO."""

import ast
import inspect
from pathlib import Path
from typing import Any

from course_utils.authoring.source import Problem
from course_utils.checking.definition import where

MARK = "TODO"


def unfinished(exercise: Any) -> list[Problem]:
    """The lines with a TODO in the exercise's class and around it; those in the module's other classes are theirs."""
    kind = type(exercise)
    text = Path(inspect.getfile(kind)).read_text(encoding="utf-8")
    others = [n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name != kind.__name__]
    not_mine = {line for other in others for line in range(other.lineno, other.end_lineno + 1)}
    path, _ = where(kind)
    return [problem for problem in unfinished_lines(path, 1, text) if problem.line not in not_mine]


def unfinished_lines(path: str, first: int, text: str) -> list[Problem]:
    """A problem for each line of `text` that says TODO; its first line is line `first` of the file."""
    numbered = enumerate(text.splitlines(), first)
    return [Problem(path, n, line.strip()) for n, line in numbered if MARK in line]
