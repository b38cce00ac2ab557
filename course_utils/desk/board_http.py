"""Talking to a board: one request, one answer, and for everything that can go wrong a sentence of its own.

httpx is imported when the first request is made, never on the way of a check.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from course_utils.desk.board_address import nearby
from course_utils.desk.event_wire import clean

Result = TypeVar("Result")

LONGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read; a board's own are far shorter."""
LONGEST_PAUSE = 600.0
"""Seconds: a board that asks for more patience than this is asked again all the same."""
AGENT = "superposition-course"
"""How a request calls its sender; httpx would tell which version of it is on the learner's machine."""
_MEANT = (200, 401, 403, 413, 422, 429)  # what a board answers; anything else comes from something else


class BoardError(Exception):
    """Why there is no answer that means something: a sentence for the learner. `after`: seconds that were asked for."""

    def __init__(self, sentence: str, after: float | None = None):
        super().__init__(sentence)
        self.after = after


class Unreachable(BoardError):
    """Nothing answered, or the board has trouble of its own: worth another try."""


class NotABoard(BoardError):
    """Something answered that is no board: another program, or a network's sign-in page."""


@dataclass(frozen=True)
class Answer:
    """`error`: the board's own sentence, "" if all is well. `after`: seconds until it wants to be asked again."""

    status: int
    body: dict[str, Any]
    after: float | None = None

    @property
    def error(self) -> str:
        return "" if self.status == 200 else clean(self.body["error"])[:300]


def post(base: str, path: str, body: dict[str, Any], token: str = "", seconds: float = 10.0) -> Answer:
    """Send `body` to the board at the address `base`, and wait for a part of the answer `seconds` at most.

    Raises:
        Unreachable, NotABoard: there is no answer of a board.
    """
    import httpx

    headers = {"User-Agent": AGENT} | ({"Authorization": f"Bearer {token}"} if token else {})
    client = httpx.Client(
        timeout=seconds,
        trust_env=not nearby(base),
        verify=base.startswith("https:"),  # without TLS there is nothing to verify, and certificates take long to load
    )
    began = time.monotonic()
    try:
        with client, client.stream("POST", base + path, json=body, headers=headers) as response:
            content = b""
            for part in response.iter_bytes():
                content += part
                if len(content) > LONGEST_ANSWER:
                    raise NotABoard(_not_a_board(base))
                if time.monotonic() - began > seconds:
                    raise Unreachable(_silent(base))
            return _understood(base, response.status_code, content, _pause(response.headers.get("Retry-After")))
    except BoardError:
        raise
    except Exception as error:  # httpx has many kinds, and names and ports can be wrong in others
        raise Unreachable(_why(base, error)) from error


def within(seconds: float, base: str, call: Callable[[], Result]) -> Result:
    """What the call returns, if it does in time. Looking up a name, for one, can't be told how long it may take.

    Raises:
        Unreachable: it took longer; it goes on where nobody waits for it.
        BoardError: as the call.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="course-board-asks", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if errors:
        raise errors[0]
    if not results:
        raise Unreachable(_silent(base))
    return results[0]


def _understood(base: str, status: int, content: bytes, after: float | None) -> Answer:
    if status >= 500:
        raise Unreachable(f"The board at {base} has trouble of its own (status {status}). Tell the teacher.", after)
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    meant = status in _MEANT and isinstance(body, dict) and (status == 200 or isinstance(body.get("error"), str))
    if not meant:
        raise NotABoard(_not_a_board(base, status))
    return Answer(status, body, after)


def _pause(header: str | None) -> float | None:
    """Seconds, from a number of them or a date."""
    if header is None:
        return None
    from email.utils import parsedate_to_datetime

    seconds = None
    with suppress(ValueError):
        seconds = float(header)
    with suppress(ValueError, TypeError):
        if seconds is None:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
    return None if seconds is None or seconds != seconds else min(max(seconds, 0.0), LONGEST_PAUSE)


def _not_a_board(base: str, status: int = 200) -> str:
    elsewhere = " It sends elsewhere: perhaps the address begins with https." if 300 <= status < 400 else ""
    return (
        f"Something answers at {base}, but it is no board of this course.{elsewhere} Compare the address with the one "
        "that the teacher shows. (In a guest network, sign in to the network first.)"
    )


def _silent(base: str) -> str:
    return f"{base} didn't answer in time. Is this machine in the same network as the board, and the address right?"


def _why(base: str, error: Exception) -> str:
    """The first cause that means something to a person."""
    import socket
    import ssl

    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return f"No machine is found under the name in {base}. Is it spelt right, and is there a network?"
        if isinstance(cause, ssl.SSLError):
            return f"{base} can't be trusted: its certificate is not in order. Tell the teacher."
        if isinstance(cause, ConnectionRefusedError):
            return f"Nothing listens at {base}. Has the board been started, and is the number at the end right?"
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return _silent(base)
        if isinstance(cause, OSError) and not isinstance(cause, ConnectionError):
            return f"There is no way to {base} from here ({cause.strerror or cause}). Is there a network?"
    if "InvalidURL" in type(error).__name__ or isinstance(error, UnicodeError):
        return f"{base} is no address that can be asked."
    return f"The connection to {base} broke off."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
