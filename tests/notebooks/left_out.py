"""A chapter with one exercise left out: which cells that concerns, and running just these where the chapter was run.

Everything else in the notebook is as it was in the full run, so it need not run again.
"""

import contextlib
import copy
import io
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from course_utils.cells.magics import python
from course_utils.cells.names import Names, bound_names, names


class Step(NamedTuple):
    """A cell to run, by its number among the code cells. `stub`: what an answer cell is without its answer."""

    cell: int
    source: str
    stub: str = ""


class Rehearsal(NamedTuple):
    """What to run, which names nobody has bound by then, and of which others the objects are changed in place."""

    steps: list[Step]
    gone: set[str]
    changed: set[str]


class Raised(NamedTuple):
    """A cell that raised."""

    cell: int
    exception: str
    message: str


def without(answer: int, cells: Sequence[str], stubs: dict[int, str]) -> Rehearsal:
    """The rehearsal of a chapter whose cell number `answer` holds its stub. `stubs`: of every answer cell.

    What runs is the stub; all later cells that need what it should have bound, directly or not; and where a name has
    several meanings in the chapter, the cell that gives it the one that is needed.
    """
    found, assigned = [names(source) for source in cells], [set(bound_names(source)) for source in cells]
    missing, dependent = set(assigned[answer]), [answer]
    for number in range(answer + 1, len(cells)):
        if found[number].needs & missing:
            dependent.append(number)
            missing |= found[number].binds
        else:
            missing -= found[number].rebinds
    chosen = _with_their_meanings(dependent, found, assigned)
    steps = [Step(number, cells[number], stubs.get(number, "")) for number in chosen]
    steps[chosen.index(answer)] = Step(answer, stubs[answer])
    gone = set().union(*(assigned[number] for number in dependent))
    changed = set().union(*(found[number].binds - assigned[number] for number in chosen))
    return Rehearsal(steps, gone, changed - gone)


def _with_their_meanings(dependent: list[int], found: list[Names], assigned: list[set[str]]) -> list[int]:
    """These cells and, for each name they need that several cells assign, the last of those before it."""
    chosen, waiting = set(dependent), list(dependent)
    while waiting:
        cell = waiting.pop()
        for name in found[cell].needs:
            before = [number for number in range(cell) if name in assigned[number]]
            ambiguous = sum(name in each for each in assigned) > 1
            if ambiguous and before and before[-1] not in chosen:
                chosen.add(before[-1])
                waiting.append(before[-1])
    return sorted(chosen)


def rehearse(rehearsal: Rehearsal, space: dict[str, Any]) -> list[Raised]:
    """Run it in a copy of `space`, the namespace that the full run left. What raised, in order.

    An answer that raises, because it is built on the one that is missing, is one that the learner can't have written
    either: its own stub takes its place.
    """
    space = {name: value for name, value in space.items() if name not in rehearsal.gone}
    for name in rehearsal.changed & space.keys():
        if isinstance(space[name], list | dict | set):
            space[name] = copy.copy(space[name])
    raised = []
    with _as_for_a_learner():
        for step in rehearsal.steps:
            error = _run(step.source, space)
            if error is not None and step.stub:
                error = _run(step.stub, space)
            if error is not None:
                raised.append(Raised(step.cell, type(error).__name__, str(error)))
    return raised


@contextlib.contextmanager
def _as_for_a_learner() -> Iterator[None]:
    """Checks show a card and don't raise; nothing is printed."""
    strict = os.environ.pop("COURSE_STRICT", None)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        if strict is not None:
            os.environ["COURSE_STRICT"] = strict


def _run(source: str, space: dict[str, Any]) -> Exception | None:
    try:
        exec(compile(python(source), "<cell>", "exec"), space)
    except Exception as error:
        return error
    return None
