"""The report of a wrong function: what is right already, the first failing case, and what it points to."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking import describe, diagnosis, guard
from course_utils.checking.describe import Named
from course_utils.checking.difference import STAGES, Difference
from course_utils.checking.errors import error_story
from course_utils.checking.exercise import Exercise
from course_utils.checking.guesses import which
from course_utils.checking.inputs import Subject, counterfactual_story
from course_utils.checking.lists import list_story, lists_shown
from course_utils.checking.minimal import minimal_story
from course_utils.checking.order_of_results import order_of_results_story
from course_utils.checking.outside import outside_story
from course_utils.checking.pairs import Numbers, named_sizes, numbers
from course_utils.checking.places import cases_story
from course_utils.checking.report import Report
from course_utils.checking.scaling import scaling_story
from course_utils.checking.shapes import shape_story
from course_utils.checking.simpler import simpler_story
from course_utils.checking.tame import tame
from course_utils.checking.trials import Case, Trial, worst

_log = logging.getLogger(__name__)


FEWEST_THAT_RUN = 3
"""Cases without an error from which something is said although others raise one."""


class Seen(NamedTuple):
    """What is known about a wrong answer. `more`: trials of a second draw; None if it may not be called again.

    `oracle` knows what is right, `tolerance` (relative, absolute) how nearly; `law` says which law is broken, if any;
    `known` is the name of the mistake that does the same in these trials.
    """

    exercise: Exercise
    answer: Callable
    oracle: Callable
    tolerance: tuple[float, float]
    law: Callable[[], str | None]
    known: Callable[[list[Trial]], str | None]
    names: list[Named]
    trials: list[Trial]
    more: list[Trial] | None

    @property
    def all(self) -> list[Trial]:
        return [t for t in [*self.trials, *(self.more or ())] if t.outcome.error is None]


def explain(seen: Seen, mistake: str | None) -> Report:
    """`mistake`: the known one that this is."""
    bad = worst(seen.trials)
    where = inputs(seen.names, bad.case)
    if bad.outcome.error is not None:
        return _explain_error(seen, bad, where, mistake)
    if bad.difference is None:
        changed = seen.names[bad.outcome.changed].name
        said = f"The result is right, but your function changed its input `{changed}` in place."
        advice = "Work on a new tensor: avoid `+=`, `[...] =` and functions ending in `_` on an argument."
        return seen.exercise.failed(said, where, mistake=mistake, key=advice)
    diff = bad.difference
    place = f"in `result{diff.where}` " if diff.where else ""
    text = f"{place}{diff.message}{lists_shown(diff.expected, diff.got)}"
    lines = [_so_far(diff.stage, len(seen.trials)), where, text[0].upper() + text[1:], *_which_parts(seen, bad)]
    if mistake is None and diff.stage in ("finite", "value"):
        lines += _which_cases(seen.trials)
    key, more = (None, []) if mistake else _told(seen, diff)
    more += [] if mistake else _outside(seen)
    return seen.exercise.failed(*lines, *more, mistake=mistake, key=key)


def inputs(names: list[Named], case: Case) -> str:
    shown = describe.arguments(names, case.args)
    return f"Input {case.note}: {shown}" if case.note else f"Input: {shown}"


def conformed(value: Any, like: Any) -> Any:
    """A result in the form that laws are written for: the dtype of the oracle's, and a tensor where it gives one."""
    if isinstance(like, (tuple, list)) and isinstance(value, (tuple, list)) and len(like) == len(value):
        return tuple(conformed(v, e) for v, e in zip(value, like))
    if not isinstance(like, Tensor):
        return value
    if isinstance(value, (int, float)) and like.ndim == 0:
        return torch.tensor(value, dtype=like.dtype)
    if isinstance(value, Tensor) and value.is_floating_point() == like.is_floating_point():
        return value.to(like.dtype)
    return value


def _explain_error(seen: Seen, bad: Trial, where: str, mistake: str | None) -> Report:
    error = bad.outcome.error
    text = guard.message(error)
    said = f"{type(error).__name__}: {text}".rstrip(": ")
    line = guard.learner_line(error)
    story = None if mistake else error_story(type(error).__name__, text, named_sizes(seen.names, bad.case.args))
    lines = ["Your function raised an error.", where, *_where_it_runs(seen.trials)]
    lines += [] if mistake else _outside(seen)
    there, known = (None, None) if mistake else _wrong_where_it_runs(seen)
    key = " ".join([*([story] if story else []), *([f"Where it runs: {there}"] if there else [])]) or None
    report = seen.exercise.failed(*lines, code=f"{line}\n{said}" if line else said, mistake=mistake, key=key)
    return replace(report, mistake=known) if known else report


def _outside(seen: Seen) -> list[str]:
    says = outside_story(seen.answer, [named.name for named in seen.names])
    return [says] if says else []


def _wrong_where_it_runs(seen: Seen) -> tuple[str | None, str | None]:
    """What is wrong in the cases without an error; and the known mistake, if it is one."""
    ran = [trial for trial in seen.trials if trial.outcome.error is None]
    wrong = worst(ran)
    if wrong is None or wrong.difference is None or len(ran) < FEWEST_THAT_RUN:
        return None, None
    more = None if seen.more is None else [trial for trial in seen.more if trial.outcome.error is None]
    known = seen.known([*ran, *(more or ())])
    if known:
        return seen.exercise.feedback(known), known
    return _told(seen._replace(trials=ran, more=more), wrong.difference)[0], None


def _where_it_runs(trials: list[Trial]) -> list[str]:
    """Where some cases raise an error and others don't: which, and whether those are right."""
    raised = [trial.outcome.error is not None for trial in trials]
    if all(raised):
        return []
    right = [trial.right for trial in trials]
    if right == [not r for r in raised]:
        return [cases_story([t.case.note for t in trials], right) or ""]
    runs = describe.count(len(raised) - sum(raised), "other case")
    return [f"It runs in {runs}{'' if any(right) else ', and is wrong there'}."]


def _so_far(stage: str, n: int) -> str:
    """What is already right, so that a learner doesn't search there."""
    words = {"type": "type", "shape": "shape", "dtype": "dtype", "finite": "no nan or inf"}
    before = [words[s] for s in STAGES[: STAGES.index(stage)]]
    cases = describe.count(n, "case")
    return f"It runs ({cases}). Right so far: {', '.join(before)}." if before else f"It runs ({cases})."


def _which_parts(seen: Seen, bad: Trial) -> list[str]:
    """Of several results, those that are right in this case."""
    if says := seen.exercise.remark(seen.trials):
        return [says]
    return [which(bad.parts)] if 1 < len(bad.parts) <= 10 else []


def _which_cases(trials: list[Trial]) -> list[str]:
    says = cases_story([t.case.note for t in trials], [t.difference is None for t in trials])
    return [says] if says else []


def _told(seen: Seen, diff: Difference) -> tuple[str | None, list[str]]:
    """A story is an extra: one that fails must not cost the learner the report."""
    try:
        return _story(seen, diff)
    except Exception:
        _log.debug("a diagnosis failed", exc_info=True)
        return None, []


def _story(seen: Seen, diff: Difference) -> tuple[str | None, list[str]]:
    """What the numbers say, for a mistake that nobody has named; and what may be said besides."""
    changed = next((t.outcome.changed for t in seen.trials if t.outcome.changed is not None), None)
    if changed is not None and diff.stage == "value":
        name = seen.names[changed].name
        return f"Your function also changes its input `{name}` in place: begin by mending that.", []
    axes = describe.at(describe.returned(seen.oracle), diff.where)
    drawn = getattr(seen.exercise, "random", False)
    if diff.stage == "dtype" and drawn:
        return None, []  # nothing is known of values that are drawn
    dims = axes.dims if describe.of_one_tensor(axes) else None
    if diff.stage == "type":
        return _right_within(diff, seen), []
    if diff.stage == "shape":
        return _other_order(seen) or _of_lists(seen) or _shape(seen, diff, dims), []
    found = _numbers(seen, diff.where, dims)
    if diff.stage == "finite":
        return diagnosis.story_of_infinities(found, drawn), []
    return _story_of_values(seen, diff, found)


def _story_of_values(seen: Seen, diff: Difference, found: Numbers | None) -> tuple[str | None, list[str]]:
    subject = _subject(seen) if seen.more is not None else None
    if strong := _other_order(seen) or diagnosis.strong_story(subject, found):
        return strong, []
    if subject is None or diff.stage != "value":
        return diagnosis.weak_story(found), []
    if diff.where and (alone := diagnosis.story_of_part(_of_part(seen, subject, diff.where))):
        return f"`result{diff.where}` alone: {alone[0].lower()}{alone[1:]}", []
    if hidden := scaling_story(subject) or simpler_story(subject, found.dims if found else None):
        return hidden, [*([law] if (law := seen.law()) else []), *_small(seen, subject)]
    weak, law = diagnosis.weak_story(found), seen.law()
    return law or weak, [*([weak] if weak and law else []), *_small(seen, subject)]


def _small(seen: Seen, subject: Subject) -> list[str]:
    says = minimal_story(subject, [right for right in seen.exercise.rewrites if right is not subject.quick])
    return [says] if says else []


def _subject(seen: Seen) -> Subject:
    cases = [(t.case.args, t.expected, t.outcome.value) for t in seen.all]
    quick = next(iter(seen.exercise.rewrites), seen.oracle)
    exercise = seen.exercise
    return Subject(seen.answer, seen.oracle, quick, seen.names, cases, *seen.tolerance, exercise.fixed, exercise.lawful)


def _of_part(seen: Seen, subject: Subject, where: str) -> Subject:
    """The same question about one part of the result."""

    def part(function: Callable) -> Callable:
        return lambda *args: _at(tame(function(*args)), where)

    cases = [(trial.case.args, expected, got) for trial, expected, got in _parts_at(seen, where)]
    answer, oracle, quick = (part(f) for f in (subject.answer, subject.oracle, subject.quick))
    return subject._replace(answer=answer, oracle=oracle, quick=quick, cases=cases)


def _at(value: Any, where: str) -> Any:
    for key in where.strip("[]").split("]["):
        value = value[int(key)] if key.isdigit() else value[key.strip("'")]
    return value


def _parts_at(seen: Seen, where: str) -> list[tuple[Trial, Any, Any]]:
    return [(trial, p.expected, p.got) for trial in seen.all for p in trial.parts if p.where == where]


def _numbers(seen: Seen, where: str, dims: tuple[str, ...] | None) -> Numbers | None:
    found = [(expected, got, trial.case.args) for trial, expected, got in _parts_at(seen, where)]
    return numbers(found, dims, seen.names, *seen.tolerance)


def _shape(seen: Seen, diff: Difference, dims: tuple[str, ...] | None) -> str | None:
    wrong = [
        (trial, e, g)
        for trial, e, g in _parts_at(seen, diff.where)
        if not (isinstance(e, Tensor) and isinstance(g, Tensor) and e.shape == g.shape)
    ]
    sizes = [named_sizes(seen.names, trial.case.args) for trial, *_ in wrong]
    return shape_story([(e, g) for _, e, g in wrong], dims, sizes, *seen.tolerance)


def _of_lists(seen: Seen) -> str | None:
    """Lists of numbers that are too long or too short."""
    found = [(trial.expected, trial.outcome.value) for trial in seen.all]
    if (says := list_story(found)) is None:
        return None
    return (seen.more is not None and counterfactual_story(_subject(seen))) or says


def _right_within(diff: Difference, seen: Seen) -> str | None:
    """One of the things that came back is what was wanted, or only one of those that are wanted came back."""
    same = _subject(seen).same
    if isinstance(diff.got, (list, tuple)) and isinstance(diff.expected, Tensor):
        for i in range(min(len(diff.got), 6)):
            every = [(e, g) for _, e, g in _parts_at(seen, diff.where)]
            if all(isinstance(g, (list, tuple)) and len(g) > i and same(e, g[i]) for e, g in every):
                return f"Number {i + 1} of the {len(diff.got)} things that you return is right: return it alone."
    if isinstance(diff.expected, (list, tuple)) and isinstance(diff.got, Tensor):
        for i in range(len(diff.expected)):
            if all(same(e[i], g) for _, e, g in _parts_at(seen, diff.where)):
                return f"What you return is right as number {i + 1} of {len(diff.expected)}: return all of them."
    return None


def _other_order(seen: Seen) -> str | None:
    return order_of_results_story([(t.expected, t.outcome.value) for t in seen.all], _subject(seen).same)
