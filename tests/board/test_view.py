"""What the page shows of a room, at a given time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.board import view
from course_utils.board.pace import pace
from course_utils.board.state import Room
from tests.board.conftest import CATALOGUE, NOW, event

MINUTE = 60.0


def room(*names: str) -> Room:
    made = Room()
    for number, name in enumerate(names, start=1):
        made.join(number, name)
    return made


def test_stuck_is_who_tries_longer_than_the_exercises_minutes_longest_first():
    class_ = room("Ada", "Bo", "Cy")
    class_.add(1, event("1.1", when=NOW - 12 * MINUTE, detail="square"))  # of 10 minutes
    class_.add(1, event("1.1", "hint", when=NOW - 4 * MINUTE, detail="2"))
    class_.add(2, event("1.2", when=NOW - 12 * MINUTE, detail="degrees"))  # of 20 minutes
    class_.add(3, event("1.1", when=NOW - 20 * MINUTE))
    class_.add(3, event("1.1", when=NOW - 10 * MINUTE))
    cy, ada = view.stuck(class_, CATALOGUE, NOW, hidden=False)
    assert (cy["name"], cy["minutes"], cy["attempts"], cy["mistake"]) == ("Cy", 20, 2, "")
    assert (ada["name"], ada["minutes"], ada["of"]) == ("Ada", 12, 10)
    assert (ada["mistake"], ada["hints"], ada["hints_of"]) == ("You forgot the root.", 2, 2)


def test_not_stuck_is_who_passed_who_only_looked_who_left_and_who_went_away():
    class_ = room("passed", "looked", "left", "away")
    class_.add(1, event("1.3", status="passed", when=NOW - 25 * MINUTE))
    class_.add(2, event("1.1", "hint", when=NOW - 25 * MINUTE, detail="1"))
    for number, minutes in ((3, 25), (4, 31)):
        class_.add(number, event("1.1", when=NOW - minutes * MINUTE))
    class_.join(3, "left", left=NOW)
    assert view.stuck(class_, CATALOGUE, NOW, hidden=False) == []


def test_misconceptions_count_learners_not_attempts_and_only_recent_ones():
    class_ = room("Ada", "Bo", "Cy", "Di")
    for number in (1, 1, 1, 2):
        class_.add(number, event("1.1", when=NOW - 5 * MINUTE, detail="square"))
    class_.add(2, event("1.1", status="passed", when=NOW - MINUTE))
    class_.add(3, event("1.1", when=NOW - 2 * MINUTE, detail="sum"))
    class_.add(4, event("2.1", when=NOW - 16 * MINUTE, detail="faces"))
    class_.add(4, event("2.1", when=NOW))  # still here, with another answer
    first, second = view.misconceptions(class_, CATALOGUE, NOW)
    assert (first["sentence"], first["learners"], first["still"]) == ("You forgot the root.", 2, 1)
    assert (second["exercise"], second["learners"]) == ("1.1", 1)


def test_what_another_version_of_the_course_called_otherwise_is_passed_over():
    class_ = room("Ada")
    class_.add(1, event("1.1", when=NOW - 20 * MINUTE, detail="an old name"))
    class_.add(1, event("8.8", when=NOW - 60 * MINUTE, detail="square"))
    assert view.misconceptions(class_, CATALOGUE, NOW) == []
    assert view.stuck(class_, CATALOGUE, NOW, hidden=False)[0]["mistake"] == ""


def test_the_summary_has_the_median_and_its_pace():
    class_ = room("Ada", "Bo", "Cy", "Di")
    class_.add(1, event("1.1", when=NOW - 10 * MINUTE))
    class_.add(2, event("1.2", when=NOW - MINUTE))
    class_.add(3, event("2.1", when=NOW - MINUTE))
    ends = {"1.1": NOW - 30 * MINUTE, "1.2": NOW - 12 * MINUTE, "2.1": NOW + 60 * MINUTE}
    found = view.summary(class_, CATALOGUE, NOW, ends)
    assert found == {"here": 4, "active": 2, "median": "1.2", "title": "Angles", "planned": True, "behind": 12}
    assert view.summary(class_, CATALOGUE, NOW)["behind"] is None


PLAN = {"1.1": 600.0, "1.2": 1200.0, "2.1": 3000.0}


@pytest.mark.parametrize(
    "at, now, late",
    [
        ("1.1", 0.0, 0.0),  # the first can't be begun too early
        ("1.1", 900.0, 300.0),
        ("1.2", 900.0, 0.0),
        ("1.2", 500.0, -100.0),
        ("2.1", 700.0, -500.0),
        ("1.3", 700.0, None),
    ],
)
def test_pace(at, now, late):
    assert pace(at, PLAN, now) == late


@pytest.mark.parametrize("at, now, late", [("1.1", 900.0, 300.0), ("1.1", 2000.0, 400.0), ("2.1", 700.0, -300.0)])
def test_a_pause_puts_nobody_behind_or_ahead(at, now, late):
    """Without this a class that left 1.1 for the morning was a night behind."""
    assert pace(at, PLAN, now, [(1000.0, 1200.0), (1200.0, 2000.0)] if at == "1.1" else [(900.0, 1100.0)]) == late


@given(st.sampled_from(list(PLAN)), st.floats(0, 5000), st.floats(0, 500))
def test_who_waits_falls_behind_by_no_more_than_the_wait(at, now, wait):
    sooner, later = pace(at, PLAN, now), pace(at, PLAN, now + wait)
    assert -1e-6 <= later - sooner <= wait + 1e-6


def test_a_row_has_signs_attempts_and_what_was_looked_at():
    class_ = room("Ada")
    for each in (event("1.1"), event("1.1", status="passed"), event("1.2"), event("1.3", "solution")):
        class_.add(1, each)
    class_.add(1, event("1.1", "hint", detail="2"))
    row = view.row(class_.people[1], "1", CATALOGUE, hidden=False)
    assert row["cells"] == {"1.1": ["p", 2, 2, 0], "1.2": ["w", 1, 0, 0], "1.3": ["o", 0, 0, 1]}
    assert (row["name"], row["passed"], row["all"]) == ("Ada", 1, 1)


def test_shares_are_of_those_who_are_here():
    class_ = room("Ada", "Bo", "Cy", "gone")
    for number in (1, 4):
        class_.add(number, event("1.1", status="passed"))
    class_.join(4, "gone", left=NOW)
    where = view.places(class_, CATALOGUE)
    assert [c["share"] for c in view.columns(class_, "1", CATALOGUE, where)] == [33, 0, 0]
    assert where == {"1.2": 1} and view.chapters(CATALOGUE, where) == [{"id": "1", "here": 1}, {"id": "2", "here": 0}]


def test_hidden_names_are_nowhere():
    class_ = room("Ada Lovelace")
    class_.add(1, event("1.1", when=NOW - 20 * MINUTE))
    shown = [view.row(class_.people[1], "1", CATALOGUE, hidden=True), view.stuck(class_, CATALOGUE, NOW, hidden=True)]
    assert "Lovelace" not in str(shown) and "Learner 1" in str(shown[0]) and "Learner 1" in str(shown[1])
