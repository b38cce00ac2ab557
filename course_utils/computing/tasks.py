"""Tasks: where inputs come from, and what is to be computed from them.

Any two functions make a task. Those made here, from a maker of `toy.data` and a target that the course knows, are the
ones that the fused engine can train on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.data import Independent, examples, maker_of
from course_utils.toy.names import named
from course_utils.toy.sampling import per_feature
from course_utils.toy.values import Between

Sampler = Callable[[int, Float[Tensor, "instance n_in"], torch.Generator], Float[Tensor, "batch instance n_in"]]
Target = Callable[[Float[Tensor, "batch instance n_in"]], Float[Tensor, "batch instance n_out"]]

SIGNED = Independent(Between(-1.0, 1.0))
"""Every feature is on with its density, and then uniform on [−1, 1]."""


@dataclass(frozen=True)
class Drawn:
    """A sampler: inputs from a maker of `toy.data`, such as ``SIGNED`` or ``toy.Groups(2)``."""

    n_in: int
    data: object = SIGNED

    def __call__(
        self, batch_size: int, density: float | Tensor, generator: torch.Generator
    ) -> Float[Tensor, "batch instance n_in"]:
        return examples(self.data, batch_size, per_feature("density", density, self.n_in), seed=generator)


@dataclass(frozen=True)
class Task:
    """What a network is to compute.

    >>> task = Task(3, 2, sample=SIGNED, target=lambda x: x[..., :2] * x[..., 1:])
    >>> x = task.sample(100, 0.5, torch.Generator().manual_seed(0))
    >>> x.shape, task.target(x).shape
    (torch.Size([100, 1, 3]), torch.Size([100, 1, 2]))

    Args:
        n_in, n_out: numbers of inputs and of outputs.
        sample: ``(batch_size, density [instance, n_in], generator) → x [batch, instance, n_in]``, or a maker or a
            name of `toy.data`.
        target: ``x [batch, instance, n_in] → y [batch, instance, n_out]``.
    """

    n_in: int
    n_out: int
    sample: Sampler
    target: Target

    def __post_init__(self):
        if isinstance(self.sample, str) or hasattr(self.sample, "feed"):
            object.__setattr__(self, "sample", Drawn(self.n_in, maker_of(self.sample)))
        elif not callable(self.sample):
            raise ValueError(f"sample must be a function or a maker of toy.data, got {type(self.sample).__name__}")

    def examples(
        self, batch_size: int, density: float | Tensor = 1.0, *, seed: int | torch.Generator = 0
    ) -> tuple[Float[Tensor, "batch instance n_in"], Float[Tensor, "batch instance n_out"]]:
        """Inputs and what is wanted for them, to look at or to measure on."""
        generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
        x = self.sample(batch_size, per_feature("density", density, self.n_in), generator)
        return x, self.target(x)


ELEMENTWISE = {"abs": torch.abs, "square": torch.square, "relu": torch.relu}


def elementwise(n: int, f: str | Callable[[Tensor], Tensor], sample: Sampler | object = SIGNED) -> Task:
    """The same function of every input: output k is f(input k).

    >>> elementwise(2, "abs").target(torch.tensor([-0.5, 0.25]))
    tensor([0.5000, 0.2500])

    Args:
        f: "abs", "square", "relu", or a function of every element.
        sample: as for ``Task``.
    """
    return Task(n, n, sample, named("function", f, ELEMENTWISE))
