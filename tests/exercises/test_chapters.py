"""What holds for the exercises of every chapter, beside the four gates."""

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
    assert [e.id for e in exercises] == [f"{int(chapter)}.{n}" for n in range(1, count + 1)]
    assert sum(e.minutes for e in exercises) == minutes
    assert sum(e.points for e in exercises) == points


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_its_quiz_has_five_questions(chapter):
    assert len(of(chapter).QUIZ) == 5


def test_no_exercise_needs_a_later_one_or_one_that_is_not_there():
    exercises = [e for chapter in CHAPTERS for e in of(chapter).EXERCISES]
    position = {exercise.id: n for n, exercise in enumerate(exercises)}
    assert all(position[need] < position[e.id] for e in exercises for need in e.needs)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_mistake_has_its_own_words(chapter):
    for exercise in of(chapter).EXERCISES:
        said = [feedback for _, feedback in exercise.mistakes.values()]
        assert len(set(said)) == len(said) >= CHAPTERS[chapter][3], exercise.id
