"""What is let in: every event that was sent is held against the catalogue, so that nobody writes on the projector."""

from dataclasses import dataclass
from typing import Any

from course_utils.board.catalogue import Catalogue, Known
from course_utils.desk.event_wire import as_sent
from course_utils.desk.history import Event

EARLIEST = 1_577_836_800.0  # 2020: a clock that is set to before the course began
FUTURE = 120.0  # seconds that a learner's clock may be fast


@dataclass(frozen=True)
class Refused:
    """One event that can't be, and the reason. `uid` is as it was sent, so that its sender can forget it."""

    uid: str
    why: str


def admit(sent: Any, catalogue: Catalogue, now: float) -> Event | Refused:
    """The event as it is kept. Whatever the sender may have made up is left out: a mistake that the exercise doesn't
    know, points, the text of a version.

    now: seconds since 1970; an event of the future is taken as one of now.
    """
    uid = sent.get("uid") if isinstance(sent, dict) else None
    if not isinstance(uid, str):
        return Refused("", "an event without a uid")
    when = sent.get("time")
    if isinstance(when, bool) or not isinstance(when, (int, float)) or not EARLIEST <= when < 1e12:
        return Refused(uid, "no time that can be")
    kind, exercise = sent.get("kind"), sent.get("exercise")
    if not isinstance(exercise, str) or not isinstance(kind, str):
        return Refused(uid, "no exercise and kind")
    texts = {name: value for name in ("status", "detail", "version") if isinstance(value := sent.get(name), str)}
    kept = as_sent(Event(uid, float(min(when, now) if when > now + FUTURE else when), exercise, kind, **texts))
    if kept is None:
        return Refused(uid, "an event of a kind that is never sent")
    event = Event(**kept)
    if kind == "start":
        known = exercise in catalogue.chapters
        return _kept(event) if known else Refused(uid, "a chapter that this course hasn't")
    if exercise not in catalogue.exercises:
        return Refused(uid, "an exercise that this course hasn't")
    if kind == "check" and not event.status:
        return Refused(uid, "a check without a status")
    return _kept(event, catalogue.exercises[exercise])


def _kept(event: Event, known: Known | None = None) -> Event:
    """With what this exercise makes possible: points that it has, mistakes and hints that it knows."""
    detail, points = "", 0
    if known and event.kind == "check":
        detail = event.detail if event.status == "failed" and event.detail in known.mistakes else ""
        points = known.points if event.status == "passed" else 0
    if known and event.kind == "hint":
        detail = str(max(1, min(int(event.detail or 1), known.hints)))
    return event._replace(detail=detail, points=points)
