"""The line that says what runs."""

import io
import time

import pytest

from course_utils.authoring.ticker import Ticker


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> list[str]:
    """What stood in the line, one after the other."""
    return [text.removesuffix("\x1b[K") for text in stream.getvalue().replace("\x1b[K", "").split("\r")]


def until(line: str, terminal: Terminal) -> None:
    """Wait for a line that a tick writes."""
    deadline = time.monotonic() + 20
    while line not in shown(terminal):
        assert time.monotonic() < deadline, shown(terminal)
        time.sleep(0.01)


def test_it_says_what_runs_and_counts_seconds_in_one_line():
    terminal, now = Terminal(), [100.0]
    with Ticker("begins", terminal, every=0.01, clock=lambda: now[0]) as ticker:
        now[0] = 103.0
        ticker.show("01.py:7  x = train()")
        now[0] = 175.0
        until("01.py:7  x = train()  72 s, 75 s in all", terminal)
        ticker.show("01.py:9  plot(x)")
    assert "01.py:7  x = train()  0 s, 3 s in all" in shown(terminal)
    assert "01.py:9  plot(x)  0 s, 75 s in all" in shown(terminal)
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")  # it leaves nothing behind


def test_a_long_line_is_cut_not_wrapped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    with Ticker("begins", terminal) as ticker:
        ticker.show("x" * 100)
    assert max(map(len, shown(terminal))) == 39
    assert any(line.endswith("x  0 s, 0 s in all") for line in shown(terminal))


def test_it_is_gone_after_an_error():
    terminal = Terminal()
    with pytest.raises(ValueError, match="in the work"), Ticker("begins", terminal) as ticker:
        ticker.show("work")
        raise ValueError("in the work")
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_elsewhere_it_writes_nothing():
    file = io.StringIO()
    with Ticker("begins", file, every=0.01) as ticker:
        ticker.show("work")
        time.sleep(0.05)
    assert file.getvalue() == ""
