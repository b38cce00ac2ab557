"""A little chapter with one answer left out: which cells run again, and what they raise."""

import pytest

from tests.notebooks.finished import says_so
from tests.notebooks.left_out import Raised, rehearse, without

CHAPTER = [
    "scale = 2",
    "def double(x):\n    return scale * x",  # exercise 1.1
    "found = [double(3)]",
    "def triple(x):\n    return double(x) + x",  # exercise 1.2, built on 1.1
    "found.append(triple(1))",
    "scale = 'another meaning'",
    "length = len(found)",
    "scale, price = 3, 8",  # exercise 1.3
    "assert price < scale * 3",
]
STUBS = {
    1: 'def double(x):\n    raise NotImplementedError("Exercise 1.1: write your code here")',
    3: 'def triple(x):\n    raise NotImplementedError("Exercise 1.2: write your code here")',
    7: "scale = 3\nprice = ...  # your answer",
}


@pytest.fixture
def finished() -> dict:
    """The namespace that the whole chapter leaves."""
    space = {"__name__": "__main__"}
    for source in CHAPTER:
        exec(source, space)
    return space


@pytest.mark.parametrize("answer, cells", [(1, [0, 1, 2, 3, 4, 6]), (3, [3, 4, 6]), (7, [7, 8])])
def test_what_runs_is_what_needs_the_answer_and_what_gives_its_names_their_meaning(answer, cells):
    assert [step.cell for step in without(answer, CHAPTER, STUBS).steps] == cells


def test_cells_raise_what_a_learner_would_see(finished):
    raised = rehearse(without(1, CHAPTER, STUBS), finished)
    assert raised == [
        Raised(2, "NotImplementedError", "Exercise 1.1: write your code here"),
        Raised(4, "NameError", "name 'found' is not defined"),
        Raised(6, "NameError", "name 'found' is not defined"),
    ]
    assert [says_so(each, {"1.1", "1.2"}) for each in raised] == [True, False, False]


def test_the_namespace_stays_as_the_full_run_left_it(finished):
    before = dict(finished), list(finished["found"])
    rehearse(without(3, CHAPTER, STUBS), finished)
    assert (dict(finished), finished["found"]) == before


def test_a_blank_that_is_compared_is_found(finished):
    (raised,) = rehearse(without(7, CHAPTER, STUBS), finished)
    assert (raised.cell, raised.exception) == (8, "TypeError") and not says_so(raised, {"1.3"})


def test_an_answer_that_is_built_on_the_missing_one_is_left_out_too(finished):
    at_top_level = [*CHAPTER[:3], "six = double(3)", "print(six)"]
    stubs = {1: STUBS[1], 3: "six = ...  # your answer"}
    exec(at_top_level[3], finished)
    assert [each.cell for each in rehearse(without(1, at_top_level, stubs), finished)] == [2]


def test_checks_show_a_card_and_do_not_raise(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    cells = ["import os\nanswer = 1", "assert 'COURSE_STRICT' not in os.environ, answer"]
    assert rehearse(without(0, cells, {0: "import os\nanswer = ..."}), {"__name__": "__main__"}) == []


@pytest.mark.parametrize(
    "message, said",
    [
        ("Exercise 1.1: write your code here", True),
        ("this needs exercise 1.1 (or 1.2)", True),
        ("Exercise 1.10: write your code here", False),
        ("name 'double' is not defined", False),
        ("", False),
    ],
)
def test_what_says_so_names_the_exercise(message, said):
    assert says_so(Raised(1, "AnyError", message), {"1.1"}) is said
