"""The planner: laws that every timetable keeps, and what it leaves out, on chapters that are read at a glance."""

from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from course_utils.planning.choose import Plan, make_plan
from course_utils.planning.late import ENOUGH, core_left, droppable
from course_utils.planning.layout import AT_ONCE, items, place, settle
from course_utils.planning.material import ChapterMaterial, Reading
from course_utils.planning.schedule import PAUSES, planned_ends
from course_utils.planning.telling import text
from course_utils.planning.wishes import BadWish, Wishes, between, wishes
from tests.planning.chapters import LITTLE, any_chapters, task

DAY = datetime(2026, 3, 2)

any_wishes = st.builds(
    Wishes,
    days=st.integers(1, 4),
    length=st.integers(60, 600),
    start=st.sampled_from([480, 540, 630, 780]),
    lunch=st.sampled_from([0, 45, 60]),
)


def planned(chapters: tuple[ChapterMaterial, ...], asked: Wishes) -> Plan:
    try:
        return make_plan(chapters, asked, "Any")
    except BadWish:  # a day too short for a text: has tests of its own
        reject()


def laws(test):
    busy = [HealthCheck.too_slow, HealthCheck.filter_too_much]  # a machine may be; a short day may hold no text
    return settings(max_examples=60, deadline=None, suppress_health_check=busy)(
        given(chapters=any_chapters, asked=any_wishes)(test)
    )


@laws
def test_days_are_full_of_slots_and_no_longer_than_asked(chapters, asked):
    plan = planned(chapters, asked)
    assert list(plan.schedule.days) == list(range(1, len(plan.schedule.days) + 1))
    assert len(plan.schedule.days) <= asked.days
    for slots in plan.schedule.days.values():
        assert slots[0].starts == asked.start and slots[-1].ends <= asked.end
        assert all(before.ends == after.starts for before, after in pairwise(slots))
        assert (slots[0].kind, slots[-1].kind) in {("welcome", "closing")}


@laws
def test_nobody_works_for_more_than_ninety_minutes_without_a_pause(chapters, asked):
    for slots in planned(chapters, asked).schedule.days.values():
        since = 0
        for slot in slots:
            since = 0 if slot.kind in PAUSES else since + slot.minutes
            assert since <= AT_ONCE
        kinds = [slot.kind for slot in slots]
        assert not any(before in PAUSES and after in (*PAUSES, "closing") for before, after in pairwise(kinds))
        assert kinds.count("lunch") <= 1


@laws
def test_exercises_are_whole_planned_once_and_after_those_they_need(chapters, asked):
    plan = planned(chapters, asked)
    tasks = {task.id: task for chapter in chapters for task in chapter.tasks}
    seen: list[str] = []
    for slot in plan.schedule.slots:
        if slot.exercise:
            assert slot.minutes == tasks[slot.exercise].minutes
            assert {*tasks[slot.exercise].needs} <= {*seen} and slot.exercise not in seen
            seen.append(slot.exercise)
    assert list(planned_ends(plan.schedule, DAY)) == seen


@laws
def test_every_minute_is_in_the_timetable_or_said_to_be_missing(chapters, asked):
    plan = planned(chapters, asked)
    kinds = Counter()
    for slot in plan.schedule.slots:
        kinds[slot.kind] += slot.minutes
    placed = kinds["exercise"] + kinds["reading"] + kinds["quiz"]
    assert placed + plan.missing == sum(chapter.minutes for chapter in chapters)
    assert (*plan.chapters, *plan.without) == tuple(chapters)
    said = text(plan)
    assert all(f"All of chapter {chapter.label}" in said for chapter in plan.without)
    assert all(f"{task.id} {task.title}" in " ".join(said.split()) for task in plan.left_out)


@laws
def test_without_what_may_be_dropped_when_late_the_rest_works(chapters, asked):
    plan = planned(chapters, asked)
    for chapter in plan.chapters:
        kept = {slot.exercise for slot in plan.schedule.slots if slot.chapter == chapter.number and slot.exercise}
        was_enough = core_left(chapter, kept) >= ENOUGH
        for dropped in droppable(chapter, kept):
            kept.discard(dropped.id)
            assert all(dropped.id not in task.needs for task in chapter.tasks if task.id in kept)
            assert not was_enough or core_left(chapter, kept) >= ENOUGH


@laws
def test_nothing_that_is_left_out_would_still_have_room(chapters, asked):
    """Of the exercises whose chapter is there: adding one makes the plan too long, or needs another that is missing."""
    plan = planned(chapters, asked)
    kept = {slot.exercise for slot in plan.schedule.slots if slot.exercise}
    for out in plan.left_out:
        assert place(items(plan.chapters, kept | {out.id}), asked) is None or not {*out.needs} <= kept


@laws
def test_what_waits_for_the_next_morning_costs_no_day_and_nothing_is_lost(chapters, asked):
    plan = planned(chapters, asked)
    kept = {slot.exercise for slot in plan.schedule.slots if slot.exercise}
    full, settled = (way(items(plan.chapters, kept), asked) for way in (place, settle))
    assert full is not None and settled is not None and full[-1].day == settled[-1].day
    work = [[(s.title, s.exercise, s.minutes) for s in slots if s.chapter] for slots in (full, settled)]
    assert work[0] == work[1]


def chapter(number: str, *minutes: int, quiz: int = 5) -> ChapterMaterial:
    return ChapterMaterial(number, "T", tuple(task(f"{number}.{n}", m) for n, m in enumerate(minutes, start=1)), quiz)


def test_no_chapter_begins_at_a_days_end_if_the_days_suffice():
    first, second = chapter("1", 30), chapter("2", 10, 10, 10)
    plan = make_plan([first, second], wishes(2, 1), "An hour a day")  # 50 minutes a day; 2.1 would be the last ten
    assert [[slot.exercise for slot in day if slot.exercise] for day in plan.schedule.days.values()] == [
        ["1.1"],
        ["2.1", "2.2", "2.3"],
    ]


def test_where_there_is_no_room_to_wait_a_day_is_filled_to_its_end():
    first, second = chapter("1", 30), chapter("2", 10, 30, 10)
    plan = make_plan([first, second], wishes(2, 1), "An hour a day")
    assert not plan.missing and [slot.day for slot in plan.schedule.slots if slot.exercise == "2.1"] == [1]


def test_nobody_comes_back_from_a_break_for_ten_minutes_unless_they_end_a_chapter():
    asked = wishes(2, 2)  # a break after 80 minutes of work and five of welcome
    long = make_plan([chapter("1", 40, 35, 10, 30)], asked, "")
    assert [slot.kind for slot in long.schedule.days[1]] == ["welcome", "exercise", "exercise", "closing"]
    ends = make_plan([chapter("1", 40, 35, 10), chapter("2", 30)], asked, "")
    assert [slot.kind for slot in ends.schedule.days[1]][-4:] == ["break", "exercise", "quiz", "closing"]


def ids(plan: Plan) -> list[str]:
    return [slot.exercise for slot in plan.schedule.slots if slot.exercise]


def test_everything_has_room_in_a_long_day():
    plan = make_plan([LITTLE], wishes(1, 4), "A morning")
    assert ids(plan) == ["1.1", "1.2", "1.3", "1.4", "1.5"] and not plan.missing
    assert "Everything has room" in text(plan)
    late = {slot.exercise: slot.when_late for slot in plan.schedule.slots if slot.exercise}
    assert late == {"1.1": "", "1.2": "", "1.3": "skip", "1.4": "skip", "1.5": "skip"}
    assert [task.id for task in droppable(LITTLE, {*late})] == ["1.4", "1.5", "1.3"]


def test_open_ended_and_stretch_go_first_and_what_has_room_comes_back():
    plan = make_plan([LITTLE], wishes(1, 1.5), "Short")  # 80 minutes for 98
    assert ids(plan) == ["1.1", "1.2", "1.3", "1.5"]  # 1.5 and 1.3 came back: 1.4 was the longest, and gone first
    assert plan.schedule.left_out == ("1.4",)
    assert plan.missing == 30 and plan.days_for_all == 2


def test_where_nothing_can_be_dropped_when_late_it_says_so():
    said = text(make_plan([ChapterMaterial("1", "T", (Reading("A", 30), task("1.1", 40)), 5)], wishes(1, 1), ""))
    assert "Nothing is left that could be dropped when the room is late." in said
    assert "drop in this order" not in said and "Stretch exercises" not in said
    assert "drop in this order" in text(make_plan([LITTLE], wishes(1, 4), ""))


def test_whole_chapters_go_last_and_are_named():
    other = ChapterMaterial("2", "Halving", (task("2.1", 30), task("2.2", 30)), quiz=5)
    plan = make_plan([LITTLE, other], wishes(1, 1), "Very short")
    assert [chapter.number for chapter in plan.chapters] == ["1"] and plan.without == (other,)
    assert "All of chapter 02 Halving (65 min, 2 exercises, 4 points)." in text(plan)


def test_texts_with_no_exercise_between_them_are_one():
    chapter = ChapterMaterial("1", "T", (Reading("A", 4), task("1.1", 55, "C"), Reading("B", 4), Reading("C", 4)))
    plan = make_plan([chapter], wishes(1, 1), "")
    assert [(slot.title, slot.minutes) for slot in plan.schedule.slots if slot.kind == "reading"] == [("A … C", 12)]


def test_lunch_is_around_noon_on_days_that_have_one():
    long = ChapterMaterial("1", "Long", tuple(task(f"1.{n}", 20) for n in range(1, 22)))
    slots = make_plan([long], wishes(1, 8, lunch=45), "").schedule.slots
    (lunch,) = [slot for slot in slots if slot.kind == "lunch"]
    assert 11.5 * 60 <= lunch.starts <= 13.25 * 60 and lunch.minutes == 45
    for evening in (wishes(1, 5, "15:00"), wishes(1, 8, lunch=0)):
        assert "lunch" not in [slot.kind for slot in make_plan([long], evening, "").schedule.slots]


@pytest.mark.parametrize(
    "asked, says",
    [
        ({"days": 0, "hours": 6}, "--days is 0; a workshop has 1 to 60 days."),
        ({"days": 2, "hours": 0}, "--hours is 0; a day needs at least 1 hour."),
        ({"days": 3, "hours": 30}, "--hours is 30; a day that starts at 09:00 has 15 till midnight."),
        ({"days": 1, "hours": float("nan")}, "--hours is nan; a day needs at least 1 hour."),
        ({"days": 1, "hours": 6, "start": "25:00"}, "--start is '25:00'; write a time of day like 09:00."),
        ({"days": 1, "hours": 6, "lunch": -5}, "--lunch is -5; it is a number of minutes from 0 (no lunch) to 180."),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_a_sentence(asked, says):
    with pytest.raises(BadWish) as refused:
        wishes(**asked)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    "first, last, says",
    [
        ("03", "09", "--from is '03'; there is no such chapter. There are: 00, 01, 04."),
        ("00", "x", "--to is 'x'; there is no such chapter. There are: 00, 01, 04."),
        ("04", "01", "--from 04 comes after --to 01"),
    ],
)
def test_chapters_that_are_not_there_are_refused(first, last, says):
    with pytest.raises(BadWish) as refused:
        between(first, last, ["0", "1", "4"])
    assert says in str(refused.value)


def test_not_even_the_text_has_room():
    wordy = ChapterMaterial("1", "Wordy", (Reading("A", 30), Reading("B", 30), task("1.1")))
    with pytest.raises(BadWish, match=r"Not even the text of chapter 01 Wordy has room: it takes 60 minutes\."):
        make_plan([wordy], wishes(1, 1), "")


def test_an_exercise_longer_than_people_can_work_is_refused():
    with pytest.raises(BadWish, match=r"1\.1 takes 95 minutes"):
        make_plan([ChapterMaterial("1", "Long", (task("1.1", 95),))], wishes(1, 6), "")
