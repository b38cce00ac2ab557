"""Absolute values with one hidden layer, ReLU(W_out ReLU(W_in x)): what single features bring about, motifs, weights
made by hand.

Without biases all is read off the weights: for r times as strong a feature every neuron and output says r times as
much. A feature has two **halves**, its positive values and its negative ones.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

QUARTER = 0.25


def responses(
    W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance output neuron"]
) -> Float[Tensor, "instance output sign feature"]:
    """What every output gets, before its ReLU, when one feature alone is at +1 (sign 0) or at −1 (sign 1).

    >>> W_in, W_out = torch.tensor([[[2.0], [-1.0]]]), torch.tensor([[[0.5, 1.0]]])
    >>> responses(W_in, W_out)
    tensor([[[[1.],
              [1.]]]])
    """
    return torch.stack([W_out @ W_in.relu(), W_out @ (-W_in).relu()], dim=2)


def halves(
    W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance feature neuron"]
) -> Bool[Tensor, "instance sign feature"]:
    """Which halves are computed: alone on, at full strength, the feature's own output says 1 within 1/4."""
    own = responses(W_in, W_out).diagonal(dim1=1, dim2=3)
    return (own - 1).abs() < QUARTER


def served(
    W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance feature neuron"]
) -> Bool[Tensor, "instance neuron feature"]:
    """Which features a neuron serves: what it reads times what it writes is more than 1/4."""
    return W_in.abs() * W_out.mT > QUARTER


def shuffle_outputs(
    W_out: Float[Tensor, "instance output neuron"], generator: torch.Generator
) -> Float[Tensor, "instance output neuron"]:
    """The same weights, with what each neuron writes handed to other outputs: a control for motifs and interference."""
    order = torch.rand(W_out.shape, generator=generator, device=generator.device).argsort(dim=1)
    return W_out.gather(1, order.to(W_out.device))


def foreign(heard: Float[Tensor, "instance n sign n"]) -> Float[Tensor, "instance n sign n-1"]:
    """Of `responses`, what outputs get from features that aren't their own."""
    n = heard.shape[1]
    others = torch.arange(n - 1) + (torch.arange(n - 1) >= torch.arange(n)[:, None])  # [output, n − 1]
    return heard.gather(3, others[None, :, None].expand(len(heard), n, heard.shape[2], n - 1).to(heard.device))


def motifs(
    W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance feature neuron"]
) -> Bool[Tensor, "instance neuron a b"]:
    """Where a neuron serves a and b asymmetrically: it reads a twice as strongly as b or more, writes b twice as
    strongly as a or more, and a alone, with the sign that it reads, leaves output b below 1/4.

    After Elhage et al. 2022, "Toy Models of Superposition", section 7, the asymmetric superposition motif.
    """
    read, write, both = W_in.abs(), W_out.mT, served(W_in, W_out)
    heard = responses(W_in, W_out).permute(0, 2, 3, 1)  # [instance, sign, a, b]
    heard = torch.where((W_in > 0)[..., None], heard[:, :1], heard[:, 1:])  # [instance, neuron, a, b]
    unequal = (read[..., :, None] >= 2 * read[..., None, :]) & (write[..., None, :] >= 2 * write[..., :, None])
    return both[..., :, None] & both[..., None, :] & unequal & (heard < QUARTER)


def polygon(n: int) -> tuple[Float[Tensor, "neuron=6 feature"], Float[Tensor, "feature neuron=6"]]:
    """Weights of six neurons that compute n ≥ 3 absolute values exactly, as long as one feature at a time is on.

    Three neurons are for positive values, three for negative ones. What three neurons say is a point in space. The
    features lie on a circle around (1, 1, 1) where all coordinates are positive, evenly; each output is a plane
    through 0 and through its feature's two neighbours, above which its own feature lies and all others below.

    >>> W_in, W_out = polygon(9)
    >>> x = torch.eye(9)
    >>> bool(torch.allclose(((x @ W_in.T).relu() @ W_out.T).relu(), x, atol=1e-4))
    True
    """
    if n < 3:
        raise ValueError(f"a polygon has three corners or more, got n = {n}")
    turn, step = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n, math.cos(2 * math.pi / n)
    axes = torch.tensor([[1.0, 1, 1], [2, -1, -1], [0, 1, -1]], dtype=torch.float64)
    axes = axes / axes.norm(dim=1, keepdim=True)
    circle, half = torch.stack([turn.cos(), turn.sin()]), 2**-0.5
    points = axes.T @ torch.cat([torch.ones(1, n), half * circle])  # [neuron, feature], none below 0
    planes = torch.cat([torch.full((1, n), -step), circle / half]).T @ axes / (1 - step)
    return torch.cat([points, -points]).float(), torch.cat([planes, planes], dim=1).float()
