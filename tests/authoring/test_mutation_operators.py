"""What each operator makes of a small example. Every list is complete and in order."""

import ast

import pytest

from course_utils.authoring.mutation import axes, order, places, plain, statements, tensors
from course_utils.authoring.mutation.nodes import Setting, link, span


def made(operator, source: str, setting: Setting | None = None) -> list[str]:
    """What `operator` puts in the place of the expressions of `source`, as code."""
    link(tree := ast.parse(source))
    expressions = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return [ast.unparse(new) for node in expressions for new in operator(node, setting or Setting())]


def with_axes(source: str, **counts: int) -> Setting:
    """A setting in which these names (or expressions, with _ for a blank) have that many axes."""
    found = {ast.unparse(n): span(n) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.expr)}
    return Setting(axes={found[name]: count for name, count in counts.items()})


FLOATS = Setting(kinds={"x": "Float", "y": "Float", "n": "int"})

EXAMPLES = [
    (plain.compared, "a > b", ["a >= b", "a < b"]),
    (plain.compared, "a <= b", ["a < b", "a >= b"]),
    (plain.compared, "a == b", ["a != b", "a >= b", "a <= b"]),
    (plain.compared, "a > 0", ["a >= 0", "a < 0", "a != 0"]),
    (plain.compared, "a in b", ["a not in b"]),
    (plain.computed, "a + b", ["a - b", "a * b", "a", "b"]),
    (plain.computed, "a - b", ["a + b", "a", "b", "b - a"]),
    (plain.computed, "a / b", ["a * b", "a // b", "a", "b", "b / a"]),
    (plain.computed, "a ** 2", ["a * 2", "a", "2 ** a"]),
    (plain.computed, "a & b", ["a | b", "a", "b"]),
    (plain.computed, "a % b", ["a // b", "b % a"]),
    (plain.computed, "1 / 4", ["1 * 4"]),
    (plain.computed, "(a - b).abs()", ["a + b", "a", "b"]),
    (plain.joined, "a and b", ["a or b", "b", "a"]),
    (plain.signed, "f(-a, ~b, not c)", ["a", "b", "c"]),
    (plain.signed, "def f(a): return a.sum()", ["-a.sum()"]),
    (plain.signed, "a = b / c", ["-(b / c)"]),
    (plain.constant, "f(True)", ["False"]),
    (plain.constant, "f(2)", ["3", "1", "-2"]),
    (plain.constant, "x[1]", ["2", "0"]),
    (plain.constant, "x[0]", ["1", "-1"]),
    (plain.constant, "x[:-1]", ["0", "-2", "1"]),
    (plain.constant, "a + 1", ["2"]),
    (plain.constant, "a ** 2", ["3", "1", "-2"]),
    (plain.constant, "a > 0.5", ["0", "1.0", "0.25", "-0.5", "0.55", "0.45"]),
    (plain.constant, "a.clamp_min(1e-12)", ["0", "0.01"]),
    (plain.constant, "Adam(w, lr=0.1)", []),
    (plain.constant, "range(2000)", []),
    (plain.constant, "a.sum(dim=1)", []),
    (plain.chosen, "a if c else b", ["b if c else a", "a", "b"]),
    (plain.chosen, "[i for i in x if i > 0]", ["[i for i in x]"]),
    (plain.mistaken, "a = 1\nb = 2\nc = a", ["b"]),
    (places.counted, "range(n)", ["range(1, n)", "n + 1", "n - 1"]),
    (places.counted, "range(2000)", []),
    (places.counted, "torch.topk(x, k)", ["k + 1", "k - 1"]),
    (places.counted, "x[:n]", ["n + 1", "n - 1"]),
    (places.counted, "len(x)", ["len(x) + 1", "len(x) - 1"]),
    (places.sliced, "x[1:k]", [":k", "1:"]),
    (places.sliced, "x[::2]", [":"]),
    (places.sliced, "x[:k]", ["1:k"]),
    (places.sliced, "x[i, 1:]", ["1:-1", ":"]),
    (places.indexed, "x[i]", ["x", "x[~i]"]),
    (places.indexed, "x[:, 0]", ["x", "x[0]", "x[0, :]"]),
    (places.indexed, "x[0, :]", ["x", "x[:, 0]"]),
    (places.indexed, "x[:, mask] = 0", ["x[:]", "x[mask]", "x[mask, :]", "x[:, ~mask]"]),
    (places.indexed, "cache['blocks.1.resid']", ["cache", "cache['blocks.0.resid']", "cache['blocks.2.resid']"]),
    (places.undone, "y = x.abs().sum(0)", ["x.abs()", "x"]),
    (places.undone, "y = torch.relu(x)", ["x"]),
    (places.undone, "y = x.item()", []),
    (places.passed, "f(a, b)", ["f(b)", "f(a)", "f(b, a)"]),
    (places.passed, "torch.maximum(a, b)", ["torch.maximum(b)", "torch.maximum(a)"]),
    (places.passed, "f(low=a, high=b)", ["f(high=b)", "f(low=a)", "f(low=b, high=a)"]),
    (places.listed, "a, b, c", ["(b, a, c)", "(a, c, b)"]),
    (places.listed, "[a, b]", ["[b, a]", "[b]", "[a]"]),
    (places.listed, "{'W': w, 'b': b}", ["{'W': b, 'b': w}"]),
    (places.listed, "sorted([a, b])", []),
    (tensors.reduced, "x.sum()", ["x.mean()", "x.amax()"]),
    (tensors.reduced, "torch.argmax(x)", ["torch.argmin(x)"]),
    (tensors.reduced, "x.any()", ["x.all()"]),
    (tensors.reduced, "x.max(0).values", ["x.max(0).indices", "x.min(0)"]),
    (
        tensors.contracted,
        "einsum(a, b, 'i j, j k -> i k')",
        ["'i j, j k -> k i'", "'i j, j k -> k'", "'i j, j k -> i'", "'j i, j k -> i k'", "'i j, k j -> i k'"],
    ),
    (
        tensors.contracted,
        "torch.einsum('ij,jk->ik', a, b)",
        ["'ij,jk->ki'", "'ij,jk->k'", "'ij,jk->i'", "'ji,jk->ik'", "'ij,kj->ik'"],
    ),
    (tensors.contracted, "rearrange(a, 'i j -> j i')", ["'i j -> i j'", "'j i -> j i'"]),
    (tensors.transposed, "x.T", ["x"]),
    (tensors.transposed, "a @ b", ["b @ a", "a.mT @ b", "a @ b.mT"]),
    (order.unbracketed, "a / (b + c)", ["a / b + c"]),
    (order.unbracketed, "a / (b * c)", ["a / b * c"]),
    (order.unbracketed, "a * (b / c)", []),
    (order.unbracketed, "(a - b) ** 2", ["a - b ** 2"]),
    (order.unbracketed, "(a - b).abs()", ["a - b.abs()"]),
    (order.unbracketed, "-(a + b)", ["-a + b"]),
    (order.reordered, "x.relu().sum(0)", ["x.sum(0).relu()"]),
    (order.reordered, "(x ** 2).sum(0)", ["x.sum(0) ** 2"]),
    (order.reordered, "x.mean() ** 2", ["(x ** 2).mean()"]),
    (order.reordered, "x.detach().clone()", []),
    (axes.kept, "x.sum(dim=1)", ["x.sum(dim=1, keepdim=True)"]),
    (axes.kept, "x.sum(dim=1).sum()", []),
    (axes.kept, "x.sort()", ["x.sort(descending=True)"]),
    (axes.kept, "x.topk(3)", ["x.topk(3, largest=False)"]),
    (axes.kept, "x.norm()", ["x.norm(p=1)", "x.norm() ** 2"]),
    (axes.kept, "x.std()", ["x.std(correction=0)"]),
    (axes.kept, "x.tril()", ["x.tril(diagonal=-1)", "x.tril(diagonal=1)"]),
]


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [pytest.param(*example, id=f"{example[0].__name__}: {example[1]}") for example in EXAMPLES],
)
def test_what_an_operator_makes(operator, source, expected):
    assert made(operator, source) == expected


@pytest.mark.parametrize(
    ("source", "count", "expected"),
    [
        ("x.sum(dim=1)", 3, ["x.sum(dim=0)", "x.sum(dim=2)", "x.sum()"]),
        ("x.sum(-1)", 2, ["x.sum(-2)", "x.sum()"]),
        ("x.sum(dim=0)", 1, []),
        ("x.sum(dim=(0, 2))", 3, ["x.sum(dim=(1, 2))", "x.sum(dim=2)", "x.sum(dim=(0, 1))", "x.sum(dim=0)", "x.sum()"]),
        ("torch.stack(x, dim=1)", 1, ["torch.stack(x, dim=0)", "torch.stack(x)"]),
        ("x.topk(k, dim=-1)", 2, ["x.topk(k, dim=-2)"]),
        ("torch.nn.functional.normalize(x, dim=1)", 2, ["torch.nn.functional.normalize(x, dim=0)"]),
        (
            "x.diagonal(dim1=1, dim2=2)",
            3,
            ["x.diagonal(dim1=0, dim2=2)", "x.diagonal(dim2=2)", "x.diagonal(dim1=1, dim2=0)", "x.diagonal(dim1=1)"],
        ),
    ],
)
def test_every_other_axis_once(source, count, expected):
    assert made(axes.along, source, with_axes(source, x=count)) == expected


def test_without_knowing_how_many_axes_there_are_the_nearest_are_tried():
    assert made(axes.along, "x.sum(dim=1)") == ["x.sum(dim=0)", "x.sum(dim=2)", "x.sum()"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x - x.mean(dim=0)", []),  # broadcasting ignores what leads
        ("x - x.mean(dim=1)", ["x.mean(dim=1, keepdim=True)"]),
        ("y = x.mean(dim=(0, 1))", []),
    ],
)
def test_a_leading_axis_that_is_kept_makes_no_difference(source, expected):
    (name,) = [ast.unparse(n) for n in axes.watched(ast.parse(source))]
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    setting = Setting(axes={span(calls[0].func.value): 3})
    assert name == "x"
    assert made(axes.kept, source, setting) == expected


def test_two_vectors_have_one_dot_product():
    assert made(tensors.transposed, "a @ b", with_axes("a @ b", a=1, b=1)) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x.relu()", ["x.relu_()"]),
        ("x[0].relu()", ["x[0].relu_()"]),
        ("x[rows].relu()", []),  # a copy
        ("x + y", ["x.add_(y)"]),
        ("x.T - y", ["x.T.sub_(y)"]),
        ("n + y", []),
        ("z.relu()", []),  # made here: nobody else has it
    ],
)
def test_in_place_on_what_was_given(source, expected):
    assert made(tensors.in_place, source, FLOATS) == expected


def test_a_parameter_is_taken_for_another_of_its_kind():
    setting = Setting(kinds={"x": "Float", "y": "Float", "word": "Int", "other": "Int", "n": "int"})
    assert made(plain.mistaken, "f(x, word, n)", setting) == ["y", "other"]
    assert made(plain.mistaken, "x.shape[0]", setting) == []


@pytest.mark.parametrize(("trained", "expected"), [(True, ["a.exp().detach()", "b.sum().detach()"]), (False, [])])
def test_a_gradient_is_cut_where_the_chapter_trains(trained, expected):
    function = "def f(a):\n    b = a.exp()\n    return b.sum()"
    assert made(tensors.cut_off, function, Setting(trained=trained)) == expected


def lines(operator, source: str, setting: Setting | None = None) -> list[tuple[str | None, list[str]]]:
    """What `operator` makes of the statements of `source`: its words, and the code."""
    link(tree := ast.parse(source))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    changes = [change for node in statements for change in operator(node, setting or Setting())]
    return [(words, [ast.unparse(statement) for statement in new]) for words, new in changes]


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        (statements.dropped, "a = 1", [("dropped", [])]),
        (statements.dropped, "def f(): return 1", []),
        (
            statements.branched,
            "if a:\n    b = 1\nelse:\n    b = 2",
            [(None, ["if not a:\n    b = 1\nelse:\n    b = 2"]), ("always", ["b = 1"]), ("never", ["b = 2"])],
        ),
        (statements.updated, "a += b", [(None, ["a -= b"]), (None, ["a = b"])]),
        (
            statements.looped,
            "for i in x:\n    a()\n    b()",
            [
                ("runs once", ["for i in x:\n    a()\n    b()\n    break"]),
                ("its first line before it", ["a()", "for i in x:\n    b()"]),
                ("its last line behind it", ["for i in x:\n    a()", "b()"]),
            ],
        ),
        (
            statements.looped,
            "def f(x):\n    for i in x:\n        a()\n    return 1",
            [
                ("runs once", ["for i in x:\n    a()\n    break"]),
                ("returns inside", ["for i in x:\n    a()\n    return 1"]),
            ],
        ),
        (statements.returned, "def f(x):\n    y = x + 1\n    return 2 * y", [(None, ["return y"])]),
    ],
)
def test_what_happens_to_a_line(operator, source, expected):
    assert lines(operator, source) == expected


def test_a_parameter_is_returned():
    found = lines(statements.returned, "def f(x, y, n):\n    return x + y", FLOATS)
    assert found == [(None, ["return x"]), (None, ["return y"])]


@pytest.mark.parametrize(
    "source", ["norm(x, dim=0)", "tril(x)", "f(*x)", "x.sum(dim=axis)", "x.roll(1, 0)", "f()[0](1)"]
)
def test_operators_take_what_they_know_little_about(source):
    """A function by its bare name, an axis in a variable, no axis at all (a number)."""
    modules = (plain, places, axes, tensors, order)
    setting = Setting(axes={span(n): 0 for n in ast.walk(ast.parse(source)) if isinstance(n, ast.expr)})
    found = [text for module in modules for operator in module.OPERATORS for text in made(operator, source, setting)]
    assert all(ast.parse(text) for text in found)
