"""Slips in the order of operations: brackets forgotten, two steps exchanged, squared after the sum instead of before.

Each operator takes an expression and yields what could stand there instead, one change at a time.
"""

import ast
from collections.abc import Iterator

from course_utils.authoring.mutation.axes import REDUCTIONS
from course_utils.authoring.mutation.nodes import Setting, but, called, is_module, number

_BINDS = {
    **dict.fromkeys((ast.BitOr,), 1),
    **dict.fromkeys((ast.BitXor,), 2),
    **dict.fromkeys((ast.BitAnd,), 3),
    **dict.fromkeys((ast.LShift, ast.RShift), 4),
    **dict.fromkeys((ast.Add, ast.Sub), 5),
    **dict.fromkeys((ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult), 6),
    **dict.fromkeys((ast.Pow,), 7),
}
_IN_ANY_ORDER = {"clone", "detach", "contiguous", "requires_grad_", "cpu", "item", "tolist", "numpy", "backward", "to"}


def unbracketed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`a / (b + c)` as `a / b + c`, `(a - b) * c` as `a - b * c`, `(a - b).abs()` as `a - b.abs()`."""
    if isinstance(node, ast.UnaryOp) and isinstance(inner := node.operand, ast.BinOp):
        yield but(inner, left=but(node, operand=inner.left))
    if isinstance(node, ast.Call | ast.Subscript):
        attribute = node.func if isinstance(node, ast.Call) else node
        inner = attribute.value if isinstance(attribute, ast.Attribute | ast.Subscript) else None
        if isinstance(inner, ast.BinOp) and number(inner.right) is None:
            moved = but(attribute, value=inner.right)
            yield but(inner, right=but(node, func=moved) if isinstance(node, ast.Call) else moved)
    if not isinstance(node, ast.BinOp):
        return
    binds = _BINDS[type(node.op)]
    if isinstance(right := node.right, ast.BinOp) and _BINDS[type(right.op)] <= binds and not _is_sum_of_sum(node):
        yield but(right, left=but(node, right=right.left))
    if isinstance(left := node.left, ast.BinOp) and _BINDS[type(left.op)] < binds:
        yield but(left, right=but(node, left=left.right))


def _is_sum_of_sum(node: ast.BinOp) -> bool:
    """`a + (b - c)`, `a * (b / c)`: brackets that change nothing."""
    return isinstance(node.op, ast.Add | ast.Mult) and _BINDS[type(node.op)] == _BINDS[type(node.right.op)]


def reordered(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x.relu().sum(0)` as `x.sum(0).relu()`; `(x ** 2).sum(0)` as `x.sum(0) ** 2` and the other way round."""
    if _is_step(node):
        inner = node.func.value
        if _is_step(inner) and called(inner) != called(node) and not {called(node), called(inner)} & _IN_ANY_ORDER:
            first = but(node, func=but(node.func, value=inner.func.value))
            yield but(inner, func=but(inner.func, value=first))
        if called(node) in REDUCTIONS and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
            yield but(inner, left=but(node, func=but(node.func, value=inner.left)))
    is_power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    if is_power and _is_step(inner := node.left) and called(inner) in REDUCTIONS:
        yield but(inner, func=but(inner.func, value=but(node, left=inner.func.value)))


def _is_step(node: ast.AST) -> bool:
    """A call of a method on a tensor."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not is_module(node.func.value)


OPERATORS = (unbracketed, reordered)
