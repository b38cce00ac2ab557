"""What to leave out when the days are shorter than the chapters, so that what stays still holds together."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from course_utils.planning.late import ENOUGH, core_left, free
from course_utils.planning.layout import AT_ONCE, CLOSING, WELCOME, items, place, settle
from course_utils.planning.material import ChapterMaterial, Task
from course_utils.planning.schedule import Schedule
from course_utils.planning.wishes import MOST_DAYS, BadWish, Wishes


@dataclass(frozen=True)
class Plan:
    """A timetable, and what was asked for and isn't in it."""

    schedule: Schedule
    asked: Wishes
    chapters: tuple[ChapterMaterial, ...]
    """Those in the timetable."""
    without: tuple[ChapterMaterial, ...] = ()
    """Those that had no room at all: the last ones."""
    left_out: tuple[Task, ...] = ()
    """Exercises of `chapters` that had no room, in their order."""
    days_for_all: int | None = None
    """So many days of this length would hold everything; None if no number of days would."""

    @property
    def missing(self) -> int:
        """Minutes of all that is left out."""
        return sum(task.minutes for task in self.left_out) + sum(chapter.minutes for chapter in self.without)


def make_plan(chapters: Sequence[ChapterMaterial], asked: Wishes, title: str) -> Plan:
    """The timetable of these chapters.

    What has no room is left out in this order: open-ended and stretch exercises, the longest first; then core ones of
    the chapter that has most of its core left, down to half of it in every chapter; then whole chapters, the last one
    first. If a single chapter is left, more of its core goes. An exercise that a kept one needs always stays. In the
    end whatever still has room comes back.

    Raises:
        BadWish: not even the text of the first chapter has room.
    """
    _refuse_giants(chapters)
    present, kept = list(chapters), {task.id for chapter in chapters for task in chapter.tasks}
    dropped: list[str] = []
    while place(items(present, kept), asked) is None:
        if (task := _next(present, kept)) is not None:
            kept.discard(task.id)
            dropped.append(task.id)
        elif len(present) > 1:
            kept -= {task.id for task in present.pop().tasks}
        else:
            need = chapters[0].reading + chapters[0].quiz
            raise BadWish(f"Not even the text of chapter {chapters[0].label} has room: it takes {need} minutes.")
    kept = _put_back(present, kept, dropped[::-1], asked)
    slots = settle(items(present, kept), asked) or ()
    left_out = tuple(task for chapter in present for task in chapter.tasks if task.id not in kept)
    schedule = Schedule(title, slots, tuple(task.id for task in left_out))
    everything = not left_out and len(present) == len(chapters)
    days = len(schedule.days) if everything else _days_for_all(chapters, asked)
    return Plan(schedule, asked, tuple(present), tuple(chapters[len(present) :]), left_out, days)


def _next(present: Sequence[ChapterMaterial], kept: Set[str]) -> Task | None:
    """What goes next; None when whole chapters have to go, or nothing is left that could."""
    leaves = [(chapter, task) for chapter in present for task in free(chapter, kept)]
    stretch = [task for _, task in leaves if task.stretch]
    if stretch:
        return max(stretch, key=lambda task: (task.difficulty, task.minutes))
    alone = len(present) == 1
    core = [
        (core_left(chapter, kept), task)
        for chapter, task in leaves
        if alone or core_left(chapter, kept - {task.id}) >= ENOUGH
    ]
    return max(core, key=lambda pair: (pair[0], pair[1].minutes))[1] if core else None


def _put_back(present: Sequence[ChapterMaterial], kept: Set[str], candidates: Sequence[str], asked: Wishes) -> set[str]:
    """With those candidates that have room after all, and all that they need. One that comes back may make room for
    another, so they are tried until none does."""
    needs = {task.id: {*task.needs} for chapter in present for task in chapter.tasks}
    kept = set(kept)
    while True:
        before = len(kept)
        for id in candidates:
            possible = id in needs and id not in kept and kept >= needs[id] & needs.keys()
            if possible and place(items(present, kept | {id}), asked) is not None:
                kept.add(id)
        if len(kept) == before:
            return kept


def _days_for_all(chapters: Sequence[ChapterMaterial], asked: Wishes) -> int | None:
    everything = items(chapters, {task.id for chapter in chapters for task in chapter.tasks})
    slots = place(everything, replace(asked, days=MOST_DAYS))
    return slots[-1].day if slots else None


def _refuse_giants(chapters: Sequence[ChapterMaterial]) -> None:
    longest = AT_ONCE - WELCOME[1] - CLOSING[1]
    for chapter in chapters:
        for part in chapter.parts:
            if part.minutes > longest:
                name = part.id if isinstance(part, Task) else f"“{part.title}”"
                raise BadWish(f"{name} takes {part.minutes} minutes; nothing may be longer than {longest}.")
