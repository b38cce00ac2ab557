"""The state follows from the events alone: not from their order, and not from how often they came."""

from hypothesis import given
from hypothesis import strategies as st

from course_utils.board.state import PAUSE, Room, Work
from tests.board.conftest import CATALOGUE, NOW, event

MINUTE = 60.0
EVENTS = st.builds(
    event,
    st.sampled_from(list(CATALOGUE.exercises)),
    st.just("check"),
    st.sampled_from(["passed", "failed", "not attempted"]),
    st.integers(0, 50).map(lambda n: NOW + n * MINUTE),
    detail=st.sampled_from(["", "square", "degrees"]),
) | st.builds(
    event,
    st.sampled_from(["1.1", "2.1"]),
    st.sampled_from(["hint", "solution"]),
    when=st.floats(NOW, NOW + 9999),
    detail=st.sampled_from("12"),
)


def room_of(*events) -> Room:
    room = Room()
    for number, name in ((1, "Ada"), (2, "Bo")):
        room.join(number, name)
    for number, each in events:
        room.add(number, each)
    return room


@given(st.lists(st.tuples(st.integers(1, 2), EVENTS), max_size=25), st.data())
def test_any_order_and_any_repetition_give_the_same_state(events, data):
    again = data.draw(st.lists(st.sampled_from(events))) if events else []
    shuffled = data.draw(st.permutations([*events, *again]))
    assert room_of(*shuffled) == room_of(*events)


def test_attempts_are_counted_until_the_exercise_is_passed():
    room = room_of(
        (1, event(status="failed", when=NOW)),
        (1, event(status="not attempted", when=NOW + 1)),
        (1, event(status="failed", when=NOW + 2, detail="square")),
        (1, event(status="passed", when=NOW + 3)),
        (1, event(status="passed", when=NOW + 9)),  # Run All, later
    )
    work = room.people[1].works["1.1"]
    assert (work.attempts, work.passed, work.last_wrong[2]) == (3, NOW + 3, "square")


def test_somebody_is_at_the_last_exercise_touched_or_at_the_next_that_is_open():
    room = room_of((1, event("1.2", status="passed", when=NOW)))
    ada = room.people[1]
    assert ada.at(CATALOGUE) == "1.3"  # 1.1 was left out, and stays so
    room.add(1, event("1.1", "hint", when=NOW + 1))
    assert ada.at(CATALOGUE) == "1.1"
    room.add(1, event("1.1", status="passed", when=NOW + 2))
    assert ada.at(CATALOGUE) == "1.3"
    room.add(1, event("2", "start", when=NOW + 3))
    assert ada.at(CATALOGUE) == "2.1"
    room.add(1, event("2.1", status="passed", when=NOW + 4))
    assert ada.at(CATALOGUE) is None  # nothing comes after it
    assert room.people[2].at(CATALOGUE) is None  # nothing was done


def test_a_long_pause_is_no_work():
    work = Work()
    for minute in (0, 5, 65):
        work.add(event(when=NOW + minute * MINUTE))
    assert work.worked(NOW + 67 * MINUTE) == 5 * MINUTE + PAUSE + 2 * MINUTE
    assert Work().worked(NOW) == 0


def test_events_of_somebody_who_was_forgotten_count_for_nobody():
    room = room_of((1, event()))
    room.forget(1)
    assert not room.add(1, event()) and 1 not in room.people
