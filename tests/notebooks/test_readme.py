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
def test_each_chapter_has_a_row_with_its_own_numbers(path):
    course = nbformat.read(path, as_version=4).metadata.course
    number = len(exercises.chapter(str(int(course.chapter))).exercises)
    link = f"[{course.chapter} {course.title}](chapters/{path.name})"
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {link} |")]
    assert row.endswith(f"| {course.minutes} min | {number} |")


def test_everything_the_readme_points_at_exists():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []
    chapters = {target for target in targets if target.endswith(".ipynb")}
    assert chapters == {f"chapters/{path.name}" for path in NOTEBOOKS}


def test_the_picture_is_small_enough_to_load_at_once():
    assert (ROOT / "images" / "five_features.png").stat().st_size < 300_000
