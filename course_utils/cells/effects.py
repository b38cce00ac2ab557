"""Is a piece of code there for what it shows, or for what it does?"""

import ast

from course_utils import LEARNER_FUNCTIONS
from course_utils.cells.syntax import parse

_SHOWS = {"print", "display", *LEARNER_FUNCTIONS}
_SHOWING_MODULES = {"plots", "widgets"}


def only_shows(source: str) -> bool:
    """Whether the code does nothing but print, draw, ask, check and assert."""
    parsed = parse(source)
    return parsed is not None and all(_shows(statement) for statement in parsed.body)


def only_calls(source: str) -> bool:
    """Whether the code is expressions, which can only be there for their effect."""
    parsed = parse(source)
    return parsed is not None and all(isinstance(statement, ast.Expr) for statement in parsed.body)


def _shows(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert | ast.Pass):
        return True
    if isinstance(node, ast.If | ast.For | ast.With):
        return all(_shows(inner) for inner in [*node.body, *getattr(node, "orelse", [])])
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Name | ast.Attribute | ast.Constant | ast.Subscript | ast.JoinedStr)
    if isinstance(value.func, ast.Attribute) and value.func.attr == "show":
        return True
    root = value.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in (_SHOWS if root is value.func else _SHOWING_MODULES)
