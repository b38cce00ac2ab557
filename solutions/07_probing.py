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
#   course: {chapter: "07", title: "What a probe shows, and what it doesn't", reading: 40, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 7. What a probe shows, and what it doesn't

# %% tags=["setup"]
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils import check, compare, hint, predict, progress, quiz, solution

# %% [markdown]
# **Exercise 7.1** (B · 7 min · 2 points) text

# %% exercise="7.1"
def mean_difference_scores(
    fit_acts: Float[Tensor, "fit neuron"], fit_label: Bool[Tensor, " fit"], acts: Float[Tensor, "row neuron"]
) -> Float[Tensor, " row"]:
    """How far each row lies along the difference of the two means; 0 half-way between them."""
    ### BEGIN SOLUTION
    with_it, without = fit_acts[fit_label].mean(dim=0), fit_acts[~fit_label].mean(dim=0)
    return (acts - (with_it + without) / 2) @ (with_it - without)
    ### END SOLUTION


# %%
check("7.1", mean_difference_scores)

# %% [markdown]
# **Exercise 7.2** (B · 7 min · 2 points) text

# %% exercise="7.2"
def half_of_the_documents(document: Int[Tensor, " row"]) -> Bool[Tensor, " row"]:
    """True in every row of half of the documents, drawn anew at each call."""
    ### BEGIN SOLUTION
    numbers = document.unique()
    chosen = numbers[torch.randperm(len(numbers))[: len(numbers) // 2]]
    return torch.isin(document, chosen)
    ### END SOLUTION


# %%
check("7.2", half_of_the_documents)

# %% [markdown]
# **Exercise 7.3** (B · 6 min · 2 points) text

# %% exercise="7.3"
def precision_recall_f1(said: Bool[Tensor, " row"], label: Bool[Tensor, " row"]) -> tuple[float, float, float]:
    """What a probe said, against what holds; 0 for a ratio that would be 0/0."""
    ### BEGIN SOLUTION
    right, n_said, holds = (said & label).sum().item(), said.sum().item(), label.sum().item()
    if not right:
        return 0.0, 0.0, 0.0
    return right / n_said, right / holds, 2 * right / (n_said + holds)
    ### END SOLUTION


# %%
check("7.3", precision_recall_f1)

# %% [markdown]
# **Exercise 7.4** (C · 9 min · 2 points · needs 7.3) text

# %% exercise="7.4"
def f1_of_draws(
    right: Int[Tensor, " document"],
    said: Int[Tensor, " document"],
    holds: Int[Tensor, " document"],
    picked: Int[Tensor, "draw document"],
) -> Float[Tensor, " draw"]:
    """The F1 of each collection of documents, all their positions taken together."""
    ### BEGIN SOLUTION
    said_or_holds = said[picked].sum(dim=1) + holds[picked].sum(dim=1)
    return torch.nan_to_num(2 * right[picked].sum(dim=1) / said_or_holds)
    ### END SOLUTION


# %%
check("7.4", f1_of_draws)

# %% [markdown]
# **Exercise 7.5** (A · 5 min · 1 point) text

# %% exercise="7.5"
def control_labels(tokens: Int[Tensor, "*row"], vocabulary: int, rate: float) -> Bool[Tensor, "*row"]:
    """A random label for each piece of the vocabulary, at every place where the piece stands."""
    ### BEGIN SOLUTION
    label = torch.rand(vocabulary) < rate
    return label[tokens]
    ### END SOLUTION


# %%
check("7.5", control_labels)

# %% [markdown]
# **Exercise 7.6** (B · 7 min · 2 points · needs 7.1) text

# %% exercise="7.6"
def top_neurons(acts: Float[Tensor, "row neuron"], label: Bool[Tensor, " row"], k: int) -> Int[Tensor, " k"]:
    """The k neurons whose means with and without the feature are furthest apart, in their standard deviations."""
    ### BEGIN SOLUTION
    difference = acts[label].mean(dim=0) - acts[~label].mean(dim=0)
    size = difference.abs() / acts.std(dim=0).clamp_min(1e-8)
    return size.topk(k).indices
    ### END SOLUTION


# %%
check("7.6", top_neurons)

# %% [markdown]
# **Exercise 7.7** (C · 8 min · 2 points · needs 7.1) text

# %% exercise="7.7"
def pattern(acts: Float[Tensor, "row neuron"], weight: Float[Tensor, " neuron"]) -> Float[Tensor, " neuron"]:
    """The covariance of the neurons times a probe's weights."""
    ### BEGIN SOLUTION
    return torch.cov(acts.T, correction=0) @ weight
    ### END SOLUTION


# %%
check("7.7", pattern)

# %% [markdown]
# **Exercise 7.8** (A · 5 min · 1 point · needs 7.7) text

# %% exercise="7.8"
### BEGIN SOLUTION
account = "c"
### END SOLUTION

# %%
check("7.8", account)

# %% [markdown]
# **Exercise 7.9** (C · 12 min · 3 points · needs 7.1) text

# %% exercise="7.9"
def erase(acts: Float[Tensor, "row neuron"], label: Bool[Tensor, " row"]) -> Float[Tensor, "row neuron"]:
    """The rows without what varies with the label, changed as little as possible."""
    ### BEGIN SOLUTION
    together = torch.cov(torch.cat([acts.T, label[None]]))
    Sigma, sigma = together[:-1, :-1], together[:-1, -1]
    x, s = acts - acts.mean(dim=0), torch.linalg.solve(Sigma, sigma)
    return acts - torch.outer(x @ s, sigma) / (sigma @ s)
    ### END SOLUTION


# %%
check("7.9", erase)

# %% [markdown]
# **Exercise 7.10** (B · 7 min · 2 points) text

# %% exercise="7.10"
### BEGIN SOLUTION
best_line = 3 / 4
### END SOLUTION

# %%
check("7.10", best_line)

# %% [markdown]
# **Exercise 7.11** (C · 9 min · 2 points) text

# %% exercise="7.11"
def split_direction(
    v: Float[Tensor, " neuron"], W_out: Float[Tensor, "neuron model"]
) -> tuple[Float[Tensor, " neuron"], Float[Tensor, " neuron"]]:
    """What the output weights read of a direction, and what they don't; together they are the direction."""
    ### BEGIN SOLUTION
    rank = torch.linalg.matrix_rank(W_out)
    basis = torch.linalg.svd(W_out, full_matrices=False).U[:, :rank]
    read = basis @ (v @ basis)
    return read, v - read
    ### END SOLUTION


# %%
check("7.11", split_direction)

# %% [markdown]
# **Exercise 7.12** (C · 9 min · 2 points · needs 7.11) text

# %% exercise="7.12"
def is_illusory(
    full: Float[Tensor, " pair"], along: Float[Tensor, "direction pair"], read: Float[Tensor, "direction pair"]
) -> Bool[Tensor, " direction"]:
    """True for a direction along which a patch works while its read part alone doesn't."""
    ### BEGIN SOLUTION
    share = along.mean(dim=1) / full.mean()
    alone = read.mean(dim=1) / full.mean()
    return (share >= 0.5) & (alone < share / 2)
    ### END SOLUTION


# %%
check("7.12", is_illusory)
