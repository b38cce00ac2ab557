"""Slips in whole lines: one forgotten, one indented wrongly, a branch that is missing, the wrong thing returned.

Each operator takes a statement and yields what happens to it, in words, and the statements that then stand there. Words
of None: the new statement says it.
"""

import ast
from collections.abc import Iterator

from course_utils.authoring.mutation.nodes import Setting, bound_before, but

Change = tuple[str | None, list[ast.stmt]]
_KEPT = (ast.Return, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)


def dropped(node: ast.stmt, setting: Setting) -> Iterator[Change]:
    """A line forgotten. (A function without its return gives None, which no check takes.)"""
    if not isinstance(node, _KEPT):
        yield "dropped", []


def branched(node: ast.stmt, setting: Setting) -> Iterator[Change]:
    """`if c` as `if not c`; always the one branch, always the other; `with` left out."""
    if isinstance(node, ast.If):
        yield None, [but(node, test=ast.UnaryOp(ast.Not(), node.test))]
        yield "always", node.body
        yield "never", node.orelse
    if isinstance(node, ast.With):
        yield "left out, its body kept", node.body


def updated(node: ast.stmt, setting: Setting) -> Iterator[Change]:
    """`x += y` as `x -= y` and as `x = y`."""
    if isinstance(node, ast.AugAssign):
        others = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
        if other := others.get(type(node.op)):
            yield None, [but(node, op=other())]
        yield None, [ast.Assign([node.target], node.value, lineno=node.lineno)]


def looped(node: ast.stmt, setting: Setting) -> Iterator[Change]:
    """A loop that runs once; its first line before it, its last line behind it; the return after it already inside."""
    if isinstance(node, ast.For | ast.While):
        yield "runs once", [but(node, body=[*node.body, ast.Break()])]
        if len(node.body) > 1:
            yield "its first line before it", [node.body[0], but(node, body=node.body[1:])]
            yield "its last line behind it", [but(node, body=node.body[:-1]), node.body[-1]]
        if isinstance(after := _next(node), ast.Return):
            yield "returns inside", [but(node, body=[*node.body, after])]
    if isinstance(node, ast.Break):
        yield None, [ast.Continue()]
    if isinstance(node, ast.Continue):
        yield None, [ast.Break()]


def returned(node: ast.stmt, setting: Setting) -> Iterator[Change]:
    """A name returned that was bound earlier, or a parameter."""
    if isinstance(node, ast.Return) and node.value is not None:
        for name in dict.fromkeys([*bound_before(node), *filter(setting.may_be_tensor, setting.kinds)]):
            yield None, [ast.Return(ast.Name(name, ast.Load()))]


def _next(node: ast.stmt) -> ast.stmt | None:
    around, name, index = node.above
    return next(iter(getattr(around, name)[index + 1 :]), None)


OPERATORS = (dropped, branched, updated, looped, returned)
