"""A function that reads the notebook's data instead of its arguments is told which."""

import math
from dataclasses import dataclass

import pytest
import torch

from course_utils.checking import run_check
from course_utils.checking.outside import outside_story
from tests.checking.superposition_exercise import Superposition, right


@dataclass
class Result:
    W: torch.Tensor


def defined(code: str):
    """The function `f` of a notebook in which this and some data stand."""
    names = {"torch": torch, "math": math, "right": right, "Result": Result, "SEED": 3, "rates": [1, 2]}
    names |= {"weights": torch.rand(3, 4, 7), "result": Result(torch.rand(3, 4, 7)), "W": torch.rand(3, 4, 7)}
    exec(code, names)
    return names["f"]


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("def f(W):\n    return right(weights)", "`weights`"),
        ("def f(W):\n    return right(result.W) + SEED", "`result`"),
        ("def f(W):\n    return sum(weights[i] for i in range(3))", "`weights`"),
        ("f = lambda V: right(W)", "`W`"),
    ],
)
def test_data_of_the_notebook_is_named(code, read):
    said = outside_story(defined(code), ["W"])
    assert f"also reads {read} of the notebook, which is no argument: is `W` meant?" in said


@pytest.mark.parametrize(
    "code",
    [
        "def f(W):\n    return right(W) * math.pi + SEED + len(rates)",
        "def f(W):\n    weights = W.norm(dim=1)\n    return [weights for weights in W]",
        "def f(W):\n    return Result(W)",
        "f = torch.relu",
    ],
)
def test_functions_modules_classes_and_numbers_are_nobodys_slip(code):
    assert outside_story(defined(code), ["W"]) is None


def test_it_stands_in_the_report_of_a_wrong_answer_and_of_one_that_raises():
    assert "also reads `weights`" in run_check(Superposition(), defined("def f(W):\n    return right(weights)")).text()
    raises = defined("def f(W):\n    return right(W).expand(99, 99) + weights")
    assert "also reads `weights`" in run_check(Superposition(), raises).text()
    assert run_check(Superposition(), defined("def f(W):\n    return right(W) + 0 * weights.sum()")).status == "passed"
