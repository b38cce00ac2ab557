"""What stands in the body of an exercise's class, and what becomes of it."""

import pytest
import torch

from course_utils.checking import Case, FunctionExercise, ValueExercise, mistake, rewrite, run_check
from tests.checking.superposition_exercise import Angle, Superposition


class Halved(FunctionExercise):
    id, title, difficulty, minutes, points = "7.7", "Half as much", "A", 1, 1
    hints, checked = ["What is half of two?", "Divide by two."], "numbers"
    mistakes = {"nothing": (lambda x: 0.0, "That is nothing.")}
    rewrites = [lambda x: x * 0.5]

    def cases(self, rng):
        yield from (3.0, -1.0)

    def oracle(self, x: float) -> float:
        return x / 2

    @mistake("That is twice as much.")
    def twice_as_much(x):
        return 2 * x

    @mistake("That is a quarter.")
    def a_quarter(x):
        return x / 4

    @rewrite
    def by_shifting(x):
        return x - x / 2


def test_wrong_and_right_answers_are_collected_by_their_names():
    assert [(name, feedback) for name, (_, feedback) in Halved.mistakes.items()] == [
        ("nothing", "That is nothing."),
        ("twice as much", "That is twice as much."),
        ("a quarter", "That is a quarter."),
    ]
    assert [answer(8.0) for answer, _ in Halved.mistakes.values()] == [0.0, 16.0, 2.0]
    assert [answer(8.0) for answer in Halved.rewrites] == [4.0, 4.0]


def test_they_are_no_methods_of_the_exercise():
    assert not {"twice_as_much", "a_quarter", "by_shifting"} & set(dir(Halved()))


def test_a_collected_mistake_is_recognised():
    report = run_check(Halved(), lambda x: x + x)
    assert report.mistake == "twice as much" and "That is twice as much." in report.text()


def test_a_subclass_has_the_answers_of_its_base_and_its_own():
    class Again(Halved):
        @mistake("That is three times as much.")
        def trebled(x):
            return 3 * x

    assert list(Again.mistakes) == [*Halved.mistakes, "trebled"]
    assert "trebled" not in Halved.mistakes and Again.rewrites == Halved.rewrites


@pytest.mark.parametrize("given", [torch.ones(2), [1, 2], "text", None, 3.0])
def test_a_case_wraps_its_only_argument(given):
    assert len(Case(given).args) == 1 and Case(given).args[0] is given


def test_a_case_of_several_arguments():
    assert Case((1, 2), "with two").args == (1, 2)


@pytest.mark.parametrize("exercise", [Superposition(), Angle(), Halved()], ids=lambda e: e.id)
def test_the_exercises_of_these_tests_pass_the_gates_themselves(exercise):
    from course_utils.authoring.verify import mistake_faults, rewrite_faults

    assert mistake_faults(exercise) == rewrite_faults(exercise) == []


class Wide(ValueExercise):
    id, title, difficulty, minutes, points = "7.8", "How wide?", "A", 1, 1
    hints, checked, rtol = ["Look.", "Measure."], "with a ruler", 0.1
    mistakes = {"narrow": (1.0, "Narrow."), "wide": (9.0, "Wide."), "nothing": (0.0, "Nothing.")}
    rewrites = [2, torch.tensor(2.1)]

    def oracle(self) -> float:
        return 2.0


@pytest.mark.parametrize("exercise", [Superposition(), Halved(), Wide()], ids=lambda e: e.id)
def test_what_is_refused_at_a_glance_fails_the_check_too(exercise):
    refuses = exercise.refusal(0)
    assert all(refuses(wrong) for wrong, _ in exercise.mistakes.values())
    assert not any(refuses(right) for right in exercise.rewrites)


@pytest.mark.parametrize("answer", [lambda x: 1 / 0, lambda x: torch.tensor([x, x]), lambda x: None, "no function"])
def test_an_answer_of_another_kind_is_refused(answer):
    assert Halved().refusal(0)(answer) and run_check(Halved(), answer).status == "failed"


def test_an_answer_that_changes_its_input_is_refused():
    def in_place(W):
        right = Superposition.rewrites[0](W)
        W.mul_(2)
        return right

    assert Superposition().refusal(0)(in_place)
