"""A file that is replaced, or goes away, while the folder is graded: what was opened is marked, and that is said."""

from concurrent.futures import Future

import pytest
from test_results import CATALOGUE, mark

from course_utils.grading import files, results
from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.export import plain_rows
from course_utils.grading.gradebook import Gradebook
from course_utils.grading.identity import Roster


class AtOnce:
    """An executor that does what it is given while it is given it."""

    def submit(self, function, *arguments) -> Future:
        future = Future()
        future.set_result(function(*arguments))
        return future


@pytest.fixture
def book(tmp_path):
    book = Gradebook(f"sqlite:///{tmp_path / 'book.sqlite'}")
    yield book
    book.close()


@pytest.fixture
def folder(tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / "work" / name).mkdir(parents=True)
        (tmp_path / "work" / name / "07_small.ipynb").write_bytes(b"first")
    return tmp_path / "work"


def marked(content: bytes, path: str, only: list[str]) -> dict:
    about = mark("7.1", points=2 if content == b"second" else 1)
    return {"problem": None, "chapter": "7", "claims": None, "notes": [], "marks": [about], "sandbox": "none"}


def graded(folder, book, change):
    """The rows of the class after a run in which `change` happens between the plan and the work."""
    plan = make_plan(folder, book, CATALOGUE)
    change()
    carry_out(plan, folder, book, marked, AtOnce(), at_once=1)
    roster = Roster([{"learner": "ada"}, {"learner": "bob"}])
    found = results.join(book.current(plan.submissions), book.entries(), CATALOGUE, roster)
    return {row[0]: row for row in plain_rows(found)[1:]}


def test_what_was_opened_is_marked_and_the_teacher_is_told(folder, book):
    rows = graded(folder, book, lambda: (folder / "ada" / "07_small.ipynb").write_bytes(b"second"))
    assert len(rows) == 2 and (rows["ada"][3], rows["bob"][3]) == (2, 1)
    assert rows["ada"][5] == files.REPLACED and rows["bob"][5] == ""


def test_a_file_that_went_away_is_not_nothing_handed_in(folder, book):
    rows = graded(folder, book, (folder / "ada" / "07_small.ipynb").unlink)
    assert "not marked: cannot open it" in rows["ada"][5] and "when its turn came" in rows["ada"][5]


def test_a_second_run_finds_it_done(folder, book):
    graded(folder, book, lambda: (folder / "ada" / "07_small.ipynb").write_bytes(b"second"))
    assert make_plan(folder, book, {"7": CATALOGUE["7"] | {"exercises": {"7.1": {}}}}).jobs == []
