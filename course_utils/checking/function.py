"""Exercises whose answer is a function: called on several inputs and compared with an oracle, then held to laws."""

import inspect
import itertools
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import torch

from course_utils.checking import describe, explain, guard
from course_utils.checking.difference import STAGES, Part, difference, earliest, parts
from course_utils.checking.exercise import Exercise
from course_utils.checking.guard import Outcome
from course_utils.checking.report import Report
from course_utils.checking.state import plain_torch
from course_utils.checking.tame import article, tame
from course_utils.checking.trials import Case, Law, Trial, law, worst

__all__ = ["Case", "FunctionExercise", "Law", "Trial", "law"]

SECOND_DRAW = 7_919
"""Added to the seed: what is said of a wrong answer must hold on inputs of a second draw, too."""
QUICK_S = 0.3
"""Answers that take longer on all cases together aren't called again to find out more about them."""


class FunctionExercise(Exercise, abstract=True):
    """The answer is a function from data to data.

    `oracle` must be written independently of the reference solution; its annotations name the parameters, axes and
    dtypes that feedback shows. With `random = True` the answer draws random numbers: the oracle then gives only type,
    shape and dtype, and the laws decide about values. Every call of a law has a seed of its own, the same ones in every
    check, so a function that is called twice draws twice, unless it seeds itself. A result may be of any float dtype
    from float32 on, unless the annotation insists (`Float32[…]`).

    The report of a wrong answer tells which parts of the check it passes: "type and shape", "typical cases" (the first,
    and every one without a note) and "edges" (the other cases, and laws).
    """

    checked: ClassVar[str]
    """Completes "Checked on 3 …" after a right answer."""
    rtol: ClassVar[float] = 1e-4
    atol: ClassVar[float] = 1e-5
    random: ClassVar[bool] = False
    fixed: ClassVar[tuple[str, ...]] = ()
    """Arguments that may be neither cut down, rounded nor doubled to find out more: a rotation would be none."""
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
        trials = list(self._trials(answer, self._drawn(seed)))
        quick = sum(trial.outcome.seconds for trial in trials) < QUICK_S
        stub = next((t.outcome.error for t in trials if t.outcome.error and guard.is_unfinished(t.outcome.error)), None)
        if stub is not None:
            return self._unfinished(stub)
        if worst(trials) is None:
            broken = self._broken_law(answer, trials)
            if broken is None:
                return self.passed(self._praise(len(trials)))
            return replace(self._explain_law(*broken), parts=_passed_parts(trials))
        more = list(self._trials(answer, self._drawn(seed + SECOND_DRAW))) if quick else []
        mistake = None if self.random else self._matching_mistake(trials + more)
        law = partial(self._law_story, answer, trials)
        tolerance = (self.rtol, self.atol)
        again = more if quick else None
        known = self._matching_mistake if not self.random else lambda trials: None
        seen = explain.Seen(self, answer, self.oracle, tolerance, law, known, names, trials, again)
        return replace(explain.explain(seen, mistake), parts=_passed_parts(trials))

    def lawful(self, args: tuple) -> tuple:
        """Arguments that were cut down or rounded, made to keep what the text promises of them (rows of length 1)."""
        return args

    def remark(self, trials: list[Trial]) -> str | None:
        """What an exercise can say of the parts of a wrong result that belong together."""
        return None

    def refusal(self, seed: int) -> Callable[[Any], bool]:
        cases = self._drawn(seed)

        def refuses(answer: Any) -> bool:
            return any(not trial.right for trial in self._trials(answer, cases))

        return refuses

    def first_case(self, seed: int) -> Case:
        return self._drawn(seed)[0]

    def _drawn(self, seed: int) -> list[Case]:
        with plain_torch():
            drawn = self.cases(torch.Generator("cpu").manual_seed(seed))
            return [c if isinstance(c, Case) else Case(c) for c in drawn]

    def _trials(self, answer: Callable, cases: list[Case]) -> Iterator[Trial]:
        axes = describe.returned(self.oracle)
        for case in cases:
            try:
                outcome = guard.call(answer, case.args)
            except KeyboardInterrupt as stop:
                stop.args = (describe.arguments(describe.parameters(self.oracle), case.args),)
                raise
            if outcome.error is not None:
                yield Trial(case, None, outcome, [], None)
                continue
            with plain_torch():
                expected = self.oracle(*guard.clone(case.args))
            found = parts(expected, outcome.value, axes, rtol=self.rtol, atol=self.atol)
            if self.random:
                found = [p._replace(difference=None) if _of_value(p) else p for p in found]
            yield Trial(case, expected, outcome, found, earliest(found))

    def _broken_law(self, answer: Callable, trials: list[Trial]) -> tuple[Law, Case, str] | None:
        """The first law that the answer breaks, the case in which it does, and what the law says of it."""
        like, seeds = trials[0].expected, itertools.count()

        def called(*args: Any) -> Any:
            outcome = guard.call(answer, args, next(seeds))
            if outcome.error is not None:
                raise outcome.error
            return explain.conformed(outcome.value, like)

        for rule in self.laws:
            for trial in trials:
                try:
                    broken = rule.holds(called, *guard.clone(trial.case.args))
                except BaseException as error:
                    if not guard.is_own(error):
                        raise
                    broken = f"It raised {type(error).__name__}: {guard.message(error)}"
                if broken is not None:
                    return rule, trial.case, broken
        return None

    def _explain_law(self, rule: Law, case: Case, broken: str) -> Report:
        mistake = broken if broken in self.mistakes else None
        said = f"A right answer has this property, and yours does not: {rule.says}."
        where = explain.inputs(describe.parameters(self.oracle), case)
        return self.failed(said, where, mistake=mistake, key=None if mistake else broken)

    def _law_story(self, answer: Callable, trials: list[Trial]) -> str | None:
        """A law that a wrong answer breaks, where nothing else can be said of its values."""
        broken = self._broken_law(answer, trials)
        if broken is None:
            return None
        rule, _, said = broken
        known = said in self.mistakes or said.startswith("It raised")
        return f"One thing that right answers have and yours hasn't: {rule.says}.{'' if known else f' {said}'}"

    def _unfinished(self, stub: NotImplementedError) -> Report:
        """Not attempted: the answer itself, or an earlier exercise whose answer it calls."""
        report = Report(self.id, "not attempted", "Not attempted yet.")
        other = re.match(r"Exercise (\d+\.\d+)", guard.message(stub))
        if other is None or other[1] == self.id:
            return report
        return report.plus(f"Your function calls your answer to exercise {other[1]}, which is still empty.")

    def _matching_mistake(self, trials: list[Trial]) -> str | None:
        """The known mistake that does exactly what the learner's answer did, on every case; none if two do."""
        matching = []
        for name, (wrong, _) in self.mistakes.items():
            if all(self._same_outcome(guard.call(wrong, t.case.args), t.outcome) for t in trials):
                matching.append(name)
        return matching[0] if len(matching) == 1 else None

    def _same_outcome(self, a: Outcome, b: Outcome) -> bool:
        if a.error is not None or b.error is not None:
            # By name, for it may come from another process; and by message, for not every TypeError is this mistake's.
            return type(a.error).__name__ == type(b.error).__name__ and guard.message(a.error) == guard.message(b.error)
        return a.changed == b.changed and difference(a.value, b.value, rtol=self.rtol, atol=self.atol) is None

    def _praise(self, n: int) -> str:
        laws = "".join(f", and that {rule.says}" for rule in self.laws)
        return f"Checked on {n} {self.checked}{laws}."

    def _not_callable(self, answer: Any, names) -> str | None:
        call = f"({', '.join(named.name for named in names)})"
        is_class = issubclass(type(answer), type)
        if not callable(answer) or is_class:
            given = article("class") if is_class else describe.kind(tame(answer))
            return (
                f"This exercise wants a function of {call}, and you handed in {given}. "
                f'Give the name of your function without calling it: `check("{self.id}", your_function)`.'
            )
        try:
            signature = inspect.signature(answer)
        except Exception:  # some built-in functions don't tell their signature: calling them will
            return None
        try:
            signature.bind(*names)
        except TypeError:
            return (
                f"Your function takes {describe.cut(str(signature))}, and it is called with "
                f"{describe.count(len(names), 'argument')}: {call}. Keep the signature that the cell came with."
            )
        return None


def _passed_parts(trials: list[Trial]) -> dict[str, bool]:
    """The parts that a wrong answer passes, as its trials have shown; whoever breaks a law alone fails at the edges."""
    typical = [trial for n, trial in enumerate(trials) if n == 0 or not trial.case.note]
    formed = all(t.outcome.error is None and not (t.difference and _of_form(t.difference.stage)) for t in trials)
    return {"type and shape": formed, "typical cases": all(t.right for t in typical), "edges": False}


def _of_value(part: Part) -> bool:
    return part.difference is not None and part.difference.stage == "value"


def _of_form(stage: str) -> bool:
    return STAGES.index(stage) <= STAGES.index("shape")
