"""Sends a learner's events to their board, in a thread of its own that nothing waits for.

What is to be sent follows from two files: events since joining that aren't among those which the board acknowledged. So
there is no queue to be lost: what one kernel couldn't send, the next one does, and two that send the same do no harm,
because the board knows an event by its uid.

On the way of a check is `_listen` alone: one `stat` for those who are on no board, for others setting a flag besides.
"""

import atexit
import os
import random
import sqlite3
import threading
import time
from typing import Any

from course_utils.desk import board_http, history, membership
from course_utils.desk.board_http import Answer, BoardError, NotABoard
from course_utils.desk.display import strict
from course_utils.desk.event_wire import FORMAT, MOST_EVENTS, SENT_KINDS, as_sent
from course_utils.desk.membership import Membership

GATHER = 0.2  # seconds after a check: by then it is shown, and cells that run in a row give one request
FIRST, LONGEST = 1.0, 60.0  # seconds between tries, doubled from one to the next
ANSWER = 10.0  # seconds that the board may be silent
LAST = 1.0  # seconds that the end of a kernel may wait


class Sender:
    """One thread, begun when there is something to send. `forked`: in a child that begins none; what happens there is
    on record, and its parent or the next kernel sends it."""

    def __init__(self, forked: bool = False):
        self.files = threading.Lock()
        """Held while a file is open in the thread: a fork in that moment would copy SQLite half-way."""
        self._forked = forked
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._new = threading.Event()  # something was recorded
        self._hurry = threading.Event()  # don't wait for the time of the next try
        self._idle = threading.Event()  # nothing is left that could be sent
        self._closing = False
        self._failures = 0
        self._size = MOST_EVENTS
        self._done: dict[str, set[str]] = {}  # token → uids: acknowledged, also where the file can't be written
        self._not_before: dict[str, float] = {}  # token → monotonic seconds: a board asked for patience
        self._gone: set[str] = set()  # tokens that the board doesn't know any more
        self._notices: list[str] = []

    def wake(self, hurry: bool = False) -> None:
        """Something was recorded. `hurry`: and the address or the network is another one now."""
        if self._forked:
            return
        self._idle.clear()
        self._new.set()
        if hurry:
            self._hurry.set()
        if (self._thread is None or not self._thread.is_alive()) and self._starting.acquire(blocking=False):
            try:
                thread = threading.Thread(target=self._run, name="course-board", daemon=True)
                thread.start()
                self._thread = thread
            except RuntimeError:  # no more threads: the next check tries again
                pass
            finally:
                self._starting.release()

    def notice(self) -> str | None:
        """What the learner must be told, once."""
        return self._notices.pop() if self._notices else None

    def forget_notices(self) -> None:
        self._notices.clear()

    def close(self, seconds: float) -> None:
        """One last try, if something is unsent, and at most so many seconds for it."""
        if self._thread is not None and self._thread.is_alive() and not self._idle.is_set():
            self._closing = True
            self._new.set()
            self._hurry.set()
            self._idle.wait(seconds)

    def _run(self) -> None:
        while not self._closing:
            self._new.wait()
            self._idle.clear()
            self._hurry.wait(GATHER)
            self._new.clear()
            self._hurry.clear()
            self._failures = 0
            while (pause := self._send_all()) is not None and not self._closing:
                self._hurry.wait(pause)
                self._hurry.clear()
            if self._closing or not self._new.is_set():
                self._idle.set()

    def _send_all(self) -> float | None:
        """Send until nothing is left: None. Or the seconds until another try is worth it."""
        try:
            while work := self._unsent():
                patience = self._not_before.get(work[0].token, 0.0) - time.monotonic()
                if patience > 0:
                    return patience
                self._send(*work)
                self._failures = 0
        except BoardError:
            return self._backoff()
        except sqlite3.OperationalError:  # held by another process, or not readable now
            return self._backoff()
        except sqlite3.DatabaseError:  # damaged: waiting mends nothing
            return None
        except Exception:  # a thread that died would send nothing any more
            return self._backoff()
        return None

    def _backoff(self) -> float:
        pause = min(FIRST * 2**self._failures, LONGEST)
        self._failures = min(self._failures + 1, 20)
        return pause * random.uniform(0.75, 1.25)  # so that a whole room doesn't come back in the same second

    def _unsent(self) -> tuple[Membership, list[dict[str, Any]]] | None:
        """Who sends, and the next events in the form in which they are sent; None if there are none."""
        with self.files:
            member = membership.read()
            if member is None or member.state != "active" or member.token in self._gone:
                return None
            done = membership.acknowledged() | self._done.get(member.token, set())
            events = history.recorded_since(member.since, SENT_KINDS)
        new = [sent for event in events if event.uid not in done and (sent := as_sent(event))]
        return (member, new[: self._size]) if new else None

    def _send(self, member: Membership, batch: list[dict[str, Any]]) -> None:
        """Raises BoardError when another try is needed."""
        body = {"format": FORMAT, "events": batch}
        try:
            answer = board_http.post(member.address, "/api/events", body, member.token, ANSWER)
        except BoardError as error:
            self._be_patient(member, error.after)
            raise
        if answer.status == 401:
            self._end(member)
        elif answer.status == 200:
            self._settle(member, _taken(answer, batch))
            self._size = MOST_EVENTS
        elif answer.status in (413, 422):
            self._smaller(member, batch)
        else:
            self._be_patient(member, answer.after)
            raise BoardError(answer.error)

    def _be_patient(self, member: Membership, seconds: float | None) -> None:
        if seconds is not None:
            self._not_before[member.token] = time.monotonic() + seconds

    def _settle(self, member: Membership, uids: set[str]) -> None:
        if not uids:
            raise NotABoard(f"{member.address} answered, and took none of the events.")
        self._done.setdefault(member.token, set()).update(uids)
        try:
            with self.files:
                membership.acknowledge(member.token, uids)
        except sqlite3.Error:  # the next kernel sends them again, which does no harm
            pass

    def _smaller(self, member: Membership, batch: list[dict[str, Any]]) -> None:
        """The board can't take these together. One that it can't take alone is left out as long as this kernel lives,
        so that it doesn't stand in the way of the others; the next kernel may meet a newer board."""
        if len(batch) > 1:
            self._size = len(batch) // 2
        else:
            self._done.setdefault(member.token, set()).add(batch[0]["uid"])

    def _end(self, member: Membership) -> None:
        self._gone.add(member.token)
        try:
            with self.files:
                new = membership.end(member.token, "unknown")
        except sqlite3.Error:
            new = True
        if new:
            self._notices.append(unknown_to(member))


def unknown_to(member: Membership) -> str:
    return (
        f"The board “{member.board}” no longer knows you: you were removed from it, or it was begun anew. "
        "Nothing more is sent to it; `join(…)` puts you back."
    )


def _taken(answer: Answer, batch: list[dict[str, Any]]) -> set[str]:
    """The uids of the batch that need not be sent again. Raises NotABoard if the answer isn't of this form."""
    try:
        accepted, refused = list(answer.body["accepted"]), [each["uid"] for each in answer.body["refused"]]
    except (KeyError, TypeError) as error:
        raise NotABoard("An answer came that is none of a board.") from error
    named = {uid for uid in (*accepted, *refused) if isinstance(uid, str)}
    return named & {event["uid"] for event in batch}


_sender = Sender()


def sender() -> Sender:
    """The one of this process."""
    return _sender


def _listen() -> str | None:
    """After each event. An automatic run (a teacher's marking, the build) sends nothing, whoever is a member there."""
    if strict() or not membership.exists():
        return None
    _sender.wake()
    return _sender.notice()


history.listeners.append(_listen)


@atexit.register
def _last_try() -> None:
    _sender.close(LAST)


_held: list[bool] = []


def _before_fork() -> None:
    _held.append(_sender.files.acquire(timeout=1))


def _after_fork_in_parent() -> None:
    if _held.pop():
        _sender.files.release()


def _after_fork_in_child() -> None:
    global _sender
    _held.clear()
    _sender = Sender(forked=True)


if hasattr(os, "register_at_fork"):  # there is none on Windows, which doesn't fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
