"""What a learner has done, kept in SQLite: one row an event, in a file that may break without stopping anyone.

The module is not called `progress`, because that is the name of the function that learners call.
"""

import json
import os
import sqlite3
import time
import uuid
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_data_dir

_FIELDS = ("uid", "time", "exercise", "kind", "status", "detail", "points", "version")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    uid TEXT PRIMARY KEY,   -- so that importing a file twice adds nothing
    time REAL NOT NULL,     -- seconds since 1970, UTC
    exercise TEXT NOT NULL, -- "1.4"; for the start of a notebook and a quiz the chapter: "1"
    kind TEXT NOT NULL,     -- check, hint, solution, predict, compare, quiz, start
    status TEXT NOT NULL,   -- of a check: passed, failed, not attempted
    detail TEXT NOT NULL,   -- the mistake recognised, the prediction made, the quiz score
    points INTEGER NOT NULL,
    version TEXT NOT NULL   -- of the course
)"""
FORMAT = "superposition-course progress 1"


class Event(NamedTuple):
    """One thing the learner did."""

    uid: str
    time: float
    exercise: str
    kind: str
    status: str = ""
    detail: str = ""
    points: int = 0
    version: str = ""

    @property
    def chapter(self) -> str:
        return self.exercise.split(".")[0]


_waiting: list[Event] = []  # events that could not be written: kept for this session, written as soon as that works
_told: set[str] = set()


def path() -> Path:
    """Where progress is kept: the user's data directory, or $COURSE_DATA_DIR."""
    folder = os.environ.get("COURSE_DATA_DIR") or user_data_dir("superposition-course", appauthor=False)
    return Path(folder) / "progress.sqlite"


def record(exercise: str, kind: str, status: str = "", detail: str = "", points: int = 0) -> str | None:
    """Add one event. Never raises: returns a message for the learner if it could not be kept, once a session."""
    from course_utils import __version__

    _waiting.append(Event(uuid.uuid4().hex, time.time(), exercise, kind, status, detail, points, __version__))
    return _write_waiting()


def unsaved() -> int:
    """How many events of this session could not be written, after one more try."""
    if _waiting:
        _write_waiting()
    return len(_waiting)


def events() -> list[Event]:
    """Every event, oldest first, with those of this session that could not be written."""
    try:
        with closing(_open()) as db:
            rows = db.execute(f"SELECT {', '.join(_FIELDS)} FROM event").fetchall()
    except (sqlite3.Error, OSError):
        rows = []
    return sorted({e.uid: e for e in [*(Event(*row) for row in rows), *_waiting]}.values(), key=lambda e: e.time)


def export_to(file: str | Path) -> int:
    """Write every event to one JSON file; returns how many. Raises OSError when the file can't be written."""
    found = events()
    content = {"format": FORMAT, "events": [event._asdict() for event in found]}
    target = Path(file)
    partial = target.with_name(target.name + ".part")
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    partial.replace(target)
    return len(found)


def import_from(file: str | Path) -> tuple[int, str | None]:
    """Add the events of an exported file; what is already here stays. Returns (new events, message if not kept).

    Raises ValueError when the file is not an export, OSError when it can't be read.
    """
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError
        found = [_checked(row) for row in content["events"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{Path(file).name} is not a progress file of this course.") from error
    known = {event.uid for event in events()}
    new = [event for event in {e.uid: e for e in found}.values() if event.uid not in known]
    _waiting.extend(new)
    return len(new), _write_waiting()


def _checked(row: dict) -> Event:
    types = Event.__annotations__
    values = {name: row[name] for name in _FIELDS}
    if not all(isinstance(v, (int, float) if types[k] is float else types[k]) for k, v in values.items()):
        raise ValueError
    return Event(**values)


def _open() -> sqlite3.Connection:
    """A connection to a sound file. A damaged one is set aside under another name and a new one begun."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connect(file)
    except sqlite3.OperationalError:  # locked or read-only: not damaged
        raise
    except sqlite3.DatabaseError:
        aside = _free_name(file)
        file.rename(aside)
        for extra in ("-journal", "-wal", "-shm"):
            with suppress(OSError):
                file.with_name(file.name + extra).unlink()
        _told.discard("damaged")
        _message_once("damaged", f"The progress file was damaged. It is kept as {aside.name}, and a new one begins.")
        return _connect(file)


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=3)
    try:
        db.execute("PRAGMA schema_version")
        known = {row[1] for row in db.execute("PRAGMA table_info(event)")}
        if known and not known.issuperset(_FIELDS):
            raise sqlite3.DatabaseError("another schema")
        if not known:
            db.execute(_SCHEMA)
            db.commit()
    except sqlite3.Error:
        db.close()
        raise
    return db


def _free_name(file: Path) -> Path:
    names = (file.with_name(f"progress.damaged-{n}.sqlite") for n in range(1, 10_000))
    return next(name for name in names if not name.exists())


_pending_message: list[str] = []


def _message_once(topic: str, message: str) -> None:
    if topic not in _told:
        _told.add(topic)
        _pending_message.append(message)


def _write_waiting() -> str | None:
    try:
        with closing(_open()) as db, db:
            marks = ", ".join("?" for _ in _FIELDS)
            db.executemany(f"INSERT OR IGNORE INTO event ({', '.join(_FIELDS)}) VALUES ({marks})", _waiting)
        _waiting.clear()
        _told.discard("unwritable")
    except (sqlite3.Error, OSError) as error:
        _message_once(
            "unwritable",
            f"Progress can't be saved at the moment ({error}). It is kept while this notebook runs, and written as "
            'soon as that works; `export_progress("progress.json")` saves it to a file of your choice.',
        )
    messages = " ".join(_pending_message)
    _pending_message.clear()
    return messages or None
