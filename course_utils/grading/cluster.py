"""The same work on an existing Dask cluster: every machine of it starts a grader of its own, once.

Only text travels back. A machine that is lost loses nothing: its submissions go to another one.
"""

import atexit
import hashlib
import json
import threading
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from course_utils.grading.budgets import Budgets
from course_utils.grading.grader import Grader
from course_utils.grading.judge import failed
from course_utils.grading.sandbox import NoSandbox
from course_utils.grading.temporary import make_folder, remove_folder

CLOSING_S = 10
_lock = threading.Lock()
_graders: dict[str, Grader] = {}


class Cluster:
    """A context manager; raises OSError when there is no scheduler at `address` ("tcp://host:8786")."""

    def __init__(self, address: str, settings: dict[str, Any]) -> None:
        """settings: chapters (file name → text), secret, registry, budgets, allow_none, preload."""
        self._address, self._settings = address, settings

    def __enter__(self) -> "Cluster":
        from distributed import Client

        self._client = Client(self._address, set_as_default=False, timeout=10)
        self.executor: Executor = self._client.get_executor(pure=False)
        self.cores = max(1, sum(self._client.nthreads().values()))
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close(timeout=CLOSING_S)  # a scheduler that is gone would be waited for

    def marker(self) -> "Remote":
        return Remote(self._settings)


class Remote:
    """A marker that travels: settings, and the work of a machine of the cluster."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = json.dumps(settings)

    def __call__(self, content: bytes, path: str, only: list[str]) -> dict[str, Any]:
        try:
            return _grader(self._settings).mark(content, path, only)
        except (NoSandbox, OSError) as error:
            return failed(f"{type(error).__name__}: {error}"[:300])


def _grader(settings: str) -> Grader:
    """This process's grader for these settings."""
    key = hashlib.sha256(settings.encode()).hexdigest()
    with _lock:
        if key not in _graders:
            given, stack = json.loads(settings), ExitStack()
            folder = make_folder("course-chapters-")
            stack.callback(remove_folder, folder)
            for name, text in given.pop("chapters").items():
                (folder / Path(name).name).write_text(text, encoding="utf-8")
            given["budgets"] = Budgets(*given["budgets"])
            _graders[key] = stack.enter_context(Grader(folder, given.pop("secret"), **given)).start()
            atexit.register(stack.close)
        return _graders[key]
