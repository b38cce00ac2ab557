"""What an answer cell becomes for the learner."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.authoring.regions import BEGIN, END, find_regions, without_markers
from course_utils.authoring.stubs import stub

BLANK = 'raise NotImplementedError("Exercise 1.4: write your code here")'


def cell(*lines: str) -> str:
    return "\n".join(lines)


def test_inside_a_function_the_stub_raises():
    source = cell(
        "def f(x):", '    """Doc."""', "    ### BEGIN SOLUTION", "    y = x", "    return y", "    ### END SOLUTION"
    )
    assert stub(source, "1.4", set()) == cell(
        "def f(x):", '    """Doc."""', "    ### BEGIN SOLUTION", f"    {BLANK}", "    ### END SOLUTION"
    )


def test_at_top_level_every_name_that_is_used_later_is_left_open():
    source = cell(
        "### BEGIN SOLUTION", "W, b = start()", "for step in range(9):", "    loss = f(W)", "### END SOLUTION"
    )
    assert stub(source, "1.4", {"W", "b", "loss"}) == cell(
        "### BEGIN SOLUTION", *(f"{name} = ...  # your answer" for name in ("W", "b", "loss")), "### END SOLUTION"
    )


def test_names_that_nothing_uses_are_left_open_when_there_are_no_others():
    assert "answer = ...  # your answer" in stub(cell(BEGIN, "answer = 3", END), "1.4", set())


def test_a_region_in_a_loop_at_top_level_keeps_its_indentation():
    source = cell("for step in range(3):", "    ### BEGIN SOLUTION", "    loss = step", "    ### END SOLUTION")
    assert "    loss = ...  # your answer" in stub(source, "1.4", {"loss"})


def test_two_regions_and_what_stands_between_them():
    source = cell(BEGIN, "a = 1", END, "given = 2", "def f():", f"    {BEGIN}", "    return a", f"    {END}")
    assert stub(source, "1.4", {"a"}) == cell(
        BEGIN, "a = ...  # your answer", END, "given = 2", "def f():", f"    {BEGIN}", f"    {BLANK}", f"    {END}"
    )


def test_a_region_that_assigns_nothing_cannot_be_cut():
    with pytest.raises(ValueError, match="must assign a name"):
        stub(cell(BEGIN, "print(3)", END), "1.4", set())


def test_the_reference_is_the_cell_without_its_markers():
    assert without_markers(cell("def f():", f"    {BEGIN}", "    return 1", f"    {END}")) == cell(
        "def f():", "    return 1"
    )


statements = st.sampled_from(
    ["a = 1", "b = a = 2", "x, y = 1, 2", "def g(): return 3", "for i in (1, 2): c = i", "a += 1"]
)


@given(given_before=st.lists(statements), secret=st.lists(statements, min_size=1), given_after=st.lists(statements))
def test_nothing_of_a_region_is_left_and_all_around_it_is(given_before, secret, given_after):
    source = cell("a = 0", *given_before, BEGIN, *(f"{s}  # secret" for s in secret), END, *given_after)
    cut = stub(source, "1.4", set())
    assert "secret" not in cut
    assert cut.split("\n")[: len(given_before) + 2] == ["a = 0", *given_before, BEGIN]
    assert cut.split("\n")[cut.split("\n").index(END) + 1 :] == given_after
    ast.parse(cut)


@given(st.lists(st.sampled_from([BEGIN, END, "x = 1"])))
def test_regions_and_faults_account_for_every_marker(lines):
    regions, faults = find_regions("\n".join(lines))
    markers = sum(line != "x = 1" for line in lines)
    assert 2 * len(regions) + len(faults) == markers
    assert all(r.begin < r.end for r in regions)
