"""Slips in calls and indices: an argument dropped or exchanged, a call or an index forgotten, off by one.

Each operator takes an expression and yields what could stand there instead, one change at a time.
"""

import ast
from collections.abc import Iterator
from itertools import combinations

from course_utils.authoring.mutation.axes import HYPERPARAMETERS, is_axis
from course_utils.authoring.mutation.nodes import (
    LONG_LOOP,
    Setting,
    but,
    called,
    exchanged,
    is_module,
    literal,
    number,
    parent,
    replaced,
    same,
    without,
    words,
)

_SYMMETRIC = words("maximum minimum max min add mul eq ne allclose isclose equal logical_and logical_or hypot dot")
_UNORDERED = words("sorted set sum max min any all Adam AdamW SGD")
_ONLY_ANOTHER_FORM = {"item", "tolist", "cpu", "numpy", "contiguous"}  # checks take a tensor for a number or a list
_CONVERSIONS = {"float", "int", "list", "tuple", "tensor", "as_tensor", "tqdm"}


def counted(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """Off by one where something is counted: `range(n)`, `topk(k)`, `len(x)`, and in bounds and indices."""
    above = parent(node)
    is_count = any(node is count for count in _counts(above)) and number(node) is None
    is_place = isinstance(above, ast.Slice) or (isinstance(above, ast.Subscript) and above.slice is node)
    if called(node) == "len" or is_count or (is_place and isinstance(node, ast.Name | ast.BinOp)):
        yield from _one_off(node)
    if called(node) == "range" and len(node.args) == 1 and (number(node.args[0]) or 0) <= LONG_LOOP:
        yield but(node, args=[ast.Constant(1), *node.args])


def _counts(call: ast.AST | None) -> list[ast.expr]:
    """The arguments of `range(a, b)`, `torch.arange(n)` and `x.topk(k)` that count something."""
    name = called(call)
    if name in ("range", "arange"):
        return [given for given in call.args if not isinstance(given, ast.Starred)]
    first = 1 if name == "topk" and isinstance(call.func, ast.Attribute) and is_module(call.func.value) else 0
    return call.args[first : first + 1] if name == "topk" else []


def _one_off(node: ast.expr) -> Iterator[ast.expr]:
    yield ast.BinOp(node, ast.Add(), ast.Constant(1))
    yield ast.BinOp(node, ast.Sub(), ast.Constant(1))


def sliced(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """A bound dropped or added, the step dropped. (`indexed` takes a whole index away.)"""
    if not isinstance(node, ast.Slice):
        return
    if node.step is not None:
        yield but(node, step=None)
    if node.lower is not None and node.upper is not None:
        yield but(node, lower=None)
        yield but(node, upper=None)
    elif node.lower is not None:
        yield but(node, upper=literal(-1))
    elif node.upper is not None:
        yield but(node, lower=ast.Constant(1))
    around = parent(node)
    if isinstance(around, ast.Tuple) and not all(_is_all(index) or index is node for index in around.elts):
        yield ast.Slice()


def indexed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x[i]` as `x`; of several indices one dropped, or two exchanged; a mask inverted; a number in a key changed."""
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.ctx, ast.Load):
        yield node.value
    elif not isinstance(node.slice, ast.Slice):
        yield but(node, slice=ast.Slice())
    several = isinstance(node.slice, ast.Tuple)
    indices = node.slice.elts if several else [node.slice]

    def with_indices(changed: list[ast.expr]) -> ast.Subscript:
        return but(node, slice=changed[0] if len(changed) == 1 else but(node.slice, elts=changed))

    for i in range(len(indices) if several else 0):
        rest = without(indices, i)
        if not (_is_all(indices[i]) and i == len(rest)) and not all(map(_is_all, rest)):
            yield with_indices(rest)
    for i in range(len(indices) - 1):
        if not same(indices[i], indices[i + 1]):
            yield with_indices(exchanged(indices, i, i + 1))
    for i, mask in enumerate(indices):
        if isinstance(mask, ast.Name | ast.Compare):
            yield with_indices(replaced(indices, i, ast.UnaryOp(ast.Invert(), mask)))
    if _is_text(node.slice):
        yield from (but(node, slice=ast.Constant(other)) for other in _other_numbers(node.slice.value))


def _other_numbers(key: str) -> Iterator[str]:
    """ "blocks.1.resid" as "blocks.0.resid" and "blocks.2.resid"."""
    for i, letter in enumerate(key):
        for digit in (int(letter) - 1, int(letter) + 1) if letter in "0123456789" else ():
            if 0 <= digit <= 9:
                yield f"{key[:i]}{digit}{key[i + 1 :]}"


def _is_all(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) and index.lower is index.upper is index.step is None


def undone(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`x.f(…)` as `x`, `f(x)` as `x`."""
    if not isinstance(node, ast.Call) or isinstance(parent(node), ast.Expr):
        return
    if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
        if called(node) not in _ONLY_ANOTHER_FORM:
            yield node.func.value
    elif node.args and called(node) not in _CONVERSIONS and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]


def passed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """An argument dropped, two arguments exchanged."""
    if not isinstance(node, ast.Call):
        return
    for i in range(len(node.args) if len(node.args) > 1 else 0):
        yield but(node, args=without(node.args, i))
    for i, given in enumerate(node.keywords):
        switch = isinstance(given.value, ast.Constant) and isinstance(given.value.value, bool)  # is turned instead
        if given.arg is not None and given.arg not in HYPERPARAMETERS and not switch:
            yield but(node, keywords=without(node.keywords, i))
    if called(node) in _SYMMETRIC:
        return
    for i, j in combinations(range(len(node.args)), 2):
        a, b = node.args[i], node.args[j]
        if _is_text(a) == _is_text(b) and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
            yield but(node, args=exchanged(node.args, i, j))
    for i, j in combinations(range(len(node.keywords)), 2):
        a, b = node.keywords[i], node.keywords[j]
        if not {a.arg, b.arg} & ({"dim", "dim1", "dim2", None} | HYPERPARAMETERS):
            changed = replaced(node.keywords, i, but(a, value=b.value))
            yield but(node, keywords=replaced(changed, j, but(b, value=a.value)))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def listed(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """Neighbours exchanged in a tuple, a list or the values of a dict; an element of a list dropped."""
    if isinstance(node, ast.Dict):
        for i in range(len(node.values) - 1):
            yield but(node, values=exchanged(node.values, i, i + 1))
    if not isinstance(node, ast.Tuple | ast.List) or not isinstance(node.ctx, ast.Load):
        return
    above = parent(node)
    if isinstance(above, ast.Subscript | ast.For) or is_axis(node) or called(above) in _UNORDERED:
        return
    if isinstance(above, ast.comprehension) and isinstance(parent(above), ast.DictComp | ast.SetComp):
        return
    for i in range(len(node.elts) - 1):
        if not same(node.elts[i], node.elts[i + 1]):
            yield but(node, elts=exchanged(node.elts, i, i + 1))
    for i in range(len(node.elts) if isinstance(node, ast.List) and len(node.elts) > 1 else 0):
        yield but(node, elts=without(node.elts, i))


OPERATORS = (counted, sliced, indexed, undone, passed, listed)
