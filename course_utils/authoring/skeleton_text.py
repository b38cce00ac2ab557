"""What `course new` writes: for each kind of exercise its class, and its cells in the chapter's source.

A skeleton is a complete definition, so that it can be imported; what an author has to write says TODO.
"""

from enum import StrEnum
from string import Template
from typing import NamedTuple


class Kind(StrEnum):
    """What a learner hands in: a function, data, or the tensors that an experiment gave."""

    function = "function"
    value = "value"
    experiment = "experiment"


class Skeleton(NamedTuple):
    """To be filled with `id`, `class_name` and `name`, what the learner's answer is called; cells also `signature`."""

    module: Template
    cells: Template


def skeleton(kind: Kind) -> Skeleton:
    """The texts for a kind of exercise."""
    return {
        Kind.function: Skeleton(_FUNCTION, _cells("B · 8 min · 2 points", _FUNCTION_ANSWER)),
        Kind.value: Skeleton(_VALUE, _cells("B · 5 min · 1 point", _VALUE_ANSWER)),
        Kind.experiment: Skeleton(_EXPERIMENT, _cells("C · 12 min · 2 points", _VALUE_ANSWER)),
    }[kind]


def _cells(meta: str, answer: str) -> Template:
    return Template(f"""\
# %% [markdown]
# ## $id TODO title
#
# TODO what the learner needs for it.

# %% [markdown]
# **Exercise $id** ({meta}) TODO what to write.

{answer}
# %%
check("$id", $name)
""")


_FUNCTION_ANSWER = '''\

# %% exercise="$id"
def $name$signature:
    """TODO what it returns."""
    ### BEGIN SOLUTION
    raise NotImplementedError("TODO the solution")
    ### END SOLUTION

'''

_VALUE_ANSWER = """\
# %% exercise="$id"
### BEGIN SOLUTION
$name = ...  # TODO the solution
### END SOLUTION
"""

_FUNCTION = Template('''\
"""$id: TODO what the exercise is about."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


class $class_name(FunctionExercise):
    id, title = "$id", "TODO a title"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = "TODO completes “Checked on 3 …”"
    hints = [
        "TODO a nudge: what to ask oneself",
        "TODO nearly the answer",
    ]

    def cases(self, rng):
        # TODO inputs that are hard to pass by accident: unequal sizes, negative values, zeros, ties, a batch of one
        yield torch.randn(3, 4, generator=rng)
        yield Case(torch.randn(1, 2, generator=rng), "with a batch of one")

    def oracle(self, x: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch feature"]:
        raise RuntimeError("TODO the right answer, slow and plain, written without a look at the solution")

    @mistake("TODO what to say to those who make the first mistake")
    def first_mistake(x):
        raise RuntimeError("TODO a wrong answer; its name is what the mistake is called")

    @mistake("TODO what to say to those who make the second")
    def second_mistake(x):
        raise RuntimeError("TODO another")

    @mistake("TODO what to say to those who make the third")
    def third_mistake(x):
        raise RuntimeError("TODO another")

    @rewrite
    def with_loops(x):
        raise RuntimeError("TODO a right answer, written as a learner might who thinks differently")
''')

_VALUE = Template('''\
"""$id: TODO what the exercise is about."""

from course_utils.checking import ValueExercise


class $class_name(ValueExercise):
    id, title = "$id", "TODO a title"
    difficulty, minutes, points, needs = "B", 5, 1, []
    rtol = 0.01  # TODO the tolerance that the text states; or `choices`, for an answer that is one of a few words
    checked = "TODO where the right value comes from"
    hints = [
        "TODO a nudge: what to ask oneself",
        "TODO nearly the answer",
    ]

    def oracle(self) -> float:
        raise RuntimeError("TODO the right value, computed without a look at the solution")

    mistakes = {
        "first mistake": (1.0, "TODO what to say to those who answer 1.0, or whatever the likeliest wrong value is"),
        "second mistake": (2.0, "TODO the same for the second"),
        "third mistake": (3.0, "TODO the same for the third"),
    }
    rewrites = [0.0]  # TODO right values in other forms: an int, a tensor, a formula, one just within the tolerance
''')

_EXPERIMENT = Template('''\
"""$id: TODO what the exercise is about."""

import torch
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite


class $class_name(ExperimentExercise):
    id, title = "$id", "TODO a title"
    difficulty, minutes, points, needs = "C", 12, 2, []
    fields = {"W": "hidden=2 feature", "b": "feature"}  # TODO what is handed in: each tensor with its axes
    hints = [
        "TODO a nudge: what to ask oneself",
        "TODO nearly the answer",
    ]

    def bands(self, W: Tensor, b: Tensor):
        # TODO what must hold, each with a limit that held for 20 seeds or more
        size = W.norm().item()
        yield Band("TODO the arrows are longer than 1", size > 1, f"{size:.3g}", self._suspicion(W, b))

    def _suspicion(self, W: Tensor, b: Tensor) -> str | None:
        return "first mistake" if not W.any() else None  # TODO which mistake this looks like

    @mistake("TODO what to say to those who make the first mistake")
    def first_mistake():
        return {"W": torch.zeros(2, 5), "b": torch.zeros(5)}  # TODO what a learner hands in who makes it

    @mistake("TODO what to say to those who make the second")
    def second_mistake():
        return {"W": torch.zeros(2, 5), "b": torch.zeros(5)}  # TODO another

    @mistake("TODO what to say to those who make the third")
    def third_mistake():
        return {"W": torch.zeros(2, 5), "b": torch.zeros(5)}  # TODO another

    @rewrite
    def found_differently():
        return {"W": torch.zeros(2, 5), "b": torch.zeros(5)}  # TODO another way to an outcome within the bands
''')
