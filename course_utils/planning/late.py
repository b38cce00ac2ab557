"""What can go without harm: exercises that no other one needs, and when too little of a chapter would be left."""

from collections.abc import Set

from course_utils.planning.material import ChapterMaterial, Task

ENOUGH = 0.5  # of a chapter's core, in minutes: with less of it done, the chapter is hardly worth its text


def free(chapter: ChapterMaterial, kept: Set[str]) -> list[Task]:
    """Kept exercises that no other kept one needs: open-ended, then stretch, then core ones; the longest first."""
    needed = {id for task in chapter.tasks if task.id in kept for id in task.needs}
    found = [task for task in chapter.tasks if task.id in kept and task.id not in needed]
    return sorted(found, key=lambda task: (not task.stretch, task.difficulty != "D", -task.minutes))


def core_left(chapter: ChapterMaterial, kept: Set[str]) -> float:
    """The share of its core's minutes that are kept, from 0 to 1."""
    core = [task for task in chapter.tasks if not task.stretch]
    return sum(task.minutes for task in core if task.id in kept) / (sum(task.minutes for task in core) or 1)


def droppable(chapter: ChapterMaterial, kept: Set[str]) -> list[Task]:
    """Kept exercises in the order in which to drop them when the room is late, one after the other: all that stay work
    without them, and no less than ENOUGH of the core stays."""
    left, found = set(kept), []
    while True:
        good = [task for task in free(chapter, left) if task.stretch or core_left(chapter, left - {task.id}) >= ENOUGH]
        if not good:
            return found
        found.append(good[0])
        left.discard(good[0].id)
