"""What a notebook takes while it runs, and whether that is more than its header allows."""

import threading
import time
from typing import NamedTuple

import psutil

MIB = 2**20
SLACK = 2  # budgets are for two idle cores; a busy machine is no reason to fail, twice the time is


class Usage(NamedTuple):
    """What one notebook took, beside what its header allows."""

    notebook: str
    seconds: float
    budget_s: float
    peak_mib: float
    budget_mib: float

    def complaint(self) -> str | None:
        """Why this is too much, or None."""
        if self.peak_mib > self.budget_mib:
            return f"{self.notebook} took {self.peak_mib:.0f} MiB of memory; its header allows {self.budget_mib:.0f}"
        if self.seconds > SLACK * self.budget_s:
            return f"{self.notebook} took {self.seconds:.0f} s; its header allows {self.budget_s:.0f}, {SLACK}× at most"
        return None


class Meter:
    """Seconds since the start, and the largest memory that a process and its children had together."""

    def __init__(self, pid: int):
        self.started, self.peak = time.monotonic(), 0
        self._process, self._stop = psutil.Process(pid), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, self._memory())
            if self._stop.wait(0.1):
                return

    def _memory(self) -> int:
        total = 0
        try:
            for process in [self._process, *self._process.children(recursive=True)]:
                total += process.memory_info().rss
        except psutil.NoSuchProcess:  # it ended while it was asked
            pass
        return total

    def stop(self, notebook: str, budget: dict) -> Usage:
        """`budget`: the course block of the notebook's metadata."""
        self._stop.set()
        self._thread.join()
        seconds = time.monotonic() - self.started
        return Usage(notebook, seconds, budget["budget_s"], self.peak / MIB, budget["budget_mib"])
