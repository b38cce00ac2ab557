"""What a cell binds and needs."""

import pytest

from course_utils.cells.names import bound_names, names


@pytest.mark.parametrize(
    ("code", "binds", "needs"),
    [
        ("W = train(n)", {"W"}, {"train", "n"}),
        ("W = f()\ng(W)", {"W"}, {"f", "g"}),  # bound before it is used
        ("W = W + 1", {"W"}, {"W"}),
        ("import torch.nn as nn, math", {"nn", "math"}, set()),
        ("from a import b as c", {"c"}, set()),
        ("def f(x):\n    y = x * scale\n    return y", {"f"}, {"scale"}),  # locals are nobody's business
        ("def f(): return g()\ndef g(): return f()", {"f", "g"}, set()),  # a body runs later
        ("[i * k for i in xs]", set(), {"k", "xs"}),
        ("for i in xs:\n    loss = f(i)\n    loss.backward()\nprint(loss)", {"i", "loss"}, {"xs", "f", "print"}),
        ("if quick:\n    n = 1\nprint(n)", {"n"}, {"quick", "n", "print"}),
        ("if quick:\n    n = 1\nelse:\n    n = 9\nf(n)", {"n"}, {"quick", "f"}),
        ("with f() as g, g:\n    y = g", {"g", "y"}, {"f"}),
        ("with torch.no_grad() as g:\n    y = f(x)", {"g", "y"}, {"torch", "f", "x"}),
        ("W[0] = 1", {"W"}, {"W"}),
        ("model.W.data = V", {"model"}, {"model", "V"}),
        ("found.append(x)", {"found"}, {"found", "x"}),
        ("n += 1", {"n"}, {"n"}),
        ("if (m := re.match(p, s)):\n    pass", {"m"}, {"re", "p", "s"}),
        ("await f(x)", set(), {"f", "x"}),
        ("%time y = f(x)", {"y"}, {"f", "x"}),
        ("%matplotlib inline\ny = 1", {"y"}, set()),
        ("not python at all", set(), set()),
        ("x = " + "-" * 5000 + "1", set(), set()),  # deeper than the parser goes
    ],
)
def test_names(code, binds, needs):
    found = names(code)
    assert (set(found.binds), set(found.needs)) == (binds, needs)


def test_what_may_not_run_does_not_replace_an_earlier_value():
    assert names("if quick:\n    n = 1").rebinds == set()
    assert names("n = 1").rebinds == {"n"}
    assert names("W[0] = 1").rebinds == set()


def test_annotations_that_are_text_are_no_names():
    found = names('def f(W: Float[Tensor, "instance hidden"]) -> Float[Tensor, "hidden"]: return W')
    assert found.needs == {"Float", "Tensor"}


def test_bound_names_come_in_order():
    assert list(bound_names("b, a = 1, 2\nfor z in a: c = z")) == ["b", "a", "z", "c"]
