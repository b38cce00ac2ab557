"""A learner's copies of the chapters: nothing of theirs is ever written over."""

import json

import pytest

from course_utils.desk import copies
from course_utils.desk.copies import provide


def chapter(path, *cells):
    """A notebook; a cell is a heading, an answer (`answer: …`) or other code."""
    made = []
    for text in cells:
        kind = "markdown" if text.startswith("#") else "code"
        tags = {"exercise": "1.1"} if text.startswith("answer") else {}
        made.append({"cell_type": kind, "source": text.splitlines(keepends=True), "metadata": tags})
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": made}))
    return path


@pytest.fixture
def course(tmp_path):
    chapter(tmp_path / "chapters" / "00_start.ipynb", "# Start", "x = 1")
    chapter(tmp_path / "chapters" / "01_toy.ipynb", "# Toy", "answer: ...", "# Loss", "y = 2")
    assert provide(tmp_path / "chapters", tmp_path / "work") == []
    return tmp_path


def files(course):
    return sorted(path.name for path in (course / "work").glob("*.ipynb"))


def test_the_first_start_lays_a_copy_of_every_chapter(course):
    assert files(course) == ["00_start.ipynb", "01_toy.ipynb"]
    assert (course / "work" / "01_toy.ipynb").read_bytes() == (course / "chapters" / "01_toy.ipynb").read_bytes()


def test_later_starts_write_nothing(course):
    mine = chapter(course / "work" / "01_toy.ipynb", "# Toy", "answer: 42", "# Loss", "y = 2").read_bytes()
    for _ in range(2):
        assert provide(course / "chapters", course / "work") == []
    assert (course / "work" / "01_toy.ipynb").read_bytes() == mine
    assert files(course) == ["00_start.ipynb", "01_toy.ipynb"]


def test_a_newer_chapter_is_laid_beside_work_and_told_once(course):
    chapter(course / "work" / "01_toy.ipynb", "# Toy", "answer: 42", "# Loss", "y = 2")
    chapter(course / "chapters" / "01_toy.ipynb", "# Toy", "answer: ...", "# Loss", "y = 3", "# More", "z = 4")
    (news,) = provide(course / "chapters", course / "work")
    assert (news.chapter, news.file.name, news.changes) == ("01_toy", "01_toy.new.ipynb", ["Loss", "More"])
    assert "Your own stays as it is" in str(news) and "Loss; More" in str(news)
    assert "answer: 42" in (course / "work" / "01_toy.ipynb").read_text()
    assert provide(course / "chapters", course / "work") == []
    chapter(course / "chapters" / "01_toy.ipynb", "# Toy", "answer: ...", "# Loss", "y = 5")
    (again,) = provide(course / "chapters", course / "work")
    assert again.file.name == "01_toy.new2.ipynb" and "y = 3" in (course / "work" / "01_toy.new.ipynb").read_text()


def test_an_untouched_copy_is_replaced(course):
    chapter(course / "chapters" / "00_start.ipynb", "# Start", "x = 2")
    assert provide(course / "chapters", course / "work") == []
    assert "x = 2" in (course / "work" / "00_start.ipynb").read_text()
    assert files(course) == ["00_start.ipynb", "01_toy.ipynb"]


def test_a_new_chapter_comes_and_a_deleted_copy_comes_back(course):
    chapter(course / "chapters" / "02_more.ipynb", "# More")
    (course / "work" / "00_start.ipynb").unlink()
    assert provide(course / "chapters", course / "work") == []
    assert files(course) == ["00_start.ipynb", "01_toy.ipynb", "02_more.ipynb"]


@pytest.mark.parametrize("record", ["", "[]", "{", '{"01_toy": 3}'])
def test_without_its_record_every_copy_counts_as_worked_in(course, record):
    (course / "work" / copies.RECORD).write_text(record)
    chapter(course / "chapters" / "01_toy.ipynb", "# Toy", "answer: ...", "# Loss", "y = 9")
    assert [news.file.name for news in provide(course / "chapters", course / "work")] == ["01_toy.new.ipynb"]
    assert "y = 2" in (course / "work" / "01_toy.ipynb").read_text()


def test_a_damaged_copy_is_still_the_learners(course):
    (course / "work" / "01_toy.ipynb").write_text("{ half a note")
    chapter(course / "chapters" / "01_toy.ipynb", "# Toy", "y = 9")
    assert len(provide(course / "chapters", course / "work")) == 1
    assert (course / "work" / "01_toy.ipynb").read_text() == "{ half a note"


def test_the_place_is_the_clones_or_the_installed_courses(tmp_path, monkeypatch):
    clone = tmp_path / "clone"
    (clone / "course_utils").mkdir(parents=True)
    chapter(clone / "chapters" / copies.FIRST, "# Start")
    (clone / "docs").mkdir()
    monkeypatch.chdir(clone / "docs")
    assert copies.home() == (clone / "chapters", clone / "work", clone)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "environment"))
    with pytest.raises(FileNotFoundError, match="no chapters here"):
        copies.home()
    share = tmp_path / "environment" / "share" / "superposition-course" / "chapters"
    share.mkdir(parents=True)
    chapter(share / copies.FIRST, "# Start")
    assert copies.home() == (share, elsewhere / "superposition-course", elsewhere)
