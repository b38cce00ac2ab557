"""What every exercise has, whatever its kind."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from course_utils.checking.report import Line, Report

UNANSWERED = (None, ..., NotImplemented)


class Exercise(ABC):
    """One exercise: everything that is known about it, apart from its text and its reference solution.

    Subclasses are FunctionExercise, ValueExercise and ExperimentExercise; an author subclasses one of these and fills
    in the attributes below. `mistakes` maps a name to (wrong answer, feedback); `rewrites` are right answers that look
    different. Both are run by `course verify`.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    difficulty: ClassVar[str]
    """A warm-up, B core, C stretch, D open-ended."""
    minutes: ClassVar[int]
    points: ClassVar[int]
    needs: ClassVar[list[str]] = []
    hints: ClassVar[list[str]]
    """From a nudge to a near-answer, at least two."""
    mistakes: ClassVar[Mapping[str, tuple[Any, str]]]
    rewrites: ClassVar[list[Any]]
    seconds: ClassVar[float] = 1.0
    """How long a check of a reasonable answer may take."""

    @abstractmethod
    def examine(self, answer: Any, seed: int) -> Report:
        """Check an answer that was attempted. Draws its inputs from `seed`."""

    @property
    def chapter(self) -> str:
        return self.id.split(".")[0]

    def feedback(self, mistake: str) -> str:
        return self.mistakes[mistake][1]

    def passed(self, checked: str) -> Report:
        unit = "point" if self.points == 1 else "points"
        return Report(self.id, "passed", f"{self.points} {unit}.", (Line(checked),))

    def failed(
        self, *lines: str, mistake: str | None = None, key: str | None = None, code: str | None = None
    ) -> Report:
        """`lines` say what was seen; then the exception (`code`), and in bold the misconception."""
        body = [Line(line) for line in lines]
        if code:
            body.append(Line(code, "code"))
        if key := (self.feedback(mistake) if mistake else key):
            body.append(Line(key, "key"))
        return Report(self.id, "failed", "Not yet.", tuple(body), mistake)


def unanswered(answer: Any) -> bool:
    """True for a stub's `...`, for None, and for a structure that still holds one."""
    if any(answer is empty for empty in UNANSWERED):
        return True
    if isinstance(answer, (list, tuple)):
        return any(part is ... or part is NotImplemented for part in answer)
    if isinstance(answer, dict):
        return any(part is ... or part is NotImplemented for part in answer.values())
    return False
