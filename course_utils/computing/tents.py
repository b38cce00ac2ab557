"""Tents: functions whose kinks end somewhere, so that ReLUs need two layers for them. One for each group of inputs."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.computing.results import Result
from course_utils.computing.surgery import above, without_neuron
from course_utils.computing.tasks import Task

PER_GROUP = 3


def tents(x: Float[Tensor, "*shape n_in"]) -> Float[Tensor, "*shape group"]:
    """1 − |1 − ⅔ s| of every group of three inputs, with s the sum of their absolute values.

    >>> tents(torch.tensor([0.0, 0.0, 0.0, 0.5, -0.5, 0.5, 1.0, -1.0, 1.0]))
    tensor([0., 1., 0.])
    """
    return 1 - (1 - 2 / 3 * x.unflatten(-1, (-1, PER_GROUP)).abs().sum(dim=-1)).abs()


def tent_task(n_groups: int) -> Task:
    """A group is on with its density, and one of them always; then all its inputs are uniform on [−1, 1]."""

    def draw(
        batch_size: int, density: Float[Tensor, "instance n_in"], generator: torch.Generator
    ) -> Float[Tensor, "batch instance n_in"]:
        draws = torch.rand(batch_size, len(density), n_groups, generator=generator)
        on = (draws < density[:, ::PER_GROUP]) | (draws == draws.amin(dim=-1, keepdim=True))
        values = 2 * torch.rand(*draws.shape, PER_GROUP, generator=generator) - 1
        return (values * on[..., None]).flatten(2)

    return Task(PER_GROUP * n_groups, n_groups, draw, tents)


def tents_by_hand(x: Float[Tensor, "*shape n_in"]) -> Float[Tensor, "*shape group"]:
    """The same from two layers of ReLUs, written down: two neurons for every input, then two for every group."""
    n = x.shape[-1]
    first = torch.relu(torch.cat([x, -x], dim=-1))
    total = 2 / 3 * (first[..., :n] + first[..., n:]).unflatten(-1, (-1, PER_GROUP)).sum(dim=-1)
    second = torch.relu(torch.cat([total, total - 1], dim=-1))
    return second[..., : n // PER_GROUP] - 2 * second[..., n // PER_GROUP :]


def tent_errors(
    net: Result | Callable[[Tensor], Tensor], n_groups: int, *, rows: int = 500, seed: int = 0
) -> Float[Tensor, "instance group"]:
    """For every tent the share of its variance that a network misses, on inputs in which its group is on alone.

    net: takes [batch, n_in], gives [batch, instance, group], or [batch, group] for a single one.
    """
    generator = torch.Generator().manual_seed(seed)
    x = torch.zeros(n_groups, rows, n_groups, PER_GROUP)
    x[range(n_groups), :, range(n_groups)] = 2 * torch.rand(n_groups, rows, PER_GROUP, generator=generator) - 1
    x = x.reshape(n_groups * rows, -1)
    said, wanted = net(x), tents(x)
    said = said[:, None] if said.ndim == 2 else said
    row, own = torch.arange(len(x)), torch.arange(n_groups).repeat_interleave(rows)
    wanted = wanted[row, own].reshape(n_groups, rows)
    missed = said[row, :, own].reshape(n_groups, rows, -1) - wanted[..., None]
    return (missed**2).mean(dim=1).T / wanted.var(dim=1)


def tent_lesions(
    net: Result, layer: int, n_groups: int, *, held: bool = False, rows: int = 500, seed: int = 0
) -> Float[Tensor, "neuron instance group"]:
    """By how much each tent's error rises when one neuron of a hidden layer (counted from 0) is deleted.

    held: it is held at its mean over the inputs of each group instead. A neuron that is only a bias isn't missed then.
    """
    sizes = {"rows": rows, "seed": seed}

    def without(neuron: int) -> Result | Callable[[Tensor], Tensor]:
        return _held(net, layer, neuron, n_groups) if held else without_neuron(net, layer, neuron)

    neurons = range(net.layers[layer].W.shape[1])
    lesioned = [tent_errors(without(neuron), n_groups, **sizes) for neuron in neurons]
    return torch.stack(lesioned) - tent_errors(net, n_groups, **sizes)


def _held(net: Result, layer: int, neuron: int, n_groups: int) -> Callable[[Tensor], Tensor]:
    """The output for inputs of one group after the other, in each of which the neuron has its mean everywhere."""

    def said(x: Float[Tensor, "batch n_in"]) -> Float[Tensor, "batch instance group"]:
        hidden = net.hidden(x)[layer].unflatten(0, (n_groups, -1)).clone()
        hidden[..., neuron] = hidden[..., neuron].mean(dim=1, keepdim=True)
        return above(net, layer)(hidden.flatten(0, 1))

    return said
