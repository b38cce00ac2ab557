"""What holds for the exercises of every chapter, beside the four gates."""

from importlib import import_module

import pytest

# exercises, minutes of them all, points of them all: the README and the chapters' own tables are counted from these
CHAPTERS = {"00": (6, 40, 9), "01": (13, 122, 26), "06": (12, 97, 23), "09": (12, 111, 24)}


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    module = import_module(f"course_utils.exercises.ch{request.param}")
    module.number = request.param
    return module


def test_it_takes_the_time_it_says(chapter):
    count, minutes, points = CHAPTERS[chapter.number]
    assert [e.id for e in chapter.EXERCISES] == [f"{int(chapter.number)}.{n}" for n in range(1, count + 1)]
    assert sum(e.minutes for e in chapter.EXERCISES) == minutes
    assert sum(e.points for e in chapter.EXERCISES) == points


def test_its_quiz_asks_a_few_questions(chapter):
    assert 3 <= len(chapter.QUIZ) <= 5


def test_no_exercise_needs_a_later_one(chapter):
    position = {exercise.id: n for n, exercise in enumerate(chapter.EXERCISES)}
    # Those of an earlier chapter are not in `position`.
    assert all(position.get(need, -1) < position[e.id] for e in chapter.EXERCISES for need in e.needs)


def test_every_mistake_has_its_own_words(chapter):
    for exercise in chapter.EXERCISES:
        said = [feedback for _, feedback in exercise.mistakes.values()]
        assert len(set(said)) == len(said) >= 3, exercise.id
