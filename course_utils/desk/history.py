"""What a learner has done, kept in SQLite: one row an event, in a file that may break without stopping anyone.

The module is not called `progress`, because that is the name of the function that learners call.
"""

import atexit
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from platformdirs import user_data_dir

from course_utils.desk.events import FIELDS, FORMAT, Event, exported
from course_utils.writing import replacing

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
WAIT = 3.0  # seconds for another process to let go of the file
TRIES = 2  # waits that an export is worth, which is asked for once and wants everything


_waiting: list[Event] = []  # events that could not be written: kept for this session, written as soon as that works
_told: set[str] = set()

listeners: list[Callable[[], str | None]] = []
"""Called after each event was recorded; what one returns is told to the learner with it. They must be quick, for the
learner waits. (Every event passes `record`, whatever call it comes from: whoever wants to know of it is put in here,
and nothing here knows who that is.)"""


def path() -> Path:
    """Where progress is kept: the user's data directory, or $COURSE_DATA_DIR."""
    folder = os.environ.get("COURSE_DATA_DIR") or user_data_dir("superposition-course", appauthor=False)
    return Path(folder) / "progress.sqlite"


def record(exercise: str, kind: str, status: str = "", detail: str = "", points: int = 0) -> str | None:
    """Add one event. Never raises: returns a message for the learner if it could not be kept, once a session."""
    from course_utils import __version__

    detail = str(detail).encode("utf-8", "backslashreplace").decode()  # half a letter, which no file can hold
    _waiting.append(Event(uuid.uuid4().hex, time.time(), exercise, kind, status, detail, points, __version__))
    said = [_write_waiting(), *map(_ask, listeners)]
    return " ".join(filter(None, said)) or None


def _ask(listener: Callable[[], str | None]) -> str | None:
    try:
        return listener()
    except Exception:  # what is done besides recording stops nobody
        return None


def unsaved() -> int:
    """How many events of this session could not be written, after one more try."""
    if _waiting:
        _write_waiting()
    return len(_waiting)


def why_not_kept() -> str | None:
    """Why nothing can be written to the file now, found out by trying; None if it can."""
    try:
        with closing(_open()) as db:
            db.execute("DELETE FROM event WHERE 0")  # nothing, but it takes what writing takes
            db.rollback()
    except (sqlite3.Error, OSError) as error:
        return str(error)
    return None


def why_not_read() -> str | None:
    """Why earlier events can't be read now; None if they can, or if there are none."""
    return _read()[1]


def events() -> list[Event]:
    """Every event, oldest first, with those of this session that could not be written."""
    return _in_order([*_read()[0], *_waiting])


def _read(wait: float | None = None) -> tuple[list[Event], str | None]:
    """What is in the file; and why that isn't all, if it can't be read though it is there."""
    try:
        rows = _on_a_sound_file(lambda db: db.execute(f"SELECT {', '.join(FIELDS)} FROM event").fetchall(), wait)
    except (sqlite3.Error, OSError) as error:
        return [], str(error) if _there() else None
    return [Event(*row) for row in rows], None


def _there() -> bool:
    try:
        return path().exists()
    except OSError:  # a folder that can't be looked into
        return True


def recorded_since(moment: float, kinds: Collection[str]) -> list[Event]:
    """Events of these kinds from `moment` on (seconds since 1970), oldest first; for a reader in another thread.

    It waits for nobody, and leaves a damaged file to those whose file it is. Raises sqlite3.Error if the file is there
    and can't be read now.
    """
    unwritten = list(_waiting)  # first: what is written in between is then in the file
    rows = []
    if _there():
        with closing(sqlite3.connect(f"{path().absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as db:
            rows = db.execute(f"SELECT {', '.join(FIELDS)} FROM event WHERE time >= ?", [moment]).fetchall()
    found = _in_order([*(Event(*row) for row in rows), *unwritten])
    return [event for event in found if event.time >= moment and event.kind in kinds]


def _in_order(found: list[Event]) -> list[Event]:
    return sorted({e.uid: e for e in found}.values(), key=lambda e: e.time)


def export_to(file: str | Path) -> int:
    """Write every event to one JSON file; returns how many. Events that the file has already stay in it.

    While the kept ones can't be read, what this session knows is added to what the file has; ``why_not_read`` tells.

    Raises OSError when the file can't be written, when there is something else under its name, or when there is nothing
    to write because nothing can be read.
    """
    target = Path(file)
    try:
        before = exported(target) if target.exists() else []
    except ValueError as error:
        raise FileExistsError(f"{error} It stays as it is.") from error
    kept, reason = _read()
    for _ in range(TRIES if reason else 0):
        kept, reason = _read(WAIT)
        if not reason:
            break
    found = _in_order([*before, *kept, *_waiting])
    if reason and not found:
        raise OSError(f"{path()} can't be read: {reason}")
    content = {"format": FORMAT, "events": [event._asdict() for event in found]}
    with replacing(target) as (beside,):
        beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return len(found)


def import_from(file: str | Path) -> tuple[int, str | None]:
    """Add the events of an exported file; what is already here stays. Returns (new events, message if not kept).

    Raises ValueError when the file is not an export, OSError when it can't be read.
    """
    found = exported(Path(file))
    known = {event.uid for event in events()}
    new = [event for event in {e.uid: e for e in found}.values() if event.uid not in known]
    _waiting.extend(new)
    return len(new), _write_waiting()


def _on_a_sound_file(work: Callable[[sqlite3.Connection], Any], wait: float | None = None) -> Any:
    """What ``work`` makes of the file; damage that is only met there has the file set aside as well."""
    try:
        with closing(_open(wait)) as db:
            return work(db)
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # the others: held, read-only, full
            raise
        _set_aside(path())
    with closing(_open(wait)) as db:
        return work(db)


_hurried: list[bool] = []  # not empty: this session has waited once, in vain; until it works again it waits no more


def _open(wait: float | None = None) -> sqlite3.Connection:
    """A connection to a sound file. A damaged one is set aside under another name and a new one begun.

    ``wait``: seconds, if another process holds the file. None: the session's one wait, or none if it had that.
    """
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # nobody else's, on a machine of many
    wait = (0 if _hurried else WAIT) if wait is None else wait
    try:
        db = _connect(file, wait)
        _hurried.clear()
        return db
    except sqlite3.OperationalError:  # locked or read-only: not damaged
        _hurried.append(True)
        raise
    except sqlite3.DatabaseError:
        _set_aside(file)
        return _connect(file, wait)


def _set_aside(file: Path) -> None:
    aside = _free_name(file)
    file.rename(aside)
    for extra in ("-journal", "-wal", "-shm"):
        with suppress(OSError):
            file.with_name(file.name + extra).unlink()
    _told.discard("damaged")
    _message_once("damaged", f"The progress file was damaged. It is kept as {aside.name}, and a new one begins.")


def _connect(file: Path, wait: float) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=wait)
    try:
        db.execute("PRAGMA schema_version")
        known = {row[1] for row in db.execute("PRAGMA table_info(event)")}
        if known and not known.issuperset(FIELDS):
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


@atexit.register
def _last_try() -> None:
    if _waiting:
        _write_waiting()


def _insert_waiting(db: sqlite3.Connection) -> None:
    marks = ", ".join("?" for _ in FIELDS)
    with db:
        db.executemany(f"INSERT OR IGNORE INTO event ({', '.join(FIELDS)}) VALUES ({marks})", _waiting)


def _write_waiting() -> str | None:
    try:
        _on_a_sound_file(_insert_waiting)
        _waiting.clear()
        _told.discard("unwritable")
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.OperationalError):
            _hurried.append(True)
        _message_once(
            "unwritable",
            f"Progress can't be saved at the moment ({error}). It is kept while this notebook runs, and written as "
            'soon as that works; `export_progress("progress.json")` saves it to a file of your choice.',
        )
    messages = " ".join(_pending_message)
    _pending_message.clear()
    return messages or None
