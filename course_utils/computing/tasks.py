"""Tasks: where inputs come from, and what is to be computed from them.

Any two functions make a task. Those made here, from a maker of `toy.data` and a target that the course knows, are the
ones that the fused engine can train on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.data import Fixed, Independent, examples, maker_of
from course_utils.toy.names import named
from course_utils.toy.sampling import per_feature
from course_utils.toy.values import Between

Sampler = Callable[[int, Float[Tensor, "instance n_in"], torch.Generator], Float[Tensor, "batch instance n_in"]]
Target = Callable[[Float[Tensor, "batch instance n_in"]], Float[Tensor, "batch instance n_out"]]

SIGNED = Independent(Between(-1.0, 1.0))
"""Every feature is on with its density, and then uniform on [−1, 1]. (`toy.AtLeastOne` leaves out empty examples.)"""


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
            name of `toy.data`. (``toy.Fixed`` brings its own batch and density.)
        target: ``x [batch, instance, n_in] → y [batch, instance, n_out]``.
    """

    n_in: int
    n_out: int
    sample: Sampler
    target: Target

    def __post_init__(self):
        if isinstance(self.sample, str) or hasattr(self.sample, "feed"):
            maker = maker_of(self.sample)
            if isinstance(maker, Fixed) and len({len(each) for each in maker.sets()}) > 1:
                raise ValueError("all data sets of a task must have the same number of rows")
            object.__setattr__(self, "sample", Drawn(self.n_in, maker))
        elif not callable(self.sample):
            raise ValueError(f"sample must be a function or a maker of toy.data, got {type(self.sample).__name__}")

    def examples(
        self, batch_size: int, density: float | Tensor = 1.0, *, seed: int | torch.Generator = 0
    ) -> tuple[Float[Tensor, "batch instance n_in"], Float[Tensor, "batch instance n_out"]]:
        """Inputs and what is wanted for them, to look at or to measure on."""
        generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
        x = self.sample(batch_size, per_feature("density", density, self.n_in), generator)
        return x, self.target(x)


PAIRWISE = {
    "product": torch.mul,
    "max": torch.maximum,
    "min": torch.minimum,
    "max_abs": lambda u, v: torch.maximum(u.abs(), v.abs()),
    "and": lambda u, v: ((u > 0) & (v > 0)).to(u.dtype),
    "or": lambda u, v: ((u > 0) | (v > 0)).to(u.dtype),
    "xor": lambda u, v: ((u > 0) ^ (v > 0)).to(u.dtype),
}
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


@dataclass(frozen=True)
class OfPairs:
    """A target: output k is ``f`` of the inputs ``pairs[k]``."""

    f: Callable[[Tensor, Tensor], Tensor]
    pairs: tuple[tuple[int, int], ...]

    def __call__(self, x: Float[Tensor, "*shape n_in"]) -> Float[Tensor, "*shape n_out"]:
        first, second = (list(each) for each in zip(*self.pairs, strict=True))
        return self.f(x[..., first], x[..., second])


def pairwise(
    n_in: int,
    f: str | Callable[[Tensor, Tensor], Tensor],
    sample: Sampler | object = SIGNED,
    pairs: Sequence[tuple[int, int]] | None = None,
) -> Task:
    """One function of many pairs of inputs.

    >>> pairwise(4, "xor").target(torch.tensor([1.0, 0.0, 1.0, 1.0]))
    tensor([1., 0.])

    Args:
        f: "product", "max", "min", "max_abs", "and", "or", "xor" (what is above 0 is true), or a function of two
            tensors.
        sample: as for ``Task``; binary inputs are ``toy.Independent("{1}")``.
        pairs: of inputs, one for each output; None: neighbours, 0 with 1, 2 with 3 and so on.

    Raises:
        ValueError: an odd number of inputs has no neighbours for all; an input that isn't there.
    """
    if pairs is None:
        if n_in % 2:
            raise ValueError(f"{n_in} inputs are no pairs of neighbours")
        pairs = [(first, first + 1) for first in range(0, n_in, 2)]
    pairs = tuple((int(i), int(j)) for i, j in pairs)
    if not pairs or not all(0 <= i < n_in for pair in pairs for i in pair):
        raise ValueError(f"pairs must be some of the inputs 0 to {n_in - 1}, got {pairs}")
    return Task(n_in, len(pairs), sample, OfPairs(named("function", f, PAIRWISE), pairs))
