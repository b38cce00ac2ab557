"""Toy models that differ in their hidden layer: linear, with a ReLU, with a ReLU and a bias.

Elhage et al. 2022, section "Superposition in a Privileged Basis", has the second: ``h = ReLU(Wx)``,
``x̂ = ReLU(Wᵀh + b)``. The third, ``h = ReLU(Wx + c)``, is its control: with a large c the ReLU cuts nothing off.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.toy.sampling import sparse_features

KINDS = {"linear": (False, False), "ReLU": (True, False), "ReLU and bias": (True, True)}
"""Has a ReLU on the hidden layer; has a hidden bias."""
LAST = 500  # steps over which the loss is averaged


class Bottlenecks(NamedTuple):
    """Trained models, in the order kind (of ``KINDS``), density, run. ``c`` is 0 where there is no hidden bias."""

    loss: Float[Tensor, "kind density run"]
    W: Float[Tensor, "kind density run hidden feature"]
    b: Float[Tensor, "kind density run feature"]
    c: Float[Tensor, "kind density run hidden"]

    def best(self, kind: str) -> "Bottlenecks":
        """Of one kind, the run with the lowest loss at each density: tensors begin with the density."""
        k = list(KINDS).index(kind)
        run = self.loss[k].argmin(dim=1)
        return Bottlenecks(*(each[k][torch.arange(len(run)), run] for each in self))


def train_bottlenecks(
    n_features: int,
    n_hidden: int,
    *,
    importance: Float[Tensor, "feature"],
    densities: list[float],
    runs: int = 6,
    steps: int = 1500,
    seed: int = 0,
) -> Bottlenecks:
    """Train every kind of ``KINDS`` at every density, ``runs`` models each, from the same starts and all in one loop.

    Adam with learning rate 0.01, 256 fresh inputs a step; biases begin at 0, weights at 0.5 times a normal draw.
    ``loss`` is the mean over the last 500 steps.

    >>> train_bottlenecks(5, 2, importance=torch.ones(5), densities=[0.3, 0.03]).W.shape  # doctest: +SKIP
    torch.Size([3, 2, 6, 2, 5])
    """
    shape = (len(KINDS), len(densities), runs)
    relu, has_c = (torch.tensor(each)[:, None, None].expand(shape).flatten() for each in zip(*KINDS.values()))
    density = torch.tensor(densities)[None, :, None].expand(shape).reshape(-1, 1)
    start = 0.5 * torch.randn(1, *shape[1:], n_hidden, n_features, generator=torch.Generator().manual_seed(seed))
    W = start.expand(*shape, -1, -1).flatten(0, 2).clone().requires_grad_()
    b, c = (torch.zeros(len(W), 1, size, requires_grad=True) for size in (n_features, n_hidden))
    floor = torch.where(relu, 0.0, -torch.inf)[:, None, None]
    adam, rng, late = torch.optim.Adam([W, b, c], lr=0.01), torch.Generator().manual_seed(seed), torch.zeros(len(W))
    for step in tqdm(range(steps), desc=f"{len(W)} models", leave=False):
        x = sparse_features(256, n_features, density=density, n_instances=len(W), seed=rng).transpose(0, 1)
        h = torch.maximum(x @ W.mT + c * has_c[:, None, None], floor)
        losses = (importance * (x - (h @ W + b).relu()) ** 2).mean(dim=(1, 2))
        adam.zero_grad()
        losses.sum().backward()
        adam.step()
        late += losses.detach() * (step >= steps - LAST) / min(LAST, steps)
    trained = (late, W.detach(), b.detach()[:, 0], c.detach()[:, 0])
    return Bottlenecks(*(each.unflatten(0, shape) for each in trained))
