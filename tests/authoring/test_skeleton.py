"""`course new`: where the skeleton goes, what it leaves alone, and what is said of it until it is written."""

import importlib.util

import pytest

from course_utils.authoring.lint import lint
from course_utils.authoring.skeleton import CannotStart, new_exercise
from course_utils.authoring.source import read_source
from course_utils.authoring.verify import verify_exercise

INIT = "exercises/ch01/__init__.py"


def files(clone):
    return {path: path.read_bytes() for path in clone.root.rglob("*.py")}


def test_a_skeleton_is_one_new_module_and_two_additions(clone, registry):
    before = files(clone)
    paths = new_exercise("1.9", registry, clone)
    assert [clone.shown(path) for path in paths] == [
        "course_utils/exercises/ch01/exercise_1_9.py",
        "course_utils/exercises/ch01/__init__.py",
        "solutions/01_doubling.py",
    ]
    for path, old in before.items():
        kept = iter(path.read_bytes().splitlines())
        assert all(line in kept for line in old.splitlines() if b"EXERCISES" not in line)  # all lines, in their order


def test_it_is_registered(clone, registry):
    new_exercise("1.9", registry, clone)
    init = (clone.package / INIT).read_text()
    assert "from course_utils.exercises.ch01.exercise_1_9 import Exercise1_9\n" in init
    assert "EXERCISES = [Doubled, Total, Exercise1_9]" in init


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("EXERCISES = []", "EXERCISES = [Exercise1_9]"),
        ("EXERCISES = [Doubled(), Total()]", "EXERCISES = [Doubled(), Total(), Exercise1_9()]"),
        ("EXERCISES = [\n    Doubled,\n]", "EXERCISES = [\n    Doubled,\n    Exercise1_9,\n]"),
        ("EXERCISES = [\n    Doubled\n]", "EXERCISES = [\n    Doubled,\n    Exercise1_9,\n]"),
        ("EXERCISES: list = [Doubled]", "EXERCISES: list = [Doubled, Exercise1_9]"),
    ],
)
def test_any_plain_list_is_continued_in_its_own_style(clone, registry, old, new):
    (clone.package / INIT).write_text(f'"""Wörter."""\n\n{old}  # ends here\n')
    new_exercise("1.9", registry, clone)
    assert f"{new}  # ends here\n" in (clone.package / INIT).read_text()


def test_its_cells_come_before_the_closing_part(clone, registry):
    source = clone.solutions / "01_doubling.py"
    ending = '# %% [markdown]\n# ## Summary\n#\n# That was doubling.\n\n# %%\nquiz("1")\n'
    source.write_text(source.read_text() + "\n" + ending)
    new_exercise("1.9", registry, clone)
    assert source.read_text().endswith('# %%\ncheck("1.9", answer_1_9)\n\n' + ending)


def test_without_a_closing_part_they_come_last(clone, registry):
    new_exercise("1.9", registry, clone)
    assert (clone.solutions / "01_doubling.py").read_text().endswith('check("1.9", answer_1_9)\n')


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("1.1", "Exercise 1.1 exists: 'Twice as much'."),
        ("1", "An exercise's id is chapter.number, like 1.9; not '1'."),
        ("one.nine", "An exercise's id is chapter.number, like 1.9; not 'one.nine'."),
        ("01.9", "Write the id as the registry does: 1.9."),
        (
            "7.1",
            "There is no chapter '7' in solutions/; there are: 01. Write the chapter's source before its exercises.",
        ),
    ],
)
def test_what_cannot_be_started(clone, registry, id, said):
    before = files(clone)
    with pytest.raises(CannotStart) as raised:
        new_exercise(id, registry, clone)
    assert str(raised.value) == said
    assert files(clone) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda clone: (clone.package / "exercises/ch01/exercise_1_9.py").write_text("mine = 1\n"),
        lambda clone: (clone.package / INIT).write_text("EXERCISES = first + second\n"),
        lambda clone: (clone.package / INIT).unlink(),
        lambda clone: (clone.solutions / "01_doubling.py").write_text(
            (clone.solutions / "01_doubling.py").read_text() + '\n# %% exercise="1.9"\nx = 1\n'
        ),
    ],
)
def test_nothing_is_written_when_a_file_is_not_as_expected(clone, registry, spoil):
    spoil(clone)
    before = files(clone)
    with pytest.raises(CannotStart):
        new_exercise("1.9", registry, clone)
    assert files(clone) == before


@pytest.fixture
def started(clone, registry):
    """Chapter and registry with a skeleton of 1.9 in them."""
    module, _, source = new_exercise("1.9", registry, clone)
    spec = importlib.util.spec_from_file_location("exercise_1_9", module)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return read_source(source, clone.shown(source)), {**registry, "1.9": loaded.Exercise1_9()}


def test_verify_says_what_is_left_to_write(started):
    chapter, registry = started
    row = verify_exercise(chapter, registry["1.9"])
    assert row.faults == {
        "reference": ["the reference is reported not attempted: 1.9 ○ Not attempted yet."],
        "mistakes": ["there is no mistake: name at least one wrong answer and its feedback"],
        "rewrites": ["there is no rewrite: give at least one right answer written differently"],
        "hints": ["hint 1 is empty", "hint 2 is empty"],
    }
    assert verify_exercise(chapter, registry["1.1"]).ok


def test_the_build_refuses_it_until_it_is_written(started):
    found = [problem.message for problem in lint(*started).problems]
    assert found.count("unfinished: TODO") == 3
    assert "hint 1 of exercise 1.9 is empty" in found
    assert {f"exercise 1.9 has no {part}" for part in ("title", "mistakes", "rewrites")} < set(found)


def test_its_signature_has_shapes_where_the_setup_cell_imports_them(clone, registry):
    source = clone.solutions / "01_doubling.py"
    imports = "import torch\nfrom jaxtyping import Float\nfrom torch import Tensor\n"
    source.write_text(source.read_text().replace("import torch\n", imports, 1))
    new_exercise("1.9", registry, clone)
    shape = 'Float[Tensor, "batch feature"]'
    assert f"def answer_1_9(x: {shape}) -> {shape}:" in source.read_text()
