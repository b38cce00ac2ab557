"""What leaves a learner's machine is narrow, whatever stands in the record."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import exercises
from course_utils.desk.event_wire import NAME_LENGTH, SENT_KINDS, STATUSES, as_sent, clean, clean_name
from course_utils.desk.events import FIELDS, Event

CHECK = Event("a1", 12.5, "1.4", "check", "failed", "counts itself", 0, "0.1.0")


def test_a_check_tells_exercise_result_and_the_mistakes_name():
    assert as_sent(CHECK) == CHECK._asdict()
    assert as_sent(CHECK._replace(status="passed", detail="", points=2))["points"] == 2


@pytest.mark.parametrize(
    "event, sent",
    [
        (Event("a", 1.0, "1.4", "hint", detail="2"), "2"),
        (Event("a", 1.0, "1.4", "solution"), ""),
        (Event("a", 1.0, "1", "start", version="0.1.0"), ""),
    ],
)
def test_hints_solutions_and_starts_are_sent(event, sent):
    assert as_sent(event) == event._asdict() | {"detail": sent}


@pytest.mark.parametrize("kind", ["predict", "compare", "quiz", "export", ""])
def test_what_a_learner_wrote_stays_at_home(kind):
    assert as_sent(Event("a", 1.0, "1.4", kind, detail="five arrows, I think")) is None


@pytest.mark.parametrize(
    "detail", ["return W.T @ W\n", "def f(x): " + "x" * 80, "/home/ada/notes.txt", "_private", "<b>", "x\x1b[31m"]
)
def test_a_detail_that_is_no_mistakes_name_is_left_out(detail):
    assert as_sent(CHECK._replace(detail=detail))["detail"] == ""
    assert as_sent(Event("a", 1.0, "1.4", "hint", detail=detail))["detail"] == ""
    assert as_sent(Event("a", 1.0, "1.4", "solution", detail="counts itself"))["detail"] == ""


def test_the_name_of_every_mistake_of_the_course_can_be_sent():
    names = {name for chapter in exercises.all_chapters() for each in chapter.exercises for name in each.mistakes}
    assert len(names) > 1000
    assert [name for name in names if as_sent(CHECK._replace(detail=name))["detail"] != name] == []


anything = st.builds(
    Event,
    uid=st.text() | st.uuids().map(lambda uid: uid.hex),
    time=st.floats(),
    exercise=st.text() | st.sampled_from(["1.4", "0"]),
    kind=st.text() | st.sampled_from(["check", "hint", "solution", "start", "predict", "compare", "quiz"]),
    status=st.text() | st.sampled_from(["passed", "failed"]),
    detail=st.text() | st.sampled_from(["counts itself", "2"]),
    points=st.integers(),
    version=st.text(),
)


@given(anything)
def test_no_record_makes_anything_else_be_sent(event):
    sent = as_sent(event)
    if sent is None:
        return
    assert tuple(sent) == FIELDS and sent["kind"] in SENT_KINDS and sent["status"] in {*STATUSES, ""}
    assert as_sent(Event(**sent)) == sent  # the board's side, and an imported file, see the same
    assert len(json.dumps(sent)) < 1024  # 200 of them fit into a request
    assert all(value in ("", getattr(event, name)) for name, value in sent.items() if name != "points")
    assert not re.search(r"""[\n@{}"\[\]\\]""", sent["detail"])


@given(st.text())
def test_names_have_no_control_characters_and_an_end(name):
    assert clean(clean(name)) == clean(name)
    if 0 < len(clean(name)) <= NAME_LENGTH:
        assert clean_name(name) == clean(name) and clean(name).isprintable()
    else:
        with pytest.raises(ValueError, match=r"\.$"):
            clean_name(name)


def test_a_name_keeps_its_letters():
    assert clean_name(" Åsa\tO’Neil-Núñez \u202e李 ") == "Åsa O’Neil-Núñez 李"
