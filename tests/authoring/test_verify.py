"""The four gates, shown on exercises with one fault each."""

import time

import pytest

from course_utils.authoring import table
from course_utils.authoring.errors import CourseError
from course_utils.authoring.source import parse_source
from course_utils.authoring.verify import quiz_faults, verify_all, verify_exercise
from course_utils.exercises import Chapter


@pytest.fixture
def faults(text, registry):
    """What the gates say of exercise 1.1, or of `id`, in a changed source."""

    def found(id="1.1", change=lambda text: text) -> dict[str, list[str]]:
        chapter = parse_source(change(text), "01_doubling", "solutions/01_doubling.py")
        return verify_exercise(chapter, registry[id]).faults

    return found


@pytest.mark.parametrize("id", ["1.1", "1.2"])
def test_sound_exercises_pass_all_gates(faults, id):
    assert faults(id) == {}


def test_gate_1_a_stub_that_is_already_the_answer(faults):
    given_away = "def doubled(x):\n    y = 2 * x\n    if True:\n        return y\n"
    found = faults(change=lambda text: text.replace("def doubled(x):\n", given_away))
    assert found == {"stub": ["the stub is reported passed: 1.1 ✓ 2 points. Checked on 2 vectors, against addition."]}


def test_gate_1_a_cell_that_breaks_on_the_stub(faults):
    between = '# %%\nhalf = total / 2\n\n# %%\ncheck("1.2", half)'
    found = faults("1.2", lambda text: text.replace('# %%\ncheck("1.2", total)', between))
    assert found["stub"][0].endswith("an error instead of “not attempted”")
    assert "raises TypeError" in found["stub"][0]


def test_gate_2_a_reference_that_is_wrong(faults):
    found = faults(change=lambda text: text.replace("return x * 2", "return x * 3"))
    assert found["reference"][0].startswith("the reference is reported failed: 1.1 ✗")


def test_gate_2_a_reference_that_raises(faults):
    found = faults("1.2", lambda text: text.replace("total = parts.sum()", "total = parts.som()"))
    assert "raises AttributeError" in found["reference"][0]
    assert found["reference"][0].startswith("solutions/01_doubling.py:")


def test_gate_2_a_check_that_takes_too_long(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "seconds", 0.01)
    monkeypatch.setattr(exercises.Doubled, "oracle", lambda self, x: time.sleep(0.02) or x * 2)
    assert faults()["reference"][0].endswith("s, allowed are 0.01 s (attribute `seconds`)")


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        ({}, "there is no mistake: name at least one wrong answer and its feedback"),
        ({"right": (lambda x: x + x, "Wrong.")}, "“right” is reported passed"),
        ({"tripled": (lambda x: 3 * x, " ")}, "“tripled” has no feedback"),
        (
            {"tripled": (lambda x: 3 * x, "Three times."), "also": (lambda x: x + x + x, "Thrice.")},
            "“also” fails without its own feedback, with that of “tripled”",
        ),
    ],
)
def test_gate_3_mistakes_without_their_own_feedback(faults, exercises, monkeypatch, mistakes, said):
    monkeypatch.setattr(exercises.Doubled, "mistakes", mistakes)
    assert faults() == {"mistakes": [said]}


def test_gate_4_a_rewrite_that_does_not_pass(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "rewrites", [exercises.by_addition, exercises.tripled])
    assert faults()["rewrites"][0].startswith("tripled is reported failed: 1.1 ✗")


def test_gate_4_no_rewrite(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "rewrites", [])
    assert faults() == {"rewrites": ["there is no rewrite: give at least one right answer written differently"]}


def test_too_few_hints(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "hints", [""])
    assert faults() == {"hints": ["1 of at least 2 hints", "hint 1 is empty"]}


def test_an_exercise_that_the_source_lacks(faults):
    found = faults(change=lambda text: text.replace('check("1.1", doubled)', "doubled"))
    assert found["stub"] == found["reference"] == ['solutions/01_doubling.py has no cell `check("1.1", …)`']


def test_a_sound_quiz(exercises):
    assert quiz_faults(exercises.QUIZ) == []


def test_a_quiz_of_two_questions_the_same_answer_twice(exercises):
    question = exercises.QUIZ[0]
    twice = type(question)(question.text, [*question.choices[:2], question.choices[1]])
    assert quiz_faults([question, twice]) == [
        "2 questions, there should be 5",
        "question 2: two choices read the same",
    ]


@pytest.fixture
def parts(exercises):
    return [Chapter("1", [kind() for kind in exercises.EXERCISES], exercises.QUIZ)]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ([], ["1.1", "1.2", "quiz 1"]),
        (["01"], ["1.1", "1.2", "quiz 1"]),
        (["1.2"], ["1.2"]),
        (["1.2", "1.1"], ["1.1", "1.2"]),
    ],
)
def test_what_is_verified(parts, clone, wanted, ids):
    assert [row.id for row in verify_all(wanted, parts, clone)] == ids


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("1.3", "There is no exercise '1.3'. Did you mean 1.2 or 1.1?"), ("7", "There is no chapter '7' in solutions/")],
)
def test_what_does_not_exist(parts, clone, wanted, said):
    with pytest.raises(CourseError) as raised:
        list(verify_all([wanted], parts, clone))
    assert said in str(raised.value)


def test_a_line_of_the_table(parts, clone):
    row = next(verify_all(["1.1"], parts, clone))
    shown = table.line(row._replace(seconds=0.04, faults={"reference": ["it is wrong"]}))
    assert shown.split("\n") == [
        "1.1     ✓ stub  ✗ reference  ✓ 1 mistake  ✓ 1 rewrite            0.04 s  Twice as much",
        "          reference: it is wrong",
    ]
    assert table.summary([row, row._replace(id="1.2", faults={"stub": ["no"]})]) == "1 of 2 fail: 1.2"
