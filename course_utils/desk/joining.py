"""What a learner says to a board: join and leave."""

import sqlite3
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from course_utils.checking.report import Report, note
from course_utils.desk import history, membership
from course_utils.desk.board_address import bases, nearby
from course_utils.desk.board_http import Answer, BoardError, NotABoard, post, within
from course_utils.desk.display import show, strict
from course_utils.desk.event_wire import FORMAT, NEVER_SENT, SENT, SENT_KINDS, as_sent, clean, clean_name
from course_utils.desk.membership import Membership
from course_utils.desk.sender import sender, unknown_to

PATIENCE = 5.0
"""Seconds that `join` and `leave` take at most."""
EXAMPLE = '`join("http://192.168.1.20:8642", "the code", name="Ada")`'


def join(address: str = "", code: str = "", name: str = "") -> None:
    """Join your teacher's board: `join("http://192.168.1.20:8642", "the code", name="Ada")`. Once is enough."""
    show(_automatic() or _joined(str(address), str(code).strip(), str(name)))


def leave(forget: bool = False) -> None:
    """Leave the board: nothing more is sent. With `forget=True` the board also deletes what it has of you."""
    show(_automatic() or _left(forget))


def standing() -> str:
    """One line for those who are on a board, or were until it forgot them; "" for all others."""
    try:
        member = membership.read()
    except sqlite3.OperationalError as error:
        return f"Whether you are on a board can't be read at the moment ({error})."
    except sqlite3.DatabaseError:
        return f"{membership.path()} is damaged, so nothing is sent to a board. `join(…)` makes it anew."
    if member is None:
        return ""
    if member.state == "unknown":
        return unknown_to(member)
    if member.state == "leaving":
        return f"You left the board “{member.board}”; `leave(forget=True)` once more, and it forgets you."
    return f"On the board “{member.board}”, as {member.name}; `leave()` ends that.{_waiting(member)}"


def _waiting(member: Membership) -> str:
    try:
        sent, events = membership.acknowledged(), history.recorded_since(member.since, SENT_KINDS)
    except sqlite3.Error:  # another notebook is writing
        return ""
    n = sum(event.uid not in sent and as_sent(event) is not None for event in events)
    return f" {n} not sent yet." if n else ""


def _automatic() -> Report | None:
    return note("An automatic run joins and leaves no board.") if strict() else None


def _joined(address: str, code: str, name: str) -> Report:
    if not (address.strip() and code and name.strip()):
        return note("Say where the board is, its code, and your name.", f"Like this: {EXAMPLE}.")
    try:
        wanted, name = bases(address), clean_name(name)
    except ValueError as error:
        return note("You are on no board yet." if not _member() else "Nothing was changed.", str(error))
    began, before = time.monotonic(), _member()
    if before and before.state == "active" and before.address in wanted and before.asked == name:
        known = _known_there(before)
        if known is not False:
            away = "" if known else "It can't be reached at the moment; what you do is kept, and sent when it can."
            ends = "`leave()` ends that, and another name or address replaces it."
            return note(
                f"You are on the board “{before.board}” already, as {before.name}.", *filter(None, [away]), ends
            )
    try:
        base, answer = _first_board(wanted, {"format": FORMAT, "code": code, "name": name}, began + PATIENCE)
        if answer.status != 200:
            return note(*_refused(answer), *_still(before))
        member = _member_from(base, answer, name)
    except BoardError as error:
        return note("The board could not be joined.", str(error), *_in_colab(wanted[0]), *_still(before))
    return _kept(member, before, began + PATIENCE)


def _kept(member: Membership, before: Membership | None, deadline: float) -> Report:
    """Remember it, and leave the board before this one."""
    sent: set[str] = set()
    try:
        if before and before.state == "active" and before.board_id == member.board_id:  # what it lacks it still gets
            member, sent = replace(member, since=before.since), membership.acknowledged()
        membership.keep(member, sent)
    except (OSError, sqlite3.Error) as error:
        _tell_left(member, deadline)
        return note("You are on no board: that can't be remembered here.", f"{membership.path()}: {error}")
    sender().forget_notices()
    sender().wake(hurry=True)
    lines = _terms(member)
    if before:
        _tell_left(before, deadline)
        if before.board_id != member.board_id:
            lines.append(f"Nothing more is sent to the board before, “{before.board}”. What it has of you stays there.")
    return note(f"You are on the board “{member.board}”, as {member.name}.", *lines)


def _terms(member: Membership) -> list[str]:
    """What it means to be on the board, so that nobody is there without knowing it."""
    taken = f"There is a learner called {member.asked} already, so you are shown as {member.name}."
    plain = (
        "The address begins with http, so on the way it is plain text: others in the same network could read it."
        if member.address.startswith("http:")
        else "The address begins with https, so nobody can read it on the way."
    )
    return [
        *([taken] if member.name != member.asked else []),
        "From now on, for all your notebooks on this machine and also after a restart, these are sent to it:",
        *(f"• {each}" for each in SENT),
        "Never sent are:",
        *(f"• {each}" for each in NEVER_SENT),
        f"{plain} Without a network you work on as ever; what is to be sent is sent later.",
        "`leave()` ends it; `leave(forget=True)` also has the board delete what it has of you.",
    ]


def _left(forget: bool) -> Report:
    member = _member()
    if member is None and not membership.exists():
        return note("You are on no board.")
    deadline = time.monotonic() + PATIENCE
    try:
        if member is None or not forget:
            membership.drop()  # first, so that nothing is sent after it
        else:
            membership.end(member.token, "leaving")
    except (OSError, sqlite3.Error) as error:
        advice = "Delete that file yourself: as long as it is there, your notebooks go on sending."
        return note(f"{membership.path()} can't be changed: {error}", advice)
    sender().forget_notices()
    if member is None:
        return note("You are on no board any more.", "(The file that said which one was damaged.)")
    try:
        answer = _ask(member, "/api/leave", {"forget": forget}, deadline)
        problem = "" if answer.status in (200, 401) else answer.error
    except BoardError as error:
        answer, problem = None, str(error)
    title = f"You left the board “{member.board}”. Nothing more is sent."
    if not forget:
        stays = "What it has of you stays there; your teacher can delete it."
        return note(title, stays, *([f"(It couldn't be told. {problem})"] if problem else []))
    if answer is None or problem:
        again = "Say `leave(forget=True)` once more when it can be reached, or ask your teacher to delete it."
        return note(title, f"What it has of you is still there. {problem}", again)
    with suppress(OSError):  # what stays says that nothing is sent
        membership.drop()
    if answer.status == 401:
        return note(title, "It didn't know you any more, so it has nothing of you under your name.")
    return note(title, f"It has deleted what it had of you: {_count(answer)}.")


def _in_colab(base: str) -> list[str]:
    far = "google.colab" in sys.modules and nearby(base)
    return (
        ["This notebook runs on a machine of Colab's, which can't see an address of your own network."] if far else []
    )


def _count(answer: Answer) -> str:
    n = answer.body.get("forgotten")
    return f"{n} event{'s' * (n != 1)}" if isinstance(n, int) else "everything"


def _member() -> Membership | None:
    """None also where the file can't be read."""
    try:
        return membership.read()
    except (sqlite3.Error, OSError):
        return None


def _still(before: Membership | None) -> list[str]:
    on = before is not None and before.state == "active"
    return [f"You are still on the board “{before.board}”, as {before.name}."] if on else []


def _known_there(member: Membership) -> bool | None:
    """Whether the board knows this learner; None if it can't be asked. Sends no event."""
    try:
        answer = _ask(member, "/api/events", {"format": FORMAT, "events": []}, time.monotonic() + PATIENCE / 2)
    except BoardError:
        return None
    return answer.status != 401


def _tell_left(member: Membership, deadline: float) -> None:
    forget = member.state == "leaving"  # as the learner wanted when the board couldn't be reached
    with suppress(BoardError):  # it hears nothing more from this learner either way
        _ask(member, "/api/leave", {"forget": forget}, min(deadline, time.monotonic() + PATIENCE / 4))


def _ask(member: Membership, path: str, body: dict[str, Any], deadline: float) -> Answer:
    left = deadline - time.monotonic()
    return within(left, member.address, lambda: post(member.address, path, body, member.token, max(left, 0.01)))


def _first_board(wanted: list[str], body: dict[str, Any], deadline: float) -> tuple[str, Answer]:
    """The first address where a board answers, and what it says.

    Raises:
        BoardError: there is none; why not at the likeliest address.
    """
    errors: list[BoardError] = []
    for number, base in enumerate(wanted):
        left = (deadline - time.monotonic()) / (1 if number == len(wanted) - 1 else 2)
        try:
            answer = within(left, base, lambda base=base, left=left: post(base, "/api/join", body, "", left))
            if answer.status not in (200, 403, 422, 429):  # what a board says to those who join
                raise NotABoard(f"{base} answers, but not as a board of this course does. Compare the address.")
            return base, answer
        except BoardError as error:
            errors.append(error)
    raise errors[0]


def _refused(answer: Answer) -> list[str]:
    """A headline and what to do."""
    if answer.status == 403:
        return [
            "The board is there, but the code is wrong.",
            f"Ask your teacher for it. The board says: {answer.error}",
        ]
    if answer.status == 429:
        wait = f"Try again in {answer.after:.0f} seconds." if answer.after else "Try again in a minute."
        return ["The board wants a pause: wrong codes came too often.", wait]
    return ["The board did not take this.", f"It says: {answer.error}"]


def _member_from(base: str, answer: Answer, asked: str) -> Membership:
    given = [answer.body.get(key) for key in ("token", "name", "board", "board_id")]
    if not all(isinstance(each, str) for each in given) or not given[0].isascii() or not given[0].isprintable():
        raise NotABoard(f"{base} answers, but not as a board of this course does. Is it one of another version?")
    token, name, board, board_id = given
    return Membership(base, token, asked, clean(name)[:60], clean(board)[:100], board_id, time.time())
