"""Layers of many networks at once: weights and biases, how they are drawn, and what they compute."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.activations import Activation


class Layer(NamedTuple):
    """``Wx + b``, before the activation."""

    W: Float[Tensor, "instance n_out n_in"]
    b: Float[Tensor, "instance n_out"]


def draw_layers(
    sizes: Sequence[int],
    n_instances: int = 1,
    seed: int | torch.Generator = 0,
    *,
    scale: float | Sequence[float] = 1.0,
    positive_output: float | None = None,
) -> tuple[Layer, ...]:
    """Layers for training to begin at: Xavier-normal weights (variance 2/(n_in + n_out)), biases 0.

    >>> hidden, output = draw_layers((6, 4, 3), n_instances=2)
    >>> hidden.W.shape, output.W.shape, output.b.shape
    (torch.Size([2, 4, 6]), torch.Size([2, 3, 4]), torch.Size([2, 3]))

    Args:
        sizes: of the input, the hidden layers and the output.
        scale: what the weights are multiplied with; one number, or one for each layer.
        positive_output: s; the last layer's weights are then |N(0, 1)| · s/√n_in: no output is dead at the start
            where all that is to be computed is positive.

    Raises:
        ValueError: fewer than two sizes, or another number of scales than of layers.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes are those of the input, the hidden layers and the output, got {list(sizes)}")
    scales = [float(scale)] * (len(sizes) - 1) if isinstance(scale, int | float) else [float(s) for s in scale]
    if len(scales) != len(sizes) - 1:
        raise ValueError(f"{len(sizes) - 1} layers, but {len(scales)} scales")
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    layers = []
    for (n_in, n_out), factor in zip(pairwise(sizes), scales, strict=True):
        W = torch.randn(n_instances, n_out, n_in, generator=generator)
        W *= factor * (2 / (n_in + n_out)) ** 0.5
        layers.append(Layer(W, torch.zeros(n_instances, n_out)))
    if positive_output is not None:
        W = layers[-1].W * ((sizes[-2] + sizes[-1]) / 2) ** 0.5 / scales[-1]
        layers[-1] = Layer(W.abs() * positive_output / sizes[-2] ** 0.5, layers[-1].b)
    return tuple(layers)


def forward(
    layers: Sequence[Layer], x: Float[Tensor, "instance batch n_in"], activation: Activation, output: Activation
) -> tuple[list[Tensor], list[Tensor]]:
    """What goes into every layer's activation and what comes out, ``[instance, batch, n_out]`` each."""
    before, after = [], []
    for number, (W, b) in enumerate(layers, 1):
        before.append(torch.baddbmm(b[:, None], x, W.mT))
        x = (output if number == len(layers) else activation).f(before[-1])
        after.append(x)
    return before, after
