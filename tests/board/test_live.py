"""The stream: a page that takes every change shows what a fresh page would."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.board.live import BACKLOG, SLOW
from course_utils.board.service import Service
from course_utils.board.storage import Store
from course_utils.board.view import Look
from tests.board.conftest import CATALOGUE, NOW, event, run
from tests.board.test_state import EVENTS


class Page:
    """What board.js does with the messages, without the drawing."""

    def __init__(self, service: Service, look: Look) -> None:
        self.stream, self.state = service.live.listen(look), {}

    async def read(self) -> None:
        text = await asyncio.wait_for(anext(self.stream), 1)
        message = json.loads(text.removeprefix("data: "))
        rows = message.pop("rows", {})
        if message.get("fresh"):
            self.state = {"rows": {}}
        self.state |= message
        for number, change in rows.items():
            if change is None:
                self.state["rows"].pop(number, None)
                continue
            before = self.state["rows"].get(number, {"cells": {}})
            self.state["rows"][number] = before | change | {"cells": before["cells"] | change.get("cells", {})}


@pytest.fixture
def service(store) -> Service:
    for name in ("Ada", "Bo"):
        store.join(name)
    return Service(store, store.board(), CATALOGUE)


def test_a_change_is_sent_and_nothing_else(service):
    async def watch():
        page = Page(service, Look("1", False))
        await page.read()
        assert [row["name"] for row in page.state["rows"].values()] == ["Ada", "Bo"]
        service._kept(1, [event(when=NOW)])
        service.live.tick()
        text = await anext(page.stream)
        assert json.loads(text.removeprefix("data: ")) == {
            "rows": {"1": {"at": "1.1", "cells": {"1.1": ["w", 1, 0, 0]}}}
        }
        service._kept(1, [event(exercise="2.1", when=NOW - 9)])  # of another chapter: this page shows no cell of it
        service.live.tick()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(page.stream), 0.05)

    run(watch())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["event", "join", "leave", "forget", "anew"]), st.integers(1, 4), EVENTS), max_size=12
    ),
    st.booleans(),
    st.sampled_from(["", "1", "2", "no such chapter"]),
)
def test_a_page_that_took_every_change_shows_what_a_fresh_one_does(tmp_path_factory, steps, hidden, chapter):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('board') / 'b.db'}")
    service = Service(store, store.board(), CATALOGUE)

    async def compare():
        page = Page(service, Look(chapter, hidden))
        await page.read()
        for what, number, each in steps:
            if what == "event":
                service._kept(number, [each])
            elif what == "join":
                service.room.join(number, f"name {number}")
            elif what == "leave" and number in service.room.people:
                service.room.join(number, f"name {number}", left=NOW)
            elif what == "forget":
                service.room.forget(number)
            elif what == "anew":
                service.live.change_all()
            service.live.change(number)
            for _ in range(SLOW):
                service.live.tick()
            while service_has_more(service):
                await page.read()
        fresh = Page(service, Look(chapter, hidden))
        await fresh.read()
        assert {**page.state, "fresh": True} == fresh.state
        assert not hidden or "name " not in json.dumps(page.state)

    run(compare())
    store.close()


def service_has_more(service: Service) -> bool:
    return any(not queue.empty() for channel in service.live._channels.values() for queue in channel.listeners)


def test_a_page_that_follows_the_class_goes_where_most_are(service):
    async def watch():
        page = Page(service, Look("", False))
        await page.read()
        assert page.state["chapter"] == "1"
        for number in (1, 2):
            service._kept(number, [event("2.1", when=NOW)])
        for _ in range(SLOW):
            service.live.tick()
        while service_has_more(service):
            await page.read()
        assert page.state["chapter"] == "2" and [c["id"] for c in page.state["columns"]] == ["2.1"]

    run(watch())


def test_a_page_that_is_too_slow_is_let_go_and_others_are_not(service):
    async def watch():
        slow, quick = Page(service, Look("1", False)), Page(service, Look("1", False))
        await slow.read()
        await quick.read()
        for n in range(BACKLOG + 5):
            service._kept(1, [event(when=NOW + n)])
            service.live.tick()
            if service_has_more(service):
                await quick.read()
        assert sum(1 for _ in [text async for text in slow.stream]) <= BACKLOG
        assert quick.state["rows"]["1"]["cells"]["1.1"][1] == BACKLOG + 5

    run(watch())
