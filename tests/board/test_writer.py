"""Group commit: few transactions for many senders, and no word before the disk has it."""

import asyncio

from course_utils.board.writer import Writer
from tests.board.conftest import event, run


class Counting:
    """A store that counts its transactions."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.broken = False

    def write(self, events):
        if self.broken:
            raise OSError("disk full")
        self.batches.append(len(events))
        return {number for number, _ in events if number == 99}


def test_many_senders_share_a_transaction_and_all_are_told():
    store, kept = Counting(), []

    async def work():
        writer = Writer(store, lambda number, events: kept.extend(events))
        answers = await asyncio.gather(*(writer.keep(n, [event(), event()]) for n in range(50)))
        writer.stop()
        return answers

    assert run(work()) == [True] * 50
    assert sum(store.batches) == len(kept) == 100 and len(store.batches) <= 3


def test_only_what_was_committed_is_shown():
    store, kept = Counting(), []

    async def work():
        writer = Writer(store, lambda number, events: kept.append(number))
        store.broken = True
        failed = await asyncio.gather(writer.keep(1, [event()]), return_exceptions=True)
        store.broken = False
        after = await asyncio.gather(writer.keep(2, [event()]), writer.keep(99, [event()]))
        writer.stop()
        return failed, after

    failed, after = run(work())
    assert isinstance(failed[0], OSError) and after == [True, False] and kept == [2]


def test_who_hangs_up_disturbs_nobody_and_what_was_sent_is_kept():
    store, kept = Counting(), []

    async def work():
        writer = Writer(store, lambda number, events: kept.append(number))
        hung_up = asyncio.create_task(writer.keep(1, [event()]))
        await asyncio.sleep(0)
        hung_up.cancel()
        assert await writer.keep(2, [event()])
        assert await writer.call(lambda: "done") == "done"
        writer.stop()

    run(work())
    assert sorted(kept) == [1, 2]


def test_stopping_writes_what_waits():
    store = Counting()

    async def work():
        writer = Writer(store, lambda number, events: None)
        waiting = asyncio.create_task(writer.keep(1, [event()]))
        await asyncio.sleep(0)
        writer.stop()
        assert await waiting

    run(work())
    assert store.batches == [1]
