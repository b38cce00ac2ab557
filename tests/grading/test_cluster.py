"""The same marks from a Dask cluster on loopback, with one of its two machines killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
from notebooks import ALL, marks, points, submission

from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.budgets import Budgets
from course_utils.grading.cluster import Cluster
from course_utils.grading.gradebook import Gradebook

pytest.importorskip("distributed", reason="the cluster needs dask and distributed")


@contextmanager
def _started(*command: str) -> Iterator[subprocess.Popen]:
    """A process in a session of its own. However this ends, it and all that it started in it are killed: a worker asked
    politely waits for its scheduler, which may be gone."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.2)
    raise TimeoutError(f"no scheduler on port {port} after {seconds} s")


@pytest.fixture
def cluster(registry_on_path, tmp_path):
    """(address, processes): a scheduler and two machines with one thread each, on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    alone = ["--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path)]
    with ExitStack() as stack:
        stack.enter_context(_started("distributed.cli.dask_scheduler", *local, "--port", str(port)))
        worker = ("distributed.cli.dask_worker", address, *local, *alone)
        machines = [stack.enter_context(_started(*worker)) for _ in range(2)]
        _wait_for(port)  # on a busy machine a scheduler starts more slowly than the command waits for one
        yield address, machines


def test_nothing_outlives_a_test_that_fails():
    """Not even what its processes have started, and that waits for ever."""
    waits = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with pytest.raises(TimeoutError), _started("timeit", "-n1", "-r1", f"{waits}; time.sleep(600)") as process:
        group, deadline = psutil.Process(process.pid), time.monotonic() + 60
        while not group.children() and time.monotonic() < deadline:
            time.sleep(0.05)
        (child,) = group.children()
        raise TimeoutError
    while _lives(child) and time.monotonic() < deadline:  # it is killed, and takes its moment
        time.sleep(0.05)
    assert not _lives(child)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_machine_killed_in_the_middle_loses_nothing(cluster, published, tmp_path, grader):
    address, machines = cluster
    folder, book = tmp_path / "work", Gradebook(f"sqlite:///{tmp_path / 'book.sqlite'}")
    folder.mkdir()
    for n in range(16):
        wrong = {"e73": "angle = 108"} if n % 4 == 0 else {}
        slow = "import time\ntime.sleep(0.3)\ndef scale(x, k): return x * k"
        (folder / f"learner{n:02d}.ipynb").write_bytes(submission(e71=slow, **wrong))
    texts = {path.name: path.read_text() for path in published.iterdir()}
    settings = {"chapters": texts, "secret": "s", "registry": "small_registry", "preload": ["torch"]}
    settings |= {"budgets": list(Budgets()), "allow_none": False}
    plan = make_plan(folder, book, grader.catalogue)
    finished = []

    def tick() -> None:
        finished.append(time.monotonic())
        if len(finished) == 5:
            os.kill(machines[0].pid, signal.SIGKILL)

    with Cluster(address, settings) as there:
        carry_out(plan, folder, book, there.marker(), there.executor, at_once=4, tick=tick)
    entries = book.entries()
    assert len(finished) == len(entries) == 16 and machines[0].poll() is not None
    for entry in entries:
        wrong = int(entry.path[7:9]) % 4 == 0
        assert points({"marks": entry.marks.values()}) == (marks(e73=0) if wrong else ALL), entry.problem
        assert entry.sandbox.startswith("bubblewrap")
    book.close()


def test_where_nobody_answers_the_command_says_so(tmp_path, published):
    with pytest.raises(OSError, match="after"), Cluster("tcp://127.0.0.1:1", {}):
        pass
