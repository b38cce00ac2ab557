"""Two learners on a JupyterHub: copies and progress of their own, one board for both."""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.hub.conftest import CODE, ROOT, Hub, wait_for
from tests.hub.kernel import run

CHAPTERS = ROOT / "chapters"
CHAPTER = "superposition-course/00_start_here.ipynb"
JOINED = 'from course_utils import check, join; join("{board}", "{code}", name="{name}"); '


@pytest.fixture(scope="module")
def learners(hub) -> Hub:
    hub.start("ada", "bob")
    return hub


def checks(home: Path) -> list[tuple[str, str]]:
    """Exercise and status of the checks in a learner's progress file."""
    with sqlite3.connect(home / ".local/share/superposition-course/progress.sqlite") as db:
        return db.execute("SELECT exercise, status FROM event WHERE kind = 'check' ORDER BY time").fetchall()


def on_the_board(hub: Hub) -> list[tuple[str, str, str]]:
    """Whose checks the board has: name, exercise, status."""
    with sqlite3.connect(hub.folder / "board.sqlite") as db:
        found = db.execute(
            "SELECT name, exercise, status FROM board_event JOIN board_learner ON board_learner.id = learner"
            " WHERE kind = 'check' ORDER BY name, time"
        )
        return found.fetchall()


def test_each_has_copies_and_progress_of_their_own_and_all_are_on_one_board(learners):
    answers = {"ada": (7, 13), "bob": (13,)}
    for name, given in answers.items():
        code = JOINED.format(board=learners.board, code=CODE, name=name)
        shown = run(learners, name, CHAPTER, code + "; ".join(f'check("0.1", {each})' for each in given))
        assert "0.1 ✓ 1 point" in shown, shown
        assert ("You added the coordinates" in shown) == (name == "ada")

    assert checks(learners.home("ada")) == [("0.1", "failed"), ("0.1", "passed")]
    assert checks(learners.home("bob")) == [("0.1", "passed")]
    both = [("ada", "0.1", "failed"), ("ada", "0.1", "passed"), ("bob", "0.1", "passed")]
    wait_for(lambda: on_the_board(learners) == both)


def test_copies_are_the_chapters_and_nobody_elses(learners):
    for name in ("ada", "bob"):
        mine = learners.home(name) / "superposition-course"
        assert {path.name for path in mine.glob("*.ipynb")} == {path.name for path in CHAPTERS.glob("*.ipynb")}
        assert mine.stat().st_mode & 0o077 == 0


def test_a_link_of_nbgitpuller_brings_what_is_new_and_keeps_answers(learners, tmp_path):
    repository = Path(shutil.copytree(CHAPTERS, tmp_path / "course" / "chapters")).parent
    git(repository, "init", "--quiet", "--initial-branch=spring")
    commit(repository, "as given out")
    assert pull(learners, "bob", repository) == "finished"
    mine = learners.home("bob") / "pulled" / "chapters" / "00_start_here.ipynb"
    write(mine, "exercise-0-1", "length = 13")

    theirs = repository / "chapters" / mine.name
    write(theirs, "exercise-0-1", "length = ...  # a number")
    title = json.loads(theirs.read_text(encoding="utf-8"))["cells"][0]["id"]
    write(theirs, title, "# 0. Start here, anew")
    commit(repository, "a newer chapter")
    assert pull(learners, "bob", repository) == "finished"
    assert (read(mine, "exercise-0-1"), read(mine, title)) == ("length = 13", "# 0. Start here, anew")


def pull(hub: Hub, name: str, repository: Path) -> str:
    """What nbgitpuller does for a link to the branch `spring`; how it ended."""
    wanted = {"repo": f"file://{repository}", "branch": "spring", "targetpath": "pulled"}
    with hub.client.stream("GET", f"/user/{name}/git-pull/api", params=wanted) as answer:
        said = [json.loads(line.removeprefix("data:")) for line in answer.iter_lines() if line.startswith("data:")]
    return said[-1]["phase"]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=teacher", "-c", "user.email=teacher@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", message)


def read(notebook: Path, id: str) -> str:
    return "".join(
        next(cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["id"] == id)["source"]
    )


def write(notebook: Path, id: str, text: str) -> None:
    """Put text into a cell, in the form in which Jupyter writes notebooks."""
    content = json.loads(notebook.read_text("utf-8"))
    next(cell for cell in content["cells"] if cell["id"] == id)["source"] = text.splitlines(keepends=True)
    notebook.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
