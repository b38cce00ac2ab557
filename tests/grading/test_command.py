"""`course grade` on the real chapters: full marks for the reference solutions, none for untouched notebooks."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import cells, checking, notebook, submission
from typer.testing import CliRunner

from course_utils import exercises
from course_utils.authoring.repository import find_repository
from course_utils.cli import app
from course_utils.grading import bubblewrap
from course_utils.grading.plain import plain

ROOT = find_repository(Path(__file__)).root
CHAPTERS = ["00_start_here", "01_toy_models"]


def course(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "from course_utils.cli import app; app()", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def table(folder: Path) -> dict[str, dict]:
    with (folder / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def class_of_three(tmp_path_factory) -> Path:
    """Ada hands in the reference solutions, Bob the chapters as they came, Cy a chapter that somebody cut off."""
    folder = tmp_path_factory.mktemp("class") / "week1"
    for learner in ("ada", "bob", "cy"):
        (folder / learner).mkdir(parents=True)
    for stem in CHAPTERS:
        shutil.copy(ROOT / "solutions" / f"{stem}.ipynb", folder / "ada")
        shutil.copy(ROOT / "chapters" / f"{stem}.ipynb", folder / "bob")
    whole = (ROOT / "chapters" / "00_start_here.ipynb").read_bytes()
    (folder / "cy" / "00_start_here.ipynb").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.fixture(scope="module")
def graded(class_of_three):
    run = course("grade", class_of_three, "--jobs", 2)
    assert run.returncode == 0, run.stderr
    return class_of_three.with_name("week1-grades"), run


def test_reference_solutions_get_full_marks_and_untouched_notebooks_none(graded):
    rows = table(graded[0])
    for number, stem in enumerate(CHAPTERS):
        total = str(sum(e.points for e in exercises.chapter(str(number)).exercises))
        assert (rows[f"ada/{stem}.ipynb"]["points"], rows[f"ada/{stem}.ipynb"]["of"]) == (total, total)
        assert (rows[f"bob/{stem}.ipynb"]["points"], rows[f"bob/{stem}.ipynb"]["of"]) == ("0", total)


def test_the_teacher_is_told_what_to_look_at_and_which_isolation_was_in_force(graded):
    folder, run = graded
    assert "cy/00_start_here.ipynb (cy): not marked" in run.stdout and "5 notebooks, 5 graded now" in run.stdout
    assert "Isolation: bubblewrap" in run.stderr
    assert "Isolation in force: bubblewrap" in (folder / "class.html").read_text("utf-8")


def test_a_second_run_grades_nothing_and_changes_nothing(graded, class_of_three):
    folder, _ = graded
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in (".csv", ".html")}
    again = course("grade", class_of_three)
    assert "0 graded now" in again.stdout
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.suffix in (".csv", ".html")} == before


def small(tmp_path, published, monkeypatch, *arguments: object):
    """`course grade` in this process, on a folder `work` and the small assignment."""
    from course_utils.grading import grader

    monkeypatch.setattr(grader, "REGISTRY", "small_registry")
    monkeypatch.setattr(
        grader.Grader.__init__,
        "__kwdefaults__",
        grader.Grader.__init__.__kwdefaults__ | {"registry": "small_registry", "preload": ["torch"]},
    )
    return CliRunner().invoke(
        app, ["grade", str(tmp_path / "work"), "--chapters", str(published), *map(str, arguments)]
    )


def test_text_of_learners_does_not_steer_the_terminal(tmp_path, published, registry_on_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "\x1b[2J=cmd\n.ipynb").write_bytes(b"{")
    (tmp_path / "work" / "notes\x07.txt").write_bytes(b"")
    run = small(tmp_path, published, monkeypatch)
    assert run.exit_code == 0 and plain(run.stdout) == run.stdout and "\\x1b[2J=cmd" in run.stdout
    assert "notes\\x07.txt: not a notebook" in run.stdout


def test_where_nothing_isolates_it_refuses_and_says_what_to_do(tmp_path, published, registry_on_path, monkeypatch):
    monkeypatch.setattr(bubblewrap, "available", lambda: None)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "ada.ipynb").write_bytes(submission())
    refused = small(tmp_path, published, monkeypatch)
    assert refused.exit_code == 1 and "Install bubblewrap" in refused.output and "--no-sandbox" in refused.output
    accepted = small(tmp_path, published, monkeypatch, "--no-sandbox")
    rows = table(tmp_path / "work-grades")
    assert accepted.exit_code == 0 and rows["ada.ipynb"]["points"] == "8"
    assert rows["ada.ipynb"]["to look at"] == "nothing tells whose it is; graded without a sandbox"
    assert "NONE: notebooks ran as ordinary programs" in (tmp_path / "work-grades" / "class.html").read_text("utf-8")


def test_roster_only_and_regrade(tmp_path, published, registry_on_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    (work / "ada_07_small.ipynb").write_bytes(submission())
    (tmp_path / "roster.csv").write_text("learner,name\nada,Ada Lovelace\nzoe,Zoe\n")
    options = ["--roster", tmp_path / "roster.csv", "--only", "7.3"]
    assert small(tmp_path, published, monkeypatch, *options).exit_code == 0
    row = table(tmp_path / "work-grades")["ada_07_small.ipynb"]
    assert (row["name"], row["points"], row["7.3"], row["7.1"]) == ("Ada Lovelace", "1", "1", "")
    assert "1 graded now" in small(tmp_path, published, monkeypatch).stdout
    assert "1 graded now" in small(tmp_path, published, monkeypatch, "--regrade").stdout
    assert "0 graded now" in small(tmp_path, published, monkeypatch).stdout


def test_an_unknown_exercise_is_an_expected_problem(tmp_path, published, registry_on_path, monkeypatch):
    (tmp_path / "work").mkdir()
    run = small(tmp_path, published, monkeypatch, "--only", "7.9")
    assert run.exit_code == 1 and "There is no exercise 7.9; there are 7.1, 7.2, 7.3, 7.4." in run.output


def test_a_gradebook_that_cannot_be_used_is_an_expected_problem(tmp_path, published, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked at" * 100)
    for url, said in {
        f"sqlite:///{tmp_path}/notes.txt": "not a database",
        "postgres": "URL does not do",
        "nothing+nobody://x": "URL does not do",
    }.items():
        run = small(tmp_path, published, monkeypatch, "--gradebook", url)
        assert run.exit_code == 1 and said in " ".join(run.output.split()), url


def test_a_bad_roster_is_an_expected_problem(tmp_path, published, registry_on_path, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "roster.csv").write_text("a,b\n1,2\n")
    run = small(tmp_path, published, monkeypatch, "--roster", tmp_path / "roster.csv")
    assert run.exit_code == 1 and "column `learner`" in run.output


def test_the_notebooks_own_idea_of_its_marks_is_ignored(tmp_path, published, registry_on_path, monkeypatch):
    (tmp_path / "work").mkdir()
    content = json.loads(notebook([*cells(), checking("7.1")]))
    content["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "7.1 ✓ 2 points."}]
    content["metadata"]["points"] = 8
    (tmp_path / "work" / "bob.ipynb").write_text(json.dumps(content))
    small(tmp_path, published, monkeypatch)
    assert table(tmp_path / "work-grades")["bob.ipynb"]["points"] == "0"
