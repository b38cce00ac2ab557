"""Targets that the fused engine knows, as numbers that compiled code can take."""

from typing import NamedTuple

import numpy as np

from course_utils.compiled import compiled
from course_utils.computing.tasks import ELEMENTWISE, PAIRWISE, OfPairs, Task
from course_utils.toy.numba_random import LANES

NUMBER = {name: number for number, name in enumerate([*ELEMENTWISE, *PAIRWISE])}
ABS, SQUARE, RELU, PRODUCT, MAX, MIN, MAX_ABS, AND, OR = map(
    NUMBER.get, ("abs", "square", "relu", "product", "max", "min", "max_abs", "and", "or")
)


class Wanted(NamedTuple):
    """Output o is function ``number`` of the inputs ``first[o]`` and, if it is one of pairs, ``second[o]``."""

    number: int
    first: np.ndarray
    second: np.ndarray


def wanted_of(task: Task) -> Wanted | None:
    """None for a target that isn't among ``ELEMENTWISE`` and ``PAIRWISE``."""
    for name, f in ELEMENTWISE.items():
        if task.target is f:
            place = np.arange(task.n_in, dtype=np.int32)
            return Wanted(NUMBER[name], place, place)
    if isinstance(task.target, OfPairs):
        for name, f in PAIRWISE.items():
            if task.target.f is f:
                first, second = np.array(task.target.pairs, np.int32).T.copy()
                return Wanted(NUMBER[name], first, second)
    return None


@compiled
def fill_wanted(number, first, second, x, y):
    """``y [output, lane]`` from ``x [input, lane]``."""
    one, zero = np.float32(1), np.float32(0)
    for o in range(first.shape[0]):
        u, v, to = x[first[o]], x[second[o]], y[o]
        if number == ABS:
            for t in range(LANES):
                to[t] = abs(u[t])
        elif number == SQUARE:
            for t in range(LANES):
                to[t] = u[t] * u[t]
        elif number == RELU:
            for t in range(LANES):
                to[t] = max(u[t], zero)
        elif number == PRODUCT:
            for t in range(LANES):
                to[t] = u[t] * v[t]
        elif number == MAX:
            for t in range(LANES):
                to[t] = max(u[t], v[t])
        elif number == MIN:
            for t in range(LANES):
                to[t] = min(u[t], v[t])
        elif number == MAX_ABS:
            for t in range(LANES):
                to[t] = max(abs(u[t]), abs(v[t]))
        elif number == AND:
            for t in range(LANES):
                to[t] = one if (u[t] > zero) & (v[t] > zero) else zero
        elif number == OR:
            for t in range(LANES):
                to[t] = one if (u[t] > zero) | (v[t] > zero) else zero
        else:
            for t in range(LANES):
                to[t] = one if (u[t] > zero) != (v[t] > zero) else zero
