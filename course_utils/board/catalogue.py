"""What the board knows of each exercise. It is read by another process, so that the server never loads torch."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

from course_utils.authoring.errors import CourseError


@dataclass(frozen=True)
class Known:
    """One exercise. `minutes`: what it should take; `mistakes`: the sentence of each, by its name."""

    id: str
    title: str
    minutes: int
    points: int
    hints: int
    mistakes: dict[str, str]

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


class Catalogue:
    """All exercises, in the order in which a learner meets them."""

    def __init__(self, exercises: Iterable[Known]) -> None:
        self.exercises = {each.id: each for each in exercises}
        self.ids = tuple(self.exercises)
        self.place = {id: n for n, id in enumerate(self.ids)}

    @cached_property
    def chapters(self) -> dict[str, list[str]]:
        """{"1": ["1.1", "1.2", …], …}"""
        found: dict[str, list[str]] = {}
        for each in self.exercises.values():
            found.setdefault(each.chapter, []).append(each.id)
        return found


def load() -> Catalogue:
    """The catalogue of the course that is installed; takes about as long as importing torch.

    Raises CourseError where the exercises can't be loaded, with the reason.
    """
    ran = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, encoding="utf-8")
    if ran.returncode:
        reason = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(f"The exercises can't be loaded: {reason}")
    return Catalogue(Known(**each) for each in json.loads(ran.stdout))


def _from_registry() -> list[Known]:
    from course_utils import exercises

    return [
        Known(each.id, each.title, each.minutes, each.points, len(each.hints), _sentences(each))
        for chapter in exercises.all_chapters()
        for each in chapter.exercises
    ]


def _sentences(exercise) -> dict[str, str]:
    return {name: feedback for name, (_, feedback) in exercise.mistakes.items()}


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    json.dump([asdict(each) for each in _from_registry()], sys.stdout)
