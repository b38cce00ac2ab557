"""What a probe would score if the model knew nothing: labels without meaning, and activations without learning."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import gelu


def shuffled(labels: Bool[Tensor, "row feature"], seed: int) -> Bool[Tensor, "row feature"]:
    """The labels of other rows: every base rate and every pair of labels stays, what they say of a row doesn't."""
    return labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))]


def control_task(
    tokens: Int[Tensor, "*row"], vocabulary: int, rates: Float[Tensor, " task"], seed: int
) -> Bool[Tensor, "*row task"]:
    """Control tasks: each piece of the vocabulary gets a random label, and keeps it wherever it stands. A probe can
    only learn them by heart. The difference between the scores of the real task and of its control task is the probe's
    *selectivity* (Hewitt and Liang 2019, *Designing and Interpreting Probes with Control Tasks*).

    Args:
        rates: for each task the probability that a piece gets the label.
    """
    drawn = torch.rand(vocabulary, len(rates), generator=torch.Generator().manual_seed(seed)) < rates
    return drawn[tokens]


def rate_of_piece(
    tokens: Int[Tensor, " row"], labels: Bool[Tensor, "row feature"], vocabulary: int
) -> Float[Tensor, "vocabulary feature"]:
    """How often each feature holds at each piece: what an embedding gives for free. ``rate[tokens]`` is a score that
    knows the piece and nothing of what stands before it. A piece that never came has the base rate."""
    times = torch.bincount(tokens, minlength=vocabulary)
    holds = torch.zeros(vocabulary, labels.shape[1]).index_add(0, tokens, labels.float())
    return torch.where(times[:, None] > 0, holds / times[:, None], labels.float().mean(0))


def random_gelus(acts: Float[Tensor, "row neuron"], width: int, seed: int) -> Float[Tensor, "row width"]:
    """GELUs of random directions: a hidden layer that nobody trained. The directions have about unit length. Such
    features let a linear probe read products of what it is given (Rahimi and Recht 2007, *Random Features for
    Large-Scale Kernel Machines*)."""
    generator = torch.Generator().manual_seed(seed)
    return gelu(acts @ torch.randn(acts.shape[1], width, generator=generator) / acts.shape[1] ** 0.5)
