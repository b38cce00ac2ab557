"""`course new`: where the skeleton goes, what it leaves alone, and what is said of it until it is written."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.authoring.lint import lint
from course_utils.authoring.repository import read_repository
from course_utils.authoring.skeleton import LONGEST, CannotStart, new_exercise
from course_utils.authoring.skeleton_text import Kind
from course_utils.authoring.source import read_source
from course_utils.authoring.verify import verify_exercise
from course_utils.checking.ids import ids_in
from tests.modules import loaded

ROOT = Path(__file__).parents[2]
INIT = "exercises/ch01/__init__.py"
ENDING = '# %% [markdown]\n# ## Summary\n#\n# That was doubling.\n\n# %%\nquiz("1")\n'

every_kind = pytest.mark.parametrize("kind", Kind)


def start(clone, id="1.3", subject="halved", kind=Kind.function) -> list[Path]:
    return new_exercise(id, subject, kind, clone)


def files(clone):
    return {path: path.read_bytes() for path in clone.root.rglob("*.py")}


def complaints(folder: Path) -> str:
    """What the style checks of `make test` say of the whole tree."""
    said = ""
    for command in (["check"], ["format", "--check", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(ROOT / "pyproject.toml"), "."]
        ran = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        said += "" if ran.returncode == 0 else ran.stdout + ran.stderr
    return said


@pytest.fixture
def course(tmp_path):
    """The exercises and sources of the real course, to be added to."""
    root = tmp_path / "course"
    left_out = shutil.ignore_patterns("__pycache__", "*.ipynb", "*.json")
    shutil.copytree(ROOT / "course_utils" / "exercises", root / "course_utils" / "exercises", ignore=left_out)
    shutil.copytree(ROOT / "solutions", root / "solutions", ignore=left_out)
    shutil.copy(ROOT / "course_utils" / "__init__.py", root / "course_utils")  # ruff sees: this package is ours
    shutil.copy(ROOT / "pyproject.toml", root)
    return read_repository(root)


@pytest.fixture
def bare(clone):
    """A clone whose chapter has no exercise yet."""
    (clone.package / INIT).write_text("from course_utils.exercises.ch01.quiz import QUIZ\n\nEXERCISES = []\n")
    source = clone.solutions / "01_doubling.py"
    source.write_text(source.read_text().replace(' exercise="1.', ' tags="1.'))
    return clone


@every_kind
def test_a_skeleton_is_one_new_module_and_two_additions(clone, kind):
    before = files(clone)
    paths = start(clone, kind=kind)
    assert [clone.shown(path) for path in paths] == [
        "course_utils/exercises/ch01/halved.py",
        "course_utils/exercises/ch01/__init__.py",
        "solutions/01_doubling.py",
    ]
    for path, old in before.items():
        kept = iter(path.read_bytes().splitlines())
        assert all(line in kept for line in old.splitlines() if b"EXERCISES" not in line)  # all lines, in their order


def test_it_is_registered(clone):
    start(clone)
    init = (clone.package / INIT).read_text()
    assert "from course_utils.exercises.ch01.halved import Halved\n" in init
    assert "EXERCISES = [Doubled, Total, Halved]" in init


@every_kind
@pytest.mark.parametrize("ending", ["", ENDING, "# %%\ndef last():\n    return ones\n"])
def test_the_style_checks_stay_green(clone, kind, ending):
    source = clone.solutions / "01_doubling.py"
    gap = "\n\n" if "def" in ending else "\n"
    source.write_text(source.read_text() + (gap + ending if ending else ""))
    assert complaints(clone.root) == ""
    start(clone, kind=kind)
    start(clone, "1.4", "a_name_of_very_many_letters_22", kind)
    assert complaints(clone.root) == ""


@every_kind
def test_the_style_checks_of_the_real_course_stay_green(course, kind):
    """An exercise more in every chapter, in chapter 1 one whose module sorts first, last and between."""
    last = {id.partition(".")[0]: int(id.partition(".")[2]) for id in ids_in(course.package / "exercises")}
    for chapter in last:
        for n, subject in enumerate(("aardvark", "middling_size", "zebra")[: 3 if chapter == "1" else 1], 1):
            module, *_ = start(course, f"{chapter}.{last[chapter] + n}", subject, kind)
            loaded(module)  # it is defined as it must be
    assert complaints(course.root) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("EXERCISES = []", "EXERCISES = [Halved]"),
        ("EXERCISES = [Doubled(), Total()]", "EXERCISES = [Doubled(), Total(), Halved()]"),
        ("EXERCISES = [\n    Doubled,\n]", "EXERCISES = [\n    Doubled,\n    Halved,\n]"),
        ("EXERCISES = [\n    Doubled\n]", "EXERCISES = [\n    Doubled,\n    Halved,\n]"),
        ("EXERCISES: list = [Doubled]", "EXERCISES: list = [Doubled, Halved]"),
        (f"EXERCISES = [{'D' * 50}, {'E' * 50}]", f"EXERCISES = [\n    {'D' * 50},\n    {'E' * 50},\n    Halved,\n]"),
    ],
)
def test_any_plain_list_is_continued_in_its_own_style(bare, old, new):
    (bare.package / INIT).write_text(f'"""Wörter."""\n\nfrom course_utils.quiz import QUIZ\n\n{old}  # ends here\n')
    start(bare, "1.1")
    assert f"{new}  # ends here\n" in (bare.package / INIT).read_text()


@pytest.mark.parametrize(
    ("subject", "before"), [("aaa", "crowd"), ("crowds", "quiz"), ("topk9", "topk10"), ("zzz", None)]
)
def test_its_import_stands_in_order(bare, subject, before):
    names = ["crowd", "quiz", "topk10"]
    imports = "".join(f"from course_utils.exercises.ch01.{name} import {name.upper()}\n" for name in names)
    (bare.package / INIT).write_text(f"import torch\n\n{imports}\nEXERCISES = []\n")
    start(bare, "1.1", subject)
    tree = ast.parse((bare.package / INIT).read_text())
    order = [node.module.rpartition(".")[2] for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert order.index(subject) == (order.index(before) - 1 if before else len(names))


def test_its_cells_come_before_the_closing_part(clone):
    source = clone.solutions / "01_doubling.py"
    source.write_text(source.read_text() + "\n" + ENDING)
    start(clone)
    assert source.read_text().endswith('# %%\ncheck("1.3", halved)\n\n' + ENDING)


def test_without_a_closing_part_they_come_last(clone):
    start(clone)
    assert (clone.solutions / "01_doubling.py").read_text().endswith('check("1.3", halved)\n')


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("1.1", "Exercise 1.1 exists, in course_utils/exercises/ch01/__init__.py; the next free id is 1.3."),
        ("1.20", "Exercises are numbered without gaps: the next free id is 1.3, not 1.20."),
        ("1.0", "Exercises are numbered without gaps: the next free id is 1.3, not 1.0."),
        ("1", "An exercise's id is chapter.number, like 1.9; not '1'."),
        ("one.nine", "An exercise's id is chapter.number, like 1.9; not 'one.nine'."),
        ("01.3", "Write the id as the registry does: 1.3."),
        (
            "7.1",
            "There is no chapter '7' in solutions/; there are: 01. Write the chapter's source before its exercises.",
        ),
    ],
)
def test_ids_that_cannot_be_started(clone, id, said):
    assert refused(clone, id, "halved") == said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Halved", "A subject is a lower-case name, like dimensionality or neighbour_angles; not 'Halved'."),
        (
            "half a thing",
            "A subject is a lower-case name, like dimensionality or neighbour_angles; not 'half a thing'.",
        ),
        ("_halved", "A subject is a lower-case name, like dimensionality or neighbour_angles; not '_halved'."),
        ("lambda", "'lambda' is a word of Python: choose another subject."),
        ("sum", "'sum' is a word of Python: choose another subject."),
        ("h" * 31, f"A subject has {LONGEST} letters at most; '{'h' * 31}' has 31."),
        ("doubled", "solutions/01_doubling.py uses the name doubled already: choose another subject."),
        ("parts", "solutions/01_doubling.py uses the name parts already: choose another subject."),
        ("torch", "solutions/01_doubling.py uses the name torch already: choose another subject."),
        ("choice", "The class would be called Choice, as another is already: choose another subject."),
        ("tensor", "The class would be called Tensor, as another is already: choose another subject."),
    ],
)
def test_subjects_that_cannot_be_taken(clone, subject, said):
    assert refused(clone, "1.3", subject) == said


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda clone: (clone.package / "exercises/ch01/halved.py").write_text("mine = 1\n"), "exists already"),
        (lambda clone: (clone.package / INIT).write_text("EXERCISES = first + second\n"), "add Halved by hand"),
        (lambda clone: (clone.package / INIT).write_text("EXERCISES = []\n"), "should import its exercises"),
        (lambda clone: (clone.package / INIT).write_text("EXERCISES = [\n"), "not valid Python"),
        (lambda clone: (clone.package / INIT).unlink(), "must define EXERCISES and QUIZ"),
        (
            lambda clone: (clone.solutions / "01_doubling.py").write_text(
                (clone.solutions / "01_doubling.py").read_text() + '\n# %% exercise="1.1"\nx = 1\n'
            ),
            "has an answer cell of 1.1 already",
        ),
    ],
)
def test_nothing_is_written_when_a_file_is_not_as_expected(bare, spoil, said):
    spoil(bare)
    assert said in refused(bare, "1.1", "halved")


def refused(clone, id: str, subject: str) -> str:
    """The message, after nothing was written."""
    before = files(clone)
    with pytest.raises(CannotStart) as raised:
        start(clone, id, subject)
    assert files(clone) == before
    return str(raised.value)


@pytest.fixture
def started(clone, registry):
    """Chapter and registry with a skeleton of 1.3 in them; made by its kind."""

    def make(kind: Kind):
        module, _, source = start(clone, kind=kind)
        return read_source(source, clone.shown(source)), {**registry, "1.3": loaded(module).Halved()}

    return make


@every_kind
def test_verify_says_what_is_left_to_write(started, kind):
    chapter, registry = started(kind)
    row = verify_exercise(chapter, registry["1.3"])
    assert set(row.faults) == {"unfinished", "reference", "mistakes", "rewrites"}  # the stub is fine
    assert row.faults["reference"] == ["the reference is reported not attempted: 1.3 ○ Not attempted yet."]
    unfinished = "\n".join(row.faults["unfinished"])
    for part in (
        "what the exercise is about",
        "a title",
        "checked" if kind != Kind.experiment else "fields",
        "a nudge",
    ):
        assert part in unfinished
    assert verify_exercise(chapter, registry["1.1"]).ok


@every_kind
def test_the_build_refuses_it_until_it_is_written(started, kind):
    found = lint(*started(kind)).problems
    assert all("TODO" in problem.message for problem in found)
    assert {problem.path for problem in found} == {"solutions/01_doubling.py", "course_utils/exercises/ch01/halved.py"}


def test_its_signature_has_shapes_where_the_setup_cell_imports_them(clone):
    source = clone.solutions / "01_doubling.py"
    imports = "import torch\nfrom jaxtyping import Float\nfrom torch import Tensor\n"
    source.write_text(source.read_text().replace("import torch\n", imports, 1))
    start(clone)
    shape = 'Float[Tensor, "batch feature"]'
    assert f"def halved(x: {shape}) -> {shape}:" in source.read_text()
