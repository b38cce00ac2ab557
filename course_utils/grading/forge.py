"""Where workers come from: a fork server inside the sandbox, or a process each. Judges connect to what this starts."""

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from course_utils.grading import bubblewrap
from course_utils.grading.inside.limits import DEFAULT, Limits
from course_utils.grading.syscalls import Filters, filters
from course_utils.grading.temporary import make_folder, remove_folder
from course_utils.grading.tree import make_tree

Level = Literal["forked", "single", "none"]

PRELOAD = [
    *("torch", "numpy", "einops", "jaxtyping", "plotly.graph_objects", "plotly.subplots", "ipywidgets", "numba"),
    *("IPython.display", "transformer_lens", "course_utils.plots", "course_utils.widgets", "course_utils.toy"),
    "course_utils.lm",
]
"""What learners import, imported once for all."""


class Forge:
    """Makes workers at one level of isolation. A context manager; `address` is how a judge reaches it."""

    def __init__(
        self,
        level: Level,
        limits: Limits = DEFAULT,
        preload: list[str] | None = None,
        calls: Filters | None = None,
        warm: bool = True,
    ) -> None:
        """calls: the filter of system calls; without it, this machine's. warm: do what is slow at its first use."""
        self.level, self.limits = level, limits
        self.calls = filters() if calls is None else calls
        self._preload, self._warm = PRELOAD if preload is None else preload, warm
        self._server: subprocess.Popen | None = None
        self.folder = make_folder("course-grade-")
        self.folder.chmod(0o711)  # the sandbox, another user, must reach the tree, and list nothing
        self.tree = make_tree(self.folder / "tree")

    def __enter__(self) -> "Forge":
        if self.level == "forked":
            self._serve()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stdin.close()  # its lifeline
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(5)
            self._server.kill()
            self._server.wait()
            self._server.stdout.close()
        remove_folder(self.folder)

    @property
    def address(self) -> dict:
        """Data from which `connect` reaches this forge, in another process too."""
        return {
            "level": self.level,
            "socket": str(self.folder / "workers"),
            "tree": str(self.tree),
            "limits": self.limits._asdict(),
            "calls": list(self.calls),
        }

    def _serve(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.address["socket"])
        (self.folder / "workers").chmod(0o600)
        listener.listen(64)
        program = _program("fork", listener.fileno(), self.limits, self._preload, self.calls, warm=self._warm)
        with _filter_file(self.calls) as fds:
            self._server = subprocess.Popen(
                [*bubblewrap.command(self.tree, self.limits.scratch, *fds), *program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[listener.fileno(), *fds],
                cwd="/",
            )
        listener.close()
        if self._server.stdout.readline() != b"ready\n":
            said = self._server.stderr.read().decode(errors="replace")[-500:]
            raise OSError(f"the sandbox did not start: {said}")


@contextlib.contextmanager
def _filter_file(calls: Filters) -> Iterator[list[int]]:
    """[a file descriptor from which bubblewrap reads the sandbox's filter], or [] where there is none."""
    if not calls.outer:
        yield []
        return
    with tempfile.TemporaryFile() as file:
        file.write(base64.b64decode(calls.outer))
        file.seek(0)
        yield [file.fileno()]


class Process:
    """A worker that is a process of its own: what has to be killed in the end."""

    def __init__(self, process: subprocess.Popen, scratch: str | None) -> None:
        self.process, self.scratch = process, scratch

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        self.end()
        self.process.wait()
        if self.scratch:
            remove_folder(self.scratch)


def start_single(address: dict) -> tuple[socket.socket, Process]:
    """Start one worker process, in bubblewrap or (level "none") without isolation but for limits."""
    ours, theirs = socket.socketpair()
    limits, calls = Limits(**address["limits"]), Filters(*address["calls"])
    program = _program("single", theirs.fileno(), limits, [], calls, drop_root=address["level"] != "none")
    scratch, environment = None, None
    with _filter_file(calls) as fds:
        if address["level"] == "single":
            isolated = bubblewrap.command(Path(address["tree"]), limits.scratch, *fds)
            program = [isolated[0], "--die-with-parent", *isolated[1:], *program]
        else:
            scratch = str(make_folder("course-scratch-"))
            environment = bubblewrap.environment(address["tree"], scratch)
        process = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno(), *fds],
            cwd=scratch or "/",
            env=environment,
            start_new_session=True,
        )
    theirs.close()
    return ours, Process(process, scratch)


def _program(
    mode: str, fd: int, limits: Limits, preload: list[str], calls: Filters, drop_root: bool = True, warm: bool = False
) -> list[str]:
    settings = {"mode": mode, "fd": fd, "limits": limits._asdict(), "preload": preload, "filter": calls.inner}
    settings["warm"] = warm
    settings["drop_root"] = drop_root  # and every other privilege
    return [sys.executable, "-m", "course_worker.start", json.dumps(settings)]
