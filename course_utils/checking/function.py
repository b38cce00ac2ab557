"""Exercises whose answer is a function: called on several inputs and compared with an oracle, then held to laws."""

import inspect
import itertools
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch

from course_utils.checking import describe, diagnosis, guard
from course_utils.checking.diagnosis import Pair
from course_utils.checking.difference import STAGES, Difference, difference
from course_utils.checking.exercise import Exercise
from course_utils.checking.guard import Outcome
from course_utils.checking.report import Report


@dataclass(frozen=True)
class Case:
    """The arguments of one call, or its only argument. `note` says what is special ("with a dropped feature")."""

    args: Any
    note: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            object.__setattr__(self, "args", (self.args,))


class Law(NamedTuple):
    """A property of right answers, on every case. `holds` returns None, or what is broken (or a mistake's name)."""

    says: str
    holds: Callable[..., str | None]


def law(says: str) -> Callable[[Callable], Law]:
    """Decorator: `@law("rotating the hidden space changes nothing") def rotation(answer, W): ...`."""
    return lambda holds: Law(says, holds)


class Trial(NamedTuple):
    """One case, what the answer did with it, and how that differs from the oracle."""

    case: Case
    expected: Any
    outcome: Outcome
    difference: Difference | None


class FunctionExercise(Exercise, abstract=True):
    """The answer is a function from data to data.

    `oracle` must be written independently of the reference solution; its annotations name the parameters, axes and
    dtypes that feedback shows. With `random = True` the answer draws random numbers: the oracle then gives only type,
    shape and dtype, and the laws decide about values. Every call of a law has a seed of its own, the same ones in every
    check, so a function that is called twice draws twice, unless it seeds itself.
    """

    checked: ClassVar[str]
    """Completes "Checked on 3 …" after a right answer."""
    rtol: ClassVar[float] = 1e-4
    atol: ClassVar[float] = 1e-5
    random: ClassVar[bool] = False
    laws: ClassVar[list[Law]] = []

    @classmethod
    def required(cls) -> list[str]:
        return [*super().required(), "checked"]

    @abstractmethod
    def cases(self, rng: torch.Generator) -> Iterable[Any]:
        """Yield a Case, a tuple of arguments, or the only argument. Draw from `rng` and nothing else."""

    @property
    @abstractmethod
    def oracle(self) -> Callable:
        """The right answer, slow and plain. Written as a method of the exercise."""

    def examine(self, answer: Any, seed: int) -> Report:
        names = describe.parameters(self.oracle)
        if complaint := self._not_callable(answer, names):
            return self.failed(complaint)
        cases = self._drawn(seed)
        trials = self._try_all(answer, cases)
        stub = next((t.outcome.error for t in trials if t.outcome.error and guard.is_unfinished(t.outcome.error)), None)
        if stub is not None:
            return self._unfinished(stub)
        bad = _worst(trials)
        if bad is None:
            return self._examine_laws(answer, cases) or self.passed(self._praise(len(cases)))
        mistake = None if self.random else self._matching_mistake(cases, trials)
        return self._explain(answer, names, trials, bad, mistake)

    def refusal(self, seed: int) -> Callable[[Any], bool]:
        cases = self._drawn(seed)
        expected = [self._expected(case) for case in cases]

        def refuses(answer: Any) -> bool:
            outcomes = ((right, guard.call(answer, case.args)) for case, right in zip(cases, expected))
            return any(
                got.error is not None or got.changed is not None or self._difference(right, got.value) is not None
                for right, got in outcomes
            )

        return refuses

    def first_case(self, seed: int) -> Case:
        return self._drawn(seed)[0]

    def _drawn(self, seed: int) -> list[Case]:
        with guard.plain_torch():
            drawn = self.cases(torch.Generator("cpu").manual_seed(seed))
            return [case if isinstance(case, Case) else Case(case) for case in drawn]

    def _expected(self, case: Case) -> Any:
        with guard.plain_torch():
            return self.oracle(*guard.clone(case.args))

    def _try_all(self, answer: Callable, cases: list[Case]) -> list[Trial]:
        """Run the cases up to the first that raises."""
        trials = []
        for case in cases:
            try:
                outcome = guard.call(answer, case.args)
            except KeyboardInterrupt as stop:
                stop.args = (describe.arguments(describe.parameters(self.oracle), case.args),)
                raise
            expected = diff = None
            if outcome.error is None:
                expected = self._expected(case)
                diff = self._difference(expected, outcome.value)
            trials.append(Trial(case, expected, outcome, diff))
            if outcome.error is not None:
                break
        return trials

    def _difference(self, expected: Any, got: Any) -> Difference | None:
        dims = describe.returned(self.oracle).dims
        diff = difference(expected, got, dims, rtol=self.rtol, atol=self.atol)
        return None if self.random and diff is not None and diff.stage == "value" else diff

    def _examine_laws(self, answer: Callable, cases: list[Case]) -> Report | None:
        seeds = itertools.count()

        def called(*args: Any) -> Any:
            outcome = guard.call(answer, args, next(seeds))
            if outcome.error is not None:
                raise outcome.error
            return outcome.value

        for rule in self.laws:
            for case in cases:
                try:
                    broken = rule.holds(called, *guard.clone(case.args))
                except Exception as error:
                    broken = f"it raised {type(error).__name__}: {error}"
                if broken is None:
                    continue
                mistake = broken if broken in self.mistakes else None
                said = f"A right answer has this property, and yours does not: {rule.says}."
                return self.failed(said, self._inputs(case), mistake=mistake, key=None if mistake else broken)
        return None

    def _unfinished(self, stub: NotImplementedError) -> Report:
        """Not attempted: the answer itself, or an earlier exercise whose answer it calls."""
        report = Report(self.id, "not attempted", "Not attempted yet.")
        other = re.match(r"Exercise (\d+\.\d+)", str(stub))
        if other is None or other[1] == self.id:
            return report
        return report.plus(f"Your function calls your answer to exercise {other[1]}, which is still empty.")

    def _matching_mistake(self, cases: list[Case], trials: list[Trial]) -> str | None:
        """The known mistake that does exactly what the learner's answer did, on every case tried."""
        for name, (wrong, _) in self.mistakes.items():
            if all(_same_outcome(guard.call(wrong, t.case.args), t.outcome, self.rtol, self.atol) for t in trials):
                return name
        return None

    def _explain(self, answer: Callable, names, trials: list[Trial], bad: Trial, mistake: str | None) -> Report:
        where = self._inputs(bad.case)
        if bad.outcome.error is not None:
            return self._explain_error(bad, where, mistake)
        if bad.difference is None:
            changed = names[bad.outcome.changed].name
            said = f"The result is right, but your function changed its input `{changed}` in place."
            return self.failed(
                said,
                where,
                mistake=mistake,
                key="Work on a new tensor: avoid `+=`, `[...] =` and functions ending in `_` on an argument.",
            )
        diff = bad.difference
        right = _so_far(diff.stage, len(trials))
        place = f"in `result{diff.where}` " if diff.where else ""
        seen = f"{place}{diff.message}"
        key = None if mistake else self._general_story(answer, names, trials, bad)
        return self.failed(right, where, seen[0].upper() + seen[1:], mistake=mistake, key=key)

    def _explain_error(self, bad: Trial, where: str, mistake: str | None) -> Report:
        error = bad.outcome.error
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        line = guard.learner_line(error)
        return self.failed(
            "Your function raised an error.", where, code=f"{line}\n{said}" if line else said, mistake=mistake
        )

    def _general_story(self, answer: Callable, names, trials: list[Trial], bad: Trial) -> str | None:
        diff = bad.difference
        if diff.stage == "shape":
            return diagnosis.shape_story(diff.expected, diff.got, self.rtol, self.atol)
        if diff.stage != "value":
            return None
        if (changed := next((t.outcome.changed for t in trials if t.outcome.changed is not None), None)) is not None:
            return f"Your function also changes its input `{names[changed].name}` in place: begin by mending that."
        done = [t for t in trials if t.outcome.error is None]
        pairs = [Pair(t.expected, t.outcome.value, diagnosis.named_sizes(names, t.case.args)) for t in done]
        return (
            diagnosis.constant_answer([t.expected for t in done], [t.outcome.value for t in done])
            or diagnosis.lost_argument(answer, self.oracle, names, [t.case.args for t in done], self.rtol, self.atol)
            or diagnosis.value_story(pairs, self.rtol, self.atol)
        )

    def _inputs(self, case: Case) -> str:
        shown = describe.arguments(describe.parameters(self.oracle), case.args)
        return f"Input {case.note}: {shown}" if case.note else f"Input: {shown}"

    def _praise(self, n: int) -> str:
        laws = "".join(f", and that {rule.says}" for rule in self.laws)
        return f"Checked on {n} {self.checked}{laws}."

    def _not_callable(self, answer: Any, names) -> str | None:
        call = f"({', '.join(named.name for named in names)})"
        if not callable(answer) or isinstance(answer, type):
            return (
                f"This exercise wants a function of {call}, and you handed in {describe.kind(answer)}. "
                f'Give the name of your function without calling it: `check("{self.id}", your_function)`.'
            )
        try:
            inspect.signature(answer).bind(*names)
        except TypeError:
            yours = inspect.signature(answer)
            return (
                f"Your function takes {yours}, and it is called with {len(names)} arguments: {call}. "
                "Keep the signature that the cell came with."
            )
        except ValueError:  # some built-in functions don't tell their signature: calling them will
            pass
        return None


def _worst(trials: list[Trial]) -> Trial | None:
    """The first trial that fails at the earliest stage: an error, then type, shape … values, then a changed input."""

    def rank(trial: Trial) -> int | None:
        if trial.outcome.error is not None:
            return -1
        if trial.difference is not None:
            return STAGES.index(trial.difference.stage)
        return len(STAGES) if trial.outcome.changed is not None else None

    return min((t for t in trials if rank(t) is not None), key=rank, default=None)


def _so_far(stage: str, n: int) -> str:
    """What is already right, so that a learner doesn't search there."""
    words = {"type": "type", "shape": "shape", "dtype": "dtype", "finite": "no nan or inf"}
    before = [words[s] for s in STAGES[: STAGES.index(stage)]]
    cases = f"{n} case" if n == 1 else f"{n} cases"
    return f"It runs ({cases}). Right so far: {', '.join(before)}." if before else f"It runs ({cases})."


def _same_outcome(a: Outcome, b: Outcome, rtol: float, atol: float) -> bool:
    if a.error is not None or b.error is not None:
        # By name, for it may come from another process; and by message, for not every TypeError is this mistake's.
        return type(a.error).__name__ == type(b.error).__name__ and str(a.error) == str(b.error)
    return a.changed == b.changed and guard.same(a.value, b.value, rtol, atol)
