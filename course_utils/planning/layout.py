"""From a list of things to do to a timetable: days, breaks and lunch. An exercise is never cut by a break.

The rules: no more than 90 minutes without a pause; lunch around noon on days that have a noon; a day opens with a
welcome and closes with what is left to say; what has no room before the end of a day waits for the next one. And
where it costs no day, nothing begins at a day's end: neither a chapter nor work after a last break.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from course_utils.planning.late import droppable
from course_utils.planning.material import LONGEST, ChapterMaterial, Reading, Task
from course_utils.planning.schedule import PAUSES, Slot
from course_utils.planning.wishes import Wishes

AT_ONCE, BREAK = 90, 10  # minutes without a pause, at most; and of a pause
FROM_NOON, BY_NOON = (
    11 * 60 + 30,
    13 * 60 + 15,
)  # a pause from the one on is lunch; work that ends after the other waits
MORNING, AFTERNOON = 11 * 60, 14 * 60  # a day that starts by the one and ends after the other has lunch
LONG_DAY = 180  # minutes, from which welcome and closing take twice as long
WELCOME, CLOSING = (5, 10), (5, 10)
TOO_LATE = 20  # minutes of work before the closing: what would begin then is hardly begun


@dataclass(frozen=True)
class Item:
    """One thing to do, not yet placed; its fields are those of a slot."""

    kind: str
    title: str
    minutes: int
    chapter: str
    exercise: str | None = None
    when_late: str = ""


def items(chapters: Iterable[ChapterMaterial], kept: Set[str]) -> list[Item]:
    """What to do, in order: all texts and quizzes of the chapters, and the exercises whose ids are `kept`."""
    found: list[Item] = []
    for chapter in chapters:
        late = {task.id: "skip" if task.stretch else "homework" for task in droppable(chapter, kept)}
        for part in chapter.parts:
            if isinstance(part, Task):
                if part.id in kept:
                    here = (part.minutes, chapter.number, part.id, late.get(part.id, ""))
                    found.append(Item("exercise", part.title, *here))
            elif found and _joins(found[-1], part, chapter.number):
                found[-1] = _joined(found[-1], part)
            else:
                found.append(Item("reading", part.title, part.minutes, chapter.number))
        if chapter.quiz:
            found.append(Item("quiz", f"Quiz of chapter {int(chapter.number):02d}", chapter.quiz, chapter.number))
    return found


def _joins(before: Item, reading: Reading, chapter: str) -> bool:
    """Two texts with no exercise between them are one, if that is not too long."""
    return (before.kind, before.chapter) == ("reading", chapter) and before.minutes + reading.minutes <= LONGEST


def _joined(before: Item, reading: Reading) -> Item:
    """
    >>> _joined(Item("reading", "Arrows … Shadows", 5, "1"), Reading("Leaks", 3)).title
    'Arrows … Leaks'
    """
    first = before.title.partition(" … ")[0]
    title = first if first == reading.title else f"{first} … {reading.title}"
    return replace(before, title=title, minutes=before.minutes + reading.minutes)


def place(todo: Sequence[Item], asked: Wishes, first: int = 1) -> tuple[Slot, ...] | None:
    """The timetable, or None where it would need more days than there are. Days that nothing is left for stay out.

    Every day is as full as it can be. first: the number of the day to begin with.
    """
    slots: list[Slot] = []
    left = list(todo)
    for number in range(first, asked.days + 1):
        if not left:
            break
        day, left = _filled(number, left, asked)
        if not day.used:
            return None
        slots += day.closed()
    return None if left else tuple(slots)


def settle(todo: Sequence[Item], asked: Wishes) -> tuple[Slot, ...] | None:
    """The same, in as many days; but what would begin TOO_LATE waits for the next morning, if there is room for it."""
    if (full := place(todo, asked)) is None:
        return None
    days = replace(asked, days=full[-1].day if full else 0)
    slots: list[Slot] = []
    left = list(todo)
    for number in range(1, days.days + 1):
        chosen = _filled(number, left, asked, early=True)
        if place(chosen[1], days, first=number + 1) is None:
            chosen = _filled(number, left, asked)
        day, left = chosen
        slots += day.closed()
    return tuple(slots)


def _filled(number: int, todo: Sequence[Item], asked: Wishes, early: bool = False) -> tuple["_Day", list[Item]]:
    """A day as full as it can be, and what is left for later ones. `early`: without what would begin TOO_LATE."""
    day, left = _Day(number, asked), list(todo)
    while left and day.takes(left[0]):
        left.pop(0)
    if left and day.used:
        left[:0] = day.hand_back()
        while early and (late := day.hand_back_late()):
            left[:0] = [*day.hand_back(), *late]
    return day, left


@dataclass
class _Day:
    """A day that is being filled. `since`: minutes of work since the last pause."""

    number: int
    asked: Wishes
    slots: list[Slot] = field(default_factory=list)
    since: int = 0

    def __post_init__(self) -> None:
        long = self.asked.length >= LONG_DAY
        self.closing = CLOSING[long]
        self.lunch_due = bool(self.asked.lunch) and self.asked.start <= MORNING and self.asked.end >= AFTERNOON
        self._add(Item("welcome", "Welcome" if self.number == 1 else "Welcome back", WELCOME[long], ""))

    @property
    def used(self) -> bool:
        """Is there more than the welcome?"""
        return len(self.slots) > 1

    @property
    def now(self) -> int:
        return self.slots[-1].ends if self.slots else self.asked.start

    def takes(self, item: Item) -> bool:
        """Place it, with a pause before it if one is due; False, and nothing placed, if the day has no room for it."""
        pause = self._pause_before(item)
        work = item.minutes + self.closing
        if self.now + (pause.minutes if pause else 0) + work > self.asked.end or work > AT_ONCE:
            return False
        if pause:
            self._add(pause)
        self._add(item)
        return True

    def hand_back(self) -> list[Item]:
        """Texts at the end of the day, for the next one: they are read before the exercise that they lead to. All but
        what the day consists of."""
        last = max((n for n, slot in enumerate(self.slots) if slot.kind in ("exercise", "quiz")), default=None)
        if last is None:
            return []
        return self._taken_off(last + 1)

    def hand_back_late(self) -> list[Item]:
        """What begins TOO_LATE: a chapter, or work after a break that doesn't bring one to its end. [] for nothing."""
        work = [n for n, slot in enumerate(self.slots) if slot.kind not in (*PAUSES, "welcome")]
        for before, n in pairwise(work):
            slot, rested = self.slots[n], n > before + 1 and self.slots[-1].kind != "quiz"
            begins = rested or slot.chapter != self.slots[before].chapter
            if begins and self.now - slot.starts < TOO_LATE:
                return self._taken_off(before + 1)
        return []

    def _taken_off(self, start: int) -> list[Item]:
        """The slots from there on, as things to do."""
        after = [slot for slot in self.slots[start:] if slot.kind not in PAUSES]
        del self.slots[start:]
        return [Item(s.kind, s.title, s.minutes, s.chapter, s.exercise, s.when_late) for s in after]

    def closed(self) -> list[Slot]:
        """The day's slots with the last one."""
        self._add(Item("closing", "What we learned, what stays open", self.closing, ""))
        return self.slots

    def _pause_before(self, item: Item) -> Item | None:
        """Room for the closing is always kept in the stretch."""
        tired = self.since + item.minutes + self.closing > AT_ONCE
        if self.lunch_due and ((tired and self.now >= FROM_NOON) or self.now + item.minutes > BY_NOON):
            return Item("lunch", "Lunch", self.asked.lunch, "")
        return Item("break", "Break", BREAK, "") if tired else None

    def _add(self, item: Item) -> None:
        self.slots.append(
            Slot(
                self.number,
                self.now,
                item.minutes,
                item.kind,
                item.title,
                item.chapter,
                item.exercise,
                item.when_late,
            )
        )
        if item.kind in PAUSES:
            self.since, self.lunch_due = 0, self.lunch_due and item.kind != "lunch"
        else:
            self.since += item.minutes
