"""What a teacher asks of a timetable, and which wishes can't be met by any."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import plain_number
from course_utils.planning.schedule import MINUTES_OF_A_DAY, clock

MOST_DAYS, LONGEST_LUNCH = 60, 180
SHORTEST_DAY = 60  # minutes


class BadWish(CourseError):
    """No timetable can be what was asked for; one sentence says why, and what can be asked."""


@dataclass(frozen=True)
class Wishes:
    """`length`: minutes from a day's first to its last, breaks and lunch included. `start`: minutes after midnight."""

    days: int
    length: int
    start: int = 9 * 60
    lunch: int = 60

    @property
    def end(self) -> int:
        """Minutes after midnight."""
        return self.start + self.length


def wishes(days: int, hours: float, start: str = "09:00", lunch: int = 60) -> Wishes:
    """
    >>> wishes(2, 6.5, "08:30")
    Wishes(days=2, length=390, start=510, lunch=60)

    Raises:
        BadWish: no day has so many hours, no clock shows that time, …
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadWish(f"--days is {days}; a workshop has 1 to {MOST_DAYS} days.")
    found = re.fullmatch(r"(\d\d?):(\d\d)", start.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadWish(f"--start is {start!r}; write a time of day like 09:00.")
    begin = 60 * int(found[1]) + int(found[2])
    if not math.isfinite(hours) or round(60 * hours) < SHORTEST_DAY:
        raise BadWish(f"--hours is {hours:g}; a day needs at least {SHORTEST_DAY // 60} hour.")
    if (length := round(60 * hours)) > (left := MINUTES_OF_A_DAY - begin):
        raise BadWish(f"--hours is {hours:g}; a day that starts at {clock(begin)} has {left / 60:.3g} till midnight.")
    if not 0 <= lunch <= LONGEST_LUNCH:
        raise BadWish(f"--lunch is {lunch}; it is a number of minutes from 0 (no lunch) to {LONGEST_LUNCH}.")
    return Wishes(days, length, begin, lunch)


def between(first: str, last: str, known: Sequence[str]) -> list[str]:
    """The chapters from `first` to `last`, of those that are `known` ("0", "1", …), whichever way they are written.

    >>> between("00", "02", ["0", "1", "2", "4"])
    ['0', '1', '2']

    Raises:
        BadWish: one of them is not known, or they stand the wrong way round.
    """
    ends = []
    for option, name in (("--from", first), ("--to", last)):
        if plain_number(name) not in known:
            have = ", ".join(f"{int(number):02d}" for number in known)
            raise BadWish(f"{option} is {name!r}; there is no such chapter. There are: {have}.")
        ends.append(known.index(plain_number(name)))
    if ends[0] > ends[1]:
        raise BadWish(f"--from {first} comes after --to {last}; the other way round there are chapters between them.")
    return list(known[ends[0] : ends[1] + 1])
