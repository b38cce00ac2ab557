"""Sets of neurons that carry a feature: which to put back to their usual value so that the model loses it."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

Score = Callable[[Float[Tensor, "row neuron"]], Float[Tensor, " row"]]


def without(
    acts: Float[Tensor, "row neuron"], usual: Float[Tensor, " neuron"], chosen: Int[Tensor, " k"]
) -> Float[Tensor, "row neuron"]:
    """The rows with some neurons at their usual value."""
    changed = acts.clone()
    changed[:, chosen] = usual[chosen]
    return changed


def fall(
    acts: Float[Tensor, "row neuron"],
    usual: Float[Tensor, " neuron"],
    order: Int[Tensor, " neuron"],
    sizes: list[int],
    score: Score,
) -> Float[Tensor, " size"]:
    """The mean score when the first 0, 1, 2, … neurons of an order are as usual."""
    return torch.stack([score(without(acts, usual, order[:k])).mean() for k in sizes])


def greedy_order(
    acts: Float[Tensor, "row neuron"], usual: Float[Tensor, " neuron"], k: int, score: Score
) -> Int[Tensor, " k"]:
    """k neurons, each of which lowers the mean score most beside those before it."""
    chosen: list[int] = []
    for _ in range(k):
        left = [n for n in range(acts.shape[1]) if n not in chosen]
        tried = [score(without(acts, usual, torch.tensor([*chosen, n]))).mean().item() for n in left]
        chosen.append(left[min(range(len(left)), key=tried.__getitem__)])
    return torch.tensor(chosen)
