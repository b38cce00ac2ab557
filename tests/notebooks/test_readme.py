"""The README's map of chapters is the course that is there."""

import re
from pathlib import Path

import nbformat
import pytest

from course_utils import exercises

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_registry_s_numbers_stand_in_its_row_and_in_its_first_cell(path):
    notebook = nbformat.read(path, as_version=4)
    course = notebook.metadata.course
    known = exercises.chapter(course.chapter).exercises
    reading = course.minutes - sum(exercise.minutes for exercise in known)
    source = (ROOT / "solutions" / f"{path.stem}.py").read_text(encoding="utf-8")
    assert f"reading: {reading}," in source.partition("# %%")[0]
    link = f"[{course.chapter} {course.title}](chapters/{path.name})"
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {link} |")]
    assert row.endswith(f"| {course.minutes} min | {len(known)} |")
    first = " ".join(notebook.cells[0].source.split())
    points = sum(exercise.points for exercise in known)
    assert f"{course.minutes} minutes" in first
    assert f"{len(known)} exercises, {points} points" in first
    core = course.minutes - sum(exercise.minutes for exercise in known if exercise.difficulty in "CD")
    assert course.minutes <= 150 or f"({core} without the exercises marked C" in first


def test_everything_the_readme_points_at_exists():
    targets = re.findall(r"\]\((?!https:)([^)#]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []
    chapters = {target for target in targets if target.endswith(".ipynb")}
    assert chapters == {f"chapters/{path.name}" for path in NOTEBOOKS}


def test_the_picture_is_small_enough_to_load_at_once():
    assert (ROOT / "images" / "five_features.png").stat().st_size < 300_000
