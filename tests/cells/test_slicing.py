"""The backward slice, on pieces that are lines of code."""

import pytest

from course_utils.cells.names import names
from course_utils.cells.slicing import backward_slice

CHAPTER = """\
import math
W = train(5)
slow = train(9)
W[0] = 1
show(W)
found = []
found.append(W)
W = W * scale
""".splitlines()


@pytest.mark.parametrize(
    ("needed", "lines"),
    [
        ("W", ["W = train(5)", "W[0] = 1", "W = W * scale"]),  # changed in place, then made anew from itself
        ("found", ["W = train(5)", "W[0] = 1", "found = []", "found.append(W)"]),
        ("slow", ["slow = train(9)"]),
        ("nothing that is bound", []),
    ],
)
def test_only_what_a_name_depends_on(needed, lines):
    assert backward_slice(CHAPTER, {needed}, names)[0] == lines


def test_a_value_that_is_replaced_is_not_looked_for():
    assert backward_slice(["a = f()", "a = 1", "b = a"], {"b"}, names)[0] == ["a = 1", "b = a"]


def test_what_it_needs_from_before_is_told():
    assert backward_slice(CHAPTER, {"W"}, names)[1] == {"train", "scale"}
    assert backward_slice([], {"W"}, names) == ([], {"W"})


def test_pieces_that_always_run_bring_what_they_need():
    chosen, needed = backward_slice(CHAPTER, set(), names, always=lambda line: line.startswith("show"))
    assert chosen == ["W = train(5)", "W[0] = 1", "show(W)"]
    assert needed == {"train", "show"}
