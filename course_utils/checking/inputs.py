"""Changes of the inputs that an answer makes by itself, or that it lacks.

Two questions are asked with calls on other inputs than those of the cases: is the answer what would be right for other
inputs (another argument for all, a bias of 0)? and is it right once an input has been prepared (centred, cut off)?
"""

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking import guard
from course_utils.checking import transforms as T
from course_utils.checking.describe import Named, words
from course_utils.checking.difference import close, difference
from course_utils.checking.state import plain_torch

MOST_TRIED = 300
"""Inputs on which an oracle, which is slow and plain, is asked."""


class Subject(NamedTuple):
    """An answer, the parameters and, for every case, arguments, right and given result.

    `oracle` knows what is right for any other inputs, `quick` (a right answer) knows it nearly always and sooner.
    """

    answer: Callable
    oracle: Callable
    quick: Callable
    names: list[Named]
    cases: list[tuple[tuple, Any, Any]]
    rtol: float
    atol: float
    fixed: tuple[str, ...] = ()
    """Arguments that other numbers would make meaningless."""
    lawful: Callable[[tuple], tuple] = lambda args: args
    """Makes arguments keep what the exercise's text promises of them, after they were cut down or rounded."""

    def same(self, a: Any, b: Any) -> bool:
        if isinstance(a, Tensor) and isinstance(b, Tensor):  # nearly always, and nobody reads what differs
            return a.shape == b.shape and bool(close(b, a, self.rtol, self.atol).all())
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            return len(a) == len(b) and all(map(self.same, a, b))
        return difference(a, b, rtol=self.rtol, atol=self.atol) is None

    def right(self, args: tuple, by: Callable | None = None) -> Any:
        """What is right for these arguments; None where they make no sense."""
        if not self.finite(args):
            return None
        try:
            with plain_torch():
                return (by or self.quick)(*guard.clone(args))
        except Exception:
            return None

    def finite(self, args: tuple) -> bool:
        """Whether there is no more NaN or infinity in them than in the cases. For NaN, some calls of LAPACK end the
        whole process."""
        return _finite(args) or not all(_finite(case[0]) for case in self.cases)

    def outcome(self, args: tuple) -> guard.Outcome:
        """Of a call with inputs that nobody had in mind: what the answer warns of there is no news."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return guard.call(self.answer, args)

    def given(self, args: tuple) -> Any:
        """None where the answer fails, or would be called with NaN."""
        if not self.finite(args):
            return None
        outcome = self.outcome(args)
        return None if outcome.error is not None else outcome.value


def _finite(args: tuple) -> bool:
    tensors = [arg for arg in args if isinstance(arg, Tensor) and arg.is_floating_point()]
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


class Change(NamedTuple):
    """Another input in place of one (or more): what it is, in words, and how it is made of the arguments.

    `step`: it is something that a function may do on the way, and may have forgotten.
    """

    says: str
    make: Callable[[tuple], tuple | None]
    step: bool = False


def counterfactual_story(subject: Subject) -> str | None:
    """The answer is what would be right for other inputs, or is right once an input is prepared."""
    wrong = [case for case in subject.cases if not subject.same(case[1], case[2])]
    if not wrong:
        return None
    first = min(wrong, key=lambda case: _size(case[0]))
    ordered = [first, *(case for case in subject.cases if case is not first)]
    for tried, change in enumerate(_changes(subject.names, [args for args, _, _ in ordered])):
        if tried < MOST_TRIED and _is_as_if(subject, change, ordered):
            return f"Your answer is what would be right if {change.says}{'' if change.says.endswith('?') else '.'}"
        if change.step and _is_right_once(subject, change, ordered):
            once = change.says.partition(":")[0].replace(" were ", " are " if "` and `" in change.says else " is ", 1)
            return f"Your function gives the right answer once {once}: is that step missing?"
    return None


def _is_as_if(subject: Subject, change: Change, cases: list) -> bool:
    for args, _, got in cases:
        changed = _made(change, args)
        if changed is None or (expected := subject.right(changed)) is None or not subject.same(expected, got):
            return False
    args, _, got = cases[0]
    return subject.same(subject.right(_made(change, args), subject.oracle), got)


def _is_right_once(subject: Subject, change: Change, cases: list) -> bool:
    for args, expected, _ in cases:
        changed = _made(change, args)
        if changed is None or not subject.same(expected, subject.given(changed)):
            return False
    return True


def _made(change: Change, args: tuple) -> tuple | None:
    try:
        return change.make(args)
    except Exception:
        return None


def _size(args: tuple) -> int:
    return sum(arg.numel() for arg in args if isinstance(arg, Tensor))


def _changes(names: list[Named], cases: list[tuple]) -> Iterator[Change]:
    """All that are tried, the simplest first, for arguments like those of the cases."""
    args = cases[0]
    numbers_first = sorted(enumerate(zip(names, args)), key=lambda item: isinstance(item[1][1], Tensor))
    for i, (named, arg) in numbers_first:
        for says, make, step in _of_one(arg):
            yield Change(says.format(name=f"`{named.name}`"), _at(i, make), step)
    for i, j in itertools.combinations(range(len(args)), 2):
        if type(args[i]) is type(args[j]) and getattr(args[i], "shape", 0) == getattr(args[j], "shape", 0):
            says = f"`{names[i].name}` and `{names[j].name}` were exchanged"
            yield Change(says, lambda a, i=i, j=j: _replaced(a, {i: a[j], j: a[i]}))
    yield from _indices_together(names, args)
    yield from _together(names, args)
    for i, (named, arg) in enumerate(zip(names, args)):
        if isinstance(arg, Tensor) and named.dims and len(named.dims) == arg.ndim:
            yield from _along_axes(i, named, [case[i] for case in cases])


def _at(i: int, make: Callable) -> Callable[[tuple], tuple]:
    return lambda args: _replaced(args, {i: make(args[i])})


def _replaced(args: tuple, new: dict[int, Any]) -> tuple:
    return tuple(new.get(i, arg) for i, arg in enumerate(args))


def _of_one(arg: Any) -> Iterable[tuple[str, Callable, bool]]:
    """(words, function, is it a step) for an argument of this type."""
    if isinstance(arg, bool):
        return _BOOL
    if isinstance(arg, int):
        return _INT
    if isinstance(arg, float):
        return _FLOAT
    if not isinstance(arg, Tensor):
        return ()
    if arg.dtype == torch.bool:
        return _MASK
    if not arg.is_floating_point():
        return _INDICES
    return [*_TENSOR, *_transposes(arg)]


_BOOL = [
    ("{name} were always True", lambda v: True, False),
    ("{name} were always False", lambda v: False, False),
    ("{name} were the other way round", lambda v: not v, False),
]
_INT = [
    ("{name} were 1 larger", lambda v: v + 1, True),
    ("{name} were 1 smaller", lambda v: v - 1, True),
    ("{name} were always 0", lambda v: 0, False),
    ("{name} were always 1", lambda v: 1, False),
    ("{name} were twice as large", lambda v: 2 * v, True),
    ("{name} were negative", lambda v: -v, True),
]
_FLOAT = [
    ("{name} were always 0: is it left out?", lambda v: 0.0, False),
    ("{name} were always 1: is it left out?", lambda v: 1.0, False),
    ("{name} were twice as large", lambda v: 2 * v, True),
    ("{name} were half as large", lambda v: v / 2, True),
    ("{name} were negative", lambda v: -v, True),
    ("{name} were squared", lambda v: v * v, True),
    ("1 − {name} stood for {name}", lambda v: 1 - v, True),
    ("1/{name} stood for {name}", lambda v: 1 / v, True),
]
_MASK = [
    ("{name} were the other way round", torch.logical_not, True),
    ("{name} were True everywhere: is it left out?", torch.ones_like, False),
    ("{name} were False everywhere: is it left out?", torch.zeros_like, False),
]
_INDICES = [
    ("{name} were 1 larger everywhere", lambda t: t + 1, True),
    ("{name} were 1 smaller everywhere", lambda t: t - 1, True),
]
_TENSOR = [
    ("{name} were 0 everywhere: is it left out?", torch.zeros_like, False),
    ("{name} were 1 everywhere: is it left out?", torch.ones_like, False),
    ("{name} were negative (the other sign everywhere)", torch.neg, True),
    ("{name} were without its signs", torch.abs, True),
    ("{name} were cut off below 0", torch.relu, True),
    ("{name} were squared", torch.square, True),
    ("{name} were under a square root", torch.sqrt, True),
    ("{name} were twice as large", lambda t: 2 * t, True),
    ("{name} were half as large", lambda t: t / 2, True),
    ("1/{name} stood for {name}", torch.reciprocal, True),
    ("1 − {name} stood for {name}", lambda t: 1 - t, True),
]


def _transposes(arg: Tensor) -> list[tuple[str, Callable, bool]]:
    pairs = [(a, b) for a, b in itertools.combinations(range(arg.ndim), 2) if arg.shape[a] == arg.shape[b]]
    return [("{name} were transposed", lambda t, a=a, b=b: t.transpose(a, b), True) for a, b in pairs]


_ALONG: list[tuple[str, Callable, bool]] = [
    ("had everywhere the values of the first {axis}", T.first_for_all, False),
    ("had everywhere the values of the last {axis}", T.last_for_all, False),
    ("had everywhere its mean over {axis}", T.mean_for_all, False),
    ("were centred over {axis} (the mean taken off)", T.centred, True),
    ("were brought to length 1 along {axis}", T.normalised, True),
    ("were divided by its sum over {axis}", T.shared_out, True),
    ("were under a softmax over {axis}", T.softmax, True),
    ("were reversed along {axis}", lambda t, d: t.flip(d), True),
    ("were moved on by one place along {axis}: one too early, or too late?", lambda t, d: t.roll(1, d), True),
    ("were moved back by one place along {axis}: one too early, or too late?", lambda t, d: t.roll(-1, d), True),
    ("were sorted along {axis}", T.ascending, True),
]
_OF_INDICES = [says for says, *_ in _ALONG if "first" in says or "last" in says or "place" in says]


def _along_axes(i: int, named: Named, given: list[Tensor]) -> Iterator[Change]:
    for d, axis in enumerate(named.dims):
        for says, make, step in _ALONG if any(arg.shape[d] > 1 for arg in given) else ():
            if given[0].is_floating_point() or says in _OF_INDICES:
                sentence = f"`{named.name}` {says.format(axis=axis)}"
                yield Change(sentence, _at(i, lambda t, d=d, make=make: make(t, d) if t.numel() else t), step)


def _indices_together(names: list[Named], args: tuple) -> Iterator[Change]:
    """All indices counted from another number."""
    chosen = [i for i, arg in enumerate(args) if isinstance(arg, Tensor) and arg.dtype in (torch.int64, torch.int32)]
    for says, step in (("1 larger", 1), ("1 smaller", -1)) if len(chosen) > 1 else ():
        named = words([f"`{names[i].name}`" for i in chosen])
        change = f"{named} were {says} everywhere"
        yield Change(change, lambda a, s=step: _replaced(a, {i: a[i] + s for i in chosen}), True)


def _together(names: list[Named], args: tuple) -> Iterator[Change]:
    """The same done to several arguments along an axis that they share: the first model's weights for all."""
    axes = [n.dims if isinstance(a, Tensor) and n.dims and len(n.dims) == a.ndim else () for n, a in zip(names, args)]
    for axis in dict.fromkeys(dim for dims in axes for dim in dims):
        have = [i for i, dims in enumerate(axes) if dims.count(axis) == 1]
        for size in sorted({2, len(have) - 1, len(have)} - {0, 1}):
            for chosen in itertools.combinations(have, size):
                named = words([f"`{names[i].name}`" for i in chosen])
                for says, make, step in _ALONG[:2]:
                    places = {i: axes[i].index(axis) for i in chosen}
                    yield Change(f"{named} {says.format(axis=axis)}", _all_at(places, make), step)


def _all_at(places: dict[int, int], make: Callable) -> Callable[[tuple], tuple]:
    return lambda args: _replaced(args, {i: make(args[i], d) for i, d in places.items()})
