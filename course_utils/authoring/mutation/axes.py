"""Slips with axes: every other one, none, one fewer; `keepdim`, `descending` and `largest`; another norm or variance.

Each operator takes an expression and yields what could stand there instead, one change at a time.
"""

import ast
from collections.abc import Callable, Iterator

from course_utils.authoring.mutation.nodes import (
    Setting,
    above,
    but,
    called,
    is_module,
    literal,
    number,
    parent,
    receiver,
    replaced,
    span,
    without,
    words,
)

HYPERPARAMETERS = {"lr", "betas", "momentum", "weight_decay", "generator", "dtype", "device"}

# Where the axis stands among the arguments of `x.name(…)`; in `torch.name(x, …)` it is one further.
_AXIS_AT = {
    **dict.fromkeys(
        words(
            "sum mean prod max min amax amin argmax argmin median any all std var cummax cummin cumsum cumprod "
            "softmax log_softmax logsumexp sort argsort gather scatter scatter_ squeeze unsqueeze index_select "
            "select unbind size cat stack flip count_nonzero nansum nanmean transpose movedim"
        ),
        0,
    ),
    **dict.fromkeys(words("norm topk roll diff quantile kthvalue chunk split repeat_interleave normalize"), 1),
}
_AXIS_NAMES = {"dim", "dims", "axis", "dim0", "dim1", "dim2"}
_TWO_AXES = {"transpose", "movedim"}
_LONGER_BY_ONE = {"stack", "unsqueeze"}
REDUCTIONS = words(
    "sum mean prod max min amax amin argmax argmin median any all std var norm logsumexp quantile nansum nanmean"
)
_DEFAULT = dict.fromkeys(words("topk sort argsort diff kthvalue"), -1) | {"normalize": 1}
_DEFAULT |= dict.fromkeys(words("cat stack split chunk unbind"), 0)


def along(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """Every other axis, and none; of several axes one fewer. Counted from where the author counts, each axis once."""
    if not isinstance(node, ast.Call):
        return
    count, given = _choice(node, setting), axis_arguments(node)
    for value, change in given:
        axes = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        taken = [number(a) for a in (*axes, *(v for v, _ in given if v is not value))]
        for i, axis in enumerate(axes):
            for other in _other_axes(number(axis), taken, count):
                new = literal(other)
                yield change(but(value, elts=replaced(axes, i, new)) if len(axes) > 1 else new)
            if len(axes) > 1:
                rest = without(axes, i)
                yield change(rest[0] if len(rest) == 1 else but(value, elts=rest))
        takes_all = called(node) in REDUCTIONS and len(axes) == count
        if not takes_all and not _is_default(node, value, count):
            yield change(None)


def _is_default(node: ast.Call, axis: ast.expr, count: int | None) -> bool:
    """Without it the same axis is taken."""
    default, value = _DEFAULT.get(called(node)), number(axis)
    if default is None or value is None:
        return False
    return default == value if count is None else (default - value) % count == 0


def _choice(node: ast.Call, setting: Setting) -> int | None:
    """How many axes there are to choose from, if that is known."""
    tensor = receiver(node)
    count = setting.axes.get(span(tensor)) if tensor is not None else None
    return None if count is None else (count + (called(node) in _LONGER_BY_ONE)) or None


def axis_arguments(node: ast.Call) -> list[tuple[ast.expr, Callable[[ast.expr | None], ast.Call]]]:
    """(an axis as it is written, what makes the call with another one or, given None, without it)."""
    found = [
        (given.value, _changer(node, "keywords", i))
        for i, given in enumerate(node.keywords)
        if given.arg in _AXIS_NAMES and _is_axis(given.value)
    ]
    name = called(node)
    if name in _AXIS_AT and isinstance(node.func, ast.Attribute):
        first = _AXIS_AT[name] + is_module(node.func.value)
        places = range(first, min(first + 1 + (name in _TWO_AXES), len(node.args)))
        found += [(node.args[i], _changer(node, "args", i)) for i in places if _is_axis(node.args[i])]
    return found


def _changer(node: ast.Call, field: str, i: int) -> Callable[[ast.expr | None], ast.Call]:
    def change(value: ast.expr | None) -> ast.Call:
        items = getattr(node, field)
        if value is None:
            return but(node, **{field: without(items, i)})
        return but(node, **{field: replaced(items, i, but(items[i], value=value) if field == "keywords" else value)})

    return change


def _is_axis(value: ast.expr) -> bool:
    several = isinstance(value, ast.Tuple | ast.List) and value.elts
    return all(isinstance(number(part), int) for part in (value.elts if several else [value]))


def _other_axes(axis: int, taken: list, count: int | None) -> list[int]:
    """All other axes of a tensor with `count` axes, the two nearest if that isn't known."""
    if count is None:
        return [a for a in (axis - 1, axis + 1) if (a < 0) == (axis < 0) and a not in taken]
    used = {a % count for a in taken if a is not None}
    return [a - count if axis < 0 else a for a in range(count) if a not in used]


def watched(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions of which operators want to know the number of axes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and axis_arguments(node) and (tensor := receiver(node)) is not None:
            yield tensor
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield from (node.left, node.right)


def is_axis(node: ast.expr) -> bool:
    """Part of an axis argument: `along` changes it."""
    inside = [node]
    for outer in above(node):
        if isinstance(outer, ast.Call):
            return any(value is part for value, _ in axis_arguments(outer) for part in inside)
        inside.append(outer)
    return False


def kept(node: ast.expr, setting: Setting) -> Iterator[ast.expr]:
    """`keepdim`, `descending` and `largest` where they are not said; another norm; the other variance."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    name, said = called(node), {given.arg for given in node.keywords}
    says_no_more = len(node.args) == int(is_module(node.func.value))
    may_keep = name in REDUCTIONS and "keepdim" not in said and axis_arguments(node)
    if may_keep and not _makes_no_difference(node, setting):
        yield _saying(node, "keepdim", True)
    if name in ("sort", "argsort") and "descending" not in said:
        yield _saying(node, "descending", True)
    if name == "topk" and "largest" not in said:
        yield _saying(node, "largest", False)
    if name == "norm" and "p" not in said and says_no_more:
        yield _saying(node, "p", 1)
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))
    if name in ("std", "var") and not said & {"correction", "unbiased"}:
        yield _saying(node, "correction", 0)
    if name in ("tril", "triu") and "diagonal" not in said and says_no_more:
        yield _saying(node, "diagonal", -1)
        yield _saying(node, "diagonal", 1)


def _makes_no_difference(node: ast.Call, setting: Setting) -> bool:
    """Kept axes of size 1 that vanish: everything is summed next, or they lead, and what follows broadcasts them."""
    around = parent(node)
    if isinstance(around, ast.Attribute) and isinstance(parent(around), ast.Call):
        next_call = parent(around)
        return around.attr in REDUCTIONS and not axis_arguments(next_call) and not next_call.args
    value = axis_arguments(node)[0][0]
    count = _choice(node, setting)
    axes = [number(a) for a in (value.elts if isinstance(value, ast.Tuple | ast.List) else [value])]
    if count is None or not isinstance(around, ast.BinOp | ast.Assign):
        return False
    return sorted(a % count for a in axes) == list(range(len(axes)))


def _saying(node: ast.Call, name: str, value: object) -> ast.Call:
    return but(node, keywords=[*node.keywords, ast.keyword(name, literal(value))])


OPERATORS = (along, kept)
