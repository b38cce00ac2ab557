"""The gradebook: every submission and every mark, in SQLite or any database that SQLAlchemy knows.

A submission is a file with a content: a file that changes becomes another submission, and the earlier one counts as an
attempt. Marks are written with their submission in one transaction, so a run may be killed at any moment. Several runs
may use one gradebook at the same time. Every mark knows its round: grading again is a new round, so that it can be
taken up where it was killed.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

_T = TypeVar("_T")
_META = sa.MetaData()
SETTING = sa.Table(
    "setting",
    _META,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
SUBMISSION = sa.Table(
    "submission",
    _META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("chapter", sa.Text),
    sa.Column("claims", sa.Text),  # the name in the notebook, if it gives one
    sa.Column("problem", sa.Text),  # why there is nothing to mark
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("sandbox", sa.Text, nullable=False),
    sa.Column("graded", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.UniqueConstraint("path", "digest"),
)
MARK = sa.Table(
    "mark",
    _META,
    sa.Column("submission", sa.ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("exercise", sa.String(20), primary_key=True),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("of", sa.Float, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("mistake", sa.Text),
    sa.Column("report", sa.Text, nullable=False),
)


class Entry(NamedTuple):
    """One submission as it stands in the gradebook. `marks`: exercise → what `marking` says about it.

    `round`, `rounds`: in which round it was graded last, and each of its exercises.
    """

    path: str
    digest: str
    chapter: str | None
    claims: str | None
    problem: str | None
    notes: list[str]
    sandbox: str
    graded: str
    marks: dict[str, dict[str, Any]]
    round: int = 0
    rounds: dict[str, int] = {}


class Gradebook:
    """`url`: `sqlite:///gradebook.sqlite`, `postgresql+psycopg://…`, …"""

    def __init__(self, url: str | sa.URL) -> None:
        self._engine = sa.create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
        _in_turn(lambda: _META.create_all(self._engine))
        self.round = int(self._setting("round") or 0)

    def close(self) -> None:
        self._engine.dispose()

    def secret(self) -> str:
        """What the inputs of all checks are drawn from: made once, so that grading again gives the same marks."""

        def found_or_made() -> str:
            found = self._setting("secret")
            if found is None:
                found = secrets.token_hex(16)
                self._set(secret=found)
            return found

        return _in_turn(found_or_made)

    def begin_round(self, of: str) -> None:
        """From here on everything is graded again: in a new round, or in the one of the same course that was killed.

        of: stands for the state of the course; marks of another state of it don't count.
        """
        self.round = int(self._setting("round") or 0)
        if self._setting("unfinished") != of:
            self.round += 1
            self._set(round=str(self.round), unfinished=of)

    def end_round(self) -> None:
        self._set(unfinished=None)

    def _setting(self, key: str) -> str | None:
        with self._engine.connect() as db:
            return db.execute(sa.select(SETTING.c.value).where(SETTING.c.key == key)).scalar()

    def _set(self, **values: str | None) -> None:
        """Write these settings in one transaction; None takes one away. The secret is only ever written once."""
        with self._engine.begin() as db:
            for key, value in values.items():
                if key != "secret":
                    db.execute(sa.delete(SETTING).where(SETTING.c.key == key))
                if value is not None:
                    db.execute(sa.insert(SETTING).values(key=key, value=value))

    def graded(self, path: str, digest: str) -> Entry | None:
        """What is known about this content of this file."""
        return next(iter(self._entries(SUBMISSION.c.path == path, SUBMISSION.c.digest == digest)), None)

    def write(self, path: str, digest: str, result: dict[str, Any], sandbox: str) -> None:
        """Keep the result of one submission. Marks that were there already for the same exercises are replaced."""
        about = {
            "chapter": result["chapter"],
            "claims": result["claims"],
            "problem": result["problem"],
            "notes": json.dumps(result["notes"]),
            "sandbox": sandbox,
            "graded": datetime.now(UTC).isoformat(timespec="seconds"),
            "round": self.round,
        }
        _in_turn(lambda: self._write(path, digest, about, result["marks"]))

    def _write(self, path: str, digest: str, about: dict[str, Any], marks: list[dict[str, Any]]) -> None:
        with self._engine.begin() as db:
            here = (SUBMISSION.c.path == path) & (SUBMISSION.c.digest == digest)
            id = db.execute(sa.select(SUBMISSION.c.id).where(here)).scalar()
            if id is None:
                id = db.execute(sa.insert(SUBMISSION).values(path=path, digest=digest, **about)).inserted_primary_key[0]
            else:
                db.execute(sa.update(SUBMISSION).where(SUBMISSION.c.id == id).values(**about))
            for mark in marks:
                old = (MARK.c.submission == id) & (MARK.c.exercise == mark["exercise"])
                db.execute(sa.delete(MARK).where(old))
                db.execute(sa.insert(MARK).values(submission=id, round=self.round, **_row(mark)))

    def entries(self) -> list[Entry]:
        """Every submission, earlier versions of a file before later ones."""
        return self._entries()

    def current(self, paths: Iterable[tuple[str, str]]) -> list[Entry]:
        """The entries of these (path, digest), in this order."""
        known = {(entry.path, entry.digest): entry for entry in self._entries()}
        return [known[key] for key in paths if key in known]

    def _entries(self, *where: Any) -> list[Entry]:
        with self._engine.connect() as db:
            rows = db.execute(sa.select(SUBMISSION).where(*where).order_by(SUBMISSION.c.id)).mappings().all()
            chosen = sa.select(MARK).where(MARK.c.submission.in_(sa.select(SUBMISSION.c.id).where(*where)))
            marks: dict[int, dict] = {}
            rounds: dict[int, dict] = {}
            for row in db.execute(chosen).mappings():
                marks.setdefault(row["submission"], {})[row["exercise"]] = json.loads(row["report"])
                rounds.setdefault(row["submission"], {})[row["exercise"]] = row["round"]
        return [
            Entry(
                *(row[name] for name in ("path", "digest", "chapter", "claims", "problem")),
                json.loads(row["notes"]),
                row["sandbox"],
                row["graded"],
                marks.get(row["id"], {}),
                row["round"],
                rounds.get(row["id"], {}),
            )
            for row in rows
        ]


def _in_turn(work: Callable[[], _T], tries: int = 8) -> _T:
    """Do what another run may be doing at this moment: whoever comes second tries again, and finds it done."""
    for left in reversed(range(tries)):
        try:
            return work()
        except (IntegrityError, OperationalError, ProgrammingError):
            if not left:
                raise
            time.sleep(0.05 * (tries - left))


def _row(mark: dict[str, Any]) -> dict[str, Any]:
    named = {name: mark[name] for name in ("exercise", "points", "of", "status", "mistake")}
    return named | {"report": json.dumps(mark)}


def sqlite(path: Path) -> sa.URL:
    """The URL of a SQLite file, whatever characters its path has."""
    return sa.URL.create("sqlite", database=str(path))
