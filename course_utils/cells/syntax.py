"""Small questions about a cell's code. A cell may hold IPython magics, which plain `ast` does not read."""

import ast
from collections.abc import Iterator, Set


def parse(source: str) -> ast.Module | None:
    """The cell's syntax tree, magics and `!commands` as the calls IPython makes of them; None if it isn't Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        pass
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return None


def call_of(source: str, function: str) -> ast.Call | None:
    """The call, if the cell is one call of `function` and nothing else (comments aside)."""
    tree = parse(source)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    call = tree.body[0].value
    is_it = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function
    return call if is_it else None


def calls(tree: ast.AST | None, functions: Set[str]) -> Iterator[tuple[str, str, int]]:
    """(function, first argument, line) of each call by name whose first argument is a text."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.func.id, first.value, node.lineno


def imported_from(source: str, module: str) -> set[str]:
    """Names that the cell imports with `from module import …`."""
    tree = parse(source)
    return {
        alias.asname or alias.name
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def checked_id(source: str) -> str | None:
    """The id that a cell checks and does nothing else: "1.4" for `check("1.4", answer)`."""
    call = call_of(source, "check")
    first = call.args[0] if call is not None and len(call.args) == 2 else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
