# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   course: {chapter: "08", title: Polysemantic neurons, reading: 45, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 8. Polysemantic neurons
#
# TEXT

# %% tags=["setup"]
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, plots, predict, progress, quiz, solution

# %%
SEED = 0
TRAINING = 0  # 0, 1 or 2
torch.set_num_threads(1)  # tensors this small are quicker on one core


# %% exercise="8.1"
def over_the_range(acts: Float[Tensor, " row"], n: int) -> Int[Tensor, " n"]:
    """Rows at n equal steps of the activation, from the largest down to the smallest."""
    ### BEGIN SOLUTION
    levels = torch.linspace(acts.max().item(), acts.min().item(), n)
    return (acts - levels[:, None]).abs().argmin(dim=1)
    ### END SOLUTION


# %%
check("8.1", over_the_range)


# %% exercise="8.2"
def meanings_needed(acts: Float[Tensor, " row"], meaning: Int[Tensor, " row"], share: float) -> int:
    """How many meanings, at the least, carry this share of the activation above zero."""
    ### BEGIN SOLUTION
    of_each = torch.bincount(meaning, weights=acts.clamp_min(0))
    reached = of_each.sort(descending=True).values.cumsum(0)
    return int((reached < share * reached[-1]).sum()) + 1
    ### END SOLUTION


# %%
check("8.2", meanings_needed)


# %% exercise="8.3"
def as_large_by_chance(
    rated: Bool[Tensor, " neuron"], kind: Bool[Tensor, " neuron"], deals: Bool[Tensor, "deal neuron"]
) -> float:
    """The share of deals in which the neurons of the kind lead by at least as much as they do."""

    ### BEGIN SOLUTION
    def lead(names: Bool[Tensor, " neuron"]) -> float:
        return rated[names].float().mean().item() - rated[~names].float().mean().item()

    found = lead(kind)
    return sum(lead(names) >= found for names in deals) / len(deals)
    ### END SOLUTION


# %%
check("8.3", as_large_by_chance)


# %% exercise="8.4"
def rank_correlation(a: Float[Tensor, " item"], b: Float[Tensor, " item"]) -> Float[Tensor, ""]:
    """The correlation of their ranks; equal numbers share the mean of their ranks."""

    ### BEGIN SOLUTION
    def ranks(x: Float[Tensor, " item"]) -> Float[Tensor, " item"]:
        _, place, count = x.unique(return_inverse=True, return_counts=True)
        return (count.cumsum(dim=0) - count / 2)[place]

    return torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[0, 1]
    ### END SOLUTION


# %%
check("8.4", rank_correlation)


# %% exercise="8.5"
def solu(x: Float[Tensor, "*row neuron"]) -> Float[Tensor, "*row neuron"]:
    """Each number times its share in the softmax of its row."""
    ### BEGIN SOLUTION
    return x * x.softmax(dim=-1)
    ### END SOLUTION


# %%
check("8.5", solu)


# %% exercise="8.6"
def quiet_share(before: Float[Tensor, "row neuron"], effect: Float[Tensor, "row neuron"]) -> Float[Tensor, ""]:
    """The share of the effect that comes from the half of each row with the smallest activations."""
    ### BEGIN SOLUTION
    quiet = before.abs().argsort(dim=1)[:, : before.shape[1] // 2]
    return effect.gather(1, quiet).sum() / effect.sum()
    ### END SOLUTION


# %%
check("8.6", quiet_share)


# %% exercise="8.7"
def push(effect: Float[Tensor, "neuron vocab"], group: Bool[Tensor, " vocab"]) -> Float[Tensor, " neuron"]:
    """How far each neuron raises the group above all other pieces, in its own standard deviations."""
    ### BEGIN SOLUTION
    lead = effect[:, group].mean(dim=1) - effect[:, ~group].mean(dim=1)
    return lead / effect.std(dim=1, correction=0).clamp_min(1e-6)
    ### END SOLUTION


# %%
check("8.7", push)


# %% exercise="8.8"
def neurons_to_flip(part: Float[Tensor, "text neuron"], rest: Float[Tensor, " text"]) -> Int[Tensor, " text"]:
    """How many neurons must go, at the least, before the right answer no longer leads; -1 where none suffice."""
    ### BEGIN SOLUTION
    against = part.clamp_min(0).sort(dim=1, descending=True).values.cumsum(dim=1)
    left = (part.sum(dim=1) + rest)[:, None] - F.pad(against, (1, 0))
    flipped = left <= 0
    return torch.where(flipped.any(dim=1), flipped.int().argmax(dim=1), -1)
    ### END SOLUTION


# %%
check("8.8", neurons_to_flip)


# %% exercise="8.9"
def attribution_order(
    acts: Float[Tensor, "row neuron"], usual: Float[Tensor, " neuron"], gradient: Float[Tensor, "row neuron"]
) -> Int[Tensor, " neuron"]:
    """All neurons, those first that the answer would lose most by if they were as usual."""
    ### BEGIN SOLUTION
    amount = ((acts - usual) * gradient).mean(dim=0)
    return amount.argsort(descending=True)
    ### END SOLUTION


# %%
check("8.9", attribution_order)


# %% exercise="8.10"
def beyond_a_sum(grid: Float[Tensor, "first second neuron"]) -> Float[Tensor, " neuron"]:
    """The share of each neuron's variance that no score for the first plus one for the second explains."""
    ### BEGIN SOLUTION
    x = grid - grid.mean(dim=(0, 1))
    left = x - x.mean(dim=0) - x.mean(dim=1, keepdim=True)
    return left.square().sum(dim=(0, 1)) / x.square().sum(dim=(0, 1)).clamp_min(1e-9)
    ### END SOLUTION


# %%
check("8.10", beyond_a_sum)


# %% exercise="8.11"
def best_swap(
    gradient: Float[Tensor, "position model"],
    E: Float[Tensor, "vocab model"],
    tokens: Int[Tensor, " position"],
    allowed: Bool[Tensor, "position vocab"],
) -> tuple[int, int]:
    """The place, and the piece for it, that promise to raise the score most."""
    ### BEGIN SOLUTION
    gain = gradient @ E.T - (gradient * E[tokens]).sum(dim=1, keepdim=True)
    best = gain.masked_fill(~allowed, -torch.inf).argmax().item()
    return divmod(best, len(E))
    ### END SOLUTION


# %%
check("8.11", best_swap)

# %%
quiz("8")

# %%
progress()
