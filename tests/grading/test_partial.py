"""Partial credit and lateness: both off unless asked for, and both said on the teacher's page."""

import os
import re

import pytest
from notebooks import marks, points, submission
from small_registry import Scale
from test_command import small, table

from course_utils.checking import run_check
from course_utils.cli import app  # noqa: F401 (the command is there)
from course_utils.grading.command import _moment
from course_utils.grading.export import lateness
from course_utils.grading.marking import seeds_for

ANSWERS = {  # to 7.1, whose cases are one typical and "with a negative factor", and which has a law
    "right": ("def scale(x, k): return x * k", 2),
    "but for the edges": ("def scale(x, k): return x * abs(k)", 1.33),
    "of the right form": ("def scale(x, k): return x + k", 0.67),
    "of no form": ("def scale(x, k): return 3", 0),
    "raises": ("def scale(x, k): raise ValueError", 0),
}


@pytest.fixture
def class_of(tmp_path):
    (tmp_path / "work").mkdir()
    for name, (source, _) in ANSWERS.items():
        (tmp_path / "work" / name).mkdir()
        (tmp_path / "work" / name / "07_small.ipynb").write_bytes(submission(e71=source))
    return tmp_path


def test_partial_credit_is_a_share_of_the_parts_and_off_by_default(class_of, published, registry_on_path, monkeypatch):
    """One run grades; whether shares count is decided when the tables are written."""
    run = small(class_of, published, monkeypatch, "--only", "7.1")
    assert run.exit_code == 0, run.output
    whole = {row["learner"]: row["7.1"] for row in table(class_of / "work-grades").values()}
    again = small(class_of, published, monkeypatch, "--only", "7.1", "--partial", "--due", "2001-01-01")
    assert "0 graded now" in again.stdout
    shared = {row["learner"]: row for row in table(class_of / "work-grades").values()}
    assert whole == {name: "2" if name == "right" else "0" for name in ANSWERS}
    assert {name: float(row["7.1"]) for name, row in shared.items()} == {n: p for n, (_, p) in ANSWERS.items()}
    assert all(" d " in row["late"] for row in shared.values())


COUNTED = """def scale(x, k):
    torch.calls = getattr(torch, "calls", 0) + 1
    return x + k + 1"""


def test_a_wrong_function_is_called_no_more_often_for_its_parts(grader):
    """As often as in a live check: shares are of what that has shown."""
    result = grader.mark(submission(e71=COUNTED, e73="angle = 10_000 + torch.calls"), "x.ipynb", ["7.1", "7.3"])
    of = {mark["exercise"]: mark for mark in result["marks"]}
    calls = int(re.search(r"10_?0(\d\d)", str(of["7.3"]["lines"]) + of["7.3"]["headline"])[1])
    live = []

    def scale(x, k):
        live.append(x)
        return x + k + 1

    run_check(Scale(), scale, seeds_for("a secret", Scale())[0])
    assert of["7.1"]["parts"] == {"type and shape": True, "typical cases": False, "edges": False}
    assert 2 <= calls <= len(live)


@pytest.mark.parametrize("exercise", ["7.3", "7.4"])
def test_values_and_experiments_have_no_parts(grader, exercise):
    wrong = {"7.3": {"e73": "angle = 108"}, "7.4": {"e74": "trained = {'W': first, 'loss': torch.ones(4)}"}}[exercise]
    result = grader.mark(submission(**wrong), "x.ipynb", [])
    assert points(result) == marks(**dict.fromkeys(wrong, 0))
    assert next(mark for mark in result["marks"] if mark["exercise"] == exercise)["parts"] == {}


def test_lateness_in_words():
    assert [lateness(s) for s in (None, -1, 0, 30, 61, 3_600, 93_780)] == [
        "", "", "", "0 min", "1 min", "1 h", "1 d 2 h 3 min",
    ]  # fmt: skip


def test_a_day_ends_with_that_day_and_a_time_may_have_a_zone():
    assert _moment("2026-01-31") == _moment("2026-02-01T00:00") and _moment(None) is None
    assert _moment("2026-01-31T23:59+00:00") == 1769903940


def test_a_due_time_that_is_none_is_an_expected_problem(tmp_path, published, monkeypatch):
    (tmp_path / "work").mkdir()
    run = small(tmp_path, published, monkeypatch, "--due", "on Friday")
    assert run.exit_code == 1 and "--due wants" in run.output


def test_only_what_came_after_the_time_is_late(tmp_path, published, registry_on_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    for name, written in {"early": 1_000_000_000, "late": 1_000_003_700}.items():
        (work / f"{name}_07_small.ipynb").write_bytes(b"{}")
        os.utime(work / f"{name}_07_small.ipynb", (written, written))
    small(tmp_path, published, monkeypatch, "--due", "2001-09-09T01:46:40+00:00")
    found = {row["learner"]: row["late"] for row in table(tmp_path / "work-grades").values()}
    assert found == {"early": "", "late": "1 h 1 min"}
