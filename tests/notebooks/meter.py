"""What a notebook takes while it runs, and whether that is more than its header allows.

`budget_s` in a header is a limit on processor time: the seconds that the kernel and its children computed, on all cores
together. On idle cores a notebook takes no longer than that, and on a busy machine it takes no more of them.
"""

import threading
from contextlib import suppress
from typing import NamedTuple

import psutil

MIB = 2**20


class Usage(NamedTuple):
    """What one notebook took, beside what its header allows. Seconds are of processor time."""

    notebook: str
    seconds: float
    budget_s: float
    peak_mib: float
    budget_mib: float

    def complaint(self) -> str | None:
        """Why this is too much, or None."""
        if self.peak_mib > self.budget_mib:
            return f"{self.notebook} took {self.peak_mib:.0f} MiB of memory; its header allows {self.budget_mib:.0f}"
        if self.seconds > self.budget_s:
            return f"{self.notebook} took {self.seconds:.0f} s of processor time; its header allows {self.budget_s:.0f}"
        return None

    def row(self, width: int) -> str:
        """Its line in the table at the end of a run; the name takes `width` characters."""
        line = f"{self.notebook:{width}}  {self.seconds:5.0f} of {self.budget_s:4.0f} s of processor time"
        line += f"  {self.peak_mib:6.0f} of {self.budget_mib:6.0f} MiB"
        return line + ("" if self.complaint() is None else "  OVER")


class Meter:
    """Processor time since the start, and the largest memory that a process and its children had together."""

    def __init__(self, pid: int):
        self._process, self._stop = psutil.Process(pid), threading.Event()
        self._before, self.peak = processor_seconds(self._process), 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def seconds(self) -> float:
        """Processor time until now."""
        return processor_seconds(self._process) - self._before

    def stop(self, notebook: str, budget: dict) -> Usage:
        """`budget`: the course block of the notebook's metadata."""
        self._stop.set()
        self._thread.join()
        return Usage(notebook, self.seconds(), budget["budget_s"], self.peak / MIB, budget["budget_mib"])

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, memory(self._process))
            if self._stop.wait(0.1):
                return


def processor_seconds(process: psutil.Process) -> float:
    """User and system time of a process and of its children, those that have ended included."""
    total = 0.0
    for one in family(process):
        with suppress(psutil.NoSuchProcess):  # it ended while it was asked: its parent has its time now
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(process: psutil.Process) -> int:
    """Bytes that a process and its children hold."""
    total = 0
    for one in family(process):
        with suppress(psutil.NoSuchProcess):
            total += one.memory_info().rss
    return total


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process, its children, and theirs; none if it has ended."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
