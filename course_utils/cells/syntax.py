"""Small questions about a cell's code. Text that is no Python has no answer to any of them, and never raises."""

import ast
from collections.abc import Iterator, Set
from functools import lru_cache

from course_utils.cells.magics import python, tree


def parse(source: str) -> ast.Module | None:
    """The cell's syntax tree without its magics, or None if it isn't Python. Trees are shared: do not change one."""
    return tree(python(source))


def call_of(source: str, function: str) -> ast.Call | None:
    """The call, if the cell is one call of `function` and nothing else (comments aside)."""
    parsed = parse(source)
    if parsed is None or len(parsed.body) != 1 or not isinstance(parsed.body[0], ast.Expr):
        return None
    call = parsed.body[0].value
    is_it = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function
    return call if is_it else None


def calls(tree: ast.AST | None, functions: Set[str]) -> Iterator[tuple[str, str, int]]:
    """(function, first argument, line) of each call by name whose first argument is a text."""
    for node in _nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.func.id, first.value, node.lineno


def imported_from(source: str, module: str) -> set[str]:
    """Names that the cell imports with `from module import …`."""
    return {
        alias.asname or alias.name
        for node in _nodes(parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def imports_everything(source: str) -> bool:
    """Whether there is a `from module import *`."""
    nodes = _nodes(parse(source))
    return any(isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names) for node in nodes)


@lru_cache(maxsize=4096)
def definitions(source: str) -> dict[str, str]:
    """name → what it is, for the functions, classes and imports of a cell: equal texts define the same."""
    parsed, found = parse(source), {}
    waiting = list(reversed(parsed.body)) if parsed is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = normal_form(_written(node, source))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{'.' * node.level}{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                whole = alias.name if alias.asname or module else alias.name.split(".")[0]
                found[alias.asname or alias.name.split(".")[0]] = f"import {module}{whole}"
        elif isinstance(node, ast.If | ast.Try | ast.With):
            inner = [*node.body, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
            inner += [statement for handler in getattr(node, "handlers", []) for statement in handler.body]
            waiting += reversed(inner)
    return found


def _written(node: ast.stmt, source: str) -> str:
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return source


def checked_id(source: str) -> str | None:
    """The id that a cell checks and does nothing else: "1.4" for `check("1.4", answer)`."""
    call = call_of(source, "check")
    first = call.args[0] if call is not None and len(call.args) == 2 else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def checks(source: str) -> dict[str, str]:
    """{id: expression} of every call `check("1.4", expression)` in a cell, whatever else is in it."""
    found = {}
    for node in _nodes(parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if len(given) == 2 and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                try:
                    found[given[0].value.strip()] = ast.unparse(given[1])
                except (RecursionError, ValueError):  # the second: a number of more digits than Python writes
                    continue
    return found


def statements(source: str) -> list[str]:
    """The top-level statements, each as text; the text itself where it is no Python."""
    parsed = parse(source)
    try:
        return [ast.unparse(statement) for statement in parsed.body] if parsed is not None else [source]
    except (RecursionError, ValueError):
        return [source]


def normal_form(source: str) -> str:
    """Equal for two cells that differ in comments and layout only."""
    parsed = parse(source)
    try:
        return ast.dump(parsed) if parsed is not None else "\n".join(source.split())
    except (RecursionError, ValueError):
        return source


def _nodes(parsed: ast.AST | None) -> Iterator[ast.AST]:
    yield from ast.walk(parsed) if parsed is not None else ()
