"""The gate itself: which mutants of an exercise its check lets pass."""

import ast
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from course_utils.authoring.mutation.axes import watched
from course_utils.authoring.mutation.children import STOPPED, run_in_children
from course_utils.authoring.mutation.mutants import Mutant, mutants
from course_utils.authoring.mutation.nodes import Setting, Span, link, literal, span
from course_utils.authoring.mutation.subjects import Subject, is_experiment, reference, rewritten
from course_utils.authoring.source import ChapterSource

LONGEST_RUN = 20.0
"""An answer that takes longer than these seconds of processor time can't be mutated, and must say so in `unmutated`.

Ten times the 2 s from which it may say so: a busy machine needs several times the processor time of a quiet one.
"""


class Found(NamedTuple):
    """What the gate found. `tried` says it short, like "37 mutants (2 listed)"."""

    faults: list[str]
    tried: str
    made: int = 0
    killed: int = 0
    survivors: tuple[str, ...] = ()


def mutant_faults(chapter: ChapterSource, exercise: Any) -> Found:
    """Gate 5: every mutant of the reference and of one rewrite is rejected, or is listed in `equivalent`.

    The reference must be one that passes (gate 2).
    """
    if not hasattr(os, "fork"):
        return Found([], "mutants not tried: this system can't fork")
    faults, survivors, made = [], {}, 0
    for subject in [*([] if exercise.unmutated else [reference(chapter, exercise)]), *rewritten(exercise)]:
        verdicts = _verdicts(exercise, subject)
        if isinstance(verdicts, str):
            faults.append(f"{subject.name or 'the reference'} {verdicts}")
            continue
        made += len(verdicts)
        prefix = f"{subject.name}, " if subject.name else ""
        survivors |= {prefix + mutant.key: (mutant, subject) for mutant, alive in verdicts if alive}
    listed = exercise.equivalent
    faults += [_survived(key, *found) for key, found in survivors.items() if key not in listed]
    faults += [f"`equivalent` lists “{key}”, and no such mutant survives" for key in listed if key not in survivors]
    return Found(faults, _tried(made, exercise), made, made - len(survivors), tuple(survivors))


def _tried(made: int, exercise: Any) -> str:
    also = [f"{len(exercise.equivalent)} listed"] if exercise.equivalent else []
    also += ["not of the reference"] if exercise.unmutated else []
    return f"{made} mutant{'s' if made != 1 else ''}" + (f" ({', '.join(also)})" if also else "")


def _verdicts(exercise: Any, subject: Subject) -> list[tuple[Mutant, bool]] | str:
    """Each mutant and whether it passes; or why none can be tried."""
    refuses = exercise.refusal(0)
    (told,) = run_in_children([lambda: _observed(exercise, subject, refuses)], LONGEST_RUN)
    if told == STOPPED:
        return f"takes more than {LONGEST_RUN:.0f} s, too long to be mutated: say so in `unmutated`"
    if told is None or not told["passed"]:
        return "does not pass in a process of its own, where mutants are tried"
    axes = {tuple(place): count for place, count in told["axes"]}
    setting = Setting(subject.kinds, axes, subject.trained and told["differentiable"], is_experiment(exercise))
    made = mutants(subject.source, subject.lines, setting)
    tasks = [lambda text=mutant.source: _passes(exercise, subject.answer(text, {}), refuses) for mutant in made]
    alive = run_in_children(tasks, 1 + 5 * told["seconds"], alone=subject.changes_things)
    return [(mutant, passes is True) for mutant, passes in zip(made, alive)]


def _passes(exercise: Any, answer: Any, refuses: Callable[[Any], bool]) -> bool:
    from course_utils.checking import run_check

    return not refuses(answer) and run_check(exercise, answer).status == "passed"


def _observed(exercise: Any, subject: Subject, refuses: Callable[[Any], bool]) -> dict[str, Any]:
    """What the unchanged code does: does it pass, in how many seconds, can a gradient go through it, and the number of
    axes of what its calls work on."""
    axes: dict[Span, int] = {}

    def seen(place: Span, value: Any) -> Any:
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(count := getattr(first, "ndim", None), int):
            axes[place] = min(count, axes.get(place, count))
        return value

    started = time.process_time()
    answer = subject.answer(_with_spies(subject), {"__seen__": seen})
    passed = _passes(exercise, answer, refuses)
    return {
        "passed": passed,
        "seconds": time.process_time() - started,
        "differentiable": subject.trained and _differentiable(exercise, answer),
        "axes": list(axes.items()),
    }


def _with_spies(subject: Subject) -> str:
    """The code, in which `x.sum(1)` is `__seen__((3, 4, 3, 5), x).sum(1)`: the span of `x`, and `x`."""
    link(tree := ast.parse(subject.source))
    for node in [node for node in watched(tree) if node.lineno in subject.lines]:
        around, name, index = node.above
        field = getattr(around, name)
        spied = field if index is None else field[index]
        spy = ast.Call(ast.Name("__seen__", ast.Load()), [literal(span(node)), spied], [])
        if index is None:
            setattr(around, name, spy)
        else:
            field[index] = spy
    return ast.unparse(tree)


def _differentiable(exercise: Any, answer: Callable) -> bool:
    """Whether what `answer` makes of its first case depends on it in a way that a gradient can follow."""
    import torch

    def given(value: Any) -> Any:
        is_float = isinstance(value, torch.Tensor) and value.is_floating_point()
        return value.detach().clone().requires_grad_() if is_float else value

    try:
        result = answer(*map(given, exercise.first_case(0).args))
    except RuntimeError:  # it works in place on what it is given
        return True
    parts = result if isinstance(result, tuple | list) else [result]
    return any(getattr(part, "requires_grad", False) for part in parts)


def _survived(key: str, mutant: Mutant, subject: Subject) -> str:
    """The report of a survivor: its key, where it stands, and the change as a diff."""
    where = f"{subject.path}:{subject.line + mutant.line - 1}"
    diff = [f"- {line}" for line in mutant.before.splitlines()] + [f"+ {line}" for line in mutant.after.splitlines()]
    return "\n              ".join([f"{key} passes the check ({where})", *diff])
