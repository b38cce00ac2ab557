"""Memory as a whole where there is no control group: all of a worker's processes, what they share, nameless files."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

from course_utils.grading import bubblewrap, cgroup, memory
from course_utils.grading.forge import Forge
from course_utils.grading.inside.limits import Limits
from course_utils.grading.remote import Lost, RemoteWorker
from course_utils.grading.syscalls import Filters

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
MIB = 1 << 20


@contextmanager
def program(source: str):
    """A process that runs this and then waits to be ended."""
    text = f"import os, mmap, time\n{source}\nprint('ready', flush=True)\ntime.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, start_new_session=True)
    try:
        process.stdout.readline()
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


HOLDERS = {
    "itself": ("x = bytearray(b'1') * (64 << 20)", 64),
    "two children": (
        "r, w = os.pipe()\nfor _ in range(2):\n    if os.fork() == 0:\n        x = bytearray(b'1') * (32 << 20)\n"
        "        os.write(w, b'1')\n        time.sleep(600)\nfor _ in range(2): os.read(r, 1)",
        64,
    ),
    "children that share what it has": (
        "x = bytearray(b'1') * (64 << 20)\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(600)", 64,
    ),
    "a map that children share": (
        "m = mmap.mmap(-1, 64 << 20)\nm.write(bytes(64 << 20))\n"
        "for _ in range(3):\n    if os.fork() == 0: time.sleep(600)",
        64,
    ),
    "files without a name": (
        "for _ in range(4):\n    fd = os.memfd_create('x')\n    for _ in range(16): os.write(fd, bytes(1 << 20))", 64,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOLDERS)
def test_everything_counts_and_counts_once(name):
    source, size = HOLDERS[name]
    with program("") as nothing, program(source) as something:
        more = memory.held(something) - memory.held(nothing)
    assert 0.9 * size * MIB < more < 1.6 * size * MIB


def test_what_goes_over_its_limit_is_ended():
    ended = []
    with program("") as pid:
        watch = memory.Watch(pid, -1, lambda: ended.append(time.monotonic()))
        deadline = time.monotonic() + 30
        while not ended and time.monotonic() < deadline:
            time.sleep(0.05)
        watch.close()
    assert len(ended) == 1


def test_of_what_is_gone_nothing_counts():
    assert memory.held(2**22 - 1) == 0


@pytest.mark.skipif(bubblewrap.available() is None, reason="bubblewrap is not installed here")
@pytest.mark.parametrize("what", ["children", "files"])
def test_a_worker_cannot_go_around_its_limit(monkeypatch, what):
    """Without a control group, and without a filter that closes files without a name."""
    monkeypatch.setattr(cgroup, "make_group", lambda *_: None)
    source = {
        "children": "if os.fork() == 0:\n        x = bytearray(b'1') * (100 << 20)\n        time.sleep(600)",
        "files": "fd = os.memfd_create('x')\n    for _ in range(100): os.write(fd, bytes(1 << 20))",
    }[what]
    limits = Limits(memory=300 * MIB)
    with (
        Forge("forked", limits, preload=["torch"], calls=Filters()) as forge,
        closing(RemoteWorker(forge.address)) as worker,
    ):
        assert worker.run("a", "import os, time\nx = bytearray(b'1') * (100 << 20)\ntime.sleep(1)", 60) is None
        with pytest.raises(Lost) as lost:
            worker.run("a", f"for _ in range(6):\n    {source}\ntime.sleep(60)", 120)
        assert lost.value.reason == "ended"
