"""A feature without a number of its own: something at any angle of a ring, seen by sensors around it."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.computing.tasks import Task


def sensors(angle: Float[Tensor, "*shape"], n: int = 12) -> Float[Tensor, "*shape sensor"]:
    """What n sensors around a ring read of something at ``angle``: relu(cos(angle − the sensor's own)).

    >>> sensors(torch.tensor(0.0), 4).round(decimals=3)
    tensor([1., 0., 0., 0.])
    """
    own = torch.arange(n) * 2 * torch.pi / n
    return torch.relu((angle[..., None] - own).cos())


def around(n: int) -> Float[Tensor, "angle"]:
    """n angles, evenly around the ring from 0 on."""
    return torch.arange(n) * 2 * torch.pi / n


def ring_task(n: int = 12, turn: int = 3) -> Task:
    """From the readings of n sensors to those ``turn`` sensors further on, for things at any angle."""

    def draw(
        batch_size: int, density: Float[Tensor, "instance n_in"], generator: torch.Generator
    ) -> Float[Tensor, "batch instance n_in"]:
        return sensors(2 * torch.pi * torch.rand(batch_size, len(density), generator=generator), n)

    return Task(n, n, draw, lambda x: x.roll(turn, dims=-1))
