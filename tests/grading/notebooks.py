"""Making notebooks for the small assignment: the published one, and what learners make of it."""

import json
from typing import Any

SETUP = """%matplotlib inline
import torch
from torch import Tensor
from course_utils import check, plots, start
start("07", built_for="0.1.0")"""

STUBS = {
    "7.1": '''def scale(x: Tensor, k: float) -> Tensor:
    """x times k."""
    ### BEGIN SOLUTION
    raise NotImplementedError("Exercise 7.1: write your code here")
    ### END SOLUTION''',
    "7.2": '''def interference(W: Tensor) -> Tensor:
    """Summed squared overlap with the others."""
    ### BEGIN SOLUTION
    raise NotImplementedError("Exercise 7.2: write your code here")
    ### END SOLUTION''',
    "7.3": "### BEGIN SOLUTION\nangle = ...  # your answer\n### END SOLUTION",
    "7.4": "### BEGIN SOLUTION\ntrained = ...  # your answer\n### END SOLUTION",
}
RIGHT = {
    "7.1": "def scale(x, k):\n    return x * k",
    "7.2": "def interference(W):\n    overlap = (W.T @ W) ** 2\n    return overlap.sum(1) - overlap.diagonal()",
    "7.3": "angle = 360 / 5",
    "7.4": """W, loss = first.clone(), []
for _ in range(STEPS):
    loss.append((scale(W, 2.0) ** 2).sum())
    W -= 0.1 * W
trained = {"W": W, "loss": torch.stack(loss)}""",
}
CHECKED = {"7.1": "scale", "7.2": "interference", "7.3": "angle", "7.4": "trained"}
POINTS = {"7.1": 2, "7.2": 2, "7.3": 1, "7.4": 3}
ALL, NONE = dict(POINTS), dict.fromkeys(POINTS, 0)


def code(source: str, **metadata: Any) -> dict:
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def text(source: str) -> dict:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def answer(id: str, source: str) -> dict:
    return code(source, exercise=id, nbgrader={"grade_id": f"exercise-{id.replace('.', '-')}", "solution": True})


def checking(id: str) -> dict:
    return code(f'check("{id}", {CHECKED[id]})\n# hint("{id}")   # solution("{id}")', check=id)


def cells(answers: dict[str, str] | None = None) -> list[dict]:
    """The published notebook, with these answers instead of its stubs."""
    written = STUBS | (answers or {})
    return [
        text("# 7. Small"),
        code(SETUP, tags=["setup"]),
        answer("7.1", written["7.1"]),
        checking("7.1"),
        code("STEPS = 20\nfirst = torch.ones(2, 3)\nplots.nothing_that_exists(first)\nunused = [0] * 10**12"),
        answer("7.2", written["7.2"]),
        checking("7.2"),
        text("Five arrows."),
        answer("7.3", written["7.3"]),
        checking("7.3"),
        answer("7.4", written["7.4"]),
        checking("7.4"),
        code("assert trained['loss'][-1] < trained['loss'][0]"),
    ]


def notebook(content: list[dict], **extra: Any) -> bytes:
    metadata = {"course": {"chapter": "07", "budget_s": 60}, "kernelspec": {"name": "python3"}}
    return json.dumps({"cells": content, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5} | extra).encode()


def submission(**answers: str) -> bytes:
    """All right but for these: `submission(e71="def scale…")`."""
    return notebook(cells(RIGHT | {f"7.{name[-1]}": source for name, source in answers.items()}))


def alone(id: str, source: str) -> bytes:
    """An answer to one exercise, nothing to the others."""
    return notebook(cells({id: source}))


def marks(**points: int) -> dict[str, int]:
    """All right but for these: `marks(e71=0)`."""
    return ALL | {f"7.{name[-1]}": value for name, value in points.items()}


def points(result: dict) -> dict[str, int]:
    """exercise → points of a result."""
    return {mark["exercise"]: mark["points"] for mark in result["marks"]}
