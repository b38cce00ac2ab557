"""What a training descends: a loss of every output, and its slope.

``weighted by the importance, the mean over batch and outputs``; a cross-entropy is one number for all outputs of an
example together, so it is their sum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.toy.names import named

OfOutputs = Callable[[Float[Tensor, "*shape n_out"], Float[Tensor, "*shape n_out"]], Float[Tensor, "*shape n_out"]]


@dataclass(frozen=True)
class Loss:
    """``f(output, target)`` for every output. ``slope``: the gradient of the weighted sum of f, given the weights."""

    name: str
    f: OfOutputs
    slope: Callable[[Tensor, Tensor, Tensor], Tensor]
    summed: bool = False
    """Over the outputs, and not their mean."""

    def and_slope(
        self, output: Float[Tensor, "instance batch n_out"], target: Tensor, weight: Tensor
    ) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance batch n_out"]]:
        """The weighted sum of every instance, and its gradient, in memory of its own."""
        if self is MSE:  # nearly all trainings: half as many passes
            error = output - target
            slope = error * weight
            return torch.linalg.vecdot(error.flatten(1), slope.flatten(1)), slope.mul_(2)
        return (self.f(output, target) * weight).sum((1, 2)), self.slope(output, target, weight)


def _cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    return -target * torch.log_softmax(output, dim=-1)


def _cross_entropy_slope(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    weighted = target * weight
    return torch.softmax(output, dim=-1) * weighted.sum(-1, keepdim=True) - weighted


def _binary_cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(output, target, reduction="none")


MSE = Loss("mse", lambda o, y: (o - y) ** 2, lambda o, y, w: 2 * (o - y) * w)
L4 = Loss("l4", lambda o, y: (o - y) ** 4, lambda o, y, w: 4 * (o - y) ** 3 * w)
CROSS_ENTROPY = Loss("cross_entropy", _cross_entropy, _cross_entropy_slope, summed=True)
BINARY = Loss("binary_cross_entropy", _binary_cross_entropy, lambda o, y, w: (torch.sigmoid(o) - y) * w)
LOSSES = {each.name: each for each in (MSE, L4, CROSS_ENTROPY, BINARY)}


def loss_of(part: str | Loss | OfOutputs) -> Loss:
    """A loss from its name, or from any function of outputs and targets: its slope is then found by autograd.

    >>> loss_of("l4").f(torch.tensor([3.0]), torch.tensor([1.0]))
    tensor([16.])
    """
    part = named("loss", part, LOSSES)
    if isinstance(part, Loss):
        return part

    def slope(output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        with torch.enable_grad():
            output = output.detach().requires_grad_()
            return torch.autograd.grad((part(output, target) * weight).sum(), output)[0]

    return Loss(getattr(part, "__name__", type(part).__name__), part, slope)
