"""Nothing that a sender makes up gets onto the projector, into a number, or past the catalogue."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.board.intake import FUTURE, Refused, admit
from tests.board.conftest import CATALOGUE, NOW, event


def sent(**changes) -> dict:
    return event(when=NOW, uid="a1")._asdict() | {"detail": "square"} | changes


def test_a_sound_event_is_kept_as_it_is():
    kept = admit(sent(), CATALOGUE, NOW)
    assert kept == event(when=NOW, uid="a1", detail="square")


@pytest.mark.parametrize(
    "detail", ["<script>alert(1)</script>", "degrees", "my name is Bob", "\ud800", 5, None, ["square"]]
)
def test_a_mistake_that_the_exercise_does_not_know_is_left_out(detail):
    assert admit(sent(detail=detail), CATALOGUE, NOW).detail == ""


def test_points_and_hints_are_those_of_the_exercise():
    assert admit(sent(status="passed", points=999), CATALOGUE, NOW)[5:7] == ("", 1)
    assert admit(sent(points=999), CATALOGUE, NOW).points == 0
    assert admit(sent(kind="hint", detail="99"), CATALOGUE, NOW).detail == "2"
    assert admit(sent(kind="hint", detail="nudge"), CATALOGUE, NOW).detail == "1"


def test_a_time_of_the_future_is_now():
    assert admit(sent(time=NOW + FUTURE + 1), CATALOGUE, NOW).time == NOW
    assert admit(sent(time=NOW + FUTURE / 2), CATALOGUE, NOW).time == NOW + FUTURE / 2


@pytest.mark.parametrize(
    "changes",
    [
        {"exercise": "1.99"},
        {"exercise": "1"},
        {"exercise": "7", "kind": "start"},
        {"exercise": 1.1},
        {"exercise": "1.1\ud800"},
        {"kind": "predict"},
        {"kind": "quiz"},
        {"kind": []},
        {"status": "brilliant"},
        {"time": -1},
        {"time": float("nan")},
        {"time": float("inf")},
        {"time": 10**400},
        {"time": True},
        {"time": "now"},
        {"uid": ""},
        {"uid": "x" * 65},
        {"uid": "'; DROP TABLE board_event"},
        {"uid": None},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_a_reason(changes):
    refused = admit(sent(**changes), CATALOGUE, NOW)
    assert isinstance(refused, Refused) and refused.why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(sent(), JSON)) | JSON)
def test_whatever_is_sent_is_kept_clean_or_refused(anything):
    found = admit(anything, CATALOGUE, NOW)
    if not isinstance(found, Refused):
        assert found.exercise in CATALOGUE.exercises or found.exercise in CATALOGUE.chapters
        assert found.time <= NOW + FUTURE
    json.dumps(found if isinstance(found, Refused) is False else [found.uid, found.why])


@given(st.sampled_from(["check", "hint", "solution"]), st.text(), st.text(), st.text(), st.integers())
def test_no_text_of_a_sender_survives(kind, detail, version, status, points):
    found = admit(sent(kind=kind, detail=detail, version=version, status=status, points=points), CATALOGUE, NOW)
    if not isinstance(found, Refused):
        assert found.detail in {"", "square", "sum", "1", "2"}
        assert found.version == "" or found.version.isascii()
        assert found.points in (0, 1)
