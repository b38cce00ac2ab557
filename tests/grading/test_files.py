"""Broken files get no marks and a reason; unusual ones get exactly what they have earned."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from corpus_files import BROKEN, UNUSUAL
from notebooks import points

from course_utils.grading.notebook import Unreadable, parse


@pytest.fixture(scope="module")
def results(grader) -> dict[str, dict]:
    with ThreadPoolExecutor(2) as executor:
        contents = {name: content for name, (content, _) in (BROKEN | UNUSUAL).items()}
        return dict(zip(contents, executor.map(lambda c: grader.mark(c, "x.ipynb", []), contents.values())))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_has_no_marks_and_a_reason(results, name):
    assert results[name]["marks"] == [] and BROKEN[name][1] in results[name]["problem"]


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_notebook_gets_exactly_what_it_has_earned(results, name):
    assert (results[name]["problem"], points(results[name])) == (None, UNUSUAL[name][1])


def test_notes_tell_what_was_odd(results):
    assert results["in Latin-1"]["notes"] == ["not in UTF-8, read as Latin-1"]
    assert results["format 3"]["notes"] == ["an old notebook format (before 4)"]


def test_a_known_mistake_is_named(results):
    mark = next(m for m in results["a mistake with a name"]["marks"] if m["exercise"] == "7.2")
    assert mark["mistake"] == "counts itself"
    assert ["The sum should skip j = i.", "key"] in mark["lines"]


def test_an_answer_that_needs_an_empty_one_is_told_which(results):
    mark = next(m for m in results["one exercise missing that another needs"]["marks"] if m["exercise"] == "7.4")
    assert mark["status"] == "not attempted"


def test_a_syntax_error_is_shown_with_its_line(results):
    mark = next(m for m in results["an answer with a syntax error"]["marks"] if m["exercise"] == "7.2")
    assert "line 1" in mark["lines"][1][0] and "SyntaxError" in mark["lines"][1][0]


@pytest.mark.parametrize("content", [content for content, _ in BROKEN.values()][:-1], ids=list(BROKEN)[:-1])
def test_the_reader_says_unreadable_and_nothing_else(content):
    with pytest.raises(Unreadable):
        parse(content)
