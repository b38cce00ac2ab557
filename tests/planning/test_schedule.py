"""A timetable's file: what is written is read again, and a broken one is refused with a sentence."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.planning.schedule import (
    FORMAT,
    KINDS,
    Schedule,
    Slot,
    clock,
    planned_ends,
    planned_pauses,
    read,
    written,
)

LITTLE = Schedule(
    "Two mornings",
    (
        Slot(1, 540, 10, "welcome", "Welcome"),
        Slot(1, 550, 20, "exercise", "Squeeze `x` & recover", "1", "1.2"),
        Slot(1, 570, 10, "break", "Break"),
        Slot(2, 540, 15, "reading", "To read: Größe", "1"),
        Slot(2, 555, 15, "exercise", "Some errors", "1", "1.3", "skip"),
    ),
    ("1.4", "1.5"),
)


def test_what_is_written_is_read_again():
    assert read(written(LITTLE)) == LITTLE
    assert json.loads(written(LITTLE))["format"] == FORMAT


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 90), st.sampled_from(KINDS), st.text()), max_size=9))
def test_any_schedule_is_read_as_it_was_written(parts):
    slots, at = [], 0
    for n, (gap, minutes, kind, title) in enumerate(parts):
        exercise = f"3.{n}" if kind == "exercise" else None
        slots.append(Slot(1, at + gap, minutes, kind, title, "3", exercise))
        at = slots[-1].ends
    schedule = Schedule("any", tuple(slots))
    assert read(written(schedule)) == schedule


def test_the_ends_of_later_days_follow_on_the_calendar():
    ends = planned_ends(LITTLE, datetime(2026, 12, 31, 17, 42, tzinfo=UTC))
    assert ends == {
        "1.2": datetime(2026, 12, 31, 9, 30, tzinfo=UTC),
        "1.3": datetime(2027, 1, 1, 9, 30, tzinfo=UTC),
    }


def test_pauses_are_breaks_and_nights():
    assert planned_pauses(LITTLE, datetime(2026, 12, 31, 17, 42)) == [
        (datetime(2026, 12, 31, 9, 30), datetime(2026, 12, 31, 9, 40)),
        (datetime(2026, 12, 31, 9, 40), datetime(2027, 1, 1, 9, 0)),
    ]


def test_an_end_at_midnight_is_the_next_days():
    late = Schedule("", (Slot(1, 23 * 60, 60, "exercise", "", "1", "1.1"),))
    assert planned_ends(late, datetime(2026, 1, 1)) == {"1.1": datetime(2026, 1, 2)}


def test_the_clock():
    assert [clock(0), clock(545), clock(1439)] == ["00:00", "09:05", "23:59"]


def broken(**changes) -> str:
    """The little schedule's file with another second slot."""
    data = json.loads(written(LITTLE))
    data["slots"][1] |= changes
    return json.dumps(data)


@pytest.mark.parametrize(
    "text, says",
    [
        ("not JSON", "no JSON"),
        ("[]", "format should be"),
        ('{"format": "another 1"}', "format should be"),
        (json.dumps({"format": FORMAT, "title": 3, "slots": []}), "has a `title`"),
        (broken(minutes="ten"), "Slot 2: `minutes` can't be 'ten'"),
        (broken(minutes=True), "Slot 2: `minutes` can't be True"),
        (broken(kind="nap"), "Slot 2: `kind` is 'nap'; it should be one of welcome, reading"),
        (broken(when_late="panic"), "Slot 2: `when_late` is 'panic'"),
        (broken(starts=1500), "no time of a day"),
        (broken(starts=545), "Slot 2 begins before slot 1 ends"),
        (broken(exercise="1.3"), "Exercise 1.3 is planned twice"),
        (broken(exercise=None), "an exercise has an id"),
        (broken(colour="red"), "Slot 2: `colour` is not known"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(text, says):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        read(text)
    assert says in str(refused.value)


def test_days_hold_their_slots():
    assert {day: len(slots) for day, slots in LITTLE.days.items()} == {1: 3, 2: 2}
    assert replace(LITTLE, slots=()).days == {}
