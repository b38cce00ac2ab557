"""The board at work: what was committed goes into the room, and from there to the pages."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from course_utils.board import view
from course_utils.board.catalogue import Catalogue
from course_utils.board.limits import EVENTS, JOINS, SAME, WRONG, Buckets, Refusals
from course_utils.board.live import Live
from course_utils.board.state import Room
from course_utils.board.storage import Board, Learner, Store, hashed
from course_utils.board.view import Look
from course_utils.board.writer import Writer
from course_utils.desk.history import Event

LOOK_ASIDE = 2.0  # seconds between looks whether a command beside the server changed something
CLEAR_LEAD = 1.25  # a page that follows the class goes to another chapter when so many times as many are there


class Service:
    """`ends`: when each exercise should be done, in seconds since 1970; None without a timetable. `pauses`: its breaks
    and nights, from when to when."""

    def __init__(
        self,
        store: Store,
        board: Board,
        catalogue: Catalogue,
        ends: Mapping[str, float] | None = None,
        pauses: Sequence[tuple[float, float]] = (),
    ) -> None:
        self.store, self.board, self.catalogue, self.ends, self.pauses = store, board, catalogue, ends, pauses
        self.refusals = Refusals()
        self._troubles: dict[str, str] = {}
        self.events, self.joins = Buckets(EVENTS), Buckets(JOINS)
        self.wrong, self.same = Buckets(WRONG), Buckets(SAME)
        self.live = Live(catalogue.chapters, self._busiest, self._shown, self._rows)
        self.room, self.tokens, self._revision = self._read()
        self._tasks: list[asyncio.Task] = []

    @property
    def trouble(self) -> str:
        """What keeps the board from its work at the moment, for the page; "" if nothing does."""
        return " ".join(self._troubles.values())

    def start(self) -> None:
        """Begin to write and to send; needs a running event loop."""
        self.writer = Writer(self.store, self._kept)
        self._tasks = [asyncio.create_task(self.live.run()), asyncio.create_task(self._look_aside())]

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.writer.stop()

    def who(self, token: str) -> int | None:
        return self.tokens.get(hashed(token))

    async def join(self, name: str) -> tuple[Learner, str]:
        learner, token = await self.writer.call(self.store.join, name)
        self.tokens[hashed(token)] = learner.id
        self.room.join(learner.id, learner.name)
        self.live.change(learner.id)
        return learner, token

    async def keep(self, number: int, events: Sequence[Event]) -> bool:
        """False if this learner is not there any more. Raises what the database raises; the page says so too."""
        try:
            there = await self.writer.keep(number, events)
        except Exception as error:
            self._troubles["write"] = f"Nothing can be kept now; notebooks send it again later. {_reason(error)}"
            raise
        self._troubles.pop("write", None)
        return there

    async def leave(self, number: int, forget: bool) -> int:
        """Returns how many events were deleted."""
        self.tokens = {token: owner for token, owner in self.tokens.items() if owner != number}
        gone, when = 0, time.time()
        if forget:
            gone = await self.writer.call(self.store.forget, [number])
            self.room.forget(number)
        else:
            await self.writer.call(self.store.leave, number, when)
            if number in self.room.people:
                self.room.people[number].left = when
        self.live.change(number)
        return gone

    def _read(self) -> tuple[Room, dict[str, int], int]:
        revision, room = self.store.revision(), Room()
        for learner in self.store.learners():
            room.join(*learner)
        for number, event in self.store.events():
            room.add(number, event)
        return room, self.store.tokens(), revision

    async def _look_aside(self) -> None:
        while True:
            await asyncio.sleep(LOOK_ASIDE)
            try:
                if await self.writer.call(self.store.revision) != self._revision:
                    self.room, self.tokens, self._revision = await self.writer.call(self._read)
                    self.live.change_all()
                self._troubles.pop("read", None)
            except Exception as error:  # the database is away: it is looked at again
                self._troubles["read"] = f"The database can't be read at the moment. {_reason(error)}"

    def _kept(self, number: int, events: Sequence[Event]) -> None:
        for event in events:
            if self.room.add(number, event):
                self.live.change(number)

    def _busiest(self, now: str) -> str:
        counts: Counter[str] = Counter()
        for id, n in view.places(self.room, self.catalogue).items():
            counts[self.catalogue.exercises[id].chapter] += n
        if not counts:
            return now or next(iter(self.catalogue.chapters))
        best = max(counts, key=lambda chapter: (counts[chapter], -int(chapter)))
        return best if counts[best] > CLEAR_LEAD * counts[now] else now

    def _shown(self, look: Look, chapter: str) -> dict[str, Any]:
        room, catalogue, now = self.room, self.catalogue, time.time()
        where = view.places(room, catalogue)
        stuck = view.stuck(room, catalogue, now, look.hidden)
        return {
            "chapter": chapter,
            "chapters": view.chapters(catalogue, where),
            "summary": view.summary(room, catalogue, now, self.ends, self.pauses) | {"stuck": len(stuck)},
            "stuck": stuck[: view.LONGEST_LIST],
            "misconceptions": view.misconceptions(room, catalogue, now),
            "columns": view.columns(room, chapter, catalogue, where),
            "refused": self.refusals.shown(lambda number: self._label(number, look.hidden)),
            "trouble": self.trouble,
        }

    def _rows(self, numbers: Iterable[int] | None, look: Look, chapter: str) -> dict[int, dict[str, Any] | None]:
        wanted, people = self.room.people if numbers is None else numbers, self.room.people
        return {
            n: view.row(people[n], chapter, self.catalogue, look.hidden) if n in people else None for n in list(wanted)
        }

    def _label(self, number: int, hidden: bool) -> str:
        person = self.room.people.get(number)
        return view.label(person, hidden) if person else f"Learner {number}"


def _reason(error: Exception) -> str:
    """The driver's own words, on one line and without the statement, which may hold names."""
    return " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())[:200]
