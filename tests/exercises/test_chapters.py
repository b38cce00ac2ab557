"""What holds for the exercises of every chapter, beside the five gates and what their definition proves."""

from importlib import import_module

import pytest

# exercises, minutes and points of them all, and the fewest wrong answers that an exercise knows
CHAPTERS = {"00": (6, 40, 9, 5), "01": (13, 122, 26, 3), "06": (12, 97, 23, 3), "09": (12, 111, 24, 5)}


def of(chapter: str):
    return import_module(f"course_utils.exercises.ch{chapter}")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_it_takes_the_time_it_says(chapter):
    count, minutes, points, _ = CHAPTERS[chapter]
    exercises = of(chapter).EXERCISES
    assert len(exercises) == count
    assert sum(e.minutes for e in exercises) == minutes
    assert sum(e.points for e in exercises) == points


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_it_knows_many_wrong_answers(chapter):
    fewest = CHAPTERS[chapter][3]
    assert [e.id for e in of(chapter).EXERCISES if len(e.mistakes) < fewest] == []
