"""Wider twins of a trained model: each neuron of its MLP copied several times, with noise or without.

Problem 4.44 of Nanda's 200 Concrete Open Problems (2022): freeze all but an MLP, copy each of its neurons, add some
noise, train on. Do the copies specialise?
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MLP = "blocks.0.mlp."
COPIED = tuple(MLP + name for name in ("in.weight", "in.bias", "out.weight", "out.bias"))
"""The parameters that are copied, and that are trained afterwards; all others stay the narrow model's."""


@dataclass(frozen=True)
class Copies:
    """How a model's neurons are copied."""

    of: str  # the narrow model, one of those shipped; each of its seeds has its own twin
    times: int
    noise: float  # as a share of what there is: of the length of a neuron's input weights, of the size of its bias


def copy_neurons(weights: dict[str, Tensor], copies: Copies, seed: int) -> dict[str, Tensor]:
    """The weights of a one-layer model as wide as there are copies; those of neuron n stand side by side.

    Each copy says a part of what its neuron says, all copies together the same: without noise it is the same function.
    With noise every copy listens a little elsewhere, and the function is another one until it is trained.

    Args:
        weights: the state of a model with one layer; is left as it was.
        seed: of the noise.
    """
    generator = torch.Generator().manual_seed(seed)
    weight, bias, out = (weights[name] for name in COPIED[:3])
    weight, bias, out = (each.repeat_interleave(copies.times, dim) for each, dim in ((weight, 0), (bias, 0), (out, 1)))
    length = weight.norm(dim=1, keepdim=True)  # [copy, 1]
    apart = torch.randn(weight.shape, generator=generator) / weight.shape[1] ** 0.5  # of length 1, or nearly so
    weight = weight + copies.noise * length * apart
    bias = bias + copies.noise * bias.abs() * torch.randn(bias.shape, generator=generator)
    return weights | dict(zip(COPIED, (weight, bias, out / copies.times)))
