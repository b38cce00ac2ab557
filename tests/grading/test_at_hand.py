"""Only the chapters that a folder is about are imported; whatever is unclear makes all of them count."""

import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import alone, cells, code, notebook, submission

from course_utils.authoring.repository import find_repository
from course_utils.grading.at_hand import chapters_in, imports_of, published

CHAPTERS = find_repository(Path(__file__)).chapters


def look(folder: Path, files: dict[str, bytes], only=()) -> set[str] | None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return chapters_in(folder, list(files), only)


WITHOUT_METADATA = notebook([code('check("1.3", f)'), code("check('07.2', g)")])
LOOKS = {
    "metadata": (alone("7.1", "def scale(x, k): return x"), {"7"}),
    "check calls": (WITHOUT_METADATA, {"1", "7"}),
    "indented": (b'{"cells": [{"metadata": {"exercise" : "2.1"}}]}', {"2"}),
    "nbgrader's ids": (notebook([code("x", nbgrader={"grade_id": "exercise-9-1"})]), {"9"}),
    "nothing": (notebook([code("def scale(x, k): return x")]), None),
    "no notebook": (b"%PDF", None),
}


@pytest.mark.parametrize("name", LOOKS)
def test_chapters_are_seen_by_what_a_notebook_says(tmp_path, name):
    content, expected = LOOKS[name]
    assert look(tmp_path, {"x.ipynb": content}) == expected


def test_a_file_that_speaks_of_unknown_chapters_may_belong_to_any(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(WITHOUT_METADATA)
    assert chapters_in(tmp_path, ["x.ipynb"], known={"2", "7"}) == {"1", "7"}
    assert chapters_in(tmp_path, ["x.ipynb"], known={"2", "3"}) is None


def test_a_files_name_and_asked_for_exercises_count_too(tmp_path):
    assert look(tmp_path, {"ada_01_toy_models.ipynb": submission()}, only=["2.3"]) == {"1", "2", "7"}
    assert look(tmp_path, {}) is None


@pytest.mark.parametrize("path", sorted(CHAPTERS.glob("[0-9][0-9]_*.ipynb")), ids=lambda path: path.stem)
def test_every_published_chapter_is_seen_for_what_it_is(path):
    assert chapters_in(path.parent, [path.name]) >= {str(int(path.name[:2]))}


def test_only_what_learners_of_these_chapters_import_is_imported():
    first, lm = (published(CHAPTERS, {number}) for number in ("1", "6"))
    assert "transformer_lens" not in imports_of(first) and {"torch", "course_utils.toy"} <= set(imports_of(first))
    assert {"transformer_lens", "course_utils.lm"} <= set(imports_of(lm))
    assert published(CHAPTERS, {"77"}) == published(CHAPTERS, None)


def test_the_process_that_asks_and_writes_needs_no_torch():
    """The judges have it, and the workers: a third time would take seconds for nothing."""
    modules = "at_hand, batch, export, files, grader, gradebook, identity, pages, results, sandbox"
    asked = f"import sys; from course_utils.grading import {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_no_mark_depends_on_it(tmp_path):
    """A notebook whose metadata is gone and that checks nothing belongs to a chapter by what it defines."""
    assert (
        look(tmp_path, {"x.ipynb": notebook([{**c, "metadata": {}} for c in cells() if "check" not in c["source"]])})
        is None
    )
