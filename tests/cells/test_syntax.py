"""Small questions about a cell's code."""

import pytest

from course_utils.cells.syntax import (
    call_of,
    checked_id,
    checks,
    imported_from,
    imports_everything,
    normal_form,
    statements,
)


@pytest.mark.parametrize(
    ("source", "id"),
    [
        ('check("1.4", answer)', "1.4"),
        ('# now\ncheck("1.4", {"W": W})', "1.4"),
        ('check("1.4")', None),
        ('x = 1\ncheck("1.4", answer)', None),
        ("check(id, answer)", None),
        ("check(", None),
    ],
)
def test_a_check_cell_checks_and_does_nothing_else(source, id):
    assert checked_id(source) == id


def test_checks_anywhere_in_a_cell():
    source = 'x = f(3)\nif x:\n    check("1.4", x + 1)\ncheck(id="1.5", answer=x)\ncheck("1.6")'
    assert checks(source) == {"1.4": "x + 1", "1.5": "x"}
    assert checks("check('1.4', ") == {}


def test_a_call_and_nothing_else():
    assert call_of("quiz('1')  # five questions", "quiz").args[0].value == "1"
    assert call_of("quiz('1'); x = 1", "quiz") is None
    assert call_of("x.quiz('1')", "quiz") is None


def test_imports():
    cell = "%matplotlib inline\nfrom course_utils import check, plots as p\nfrom torch import Tensor"
    assert imported_from(cell, "course_utils") == {"check", "p"}
    assert not imports_everything(cell) and imports_everything("from math import *")


def test_layout_and_comments_don_t_count():
    assert normal_form("x=1 # one\n\n") == normal_form("x = 1")
    assert normal_form("x = 1") != normal_form("x = 2")
    assert normal_form("x  =") == normal_form("x =") != normal_form("y =")


def test_statements():
    assert statements("a=1; b=2\nif a:\n  c=3") == ["a = 1", "b = 2", "if a:\n    c = 3"]
    assert statements("a = ") == ["a = "]
