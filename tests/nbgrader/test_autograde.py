"""The learner's notebook as it is, through the real nbgrader: released, handed in twice, graded."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from course_utils.authoring.repository import find_repository
from course_utils.exercises import chapter

REPOSITORY = find_repository()
NAME = "00_start_here"
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls `alembic` by name


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """Run nbgrader commands in a new course folder, in which `source/` holds the learner's notebook."""
    folder = tmp_path_factory.mktemp("nbgrader")
    (folder / "source" / "start").mkdir(parents=True)
    shutil.copy(REPOSITORY.chapters / f"{NAME}.ipynb", folder / "source" / "start")

    def run(*arguments: str) -> Path:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments, "--course=superposition", f"--course-dir={folder}"],
            cwd=folder,
            env={**os.environ, "COURSE_DATA_DIR": str(folder / "progress"), "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return folder

    return run


@pytest.fixture(scope="module")
def graded(nbgrader) -> Path:
    """The course folder after a release, two submissions (right, untouched), and autograding."""
    folder = nbgrader("generate_assignment", "start")
    released = folder / "release" / "start" / f"{NAME}.ipynb"
    reference = json.loads(REPOSITORY.reference_file("0").read_text(encoding="utf-8"))
    solved = nbformat.read(released, 4)
    for cell in solved.cells:
        if "exercise" in cell.metadata:
            cell.source = reference[cell.metadata.exercise]
    for student, notebook in {"right": solved, "untouched": nbformat.read(released, 4)}.items():
        handed_in = folder / "submitted" / student / "start" / f"{NAME}.ipynb"
        handed_in.parent.mkdir(parents=True)
        nbformat.write(notebook, handed_in)
    return nbgrader("autograde", "start")


def points(folder: Path, student: str) -> dict[str, tuple[float, float]]:
    """(points, of how many) by check cell."""
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        grades = book.find_submission_notebook(NAME, "start", student).grades
        return {grade.name: (grade.score, grade.max_score) for grade in grades}


def test_the_release_keeps_every_cell_and_hides_nothing_it_should_show(graded):
    mine = nbformat.read(REPOSITORY.chapters / f"{NAME}.ipynb", 4)
    released = nbformat.read(graded / "release" / "start" / f"{NAME}.ipynb", 4)
    assert [cell.id for cell in released.cells] == [cell.id for cell in mine.cells]
    changed = [b.id for a, b in zip(mine.cells, released.cells) if a.source != b.source]
    assert all(id.startswith("exercise-") for id in changed)


def test_every_exercise_is_worth_what_the_registry_says(graded):
    expected = {f"check-{e.id.replace('.', '-')}": float(e.points) for e in chapter("0").exercises}
    assert {name: most for name, (_, most) in points(graded, "right").items()} == expected


def test_right_answers_get_their_points(graded):
    assert all(got == most for got, most in points(graded, "right").values())


def test_an_untouched_notebook_gets_none(graded):
    assert [got for got, _ in points(graded, "untouched").values()] == [0.0] * len(chapter("0").exercises)
