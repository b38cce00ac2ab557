"""What of a learner's record may leave their machine for a board, and in what form: the one place that says it.

Both sides use it: the learner's, before anything is sent, and the board's, for what it is sent and for progress files
that are imported. Predictions and quizzes hold a learner's own words; they are not among the kinds that are sent.
"""

import math
import re
import unicodedata
from typing import Any

from course_utils.desk.history import Event

FORMAT = 1
SENT_KINDS = frozenset({"check", "hint", "solution", "start"})
STATUSES = frozenset({"passed", "failed", "not attempted"})
MOST_EVENTS = 200
"""How many events one request may carry."""
NAME_LENGTH = 40

SENT = (
    "each check: the exercise, whether it passed, its points, and the name of the mistake if it is a known one",
    "each hint and each solution you look at, and each chapter you open",
    "with each of these the time, the version of the course, and a random number that tells it from all others",
    "the name you gave (and, as with every web page, the board's machine sees the network address of yours)",
)
"""What a board is sent, a sentence each, as `join` shows it and as the page on privacy may."""

NEVER_SENT = (
    "your code",
    "your answers and anything else you write: predictions, answers to the quiz, notes",
    "names of files and folders, your user name, or anything else about your machine",
)
"""What a board is never sent."""

_UID = re.compile(r"[0-9A-Za-z-]{1,64}")
_EXERCISE = re.compile(r"\d{1,3}(\.\d{1,3})?")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{0,40}")
_HINT = re.compile(r"\d{1,2}")
_MISTAKE = re.compile(r"[^\W_][\w ,.:;'’()/=<>+*×·−‖²-]{0,79}")  # how authors name mistakes: a few words on one line


def as_sent(event: Event) -> dict[str, Any] | None:
    """The event as a board may see it; None if it stays at home.

    >>> as_sent(Event("a1", 0.0, "1.4", "check", "failed", "counts itself", 0, "0.1.0"))["detail"]
    'counts itself'
    >>> as_sent(Event("a2", 0.0, "1.4", "predict", detail="I think it will be a pentagon")) is None
    True

    What a field may hold is narrow, so that a record that was tampered with tells no more than a sound one: a detail
    that is no mistake's name and no hint's number is left out.
    """
    fits = (
        event.kind in SENT_KINDS
        and _UID.fullmatch(event.uid)
        and _EXERCISE.fullmatch(event.exercise)
        and math.isfinite(event.time)
    )
    if not fits:
        return None
    check = event.kind == "check"
    return {
        "uid": event.uid,
        "time": event.time,
        "exercise": event.exercise,
        "kind": event.kind,
        "status": event.status if check and event.status in STATUSES else "",
        "detail": _detail(event),
        "points": event.points if check and 0 <= event.points <= 1000 else 0,
        "version": event.version if _VERSION.fullmatch(event.version) else "",
    }


def _detail(event: Event) -> str:
    form = {"check": _MISTAKE, "hint": _HINT}.get(event.kind)
    return event.detail if form and form.fullmatch(event.detail) else ""


def clean(text: str) -> str:
    """One line of text without control characters (those that turn the direction of writing, too).

    >>> clean("  Ada\\n\\x1b[31m Lovelace ")
    'Ada [31m Lovelace'
    """
    text = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    return " ".join("".join(c for c in text if unicodedata.category(c)[0] != "C").split())


def clean_name(name: str) -> str:
    """The name as it goes to a board.

    Raises:
        ValueError: nothing is left of it, or it is longer than NAME_LENGTH; in a sentence for the learner.
    """
    name = clean(name)
    if not name:
        raise ValueError("Say under which name you want to be shown.")
    if len(name) > NAME_LENGTH:
        raise ValueError(f"A name has {NAME_LENGTH} characters at most; this one has {len(name)}.")
    return name
