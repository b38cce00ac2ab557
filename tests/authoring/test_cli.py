"""The `course` command as a person runs it, in a clone of the little course."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course_utils import exercises as the_registry
from course_utils.cli import app
from course_utils.exercises import Chapter


@pytest.fixture
def course(exercises, monkeypatch):
    """Run the command in a clone, with the little course's registry. Gives (exit status, stdout, stderr)."""
    only = Chapter("1", [kind() for kind in exercises.EXERCISES], exercises.QUIZ)
    monkeypatch.setattr(the_registry, "chapter", lambda number: only)
    monkeypatch.setattr(the_registry, "chapter_numbers", lambda: ["1"])
    monkeypatch.setattr(the_registry, "ids", lambda: [exercise.id for exercise in only.exercises])

    def run(repository, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(repository.root)
        done = CliRunner().invoke(app, arguments)
        return done.exit_code, done.stdout, done.stderr

    return run


ROOT = Path(__file__).parents[2]


def test_version(course, clone):
    assert course(clone, "--version")[1].startswith("superposition-course ")


def test_a_chapter_that_is_wrong_is_refused_with_file_and_line(course, clone):
    source = clone.solutions / "01_doubling.py"
    source.write_text(source.read_text().replace('# %%\ncheck("1.1", doubled)\n', ""))
    message = 'exercise 1.1 has no check cell: `check("1.1", …)` as a cell of its own'
    assert course(clone, "build") == (1, "", f"solutions/01_doubling.py:25: {message}\n")


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
    assert first.startswith("1.1     ✓ stub  ✓ reference  ✓ 3 mistakes  ✓ 1 rewrite")
    assert last == "1 verified, all gates pass."


def test_verify_fails_when_a_gate_does(course, clone, exercises, monkeypatch):
    monkeypatch.setattr(exercises.Total, "rewrites", [7])
    status, out, _ = course(clone, "verify")
    assert status == 1
    assert out.splitlines()[-1] == "1 of 2 fail: 1.2"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "7"], "There is no chapter '7' in solutions/; there are: 01.\n"),
        (["verify", "1.3"], "There is no exercise '1.3'; did you mean 1.2 or 1.1?\n"),
        (
            ["new", "1.1", "halved"],
            "Exercise 1.1 exists, in course_utils/exercises/ch01/__init__.py; the next free id is 1.3.\n",
        ),
    ],
)
def test_what_does_not_exist_is_said_in_one_line(course, clone, arguments, said):
    assert course(clone, *arguments) == (1, "", said)


def test_new_tells_the_files_and_what_to_do_next(course, clone):
    status, out, err = course(clone, "new", "1.3", "halved", "--kind", "value")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "course_utils/exercises/ch01/halved.py",
        "course_utils/exercises/ch01/__init__.py",
        "solutions/01_doubling.py",
        "Write what says TODO; `course verify 1.3` says what is left. Then `course build`.",
    ]


def test_an_exercise_that_cannot_be_defined_is_said_in_one_line(clone):
    init = clone.package / "exercises" / "ch01" / "__init__.py"
    init.write_text(init.read_text().replace('hints = ["Add them.", "Three twos."]', 'hints = ["Add them."]'))
    line = init.read_text().splitlines().index("class Total(ValueExercise):") + 1
    for command in ("verify", "build"):
        done = run_in(clone, command)
        assert (done.returncode, done.stdout) == (1, "")
        said = "`hints` has 1; there should be 2 or more, from a nudge to a near-answer"
        assert done.stderr == f"course_utils/exercises/ch01/__init__.py:{line}: class Total: {said}\n"


def test_a_new_exercise_is_known_to_the_course_and_far_from_finished(clone):
    assert run_in(clone, "new", "1.3", "halved").returncode == 0
    done = run_in(clone, "verify", "1.3")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "1 of 1 fail: 1.3"
    assert 'course_utils/exercises/ch01/halved.py:11: id, title = "1.3", "TODO a title"' in done.stdout


def test_new_waits_for_nothing_heavy(clone):
    """Counted in modules: which are loaded is the same on every machine, seconds are not."""
    assert not modules_after(clone, "new", "1.3", "halved") & {"torch", "jupytext", "nbformat", "IPython", "plotly"}


def test_verify_of_an_exercise_imports_its_own_chapter_and_nothing_slow_that_it_has_no_use_for(clone):
    exercises = clone.package / "exercises"
    shutil.copytree(exercises / "ch01", exercises / "ch02")
    loaded = modules_after(clone, "verify", "1.2")
    assert "course_utils.exercises.ch01" in loaded
    assert not loaded & {"course_utils.exercises.ch02", "rfc3987_syntax", "jupyter_server"}


def run_in(clone, *arguments: str, first: str = "pass") -> subprocess.CompletedProcess:
    """The command in a process of its own, with the clone's package as its course; `first` is code to begin with."""
    code = f"import sys; {first}; from course_utils.cli import app; app(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=clone.root,
        env={**os.environ, "PYTHONPATH": str(clone.root)},
        capture_output=True,
        text=True,
    )


def modules_after(clone, *arguments: str) -> set[str]:
    """Names in sys.modules when the command has ended."""
    done = run_in(clone, *arguments, first="import atexit; atexit.register(lambda: print(*sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("typer", "build", "lab"),
        ("nbformat", "export x.ipynb", "lab"),
        ("jupytext", "build", "teach"),
        ("nbclient", "build", "teach"),
        ("jinja2", "grade .", "teach"),
        ("sqlalchemy", "grade .", "teach"),
        ("distributed", "grade . --cluster tcp://127.0.0.1:1", "cluster"),
        ("jupyterhub", "lab --hub", "hub"),
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


def test_lab_opens_copies_and_passes_options_on(tmp_path):
    clone, stub = tmp_path / "clone", tmp_path / "stub" / "jupyterlab"
    for folder in (clone / "course_utils", clone / "chapters", stub):
        folder.mkdir(parents=True)
    (clone / "chapters" / "00_start_here.ipynb").write_text('{"cells": []}')
    (stub / "__init__.py").touch()
    (stub / "__main__.py").write_text("import sys; print(*sys.argv[1:]); sys.exit(3)")
    done = subprocess.run(
        [sys.executable, "-c", "from course_utils.cli import app; app()", "lab", "--no-browser", "--port", "8899"],
        cwd=clone / "chapters",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(stub.parent), os.environ.get("PYTHONPATH", str(ROOT))])},
        capture_output=True,
        text=True,
    )
    told, options = done.stdout.splitlines()
    assert told == f"Your copies of the chapters are in {clone / 'work'}."
    opens = [f"--ServerApp.root_dir={clone}", "--LabApp.default_url=/lab/tree/work/00_start_here.ipynb"]
    opens += ["--LabApp.news_url=None"]
    assert options.split() == [*opens, "--no-browser", "--port", "8899"]
    assert done.returncode == 3 and (clone / "work" / "00_start_here.ipynb").exists()


def learner_on_a_hub(home) -> subprocess.CompletedProcess:
    """`course lab --hub` in a learner's home; a stub of JupyterHub's server prints its process, page and options."""
    stub = home.parent / "stub" / "jupyterhub" / "singleuser"
    stub.mkdir(parents=True)
    (stub.parent / "__init__.py").touch()
    (stub / "__init__.py").touch()
    (stub / "__main__.py").write_text(
        "import os, sys; print(os.getpid(), os.environ.get('JUPYTERHUB_DEFAULT_URL'), *sys.argv[1:])"
    )
    share = home.parent / "python" / "share" / "superposition-course" / "chapters"
    share.mkdir(parents=True)
    (share / "00_start_here.ipynb").write_text('{"cells": []}')
    run = f"import os, sys; sys.prefix = {str(share.parents[2])!r}; print(os.getpid(), flush=True); "
    return subprocess.run(
        [sys.executable, "-c", run + "from course_utils.cli import app; app()", "lab", "--hub", "--debug"],
        cwd=home,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(stub.parents[1]), str(ROOT)])},
        capture_output=True,
        text=True,
    )


def test_on_a_hub_the_learners_server_takes_the_place_of_the_command_and_opens_copies(tmp_path):
    home = tmp_path / "ada"
    home.mkdir()
    done = learner_on_a_hub(home)
    process, *server = done.stdout.split()
    assert server == [process, "/lab/tree/superposition-course/00_start_here.ipynb", "--debug"], done.stderr
    assert (home / "superposition-course" / "00_start_here.ipynb").exists()
    assert (home / "superposition-course").stat().st_mode & 0o077 == 0  # nobody else's, even in an open home


def test_on_a_hub_a_home_without_room_for_copies_still_gets_its_server(tmp_path):
    home = tmp_path / "ada"
    home.mkdir()
    (home / "superposition-course").touch()  # no folder can be made under that name
    done = learner_on_a_hub(home)
    process, *server = done.stdout.split()
    assert server == [process, "None", "--debug"]
    assert "No copies of the chapters were made" in done.stderr
