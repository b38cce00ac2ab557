"""Running what may hang, crash or fill the memory: in forked children, each task with limits of its own.

Forked, because a child then has the chapter's models and data already, and what a task changes is gone with the child.
"""

import contextlib
import json
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

STOPPED = "stopped"
"""The result of a task that took too long."""
_MEMORY = 2 << 30
_WALL_S = 120.0  # for what waits without using the processor


def run_in_children(tasks: Sequence[Callable[[], Any]], cpu_s: float, *, alone: bool = False) -> list[Any]:
    """What each task returns (something that JSON holds); None if it raised or brought its child down; or STOPPED.

    A task has `cpu_s` seconds of processor time and 2 GiB more memory than this process. As many children as there are
    processors share the tasks; with `alone`, each task has a fresh child.
    """
    results: list[Any] = [None] * len(tasks)
    count = min(len(tasks), os.cpu_count() or 1)
    waiting = [list(range(first, len(tasks), count)) for first in range(count)]
    children: dict[int, _Child] = {}
    try:
        while any(waiting) or children:
            while any(waiting) and len(children) < count:
                share = waiting.pop(next(i for i, share in enumerate(waiting) if share))
                child = _Child(tasks, share, cpu_s, alone)
                children[child.pipe] = child
            for pipe in select.select(list(children), [], [])[0]:
                if not children[pipe].read(results):
                    waiting.append(children.pop(pipe).left(results))
    finally:
        for child in children.values():
            child.stop()
    return results


class _Child:
    """A process that works through its share of the tasks, and writes each result as a line into a pipe."""

    def __init__(self, tasks: Sequence[Callable[[], Any]], share: list[int], cpu_s: float, alone: bool):
        self.share, self.done, self.text = share, 0, b""
        now = share[:1] if alone else share
        self.pipe, into = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other threads exist; the child starts none and uses none
            self.pid = os.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                os.close(self.pipe)
                _work([tasks[i] for i in now], into, cpu_s)
                os._exit(0)
            os._exit(1)
        os.close(into)

    def read(self, results: list[Any]) -> bool:
        """Take what has been written; False at its end."""
        new = os.read(self.pipe, 1 << 16)
        *lines, self.text = (self.text + new).split(b"\n")
        for line in lines:
            results[self.share[self.done]] = json.loads(line)
            self.done += 1
        return bool(new)

    def left(self, results: list[Any]) -> list[int]:
        """The tasks that another child must do, once this one has ended: all after the last that it began."""
        status = self._ended()
        fell = self.done < len(self.share) and status != 0
        if fell and os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM):
            results[self.share[self.done]] = STOPPED
        return self.share[self.done + fell :]

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._ended()

    def _ended(self) -> int:
        os.close(self.pipe)
        return os.waitpid(self.pid, 0)[1]


def _work(tasks: list[Callable[[], Any]], into: int, cpu_s: float) -> None:
    """In the child: each task under its limits, silently."""
    import torch

    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    torch.set_num_threads(1)  # the threads of the parent's pool don't exist here
    for stopping in (signal.SIGPROF, signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, signal.SIG_DFL)
    _limit_memory()
    for task in tasks:
        signal.setitimer(signal.ITIMER_PROF, cpu_s)
        signal.setitimer(signal.ITIMER_REAL, max(_WALL_S, 20 * cpu_s))
        try:
            result = task()
        except BaseException:
            result = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(into, json.dumps(result).encode() + b"\n")


def _limit_memory() -> None:
    """Where the system tells how much this process has."""
    import resource  # Linux and macOS only

    with contextlib.suppress(OSError, ValueError):
        pages = int(open("/proc/self/statm").read().split()[0])  # noqa: SIM115
        limit = pages * resource.getpagesize() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
