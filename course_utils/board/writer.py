"""Group commit: what arrives within a moment is written in one transaction, and acknowledged once that is on disk."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from course_utils.board.storage import Store
from course_utils.desk.history import Event

GATHER = 0.02  # seconds to wait for more before a transaction begins
T = TypeVar("T")


@dataclass
class _Job:
    """Events of one learner to be kept, or anything else that needs the database."""

    number: int = 0
    events: Sequence[Event] = ()
    work: Callable[[], Any] | None = None
    result: Future = field(default_factory=Future)


class Writer:
    """The one thread that uses the database, so that nothing is written in two places at once.

    `kept` is called in the event loop with each learner's events after they were committed, before they are
    acknowledged, and in the order of the commits.
    """

    def __init__(self, store: Store, kept: Callable[[int, Sequence[Event]], None]) -> None:
        self._store, self._kept = store, kept
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="board writer", daemon=True)
        self._thread.start()

    async def keep(self, number: int, events: Sequence[Event]) -> bool:
        """Returns once they are on the disk; False if this learner isn't there any more.

        Raises what the database raises: then nothing of it was kept.
        """
        return await self._ask(_Job(number, events))

    async def call(self, work: Callable[..., T], *args: Any) -> T:
        """`work(*args)` in the writer's thread, in its turn."""
        return await self._ask(_Job(work=lambda: work(*args)))

    def stop(self) -> None:
        """Write what is waiting, and end the thread."""
        self._jobs.put(None)
        self._thread.join(timeout=10)

    async def _ask(self, job: _Job) -> Any:
        self._jobs.put(job)
        return await asyncio.wrap_future(job.result)

    def _run(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            if jobs[0] is not None and jobs[0].work is None:
                time.sleep(GATHER)
            while not self._jobs.empty():
                jobs.append(self._jobs.get())
            batch = [job for job in jobs if job is not None and job.work is None]
            if batch:
                self._write(batch)
            for job in jobs:
                if job is not None and job.work is not None:
                    self._settle(job, job.work)
            if None in jobs:
                return

    def _write(self, batch: Sequence[_Job]) -> None:
        try:
            missing = self._store.write([(job.number, event) for job in batch for event in job.events])
        except Exception as error:  # whatever a driver raises: the thread lives on, the senders try again
            for job in batch:
                self._in_loop(_tell, job, None, error)
            return
        self._in_loop(self._acknowledge, batch, missing)

    def _acknowledge(self, batch: Sequence[_Job], missing: set[int]) -> None:
        for job in batch:
            if job.number not in missing:
                self._kept(job.number, job.events)
            _tell(job, job.number not in missing)

    def _settle(self, job: _Job, work: Callable[[], Any]) -> None:
        try:
            found = work()
        except Exception as error:
            self._in_loop(_tell, job, None, error)
            return
        self._in_loop(_tell, job, found)  # after whatever was committed before

    def _in_loop(self, work: Callable[..., None], *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work, *args)


def _tell(job: _Job, found: Any, error: Exception | None = None) -> None:
    """Nobody may be waiting any more: a learner who hung up."""
    if job.result.cancelled():
        return
    if error is None:
        job.result.set_result(found)
    else:
        job.result.set_exception(error)
