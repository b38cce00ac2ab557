"""Compressed computation: 100 ReLU functions on 50 neurons, and the mixing term in its labels.

The exhibit is from Braun et al. 2025 (attribution-based parameter decomposition), its audit from Bhagat et al. 2026,
"Compressed Computation is (probably) not Computation in Superposition". Networks here have one hidden layer and no
biases, ``f(x) = W_out ReLU(W_in x)``, and are to compute ``ReLU(x) + Mx`` for a mixing matrix M. Features are uniform
on [−1, 1] where they are on. When they are rare, inputs have one of them at a time, and the loss is a closed form.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.computing.tasks import SIGNED, Sampler, Task


class Split(NamedTuple):
    """A loss in two parts: of what changes its sign with the input, and of what doesn't."""

    straight: Float[Tensor, "instance"]
    bent: Float[Tensor, "instance"]


def unit_embedding(n: int, width: int, n_instances: int = 1, seed: int = 0) -> Float[Tensor, "instance width feature"]:
    """A random direction of length 1 for each feature: nearly orthogonal to the others where ``width`` is large.

    >>> unit_embedding(3, 1000).norm(dim=1).round(decimals=3)
    tensor([[1., 1., 1.]])
    """
    drawn = torch.randn(n_instances, width, n, generator=torch.Generator().manual_seed(seed))
    return F.normalize(drawn, dim=1)


def mixing_of(embedding: Float[Tensor, "instance width feature"]) -> Float[Tensor, "instance feature feature"]:
    """What a residual stream leaves to do beside the ReLU: with E the embedding, Mx = x − EᵀEx.

    The stream is read with Eᵀ, so it delivers EᵀEx by itself. Of x + ReLU(x) the hidden layer has to add the rest.
    """
    return torch.eye(embedding.shape[-1]) - embedding.mT @ embedding


def random_mixing(n: int, scale: float | Tensor, n_instances: int = 1, seed: int = 0) -> Float[Tensor, "instance n n"]:
    """Symmetric, 0 on the diagonal, normal with standard deviation ``scale`` elsewhere; the same matrix at any scale.

    Args:
        scale: a number, or ``[instance, 1, 1]``.

    >>> M = random_mixing(2, torch.tensor([[[1.0]], [[0.5]]]), n_instances=2)
    >>> bool(M[0, 0, 1] == M[0, 1, 0]), M[0].diagonal()
    (True, tensor([0., 0.]))
    """
    drawn = torch.randn(n_instances, n, n, generator=torch.Generator().manual_seed(seed)).triu(1)
    return scale * (drawn + drawn.mT)


def mixed_relu(mixing: Float[Tensor, "instance n n"], sample: Sampler | object = SIGNED) -> Task:
    """The task ReLU(x) + Mx, with a mixing for every instance.

    >>> task = mixed_relu(torch.tensor([[[0.0, 1.0], [0.0, 0.0]]]))
    >>> task.target(torch.tensor([[[-0.5, 0.25]]]))
    tensor([[[0.2500, 0.2500]]])

    Raises:
        ValueError: ``mixing`` isn't a stack of square matrices.
    """
    if mixing.ndim != 3 or mixing.shape[1] != mixing.shape[2]:
        raise ValueError(f"mixing must be [instance, feature, feature], got {list(mixing.shape)}")

    def target(x: Float[Tensor, "batch instance n"]) -> Float[Tensor, "batch instance n"]:
        return x.relu() + (x.transpose(0, 1) @ mixing.to(x.device).mT).transpose(0, 1)

    return Task(mixing.shape[-1], mixing.shape[-1], sample, target)


def one_at_a_time(mixing: Float[Tensor, "instance n n"]) -> Task:
    """The same task when features are rare: the inputs are ±1 at one feature, all 2n of them at every step.

    A network without biases is as good at half the strength, scaled: no other strengths are needed. Train it with a
    batch of 2n; the loss, a mean over these inputs, is 3/n times the loss over the density (`split_loss`).

    >>> x, y = one_at_a_time(torch.zeros(1, 2, 2)).examples(4)
    >>> x[:, 0].tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, -0.0], [-0.0, -1.0]]
    """
    n = mixing.shape[-1]
    both = torch.cat([torch.eye(n), -torch.eye(n)])

    def sample(batch_size: int, density: Tensor, generator: torch.Generator) -> Float[Tensor, "batch instance n"]:
        if batch_size != 2 * n:
            raise ValueError(f"there are {2 * n} inputs with one feature on: batch_size={2 * n}, got {batch_size}")
        return both.to(density.device)[:, None].expand(-1, len(density), -1)

    return mixed_relu(mixing, sample)


def split_loss(
    W_in: Float[Tensor, "instance neuron feature"],
    W_out: Float[Tensor, "instance feature neuron"],
    mixing: Float[Tensor, "instance feature feature"],
) -> Split:
    """The loss over the density, as it goes to 0, in two parts that add up to it.

    Any function is the sum of (f(x) − f(−x))/2 and (f(x) + f(−x))/2. Of the labels these are x/2 + Mx, the straight
    part, and |x|/2, the bent one. For inputs as likely as their opposites the squared errors of the parts add up.

    >>> nothing = torch.zeros(1, 2, 4)
    >>> split_loss(nothing, nothing.mT, torch.zeros(1, 4, 4))  # 1/12 each: the mean of ReLU(v)² is 1/6
    Split(straight=tensor([0.0833]), bent=tensor([0.0833]))
    """
    n = mixing.shape[-1]
    half = torch.eye(n, device=mixing.device) / 2
    on, off = W_out @ W_in.relu(), W_out @ (-W_in).relu()
    return Split(_cost((on - off) / 2 - mixing - half), _cost((on + off) / 2 - half))


def least_split(mixing: Float[Tensor, "instance feature feature"], n_neurons: int) -> Split:
    """What no network with so many neurons gets below, for each part: the answers to n features have rank n_neurons.

    The best approximation of rank r leaves the squares of all but the r largest singular values (Eckart and Young
    1936). The best *linear* map of that rank has this straight part, and 1/12 as its bent one.

    >>> least_split(torch.zeros(1, 4, 4), 2)
    Split(straight=tensor([0.0417]), bent=tensor([0.0417]))
    """
    half = torch.eye(mixing.shape[-1], device=mixing.device) / 2
    left = [torch.linalg.svdvals(wanted)[..., n_neurons:] for wanted in (mixing + half, half.expand_as(mixing))]
    return Split(*((each**2).sum(-1) / (3 * mixing.shape[-1]) for each in left))


def _cost(error: Float[Tensor, "instance output feature"]) -> Float[Tensor, "instance"]:
    """Of errors at strength 1: their square is mean v² = 1/3 at strength v, and a mean over outputs."""
    return (error**2).sum((1, 2)) / (3 * error.shape[-1])
