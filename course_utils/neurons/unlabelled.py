"""What can be said of a neuron without knowing any feature."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def kurtosis(acts: Float[Tensor, "row neuron"]) -> Float[Tensor, " neuron"]:
    """The mean fourth power of each neuron's standardised activations: 3 for a normal one, large for heavy tails."""
    z = (acts - acts.mean(0)) / acts.std(0, correction=0).clamp_min(1e-8)
    return z.pow(4).mean(0)


def top_cosine(
    acts: Float[Tensor, "row neuron"], vectors: Float[Tensor, "row width"], k: int
) -> Float[Tensor, " neuron"]:
    """How alike the k rows are that excite each neuron most: the mean cosine of every two of their vectors."""
    unit = F.normalize(vectors, dim=1)[acts.topk(k, dim=0).indices]  # [k, neuron, width]
    return (unit.sum(0).square().sum(1) - k) / (k * (k - 1))


def among_copies(vectors: Float[Tensor, "copy width"], times: int) -> Float[Tensor, " neuron"]:
    """How alike the copies of each neuron are: the mean cosine of every two of them.

    vectors: one for each copy, those of one neuron side by side; times: how many copies a neuron has, 2 or more.
    """
    unit = F.normalize(vectors, dim=1).unflatten(0, (-1, times))
    return (unit.sum(1).square().sum(1) - times) / (times * (times - 1))
