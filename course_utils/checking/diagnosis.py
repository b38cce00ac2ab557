"""General misconceptions read off the numbers: a lost square, a sum for a mean, a swapped axis, an argument never used.

Every function looks at expected and got tensors (or at extra calls) and returns a sentence, or None.
"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking import describe, guard
from course_utils.checking.describe import Named


def shape_story(expected: Any, got: Any, rtol: float, atol: float) -> str | None:
    """Why a shape is wrong: swapped axes, a kept axis, or values that are right only by broadcasting."""
    if not (isinstance(expected, Tensor) and isinstance(got, Tensor)):
        return None
    close = _close(rtol, atol)
    if got.ndim == expected.ndim and sorted(got.shape) == sorted(expected.shape):
        for order in itertools.permutations(range(got.ndim)):
            if close(got.permute(order), expected):
                return f"The values are right, the axes are in another order: `permute{order}` of yours is the answer."
        return "The same sizes in another order: two axes are swapped."
    if got.squeeze().shape == expected.squeeze().shape and close(got.squeeze(), expected.squeeze()):
        extra = "has an axis of size 1 too many" if got.ndim > expected.ndim else "lost an axis of size 1"
        return f"The values are right, but the result {extra} (look at `keepdim` and `squeeze`)."
    for big, small in ((expected, got), (got, expected)):
        try:
            widened = small.expand_as(big)
        except RuntimeError:
            continue
        if close(widened, big):
            return "The values are right only after broadcasting: return the full shape, one value for each place."
    return None


class Pair(NamedTuple):
    """Right and given values of one case, and the sizes of the named axes of its inputs."""

    expected: Any
    got: Any
    sizes: dict[str, int]


def value_story(pairs: list[Pair], rtol: float, atol: float) -> str | None:
    """How the values relate to the right ones, if that holds in every case; an all-zero case tells nothing."""
    close = _close(rtol, atol)
    floats = [(_floats(pair.expected), _floats(pair.got), pair.sizes) for pair in pairs]
    if any(e is None or g is None or e.shape != g.shape for e, g, _ in floats):
        return None
    telling = [(e, g, sizes) for e, g, sizes in floats if e.numel() and bool((e.abs() > 1e-6).any())]
    wrong = [(e, g, sizes) for e, g, sizes in telling if not close(g, e)]
    if not wrong:
        return None
    for holds, words in _RELATIONS:
        if all(close(g, e) or holds(e, g, close) for e, g, _ in telling):
            return words
    return _factor(wrong, close) if len(wrong) == len(telling) else None


_RELATIONS = [
    (lambda e, g, close: close(-g, e), "Every value has the right size and the wrong sign."),
    (
        lambda e, g, close: e.numel() > 1 and close(torch.relu(g), e),
        "Negative values come through: the right answer is the ReLU of yours.",
    ),
    (lambda e, g, close: close(g**2, e), "The square of your values is right: a square is missing."),
    (lambda e, g, close: bool((e >= 0).all()) and close(g, e**2), "Your values are the squares of the right ones."),
    (
        lambda e, g, close: e.ndim == 2 and e.shape[0] == e.shape[1] and close(g.T, e),
        "The result is the transpose of the right one: two axes are swapped.",
    ),
    (
        lambda e, g, close: e.numel() > 2 and close(g - (g - e).median(), e),
        "Every value is off by the same amount: something is added, or left out, everywhere.",
    ),
]


def _factor(cases: list[tuple[Tensor, Tensor, dict[str, int]]], close: Callable) -> str | None:
    """A constant factor: the size of an axis in every case (a sum for a mean), or the same number in every case."""
    factors = []
    for e, g, _ in cases:
        big = e.abs() > 1e-6
        k = float((g[big] / e[big]).median())
        if abs(k) < 1e-9 or not close(g, k * e):
            return None
        factors.append(k)
    for (name, first), up in itertools.product(_products(cases[0][2]).items(), (True, False)):
        sizes = [_products(sizes).get(name, 0) for _, _, sizes in cases]
        wanted = [size if up else 1 / max(size, 1) for size in sizes]
        if first > 1 and all(abs(k - w) < 1e-3 * abs(k) for k, w in zip(factors, wanted)):
            how = (
                f"{describe.number(float(first))}× too {'large' if up else 'small'}, and {first} is the size of {name}"
            )
            why = "a sum where a mean belongs" if up else "a mean where a sum belongs, or a division too many"
            return f"Every value is {how}: {why}?"
    same = all(abs(k - factors[0]) < 1e-3 * abs(k) for k in factors)
    enough = sum(e.numel() for e, _, _ in cases) > 1
    return f"Every value is {describe.number(factors[0])}× the right one." if same and enough else None


def _products(sizes: dict[str, int]) -> dict[str, int]:
    """Each axis by itself, then pairs of them: a sum may have run over two axes."""
    pairs = itertools.combinations(sizes.items(), 2)
    return {f"the axis {n}": s for n, s in sizes.items()} | {f"the axes {a} × {b}": s * t for (a, s), (b, t) in pairs}


def lost_argument(
    answer: Callable, oracle: Callable, names: list[Named], cases: list[tuple], rtol: float, atol: float
) -> str | None:
    """Name an argument whose values, or whose scale, change the right answer and never the learner's."""
    for i, named in enumerate(names):
        for vary, words in _VARIATIONS:
            moved = [_moves(answer, oracle, args, i, vary, rtol, atol) for args in cases]
            if True not in moved and False in moved:
                return words.format(name=f"`{named.name}`")
    return None


def _moves(answer: Callable, oracle: Callable, args: tuple, i: int, vary: Callable, rtol: float, atol: float):
    """Does the answer move with argument i? None where the right answer doesn't either, or can't tell."""
    changed = vary(args[i])
    if changed is None:
        return None
    moved = (*args[:i], changed, *args[i + 1 :])
    try:
        with guard.plain_torch():
            if guard.same(oracle(*guard.clone(moved)), oracle(*guard.clone(args)), rtol, atol):
                return None
    except Exception:  # the oracle may refuse the variation: then it tells nothing
        return None
    before, after = guard.call(answer, args), guard.call(answer, moved)
    return after.error is not None or not guard.same(after.value, before.value, rtol, atol)


def _other_values(arg: Any) -> Any:
    """Other values of the same kind: each shrunk by a factor of its own, so that what was in [0, 1] stays there."""
    if isinstance(arg, Tensor) and arg.numel():
        factors = 0.3 + 0.6 * torch.rand(arg.shape, generator=torch.Generator().manual_seed(1))
        return arg * factors.to(arg.dtype) if arg.is_floating_point() else arg.flatten().roll(1).reshape(arg.shape)
    return arg * 0.5 if isinstance(arg, float) else None


def _half(arg: Any) -> Any:
    return arg * 0.5 if isinstance(arg, Tensor) and arg.is_floating_point() else None


_VARIATIONS = [
    (_other_values, "Your answer stays the same when {name} changes: {name} is never used, or its effect is lost."),
    (
        _half,
        "Your answer stays the same when all of {name} is halved, and it should not: was it normalised on the way?",
    ),
]


def constant_answer(expected: list[Any], got: list[Any]) -> str | None:
    """One and the same result for inputs whose right answers differ."""
    if len(got) < 2 or any(guard.same(expected[0], e, 1e-4, 1e-6) for e in expected[1:]):
        return None
    flat = [_floats(g) for g in got]
    if any(f is None or f.numel() == 0 for f in flat):
        return None
    low, high = min(float(f.min()) for f in flat), max(float(f.max()) for f in flat)
    if low != high:
        return None
    return f"Your answer is {describe.number(low)} for every input: does it look at its arguments at all?"


def named_sizes(names: list[Named], args: tuple) -> dict[str, int]:
    """{"instance": 3, "hidden": 4, …} from the tensors of one case."""
    sizes = {}
    for named, arg in zip(names, args):
        if isinstance(arg, Tensor) and named.dims and len(named.dims) == arg.ndim:
            sizes |= {dim: size for dim, size in zip(named.dims, arg.shape) if dim.isidentifier()}
    return sizes


def _floats(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value.double() if value.is_floating_point() else None
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return None


def _close(rtol: float, atol: float) -> Callable[[Tensor, Tensor], bool]:
    def close(a: Tensor, b: Tensor) -> bool:
        return a.shape == b.shape and bool(torch.isclose(a.double(), b.double(), rtol=rtol, atol=atol).all())

    return close
