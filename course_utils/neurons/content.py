"""What a neuron is about, by labels: how many meanings carry its activation, and how well it tells the best of them."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def meanings_needed(
    acts: Float[Tensor, "row neuron"], meaning: Int[Tensor, " row"], share: float
) -> Int[Tensor, " neuron"]:
    """How many meanings, at the least, carry this share of each neuron's activation above zero.

    Each row has one meaning, a number from 0. A neuron that is never above zero needs 1.
    """
    of_each = torch.zeros(int(meaning.max()) + 1, acts.shape[1]).index_add_(0, meaning, acts.clamp_min(0))
    reached = of_each.sort(dim=0, descending=True).values.cumsum(0)
    return (reached < share * reached[-1]).sum(0) + 1


def top_entropy(acts: Float[Tensor, "row neuron"], kind: Int[Tensor, " row"], k: int) -> Float[Tensor, " neuron"]:
    """The entropy, in nats, of the kinds of the k rows that excite each neuron most: 0 if all are of one kind."""
    top = kind[acts.topk(k, dim=0).indices]
    counts = torch.zeros(int(kind.max()) + 1, acts.shape[1]).scatter_add_(0, top, torch.ones(top.shape))
    p = counts / k
    return -(p * p.clamp_min(1e-12).log()).sum(0)


def best_f1(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"], deepest: int = 2500
) -> tuple[Float[Tensor, " neuron"], Int[Tensor, " neuron"]]:
    """For each neuron the largest F1 over all features and all thresholds that let at most `deepest` rows through,
    and the feature. (`probing.best_neurons` asks the other way round.)"""
    deepest, holds = min(deepest, len(acts)), labels.sum(0)
    said, best = torch.arange(1, deepest + 1)[:, None], []
    for order in acts.topk(deepest, dim=0).indices.unbind(1):
        of_feature = (2 * labels[order].float().cumsum(0) / (said + holds)).amax(0)
        best.append(of_feature.max(0))
    return torch.stack([each.values for each in best]), torch.stack([each.indices for each in best])


def best_of_features(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"], deepest: int = 200, at_once: int = 400
) -> Float[Tensor, " feature"]:
    """For each feature the largest F1 of any neuron, over all thresholds that let at most `deepest` rows through.

    The same as `probing.best_neurons` finds for rare features, for thousands of neurons.
    """
    deepest, holds, best = min(deepest, len(acts)), labels.sum(0), torch.zeros(labels.shape[1])
    said = torch.arange(1, deepest + 1)[:, None, None]
    for some in acts.split(at_once, dim=1):
        right = labels[some.topk(deepest, dim=0).indices].float().cumsum(0)  # [rank, neuron, feature]
        best = torch.maximum(best, (2 * right / (said + holds)).amax((0, 1)))
    return best


def in_short(
    acts: Float[Tensor, "row neuron"],
    families: dict[str, Bool[Tensor, "row feature"]],
    meaning: Int[Tensor, " row"],
    generator: torch.Generator,
    drawn: int = 128,
) -> dict[str, float]:
    """A layer in a few numbers, as a table wants them.

    families: name → labels of its features; meaning: of each row, a number from 0; drawn: of how many neurons, taken at
    random, the best F1 is given as well, so that a wide layer can be compared with a narrow one.
    """
    holds = torch.cat([*families.values()], dim=1)
    of_family = best_of_features(acts, holds).split([labels.shape[1] for labels in families.values()])
    some = acts[:, torch.randperm(acts.shape[1], generator=generator)[:drawn]]
    needed = meanings_needed(acts, meaning, 0.9).float()
    return {
        **{f"F1 of the best neuron, {name}": best.mean().item() for name, best in zip(families, of_family)},
        f"F1 of the best of {drawn}, drawn at random": best_of_features(some, holds).mean().item(),
        "meanings, mean": needed.mean().item(),
        "meanings, least": needed.min().item(),
        "share silent": (acts.amax(0) < 0.05).float().mean().item(),
    }
