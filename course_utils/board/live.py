"""The stream to the pages: what changed since a quarter of a second ago, the same text for all who look at the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from course_utils.board import view
from course_utils.board.view import Look

TICK = 0.25  # seconds
SLOW = 4  # ticks between lists: a list that changes faster can't be read
BACKLOG = 80  # messages that may wait for one page; one that is slower begins anew
SILENCE = 10.0  # seconds after which a word is said, so that a dead connection is noticed


class Channel:
    """All pages with one look. Holds what they show, so that a new page gets it at once."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.chapter = look.chapter
        self.sections: dict[str, Any] = {}
        self.rows: dict[int, dict[str, Any]] = {}
        self.listeners: set[asyncio.Queue[str | None]] = set()

    def snapshot(self) -> str:
        return _data({"fresh": True, "rows": self.rows, **self.sections})

    def send(self, text: str) -> None:
        for listener in list(self.listeners):
            if listener.full():
                self.let_go(listener)
            else:
                listener.put_nowait(text)

    def let_go(self, listener: asyncio.Queue[str | None]) -> None:
        """End this page's stream; a browser comes back by itself."""
        self.listeners.discard(listener)
        if listener.full():
            listener.get_nowait()
        listener.put_nowait(None)


class Live:
    """Keeps the channels up to date. `shown(look, chapter)` gives the lists, `row(number, look, chapter)` one row."""

    def __init__(
        self,
        chapters: Iterable[str],
        busiest: Callable[[str], str],
        shown: Callable[[Look, str], dict[str, Any]],
        rows: Callable[[Iterable[int] | None, Look, str], dict[int, dict[str, Any] | None]],
    ) -> None:
        self._chapters, self._busiest, self._shown, self._rows = set(chapters), busiest, shown, rows
        self._channels: dict[Look, Channel] = {}
        self._changed: set[int] = set()
        self._anew = False
        self._ticks = 0

    def change(self, number: int) -> None:
        """Something of this learner is different."""
        self._changed.add(number)

    def change_all(self) -> None:
        """The room is another one."""
        self._anew = True

    async def run(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.tick()

    def tick(self) -> None:
        """Send every page what changed for it."""
        self._ticks += 1
        changed, anew, self._changed, self._anew = self._changed, self._anew, set(), False
        for look, channel in list(self._channels.items()):
            if not channel.listeners:
                del self._channels[look]
                continue
            if anew or self._moved(channel):
                self._fill(channel)
                channel.send(channel.snapshot())
                continue
            message: dict[str, Any] = {}
            if rows := self._row_changes(channel, changed):
                message["rows"] = rows
            if self._ticks % SLOW == 0:
                message |= self._section_changes(channel)
            if message:
                channel.send(_data(message))

    def close(self) -> None:
        """End all streams: the server stops."""
        for channel in self._channels.values():
            for listener in list(channel.listeners):
                channel.let_go(listener)

    async def listen(self, look: Look) -> AsyncIterator[str]:
        """The messages of one page, each in the form of server-sent events."""
        look = Look(look.chapter if look.chapter in self._chapters else "", look.hidden)
        channel = self._channels.get(look)
        if channel is None or not channel.listeners:
            channel = self._channels[look] = Channel(look)
            self._fill(channel)
        mine: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        channel.listeners.add(mine)
        try:
            yield channel.snapshot()
            while True:
                try:
                    text = await asyncio.wait_for(mine.get(), SILENCE)
                except TimeoutError:
                    text = "event: still\ndata: here\n\n"
                if text is None:
                    return
                yield text
        finally:
            channel.listeners.discard(mine)

    def _moved(self, channel: Channel) -> bool:
        """Whether a page that follows the class is now at another chapter."""
        if channel.look.chapter or self._ticks % SLOW:
            return False
        return self._busiest(channel.chapter) != channel.chapter

    def _fill(self, channel: Channel) -> None:
        channel.chapter = channel.look.chapter or self._busiest(channel.chapter)
        channel.sections = self._shown(channel.look, channel.chapter)
        rows = self._rows(None, channel.look, channel.chapter)
        channel.rows = {number: row for number, row in rows.items() if row is not None}

    def _row_changes(self, channel: Channel, changed: set[int]) -> dict[int, dict[str, Any] | None]:
        found = {}
        for number, row in self._rows(changed, channel.look, channel.chapter).items():
            before = channel.rows.get(number)
            if row is None:
                if channel.rows.pop(number, None) is not None:
                    found[number] = None
                continue
            if difference := row if before is None else _difference(before, row):
                found[number] = difference
            channel.rows[number] = row
        return found

    def _section_changes(self, channel: Channel) -> dict[str, Any]:
        now = self._shown(channel.look, channel.chapter)
        changed = {name: value for name, value in now.items() if channel.sections.get(name) != value}
        channel.sections = now
        return changed


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The fields that differ; of the cells only those that differ."""
    changed = {name: value for name, value in after.items() if name != "cells" and before.get(name) != value}
    cells: dict[str, view.Cell] = {id: c for id, c in after["cells"].items() if before["cells"].get(id) != c}
    return changed | ({"cells": cells} if cells else {})


def _data(message: dict[str, Any]) -> str:
    return f"data: {json.dumps(message, separators=(',', ':'))}\n\n"
