"""A folder is graded once, whatever interrupts it; a second run changes nothing."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from notebooks import ALL, NONE, STUBS, cells, marks, notebook, points, submission

from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.budgets import Budgets
from course_utils.grading.gradebook import MARK, SETTING, SUBMISSION, Gradebook
from course_utils.grading.grader import Grader
from course_utils.grading.judge import failed


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(submission())
    (folder / "bob.ipynb").write_bytes(submission(e71="def scale(x, k): return x + k"))
    (folder / "cy.ipynb").write_bytes(notebook(cells()))
    (folder / "dan.ipynb").write_bytes(b"not a notebook")
    return folder


@pytest.fixture
def book(tmp_path):
    book = Gradebook(f"sqlite:///{tmp_path / 'book.sqlite'}")
    yield book
    book.close()


def run(folder, book, grader, mark=None, **options) -> int:
    plan = make_plan(folder, book, grader.catalogue, **options)
    with ThreadPoolExecutor(2) as executor:
        carry_out(plan, folder, book, mark or grader.mark, executor)
    return len(plan.jobs)


def standing(book) -> dict:
    return {entry.path: (entry.problem, points({"marks": entry.marks.values()})) for entry in book.entries()}


def test_a_second_run_has_nothing_to_do(folder, book, grader):
    assert run(folder, book, grader) == 4
    first = book.entries()
    assert run(folder, book, grader) == 0
    assert book.entries() == first
    assert standing(book)["ada.ipynb"] == (None, ALL)
    assert standing(book)["bob.ipynb"] == (None, marks(e71=0, e74=0))
    assert standing(book)["cy.ipynb"] == (None, NONE)
    assert standing(book)["dan.ipynb"] == ("it is not valid JSON, perhaps cut off (JSONDecodeError)", {})


def test_grading_again_gives_the_same_marks_and_words(folder, book, grader):
    run(folder, book, grader)
    first = [entry.marks for entry in book.entries()]
    book.begin_round("this course")
    assert run(folder, book, grader, regrade=True) == 4
    assert [entry.marks for entry in book.entries()] == first


def test_one_exercise_can_be_graded_alone_and_the_rest_later(folder, book, grader):
    run(folder, book, grader, only=["7.3"])
    assert standing(book)["ada.ipynb"] == (None, {"7.3": 1})
    assert run(folder, book, grader, only=["7.3"]) == 0
    assert run(folder, book, grader) == 3
    assert standing(book)["ada.ipynb"] == (None, ALL)


def test_a_file_that_changes_is_graded_and_the_earlier_version_kept(folder, book, grader):
    run(folder, book, grader)
    (folder / "cy.ipynb").write_bytes(submission(e72=STUBS["7.2"]))
    assert run(folder, book, grader) == 1
    versions = [points({"marks": e.marks.values()}) for e in book.entries() if e.path == "cy.ipynb"]
    assert versions == [NONE, marks(e72=0)]


def test_a_judge_that_broke_down_is_asked_again_next_time(folder, book, grader):
    broken = lambda content, path, only: failed("the judge broke down")  # noqa: E731
    run(folder, book, grader, mark=broken)
    assert all("could not be graded" in problem for problem, _ in standing(book).values())
    assert run(folder, book, grader) == 4
    assert standing(book)["ada.ipynb"] == (None, ALL)


def test_an_executor_that_fails_leaves_a_reason(folder, book, grader):
    def lost(*_):
        raise ConnectionError("the machine is gone")

    run(folder, book, grader, mark=lost)
    assert "the machine is gone" in standing(book)["ada.ipynb"][0]


def test_grading_again_goes_on_where_it_was_killed(folder, book, grader):
    """Unless the course has changed in the meantime: then all of it begins again."""
    run(folder, book, grader)
    first = [entry.marks for entry in book.entries()]

    def killed(content, path, only, done=[]):  # noqa: B006
        done.append(path)
        if len(done) > 2:
            raise KeyboardInterrupt
        return grader.mark(content, path, only)

    book.begin_round("course 1")
    with pytest.raises(KeyboardInterrupt):
        plan = make_plan(folder, book, grader.catalogue, regrade=True)
        with ThreadPoolExecutor(1) as executor:
            carry_out(plan, folder, book, killed, executor, at_once=1)
    book.begin_round("course 1")
    assert len(plan.jobs) == 4 and run(folder, book, grader, regrade=True) == 2
    assert run(folder, book, grader) == 0 and [entry.marks for entry in book.entries()] == first
    book.begin_round("course 2")
    assert len(make_plan(folder, book, grader.catalogue, ["7.3"], regrade=True).jobs) == 4
    book.end_round()
    book.begin_round("course 2")
    assert run(folder, book, grader, only=["7.3"], regrade=True) == 4
    assert run(folder, book, grader, only=["7.3"], regrade=True) == 0
    assert run(folder, book, grader, regrade=True) == 3


def test_two_runs_at_once_share_a_gradebook(folder, tmp_path, grader):
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"

    def whole_run(_) -> str:
        book = Gradebook(url)
        run(folder, book, grader)
        secret = book.secret()
        book.close()
        return secret

    with ThreadPoolExecutor(3) as together:
        assert len(set(together.map(whole_run, range(3)))) == 1
    book = Gradebook(url)
    assert len(book.entries()) == 4 and standing(book)["ada.ipynb"] == (None, ALL)
    book.close()


def test_inputs_are_the_same_for_everyone_and_differ_between_gradebooks(tmp_path, book):
    other = Gradebook(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert book.secret() == book.secret() and len(book.secret()) == 32
    assert other.secret() != book.secret()
    other.close()


def test_the_gradebook_can_be_another_database():
    """Without a server at hand: what would be sent to PostgreSQL is valid for its dialect, reserved words quoted."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in (SETTING, SUBMISSION, MARK):
        assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def test_a_check_of_ours_that_fails_costs_its_own_submission_only(published, registry_on_path, monkeypatch):
    """A judge that hangs is ended at its deadline, one that dies is noticed: the next submission is graded."""
    monkeypatch.setattr(Budgets, "judge", property(lambda self: 8.0))
    with Grader(published, "s", registry="faulty_registry", budgets=Budgets(), preload=["torch"]) as grader:
        grader.start()
        for word, problem in {"hang": "did not come to an end", "die": "broke down"}.items():
            result = grader.mark(submission(e73=f"angle = '{word}'"), "x.ipynb", [])
            assert result["problem"].startswith("could not be graded") and problem in result["problem"]
        result = grader.mark(submission(e73="angle = 'raise'"), "x.ipynb", [])
        flagged = {mark["exercise"]: mark["flag"] for mark in result["marks"]}
        assert points(result) == marks(e73=0) and flagged["7.3"] == "the check itself broke"
        assert points(grader.mark(submission(), "x.ipynb", [])) == ALL


def test_time_for_a_whole_submission_is_bounded(published, registry_on_path):
    tight = Budgets(cell=1.5, call=1, check=1, total=2)
    with Grader(published, "s", registry=registry_on_path, budgets=tight, preload=["torch"]) as grader:
        grader.start()
        hanging = {f"e7{n}": "while True: pass" for n in (1, 2, 3)}
        started = time.monotonic()
        result = grader.mark(submission(**hanging), "x.ipynb", [])
        assert points(result) == NONE and time.monotonic() - started < 15
        assert any("whole notebook" in text for mark in result["marks"] for text, _ in mark["lines"])


COMMAND = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.gradebook import MARK, SETTING, SUBMISSION, Gradebook
from course_utils.grading.grader import Grader

folder, published, database = sys.argv[1:]
book = Gradebook(database)
with Grader(Path(published), book.secret(), registry="small_registry", preload=["torch"]) as grader:
    plan = make_plan(Path(folder), book, grader.catalogue)
    grader.start()
    with ThreadPoolExecutor(1) as executor:
        carry_out(plan, Path(folder), book, grader.mark, executor, at_once=1, tick=lambda: print("one", flush=True))
"""


def test_a_killed_run_goes_on_where_it_was(published, registry_on_path, tmp_path):
    import psutil

    folder, database = tmp_path / "many", f"sqlite:///{tmp_path / 'book.sqlite'}"
    folder.mkdir()
    for n in range(12):
        (folder / f"learner{n:02d}.ipynb").write_bytes(submission())
    command = [sys.executable, "-c", COMMAND, str(folder), str(published), database]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)
    for _ in range(3):
        assert killed.stdout.readline() == b"one\n"
    children = psutil.Process(killed.pid).children(recursive=True)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    book = Gradebook(database)
    done = len(book.entries())
    assert 3 <= done < 12 and all(points({"marks": e.marks.values()}) == ALL for e in book.entries())
    _, alive = psutil.wait_procs(children, timeout=5)
    assert [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    again = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ, check=True)
    assert again.stdout.count(b"one") == 12 - done
    assert len(book.entries()) == 12 and all(points({"marks": e.marks.values()}) == ALL for e in book.entries())
    book.close()
