"""The gate itself: what of an exercise is mutated, and which mutants its check lets pass."""

import ast
import inspect
import os
import textwrap
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from course_utils.authoring.mutation.axes import watched
from course_utils.authoring.mutation.children import STOPPED, run_in_children
from course_utils.authoring.mutation.mutants import Mutant, mutants
from course_utils.authoring.mutation.nodes import Setting, link, span
from course_utils.authoring.regions import find_regions
from course_utils.authoring.slicing import answerer
from course_utils.authoring.source import ChapterSource
from course_utils.cells.names import names
from course_utils.cells.syntax import parse

LONGEST_RUN = 2.0
"""Answers that take longer than these seconds of processor time train something large: they are not mutated."""


class Subject(NamedTuple):
    """Something right to be changed: the reference (then `name` is empty) or a rewrite.

    `line` is where the first line of `source` stands in the file `path`; `lines` (from 1) may be changed. `answer`
    makes an answer of a changed text. One that `changes_things` made by cells before it needs them fresh every time.
    """

    name: str
    path: str
    line: int
    source: str
    lines: frozenset[int]
    kinds: Mapping[str, str]
    trained: bool
    changes_things: bool
    answer: Callable[[str, dict[str, Any]], Any]


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
    faults, notes, survivors, made = [], [], {}, 0
    for subject in [reference(chapter, exercise), *rewritten(chapter, exercise)]:
        verdicts = _verdicts(exercise, subject)
        if isinstance(verdicts, str):
            (notes if verdicts.startswith("takes") else faults).append(f"{subject.name or 'the reference'} {verdicts}")
            continue
        made += len(verdicts)
        prefix = f"{subject.name}, " if subject.name else ""
        survivors |= {prefix + mutant.key: (mutant, subject) for mutant, alive in verdicts if alive}
    equivalent = exercise.equivalent
    faults += [_survived(key, *found) for key, found in survivors.items() if key not in equivalent]
    faults += [f"`equivalent` lists “{key}”, and no such mutant survives" for key in equivalent if key not in survivors]
    listed = f" ({len(equivalent)} listed)" if equivalent else ""
    tried = f"{made} mutant{'s' if made != 1 else ''}{listed}" + "".join(f"; {note}" for note in notes)
    return Found(faults, tried, made, made - len(survivors), tuple(survivors))


def reference(chapter: ChapterSource, exercise: Any) -> Subject:
    """The answer cell, to be changed inside its solution regions."""
    cell = chapter.answers()[exercise.id]
    regions, _ = find_regions(cell.source)
    lines = frozenset(line for region in regions for line in range(region.begin + 2, region.end + 1))
    function = _function(parse(cell.source))
    trained = function is not None and function.name in trained_names(chapter)
    answer, said = answerer(chapter, exercise.id), names(cell.source)
    changes = function is None and (_is_experiment(exercise) or bool(said.binds - said.rebinds))
    return Subject("", chapter.path, cell.line, cell.source, lines, _kinds(function), trained, changes, answer)


def rewritten(chapter: ChapterSource, exercise: Any) -> list[Subject]:
    """The first rewrite, if it is a function whose source can be had; its parameters are what the oracle calls them."""
    first = next((r for r in exercise.rewrites if inspect.isfunction(r) and r.__name__ != "<lambda>"), None)
    if first is None or first.__closure__:
        return []
    try:
        written, start = inspect.getsourcelines(first)
    except OSError:
        return []
    tree = ast.parse(source := textwrap.dedent("".join(written)))
    function = _function(tree)
    lines = frozenset(range(function.body[0].lineno, function.end_lineno + 1))
    path = inspect.getsourcefile(first) or ""
    shown = path[path.rindex("course_utils") :] if "course_utils" in path else os.path.basename(path)
    oracle = getattr(exercise, "oracle", None)
    given = list(inspect.signature(oracle).parameters.values()) if oracle else []
    kinds = {a.arg: _kind(p.annotation) for a, p in zip(function.args.args, given)}

    def answer(text: str, more: dict[str, Any]) -> Any:
        space = {**first.__globals__, **more}
        plain = ast.parse(text)
        plain.body[0].decorator_list = []
        exec(compile(plain, "<mutant>", "exec"), space)
        return space[function.name]() if _is_experiment(exercise) else space[function.name]

    return [Subject(first.__name__, shown, start, source, lines, kinds, False, False, answer)]


def trained_names(chapter: ChapterSource) -> set[str]:
    """Names of functions that a cell with a `backward` needs, directly or through another function of the chapter."""
    found: set[str] = set()
    for cell in reversed([cell for cell in chapter.cells if cell.kind == "code"]):
        said = names(cell.source)
        if "backward(" in cell.source or said.binds & found:
            found |= said.needs | said.binds
    return found


def _verdicts(exercise: Any, subject: Subject) -> list[tuple[Mutant, bool]] | str:
    """Each mutant and whether it passes; or why there is none: "takes 3 s …", or what keeps the gate from working."""
    refuses = exercise.refusal(0)
    (told,) = run_in_children([lambda: _observed(exercise, subject, refuses)], 2 * LONGEST_RUN)
    if told == STOPPED or (told is not None and told["seconds"] > LONGEST_RUN):
        return f"takes more than {LONGEST_RUN:.0f} s, too long to be mutated"
    if told is None or not told["passed"]:
        return "does not pass in a process of its own, where mutants are tried"
    axes = {tuple(place): count for place, count in told["axes"]}
    setting = Setting(subject.kinds, axes, subject.trained and told["differentiable"], _is_experiment(exercise))
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
    tree, axes = ast.parse(subject.source), {}
    link(tree)
    places = [node for node in watched(tree) if node.lineno in subject.lines]

    def seen(n: int, value: Any) -> Any:
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(count := getattr(first, "ndim", None), int):
            axes[span(places[n])] = min(count, axes.get(span(places[n]), count))
        return value

    for n, node in enumerate(places):
        around, name, index = node.above
        spy = ast.Call(ast.Name("__seen__", ast.Load()), [ast.Constant(n), getattr(around, name)], [])
        if index is None:
            setattr(around, name, spy)
        else:
            spy.args[1] = getattr(around, name)[index]
            getattr(around, name)[index] = spy
    started = time.process_time()
    answer = subject.answer(ast.unparse(tree), {"__seen__": seen})
    passed = _passes(exercise, answer, refuses)
    seconds = time.process_time() - started
    return {
        "passed": passed,
        "seconds": seconds,
        "differentiable": subject.trained and _differentiable(exercise, answer),
        "axes": list(axes.items()),
    }


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


def _is_experiment(exercise: Any) -> bool:
    from course_utils.checking import ExperimentExercise

    return isinstance(exercise, ExperimentExercise)


def _function(tree: ast.Module | None) -> ast.FunctionDef | None:
    return next((node for node in (tree.body if tree else ()) if isinstance(node, ast.FunctionDef)), None)


def _kinds(function: ast.FunctionDef | None) -> dict[str, str]:
    given = function.args.args if function is not None else []
    return {a.arg: ast.unparse(a.annotation).partition("[")[0] if a.annotation else "" for a in given}


def _kind(annotation: Any) -> str:
    """ "Float" for `Float[Tensor, "n"]`, "int" for `int`; "" for none."""
    if annotation is inspect.Parameter.empty:
        return ""
    return getattr(annotation, "__name__", str(annotation)).partition("[")[0]
