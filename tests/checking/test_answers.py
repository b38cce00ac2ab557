"""Answers that no author has listed: the wrong ones are told something true that leads on, the right ones pass."""

from importlib import import_module

import pytest

from course_utils.checking import run_check
from tests.checking.answers import Answer, made, read

CHAPTERS = ("00", "01", "06", "09", "10")
EXERCISES = {e.id: e for n in CHAPTERS for e in import_module(f"course_utils.exercises.ch{n}").EXERCISES}
WRONG, RIGHT = list(read("wrong.txt")), list(read("right.txt"))


def report(answer: Answer):
    """Without the exercise's own mistakes: an author who names one of these changes nothing here."""
    exercise = EXERCISES[answer.exercise]()
    exercise.mistakes = {}
    return run_check(exercise, made(answer, EXERCISES[answer.exercise]))


@pytest.mark.parametrize("answer", WRONG, ids=lambda a: a.name)
def test_a_wrong_answer_is_told_what_it_is(answer):
    said = report(answer)
    assert said.status == "failed"
    keys = [line.text for line in said.lines if line.kind == "key"]
    assert keys[0].startswith(answer.says) if keys else answer.says == "nothing", keys


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: a.name)
def test_a_right_answer_passes(answer):
    said = run_check(EXERCISES[answer.exercise](), made(answer, EXERCISES[answer.exercise]))
    assert said.status == "passed", said.text()


def test_there_are_answers_to_every_kind_of_exercise_and_few_are_left_without_a_word():
    assert {answer.exercise for answer in RIGHT} >= {answer.exercise for answer in WRONG}
    assert len(WRONG) >= 100 and len(RIGHT) >= 150
    assert sum(answer.says == "nothing" for answer in WRONG) <= 0.15 * len(WRONG)


def test_the_same_answer_is_told_the_same_twice():
    for answer in WRONG[::25]:
        assert report(answer).text() == report(answer).text()
