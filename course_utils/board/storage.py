"""Where the board keeps who joined and what they did: SQLite, or any database that SQLAlchemy knows by its URL.

Only one server may write to a database at a time. Commands beside it (an import, a forgetting) raise the revision, by
which the server sees that it must read everything again.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from course_utils.board.join_code import new_code
from course_utils.desk.history import Event

META = sa.MetaData()
SETTING = sa.Table(
    "board_setting",
    META,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
LEARNER = sa.Table(
    "board_learner",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False, unique=True),  # ada and Ada are one name
    sa.Column("token", sa.String(64), unique=True),  # its hash; NULL for who left, or came by an imported file
    sa.Column("joined", sa.Float, nullable=False),
    sa.Column("left_at", sa.Float),
    sqlite_autoincrement=True,  # a number that was forgotten is nobody else's
)
EVENT = sa.Table(
    "board_event",
    META,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String(64), nullable=False, unique=True),
    sa.Column("learner", sa.ForeignKey(LEARNER.c.id, ondelete="CASCADE"), nullable=False, index=True),
    *(sa.Column(name, kind, nullable=False) for name, kind in (("time", sa.Float), ("exercise", sa.String(20)))),
    *(sa.Column(name, sa.String(200), nullable=False) for name in ("kind", "status", "detail")),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("version", sa.String(40), nullable=False),
)
_FIELDS = [EVENT.c[name] for name in Event._fields]


class Board(NamedTuple):
    """What makes a board the same one after a restart."""

    id: str
    title: str
    code: str
    key: str


class Learner(NamedTuple):
    """A row of the list of learners."""

    id: int
    name: str
    left: float | None


class Store:
    """`url`: `sqlite:///board.sqlite`, `postgresql+psycopg://…`, …"""

    def __init__(self, url: str | sa.URL) -> None:
        self._engine = sa.create_engine(url, pool_pre_ping=True)  # a database server may have been restarted
        if self._engine.dialect.name == "sqlite":
            _keep_private(self._engine.url.database)
            hooks.listen(self._engine, "connect", _prepare)
        META.create_all(self._engine)
        self._insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert

    def close(self) -> None:
        self._engine.dispose()

    def board(self, title: str = "", code: str = "") -> Board:
        """This database's board, made at the first call. A title or a code that is given takes the place of the old."""
        with self._engine.begin() as db:
            known = dict(db.execute(sa.select(SETTING.c.key, SETTING.c.value)).all())
            fresh = {"title": "The course, live", "code": new_code(), "key": secrets.token_urlsafe(16)}
            fresh["id"] = secrets.token_hex(8)
            given = {name: text for name, text in (("title", title), ("code", code)) if text}
            settings = fresh | known | given
            for name in settings:
                if settings[name] != known.get(name):
                    db.execute(sa.delete(SETTING).where(SETTING.c.key == name))
                    db.execute(sa.insert(SETTING).values(key=name, value=settings[name]))
        return Board(*(settings[name] for name in Board._fields))

    def revision(self) -> int:
        """A number that is raised by whoever changes something beside the server."""
        with self._engine.connect() as db:
            return int(db.execute(sa.select(SETTING.c.value).where(SETTING.c.key == "revision")).scalar() or 0)

    def raise_revision(self) -> None:
        revision = self.revision() + 1
        with self._engine.begin() as db:
            db.execute(sa.delete(SETTING).where(SETTING.c.key == "revision"))
            db.execute(sa.insert(SETTING).values(key="revision", value=str(revision)))

    def join(self, name: str, with_token: bool = True) -> tuple[Learner, str]:
        """Somebody comes in; returns who they are now, and their token, of which only a hash is kept.

        A new learner, called `name (2)` if somebody here has that name. A name that nobody holds any more (its learner
        left, or came by an imported file) is taken up again, with what was done under it.
        """
        token = secrets.token_urlsafe(24)
        for number in range(1, 10_000):
            shown = name if number == 1 else f"{name} ({number})"
            row = {"name": shown, "folded": shown.casefold(), "joined": time.time()}
            row |= {"token": hashed(token) if with_token else None, "left_at": None}
            try:
                with self._engine.begin() as db:
                    there = db.execute(sa.select(LEARNER).where(LEARNER.c.folded == row["folded"])).mappings().first()
                    if there is None:
                        made = db.execute(sa.insert(LEARNER).values(**row)).inserted_primary_key[0]
                        return Learner(made, shown, None), token
                    if there["token"] is None:
                        db.execute(sa.update(LEARNER).where(LEARNER.c.id == there["id"]).values(**row))
                        return Learner(there["id"], shown, None), token
            except IntegrityError:  # somebody of the same name at the same moment
                continue
        raise ValueError("There are too many of this name.")

    def learners(self) -> list[Learner]:
        with self._engine.connect() as db:
            rows = db.execute(sa.select(LEARNER.c.id, LEARNER.c.name, LEARNER.c.left_at).order_by(LEARNER.c.id))
            return [Learner(*row) for row in rows]

    def tokens(self) -> dict[str, int]:
        """{hash of a token: the learner's number}"""
        with self._engine.connect() as db:
            rows = db.execute(sa.select(LEARNER.c.token, LEARNER.c.id).where(LEARNER.c.token.is_not(None)))
            return dict(rows.all())

    def events(self) -> Iterator[tuple[int, Event]]:
        """(the learner's number, the event), in the order in which they came."""
        with self._engine.connect() as db:
            rows = db.execution_options(yield_per=2000).execute(
                sa.select(EVENT.c.learner, *_FIELDS).order_by(EVENT.c.seq)
            )
            for learner, *fields in rows:
                yield learner, Event(*fields)

    def count(self) -> int:
        """How many events there are."""
        with self._engine.connect() as db:
            return db.execute(sa.select(sa.func.count()).select_from(EVENT)).scalar_one()

    def write(self, events: Sequence[tuple[int, Event]]) -> set[int]:
        """Keep these in one transaction; one whose uid is there already is passed over.

        Returns the numbers of learners who aren't there any more: nothing of theirs was kept.
        """
        wanted = {number for number, _ in events}
        with self._engine.begin() as db:
            there = set(db.execute(sa.select(LEARNER.c.id).where(LEARNER.c.id.in_(wanted))).scalars())
            rows = [{"learner": number, **event._asdict()} for number, event in events if number in there]
            if rows:
                db.execute(self._insert(EVENT).on_conflict_do_nothing(index_elements=["uid"]), rows)
        return wanted - there

    def whose(self, uids: Iterable[str]) -> set[int]:
        """The numbers of learners who have one of these events."""
        found: set[int] = set()
        uids = list(uids)
        with self._engine.connect() as db:
            for start in range(0, len(uids), 500):
                part = EVENT.c.uid.in_(uids[start : start + 500])
                found |= set(db.execute(sa.select(EVENT.c.learner).where(part).distinct()).scalars())
        return found

    def leave(self, number: int, when: float) -> None:
        """The token is worth nothing from now on; what was done stays."""
        with self._engine.begin() as db:
            db.execute(sa.update(LEARNER).where(LEARNER.c.id == number).values(left_at=when, token=None))

    def forget(self, numbers: Iterable[int]) -> int:
        """Delete these learners and all their events; returns how many events."""
        numbers = list(numbers)
        with self._engine.begin() as db:
            gone = db.execute(sa.delete(EVENT).where(EVENT.c.learner.in_(numbers))).rowcount
            db.execute(sa.delete(LEARNER).where(LEARNER.c.id.in_(numbers)))
        self._wipe()
        return gone

    def named(self, name: str) -> Learner | None:
        """The learner of this name, in capitals or not."""
        return next((each for each in self.learners() if each.name.casefold() == name.casefold()), None)

    def _wipe(self) -> None:
        """SQLite keeps deleted text in its log until that is taken in: forgotten means gone from the disk."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as db:
                db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _keep_private(file: str | None) -> None:
    """A new file is its owner's alone (-wal and -shm follow it): it holds names, and the key of the teacher's page."""
    if file and not file.startswith((":", "file:")):
        with suppress(OSError):  # what is there stays as it is; SQLite says better what is wrong
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(raw: Any, _: Any) -> None:
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=5000"):
        raw.execute(f"PRAGMA {pragma}")
