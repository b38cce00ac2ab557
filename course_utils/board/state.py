"""What the events say of each learner and exercise. Pure: the same events, in any order and however often, give the
same state, so a restart that reads them again shows what was shown before."""

from bisect import insort
from dataclasses import dataclass, field
from itertools import islice

from course_utils.board.catalogue import Catalogue
from course_utils.desk.history import Event

PAUSE = 15 * 60  # seconds without an event that count as work at most: longer ones are a lunch, or a night


@dataclass
class Work:
    """What one learner did at one exercise. Times are seconds since 1970."""

    passed: float | None = None
    """When it was first passed."""
    wrong: int = 0
    """Checks that failed."""
    tried: bool = False
    """Checked at all, even with nothing attempted."""
    last_wrong: tuple[float, str, str] = (0.0, "", "")
    """The latest check that failed: time, uid, the mistake's name (or "")."""
    mistakes: dict[str, float] = field(default_factory=dict)
    """When each mistake was last made."""
    hints: int = 0
    solution: bool = False
    times: list[float] = field(default_factory=list)
    """Of all events, in order."""

    @property
    def attempts(self) -> int:
        """Checks up to the one that passed; later ones prove nothing."""
        return self.wrong + (self.passed is not None)

    def worked(self, until: float) -> float:
        """Seconds from the first event to `until`, of which no pause counts for more than PAUSE."""
        steps = [*self.times, max(until, self.times[-1])] if self.times else []
        return sum(min(b - a, PAUSE) for a, b in zip(steps, steps[1:]))

    def add(self, event: Event) -> None:
        insort(self.times, event.time)
        if event.kind == "hint":
            self.hints = max(self.hints, int(event.detail or 1))
        elif event.kind == "solution":
            self.solution = True
        elif event.kind == "check":
            self.tried = True
            if event.status == "passed":
                self.passed = event.time if self.passed is None else min(self.passed, event.time)
            elif event.status == "failed":
                self.wrong += 1
                self.last_wrong = max(self.last_wrong, (event.time, event.uid, event.detail))
                if event.detail:
                    self.mistakes[event.detail] = max(self.mistakes.get(event.detail, 0.0), event.time)


@dataclass
class Person:
    """One learner. `number` stands for the name where names are hidden; `left`: when they left, if they did."""

    number: int
    name: str
    left: float | None = None
    works: dict[str, Work] = field(default_factory=dict)
    last: tuple[float, str, str] = (0.0, "", "")
    """The latest event: time, uid, exercise (or the chapter that was opened)."""

    def at(self, catalogue: Catalogue) -> str | None:
        """The exercise they are at: the last one touched, or the next that isn't passed if that one is.

        None before the first event, and when nothing is left.
        """
        exercise = self.last[2]
        if "." not in exercise:
            exercise = next(iter(catalogue.chapters.get(exercise, [])), "")
        if exercise not in catalogue.place:
            return None
        ahead = islice(catalogue.ids, catalogue.place[exercise], None)
        return next((id for id in ahead if not self.has_passed(id)), None)

    def has_passed(self, exercise: str) -> bool:
        return exercise in self.works and self.works[exercise].passed is not None


@dataclass
class Room:
    """Everybody who joined this board, by number."""

    people: dict[int, Person] = field(default_factory=dict)
    uids: set[str] = field(default_factory=set)
    """Of the events that are counted already."""

    def join(self, number: int, name: str, left: float | None = None) -> None:
        """Somebody comes in; somebody who is there keeps what they did."""
        person = self.people.setdefault(number, Person(number, name))
        person.name, person.left = name, left

    def add(self, number: int, event: Event) -> bool:
        """Count one event. False if it was counted before, or if nobody has this number."""
        if event.uid in self.uids or number not in self.people:
            return False
        self.uids.add(event.uid)
        person = self.people[number]
        person.last = max(person.last, (event.time, event.uid, event.exercise))
        if "." in event.exercise:
            person.works.setdefault(event.exercise, Work()).add(event)
        return True

    def forget(self, number: int) -> None:
        self.people.pop(number, None)
