"""Sheets: every chapter has its authored part, and what is generated is about exercises that are there."""

import re

import pytest

from course_utils import exercises
from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import read_repository
from course_utils.planning.likely import MOST, ranked
from course_utils.planning.sentences import _sentences
from course_utils.planning.sheets import FOLDER, authored, sheet
from tests.browser.conftest import ROOT

AT = read_repository(ROOT)
NUMBERS = exercises.chapter_numbers()


@pytest.mark.parametrize("number", NUMBERS)
def test_every_chapter_has_its_authored_part(number):
    idea, ask, draw = authored(number, AT)
    assert len(_sentences(" ".join(idea.split()))) == 3
    assert len(re.findall(r"^- ", ask, re.MULTILINE)) >= 3
    assert len(re.findall(r"^- ", draw, re.MULTILINE)) >= 3


def test_no_sheet_is_of_a_chapter_that_is_not_there():
    assert sorted(path.stem for path in (AT.root / FOLDER).iterdir()) == [f"{int(number):02d}" for number in NUMBERS]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_sheet_names_only_exercises_and_sections_that_are_there(number):
    """`1.5` in a sheet is an exercise of a chapter, or of what else has such a number it is written otherwise."""
    text = " ".join(authored(number, AT))
    named = {id for id in re.findall(r"(?<![\d.])(\d{1,2}\.\d{1,2})(?![\d.])", text) if not id.startswith("0.")}
    assert named <= set(exercises.ids())
    named_chapters = {id.partition(".")[0] for id in named}
    assert named_chapters <= {number}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_sheet_helps_with_every_exercise(number):
    chapter = exercises.chapter(number)
    late = {each.id: "" for each in chapter.exercises[1:]}
    found = sheet("label", number, chapter.exercises, late, AT)
    assert [help.id for help in found.helps] == [each.id for each in chapter.exercises]
    assert [help.when_late for help in found.helps][:2] == ["out", ""]
    for help, each in zip(found.helps, chapter.exercises):
        names = [mistake.name for mistake in (*help.likely, *help.more)]
        assert sorted(names) == sorted(each.mistakes) and 0 < len(help.likely) <= MOST
        assert all(each.feedback(mistake.name) == mistake.says for mistake in help.likely)
        assert help.hint == each.hints[0] and help.solution.strip()


class Doubling:
    def far(x):
        total = 0
        for part in range(2):
            total = total + part * x
        return total

    def near(x):
        return 3 * x

    mistakes = {"a value": (4, "A number."), "far": (far, "Far."), "near": (near, "Near.")}


def test_a_slip_comes_before_another_way_of_thinking_and_both_before_what_has_no_code():
    assert [each.name for each in ranked(Doubling, "def double(x):\n    return 2 * x")] == ["near", "far", "a value"]


def test_a_missing_or_broken_sheet_is_refused_with_a_sentence(clone_of_sheets):
    with pytest.raises(CourseError, match=r"There is no docs/sheets/03\.md"):
        authored("3", clone_of_sheets)
    with pytest.raises(CourseError, match=r"docs/sheets/01\.md: its headings should be: ## The idea, ## Ask the room"):
        authored("1", clone_of_sheets)


@pytest.fixture
def clone_of_sheets(tmp_path):
    from dataclasses import replace

    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "01.md").write_text("## The idea\n\nOne.\n")
    return replace(AT, root=tmp_path)
