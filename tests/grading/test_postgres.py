"""The gradebook in a real PostgreSQL, started for these tests on loopback where its programs are installed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from notebooks import ALL, NONE, cells, code, marks, notebook, points, submission
from test_command import small, table

from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.gradebook import Gradebook
from course_utils.grading.judge import failed


@pytest.fixture
def url(postgres_url) -> str:
    return postgres_url


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "ada_07_small.ipynb").write_bytes(submission())
    (folder / "bob_07_small.ipynb").write_bytes(submission(e71="def scale(x, k): return x + k"))
    (folder / "cy_07_small.ipynb").write_bytes(notebook(cells()))
    (folder / "dan_07_small.ipynb").write_bytes(b"not a notebook")
    return folder


EXPECTED = {"ada": ALL, "bob": marks(e71=0, e74=0), "cy": NONE, "dan": {}}


def standing(book: Gradebook) -> dict:
    entries = book.entries()
    assert len(entries) == len({(entry.path, entry.digest) for entry in entries})
    return {entry.path.partition("_")[0]: points({"marks": entry.marks.values()}) for entry in entries}


def test_the_command_takes_a_url_and_grades_again(url, folder, tmp_path, published, registry_on_path, monkeypatch):
    run = lambda *options: small(tmp_path, published, monkeypatch, "--gradebook", url, *options)  # noqa: E731
    assert "4 notebooks, 4 graded now" in run().stdout
    assert {row["learner"]: row["points"] for row in table(tmp_path / "work-grades").values()} == {
        "ada": "8", "bob": "3", "cy": "0", "dan": "0",
    }  # fmt: skip
    assert "0 graded now" in run().stdout and "4 graded now" in run("--regrade").stdout
    assert not (tmp_path / "work-grades" / "gradebook.sqlite").exists()
    book = Gradebook(url)
    assert standing(book) == EXPECTED
    book.close()


def test_what_was_not_done_is_done_next_time(url, folder, grader):
    done = []

    def mark_two(content, path, only):
        done.append(path)
        return grader.mark(content, path, only) if len(done) <= 2 else failed("killed")

    for marker in (mark_two, grader.mark):
        book = Gradebook(url)
        plan = make_plan(folder, book, grader.catalogue)
        with ThreadPoolExecutor(1) as executor:
            carry_out(plan, folder, book, marker, executor, at_once=1)
        book.close()
    assert len(plan.jobs) == 2
    book = Gradebook(url)
    assert standing(book) == EXPECTED
    book.close()


def test_two_runs_at_once_share_a_gradebook(url, folder, grader):
    def whole_run(_) -> str:
        book = Gradebook(url)
        with ThreadPoolExecutor(1) as executor:
            carry_out(make_plan(folder, book, grader.catalogue), folder, book, grader.mark, executor, at_once=1)
        secret = book.secret()
        book.close()
        return secret

    with ThreadPoolExecutor(3) as together:
        assert len(set(together.map(whole_run, range(3)))) == 1
    book = Gradebook(url)
    assert standing(book) == EXPECTED
    book.close()


def test_no_text_of_a_learner_is_too_much_for_a_column(url, tmp_path, grader):
    """PostgreSQL, unlike SQLite, refuses text that is too long, and the character 0."""
    deep = tmp_path / "work" / "/".join(["d" * 200] * 4)
    deep.mkdir(parents=True)
    name = code(f"NAME = '{chr(0x202E) * 80}'")
    evil = f"def interference(W): raise ValueError('\\0' + {'x' * 3000!r} + '\\ud800')"
    (deep / f"{'é' * 100}.ipynb").write_bytes(notebook([name, *cells({"7.2": evil})]))
    book = Gradebook(url)
    with ThreadPoolExecutor(1) as executor:
        carry_out(make_plan(tmp_path / "work", book, grader.catalogue), tmp_path / "work", book, grader.mark, executor)
    (entry,) = book.entries()
    assert entry.problem is None and points({"marks": entry.marks.values()}) == NONE
    assert len(entry.path) < 600 and len(entry.claims) == 480
    assert make_plan(tmp_path / "work", book, grader.catalogue).jobs == []
    book.close()


def test_a_database_that_is_away_is_an_expected_problem(tmp_path, published, registry_on_path, monkeypatch):
    (tmp_path / "work").mkdir()
    away = "postgresql+psycopg://course@127.0.0.1:1/nothing"
    run = small(tmp_path, published, monkeypatch, "--gradebook", away)
    assert run.exit_code == 1 and "The gradebook cannot be used" in run.output and "refused" in run.output
