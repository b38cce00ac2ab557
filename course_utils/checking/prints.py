"""What an answer prints while it is checked: its first lines, once, and how many more there were."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LINES, CHARACTERS = 8, 1_000
"""How much of it is shown."""


class FirstLines(io.TextIOBase):
    """Passes the beginning of what is written on to `out`, and counts the rest."""

    def __init__(self, out: Any) -> None:
        self.out, self.lines, self.characters, self.held_back, self.cut = out, 0, 0, 0, False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for line in str(text).splitlines(keepends=True):
            self._line(line)
        return len(text)

    def _line(self, line: str) -> None:
        """One line, or a piece of one."""
        if not self.cut and self.lines < LINES and self.characters < CHARACTERS:
            shown = line[: CHARACTERS - self.characters]
            self.out.write(shown)
            self.characters += len(shown)
            self.cut = len(shown) < len(line)
            self.lines += line.endswith("\n")
        else:
            self.held_back += line.endswith("\n")

    def flush(self) -> None:
        self.out.flush()

    def end(self) -> None:
        """Say how much was held back."""
        if self.cut:
            self.out.write(" …\n")
        if self.held_back:
            unit = "line" if self.held_back == 1 else "lines"
            self.out.write(f"… {self.held_back:,} more {unit} printed by your function\n")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["out"], name)


_streams: tuple[FirstLines, FirstLines] | None = None


@contextmanager
def first_lines() -> Iterator[None]:
    """For one check: all `caught` inside share what may be shown."""
    global _streams
    outer, _streams = _streams, (FirstLines(sys.stdout), FirstLines(sys.stderr))
    try:
        yield
    finally:
        for stream in _streams:
            stream.end()
        _streams = outer


@contextmanager
def caught() -> Iterator[None]:
    """For one call of an answer. Outside of a check, nothing is held back."""
    if _streams is None:
        yield
        return
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
