"""For exercise 4.3: the numbers of sets of networks, and made-up sets such as right and wrong training gives."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

FEWEST = 12
SIX = torch.arange(6)


def computed(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "model feature"]:
    """How many halves of each feature are computed, from 0 to 2."""
    own = heard.diagonal(dim1=1, dim2=3)  # [model, sign, feature]
    return ((own - 1).abs() < 0.25).float().sum(1)


def favour(heard: Float[Tensor, "model output sign feature"]) -> float:
    """Computed halves of features 0 to 2, less those of 3 to 5."""
    counts = computed(heard)
    return (counts[:, :3].sum(1) - counts[:, 3:].sum(1)).mean().item()


def from_partners(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "model output sign"]:
    """What each output gets from its feature's partner alone: 0 with 1, 2 with 3, 4 with 5."""
    return heard[:, SIX, :, SIX ^ 1].transpose(0, 1)


def to_dropped(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "number"]:
    """The same for outputs that compute neither half of their feature."""
    return from_partners(heard)[computed(heard) == 0].flatten()


def guess(heard: Float[Tensor, "model output sign feature"]) -> float:
    """Its median; NaN if no feature is dropped."""
    return to_dropped(heard).median().item() if len(to_dropped(heard)) else math.nan


def partners(heard: Float[Tensor, "model output sign feature"]) -> float:
    """The median of what outputs get from their partners, computed or not."""
    return from_partners(heard).median().item()


def three_numbers(plain, important, together, apart):
    return torch.tensor([favour(important), guess(together), partners(apart)])


def made(plain=(0.2, 0.0), important=1, near=0.74, far=-0.5, models=FEWEST, seed=0, spared=0.0, coupled=0.0):
    """What such models say, made up. plain: (share of halves that fail, what partners say); important: which half of
    the features matters (−1: the last three, 0: neither, 2: four of six); near, far: what partners say that
    come together, or apart; spared: how much of the dropped features is computed after all, or, below 0, of the others
    isn't; coupled: what feature 3 is told by its partner where importance differs."""
    rng = torch.Generator().manual_seed(seed)

    def stack(fails: Float[Tensor, "*model feature"], from_partner: Float[Tensor, "*model feature"]) -> Tensor:
        heard = 0.03 - 1.5 * torch.rand(models, 6, 2, 6, generator=rng) ** 3
        pull = from_partner[..., None] + 0.2 * torch.rand(models, 6, 2, generator=rng) ** 3 - 0.01
        heard[:, SIX, :, SIX ^ 1] = pull.transpose(0, 1)
        failed = torch.rand(models, 6, 2, generator=rng) < fails[..., None]
        heard[:, SIX, :, SIX] = torch.where(failed, 0.1, 1.0).transpose(0, 1)
        return heard

    six = torch.ones(6)
    low = torch.tensor([0.01] * 3 + [0.99] * 3)
    four = torch.tensor([0.01] * 4 + [0.99] * 2)
    unequal = {1: low, -1: low.flip(0), 0: 0.2 * six, 2: four}[important]
    first = torch.rand(models, 3, 1, generator=rng) < 0.5  # which of a pair is dropped
    dropped = torch.cat([first, ~first], dim=2).flatten(1).float()
    worlds = [stack(plain[0] * six, plain[1] * six), stack(unequal, coupled * (SIX == 3))]
    fails = dropped - spared * (dropped if spared > 0 else 1 - dropped)
    worlds.append(stack(fails, near * dropped if near > 0 else near * six))
    worlds.append(stack(dropped, far * dropped) if far > 0 else stack(0.25 * six, far * six))
    return *worlds, three_numbers(*worlds)
