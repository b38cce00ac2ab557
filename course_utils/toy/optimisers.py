"""Optimisers as numbers: SGD is an Adam that forgets at once and divides by 1.

With gradient g and step t, element by element,

    m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
    W ← W − r_t · decay · W
    W ← W − r_t · m̂ / (√v̂ + ε)      where m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ); without ``adaptive`` the divisor is 1

(Kingma and Ba 2015; the decay apart from the gradient: Loshchilov and Hutter 2019; here it concerns W only, not b.)
The rate r_t is ``lr`` times a schedule.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.names import named
from course_utils.toy.regularisers import each_instance

Schedule = Callable[[float], float]
"""From the share of the training that is done, in (0, 1], to what the learning rate is multiplied with."""


def constant(share: float) -> float:
    return 1.0


def warm_up_and_cosine(share: float, warm_up: float = 0.05) -> float:
    """Up in a straight line over the first twentieth, then down to 0 along half a cosine.

    >>> [round(warm_up_and_cosine(share), 2) for share in (0.025, 0.05, 0.525, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    return share / warm_up if share < warm_up else (1 + cos(pi * (share - warm_up) / (1 - warm_up))) / 2


@dataclass(frozen=True)
class Optimiser:
    """See the top of this module. ``decay`` may be below 0, and one number for every instance."""

    betas: tuple[float, float] = (0.9, 0.999)
    adaptive: bool = True
    eps: float = 1e-8
    decay: float | Tensor = 0.0
    schedule: Schedule = constant

    def __post_init__(self):
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be at least 0 and below 1, got {self.betas}")

    def rates(self, lr: float, steps: int) -> Float[Tensor, "step"]:
        """The learning rate at every step."""
        return torch.tensor([lr * self.schedule((step + 1) / steps) for step in range(steps)], dtype=torch.float64)

    def rule(self) -> np.ndarray:
        """(β₁, β₂, adaptive, ε) for compiled code: not adaptive is 0, with an ε of 1 to divide by."""
        return np.array([*self.betas, *((1, self.eps) if self.adaptive else (0, 1))], np.float64)

    def decays(self, n_instances: int) -> Float[Tensor, "instance"]:
        return each_instance("decay", self.decay, n_instances)


ADAM = Optimiser()


def sgd(momentum: float = 0.0) -> Optimiser:
    """Plain gradient descent, ``W − lr · g``; with a momentum it follows the running mean of g."""
    return Optimiser(betas=(momentum, 0.0), adaptive=False)


def adamw(decay: float | Tensor = 0.01, schedule: Schedule = warm_up_and_cosine) -> Optimiser:
    """Adam with a decay of W apart from the gradient, and warm-up and cosine."""
    return replace(ADAM, decay=decay, schedule=schedule)


OPTIMISERS = {"adam": ADAM, "adamw": adamw(), "sgd": sgd()}


def optimiser_of(part: str | Optimiser) -> Optimiser:
    """An optimiser from its name, or the part itself."""
    return named("optimiser", part, OPTIMISERS)
