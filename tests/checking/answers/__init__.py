"""Answers that no exercise lists: `wrong.txt` and `right.txt`, as a class might write them.

Blocks stand between empty lines, under the exercise (`## 0.2`). A block is an expression of the exercise's parameters,
or several lines that end in `return`; in `wrong.txt` its last line, `=> …`, is the beginning of what is said about it.
"""

import itertools
import math
import textwrap
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.checking import Exercise, FunctionExercise
from course_utils.checking.describe import parameters

WORLD = {"torch": torch, "np": np, "F": F, "itertools": itertools, "math": math, "Fraction": Fraction}


class Answer(NamedTuple):
    """`says` is None for a right answer."""

    exercise: str
    body: str
    says: str | None

    @property
    def name(self) -> str:
        return f"{self.exercise} {self.body.splitlines()[-1].strip()[-60:]}"


def read(name: str) -> Iterator[Answer]:
    exercise = ""
    for block in (Path(__file__).parent / name).read_text(encoding="utf-8").split("\n\n"):
        if block.startswith("## "):
            exercise = block.strip().removeprefix("## ")
        elif not block.startswith("#"):
            body, _, says = block.strip().partition("\n=> ")
            yield Answer(exercise, body, says or None)


def made(answer: Answer, exercise: type[Exercise]) -> Any:
    """A function of the exercise's parameters, or a value."""
    if not issubclass(exercise, FunctionExercise):
        return eval(answer.body, dict(WORLD))
    world = dict(WORLD)
    lines = answer.body if "return " in answer.body else f"return {answer.body}"
    names = ", ".join(named.name for named in parameters(exercise().oracle))
    exec(f"def answer({names}):\n{textwrap.indent(lines, '    ')}", world)
    return world["answer"]
