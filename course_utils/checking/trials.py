"""The cases of a function exercise, the laws that right answers obey, and what an answer did with a case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from course_utils.checking.difference import STAGES, Difference, Part
from course_utils.checking.guard import Outcome


@dataclass(frozen=True)
class Case:
    """The arguments of one call, or its only argument. `note` says what is special ("with a dropped feature")."""

    args: Any
    note: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            object.__setattr__(self, "args", (self.args,))
        if not isinstance(self.note, str):
            raise TypeError("Case takes the arguments of a call as one tuple: Case((W, x)), not Case(W, x)")


class Law(NamedTuple):
    """A property of right answers, on every case. `holds` returns None, or what is broken (or a mistake's name)."""

    says: str
    holds: Callable[..., str | None]


def law(says: str) -> Callable[[Callable], Law]:
    """Decorator: `@law("rotating the hidden space changes nothing") def rotation(answer, W): ...`."""
    return lambda holds: Law(says, holds)


class Trial(NamedTuple):
    """One case, what the answer did with it, and how that differs from the oracle, part by part and first of all."""

    case: Case
    expected: Any
    outcome: Outcome
    parts: list[Part]
    difference: Difference | None

    @property
    def right(self) -> bool:
        return self.outcome.error is None and self.difference is None and self.outcome.changed is None


def worst(trials: list[Trial]) -> Trial | None:
    """The first trial that fails at the earliest stage: an error, then type, shape … values, then a changed input."""

    def rank(trial: Trial) -> int | None:
        if trial.outcome.error is not None:
            return -1
        if trial.difference is not None:
            return STAGES.index(trial.difference.stage)
        return len(STAGES) if trial.outcome.changed is not None else None

    return min((t for t in trials if rank(t) is not None), key=rank, default=None)
