"""The `course` command as a person runs it, in a clone of the little course."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from course_utils.authoring import registry as registry_module
from course_utils.cli import app
from course_utils.exercises import Chapter


@pytest.fixture
def course(exercises, monkeypatch):
    """Run the command in a clone, with the little course's registry. Gives (exit status, stdout, stderr)."""
    parts = [Chapter("1", [kind() for kind in exercises.EXERCISES], exercises.QUIZ)]
    monkeypatch.setattr(registry_module, "all_chapters", lambda: parts)

    def run(repository, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(repository.root)
        done = CliRunner().invoke(app, arguments)
        return done.exit_code, done.stdout, done.stderr

    return run


def test_version(course, clone):
    assert course(clone, "--version")[1].startswith("superposition-course ")


def test_a_chapter_that_is_wrong_is_refused_with_file_and_line(course, clone):
    source = clone.solutions / "01_doubling.py"
    source.write_text(source.read_text().replace('# %%\ncheck("1.1", doubled)\n', ""))
    message = 'exercise 1.1 has no check cell: `check("1.1", …)` as a cell of its own'
    assert course(clone, "build") == (1, "", f"solutions/01_doubling.py:23: {message}\n")


def test_check_before_a_build(course, clone):
    status, out, err = course(clone, "build", "--check")
    assert status == 1
    assert "chapters/01_doubling.ipynb is missing" in out
    assert err == "3 built files are not up to date: `course build` makes them.\n"


def test_check_and_build_after_a_build(course, built):
    assert course(built, "build", "--check") == (0, "1 chapters, every built file is up to date.\n", "")
    assert course(built, "build", "01") == (0, "solutions/01_doubling.ipynb  up to date\n", "")


def test_verify_prints_a_line_per_exercise(course, clone):
    status, out, _ = course(clone, "verify", "1.1")
    assert status == 0
    first, last = out.splitlines()
    assert first.startswith("1.1     ✓ stub  ✓ reference  ✓ 1 mistake  ✓ 1 rewrite")
    assert last == "1 verified, all gates pass."


def test_verify_fails_when_a_gate_does(course, clone, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Total, "rewrites", [7])
    status, out, _ = course(clone, "verify")
    assert status == 1
    assert out.splitlines()[-1] == "1 of 3 fail: 1.2"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "7"], "There is no chapter '7' in solutions/; there are: 01.\n"),
        (["verify", "1.3"], "There is no exercise '1.3'. Did you mean 1.2 or 1.1?\n"),
        (["new", "1.1"], "Exercise 1.1 exists: 'Twice as much'.\n"),
    ],
)
def test_what_does_not_exist_is_said_in_one_line(course, clone, arguments, said):
    assert course(clone, *arguments) == (1, "", said)


def test_new_tells_the_files_and_what_to_do_next(course, clone):
    status, out, err = course(clone, "new", "1.9")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "course_utils/exercises/ch01/exercise_1_9.py",
        "course_utils/exercises/ch01/__init__.py",
        "solutions/01_doubling.py",
        "Write what says TODO or is empty; `course verify 1.9` says what is left. Then `course build`.",
    ]


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("typer", "build", "teach"),
        ("jupytext", "build", "teach"),
        ("nbclient", "build", "teach"),
        ("jinja2", "grade .", "teach"),
        ("sqlalchemy", "grade .", "teach"),
        ("distributed", "grade . --cluster tcp://127.0.0.1:1", "cluster"),
    ],
)
def test_a_missing_tool_names_the_extra(tmp_path, package, arguments, extra):
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('no {package}', name='{package}')\n")
    done = subprocess.run(
        [sys.executable, "-c", "from course_utils.cli import app; app()", *arguments.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"needs the package {package}" in done.stderr
    assert f'pip install "superposition-course[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr
