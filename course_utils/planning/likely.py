"""Which of an exercise's named mistakes a room makes most easily: those whose code is nearest to the solution's."""

import ast
import inspect
import re
import textwrap
from difflib import SequenceMatcher
from typing import Any, NamedTuple

MOST = 4


class Mistake(NamedTuple):
    """A wrong answer's name, and what its check says to it."""

    name: str
    says: str


def ranked(exercise: Any, solution: str) -> list[Mistake]:
    """All of them. A wrong function comes the earlier, the less its code differs from that of `solution`: a slip away.
    Wrong values have no code; they stay in their author's order, which begins with wrong ideas.
    """
    right = _words(solution)
    nearness = {name: _nearness(wrong, right) for name, (wrong, _) in exercise.mistakes.items()}
    order = sorted(exercise.mistakes, key=lambda name: -nearness[name])
    return [Mistake(name, exercise.mistakes[name][1]) for name in order]


def _nearness(wrong: Any, right: list[str]) -> float:
    """From 0 (nothing in common, or no code) to 1."""
    try:
        return SequenceMatcher(None, right, _words(inspect.getsource(wrong)), autojunk=False).ratio()
    except (TypeError, OSError, SyntaxError):
        return 0.0


def _words(code: str) -> list[str]:
    """The words and signs of the first function's body, or of everything, without comments and docstrings."""
    tree = ast.parse(textwrap.dedent(code))
    function = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    body = tree.body if function is None else function.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return re.findall(r"\w+|[^\w\s]", "\n".join(map(ast.unparse, body)))
