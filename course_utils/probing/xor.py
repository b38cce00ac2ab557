"""One of two features or the other, but not both: what no linear score of the two can tell, and how to ask for it."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F


def random_half(piece: Int[Tensor, " row"], seed: int) -> Bool[Tensor, " row"]:
    """Whether the piece of each row is one of a random half (rounded up) of those that there are."""
    there = piece.unique()
    order = torch.randperm(len(there), generator=torch.Generator().manual_seed(seed))
    return torch.isin(piece, there[order[::2]])


def balanced(a: Bool[Tensor, " row"], b: Bool[Tensor, " row"], among: Bool[Tensor, " row"]) -> Int[Tensor, " chosen"]:
    """Equally many rows of each of the four cases of two features: the first ones of each."""
    cases = [(among & (a == i) & (b == j)).nonzero()[:, 0] for i in (False, True) for j in (False, True)]
    return torch.cat([case[: min(map(len, cases))] for case in cases])


def right_by_descent(
    x: Float[Tensor, "row width"],
    label: Bool[Tensor, " row"],
    fit: Int[Tensor, " fit"],
    test: Int[Tensor, " test"],
    *,
    hidden: int,
    seed: int,
    steps: int = 100,
) -> float:
    """How often a probe is right on ``test`` that Adam fitted to ``fit``: a linear one, or one with a layer of GELUs.

    Args:
        x: is brought to mean 0 and deviation 1 on the rows to fit.
        hidden: how many GELUs; 0 for a linear probe.
    """
    x = (x - x[fit].mean(0)) / x[fit].std(0)
    with torch.random.fork_rng(devices=[]):  # torch.nn draws from PyTorch's own generator
        torch.manual_seed(seed)
        layers = [torch.nn.Linear(x.shape[1], hidden or 1), torch.nn.GELU(), torch.nn.Linear(hidden or 1, 1)]
    probe = torch.nn.Sequential(*layers[: 3 if hidden else 1])
    optimiser = torch.optim.Adam(probe.parameters(), lr=0.02, weight_decay=1e-4)
    for _ in range(steps):
        optimiser.zero_grad()
        F.binary_cross_entropy_with_logits(probe(x[fit])[:, 0], label[fit].float()).backward()
        optimiser.step()
    return ((probe(x[test])[:, 0] > 0) == label[test]).float().mean().item()
