"""A plan in words: the timetable for a terminal, what was left out, and what that costs."""

import textwrap
from collections.abc import Iterator

from course_utils.planning.choose import Plan
from course_utils.planning.late import droppable
from course_utils.planning.material import ChapterMaterial, Task
from course_utils.planning.schedule import PAUSES, Slot, clock

LATE = {"": "", "skip": "late: skip", "homework": "late: homework"}
KINDS = {"reading": "read", "quiz": "quiz"}
WIDTH, TITLE = 100, 56  # columns


def text(plan: Plan) -> str:
    """All of it, for a terminal."""
    lines = [plan.schedule.title]
    for slots in plan.schedule.days.values():
        lines += ["", day_line(slots), *map(_line, slots)]
    lines += ["", *_wrapped(summary(plan))]
    for chapter in plan.without:
        lines += _wrapped(f"- {without_line(chapter)}")
    for chapter in plan.chapters:
        if tasks := left_out(plan, chapter):
            lines += _wrapped(f"- {cost_line(plan, chapter)}: {', '.join(map(named, tasks))}")
    lines += ["", *_late(plan)]
    return "\n".join(line.rstrip() for line in lines)


def _late(plan: Plan) -> Iterator[str]:
    drops = [(chapter.label, tasks) for chapter in plan.chapters if (tasks := when_late(plan, chapter))]
    if not drops:
        yield "Nothing is left that could be dropped when the room is late."
        return
    yield "When the room is late, drop in this order; nothing that stays needs them:"
    for label, tasks in drops:
        yield from _wrapped(f"- {label}: " + ", ".join(f"{task.id} ({task.minutes} min)" for task in tasks))
    yield "Stretch exercises (C, D) can go for good; core ones (A, B) become homework."


def day_line(slots: tuple[Slot, ...]) -> str:
    """`Day 1, 09:00 to 15:00: 280 minutes of work, 80 of pauses`."""
    pauses = sum(slot.minutes for slot in slots if slot.kind in PAUSES)
    work = slots[-1].ends - slots[0].starts - pauses
    times = f"{clock(slots[0].starts)} to {clock(slots[-1].ends)}"
    return f"Day {slots[0].day}, {times}: {count(work, 'minute')} of work, {pauses} of pauses"


def _line(slot: Slot) -> str:
    chapter = f"{int(slot.chapter):02d}" if slot.chapter else "  "
    title = textwrap.shorten(slot.title, TITLE, placeholder=" …")
    name = f"{slot.exercise or KINDS.get(slot.kind, ''):<5} {title:<{TITLE}}"
    return f"{clock(slot.starts)}  {slot.minutes:>3} min  {chapter}  {name}  {LATE[slot.when_late]}"


def when_late(plan: Plan, chapter: ChapterMaterial) -> list[Task]:
    """Planned exercises of a chapter in the order in which to drop them."""
    return droppable(chapter, {slot.exercise for slot in plan.schedule.slots if slot.exercise})


def summary(plan: Plan) -> str:
    """Whether everything has room; if not, how many minutes are missing and what would make room for all."""
    used = len(plan.schedule.days)
    if not plan.missing:
        spare = "" if used == plan.asked.days else f" It takes {count(used, 'day')} of the {plan.asked.days}."
        return f"Everything has room: every exercise, all of the text, the quizzes.{spare}"
    if plan.days_for_all is None:
        remedy = "No number of days of this length would hold everything: make them longer."
    else:
        remedy = f"Everything would have room in {count(plan.days_for_all, 'day')} of this length."
    return f"Not everything has room: {count(plan.missing, 'minute')} are missing. {remedy} Left out:"


def without_line(chapter: ChapterMaterial) -> str:
    """What the room loses with a whole chapter."""
    points = sum(task.points for task in chapter.tasks)
    lost = f"{chapter.minutes} min, {count(len(chapter.tasks), 'exercise')}, {count(points, 'point')}"
    return f"All of chapter {chapter.label} ({lost})."


def cost_line(plan: Plan, chapter: ChapterMaterial) -> str:
    """What the room loses in a chapter that has exercises left out."""
    lost = left_out(plan, chapter)
    points = f"{sum(task.points for task in lost)} of {count(sum(task.points for task in chapter.tasks), 'point')}"
    minutes = sum(task.minutes for task in lost)
    share = f"{len(lost)} of {count(len(chapter.tasks), 'exercise')}, {points}, {minutes} min"
    return f"Of chapter {chapter.label}, whose text is read in full: {share}"


def named(task: Task) -> str:
    """`1.8 The crowd you can't avoid (C, 10 min)`."""
    return f"{task.id} {task.title} ({task.difficulty}, {task.minutes} min)"


def left_out(plan: Plan, chapter: ChapterMaterial) -> list[Task]:
    """Exercises of a planned chapter that had no room."""
    return [task for task in chapter.tasks if task in plan.left_out]


def count(number: int, unit: str) -> str:
    """
    >>> count(1, "day"), count(3, "day")
    ('1 day', '3 days')
    """
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _wrapped(line: str) -> Iterator[str]:
    yield from textwrap.wrap(line, WIDTH, subsequent_indent="  " if line.startswith("- ") else "")
