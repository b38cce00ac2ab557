"""What a model would choose: knowledge by ranks among few pieces, where nats also ask how sure it is."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def in_top_two(
    logits: Float[Tensor, "place vocab"],
    came: Int[Tensor | np.ndarray, " place"],
    can: Int[Tensor | np.ndarray, " piece"],
) -> float:
    """How often the piece that came is among the two favourites of those that can come."""
    came, can = torch.as_tensor(came), torch.as_tensor(can)
    better = logits[:, can] > logits.gather(1, came[:, None])
    return (better.sum(dim=1) < 2).float().mean().item()


def right_of_rivals(
    logits: Float[Tensor, "place vocab"],
    rivals: Int[Tensor | np.ndarray, "place rival follower"],
    right: Int[Tensor | np.ndarray, " place"],
) -> float:
    """How often the right one of several rivals is the favourite: that whose followers are likeliest together."""
    rivals, right = torch.as_tensor(rivals), torch.as_tensor(right)
    scores = logits.gather(1, rivals.flatten(1)).unflatten(1, rivals.shape[1:]).logsumexp(dim=2)
    return (scores.argmax(dim=1) == right).float().mean().item()
