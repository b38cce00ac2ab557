"""What the board knows of each exercise. Another process reads it, once for each state of the course, so that the
server never loads torch, and a restart is quick."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from platformdirs import user_cache_dir

from course_utils.authoring.errors import CourseError
from course_utils.writing import replacing


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


def load(kept: Path | None = None) -> Catalogue:
    """The catalogue of the course that is installed; the first time it takes as long as importing torch.

    kept: the file in which it is found the next time; without it, one in the user's cache.

    Raises CourseError where the exercises can't be loaded, with the reason.
    """
    kept = kept or Path(user_cache_dir("superposition-course", appauthor=False)) / "board-catalogue.json"
    of = _fingerprint()
    with suppress(OSError, ValueError, KeyError, TypeError):  # none there, damaged, or of another version
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["of"] == of:
            return Catalogue(Known(**each) for each in found["exercises"])
    exercises = _read_elsewhere()
    with suppress(OSError):  # it is only quicker with it
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as (beside,):
            beside.write_text(json.dumps({"of": of, "exercises": exercises}), encoding="utf-8")
    return Catalogue(Known(**each) for each in exercises)


def _fingerprint() -> str:
    """Of every source of the course: sentences may hold numbers that are computed anywhere."""
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read_elsewhere() -> list[dict]:
    ran = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, encoding="utf-8")
    if ran.returncode:
        reason = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CourseError(f"The exercises can't be loaded: {reason}")
    return json.loads(ran.stdout)


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
