"""What a worker may ask of the kernel: keyrings of its own, and the system calls that NumPy and torch need."""

import ctypes
import platform
from contextlib import ExitStack, closing

import pytest

from course_utils.grading import bubblewrap, sandbox, syscalls
from course_utils.grading.forge import Forge
from course_utils.grading.inside.namespaces import KEYCTL
from course_utils.grading.remote import RemoteWorker
from course_utils.grading.syscalls import ALLOWED, Filters, filters

pytestmark = pytest.mark.skipif(bubblewrap.available() is None, reason="bubblewrap is not installed here")
needs_filter = pytest.mark.skipif(not filters().inner, reason=f"no filter of system calls: {filters().why}")
needs_keys = pytest.mark.skipif(platform.machine() not in KEYCTL, reason="its system calls have other numbers")
NUMBER = KEYCTL.get(platform.machine(), 0)
CALL = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
FIND = CALL + f"found = libc.syscall({NUMBER}, 10, -3, b'user', @name@, 0)"
LEAVE = CALL + f"left = libc.syscall({NUMBER - 2}, b'user', b'course-left', b'x', 1, -3)"


@pytest.fixture(scope="module")
def forge():
    with Forge("forked", preload=["torch"]) as one:
        yield one


@pytest.fixture(scope="module")
def unfiltered():
    """As on a machine without pyseccomp: keyrings of their own are all there is."""
    with Forge("forked", preload=["torch"], calls=Filters(why="for a test")) as one:
        yield one


def value(worker: RemoteWorker, source: str, name: str):
    worker.run("a", source, 30)
    return worker.answer(name, name, [], lambda: 30)


@needs_keys
@pytest.mark.parametrize("which", ["forge", "unfiltered"])
def test_keys_of_whoever_grades_are_not_found_and_none_is_left_for_the_next(which, request):
    forge, name = request.getfixturevalue(which), b"course-secret"
    with sandbox._planted(name), ExitStack() as stack:
        if ctypes.CDLL(None).syscall(NUMBER, 10, -3, b"user", name, 0) < 0:
            pytest.skip("this kernel has no keyrings")
        first, second = (stack.enter_context(closing(RemoteWorker(forge.address))) for _ in range(2))
        assert value(first, FIND.replace("@name@", repr(name)), "found") == -1
        value(first, LEAVE, "left")
        assert value(second, FIND.replace("@name@", repr(b"course-left")), "found") == -1


CLOSED = {  # the same number on every machine since 2019, but for the first two; what they answer without the filter
    "keyctl": f"libc.syscall({NUMBER}, 0, -3, 1)",
    "add_key": f"libc.syscall({NUMBER - 2}, b'user', b'x', b'x', 1, -3)",
    "io_uring_setup": "libc.syscall(425, 8, ctypes.create_string_buffer(120))",
    "io_uring_enter": "libc.syscall(426, 3, 0, 0, 0, 0, 0)",
    "pidfd_getfd": "libc.syscall(438, 3, 0, 0)",
    "memfd_secret": "libc.syscall(447, 0)",
    "clone3": "libc.syscall(435, 0, 0)",
}
BY_NAME = {
    "memfd_create": "libc.memfd_create(b'x', 0)",
    "shmget": "libc.shmget(0, 4096, 0o1600)",
    "ptrace": "libc.ptrace(0, 0, 0, 0)",
    "unshare": "libc.unshare(0x10000000)",
    "mount": "libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
    "process_vm_readv": "libc.process_vm_readv(1, 0, 0, 0, 0, 0)",
    "personality": "libc.personality(0xffffffff)",
    "vsock": "libc.socket(40, 1, 0)",
    "netlink for audits": "libc.socket(16, 3, 9)",
    "netlink for firewalls": "libc.socket(16, 3, 12)",
}


@needs_filter
@pytest.mark.parametrize("name", CLOSED | BY_NAME)
def test_calls_that_no_notebook_needs_are_not_there(forge, name):
    with closing(RemoteWorker(forge.address)) as worker:
        call = (CLOSED | BY_NAME)[name]
        assert value(worker, CALL + f"ctypes.set_errno(0)\nsaid = ({call}, ctypes.get_errno())", "said") == (-1, 38)


@needs_filter
def test_what_science_needs_is_there(forge):
    """Threads, processes, files, sockets of this machine, time, signals: each as without the filter."""
    source = """
import concurrent.futures, multiprocessing, os, signal, socket, subprocess, sys, tempfile, time
import numpy as np, torch
torch.set_num_threads(2)
said = [float((torch.ones(300, 300) @ torch.ones(300, 300)).sum()), float(np.linalg.svd(np.eye(50))[1].sum())]
with concurrent.futures.ThreadPoolExecutor(3) as pool: said.append(sum(pool.map(abs, range(5))))
if (pid := os.fork()) == 0: os._exit(3)
said.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
said.append(subprocess.run([sys.executable, "-c", "print(7)"], capture_output=True, text=True).stdout.strip())
one, other = socket.socketpair(); one.send(b"x"); said.append(other.recv(1).decode())
with tempfile.TemporaryDirectory() as folder:
    np.save(f"{folder}/a.npy", np.ones(3)); said.append(float(np.load(f"{folder}/a.npy", mmap_mode="r").sum()))
    torch.save(torch.ones(3), f"{folder}/t"); said.append(float(torch.load(f"{folder}/t").sum()))
time.sleep(0.01); signal.signal(signal.SIGUSR1, lambda *a: said.append("signal")); os.kill(os.getpid(), signal.SIGUSR1)
"""
    with closing(RemoteWorker(forge.address)) as worker:
        assert value(worker, source, "said") == [2.7e7, 50.0, 10, 3, "7", "x", 3.0, 3.0, "signal"]


HONEST = {
    "matplotlib": "import io\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.imshow([[1]])\nplt.show()\n"
                  "plt.savefig(out := io.BytesIO())\nsaid = len(out.getvalue()) > 500",
    "pandas": "import pandas as pd\nsaid = pd.DataFrame({'a': [1, 2]}).a.sum() == 3",
    "scipy": "from scipy.optimize import minimize\nsaid = abs(minimize(lambda x: (x - 1) ** 2, 0.0).x[0] - 1) < 1e-3",
    "sklearn": "from sklearn.decomposition import PCA\nimport numpy as np\n"
               "said = PCA(1).fit_transform(np.eye(3)).shape == (3, 1)",
}  # fmt: skip


@pytest.mark.parametrize("package", HONEST)
def test_what_colab_has_and_notebooks_import_works_here(forge, package):
    pytest.importorskip(package)
    with closing(RemoteWorker(forge.address)) as worker:
        assert worker.run("a", HONEST[package], 120) is None
        assert value(worker, "said = bool(said)", "said") is True


def test_the_report_says_whether_the_filter_was_in_force(monkeypatch):
    monkeypatch.setattr(Forge, "__enter__", lambda self: self)
    monkeypatch.setattr(sandbox, "examine", lambda forge: [])
    for found, said in {
        Filters("b", "b"): "system calls filtered (seccomp)",
        Filters(why="No module named 'pyseccomp'"): "system calls NOT filtered (No module named 'pyseccomp')",
    }.items():
        monkeypatch.setattr(sandbox, "filters", lambda found=found: found)
        forge, name = sandbox.open_forge(allow_none=False)
        forge.__exit__()
        assert said in name and "a keyring of its own" in name


def test_where_a_filter_does_not_work_grading_does(monkeypatch):
    """The sandbox stays as it is; only the filter is done without, and the report says so."""

    def enter(self):
        if self.calls.inner:
            raise OSError("bwrap: prctl(PR_SET_SECCOMP)")
        return self

    monkeypatch.setattr(Forge, "__enter__", enter)
    monkeypatch.setattr(sandbox, "filters", lambda: Filters("b", "b"))
    monkeypatch.setattr(sandbox, "examine", lambda forge: [])
    forge, name = sandbox.open_forge(allow_none=False)
    forge.__exit__()
    assert name.startswith(sandbox.NAMES["forked"]) and "NOT filtered" in name


def test_without_its_library_there_is_no_filter_and_a_reason(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    syscalls.filters.cache_clear()
    found = syscalls.filters()
    syscalls.filters.cache_clear()
    assert found.inner == found.outer == "" and "pyseccomp" in found.why


def test_the_list_has_no_call_that_it_must_not_have():
    must_not = "add_key bpf fanotify_init io_uring_setup keyctl kexec_load memfd_create mount perf_event_open ptrace"
    must_not += " process_vm_writev request_key setns shmget unshare userfaultfd open_by_handle_at init_module clone3"
    assert not set(must_not.split()) & set(ALLOWED)
