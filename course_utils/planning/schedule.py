"""A timetable as data: what comes when, on which day; and its file, which other tools read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

FORMAT = "superposition-course schedule 1"
KINDS = ("welcome", "reading", "exercise", "quiz", "break", "lunch", "closing")
PAUSES = ("break", "lunch")
WHEN_LATE = ("", "skip", "homework")
MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Slot:
    """One line of a timetable."""

    day: int
    """From 1."""
    starts: int
    """Minutes after midnight."""
    minutes: int
    kind: str
    """One of KINDS."""
    title: str
    chapter: str = ""
    """As exercise ids write it, "1" for chapter 01; "" where a slot belongs to none."""
    exercise: str | None = None
    """The id, for the kind "exercise"."""
    when_late: str = ""
    """What to do with an exercise when the room is late; none that stays needs it. "skip": stretch, which can go for
    good; "homework": core, to be done at home; "": it stays."""

    @property
    def ends(self) -> int:
        """Minutes after midnight."""
        return self.starts + self.minutes


@dataclass(frozen=True)
class Schedule:
    """`slots` in the order of time. `left_out`: ids of exercises of these chapters that had no room."""

    title: str
    slots: tuple[Slot, ...]
    left_out: tuple[str, ...] = ()

    @property
    def days(self) -> dict[int, tuple[Slot, ...]]:
        """The slots of each day."""
        numbers = sorted({slot.day for slot in self.slots})
        return {day: tuple(slot for slot in self.slots if slot.day == day) for day in numbers}


def clock(minutes: int) -> str:
    """
    >>> clock(545)
    '09:05'
    """
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def written(schedule: Schedule) -> str:
    """JSON, a slot a line, with the format's name first."""
    slots = ",\n".join("  " + json.dumps(asdict(slot), ensure_ascii=False) for slot in schedule.slots)
    head = {"format": FORMAT, "title": schedule.title, "left_out": list(schedule.left_out)}
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}," for key, value in head.items()]
    return "\n".join(["{", *lines, f' "slots": [\n{slots}\n ]', "}", ""])


def read(text: str) -> Schedule:
    """The schedule that `written` wrote.

    Raises:
        ValueError: it is no such file, or a slot that can't be; one sentence says what is wrong and where.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(
            f"This is not a timetable: it is no JSON ({error}). `course plan --out` writes one."
        ) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"This is not a timetable: its format should be {FORMAT!r}. `course plan --out` writes one.")
    title, left_out, slots = data.get("title"), data.get("left_out", []), data.get("slots")
    if not isinstance(title, str) or not _texts(left_out) or not isinstance(slots, list):
        raise ValueError("A timetable has a `title` (text), `slots` (a list) and `left_out` (a list of ids).")
    found = [_slot(number, slot) for number, slot in enumerate(slots, start=1)]
    _in_order(found)
    return Schedule(title, tuple(found), tuple(left_out))


def planned_ends(schedule: Schedule, first_day: datetime) -> dict[str, datetime]:
    """When each exercise should be done, by its id. Later days follow on the calendar; the time of `first_day` counts
    for nothing, its zone is kept.

    >>> planned_ends(Schedule("", (Slot(2, 540, 10, "exercise", "", "1", "1.1"),)), datetime(2026, 5, 30, 8))
    {'1.1': datetime.datetime(2026, 5, 31, 9, 10)}
    """
    ends = {}
    for slot in schedule.slots:
        if slot.exercise is not None:
            ends[slot.exercise] = _moment(first_day, slot.day, slot.ends)
    return ends


def planned_pauses(schedule: Schedule, first_day: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when nobody is to work: breaks, lunch, and from a day's end to the next one's start."""
    found = [
        (_moment(first_day, slot.day, slot.starts), _moment(first_day, slot.day, slot.ends))
        for slot in schedule.slots
        if slot.kind in PAUSES
    ]
    days = list(schedule.days.values())
    for evening, morning in zip(days, days[1:], strict=False):
        end, start = evening[-1], morning[0]
        found.append((_moment(first_day, end.day, end.ends), _moment(first_day, start.day, start.starts)))
    return sorted(found)


def planned_span(schedule: Schedule, first_day: datetime) -> tuple[datetime, datetime]:
    """When the first day begins and when the last one ends. The schedule has slots.

    >>> planned_span(Schedule("", (Slot(1, 540, 10, "quiz", ""), Slot(2, 540, 30, "quiz", ""))), datetime(2026, 5, 30))
    (datetime.datetime(2026, 5, 30, 9, 0), datetime.datetime(2026, 5, 31, 9, 30))
    """
    first, last = schedule.slots[0], schedule.slots[-1]
    return _moment(first_day, first.day, first.starts), _moment(first_day, last.day, last.ends)


def _moment(first_day: datetime, day: int, minutes: int) -> datetime:
    date = first_day.date() + timedelta(days=day - 1 + minutes // MINUTES_OF_A_DAY)
    hours, minutes = divmod(minutes % MINUTES_OF_A_DAY, 60)
    return datetime.combine(date, time(hours, minutes), tzinfo=first_day.tzinfo)


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "day": int,
    "starts": int,
    "minutes": int,
    "kind": str,
    "title": str,
    "chapter": str,
    "exercise": (str, type(None)),
    "when_late": str,
}


def _slot(number: int, data: Any) -> Slot:
    if not isinstance(data, dict):
        raise ValueError(f"Slot {number} is no list of names and values.")
    for name in data.keys() ^ {field.name for field in fields(Slot)}:
        raise ValueError(f"Slot {number}: `{name}` is {'not known' if name in data else 'missing'}.")
    for name, kind in _TYPES.items():
        if not isinstance(data[name], kind) or isinstance(data[name], bool):
            raise ValueError(f"Slot {number}: `{name}` can't be {data[name]!r}.")
    slot = Slot(**data)
    for name, among in (("kind", KINDS), ("when_late", WHEN_LATE)):
        if data[name] not in among:
            raise ValueError(f"Slot {number}: `{name}` is {data[name]!r}; it should be one of {', '.join(among)}.")
    if slot.day < 1 or slot.minutes < 1 or slot.starts < 0 or slot.ends > MINUTES_OF_A_DAY:
        raise ValueError(
            f"Slot {number}: day {slot.day}, {slot.minutes} minutes from {slot.starts} is no time of a day."
        )
    if (slot.kind == "exercise") != bool(slot.exercise):
        raise ValueError(f"Slot {number}: an exercise has an id, and nothing else has one.")
    return slot


def _in_order(slots: Sequence[Slot]) -> None:
    for number, (before, after) in enumerate(zip(slots, slots[1:]), start=2):
        if (after.day, after.starts) < (before.day, before.ends):
            raise ValueError(f"Slot {number} begins before slot {number - 1} ends.")
    ids = [slot.exercise for slot in slots if slot.exercise]
    for id in ids:
        if ids.count(id) > 1:
            raise ValueError(f"Exercise {id} is planned twice.")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
