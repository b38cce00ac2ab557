"""Plausible wrong answers that no author has named: what the general diagnosis says of each, and of how many."""

from importlib import import_module

import pytest

from course_utils.checking import run_check
from tests.checking.corpus import CORPUS, UNSAID, Wrong

CHAPTERS = ("00", "01", "06", "09")
for number in CHAPTERS:
    import_module(f"tests.checking.corpus.ch{number}")
EXERCISES = {e.id: e for n in CHAPTERS for e in import_module(f"course_utils.exercises.ch{n}").EXERCISES}


def report(wrong: Wrong):
    exercise = EXERCISES[wrong.exercise]()
    exercise.mistakes = {}
    return run_check(exercise, wrong.answer)


@pytest.mark.parametrize("wrong", CORPUS, ids=lambda w: f"{w.exercise} {w.name}")
def test_what_is_said_of_a_wrong_answer(wrong):
    said = report(wrong)
    assert said.status == "failed"
    assert wrong.says in said.text()
    assert not any(phrase in said.text() for phrase in wrong.never)
    if wrong.says == UNSAID:
        assert not [line.text for line in said.lines if line.kind == "key"]


def test_the_corpus_is_wide_and_most_of_it_is_named():
    exercises = {wrong.exercise for wrong in CORPUS}
    functions = [id for id in exercises if sum(w.exercise == id for w in CORPUS) >= 6]
    assert len(exercises) >= 30 and len(functions) >= 20
    assert sum(wrong.says != UNSAID for wrong in CORPUS) >= 0.85 * len(CORPUS)


def test_the_same_answer_is_told_the_same_twice():
    for wrong in CORPUS[::9]:
        assert report(wrong).text() == report(wrong).text()
