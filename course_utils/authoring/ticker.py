"""A line of the terminal that says what runs and for how long, for work that is silent for minutes."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

_ERASE = "\r\x1b[K"


class Ticker:
    """A context manager; `show` names what begins after `what`. Where the output is no terminal it writes nothing."""

    def __init__(
        self,
        what: str,
        stream: TextIO | None = None,
        every: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._started, self._began, self._what = clock, clock(), clock(), what
        self._stream = sys.stdout if stream is None else stream
        self._every, self._lock, self._done = every, threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Ticker":
        self._started = self._began = self._clock()
        if self._stream.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
            self._put(_ERASE)

    def show(self, what: str) -> None:
        """`what` runs from now on."""
        with self._lock:
            self._what, self._began = what, self._clock()
        if self._thread.is_alive():
            self._put(self._line())

    def _tick(self) -> None:
        while not self._done.wait(self._every):
            self._put(self._line())

    def _line(self) -> str:
        now = self._clock()
        with self._lock:
            seconds = f"  {now - self._began:.0f} s, {now - self._started:.0f} s in all"
            room = shutil.get_terminal_size().columns - 1 - len(seconds)
            return f"{_ERASE}{self._what[: max(room, 0)]}{seconds}"

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
