"""What a rater gets to see of a neuron: where it fires, over its whole range; a few lines of text."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

BEFORE = 5  # pieces of context


def context(pieces: Sequence[str], tokens: Int[Tensor, "document position"], row: int) -> str:
    """The pieces up to a row of `tokens.flatten()`, the last in brackets: `… by the pond. Two fern owl⟦s⟧`."""
    document, position = divmod(row, tokens.shape[1])
    seen = [pieces[t] for t in tokens[document, max(0, position - BEFORE) : position + 1].tolist()]
    return "".join(seen[:-1]).replace("\n", "⏎") + f"⟦{seen[-1]}⟧".replace("\n", "⏎")


def card(
    pieces: Sequence[str],
    tokens: Int[Tensor, "document position"],
    acts: Float[Tensor, " row"],
    rows: Sequence[int],
) -> str:
    """A line for each row: how much of the neuron's largest activation, and where."""
    largest = acts.max().item()
    return "\n".join(f"{acts[row].item() / largest:6.0%}  {context(pieces, tokens, row)}" for row in map(int, rows))


def equal_steps(acts: Float[Tensor, " row"], n: int) -> Int[Tensor, " n"]:
    """Rows nearest to n equal steps of the activation, from the largest down to the smallest; the first of several."""
    levels = torch.linspace(acts.max().item(), acts.min().item(), n)
    order = acts.argsort(stable=True)  # of equal values the first row comes first
    ascending = acts[order]
    above = torch.searchsorted(ascending, levels).clamp_max(len(acts) - 1)
    near = torch.stack([ascending[above], ascending[(above - 1).clamp_min(0)]])  # [above or below, level]
    rows = order[torch.searchsorted(ascending, near.contiguous())]
    distance = (near - levels).abs()
    tie = torch.minimum(rows[0], rows[1])
    nearer = torch.where(distance[0] < distance[1], rows[0], rows[1])
    return torch.where(distance[0] == distance[1], tie, nearer)
