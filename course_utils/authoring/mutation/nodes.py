"""What all operators share: where a node stands, what is known about the names around it, and making new nodes."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Span = tuple[int, int, int, int]
LONG_LOOP = 20
"""A loop of more rounds is a training, and how many it takes is the learner's choice."""
_SHARED = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)  # one object stands in many places


@dataclass(frozen=True)
class Setting:
    """What operators may know about the code they change.

    `kinds`: for each parameter what it is ("Float", "Int", "bool"; "" if unknown), so that a slip takes one for another
    of the same kind. `axes`: how many axes an expression's value had when the code ran, by its span. `trained`: the
    chapter differentiates through the answer. `training`: the code is itself a training.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[Span, int] = field(default_factory=dict)
    trained: bool = False
    training: bool = False

    def may_be_tensor(self, name: str) -> bool:
        """A parameter that isn't annotated as a plain number, truth or text."""
        return self.kinds.get(name, "int") not in ("int", "float", "bool", "str")


def words(text: str) -> list[str]:
    return text.split()


def link(tree: ast.AST) -> None:
    """Give each node `.above`: its parent, the name of the field it is in, and its index there (None: not a list)."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST) and not isinstance(child, _SHARED):
                    child.above = (parent, name, index)


def above(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes around `node`, the nearest first."""
    while (place := getattr(node, "above", None)) is not None:
        node = place[0]
        yield node


def parent(node: ast.AST) -> ast.AST | None:
    return next(above(node), None)


def span(node: ast.AST) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def number(node: ast.AST | None) -> int | float | None:
    """The value of a number as it is written, with its sign; None for everything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return None if value is None else -value
    plain = isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return node.value if plain else None


def literal(value: object) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def same(a: ast.AST, b: ast.AST) -> bool:
    return ast.dump(a) == ast.dump(b)


def but(node: ast.AST, **fields: object) -> ast.AST:
    """The same node, at the same place, with other fields."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def replaced(items: list, index: int, new: object) -> list:
    return [*items[:index], new, *items[index + 1 :]]


def without(items: list, index: int) -> list:
    return [*items[:index], *items[index + 1 :]]


def exchanged(items: list, i: int, j: int) -> list:
    found = list(items)
    found[i], found[j] = items[j], items[i]
    return found


def called(node: ast.AST) -> str:
    """The last name of what a call calls: "sum" for `x.sum()`, `torch.sum(x)` and `sum(x)`."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def is_module(node: ast.AST) -> bool:
    """`torch`, `torch.nn.functional`, `F`, `np` … : what stands before the dot is no tensor."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "F", "np", "numpy", "math", "einops", "random")


def receiver(call: ast.Call) -> ast.expr | None:
    """What a call works on: `x` in `x.sum()` and in `torch.sum(x)`."""
    if isinstance(call.func, ast.Attribute) and not is_module(call.func.value):
        return call.func.value
    return call.args[0] if call.args and not isinstance(call.args[0], ast.Starred) else None


def bound_before(node: ast.AST) -> list[str]:
    """Names that statements above `node`, in its own block and in those around it, have bound by `name = …`."""
    found: dict[str, None] = {}
    while (place := getattr(node, "above", None)) is not None:
        around, name, index = place
        if isinstance(node, ast.stmt):
            for statement in getattr(around, name)[:index]:
                found.update(dict.fromkeys(_bound(statement)))
            if isinstance(around, ast.FunctionDef | ast.Lambda):
                break
        node = around
    return list(found)


def _bound(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    for target in targets:
        for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            if isinstance(part, ast.Name):
                yield part.id
