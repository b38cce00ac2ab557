"""How a result grows when an argument does: a square that is missing, a weight that counts twice.

Many right answers grow as a power of an argument: with twice the errors, four times the loss. If the given values grow
as another power, or as none, the formula is off where that argument stands.
"""

import itertools
import math
from typing import Any

import torch
from torch import Tensor

from course_utils.checking.describe import number, words
from course_utils.checking.inputs import Subject
from course_utils.checking.pairs import as_numbers

_WORDS = {0.0: "stay what they are", 0.5: "grow by √2", 1.0: "are doubled", 2.0: "grow fourfold", 3.0: "grow eightfold"}


def scaling_story(subject: Subject) -> str | None:
    """An argument (or two that belong together) with which right and given values grow differently."""
    tensors = [
        i
        for i, named in enumerate(subject.names)
        if named.name not in subject.fixed
        and all(isinstance(args[i], Tensor) and args[i].is_floating_point() for args, *_ in subject.cases)
    ]
    for chosen in itertools.chain(itertools.combinations(tensors, 1), itertools.combinations(tensors, 2)):
        right = _power(subject, chosen, subject.right, 1)
        if not right or math.isnan(right):
            continue
        given = _power(subject, chosen, subject.given, 2)
        if given is None or (not math.isnan(given) and abs(given - right) < 1e-2):
            continue
        doubled = words([f"`{subject.names[i].name}`" for i in chosen])
        if math.isnan(given):
            change = "yours don't: they change by no common factor"
            return f"With {doubled} doubled, the right values {_grow(right)}; {change}."
        return f"With {doubled} doubled, the right values {_grow(right)}, and yours {_grow(given)}."
    return None


def _grow(power: float) -> str:
    times = number(2.0**power)
    return _WORDS.get(power) or (f"get {times}× as large" if power > 0 else f"shrink to {times}× what they were")


def _power(subject: Subject, chosen: tuple[int, ...], call, which: int) -> float | None:
    """p, if in every case twice the arguments make 2^p times the values; nan if there is none; None if it fails."""
    powers = []
    for case in subject.cases:
        before, after = _numbers(case[which]), _numbers(call(_doubled(case[0], chosen)))
        if before is None or after is None or before.shape != after.shape:
            return None
        big = before.abs() > 1e-3 * before.abs().max().clamp_min(1e-9)
        if not big.any():
            continue
        ratio = (after[big] / before[big]).median()
        if not math.isfinite(ratio) or ratio <= 0 or not torch.allclose(after, ratio * before, rtol=1e-3, atol=1e-5):
            return math.nan
        powers.append(math.log2(float(ratio)))
    if not powers:
        return None
    power = round(2 * powers[0]) / 2
    return power if all(abs(p - power) < 2e-3 for p in powers) else math.nan


def _doubled(args: tuple, chosen: tuple[int, ...]) -> tuple:
    return tuple(2 * arg if i in chosen else arg for i, arg in enumerate(args))


def _numbers(value: Any) -> Tensor | None:
    if isinstance(value, (list, tuple)) and any(isinstance(part, Tensor) for part in value):
        return None
    return as_numbers(value)
