"""The gates, shown on exercises with one fault each."""

import time

import pytest

from course_utils.authoring import table
from course_utils.authoring.source import parse_source
from course_utils.authoring.verify import reference_faults, verify_all, verify_exercise
from course_utils.exercises import Chapter
from tests.modules import loaded


@pytest.fixture
def faults(text, registry):
    """What the gates say of exercise 1.1, or of `id`, in a changed source."""

    def found(id="1.1", change=lambda text: text) -> dict[str, list[str]]:
        chapter = parse_source(change(text), "01_doubling", "solutions/01_doubling.py")
        return verify_exercise(chapter, registry[id]).faults

    return found


TODO_EXERCISE = """\
from course_utils.checking import FunctionExercise, mistake, rewrite


class Doubled(FunctionExercise):
    id, title, difficulty, minutes, points = "1.1", "Twice as much", "A", 3, 2
    hints = ["What is twice one?", "Multiply by two."]
    checked = "numbers"

    def cases(self, rng):
        yield from (1.5, -2.0)

    def oracle(self, x: float) -> float:
        return x + x

    @mistake("{text_of_feedback}")
    def tripled(x):
        return 3 * x

    @mistake("That is x times x.")
    def squared(x):
        return x * x

    @mistake("That is x itself.")
    def left_alone(x):
        return x

    @rewrite
    def from_the_left(x):
        return 2 * x
"""


def written(folder, text_of_feedback: str, after: str = "") -> type:
    """The class of an exercise in a module of its own."""
    file = folder / "todo_exercises.py"
    file.write_text(TODO_EXERCISE.format(text_of_feedback=text_of_feedback) + after)
    return loaded(file).Doubled


@pytest.mark.parametrize("id", ["1.1", "1.2"])
def test_sound_exercises_pass_all_gates(faults, id):
    assert faults(id) == {}


def test_gate_1_a_stub_that_is_already_the_answer(faults):
    given_away = "def doubled(x):\n    y = 2 * x\n    if True:\n        return y\n"
    found = faults(change=lambda text: text.replace("def doubled(x):\n", given_away))
    assert found["stub"] == ["the stub is reported passed: 1.1 ✓ 2 points. Checked on 2 vectors, against addition."]


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


def computes(seconds: float) -> None:
    started = time.process_time()
    while time.process_time() < started + seconds:
        pass


def test_gate_2_a_check_that_takes_too_long(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "seconds", 0.01)
    monkeypatch.setattr(exercises.Doubled, "oracle", lambda self, x: computes(0.02) or x * 2)
    assert faults()["reference"][0].endswith("s, allowed are 0.01 s (attribute `seconds`)")


def test_gate_2_a_check_that_waits_for_a_busy_machine_is_not_too_long(chapter, registry, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "seconds", 0.2)
    monkeypatch.setattr(exercises.Doubled, "oracle", lambda self, x: time.sleep(0.3) or x * 2)
    assert reference_faults(chapter, registry["1.1"])[0] == []


def test_gate_3_a_mistake_that_passes(faults, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Doubled, "mistakes", {"right": (lambda x: x + x, "Wrong.")})
    assert faults() == {"mistakes": ["“right” is reported passed"]}


def test_gate_3_two_mistakes_that_cannot_be_told_apart_get_neither_feedback(faults, exercises, monkeypatch):
    alike = {"tripled": (lambda x: 3 * x, "Three times."), "also": (lambda x: x + x + x, "Thrice.")}
    monkeypatch.setattr(exercises.Doubled, "mistakes", alike)
    first, second = faults()["mistakes"]
    assert first.startswith("“tripled” fails without its own feedback") and "Three times" not in first
    assert second.startswith("“also” fails without its own feedback") and "Thrice" not in second


def test_gate_4_a_rewrite_that_does_not_pass(faults, exercises, monkeypatch):
    def tripled(x):
        return 3 * x

    monkeypatch.setattr(exercises.Doubled, "rewrites", [*exercises.Doubled.rewrites, tripled])
    assert faults()["rewrites"][0].startswith("tripled is reported failed: 1.1 ✗")


def test_an_oracle_that_raises_is_a_fault_like_another(faults, exercises, monkeypatch):
    def unwritten(self, x):
        raise RuntimeError("later")

    monkeypatch.setattr(exercises.Doubled, "oracle", unwritten)
    (said,) = faults()["reference"]
    assert "The check itself broke" in said and "RuntimeError: later" in said


def test_a_TODO_in_the_class_is_named_with_its_line(text, tmp_path):
    kind = written(tmp_path, text_of_feedback="TODO say why")
    row = verify_exercise(parse_source(text, "01_doubling", "solutions/01_doubling.py"), kind())
    assert row.faults == {"unfinished": ['todo_exercises.py:15: @mistake("TODO say why")']}


def test_a_TODO_in_another_class_of_the_module_is_that_ones(text, tmp_path):
    kind = written(tmp_path, text_of_feedback="That is 3x.", after="class Other:\n    left = 'TODO'\n")
    assert verify_exercise(parse_source(text, "01_doubling", "solutions/01_doubling.py"), kind()).ok


def test_an_exercise_that_the_source_lacks(faults):
    found = faults(change=lambda text: text.replace('check("1.1", doubled)', "doubled"))
    assert found["stub"] == found["reference"] == ['solutions/01_doubling.py has no cell `check("1.1", …)`']


@pytest.fixture
def parts(exercises):
    return [Chapter("1", [kind() for kind in exercises.EXERCISES], exercises.QUIZ)]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ([], ["1.1", "1.2"]),
        (["01"], ["1.1", "1.2"]),
        (["01_doubling"], ["1.1", "1.2"]),
        (["1.2"], ["1.2"]),
        (["1.2", "1.1"], ["1.1", "1.2"]),
    ],
)
def test_what_is_verified(parts, clone, wanted, ids):
    assert [row.id for row in verify_all(wanted, parts, clone)] == ids


def test_a_line_of_the_table(parts, clone):
    row = next(verify_all(["1.1"], parts, clone))
    shown = table.line(row._replace(seconds=0.04, faults={"reference": ["it is wrong"]}))
    assert shown.split("\n") == [
        f"1.1     ✓ stub  ✗ reference  ✓ 3 mistakes  ✓ 1 rewrite  ✓ 12 mutants{'0.04 s':>27}  Twice as much",
        "          reference: it is wrong",
    ]
    assert table.summary([row, row._replace(id="1.2", faults={"stub": ["no"]})]) == "1 of 2 fail: 1.2"
