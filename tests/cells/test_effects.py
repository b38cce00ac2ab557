"""What a piece of code is there for."""

import pytest

import course_utils
from course_utils.cells.effects import only_calls, only_shows


@pytest.mark.parametrize(
    "code",
    [
        "W",
        "f'{x}'",
        "print(W, train())",
        "plots.gram(W)",
        "figure.show()",
        "assert x > 3",
        "for i in x:\n    print(i)",
        "if x:\n    plots.bars(x)\nelse:\n    pass",
        *(f"{name}('1.1')" for name in course_utils.LEARNER_FUNCTIONS),
    ],
)
def test_this_only_shows(code):
    assert only_shows(code)


@pytest.mark.parametrize("code", ["x = 1", "torch.manual_seed(0)", "W.zero_()", "print(x)\ny = 1", "def f(): ...", "("])
def test_this_does_more(code):
    assert not only_shows(code)


def test_calls_are_there_for_their_effect():
    assert only_calls("torch.manual_seed(0)\nW.zero_()")
    assert not only_calls("torch.manual_seed(0)\nx = 1")
