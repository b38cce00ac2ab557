"""What holds for the exercises of every chapter, beside the five gates and what their definition proves."""

import pytest

from course_utils import exercises
from course_utils.authoring.repository import find_repository
from course_utils.authoring.source import read_source

CHAPTERS = [f"{int(number):02d}" for number in exercises.chapter_numbers()]
SOURCES = find_repository().sources()


def test_chapters_with_exercises_are_those_with_a_source():
    assert [path.stem[:2] for path in SOURCES] == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_learner_meets_its_exercises_in_the_order_of_their_numbers(chapter):
    """The registry refuses a list in another order (`checking.definition`)."""
    (source,) = (read_source(path) for path in SOURCES if path.stem.startswith(chapter))
    assert list(source.answers()) == [exercise.id for exercise in exercises.chapter(chapter).exercises]
