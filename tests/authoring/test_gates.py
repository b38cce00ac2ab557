"""Every exercise of the course through its gates. (Quizzes are proven where they are defined.)

The ids are read from the sources' text, so that collecting imports nothing heavy; that the registry has the same ones
is tested first.
"""

import re
from functools import cache

import pytest

from course_utils.authoring import registry, verify
from course_utils.authoring.mutation.gate import mutant_faults
from course_utils.authoring.repository import find_repository
from course_utils.authoring.source import read_source
from course_utils.authoring.unfinished import unfinished

REPOSITORY = find_repository()
IDS = {
    id: path
    for path in REPOSITORY.sources()
    for id in re.findall(r'^# %% .*\bexercise="([\d.]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
}

every_exercise = pytest.mark.parametrize("id", IDS)


@cache
def exercises() -> dict:
    return registry.by_id(registry.chapters())


chapter = cache(read_source)


@pytest.fixture(autouse=True)
def _quiet():
    with verify.quiet_environment():
        yield


def test_the_registry_and_the_sources_have_the_same_exercises():
    assert sorted(IDS) == sorted(exercises())


@every_exercise
def test_the_untouched_stub_is_not_attempted(id):
    assert verify.stub_faults(chapter(IDS[id]), exercises()[id]) == []


@every_exercise
def test_the_reference_passes_in_time(id):
    assert verify.reference_faults(chapter(IDS[id]), exercises()[id])[0] == []


@every_exercise
def test_every_mistake_gets_its_own_feedback(id):
    assert verify.mistake_faults(exercises()[id]) == []


@every_exercise
def test_every_rewrite_passes(id):
    assert verify.rewrite_faults(exercises()[id]) == []


@every_exercise
def test_every_mutant_is_rejected_or_listed(id):
    assert mutant_faults(chapter(IDS[id]), exercises()[id]).faults == []


@every_exercise
def test_nothing_is_left_to_write(id):
    assert unfinished(exercises()[id]) == []
