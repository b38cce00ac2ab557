"""A learner of their own for a test: own files, own sender, short pauses."""

import time
from collections.abc import Callable, Iterator

import httpx  # noqa: F401 (here and not in the middle of a test that measures seconds)
import pytest

from course_utils.desk import history, sender
from tests.desk.board_stub import BoardStub, board


@pytest.fixture
def learner(tmp_path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name, kind in {"_waiting": list, "_told": set, "_hurried": list}.items():
        monkeypatch.setattr(history, name, kind())
    for name, seconds in {"GATHER": 0.01, "FIRST": 0.02, "LONGEST": 0.1}.items():
        monkeypatch.setattr(sender, name, seconds)
    own = new_kernel(monkeypatch)
    yield
    ended(own)
    ended(sender.sender())


@pytest.fixture
def friday() -> Iterator[BoardStub]:
    with board() as stub:
        yield stub


def new_kernel(monkeypatch) -> sender.Sender:
    """As after a restart: what the last one knew is in its files, or lost."""
    monkeypatch.setattr(sender, "_sender", sender.Sender())
    return sender.sender()


def ended(own: sender.Sender) -> None:
    own._closing = True
    own._new.set()
    own._hurry.set()
    if own._thread is not None:
        own._thread.join(15)


def soon(holds: Callable[[], object], seconds: float = 15.0) -> bool:
    """Whether it holds within that time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(holds())
