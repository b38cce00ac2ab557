"""Making mutants: a right answer's source with one small change, as often as there is one to make."""

import ast
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import NamedTuple

from course_utils.authoring.mutation import axes, order, places, plain, statements, tensors
from course_utils.authoring.mutation.nodes import Setting, called, link, number, parent

_SAYS_LITTLE = (ast.Constant, ast.Name, ast.Slice, ast.Tuple, ast.List, ast.Starred)
_OPERATORS = (*plain.OPERATORS, *places.OPERATORS, *tensors.OPERATORS, *axes.OPERATORS, *order.OPERATORS)
_NEVER_CHANGED = ("annotation", "returns", "decorator_list")


class Mutant(NamedTuple):
    """`key` says what was changed, like "line 3: `x.abs()` → `x`", counting from the first line that may be changed;
    `line` is where that stands in the source. `source` is all of the changed code; `before` and `after` are the
    statement around the change."""

    key: str
    line: int
    source: str
    before: str
    after: str


class _Change(NamedTuple):
    """`new` in the place of a node. `words` say it where the new code doesn't."""

    words: str | None
    new: list[ast.AST]


def mutants(source: str, lines: Set[int], setting: Setting | None = None) -> list[Mutant]:
    """All mutants of `source` that change something on `lines` (from 1): none twice, none the original.

    Annotations, decorators, docstrings, comments, f-strings and what is printed are left alone.

    >>> [m.key for m in mutants("a = b - c", {1})][:2]
    ['line 1: `b - c` → `b + c`', 'line 1: `b - c` → `b`']
    """
    tree, setting = ast.parse(source), setting or Setting()
    link(tree)
    seen, found = {ast.unparse(tree)}, []
    for node in sorted((n for n in _changeable(tree) if n.lineno in lines), key=_place):
        statement, shown = _statement(node), _shown(node)
        before, old = _text(statement), _text(shown)
        for change in _changes(node, setting):
            with _changed(node, change.new):
                text, new = ast.unparse(tree), _text(shown)
                after = _text(statement) if statement is not node else "\n".join(map(_text, change.new))
            if text in seen or (isinstance(node, ast.stmt) and not _compiles(text)):
                continue
            seen.add(text)
            if shown is node:
                new = "; ".join(map(_text, change.new))
            what = f"`{old}` {change.words}" if change.words else f"`{old}` → `{new}`"
            found.append(Mutant(f"line {node.lineno - min(lines) + 1}: {what}", node.lineno, text, before, after))
    return found


def _changeable(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Expressions and statements that operators may change."""
    for name, value in ast.iter_fields(tree):
        if name in _NEVER_CHANGED:
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _says_only(node):
                continue
            if isinstance(node, ast.expr | ast.stmt):
                yield node
            yield from _changeable(node)


def _changes(node: ast.AST, setting: Setting) -> Iterator[_Change]:
    if isinstance(node, ast.stmt):
        for operator in statements.OPERATORS:
            yield from (_Change(words, new) for words, new in operator(node, setting))
    else:
        for operator in _OPERATORS:
            yield from (_Change(None, [new]) for new in operator(node, setting))


@contextmanager
def _changed(node: ast.AST, new: list[ast.AST]) -> Iterator[None]:
    """The tree with `new` in the place of `node`."""
    around, name, index = node.above
    old = getattr(around, name)
    if index is None:
        setattr(around, name, new[0])
    else:
        rest = [*old[:index], *new, *old[index + 1 :]]
        setattr(around, name, rest or [ast.Pass()])
    try:
        yield
    finally:
        setattr(around, name, old)


def _shown(node: ast.AST) -> ast.AST:
    """The smallest code around a change that reads well and stands once in its statement."""
    statement = _statement(node)
    often = Counter(ast.unparse(n) for n in ast.walk(statement) if isinstance(n, ast.expr))
    while isinstance(node, ast.expr):
        if not isinstance(node, _SAYS_LITTLE) and number(node) is None and often[ast.unparse(node)] == 1:
            return node
        node = parent(node)
        while not isinstance(node, ast.expr | ast.stmt):
            node = parent(node)
    return node


def _text(node: ast.AST) -> str:
    """The code of a node; of a statement with others inside it only its first line."""
    text = ast.unparse(node)
    return text.splitlines()[0] if isinstance(node, ast.stmt) and hasattr(node, "body") else text


def _statement(node: ast.AST) -> ast.stmt:
    while not isinstance(node, ast.stmt):
        node = parent(node)
    return node


def _says_only(node: ast.AST) -> bool:
    """A docstring, or what is printed."""
    if not isinstance(node, ast.Expr):
        return False
    is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return is_text or called(node.value) == "print"


def _place(node: ast.AST) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, -node.end_lineno, -node.end_col_offset


def _compiles(source: str) -> bool:
    """A `break` may have lost its loop. (What an operator makes of an expression can always be read.)"""
    try:
        compile(source, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
