"""Functions of groups: every group of two inputs has one output, a function of these two alone.

Inputs are sparse by groups. In every example one group, drawn at random, is on; each other one is on with the task's
density. Both inputs of a group that is on have values, uniform on [−1, 1] or bits; those of a group that is off are 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.computing.tasks import PAIRWISE, Task
from course_utils.toy.names import named


class OfGroup(NamedTuple):
    """A function of a group's two inputs, and whether these are bits, 0 or 1, or uniform on [−1, 1]."""

    f: Callable[[Tensor, Tensor], Tensor]
    bits: bool = False


LOGICAL = ("and", "or", "xor")
OF_GROUP = {name: OfGroup(f, bits=name in LOGICAL) for name, f in PAIRWISE.items()}
OF_GROUP["square"] = OfGroup(lambda u, v: u * u)


@dataclass(frozen=True)
class _OfGroups:
    """Sampler and target of `grouped`; instances stand in blocks of equal size, one for each function."""

    functions: tuple[OfGroup, ...]
    n_groups: int

    def sample(
        self, batch_size: int, density: Float[Tensor, "instance n_in"], generator: torch.Generator
    ) -> Float[Tensor, "batch instance n_in"]:
        each = self._block(len(density))
        shape = (batch_size, len(density), self.n_groups)
        x = torch.rand(*shape, 2, generator=generator)
        for place, function in enumerate(self.functions):
            block = x[:, place * each : (place + 1) * each]
            block.round_() if function.bits else block.mul_(2).sub_(1)
        on = torch.rand(shape, generator=generator) < density[:, ::2]
        on.scatter_(2, torch.randint(self.n_groups, (*shape[:2], 1), generator=generator), True)
        return x.mul_(on[..., None]).flatten(2)

    def target(self, x: Float[Tensor, "batch instance n_in"]) -> Float[Tensor, "batch instance group"]:
        blocks = x.split(self._block(x.shape[1]), dim=1)
        return torch.cat([fn.f(x[..., ::2], x[..., 1::2]) for fn, x in zip(self.functions, blocks, strict=True)], 1)

    def _block(self, n_instances: int) -> int:
        if n_instances % len(self.functions):
            raise ValueError(f"{n_instances} instances can't be shared evenly among {len(self.functions)} functions")
        return n_instances // len(self.functions)


def grouped(functions: str | OfGroup | Sequence[str | OfGroup], n_groups: int) -> Task:
    """A task with two inputs and one output for each group: output k is f(x[2k], x[2k + 1]).

    With several functions the instances stand in blocks of equal size: with two functions and six instances, the
    first three compute the first. A group that is on may hold zeros (bits), and one that is off always does.

    >>> task = grouped("xor", n_groups=2)
    >>> task.target(torch.tensor([[[1.0, 0.0, 1.0, 1.0]]]))
    tensor([[[1., 0.]]])

    Args:
        functions: names of ``OF_GROUP``, or an ``OfGroup``.

    Raises:
        ValueError: no group, an unknown name; and, once the task is used, a number of instances that the functions
            can't share evenly.
    """
    if n_groups < 1:
        raise ValueError(f"n_groups must be at least 1, got {n_groups}")
    several = [functions] if isinstance(functions, str | OfGroup) else functions
    drawn = _OfGroups(tuple(named("function", each, OF_GROUP) for each in several), n_groups)
    return Task(2 * n_groups, n_groups, drawn.sample, drawn.target)


def affine_error(
    x: Float[Tensor, "batch instance n_in"], y: Float[Tensor, "batch instance n_out"]
) -> Float[Tensor, "instance n_out"]:
    """The mean squared error of the best affine map from all inputs to each output: what needs no neuron."""
    X = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1).transpose(0, 1).double()
    Y = y.transpose(0, 1).double()
    ridge = 1e-9 * torch.eye(X.shape[2], dtype=torch.float64)  # inputs that are always 0 would make it singular
    best = torch.linalg.solve(X.mT @ X / X.shape[1] + ridge, X.mT @ Y / X.shape[1])
    return ((X @ best - Y) ** 2).mean(dim=1).float()


def share_left(
    output: Float[Tensor, "batch instance n_out"],
    x: Float[Tensor, "batch instance n_in"],
    y: Float[Tensor, "batch instance n_out"],
) -> Float[Tensor, "instance n_out"]:
    """Squared error over that of the best affine map: 1 says no better than affine, 0 that all is computed."""
    return ((output - y) ** 2).mean(dim=0) / affine_error(x, y)


def groups_on(x: Float[Tensor, "batch instance n_in"]) -> Bool[Tensor, "batch instance group"]:
    """Groups with an input that isn't 0."""
    return (x.unflatten(-1, (-1, 2)) != 0).any(dim=-1)
