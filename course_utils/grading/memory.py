"""The memory of a worker as a whole, where no control group counts it: all its processes, and what they share.

A limit for each process is none for many of them, nor for memory that belongs to no process (memfd). So somebody looks
several times a second, and ends a worker that has more than its limit.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

EVERY_S = 0.1
_COUNTED = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
_FALLBACK = ("RssAnon:", "RssShmem:", "VmSwap:")


class Watch:
    """Calls `end` when process `pid` and all below it hold more than `limit` bytes on top of what it began with."""

    def __init__(self, pid: int, limit: int, end: Callable[[], None]) -> None:
        self._pid, self._end = pid, end
        self._most = held(pid) + limit
        self._over = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            if held(self._pid) > self._most:
                self._end()
                return


def held(pid: int, proc: Path = Path("/proc")) -> int:
    """Bytes of memory of a process and all below it. What several processes share counts once."""
    files: dict[tuple[int, int], int] = {}
    total = 0
    for each in family(pid, proc):
        folder = proc / str(each)
        total += _of(folder)
        with contextlib.suppress(OSError):
            for link in (folder / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link).startswith("/memfd:"):
                        about = link.stat()
                        files[about.st_dev, about.st_ino] = 512 * about.st_blocks
    return total + sum(files.values())


def family(pid: int, proc: Path = Path("/proc")) -> Iterator[int]:
    """The process, and those that it started, and so on."""
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        yield each
        for children in (proc / str(each) / "task").glob("*/children"):
            with contextlib.suppress(OSError, ValueError):
                waiting += map(int, children.read_text().split())


def _of(folder: Path) -> int:
    """A page that n processes have counts as an nth of one, for each; where the kernel doesn't tell, as a whole one."""
    for file, counted in (("smaps_rollup", _COUNTED), ("status", _FALLBACK)):
        with contextlib.suppress(OSError, ValueError):
            lines = (folder / file).read_text().splitlines()
            found = [int(line.split()[1]) for line in lines if line.startswith(counted)]
            if found:
                return 1024 * sum(found)
    return 0
