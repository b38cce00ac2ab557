"""The registry as the build wants it: one mapping from id to exercise."""

from typing import Any

from course_utils.authoring.errors import CourseError


def all_chapters() -> list[Any]:
    """Every chapter of the registry: `.number`, `.exercises`, `.quiz`."""
    from course_utils import exercises  # loads torch

    return exercises.all_chapters()


def by_id(chapters: list[Any]) -> dict[str, Any]:
    """Exercises by id, in order. Raises CourseError when two have the same one."""
    found: dict[str, Any] = {}
    for chapter in chapters:
        for exercise in chapter.exercises:
            if exercise.id in found:
                both = f"{type(found[exercise.id]).__qualname__} and {type(exercise).__qualname__}"
                raise CourseError(f"Two exercises have the id {exercise.id}: {both}.")
            found[exercise.id] = exercise
    return found
