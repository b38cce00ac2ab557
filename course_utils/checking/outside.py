"""Data of the notebook that a function reads instead of its arguments: right there, and nowhere else."""

import dis
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.checking.describe import words

MOST_NAMES = 3


def outside_story(answer: Callable, arguments: list[str]) -> str | None:
    """Which variables with data a wrong function reads that are no arguments of it; None without any.

    Only Python functions can be looked into: not those of another process, and nothing that was compiled.
    """
    function = inspect.unwrap(answer) if callable(answer) else answer
    if not isinstance(function, types.FunctionType):
        return None
    read = (instruction for code in _codes(function.__code__) for instruction in dis.get_instructions(code))
    taken = dict.fromkeys(i.argval for i in read if i.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    names = [name for name in taken if _is_data(function.__globals__.get(name))]
    if not names or len(names) > MOST_NAMES:
        return None
    said = words([f"`{name}`" for name in names])
    are = "which is no argument" if len(names) == 1 else "which are no arguments"
    meant = f"`{arguments[0]}`" if len(arguments) == 1 else words([f"`{name}`" for name in arguments], "or")
    return f"Your function also reads {said} of the notebook, {are}: is {meant} meant? It is called with other inputs."


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Of a function, and of the comprehensions and functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _is_data(value: Any) -> bool:
    if isinstance(value, type):
        return False
    return isinstance(value, (Tensor, np.ndarray, torch.nn.Module)) or is_dataclass(value)
