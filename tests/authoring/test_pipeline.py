"""`course build` on a little course: what it writes, when it runs a chapter, what `--check` finds."""

import json

import nbformat
import pytest

from course_utils.authoring import pipeline
from course_utils.authoring.executed import Executed
from course_utils.authoring.source import SourceError


@pytest.fixture
def build(built, registry):
    """Build the little course again; returns what was said."""

    def run(force=False) -> list[str]:
        said = []
        chapters, _ = pipeline.read_all(built.sources(), registry, built)
        pipeline.build(chapters, registry, built, force=force, say=said.append)
        return said

    return run


@pytest.fixture
def drift(registry):
    """Paths and messages of the files of a clone that are not up to date."""

    def found(repository) -> list[tuple[str, str]]:
        chapters, _ = pipeline.read_all(repository.sources(), registry, repository)
        differences = [*pipeline.drift(chapters, registry, repository), *pipeline.orphans(repository)]
        return [(d.path, d.message) for d in differences]

    return found


@pytest.fixture
def runs(monkeypatch):
    """Chapters that were run, in place of running them."""
    found = []

    def note(notebook, chapter, tell):
        found.append(chapter.stem)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
        return Executed(notebook, 0.0, [])

    monkeypatch.setattr(pipeline, "execute", note)
    return found


def contents(repository):
    files = sorted(
        path for path in repository.root.rglob("*") if path.suffix == ".ipynb" or path.name == "reference.json"
    )
    return {repository.shown(path): path.read_bytes() for path in files}


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_build_makes_both_notebooks_and_the_reference(built, drift):
    assert list(contents(built)) == [
        "chapters/01_doubling.ipynb",
        "course_utils/exercises/ch01/reference.json",
        "solutions/01_doubling.ipynb",
    ]
    solved = nbformat.read(built.solutions / "01_doubling.ipynb", 4)
    shown = [o for cell in solved.cells for o in cell.get("outputs", ())]
    assert shown[-1].text == "the total is 6.0\n"
    assert "✓ 2 points" in next(output for output in shown if "data" in output).data["text/plain"]
    reference = json.loads((built.package / "exercises/ch01/reference.json").read_text())
    assert reference["1.1"] == 'def doubled(x):\n    """Twice x."""\n    return x * 2'
    assert drift(built) == []


def test_a_second_build_runs_nothing_and_a_forced_one_gives_the_same_bytes(build, built):
    before = contents(built)
    assert build() == ["solutions/01_doubling.ipynb  up to date"]
    assert any("executed in" in line for line in build(force=True))
    assert contents(built) == before


@pytest.mark.parametrize("file", ["checking/run.py", "desk/words.json", "exercises/ch01/__init__.py"])
def test_a_change_of_what_a_chapter_loads_is_told_and_runs_it_again(build, built, drift, runs, file):
    with (built.package / file).open("a") as changed:
        changed.write("\nlater = 1\n")
    room = file.partition("/")[0]
    again = "`course build 01` runs it again"
    message = f"is stale: since it ran, course_utils/{room} changed; {again}"
    assert drift(built) == [("solutions/01_doubling.ipynb", message)]
    build()
    assert runs == ["01_doubling"]
    assert drift(built) == []


@pytest.mark.parametrize(
    "file", ["authoring/more.py", "grading/marking.py", "sae/train.py", "exercises/ch02/__init__.py"]
)
def test_a_change_of_what_it_does_not_load_does_not(build, built, drift, runs, file):
    (built.package / file).parent.mkdir(exist_ok=True)
    with (built.package / file).open("a") as changed:
        changed.write("\nlater = 1\n")
    assert drift(built) == []
    build()
    assert runs == []


def test_rewording_a_docstring_runs_nothing(build, built, drift, runs):
    change(built.package / "checking" / "run.py", "One check, from answer to report", "From an answer to its report")
    assert drift(built) == []
    build()
    assert runs == []


def test_a_change_of_a_cell_runs_the_chapter_again(build, built, runs):
    change(built.solutions / "01_doubling.py", "torch.ones(3)", "torch.ones(4)")
    build()
    assert runs == ["01_doubling"]


def test_a_failed_run_keeps_the_old_notebook_and_is_told_at_the_end(build, built, monkeypatch):
    def fails(notebook, chapter, tell):
        raise SourceError([chapter.problem(9, "the cell raised")])

    monkeypatch.setattr(pipeline, "execute", fails)
    before = contents(built)
    with pytest.raises(SourceError, match=r"^solutions/01_doubling\.py:9: the cell raised$"):
        build(force=True)
    assert contents(built) == before


def test_counts_follow_the_registry(build, built, drift, exercises, monkeypatch, runs):
    monkeypatch.setattr(exercises.Total, "minutes", 12)
    change(built.solutions / "01_doubling.py", "B · 2 min", "B · 12 min")
    assert ("README.md", "differs from what its source makes") in drift(built)
    build()
    assert "| double \\| halve things | 19 min | 2 |\n" in built.readme.read_text()
    assert "**Time** 19 minutes; 2 exercises, 3 points." in (built.chapters / "01_doubling.ipynb").read_text()
    assert drift(built) == []


def test_a_chapter_without_its_row_in_the_readme(build, built):
    change(built.readme, "01_doubling", "01_halving")
    row = "| [01 Doubling](chapters/01_doubling.ipynb) | … | 9 min | 2 |"
    with pytest.raises(SourceError, match=r"^README\.md:1: ") as raised:
        build()
    assert str(raised.value).endswith(f"the table of chapters has no row like: {row}")


def test_before_the_first_build_every_file_is_missing(clone, drift):
    assert [(path.rpartition(".")[2], message) for path, message in drift(clone)] == [
        ("ipynb", "is missing"),
        ("json", "is missing"),
        ("ipynb", "is missing"),
    ]


def test_drift_names_every_file_that_is_not_what_its_source_makes(built, drift):
    change(built.solutions / "01_doubling.py", "You will double things.", "You will double everything.")
    assert drift(built) == [
        ("chapters/01_doubling.ipynb", "differs from what its source makes"),
        ("solutions/01_doubling.ipynb", "differs from what its source makes"),
    ]


def test_drift_shows_the_lines(built, registry):
    change(built.chapters / "01_doubling.ipynb", "You will double things.", "Edited by hand.")
    chapters, _ = pipeline.read_all(built.sources(), registry, built)
    (found,) = pipeline.drift(chapters, registry, built)
    assert '-    "Edited by hand.\\n"' in found.diff
    assert '+    "You will double things.\\n"' in found.diff


def test_drift_finds_notebooks_that_no_source_makes(built, drift):
    (built.chapters / "07_old.ipynb").write_text("{}")
    assert drift(built) == [("chapters/07_old.ipynb", "has no source solutions/07_old.py")]


def test_drift_finds_a_solution_notebook_that_was_not_run_to_its_end(built, drift):
    path = built.solutions / "01_doubling.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].execution_count = None
    nbformat.write(notebook, path)
    assert drift(built) == [("solutions/01_doubling.ipynb", "was not executed to its end")]


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}', "[1]"])
def test_a_broken_notebook_is_named_and_built_anew(build, built, drift, runs, content):
    (built.solutions / "01_doubling.ipynb").write_text(content)
    assert drift(built) == [("solutions/01_doubling.ipynb", "is no notebook")]
    build()
    assert runs == ["01_doubling"]


def test_all_files_problems_are_reported_together(clone, registry):
    change(clone.solutions / "01_doubling.py", "**Exercise 1.1**", "Exercise 1.1")
    (clone.solutions / "02_none.py").write_text("no cells\n")
    with pytest.raises(SourceError) as raised:
        pipeline.read_all(clone.sources(), registry, clone)
    assert {p.path for p in raised.value.problems} == {"solutions/01_doubling.py", "solutions/02_none.py"}


def test_a_learners_work_is_kept_beside_the_new_notebook(built, build):
    notebook = next(built.chapters.glob("*.ipynb"))
    mine = nbformat.read(notebook, as_version=4)
    mine.cells[-1].source = "my answer"
    nbformat.write(mine, notebook)
    said = build()
    kept = notebook.with_name(f"{notebook.stem}.yours-1.ipynb")
    assert any("was edited: kept as" in line for line in said)
    assert nbformat.read(kept, as_version=4).cells[-1].source == "my answer"
    assert "my answer" not in notebook.read_text()
    assert build() == [line for line in build() if "kept" not in line]


def test_a_notebook_that_was_only_run_is_replaced(built, build):
    notebook = next(built.chapters.glob("*.ipynb"))
    run = nbformat.read(notebook, as_version=4)
    next(cell for cell in run.cells if cell.cell_type == "code").execution_count = 7
    nbformat.write(run, notebook)
    build()
    assert not list(built.chapters.glob("*.yours-*"))
