"""Judges: one process for each submission that decodes its answers and checks them, forked from one that is ready.

A batch so outlives whatever goes wrong here. `python -m course_utils.grading.judge SETTINGS` is the process they are
forked from; JudgeServer starts it and talks to it.
"""

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from course_utils.grading.budgets import Budgets
from course_utils.grading.inside.namespaces import address_space
from course_utils.grading.inside.wire import WireError, receive, send

_MEMORY = 2 << 30
"""What a judge may take on top of what it starts with: some hundred times the largest answer."""


class JudgeServer:
    """A context manager. `chapters`: the published notebooks; `registry`: a module with `get(id)`."""

    def __init__(self, chapters: list[Path], registry: str, folder: Path) -> None:
        self._socket = str(folder / "judges")
        self._settings = {"chapters": [str(path.resolve()) for path in chapters], "registry": registry}
        self._server: subprocess.Popen | None = None
        self.catalogue: dict[str, dict] = {}
        """chapter → {"stem": …, "exercises": {id: {"title": …, "points": …}}}"""

    def __enter__(self) -> "JudgeServer":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._socket)
        os.chmod(self._socket, 0o600)
        listener.listen(64)
        settings = json.dumps(self._settings | {"fd": listener.fileno()})
        self._server = subprocess.Popen(
            [sys.executable, "-m", "course_utils.grading.judge", settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            start_new_session=True,
        )
        listener.close()
        said = self._server.stdout.readline()
        if not said:
            raise OSError("the judges did not start (see above)")
        self.catalogue = json.loads(said)
        return self

    def warm_up(self, few: bool = False) -> None:
        """Begin with what is slow at its first use. `ready` waits until it is done; then `mark` may be called.

        few: there is little to mark, and nothing that is worth doing once for all.
        """
        self._server.stdin.write(b"f" if few else b"\n")
        self._server.stdin.flush()

    def ready(self) -> None:
        """Raises OSError if the judges have ended instead."""
        if not self._server.stdout.readline():
            raise OSError("the judges did not start (see above)")

    def __exit__(self, *_: object) -> None:
        self._server.stdin.close()  # its lifeline, and that of every judge
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(5)
        self._server.kill()
        self._server.wait()
        self._server.stdout.close()

    def mark(self, content: bytes, path: str, address: dict, secret: str, only: list[str], budgets: Budgets) -> dict:
        """What `marking.mark` says, or a result that says that the judge itself failed."""
        request = {"path": path, "address": address, "secret": secret, "only": only, "budgets": list(budgets)}
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect(self._socket)
                send(sock, request, content)
                frame = receive(sock, time.monotonic() + budgets.judge)
                return json.loads(frame.body)
            except TimeoutError:
                return failed("the judge did not come to an end")
            except (EOFError, OSError, WireError, ValueError):
                return failed("the judge broke down")


def failed(why: str) -> dict[str, Any]:
    return {"problem": f"could not be graded: {why}", "chapter": None, "notes": [], "claims": None, "marks": []}


def serve(settings: dict[str, Any]) -> None:
    """Fork a judge for every connection, until standard input is closed."""
    import torch

    from course_utils.grading.chapter import read_chapters

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    get = importlib.import_module(settings["registry"]).get
    chapters = read_chapters(map(Path, settings["chapters"]), get)
    listener = socket.socket(fileno=settings["fd"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(json.dumps({c.number: _described(c) for c in chapters.values()}), flush=True)
    told = os.read(0, 1)
    if not told:  # there was nothing to mark
        os._exit(0)
    for chapter in chapters.values() if told != b"f" else ():
        _warm_up(chapter)
    print("ready", flush=True)
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    poller.register(0, 0)
    while True:
        if any(fd == 0 for fd, _ in poller.poll()):
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _judge(connection, chapters)
        connection.close()


def _warm_up(chapter: Any) -> None:
    """Check one right answer to each exercise, so that what is slow at its first use is done before the forks."""
    from course_utils.checking import ExperimentExercise, run_check

    for exercise in chapter.exercises.values():
        for answer in exercise.rewrites[:1]:
            run_check(exercise, answer() if isinstance(exercise, ExperimentExercise) else answer)


def _described(chapter: Any) -> dict[str, Any]:
    exercises = {id: {"title": e.title, "points": e.points} for id, e in chapter.exercises.items()}
    return {"stem": chapter.stem, "exercises": exercises}


def _judge(connection: socket.socket, chapters: dict) -> None:
    from course_utils.grading.marking import mark

    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request = receive(connection, time.monotonic() + 60)
        header, budgets = request.header, Budgets(*request.header["budgets"])
        most = address_space() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _end_with(connection, budgets.judge)
        result = mark(
            request.body,
            header["path"],
            chapters,
            address=header["address"],
            secret=header["secret"],
            only=header["only"],
            budgets=budgets,
        )
        send(connection, {}, json.dumps(result).encode())
        status = 0
    except Exception as error:
        with contextlib.suppress(OSError):
            send(connection, {}, json.dumps(failed(f"{type(error).__name__}: {error}"[:300])).encode())
    finally:
        os._exit(status)


def _end_with(connection: socket.socket, seconds: float) -> None:
    """End this process (and with it its worker) when whoever asked has gone, or its time is over."""

    def watch() -> None:
        poller = select.poll()
        poller.register(connection, 0)
        poller.register(0, 0)
        poller.poll(1000 * seconds)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
