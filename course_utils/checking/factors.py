"""A factor or an offset between the given values and the right ones, and what it might be: the size of an axis, a
constant, or a number among the arguments."""

import itertools
import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.checking.describe import number
from course_utils.checking.pairs import Numbers, Pair, named_sizes, number_word, telling

CONSTANTS = [
    (math.pi / 180, "π/180: radians where degrees are wanted?"),
    (180 / math.pi, "180/π: degrees where radians are wanted?"),
    (1 / math.log(2), "1/ln 2: bits where nats are wanted?"),
    (math.log(2), "ln 2: nats where bits are wanted?"),
    (1 / math.log(10), "1/ln 10: a logarithm to base 10?"),
    (2 * math.pi, "2π."),
    (100.0, "100: percent where a share is wanted?"),
    (0.01, "1/100: a share where percent are wanted?"),
]


def factor_story(numbers: Numbers) -> str | None:
    """A constant factor: the size of an axis in every case (a sum for a mean), or the same number in every case."""
    if numbers.kind == "bool" or not telling(numbers.wrong, numbers.kind, 1):
        return None
    factors = [_factor(pair, numbers) for pair in numbers.pairs]
    known = [(pair, k) for pair, k in zip(numbers.pairs, factors) if pair.expected.any() or pair.got.any()]
    wrong = [k for pair, k in known if not pair.right]
    if not wrong or any(k is None for k in wrong):
        return None
    known = [(pair, k) for pair, k in known if k is not None]
    if sized := _as_size(numbers, known):
        return sized
    if argument := _as_argument(numbers, known):
        return argument
    k = wrong[0]
    if any(abs(other - k) > 1e-3 * abs(k) for other in wrong):
        return None
    constant = next((words for value, words in CONSTANTS if abs(k - value) < 1e-4 * value), None)
    start = "Every value" if len(wrong) == len(known) else "In the cases that are wrong, every value"
    return f"{start} is the right one times {constant}" if constant else f"{start} is {_times(k)}."


def _times(k: float) -> str:
    halves = {0.5: "half of the right one", 2.0: "twice the right one", 1 / 3: "a third of the right one"}
    exact = next((words for value, words in halves.items() if abs(k - value) < 1e-4 * value), None)
    return exact or f"{number(k)}× the right one"


def _factor(pair: Pair, numbers: Numbers) -> float | None:
    """k with given = k · right everywhere; 1 for a right case."""
    if pair.right:
        return 1.0
    big = pair.expected.abs() > 1e-6 * max(map(abs, pair.expected.flatten().tolist()), default=0.0)
    if not big.any():
        return None
    k = float((pair.got[big] / pair.expected[big]).median())
    if not math.isfinite(k) or abs(k) < 1e-9:
        return None
    return k if numbers.close(pair.got, k * pair.expected) else None


def _as_size(numbers: Numbers, known: list[tuple[Pair, float]]) -> str | None:
    """A factor that is the size of an axis, or of two, in every case."""
    sizes = [_sizes(named_sizes(numbers.names, pair.args)) for pair, _ in known]
    shown = next(i for i, (pair, _) in enumerate(known) if not pair.right)
    for name, (up, f) in itertools.product(sizes[0], _POWERS.items()):
        if any(name not in s for s in sizes):
            continue
        first = sizes[shown][name]
        wanted = [f(s[name]) for s in sizes]
        if first > 1 and all(w is not None and abs(k - w) < 1e-3 * abs(w) for (_, k), w in zip(known, wanted)):
            if first in (2, 3, 4) and len({s[name] for s in sizes}) == 1 and up in _PLAIN:
                return _maybe_size(wanted[shown], first, name, up)
            large = wanted[shown] > 1
            times = wanted[shown] if large else 1 / wanted[shown]
            how = f"{number_word(times)}× too {'large' if large else 'small'}"
            return f"Every value is {how}, and {first} is the size of {name}: {up}?"
    return None


def _maybe_size(k: float, size: int, name: str, up: str) -> str:
    """A small factor that is the size of an axis in every case, and may be by accident."""
    start = f"Every value is {_times(k)}"
    return f"{start}: {'is something counted twice, or ' if k == 2 else ''}{up} ({size} is the size of {name})?"


_PLAIN = ("a sum where a mean belongs", "a mean where a sum belongs, or a division too many")

_POWERS: dict[str, Callable[[int], float | None]] = {
    "a sum where a mean belongs": lambda n: float(n),
    "a mean where a sum belongs, or a division too many": lambda n: 1 / max(n, 1),
    "a sum where a mean over the others belongs": lambda n: float(n - 1) if n > 1 else None,
    "a mean over the others where a sum belongs": lambda n: 1 / (n - 1) if n > 1 else None,
    "a root of it too much": lambda n: math.sqrt(n),
    "a root of it too little": lambda n: 1 / math.sqrt(max(n, 1)),
    "divided by one less than there are (`correction`)": lambda n: n / (n - 1) if n > 1 else None,
    "divided by all, where one less belongs": lambda n: (n - 1) / n if n > 1 else None,
    "summed twice": lambda n: float(n * n),
    "averaged twice": lambda n: 1 / max(n * n, 1),
}


def _sizes(sizes: dict[str, int]) -> dict[str, int]:
    """Each axis by itself, then pairs of them: a sum may have run over two axes."""
    pairs = itertools.combinations(sizes.items(), 2)
    return {f"the axis {n}": s for n, s in sizes.items()} | {f"the axes {a} × {b}": s * t for (a, s), (b, t) in pairs}


def _as_argument(numbers: Numbers, known: list[tuple[Pair, float]]) -> str | None:
    """A factor that is one of the numbers among the arguments."""
    for i, named in enumerate(numbers.names):
        values = [pair.args[i] for pair, _ in known]
        if not all(isinstance(v, (int, float)) and not isinstance(v, bool) and v for v in values):
            continue
        for words, power in _ARGUMENT.items():
            fits = all(abs(k - power(float(v))) < 1e-3 * abs(k) for (_, k), v in zip(known, values))
            if fits and any(v != values[0] for v in values):
                return f"Every value is the right one {words.format(name=f'`{named.name}`')}."
    return None


_ARGUMENT: dict[str, Callable[[float], float]] = {
    "times {name}": lambda v: v,
    "divided by {name}": lambda v: 1 / v,
    "times {name} squared": lambda v: v * v,
    "divided by {name} squared": lambda v: 1 / (v * v),
    "times half of {name}": lambda v: v / 2,
    "divided by half of {name}": lambda v: 2 / v,
}


def offset_story(numbers: Numbers) -> str | None:
    """The same amount too much everywhere: in all cases, or an amount of its own in each."""
    if numbers.kind == "bool" or not telling(numbers.wrong, numbers.kind, 1):
        return None
    offsets = [float((pair.got - pair.expected).median()) for pair in numbers.wrong if pair.got.numel()]
    fits = all(numbers.close(pair.got - c, pair.expected) for pair, c in zip(numbers.wrong, offsets))
    if not fits or any(not math.isfinite(c) for c in offsets):
        return None
    start = "Every value" if len(numbers.wrong) == len(numbers.pairs) else "In the cases that are wrong, every value"
    c = offsets[0]
    if all(abs(other - c) < 1e-3 * abs(c) for other in offsets):
        counting = {1: ": do you count from 1, and not from 0?", -1: ": do you count from 0, and not from 1?"}
        why = counting.get(c, ".") if numbers.kind == "int" else "."
        return f"{start} is {number_word(abs(c))} too {'large' if c > 0 else 'small'}{why}"
    if max(pair.expected.numel() for pair in numbers.wrong) < 3:
        return None
    return f"{start} of a case is off by the same amount: something is added, or left out, everywhere."


def affine_story(numbers: Numbers) -> str | None:
    """given = k · right + c with one k and one c: only said when there are many numbers."""
    pairs = numbers.wrong
    if numbers.kind != "float" or not telling(pairs, numbers.kind, 4):
        return None
    e, g = (torch.cat([getattr(pair, name).flatten() for pair in numbers.pairs]) for name in ("expected", "got"))
    spread = e - e.mean()
    if float(spread.square().sum()) < 1e-12:
        return None
    k = float((spread * g).sum() / spread.square().sum())
    c = float(g.mean() - k * e.mean())
    if abs(k) < 1e-6 or not numbers.close(k * e + c, g):
        return None
    sign = "+" if c > 0 else "−"
    return f"Every value is {number(k)}× the right one {sign} {number(abs(c))}."


def sliced_story(numbers: Numbers) -> str | None:
    """An offset or a factor of its own for every place along one axis, the same along all others."""
    ndim = numbers.pairs[0].expected.ndim
    if numbers.kind != "float" or ndim < 2:
        return None
    for axis in range(ndim):
        shapes = [pair.expected.shape for pair in numbers.wrong]
        if any(shape.numel() < 2 * shape[axis] or shape[axis] < 2 for shape in shapes) or not _enough(shapes, axis):
            continue
        others = [d for d in range(ndim) if d != axis]
        if all(_constant(pair.got - pair.expected, pair.got, others, numbers) for pair in numbers.wrong):
            return f"Along {numbers.axis(axis)} each place is off by an amount of its own, the same in all the rest."
        if all(_constant(pair.got / pair.expected, None, others, numbers) for pair in numbers.wrong):
            return f"Along {numbers.axis(axis)} each place is off by a factor of its own, the same in all the rest."
    return None


def _enough(shapes: list[torch.Size], axis: int) -> bool:
    """More numbers than are fitted to them."""
    return sum(shape.numel() - shape[axis] for shape in shapes) >= 6


def _constant(t: Tensor, beside: Tensor | None, over: list[int], numbers: Numbers) -> bool:
    if not bool(torch.isfinite(t).all()):
        return False
    middle = t.mean(over, keepdim=True).expand_as(t)
    return numbers.close(t, middle) if beside is None else numbers.close(beside - t + middle, beside)
