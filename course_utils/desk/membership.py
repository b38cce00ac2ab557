"""Which board a learner is on: kept in a small SQLite file beside their progress, for all their notebooks.

It holds the token that the board gave, so only its owner may read it. Which events a board has is kept there as well;
what is still to be sent is not: that follows from the record of what was done.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from course_utils.desk import history
from course_utils.writing import replacing

State = Literal["active", "unknown", "leaving"]
_WAIT = 0.1  # seconds for another process to let go of the file


@dataclass(frozen=True)
class Membership:
    """A place on a board. `state`: active; unknown: the board said that it doesn't know this learner (any more);
    leaving: the learner left and wants to be forgotten, and the board hasn't been told yet."""

    address: str
    token: str = field(repr=False)
    asked: str
    """The name that was asked for; `name` is the one that the board shows."""
    name: str
    board: str
    board_id: str
    since: float
    """Seconds since 1970: what was done before was not done for a board, and is not sent."""
    state: State = "active"


_COLUMNS = [each.name for each in fields(Membership)]


def path() -> Path:
    return history.path().with_name("board.sqlite")


def exists() -> bool:
    """Whether there is anything to be looked at: all that a check asks, one call of the system."""
    try:
        os.stat(path())
    except OSError:
        return False
    return True


def read() -> Membership | None:
    """Raises sqlite3.Error: there is a file, and it can't be read now (OperationalError), or it is damaged."""
    if not exists():
        return None
    with closing(_open("ro")) as db:
        row = db.execute(f"SELECT {', '.join(_COLUMNS)} FROM member").fetchone()
    return Membership(*row) if row else None


def acknowledged() -> set[str]:
    """The uids of events that the board has or refused. Raises as `read`."""
    if not exists():
        return set()
    with closing(_open("ro")) as db:
        return {uid for (uid,) in db.execute("SELECT uid FROM acknowledged")}


def keep(member: Membership, sent: Iterable[str] = ()) -> None:
    """Put this membership in the place of the one before; `sent`: uids that this board has already.

    A whole new file takes the old one's place, so that a damaged or a locked one is in nobody's way.

    Raises:
        OSError, sqlite3.Error: it can't be written.
    """
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacing(path()) as (beside,):
        beside.unlink(missing_ok=True)
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(beside)) as db, db:
            db.execute(f"CREATE TABLE member ({', '.join(_COLUMNS)})")
            db.execute("CREATE TABLE acknowledged (uid TEXT PRIMARY KEY)")
            values = [getattr(member, name) for name in _COLUMNS]
            db.execute(f"INSERT INTO member VALUES ({', '.join('?' * len(values))})", values)
            db.executemany("INSERT OR IGNORE INTO acknowledged VALUES (?)", ((uid,) for uid in sent))


def acknowledge(token: str, uids: Iterable[str]) -> None:
    """Remember that the board which gave this token has these events; nothing if another one is in its place by now.

    Raises:
        sqlite3.Error: it can't be written.
    """
    if exists():
        with closing(_open("rw")) as db, db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT 1 FROM member WHERE token = ?", [token]).fetchone():
                db.executemany("INSERT OR IGNORE INTO acknowledged VALUES (?)", ((uid,) for uid in uids))


def end(token: str, state: State) -> bool:
    """Send nothing more with this token, whatever kernel it is; returns whether that is new.

    Raises:
        sqlite3.Error: it can't be written.
    """
    if not exists():
        return False
    with closing(_open("rw")) as db, db:
        done = db.execute("UPDATE member SET state = ? WHERE token = ? AND state <> ?", [state, token, state])
        return done.rowcount > 0


def drop() -> None:
    """Be on no board. Raises OSError: the file can't be deleted."""
    path().unlink(missing_ok=True)
    with suppress(OSError):
        path().with_name("board.sqlite-journal").unlink()


def _open(mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    return sqlite3.connect(f"{path().absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT)
