"""How strong a feature is when it is on: a function from u, uniform on [0, 1], to a value.

Elhage et al. 2022 take u itself; Nanda 2022 asks for others (problems 4.7 to 4.9).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Between:
    """Uniform between two numbers.

    >>> Between(0.5, 1.0)(torch.tensor([0.0, 0.5]))
    tensor([0.5000, 0.7500])
    """

    low: float = 0.0
    high: float = 1.0

    def __call__(self, u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class Levels:
    """One of some numbers, all equally likely.

    >>> Levels((1.0, 2.0, 3.0))(torch.tensor([0.1, 0.5, 0.9]))
    tensor([1., 2., 3.])
    """

    levels: tuple[float, ...]

    def __post_init__(self):
        if not self.levels:
            raise ValueError("levels must be at least one number")

    def __call__(self, u: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        place = (u * len(self.levels)).long().clamp_max(len(self.levels) - 1)
        return torch.tensor(self.levels, dtype=u.dtype, device=u.device)[place]


UNIFORM = Between(0.0, 1.0)
VALUES = {"U[0,1]": UNIFORM, "U[0.5,1]": Between(0.5, 1.0), "{1}": Levels((1.0,)), "{1,2,3}": Levels((1.0, 2.0, 3.0))}


def spread(x: Float[Tensor, "*shape"], values) -> Float[Tensor, "*shape"]:
    """``x`` with every entry above 0, taken as u, replaced by its value; zeros stay zeros."""
    return x if values == UNIFORM else torch.where(x > 0, values(x), 0.0)
