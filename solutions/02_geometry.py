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
#   course: {chapter: "02", title: The geometry of superposition, reading: 40, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 2. The geometry of superposition
#
# Five features in a plane make a pentagon. What do 64 make in eight dimensions, where nobody can look? They make
# pentagons, too, and digons, triangles and tetrahedra, each in a few dimensions of its own. You will find them, watch
# one arrangement give way to another, and ask what all this geometry costs.
#
# **You will**
# - measure how much room a model gives its features, one by one, and find the polytopes behind the numbers;
# - vary one feature alone, and measure a first-order transition: where it is, and by how much a slope jumps;
# - write worlds in which features come together or exclude each other, and see the arrows follow;
# - match the drops of a loss with the jumps of the geometry, and say how often that happens by accident;
# - attack models, overfit them, and put seven open problems to small experiments, the last of them your own.
#
# **You need** chapter 01 (features as arrows, density, interference, the price of dropping a feature).
# **Time** about {minutes} minutes, in two sittings (the place to stop is marked, after 2.5); {exercises} exercises,
# {points} points. A: warm-up, B: core, C: stretch, D: open-ended.
#
# **Sources** Elhage et al. 2022, *Toy Models of Superposition*, sections 3 to 6; Henighan et al. 2023, *Superposition,
# Memorization, and Double Descent*; Nanda 2022, *200 Concrete Open Problems in Mechanistic Interpretability: Exploring
# Polysemanticity and Superposition*; Liu, Liu and Gore 2025, *Superposition Yields Robust Neural Scaling*. Others where
# they are used. Where our settings differ from theirs, we say so.

# %% tags=["setup"]
from collections import Counter

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils import check, compare, hint, plots, predict, progress, quiz, solution, toy, widgets

# %% [markdown]
# Every random number follows from the seed below, and every claim about a result stands in an `assert`
# (`bench/bands.py 02` runs these very cells with other seeds and prints the margins). Try your own.

# %%
SEED = 0
quiet = {"seed": SEED, "progress": False}
torch.set_num_threads(1)  # tensors this small are quicker on one core; `toy.train` uses all of them by itself

# %% [markdown]
# ## 2.1 Dimensions per feature
#
# A model has $m$ hidden dimensions. How many features share them? An arrow of length 1 adds 1 to $\lVert W
# \rVert_F^2$, the sum of all squared weights, and a dropped one adds 0. So
#
# $$ D^* = \frac{m}{\lVert W \rVert_F^2} $$
#
# is the number of **dimensions per feature**: 1 if each has a dimension to itself, less the more they share.
# <br>*Elhage et al. 2022, section 4, "The Geometry of Superposition".*

# %% [markdown]
# **Exercise 2.1** (A · 6 min · 1 point) For a whole stack of models at once.


# %% exercise="2.1"
def dims_per_feature(W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance"]:
    """Hidden dimensions over squared weights, per model."""
    ### BEGIN SOLUTION
    return W.shape[1] / (W**2).sum(dim=(1, 2))
    ### END SOLUTION


# %%
check("2.1", dims_per_feature)

# %% [markdown]
# ## 2.2 The share of a dimension
#
# **Exercise 2.2** (B · 10 min · 2 points) For a whole stack of models. A feature whose column is zero has $D_i = 0$.


# %% exercise="2.2"
def dimensionality(W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance feature"]:
    """‖w_i‖² / Σ_j (ŵ_i · w_j)², per feature."""
    ### BEGIN SOLUTION
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    heard = ((unit.mT @ W) ** 2).sum(dim=-1)
    return torch.where(heard > 0, (W**2).sum(dim=1) / heard.clamp_min(1e-12), 0.0)
    ### END SOLUTION


# %%
check("2.2", dimensionality)

# %% [markdown]
# **Exercise 2.3**

# %% exercise="2.3"
### BEGIN SOLUTION
# All arrows alike and no direction preferred: Σ_j w_j w_jᵀ = (n/m) · identity, so Σ_j (ŵ·w_j)² = n/m, and D = m/n.
shares = [dims / arrows for dims, arrows in ((1, 2), (2, 3), (3, 4), (2, 5), (3, 8))]
### END SOLUTION

# %%
check("2.3", shares)

# %% [markdown]
# **Exercise 2.4**


# %% exercise="2.4"
def sharing(W: Float[Tensor, "hidden feature"], t: float) -> Int[Tensor, "feature"]:
    """The smallest feature of each feature's group; −1 for features that were dropped."""
    ### BEGIN SOLUTION
    n, length = W.shape[1], W.norm(dim=0)
    kept = length > 0.5
    unit = W / length.clamp_min(1e-12)
    linked = ((unit.T @ unit).abs() > t) & kept & kept[:, None]
    label = torch.arange(n)
    for _ in range(n):  # a chain is at most n long
        label = torch.where(linked, label, n).amin(dim=1)
    return torch.where(kept, label, -1)
    ### END SOLUTION


# %%
check("2.4", sharing)

# %% [markdown]
# **Exercise 2.5**


# %% exercise="2.5"
def crossing(
    x: Float[Tensor, "point"], first: Float[Tensor, "point"], second: Float[Tensor, "point"]
) -> tuple[float, float]:
    """Where two losses cross, and by how much the slope of the lower one changes there."""
    ### BEGIN SOLUTION
    gap = first - second
    k = int((gap[:-1] * gap[1:] < 0).nonzero()[0])
    step = x[k + 1] - x[k]
    place = x[k] + step * gap[k] / (gap[k] - gap[k + 1])
    slope = (gap[k + 1] - gap[k]) / step  # of the first, minus that of the second
    jump = slope if gap[k] > 0 else -slope  # the second is the lower one before, the first after
    return float(place), float(jump)
    ### END SOLUTION


# %%
check("2.5", crossing)

# %% [markdown]
# **Exercise 2.6**


# %% exercise="2.6"
def come_together(batch: int, density: float, groups: Int[Tensor, "feature"]) -> Float[Tensor, "batch feature"]:
    """Features of one group are on in the same rows, each with a strength of its own."""
    ### BEGIN SOLUTION
    names, place = groups.unique(return_inverse=True)
    on = torch.rand(batch, len(names)) < density
    return on[:, place] * torch.rand(batch, len(groups))
    ### END SOLUTION


# %%
check("2.6", come_together)

# %% [markdown]
# **Exercise 2.7**


# %% exercise="2.7"
def exclude_each_other(batch: int, density: float, groups: Int[Tensor, "feature"]) -> Float[Tensor, "batch feature"]:
    """At most one feature of each group is on, every one with probability `density`."""
    ### BEGIN SOLUTION
    x = torch.zeros(batch, len(groups))
    for group in groups.unique():
        u = torch.rand(batch)
        for n, feature in enumerate((groups == group).nonzero()[:, 0]):
            mine = (n * density <= u) & (u < (n + 1) * density)
            x[:, feature] = mine * torch.rand(batch)
    return x
    ### END SOLUTION


# %%
check("2.7", exclude_each_other)

# %% [markdown]
# **Exercise 2.8**

# %% exercise="2.8"
### BEGIN SOLUTION
# Merged: both are wrong by (x₁ − x₂)/2 whenever the pair is on, E = (1/6)/4. Separate: p²/6, as in 1.12.
merged_at_04 = 0.4 / 24
boundary = (1 / 24) / (1 / 6)
collapse = [merged_at_04, boundary]
### END SOLUTION

# %%
check("2.8", collapse)

# %% [markdown]
# **Exercise 2.9**


# %% exercise="2.9"
def drops(loss: Float[Tensor, "log"], span: int, least: float) -> list[int]:
    """For each drop, the log from which the largest share of the loss is lost."""
    ### BEGIN SOLUTION
    found, best = [], None
    for t in range(len(loss) - span):
        fall = 1 - loss[t + span].item() / loss[t].item()
        if fall > least:
            best = (fall, t) if best is None or fall > best[0] else best
        elif best is not None:
            found.append(best[1])
            best = None
    return found if best is None else [*found, best[1]]
    ### END SOLUTION


# %%
check("2.9", drops)

# %% [markdown]
# **Exercise 2.10**


# %% exercise="2.10"
def attack(
    W: Float[Tensor, "hidden feature"], b: Float[Tensor, "feature"], x: Float[Tensor, "input feature"], eps: float
) -> Float[Tensor, "input feature"]:
    """For each input a δ of length eps that moves the output as far as possible."""
    ### BEGIN SOLUTION
    clean = toy.relu_output_model(W[None], b[None], x[:, None])[:, 0]
    gram = W.T @ W
    starts = torch.nn.functional.normalize(torch.cat([gram, -gram]), dim=1)
    delta = eps * starts[:, None].expand(-1, *x.shape)  # [start, input, feature]
    for _ in range(20):
        delta = delta.detach().requires_grad_()
        moved = ((x + delta) @ gram + b).relu() - clean
        (gradient,) = torch.autograd.grad((moved**2).sum(), delta)
        length = gradient.norm(dim=-1, keepdim=True)
        delta = torch.where(length > 0, eps * gradient / length.clamp_min(1e-12), delta)
    delta = delta.detach()
    strength = (((x + delta) @ gram + b).relu() - clean).norm(dim=-1)
    return delta[strength.argmax(dim=0), torch.arange(len(x))]
    ### END SOLUTION


# %%
check("2.10", attack)

# %% [markdown]
# **Exercise 2.11**


# %% exercise="2.11"
def seen_and_unseen(
    W: Float[Tensor, "run hidden feature"],
    b: Float[Tensor, "run feature"],
    train: list,
    test: Float[Tensor, "row feature"],
) -> tuple[Float[Tensor, "run"], Float[Tensor, "run"], Float[Tensor, "run"]]:
    """Errors on each model's own training set and on the test set, and the mean D of its training examples."""
    ### BEGIN SOLUTION
    seen, unseen, room = [], [], []
    for W_k, b_k, rows in zip(W, b, train):
        for x, errors in ((rows, seen), (test, unseen)):
            x_hat = (x @ W_k.T @ W_k + b_k).relu()
            errors.append(((x_hat - x) ** 2).sum(dim=1).mean())
        room.append(toy.feature_dimensionality(W_k @ rows.T).mean())
    return torch.stack(seen), torch.stack(unseen), torch.stack(room)
    ### END SOLUTION


# %%
check("2.11", seen_and_unseen)

# %% [markdown]
# **Exercise 2.12**


# %% exercise="2.12"
def stands_out(W: Float[Tensor, "hidden feature"], turns: Float[Tensor, "draw hidden hidden"]) -> float:
    """The share of turned copies of W whose features are aligned less well with the hidden units."""
    ### BEGIN SOLUTION
    kept = W[:, W.norm(dim=0) > 0.5]

    def alignment(model):
        squares = model**2
        return (squares.amax(dim=-2) / squares.sum(dim=-2)).mean(dim=-1)

    return (alignment(turns @ kept) < alignment(kept) - 1e-6).float().mean().item()
    ### END SOLUTION


# %%
check("2.12", stands_out)

# %% [markdown]
# **Exercise 2.13**

# %% exercise="2.13"
### BEGIN SOLUTION
mine = None
### END SOLUTION

# %%
check("2.13", mine)
