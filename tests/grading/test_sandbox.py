"""What a worker can reach at each level of isolation, and what happens where there is none."""

import re
from contextlib import ExitStack, closing

import psutil
import pytest

from course_utils import exercises
from course_utils.grading import bubblewrap, sandbox
from course_utils.grading.forge import Forge
from course_utils.grading.inside.limits import Limits
from course_utils.grading.remote import RemoteWorker
from course_utils.grading.tree import TRUSTED, make_tree

needs_bubblewrap = pytest.mark.skipif(bubblewrap.available() is None, reason="bubblewrap is not installed here")


@needs_bubblewrap
@pytest.mark.parametrize("level", ["forked", "single"])
def test_each_level_of_bubblewrap_holds_what_it_promises(level):
    with Forge(level, preload=["torch"]) as forge:
        assert sandbox.examine(forge) == []


def test_without_a_sandbox_the_probe_says_what_does_not_hold():
    with Forge("none") as forge:
        missing = sandbox.examine(forge)
    assert "no network" in missing and "no files" in missing and "no checks" not in missing


def test_without_bubblewrap_grading_refuses_unless_told_to(monkeypatch):
    monkeypatch.setattr(bubblewrap, "available", lambda: None)
    with pytest.raises(sandbox.NoSandbox, match="not installed"):
        sandbox.open_forge(allow_none=False)
    forge, name = sandbox.open_forge(allow_none=True)
    forge.__exit__()
    assert name.startswith("NONE")


def test_a_level_that_does_not_hold_is_passed_over(monkeypatch):
    """The strongest that works: with a fork server that fails its probe, one bubblewrap for each; then none."""
    monkeypatch.setattr(bubblewrap, "available", lambda: "/bin/true")
    asked = []
    monkeypatch.setattr(Forge, "__enter__", lambda self: self)
    monkeypatch.setattr(sandbox, "examine", lambda forge: asked.append(forge.level) or ["no network"])
    with pytest.raises(sandbox.NoSandbox, match="no network"):
        sandbox.open_forge(allow_none=False)
    assert asked == ["forked", "single"]


@needs_bubblewrap
def test_scratch_is_small_and_each_worker_has_its_own():
    writes = "open('/scratch/x', 'w').write('mine'); open('/dev/shm/x', 'w').write('mine')"
    with Forge("forked", Limits(scratch=1 << 20), preload=["torch"]) as forge, ExitStack() as stack:
        first, second = (stack.enter_context(closing(RemoteWorker(forge.address))) for _ in range(2))
        assert first.run("a", writes, 10) is None
        assert second.run("a", "open('/scratch/x')", 10)["type"] == "FileNotFoundError"
        assert second.run("a", "open('/dev/shm/x')", 10)["type"] == "FileNotFoundError"
        assert "No space" in first.run("a", "open('/scratch/y', 'wb').write(bytes(2 << 20))", 10)["message"]


@needs_bubblewrap
def test_the_end_of_the_connection_is_the_end_of_the_worker():
    with Forge("forked", preload=["torch"]) as forge:
        server = psutil.Process(forge._server.pid)
        before = set(server.children(recursive=True))
        worker = RemoteWorker(forge.address)
        worker.run("a", "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(600)", 10)
        started = set(server.children(recursive=True)) - before
        assert len(started) >= 7  # these five, the worker, its first process
        worker.close()
        _, left = psutil.wait_procs(started, timeout=5)
        assert left == []


@needs_bubblewrap
def test_a_worker_holds_no_file_but_its_own_pipe():
    count = (
        "import os\ndef is_open(fd):\n    try: return bool(os.fstat(fd))\n    except OSError: return False\n"
        "n = sum(map(is_open, range(256)))"
    )
    with Forge("forked", preload=["torch"]) as forge, closing(RemoteWorker(forge.address)) as worker:
        assert worker.run("a", count, 10) is None
        assert worker.answer("n", "n", [], lambda: 10) == 4  # three of them lead nowhere


@needs_bubblewrap
def test_memory_is_limited():
    with (
        Forge("forked", Limits(memory=256 << 20), preload=["torch"]) as forge,
        closing(RemoteWorker(forge.address)) as worker,
    ):
        assert worker.run("a", "x = bytearray(400 << 20)", 20)["type"] == "MemoryError"
        assert worker.run("a", "x = bytearray(50 << 20)", 20) is None


def test_the_tree_holds_no_check_and_no_solution(tmp_path):
    tree = make_tree(tmp_path / "tree")
    names = {path.name for path in (tree / "course_utils").iterdir()}
    assert {"toy", "plots", "lm", "__init__.py"} <= names and not names & set(TRUSTED)
    text = "\n".join(p.read_text(encoding="utf-8") for p in tree.rglob("*.py"))
    assert "course_utils.checking" not in text and "course_utils.exercises" not in text
    for chapter in exercises.all_chapters():
        for exercise in chapter.exercises:
            assert not [hint for hint in exercise.hints if hint in text]
            assert not re.search(rf"\b{type(exercise).__name__}\(", text)
    assert not list(tree.rglob("reference.json"))


def test_what_learners_call_is_there_and_does_nothing(tmp_path):
    import subprocess
    import sys

    tree = make_tree(tmp_path / "tree")
    calls = "import course_utils as c; print([getattr(c, n)('1.1') for n in c.__dir__() if n in {}], c.__file__)"
    import course_utils

    names = {name for name in course_utils.__all__ if name != "__version__"}
    done = subprocess.run(
        [sys.executable, "-c", calls.format(sorted(names))],
        env={"PYTHONPATH": str(tree)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.startswith(str([None] * len(names))) and str(tree) in done.stdout, done.stderr
