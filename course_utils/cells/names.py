"""Which names a piece of code binds and which it needs from before: the grammar of the backward slice."""

import ast
import builtins
import contextlib
import copy
import symtable
import warnings
from functools import lru_cache
from typing import NamedTuple

from course_utils.cells.magics import python
from course_utils.cells.syntax import parse

BUILTINS = frozenset(vars(builtins)) | {"get_ipython", "display", "__name__"}
"""Names that a cell may use although no cell binds them."""


class Names(NamedTuple):
    """Module-level names of a cell. `binds`: assigned, defined, imported or changed in place; `rebinds`: those of them
    that are new objects whatever happens; `needs`: taken from earlier cells."""

    binds: frozenset[str]
    rebinds: frozenset[str]
    needs: frozenset[str]


NOTHING = Names(frozenset(), frozenset(), frozenset())


@lru_cache(maxsize=4096)
def names(code: str) -> Names:
    """What a cell binds and needs.

    Statements are read in order, so `W = f(); g(W)` needs `f` and `g` but no earlier `W`. The body of a function runs
    later: what it uses counts as needed unless the cell binds it anywhere. `W[0] = 1`, `W.x = 1`, `W += 1` and
    `W.append(1)` bind and need `W`. A loop is taken to run at least once; an `if` may go either way. Text that is no
    Python binds and needs nothing.
    """
    found = _Scan(None if "await" in code else python(code).split("\n"))
    try:
        with warnings.catch_warnings(action="ignore"):
            for statement in _statements(code):
                found.read(statement)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return NOTHING
    return Names(frozenset(found.binds), frozenset(found.bound), frozenset(found.needs | (found.later - found.binds)))


def bound_names(code: str) -> list[str]:
    """The module-level names that `code` binds, in order of appearance.

    >>> bound_names("b, a = 1, 2\\nfor z in a: c = z")
    ['b', 'a', 'z', 'c']
    """
    found: dict[str, None] = {}
    for statement in _statements(code):
        binds = _symbols(statement)[0]
        found.update(dict.fromkeys(sorted(binds, key=lambda name: _first_position(statement, name))))
    return list(found)


def _statements(code: str) -> list[ast.stmt]:
    """The statements, with `x` for `await x`: symtable knows no await outside of a function."""
    tree = parse(code)
    if tree is None:
        return []
    return _Plain().visit(copy.deepcopy(tree)).body if "await" in code else tree.body


class _Plain(ast.NodeTransformer):
    def visit_Await(self, node: ast.Await) -> ast.expr:
        self.generic_visit(node)
        return node.value


class _Scan:
    """`bound`: names that certainly have a value of this cell here. `later`: used in bodies of functions.

    lines: the text that the statements were read from, unless they were changed since.
    """

    def __init__(self, lines: list[str] | None) -> None:
        self.lines = lines
        self.binds: set[str] = set()
        self.bound: set[str] = set()
        self.needs: set[str] = set()
        self.later: set[str] = set()

    def read(self, node: ast.stmt) -> None:
        match node:
            case ast.For() | ast.AsyncFor():
                self.use(ast.Expr(node.iter))
                self.use(ast.Assign([node.target], ast.Constant(None), lineno=1))
                self.read_all(node.body + node.orelse)
            case ast.While():
                self.use(ast.Expr(node.test))
                self.read_all(node.body + node.orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.use(ast.Expr(item.context_expr))
                    if item.optional_vars is not None:
                        self.use(ast.Assign([item.optional_vars], ast.Constant(None), lineno=1))
                self.read_all(node.body)
            case ast.If():
                self.use(ast.Expr(node.test))
                before = set(self.bound)
                self.read_all(node.body)
                after_body, self.bound = self.bound, before
                self.read_all(node.orelse)
                self.bound &= after_body
            case _:
                self.use(node)

    def read_all(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.read(node)

    def use(self, node: ast.stmt) -> None:
        """A statement without statements in it (or one whose parts are not told apart: try, match)."""
        binds, uses, uses_later = _symbols(node, self.lines)
        changed = _changed_in_place(node)
        self.needs |= (uses | changed) - self.bound
        self.later |= uses_later
        self.binds |= binds | changed
        if not isinstance(node, ast.Try | ast.Match):
            self.bound |= binds - changed


def _symbols(statement: ast.stmt, lines: list[str] | None = None) -> tuple[set[str], set[str], set[str]]:
    """Names that a top-level statement binds, uses at once, and uses in functions that run later."""
    plain = _plain_symbols(statement)
    if plain is not None:
        return *plain, set()
    table = _table(statement, lines)
    binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    uses = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    runs_later = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    inner = set().union(*map(_globals, table.get_children()))
    return (binds, uses, inner) if runs_later else (binds, uses | inner, set())


def _plain_symbols(statement: ast.stmt) -> tuple[set[str], set[str]] | None:
    """(binds, uses) of a statement all of whose names are the module's: no function, class or comprehension in it."""
    binds, uses = set(), set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                uses.add(name)
            case ast.Name(id=name):
                binds.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                binds |= {alias.asname or alias.name.split(".")[0] for alias in names} - {"*"}
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                binds.add(name)
            case ast.MatchMapping(rest=str(name)):
                binds.add(name)
            case ast.stmt() | ast.expr() if type(node).__name__ in _SCOPES:
                return None
    return binds, uses


_SCOPES = {
    "FunctionDef", "AsyncFunctionDef", "ClassDef", "Lambda", "ListComp", "SetComp", "DictComp", "GeneratorExp",
    "Global", "Nonlocal", "TypeAlias",
}  # fmt: skip


def _table(statement: ast.stmt, lines: list[str] | None) -> symtable.SymbolTable:
    """Of the statement's own text where it stands on lines of its own: writing it anew is slow."""
    text = _text(statement, lines) if lines is not None else None
    if text is not None:
        with contextlib.suppress(SyntaxError):
            return symtable.symtable(text, "cell", "exec")
    return symtable.symtable(ast.unparse(statement), "cell", "exec")


def _text(statement: ast.stmt, lines: list[str]) -> str | None:
    end = getattr(statement, "end_lineno", None)
    if end is None:  # made here, never written
        return None
    decorators = getattr(statement, "decorator_list", [])
    start = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    own = lines[start - 1 : end]
    indent = len(own[0]) - len(own[0].lstrip(" \t"))
    if indent != statement.col_offset:
        return None
    own[-1] = own[-1].encode()[: statement.end_col_offset].decode()
    return "\n".join(["if 1:", *own] if indent else own)


def _globals(table: symtable.SymbolTable) -> set[str]:
    found = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return found.union(*map(_globals, table.get_children()))


def _changed_in_place(statement: ast.stmt) -> set[str]:
    """Names whose object a statement changes: `W[0] = 1`, `model.W = W`, `x += 1`, `found.append(x)`."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return set()
    changed = set()
    for node in ast.walk(statement):
        target = None
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            target = node
        elif isinstance(node, ast.AugAssign):
            target = node.target
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
            target = node.func.value
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        if isinstance(target, ast.Name):
            changed.add(target.id)
    return changed


def _first_position(statement: ast.stmt, name: str) -> tuple[int, int]:
    positions = [
        (node.lineno, node.col_offset)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    return min(positions, default=(statement.lineno, statement.col_offset))


_MUTATORS = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "clear", "sort", "reverse"}
