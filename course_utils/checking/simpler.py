"""Where a wrong answer is right after all: once an argument is made simple (0, 1, a single place along an axis).

Simple inputs leave less of a formula. An answer that is right wherever a bias is 0 goes wrong in what it does with the
bias; one that is half of what is right there has two slips, or one that a sum had hidden.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking.describe import words
from course_utils.checking.factors import factor_story
from course_utils.checking.inputs import Subject
from course_utils.checking.pairs import Numbers, as_numbers, numbers
from course_utils.checking.relations import relation_story

MOST_CASES = 4
"""So many of the cases are tried, each with every simplification."""


class Simple(NamedTuple):
    """In words after "with", what it takes out of a formula ("with `b`", "along the axis n"), and how it is made."""

    says: str
    does: str
    hides: str
    make: Callable[[tuple], tuple]
    argument: int | None = None
    """That is made 0 or 1."""
    axes: tuple[str, ...] = ()
    """That are cut to a single place."""


def simpler_story(subject: Subject, dims: tuple[str, ...] | None) -> str | None:
    """With which arguments made simple the answer is right; else a relation that holds there. `dims` of the result."""
    cases = _wrong_first(subject)
    simplest = [s for s in _simplifications(subject, cases[0][0]) if not _wrong_alone(subject, s, dims, cases)]
    tried = [(simple, _found(subject, simple, cases)) for simple in simplest]
    hiding = [simple for simple, found in tried if found and _telling(found) and _right(subject, found)]
    if hiding := _fewest(_most_alive(subject, hiding, cases[0])):
        said = words([simple.says for simple in hiding[:2]], "or")
        hidden = words([simple.hides for simple in hiding[:2]])
        says = f"Tried with {said}, your answer is right: look at what it does {hiding[0].does} {hidden}."
        if len(hiding) == 1 and dims and _independent(subject, hiding[0], dims, cases):
            says += " Each place there has a result of its own, and in yours one changes another's."
        return says
    for simple, found in tried:
        seen = numbers(found, dims, subject.names, subject.rtol, subject.atol) if found and _telling(found) else None
        if seen and (says := _all_zero(seen) or relation_story(seen) or factor_story(seen)):
            return f"Tried with {simple.says}: {says[0].lower()}{says[1:]}"
    return None


def _wrong_alone(subject: Subject, simple: Simple, dims: tuple[str, ...] | None, cases: list) -> bool:
    """Whether a place that is wrong is so without the others, too: that the first is right then shows nothing."""
    args, right, given = cases[0]
    tensors = all(isinstance(t, Tensor) and dims is not None and t.ndim == len(dims) for t in (right, given))
    kept = [axis for axis in simple.axes if tensors and axis in dims]
    if not kept or right.shape != given.shape:
        return False
    places = dict.fromkeys(simple.axes, 0)
    for axis in kept:
        cut = [_only({axis: p}, t, dims) for p in range(right.shape[dims.index(axis)]) for t in (right, given)]
        wrong = [p for p in range(len(cut) // 2) if not subject.same(cut[2 * p], cut[2 * p + 1])]
        places[axis] = wrong[0] if wrong else 0
        right, given = (_only({axis: places[axis]}, t, dims) for t in (right, given))
    try:
        made = subject.lawful(tuple(_only(places, arg, named) for arg, named in zip(args, _axes(subject, args))))
    except (RuntimeError, IndexError):
        return False
    alone, yours = subject.right(made, subject.oracle), subject.given(made)
    return alone is not None and yours is not None and not subject.same(alone, yours)


def _independent(subject: Subject, simple: Simple, dims: tuple[str, ...], cases: list) -> bool:
    """Whether right results along the one axis that was cut to a single place don't depend on other places."""
    if len(simple.axes) != 1 or simple.axes[0] not in dims:
        return False
    for args, right, _ in cases:
        if not isinstance(right, Tensor) or right.ndim != len(dims):
            return False
        if not subject.same(_only({simple.axes[0]: 0}, right, dims), subject.right(subject.lawful(simple.make(args)))):
            return False
    return True


def _all_zero(seen: Numbers) -> str | None:
    return None if any(bool(pair.got.any()) for pair in seen.pairs) else "Your values are all 0, the right ones aren't."


def _wrong_first(subject: Subject) -> list:
    return sorted(subject.cases, key=lambda case: subject.same(case[1], case[2]))[:MOST_CASES]


def _found(subject: Subject, simple: Simple, cases: list) -> list[tuple[Any, Any, tuple]] | None:
    """Right and given results for simple inputs; None where these make no sense, or the answer fails."""
    found = []
    for args, _, _ in cases:
        try:
            made = subject.lawful(simple.make(args))
        except (RuntimeError, IndexError):
            return None
        right, given = subject.right(made, subject.oracle), subject.given(made)
        if right is None or given is None:
            return None
        found.append((right, given, made))
    return found


def _right(subject: Subject, found: list) -> bool:
    return all(subject.same(right, given) for right, given, _ in found)


def _telling(found: list) -> bool:
    """Right answers that aren't all 0, or all the same."""
    flat = [part for right, *_ in found for part in (right if isinstance(right, (list, tuple)) else [right])]
    values = [as_numbers(part) for part in flat]
    if any(value is None for value in values):
        return False
    return len(torch.cat([value.flatten() for value in values]).unique()) >= 4


def _most_alive(subject: Subject, hiding: list[Simple], case: tuple) -> list[Simple]:
    """Those that leave the most of the other arguments a part in the right answer.

    Where a matrix that everything is multiplied with is 0, or a threshold that nothing reaches is 1, right and wrong
    formulas agree, and nothing is learned.
    """
    alive = [_alive(subject, simple.make(case[0])) for simple in hiding]
    left = [(simple, those) for simple, those in zip(hiding, alive) if those - {simple.argument}]
    best = max((len(those) for _, those in left), default=0)
    return [simple for simple, those in left if len(those) == best]


def _alive(subject: Subject, args: tuple) -> set[int]:
    """The arguments that still matter to the right answer."""
    right, alive = subject.right(args), set()
    for i, arg in enumerate(args):
        other = _another(arg)
        after = None if other is None else subject.right((*args[:i], other, *args[i + 1 :]))
        if after is not None and not subject.same(right, after):
            alive.add(i)
    return alive


def _another(arg: Any) -> Any:
    if isinstance(arg, Tensor):
        return 0.7 * arg + 0.1 if arg.is_floating_point() else arg.flatten().roll(1).reshape(arg.shape)
    return not arg if isinstance(arg, bool) else 0.7 * arg + 0.1 if isinstance(arg, float) else None


def _fewest(hiding: list[Simple]) -> list[Simple]:
    """Those of the kind that says most: an argument at 0 or 1; else one axis; else two."""
    kinds = [[s.does == "with" for s in hiding], [" and " not in s.hides for s in hiding], [True] * len(hiding)]
    chosen = next(([s for s, yes in zip(hiding, kind) if yes] for kind in kinds if any(kind)), [])
    once: dict[str, Simple] = {}
    for simple in chosen:
        once.setdefault(simple.hides, simple)
    return list(once.values())


def _simplifications(subject: Subject, args: tuple) -> Iterator[Simple]:
    """Arguments of few axes first: a bias hides less than a matrix. At 1 a matrix is nothing simple."""
    order = sorted(range(len(args)), key=lambda i: args[i].ndim if isinstance(args[i], Tensor) else 0)
    for value, i in itertools.product((0, 1), order):
        name = f"`{subject.names[i].name}`"
        if isinstance(args[i], float):
            yield Simple(f"{name} {value}", "with", name, _replaced(i, float(value)), i)
        elif isinstance(args[i], Tensor) and args[i].is_floating_point() and (value == 0 or args[i].ndim < 2):
            yield Simple(f"{name} {value} everywhere", "with", name, _filled(i, value), i)
    axes = _axes(subject, args)
    every = list(dict.fromkeys(dim for dims in axes for dim in dims))
    for chosen in [(axis,) for axis in every] + list(itertools.combinations(every, 2)):
        name = words([f"the axis {axis}" for axis in chosen])
        yield Simple(f"a single place along {name}", "along", name, _narrowed(axes, chosen), axes=chosen)


def _axes(subject: Subject, args: tuple) -> list[tuple[str, ...]]:
    return [named.dims if named.dims and isinstance(a, Tensor) else () for named, a in zip(subject.names, args)]


def _filled(i: int, value: float) -> Callable[[tuple], tuple]:
    return lambda args: (*args[:i], torch.full_like(args[i], value), *args[i + 1 :])


def _replaced(i: int, value: float) -> Callable[[tuple], tuple]:
    return lambda args: (*args[:i], value, *args[i + 1 :])


def _narrowed(axes: list[tuple[str, ...]], chosen: tuple[str, ...]) -> Callable[[tuple], tuple]:
    """Every argument cut to its first place along these axes."""

    def make(args: tuple) -> tuple:
        return tuple(_only(dict.fromkeys(chosen, 0), arg, dims) for arg, dims in zip(args, axes))

    return make


def _only(places: dict[str, int], arg: Any, dims: tuple[str, ...]) -> Any:
    """Cut to one place along each of these axes that it has."""
    for d, dim in enumerate(dims):
        if dim in places:
            arg = arg.narrow(d, places[dim], 1)
    return arg
