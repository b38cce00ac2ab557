"""Slips with tensors: another reduction or contraction, a transpose, a changed input, a lost gradient.

Each operator takes an expression and yields what could stand there instead, one change at a time.
"""

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from course_utils.authoring.mutation.nodes import (
    Setting,
    but,
    called,
    literal,
    parent,
    replaced,
    same,
    span,
    without,
    words,
)

_TAKEN_FOR = {
    "sum": ("mean", "amax"),
    "mean": ("sum", "amax"),
    "prod": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "amax": ("amin", "mean"),
    "amin": ("amax",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "median": ("mean",),
    "any": ("all",),
    "all": ("any",),
    "std": ("var",),
    "var": ("std",),
    "cummax": ("cummin",),
    "cummin": ("cummax",),
    "cumsum": ("cumprod",),
    "cumprod": ("cumsum",),
    "clamp_min": ("clamp_max",),
    "clamp_max": ("clamp_min",),
    "relu": ("abs",),
    "abs": ("relu",),
    "square": ("abs",),
    "sqrt": ("square",),
    "exp": ("expm1",),
    "log": ("log1p", "log2"),
    "log_softmax": ("softmax",),
    "softmax": ("log_softmax", "sigmoid"),
    "sigmoid": ("tanh",),
    "tanh": ("sigmoid",),
    "tril": ("triu",),
    "triu": ("tril",),
    "rand": ("randn",),
    "randn": ("rand",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "floor": ("ceil", "round"),
    "ceil": ("floor",),
    "round": ("floor",),
    "logical_and": ("logical_or",),
    "logical_or": ("logical_and",),
    "cat": ("stack",),
    "stack": ("cat",),
    "gt": ("ge",),
    "ge": ("gt",),
    "lt": ("le",),
    "le": ("lt",),
    "eq": ("ne",),
    "sin": ("cos",),
    "cos": ("sin",),
    "rad2deg": ("deg2rad",),
    "deg2rad": ("rad2deg",),
}
_PARTS = {"values": "indices", "indices": "values", "U": "Vh", "Vh": "U"}

_IN_PLACE = words(
    "abs add addcmul addcdiv atan2 bitwise_not ceil clamp clamp_max clamp_min copysign cumsum cumprod div "
    "exp fill_diagonal floor index_add index_fill log log2 log1p logical_not masked_fill mul neg pow "
    "reciprocal relu round rsqrt scatter scatter_add sigmoid sign sqrt square sub tanh tril triu "
    "unsqueeze squeeze"
)
_AUGMENTED = {ast.Add: "add_", ast.Sub: "sub_", ast.Mult: "mul_", ast.Div: "div_"}


def reduced(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x.sum()` as `x.mean()`, `argmax` as `argmin`, `.values` as `.indices` …"""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        for other in _TAKEN_FOR.get(node.func.attr, ()):
            yield but(node, func=but(node.func, attr=other))
    if isinstance(node, ast.Attribute) and node.attr in _PARTS:
        yield but(node, attr=_PARTS[node.attr])


def contracted(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """A pattern of einsum or einops: output axes exchanged, one dropped; two axes of an input exchanged."""
    call = parent(node)
    name = called(call)
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value):
        return
    if name not in ("einsum", "rearrange", "reduce", "repeat"):
        return
    inputs, _, output = node.value.partition("->")
    for other in _other_sides(output, dropping=name == "einsum"):
        yield literal(f"{inputs}->{other}")
    sides = inputs.split(",")
    for i, side in enumerate(sides):
        for other in _other_sides(side, dropping=False):
            yield literal(f"{','.join(replaced(sides, i, other))}->{output}")


def _other_sides(side: str, *, dropping: bool) -> Iterator[str]:
    """`side` with two axes exchanged or, if `dropping`, one missing. Axes are words, or letters without blanks."""
    if "(" in side:
        return
    words = re.search(r"\w\s+\w", side) is not None or re.search(r"\w{2}", side) is None
    axes = re.findall(r"\w+|\.\.\." if words else r"\w|\.\.\.", side)
    lead, trail = side[: len(side) - len(side.lstrip())], side[len(side.rstrip()) :]
    gap = " " if words else ""
    for i, j in combinations(range(len(axes)), 2):
        changed = list(axes)
        changed[i], changed[j] = axes[j], axes[i]
        yield lead + gap.join(changed) + trail
    for i in range(len(axes) if dropping else 0):
        yield lead + gap.join(without(axes, i)) + trail


def transposed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x.T` and `x.mT` as `x`; `a @ b` as `b @ a`, as `a.mT @ b` and as `a @ b.mT`."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT", "H"):
        yield node.value
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return
    if [setting.axes.get(span(side)) for side in (node.left, node.right)] == [1, 1]:
        return  # a dot product of two vectors
    if not same(node.left, node.right):
        yield but(node, left=node.right, right=node.left)
    for side in ("left", "right"):
        matrix = getattr(node, side)
        if not (isinstance(matrix, ast.Attribute) and matrix.attr in ("T", "mT")):
            yield but(node, **{side: ast.Attribute(matrix, "mT", ast.Load())})


def in_place(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x.relu()` as `x.relu_()` and `x + y` as `x.add_(y)`, where x is a parameter or a view of one."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if is_method and called(node) in _IN_PLACE and _is_given(node.func.value, setting):
        yield but(node, func=but(node.func, attr=node.func.attr + "_"))
    if isinstance(node, ast.BinOp) and type(node.op) in _AUGMENTED and _is_given(node.left, setting):
        yield ast.Call(ast.Attribute(node.left, _AUGMENTED[type(node.op)], ast.Load()), [node.right], [])


def _is_given(node: ast.expr, setting: Setting) -> bool:
    """A parameter that may be a tensor, or a part of one that shares its memory (an index that is a tensor copies)."""
    while isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in ("T", "mT")):
        indices = getattr(node, "slice", None)
        indices = indices.elts if isinstance(indices, ast.Tuple) else [indices]
        if not all(index is None or isinstance(index, ast.Slice | ast.Constant) for index in indices):
            return False
        node = node.value
    return isinstance(node, ast.Name) and setting.may_be_tensor(node.id)


def cut_off(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """What is assigned or returned, detached: only where the chapter trains through the answer."""
    around = parent(node)
    is_part = isinstance(around, ast.Return | ast.Assign) or (
        isinstance(around, ast.Tuple) and isinstance(parent(around), ast.Return)
    )
    if setting.trained and is_part and not isinstance(node, ast.Tuple | ast.Constant) and _is_loaded(node):
        yield ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])


def _is_loaded(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


OPERATORS = (reduced, contracted, transposed, in_place, cut_off)
