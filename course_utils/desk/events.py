"""One thing that a learner did, and a file of them that goes from one machine to another."""

import json
from pathlib import Path
from typing import NamedTuple

FIELDS = ("uid", "time", "exercise", "kind", "status", "detail", "points", "version")
FORMAT = "superposition-course progress 1"
MOST = 1e12  # points, and seconds since 1970, that can be meant


class Event(NamedTuple):
    """One thing the learner did."""

    uid: str
    time: float
    exercise: str
    kind: str
    status: str = ""
    detail: str = ""
    points: int = 0
    version: str = ""

    @property
    def chapter(self) -> str:
        return self.exercise.split(".")[0]


def exported(file: Path) -> list[Event]:
    """The events in an exported file.

    Raises:
        ValueError: another file, or events that no learner has had.
        OSError: it can't be read.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        if content["format"] != FORMAT:
            raise ValueError
        return [_checked(row) for row in content["events"]]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{file.name} is not a progress file of this course.") from error


def _checked(row: dict) -> Event:
    types = Event.__annotations__
    values = {name: row[name] for name in FIELDS}
    if not all(isinstance(v, (int, float) if types[k] is float else types[k]) for k, v in values.items()):
        raise ValueError
    event = Event(**values)._replace(time=float(values["time"]))
    "".join(v for v in event if isinstance(v, str)).encode()  # raises ValueError for half a letter
    if isinstance(event.points, bool) or not 0 <= event.points < MOST or not 0 <= event.time < MOST:
        raise ValueError
    return event
