"""Slips in plain Python: a wrong operator, constant, branch or variable.

Each operator takes an expression and yields what could stand there instead, one change at a time.
"""

import ast
from collections.abc import Iterator

from course_utils.authoring.mutation.axes import HYPERPARAMETERS, is_axis
from course_utils.authoring.mutation.nodes import (
    LONG_LOOP,
    Setting,
    bound_before,
    but,
    called,
    literal,
    number,
    parent,
    replaced,
    same,
    without,
)

_COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq, ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_ORDER_MATTERS = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)


def compared(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`a > b` as `a >= b` and `a < b`; `a > 0` as `a != 0`."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            also = (ast.NotEq,) if isinstance(operator, ast.Gt | ast.Lt) and number(node.comparators[i]) == 0 else ()
            for other in (*_COMPARED[type(operator)], *also):
                yield but(node, ops=replaced(node.ops, i, other()))


def computed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`a + b` as `a - b`, as `a` and as `b`; `a - b` as `b - a`."""
    if not isinstance(node, ast.BinOp):
        return
    has_names = any(isinstance(part, ast.Name) for part in ast.walk(node))
    for other in _COMPUTED[type(node.op)]:
        if has_names or other is not ast.FloorDiv:  # of numbers that divide without rest it gives the same
            yield but(node, op=other())
    for side in (node.left, node.right):
        if number(side) is None and not isinstance(node.op, ast.MatMult | ast.Mod):
            yield side
    order = isinstance(node.op, _ORDER_MATTERS) and not (isinstance(node.op, ast.Sub) and _loses_its_sign(node))
    if order and has_names and not same(node.left, node.right):
        yield but(node, left=node.right, right=node.left)


def _loses_its_sign(node: ast.expr) -> bool:
    """`(a - b) ** 2`, `(a - b).abs()`: b − a gives the same."""
    around = parent(node)
    if isinstance(around, ast.BinOp) and isinstance(around.op, ast.Pow):
        return around.left is node and isinstance(number(around.right), int) and number(around.right) % 2 == 0
    if isinstance(around, ast.Attribute) and isinstance(call := parent(around), ast.Call):
        is_square = around.attr == "pow" and [number(power) for power in call.args] == [2]
        return is_square or around.attr in ("square", "abs", "norm")
    return called(around) == "abs"


def joined(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`a and b` as `a or b`, as `a` and as `b`."""
    if isinstance(node, ast.BoolOp):
        yield but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for i in range(len(node.values)):
            rest = without(node.values, i)
            yield rest[0] if len(rest) == 1 else but(node, values=rest)


def signed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`-a`, `~a` and `not a` as `a`; what is returned, or a cell's last value, with the other sign."""
    if isinstance(node, ast.UnaryOp) and number(node) is None:
        yield node.operand
    above = parent(node)
    is_last = (
        isinstance(above, ast.Assign) and isinstance(parent(above), ast.Module) and above is parent(above).body[-1]
    )
    if (isinstance(above, ast.Return) or is_last) and isinstance(node, ast.BinOp | ast.Call | ast.Subscript):
        yield ast.UnaryOp(ast.USub(), node)


def constant(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`True` as `False`; k as k ± 1 and −k; 0.5 as 0, twice, half and −0.5, a bit more and less as a threshold."""
    around = parent(node)
    if isinstance(around, ast.keyword) and around.arg in HYPERPARAMETERS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield literal(not node.value)
    value = number(node)
    if value is None or is_axis(node) or (isinstance(around, ast.UnaryOp) and number(around) is not None):
        return  # `along` has every other axis; and a sign is part of its number
    if called(around) == "range" and abs(value) > LONG_LOOP:
        return
    others = _other_integers(value) if isinstance(value, int) else _other_floats(value, around, setting)
    is_index = value > 0 and (isinstance(around, ast.Subscript) or isinstance(parent(around), ast.Subscript))
    if is_index or (isinstance(around, ast.BinOp) and not isinstance(around.op, ast.Pow)) or _is_base(node):
        others = [other for other in others if other != -value]  # the operator's other sign is enough
    if isinstance(around, ast.BinOp) and isinstance(around.op, ast.Add | ast.Sub):
        others = [other for other in others if other != 0]  # the other side alone is enough
    yield from (literal(other) for other in others if other != value)


def _other_integers(value: int) -> list[int]:
    return [value + 1, value - 1, -value] if abs(value) <= LONG_LOOP else [value * 2, value // 2, -value]


def _other_floats(value: float, around: ast.AST | None, setting: Setting) -> list[float]:
    if abs(value) < 1e-3:  # against division by zero
        return [0, 0.01]
    if setting.training:  # from where it starts is open
        return [0]
    is_threshold = isinstance(around, ast.Compare) or called(around).startswith("clamp")
    return [0, value * 2, value / 2, -value, *([round(value * 1.1, 6), round(value * 0.9, 6)] if is_threshold else [])]


def _is_base(node: ast.expr) -> bool:
    around = parent(node)
    return isinstance(around, ast.BinOp) and isinstance(around.op, ast.Pow) and around.left is node


def chosen(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`a if c else b` as `b if c else a`, as `a` and as `b`; the `if` of a comprehension dropped."""
    if isinstance(node, ast.IfExp):
        yield but(node, body=node.orelse, orelse=node.body)
        yield node.body
        yield node.orelse
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        for i, part in enumerate(node.generators):
            for j in range(len(part.ifs)):
                fewer = but(part, ifs=without(part.ifs, j))
                yield but(node, generators=replaced(node.generators, i, fewer))


def mistaken(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """A variable taken for another: a parameter for one of the same kind, a local name for another."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if isinstance(parent(node), ast.Attribute) and parent(node).attr in ("shape", "dtype", "device", "ndim"):
        return
    local = bound_before(node)
    if node.id in local or "Float" in setting.kinds.get(node.id, ""):
        others = [*local, *(name for name, kind in setting.kinds.items() if kind == "Float")]
    else:
        others = [n for n, kind in setting.kinds.items() if kind and kind == setting.kinds.get(node.id)]
    yield from (ast.Name(other, ast.Load()) for other in dict.fromkeys(others) if other != node.id)


OPERATORS = (compared, computed, joined, signed, constant, chosen, mistaken)
