"""Everything that is refused where it is defined. Each test breaks one sound definition in one way."""

import pytest

from course_utils import exercises
from course_utils.checking import BadDefinition, Case
from course_utils.checking.definition import check_chapter
from tests.modules import loaded

HALVED = '''\
"""Exercise 1.2 of a little course."""

from course_utils.checking import FunctionExercise, mistake, rewrite


class Halved(FunctionExercise):
    id, title = "1.2", "Half as much"
    difficulty = "A"
    minutes = 3
    points = 2
    needs = ["1.1"]
    hints = ["What is half of two?", "Divide by two."]
    checked = "numbers"

    def cases(self, rng):
        yield from (3.0, -1.0)

    def oracle(self, x: float) -> float:
        return x / 2

    @mistake("That is twice as much.")
    def doubled(x):
        return 2 * x

    @mistake("That is a quarter.")
    def halved_twice(x):
        return x / 4

    @mistake("The remainder is missing.")
    def rounded_down(x):
        return x // 2

    @rewrite
    def by_multiplying(x):
        return 0.5 * x
'''
LAST_MISTAKE = HALVED[HALVED.index('    @mistake("The remainder') : HALVED.index("    @rewrite")]
REWRITE = HALVED[HALVED.index("    @rewrite") :]
CASES = HALVED[HALVED.index("    def cases") : HALVED.index("    def oracle")]
ORACLE = HALVED[HALVED.index("    def oracle") : HALVED.index('    @mistake("That is twice')]
VALUE = """\
from course_utils.checking import ValueExercise


class Total(ValueExercise):
    id, title, difficulty, minutes, points = "1.2", "How much?", "B", 2, 1
    hints = ["Add them.", "Three twos."]
    checked = "by counting"
    mistakes = {"one": (1, "Too few."), "two": (2, "Still too few."), "three": (3, "That is half.")}
    rewrites = [6.0]

    def oracle(self):
        return 6
"""
EXPERIMENT = """\
import torch

from course_utils.checking import Band, ExperimentExercise


class Trained(ExperimentExercise):
    id, title, difficulty, minutes, points = "1.2", "Train", "B", 2, 1
    hints = ["Begin.", "Go on."]
    fields = {"W": "feature"}
    mistakes = {n: (lambda: torch.zeros(1), n) for n in ("one", "two", "three")}
    rewrites = [lambda: torch.ones(1)]

    def bands(self, W):
        yield Band("W moved", bool(W.any()), "zeros")
"""
UNREASONED = '\n    equivalent = {"line 1: `a` → `b`": " "}\n'
NEW_HINTS = "there should be 2 or more, from a nudge to a near-answer"


@pytest.fixture
def chapter(tmp_path):
    """The folder of a chapter that has the exercises 1.1 and 1.3."""
    folder = tmp_path / "course_utils" / "exercises" / "ch01"
    folder.mkdir(parents=True)
    (folder / "others.py").write_text('class A:\n    id = "1.1"\n\n\nclass B:\n    id, title = "1.3", "Later"\n')
    return folder


@pytest.fixture
def refused(chapter):
    """What is said of a module, on being imported: one line for the class in it."""

    def message(text: str) -> str:
        (chapter / "halved.py").write_text(text)
        with pytest.raises(BadDefinition) as raised:
            loaded(chapter / "halved.py")
        return str(raised.value)

    return message


@pytest.mark.parametrize("text", [HALVED, VALUE, EXPERIMENT])
def test_sound_definitions(chapter, text):
    (chapter / "halved.py").write_text(text)
    loaded(chapter / "halved.py")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id, title = "1.2", "Half as much"', 'title = "Half as much"', "`id` is missing"),
        ('id, title = "1.2", "Half as much"', 'id = "1.2"', "`title` is missing"),
        ('    difficulty = "A"\n', "", "`difficulty` is missing"),
        ("    minutes = 3\n", "", "`minutes` is missing"),
        ("    points = 2\n", "", "`points` is missing"),
        ('    hints = ["What is half of two?", "Divide by two."]\n', "", "`hints` is missing"),
        ('    checked = "numbers"\n', "", "`checked` is missing"),
        (CASES, "", "`cases` is missing"),
        (ORACLE, "", "`oracle` is missing"),
    ],
)
def test_an_attribute_that_is_missing(refused, old, new, said):
    assert refused(HALVED.replace(old, new)) == f"course_utils/exercises/ch01/halved.py:6: class Halved: {said}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"1.2"', '"1.02"', "`id` is '1.02'; it should be chapter.number, like 1.4"),
        ('"1.2"', "1.2", "`id` is 1.2; it should be chapter.number, like 1.4"),
        ('"1.2"', '"01.2"', "`id` is '01.2'; it should be chapter.number, like 1.4"),
        ('"Half as much"', '" "', "`title` is empty or no text"),
        ('difficulty = "A"', 'difficulty = "E"', "`difficulty` is 'E'; it should be one of A, B, C, D"),
        ("minutes = 3", "minutes = 0", "`minutes` is 0; it should be a whole number from 1"),
        ("points = 2", "points = -2", "`points` is -2; it should be a whole number from 1"),
        ("points = 2", "points = 0", "`points` is 0; it should be a whole number from 1"),
        ("points = 2", "points = True", "`points` is True; it should be a whole number from 1"),
        ("points = 2", "points = 2.5", "`points` is 2.5; it should be a whole number from 1"),
        ('hints = ["What is half of two?", "Divide by two."]', 'hints = ["Divide."]', f"`hints` has 1; {NEW_HINTS}"),
        ('hints = ["What is half of two?", "Divide by two."]', 'hints = "Divide."', f"`hints` has 1; {NEW_HINTS}"),
        ('"Divide by two."', '"  "', "`hints`: hint 2 is empty or no text"),
        ('needs = ["1.1"]', 'needs = ["1.11"]', "`needs` '1.11', which does not exist; did you mean 1.1 or 1.3?"),
        ('needs = ["1.1"]', 'needs = ["one"]', "`needs` 'one', which does not exist"),
        ('needs = ["1.1"]', 'needs = ["1.2"]', "`needs` '1.2', which doesn't come before 1.2"),
        ('needs = ["1.1"]', 'needs = ["1.1", "1.3"]', "`needs` '1.3', which doesn't come before 1.2"),
        ("a quarter", "twice as much", "`mistakes`: “doubled” and “halved twice” say the same"),
        (LAST_MISTAKE, "", "`mistakes` has 2; name 3 or more wrong answers"),
        (REWRITE, REWRITE + UNREASONED, "`equivalent` lists “line 1: `a` → `b`” without a reason"),
        (REWRITE, "", "`rewrites` is empty; give a right answer that is written differently"),
    ],
)
def test_an_attribute_that_makes_no_sense(refused, old, new, said):
    assert refused(HALVED.replace(old, new)) == f"course_utils/exercises/ch01/halved.py:6: class Halved: {said}"


def test_all_that_is_wrong_is_said_at_once(refused):
    said = refused(HALVED.replace("points = 2", "points = 0").replace('"Divide by two."', '""').replace(REWRITE, ""))
    assert [part.partition("`")[2].partition("`")[0] for part in said.split("; ") if "`" in part] == [
        "points",
        "hints",
        "rewrites",
    ]


@pytest.mark.parametrize("second", [LAST_MISTAKE, REWRITE.replace("by_multiplying", "rounded_down")])
def test_two_answers_of_one_name(refused, second):
    said = refused(HALVED + second)
    assert said.startswith("course_utils/exercises/ch01/halved.py:") and "called `rounded_down`" in said


@pytest.mark.parametrize(
    ("text", "part", "said"),
    [
        (VALUE, '    checked = "by counting"\n', "4: class Total: `checked` is missing"),
        (VALUE, "\n    def oracle(self):\n        return 6\n", "4: class Total: `oracle` is missing"),
        (EXPERIMENT, '    fields = {"W": "feature"}\n', "6: class Trained: `fields` is missing"),
        (EXPERIMENT, EXPERIMENT[EXPERIMENT.index("\n    def bands") :], "6: class Trained: `bands` is missing"),
    ],
)
def test_what_the_other_kinds_need(refused, text, part, said):
    assert refused(text.replace(part, "")) == f"course_utils/exercises/ch01/halved.py:{said}"


def test_a_learners_class_outside_the_course_needs_no_other_exercises(tmp_path):
    """Nothing stands beside it, so only the order of its prerequisites can be judged."""
    (tmp_path / "halved.py").write_text(HALVED.replace('needs = ["1.1"]', 'needs = ["0.7"]'))
    loaded(tmp_path / "halved.py")
    (tmp_path / "halved.py").write_text(HALVED.replace('needs = ["1.1"]', 'needs = ["2.1"]'))
    with pytest.raises(BadDefinition, match=r"halved.py:6: class Halved: `needs` '2.1', which doesn't come before 1.2"):
        loaded(tmp_path / "halved.py")


QUIZ = """\
from course_utils.checking import Choice, Question

QUIZ = [
    Question("Is it?", [Choice("yes", "Right."), Choice("no", "No."), Choice("perhaps", "No.", right=True)]),
    Question(
        "What is half of two?",
        [Choice("one", "Yes.", right=True), Choice("two", "That is two."), Choice("four", "That is twice two.")],
    ),
]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"That is two."', '"That is two.", right=True', "needs 3 or more choices, exactly one of them right"),
        (", right=True), Choice", "), Choice", "needs 3 or more choices, exactly one of them right"),
        (', Choice("four", "That is twice two.")', "", "needs 3 or more choices, exactly one of them right"),
        ('"That is twice two."', '" "', "“four” has no feedback"),
        ('"four"', '"two"', "two choices read the same"),
    ],
)
def test_a_question(refused, old, new, said):
    place = "course_utils/exercises/ch01/halved.py:5"
    assert refused(QUIZ.replace(old, new)) == f"{place}: Question 'What is half of two?': `choices`: {said}"


@pytest.fixture
def little(chapter):
    """A chapter's module and its five questions; exercises are whatever has an id."""
    file = chapter / "__init__.py"
    file.write_text('"""A chapter."""\n\nfrom quiz import QUIZ\n\n__all__ = ["EXERCISES", "QUIZ"]\n\nEXERCISES = []\n')
    return type("Module", (), {"__file__": str(file)}), [None] * 5


def numbered(*ids: str) -> list:
    return [type("Numbered", (), {"id": id}) for id in ids]


def test_a_sound_chapter(little):
    module, quiz = little
    check_chapter(module, "1", numbered("1.1", "1.2"), quiz)


@pytest.mark.parametrize("ids", [("1.2", "1.1"), ("1.1", "1.3"), ("1.1", "1.1"), ("1.1", "2.2"), ("1.2", "1.3")])
def test_a_chapter_with_ids_out_of_order(little, ids):
    module, quiz = little
    with pytest.raises(BadDefinition) as raised:
        check_chapter(module, "1", numbered(*ids), quiz)
    said = f"`EXERCISES` should be 1.1, 1.2 in this order; it is {', '.join(ids)}"
    assert str(raised.value) == f"course_utils/exercises/ch01/__init__.py:7: chapter 1: {said}"


@pytest.mark.parametrize("count", [0, 4, 6])
def test_a_quiz_of_another_length(little, count):
    module, _ = little
    with pytest.raises(BadDefinition) as raised:
        check_chapter(module, "1", numbered("1.1"), [None] * count)
    said = f"`QUIZ` has {count} questions, it should have 5"
    assert str(raised.value) == f"course_utils/exercises/ch01/__init__.py:3: chapter 1: {said}"


def test_the_registry_gives_out_no_chapter_that_is_refused(monkeypatch):
    from course_utils.exercises import ch01

    monkeypatch.setattr(ch01, "EXERCISES", ch01.EXERCISES[::-1])
    exercises.chapter.cache_clear()
    try:
        with pytest.raises(BadDefinition, match=r"course_utils/exercises/ch01/__init__.py:\d+: chapter 1: `EXERCISES`"):
            exercises.chapter("1")
    finally:
        exercises.chapter.cache_clear()


FIRST = '@mistake("That is twice as much.")'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["What is half of two?", "Divide by two."]', "3", "`hints` is a int; it should be a list of texts"),
        ('["What is half of two?", "Divide by two."]', '{"a": 1, "b": 2}', "`hints` is a dict; it should be a list"),
        ('"Divide by two."]', "3]", "`hints`: hint 2 is empty or no text"),
        ('"Divide by two."]', '"What is half of two?"]', "`hints`: one is there twice"),
        ('"Half as much"', "None", "`title` is empty or no text"),
        ('difficulty = "A"', 'difficulty = ["A"]', "`difficulty` is ['A']; it should be one of A, B, C, D"),
        ('needs = ["1.1"]', 'needs = "1.1"', "`needs` is '1.1'; it should be a list of ids"),
        ('needs = ["1.1"]', "needs = None", "`needs` is None; it should be a list of ids"),
        ('"1.2"', '"1.٢"', "`id` is '1.٢'; it should be chapter.number"),
        ('checked = "numbers"', "checked, equivalent = 'x', ['a']", "`equivalent` is a list; it should be a dict"),
        ('checked = "numbers"', "checked, equivalent = 'x', {'a': None}", "`equivalent` lists “a” without a reason"),
        ('checked = "numbers"', "checked, mistakes = 'x', [1, 2]", "`mistakes` is a list; it should be a dict"),
        ('checked = "numbers"', "checked, mistakes = 'x', {'q': abs}", "`mistakes`: “q” should be a pair"),
        ('checked = "numbers"', "checked, mistakes = 'x', {'q': (abs, None)}", "`mistakes`: “q” has no feedback"),
        ('"That is a quarter."', '"That is twice as much. "', "`mistakes`: “doubled” and “halved twice” say the same"),
        (ORACLE, "    oracle = None\n\n", "`oracle` is None; it should be a function"),
    ],
)
def test_an_attribute_of_another_kind_is_no_riddle(refused, old, new, said):
    assert refused(HALVED.replace(old, new)).startswith(
        f"course_utils/exercises/ch01/halved.py:6: class Halved: {said}"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (FIRST, "@mistake", "`@mistake` needs the sentence that it deserves"),
        (FIRST, '@mistake(" ")', "`@mistake` needs the sentence that it deserves"),
        (FIRST, "@mistake(3)", "`@mistake` needs the sentence that it deserves"),
        (FIRST, f"{FIRST}\n    @rewrite", "`@mistake` stands above a function, not above _Marked("),
        ("@rewrite", '@rewrite("so")', "`@rewrite` stands above a function, not above 'so'"),
    ],
)
def test_a_decorator_that_is_used_in_another_way(refused, old, new, said):
    """Refused where it stands, with its line: `@mistake` without a sentence used to lose the mistake in silence."""
    line = HALVED[: HALVED.index(old)].count("\n") + 1
    place, _, rest = refused(HALVED.replace(old, new)).partition(": ")
    assert rest.startswith(said) and int(place.rpartition(":")[2]) in (line, line + 1)


@pytest.mark.parametrize("order", [f"@staticmethod\n    {FIRST}", f"{FIRST}\n    @staticmethod"])
def test_a_mistake_may_be_called_static(chapter, order):
    (chapter / "halved.py").write_text(HALVED.replace(FIRST, order))
    found = loaded(chapter / "halved.py").Halved
    assert found.mistakes["doubled"][0](2) == 4


def test_a_case_with_two_arguments_is_one_tuple():
    with pytest.raises(TypeError, match=r"Case\(\(W, x\)\), not Case\(W, x\)"):
        Case(1.0, 2.0)
