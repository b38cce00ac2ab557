"""What a piece of code binds, needs and shows."""

import ast
import builtins
import copy
import warnings
from functools import lru_cache

from course_utils.cells.magics import tree
from course_utils.cells.names import Names, names

_NOTHING = Names(frozenset(), frozenset(), frozenset())
_BUILTIN = frozenset(vars(builtins)) | {"get_ipython", "display", "__name__"}
_SHOWS = {"print", "display", "check", "hint", "solution", "start", "predict", "compare", "quiz", "progress"}
_SHOWING_MODULES = {"plots", "widgets"}


@lru_cache(maxsize=4096)
def of(source: str) -> Names:
    """Names of a cell, without the built-in ones; none at all for text that does not parse."""
    parsed = tree(source)
    if parsed is None:
        return _NOTHING
    try:
        with warnings.catch_warnings(action="ignore"):
            found = names(ast.unparse(_Plain().visit(copy.deepcopy(parsed))))
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):  # the last: deep trees, Python 3.11
        return _NOTHING
    return Names(found.binds, found.rebinds, found.needs - _BUILTIN)


def imports_everything(source: str) -> bool:
    """Whether there is a `from module import *`."""
    parsed = tree(source)
    nodes = ast.walk(parsed) if parsed is not None else ()
    return any(isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names) for node in nodes)


def same(source: str) -> str:
    """Equal for two cells that differ in comments and layout only."""
    parsed = tree(source)
    try:
        return ast.dump(parsed) if parsed is not None else "\n".join(source.split())
    except RecursionError:
        return source


def statements(source: str) -> list[str]:
    """The top-level statements, each as text."""
    parsed = tree(source)
    return [ast.unparse(statement) for statement in parsed.body] if parsed is not None else [source]


def only_shows(source: str) -> bool:
    """Whether the code does nothing but print, draw, ask, check and assert."""
    parsed = tree(source)
    return parsed is not None and all(_shows(statement) for statement in parsed.body)


def is_call(source: str) -> bool:
    """Whether a statement is an expression, which can only be there for what it does."""
    parsed = tree(source)
    return parsed is not None and all(isinstance(statement, ast.Expr) for statement in parsed.body)


def checks(source: str) -> dict[str, str]:
    """{id: expression} of every call `check("1.4", expression)` in a cell."""
    parsed = tree(source)
    found = {}
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if len(given) == 2 and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                try:
                    found[given[0].value.strip()] = ast.unparse(given[1])
                except RecursionError:
                    continue
    return found


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


class _Plain(ast.NodeTransformer):
    """`await x` → `x`, so that tools which know no top-level await can read a cell."""

    def visit_Await(self, node: ast.Await) -> ast.expr:
        self.generic_visit(node)
        return node.value
