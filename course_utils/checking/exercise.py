"""What every exercise has, whatever its kind."""

from abc import ABC, ABCMeta, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from course_utils.checking.definition import check_exercise, check_mark, check_name
from course_utils.checking.report import Line, Report

UNANSWERED = (None, ..., NotImplemented)


class _Marked(NamedTuple):
    """A function in the body of an exercise's class that is a wrong answer (with feedback) or a right one (None)."""

    answer: Callable
    feedback: str | None


def mistake(feedback: str) -> Callable[[Callable], _Marked]:
    """Decorator, in the body of an exercise: a wrong answer, and the sentence it deserves.

    The function takes what an answer takes, without `self`; its name, with blanks, is what the mistake is called.

    >>> @mistake("The sum should skip j = i.")
    ... def counts_itself(W): ...
    """
    check_mark("mistake", feedback, mistake)

    def mark(answer: Callable) -> _Marked:
        check_mark("mistake", feedback, answer)
        return _Marked(answer, feedback)

    return mark


def rewrite(answer: Callable) -> _Marked:
    """Decorator, in the body of an exercise: a right answer that is written differently."""
    check_mark("rewrite", None, answer)
    return _Marked(answer, None)


class _Body(dict):
    """What a class's body binds. A second answer of the same name would silently take the place of the first."""

    def __setitem__(self, name: str, value: Any) -> None:
        check_name(name, isinstance(self.get(name), _Marked))
        if isinstance(value, staticmethod) and isinstance(value.__func__, _Marked):
            value = value.__func__  # in whichever order the decorators stand
        super().__setitem__(name, value)


class _ExerciseType(ABCMeta):
    @classmethod
    def __prepare__(metacls, name: str, bases: tuple[type, ...], **kwargs: Any) -> _Body:
        return _Body()


class Exercise(ABC, metaclass=_ExerciseType):
    """One exercise: everything that is known about it, apart from its text and its reference solution.

    Subclasses are FunctionExercise, ValueExercise and ExperimentExercise; an author subclasses one of these, fills in
    the attributes below, and writes wrong and right answers under `@mistake` and `@rewrite`. They are collected in
    `mistakes`, {name: (wrong answer, feedback)}, and `rewrites`, which values are written into directly. Both are run
    by `course verify`. A class that lacks something is refused when it is defined (see `definition`).
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
    equivalent: ClassVar[Mapping[str, str]] = {}
    """Mutants of the reference that are right answers too: {the mutant as `course verify` prints it: the reason}."""
    unmutated: ClassVar[str] = ""
    """Why no mutants of the reference are tried: one training takes 2 s or more, and a hundred of them too long."""
    seconds: ClassVar[float] = 1.0
    """How long a check of a reasonable answer may take."""

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        """`abstract=True` is for a kind of exercise, which has nothing to be collected or refused yet."""
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        marked = {name: value for name, value in vars(cls).items() if isinstance(value, _Marked)}
        for name in marked:
            delattr(cls, name)
        wrong = {name.replace("_", " "): tuple(m) for name, m in marked.items() if m.feedback is not None}
        right = [m.answer for m in marked.values() if m.feedback is None]
        if isinstance(given := getattr(cls, "mistakes", {}), Mapping):  # else it is refused below
            cls.mistakes = {**given, **wrong}
        cls.rewrites = [*getattr(cls, "rewrites", []), *right]
        check_exercise(cls)

    @classmethod
    def required(cls) -> list[str]:
        """Names of the attributes that an author must give."""
        return ["id", "title", "difficulty", "minutes", "points", "hints"]

    @abstractmethod
    def examine(self, answer: Any, seed: int) -> Report:
        """Check an answer that was attempted. Draws its inputs from `seed`."""

    def refusal(self, seed: int) -> Callable[[Any], bool]:
        """A quick test that is True only for answers that `examine` fails. One that it lets through may still fail.

        For those who ask hundreds of times, without wanting to know why (`course verify`, about mutants).
        """
        return lambda answer: False

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
    if type(answer) in (list, tuple):
        return any(part is ... or part is NotImplemented for part in answer)
    if type(answer) is dict:
        return any(part is ... or part is NotImplemented for part in answer.values())
    return False
