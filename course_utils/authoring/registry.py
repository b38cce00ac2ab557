"""The registry as authors' tools want it: the chapters that are asked for, and one mapping from id to exercise."""

from collections.abc import Sequence
from typing import Any

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import plain_number
from course_utils.checking.ids import nearest


def chapters(wanted: Sequence[str] = ()) -> list[Any]:
    """Chapters of the registry (`.number`, `.exercises`, `.quiz`): all, or those named or meant by "01", "1" and "1.3".

    No other chapter is imported: each loads torch, and some load more.

    Raises:
        CourseError: there is no such chapter or exercise; the message suggests the nearest ids.
        BadDefinition: an exercise of these chapters is not as it must be.
    """
    from course_utils import exercises

    known = exercises.ids() if wanted else []
    for name in wanted:
        if "." in name and name not in known:
            raise CourseError(f"There is no exercise {name!r}{nearest(name, known) or '.'}")
    numbers = {plain_number(name.partition(".")[0]) for name in wanted} or exercises.chapter_numbers()
    try:
        return [exercises.chapter(number) for number in sorted(numbers, key=lambda n: (len(n), n))]
    except exercises.UnknownExercise as error:
        raise CourseError(str(error)) from error


def by_id(chapters: Sequence[Any]) -> dict[str, Any]:
    """Exercises by id, in order."""
    return {exercise.id: exercise for chapter in chapters for exercise in chapter.exercises}
