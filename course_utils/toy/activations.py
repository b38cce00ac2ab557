"""What stands round ``WᵀWx + b``: a function of every element, and its slope."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.names import named

Elementwise = Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]]


@dataclass(frozen=True)
class Activation:
    """``f(z)`` and ``slope(z) = f′(z)``, element by element."""

    name: str
    f: Elementwise
    slope: Elementwise

    def __call__(self, z: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.f(z)


def _gelu_slope(z: Tensor) -> Tensor:
    """Φ(z) + z φ(z), Φ and φ the normal distribution and its density (Hendrycks and Gimpel 2016)."""
    normal = torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5
    return torch.special.ndtr(z) + z * normal


RELU = Activation("relu", torch.relu, lambda z: z > 0)
LINEAR = Activation("linear", lambda z: z, torch.ones_like)
GELU = Activation("gelu", torch.nn.functional.gelu, _gelu_slope)
ACTIVATIONS = {each.name: each for each in (RELU, LINEAR, GELU)}


def activation_of(part: str | Activation | Elementwise) -> Activation:
    """An activation from its name, or from any function of every element: its slope is then found by autograd.

    >>> activation_of("relu")(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> activation_of(torch.tanh).slope(torch.zeros(1))
    tensor([1.])
    """
    part = named("activation", part, ACTIVATIONS)
    if isinstance(part, Activation):
        return part

    def slope(z: Tensor) -> Tensor:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            return torch.autograd.grad(part(z).sum(), z)[0]

    return Activation(getattr(part, "__name__", type(part).__name__), part, slope)
