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
#   course: {chapter: "02", title: The geometry of superposition, reading: 32, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 2. The geometry of superposition
#
# Five features in a plane make a pentagon. What do 64 make in eight dimensions, where nobody can look? Numbers have
# to look for us. With them you will find figures that have names, each in a few dimensions of its own, and heaps that
# have none, watch one arrangement give way to another, and ask what all this geometry costs.
#
# **You will**
# - measure how much room a model gives its features, one by one, and find the polytopes behind the numbers;
# - vary one feature alone, and measure how one arrangement gives way to another;
# - write worlds in which features come together or exclude each other, and see the arrows follow;
# - match the drops of a loss with the jumps of the geometry, against two controls;
# - attack models, overfit them, answer seven open questions by small experiments, and then one of your own.
#
# **You need** chapter 01 (features as arrows, density, interference, the price of dropping a feature). **Time** about
# {minutes} minutes ({core} without the exercises marked C and D), best in three sittings (the places to stop are
# marked, after 2.5 and after 2.9); {exercises} exercises, {points} points. A: warm-up, B: core, C: stretch, D:
# open-ended.
#
# **Sources** Elhage et al. 2022, *Toy Models of Superposition*, sections 3 to 6; Henighan et al. 2023, *Superposition,
# Memorization, and Double Descent*; Nanda 2022, *200 Concrete Open Problems in Mechanistic Interpretability: Exploring
# Polysemanticity and Superposition*; Liu, Liu and Gore 2025, *Superposition Yields Robust Neural Scaling*. Others
# where they are used. Where our settings differ from theirs, we say so.

# %% tags=["setup"]
from collections import Counter
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from course_utils import check, compare, hint, plots, predict, progress, quiz, solution, toy, widgets

# %% [markdown]
# Every random number follows from the seed below. Every claim about a result stands in an `assert` of the solution, and
# `bench/bands.py 02` runs its very cells with other seeds. Try your own.

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
#
# **Exercise 2.1** (A · 5 min · 1 point) For a whole stack of models at once.


# %% exercise="2.1"
def dims_per_feature(W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance"]:
    """Hidden dimensions over squared weights, per model."""
    ### BEGIN SOLUTION
    return W.shape[1] / (W**2).sum(dim=(1, 2))
    ### END SOLUTION


# %%
check("2.1", dims_per_feature)

# %%
predict(
    "2.1",
    question="64 features in 8 dimensions. The data get sparser, D* falls from 1 on. Where does it rest for a while?",
    choices=["nowhere", "near 3/4", "near 1/2", "near 1/3"],
)

# %% [markdown]
# Let $x = 1/\text{density}$: at $x = 1$ everything is on, at $x = 10$ a feature is on in one input of ten. Nineteen
# models of 64 features in 8 dimensions, one for each $x$; beside them 32 in 4, and 400 in 30 at every second $x$. All
# features matter the same, in this section and the next ones.

# %%
x = torch.linspace(1, 10, 19)
short = {"steps": 1000, "batch_size": 256, "lr": 1e-2}
sweep = toy.train(64, 8, density=(1 / x)[:, None], **short, **quiet)
smaller = toy.train(32, 4, density=(1 / x)[:, None], **short, **quiet)
wider = toy.train(400, 30, density=(1 / x[::2])[:, None], **short, seed=SEED)

# %%
stars = {"64 in 8": (x, sweep), "32 in 4": (x, smaller), "400 in 30": (x[::2], wider)}
star = {name: toy.dimensions_per_feature(result.W) for name, (_, result) in stars.items()}
flat = {name: star[name][(at >= 2.4) & (at <= 3.1)] for name, (at, _) in stars.items()}
rest = {name: at[(star[name] - 0.5).abs() < 0.04].tolist() for name, (at, _) in stars.items()}
for name, values in flat.items():
    print(f"{name:10} D* within 0.04 of 1/2 at x = {rest[name]}; at x = 10: {star[name][-1]:.2f}")
    assert len(rest[name]) > 1 and rest[name][-1] <= 4
    assert values.min() > 0.46 and values.max() < 0.54 and star[name][-1] < 0.42 and star[name][0] > 0.9
for name in ("64 in 8", "32 in 4"):
    later = (star["400 in 30"][2:] - star[name][4::2])[1:5]  # at x = 4 to 7
    assert later.abs().max() < 0.12 and later.mean() > 0.02
grid = {name: at for name, (at, _) in stars.items()}
picture = plots.line_panels(grid, {"": star}, x_title="1/density", y_titles=["dimensions per feature D*"])
said = ", ".join(f"{name} from x = {places[0]:g} to {places[-1]:g}" for name, places in rest.items())
compare("2.1", f"near 1/2: {said}", picture)

# %% [markdown]
# $D^*$ rests near 1/2, in all three (400 in 30 has only $x = 3$ and 4 there); beyond, this figure shows no other
# rest. (400 in 30 is the paper's size; there $x$ runs up to 100, on a logarithmic axis. That one stays near 1/2 a
# little longer. From now on we take 64 in 8, which trains in a second.) The paper's curve rests near 1 as well. Our
# steps in $x$ are too wide for that; here are narrower ones. And is that 1 what it seems, one dimension for each of
# eight features? Count the long arrows.

# %%
near_1 = torch.tensor([1, 1.1, 1.2, 1.3, 1.5, 2, 3])
dense = toy.train(64, 8, density=(1 / near_1)[:, None], **short, **quiet)
dense_star, length = toy.dimensions_per_feature(dense.W), dense.W.norm(dim=1)
for at, value, each in zip(near_1, dense_star, length):
    print(f"x = {at:3g}: D* = {value:.2f}, {(each > 0.5).sum():2} arrows longer than 0.5, longest {each.max():.2f}")
assert (dense_star[:3] - 1).abs().max() < 0.04 and 0.7 < dense_star[4] < 0.97 and (length[:3] > 0.9).sum() < 3
assert (length[:3] > 0.5).sum(dim=1).max() < 11 < (length[-1] > 0.5).sum()

# %% [markdown]
# It does rest near 1, up to about $x = 1.2$. But that is a trap, and the paper warns of it: in such dense data
# $\lVert W \rVert_F^2 = 8$, and yet there are hardly any features. The model keeps a *subspace* of eight dimensions, as
# PCA would with equal variances (1.10), and every feature has some of it. The rest near 1/2 is another matter: there,
# arrows are long or nearly nothing. Why should a model stay at two per dimension while its data get sparser and
# sparser? For that we need a number for each feature.
#
# ## 2.2 The share of a dimension
#
# How much of a dimension does feature $i$ have for itself?
#
# $$ D_i = \frac{\lVert w_i \rVert^2}{\sum_j (\hat w_i \cdot w_j)^2}, \qquad \hat w_i = w_i / \lVert w_i \rVert $$
#
# Project all arrows, its own included, onto its direction, and square. $D_i$ is the share of what arrives there that
# is its own: 1 if it is alone, 1/2 if it shares with one of the same length. The paper calls it the
# **dimensionality** of a feature.
# <br>*Elhage et al. 2022, section 4. Scherlis et al. 2022, "Polysemanticity and Capacity in Neural Networks", call the
# same number a feature's capacity, and ask what a model gains by giving one more.*
#
# **Exercise 2.2** (B · 8 min · 2 points) For a whole stack of models. A feature whose column is zero has $D_i = 0$.


# %% exercise="2.2"
def dimensionality(W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance feature"]:
    """‖w_i‖² / Σ_j (ŵ_i · w_j)², per feature."""
    ### BEGIN SOLUTION
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    heard = ((unit.mT @ W) ** 2).sum(dim=-1)
    return (W**2).sum(dim=1) / heard.clamp_min(1e-12)
    ### END SOLUTION


# %%
check("2.2", dimensionality)

# %%
predict(
    "2.2",
    question="Add the D_i of all 64 features up. What is the sum, for nineteen densities, in 8 dimensions?",
    choices=["near 8, at all of them", "8 on the plateau, less elsewhere", "64 D*, so it falls", "it rises"],
)

# %%
D, long = toy.feature_dimensionality(sweep.W), sweep.W.norm(dim=1) > 0.5
scattered = toy.feature_dimensionality(torch.randn(200, 8, 16, generator=torch.Generator().manual_seed(SEED)))
total, by_accident = D.sum(dim=1), scattered.sum(dim=1)
picture = plots.shares_over(x, D, long, {"1/2": 0.5}, x_title="1/density")
compare("2.2", f"{total.min():.2f} to {total.max():.2f}; 16 random arrows: {by_accident.mean():.2f}", picture)
on_plateau = D[3:6][long[3:6]]  # x = 2.5, 3 and 3.5
print(f"x from 2.5 to 3.5: {((on_plateau - 0.5).abs() < 0.02).float().mean():.0%} of the long arrows' D are near 1/2")
assert ((on_plateau - 0.5).abs() < 0.02).float().mean() > 0.8
assert total.max() < 8.01 and total.min() > 7.8 and by_accident.mean() < 6

# %% [markdown]
# The shares add up to (nearly) eight: nothing is wasted, at any density. Sixteen random arrows, as many as are long
# on the plateau, waste a good quarter (64 would waste a tenth). More than eight can't be: by Cauchy and Schwarz $D_i
# \le w_i^\top (WW^\top)^{-1} w_i$, and these add up to a trace, that of the identity: $m$. So the question is only
# how the room is *divided*. (Arrows longer than 0.5 are drawn.) From $x = 2.5$ to 3.5 they sit on one line. To the
# right they spread, with thick places and empty ones. What are they?

# %% [markdown]
# ## 2.3 Five arrangements on paper
#
# Chapter 01 found pairs and pentagons. In space there are more such figures, and the paper found these in its models,
# with corners at arrows of length 1:
# - **digon**: two opposite arrows, on a line;
# - **triangle** and **pentagon**: regular, in a plane;
# - **tetrahedron**: four arrows in space, each at the same angle to all others;
# - **square antiprism**: eight arrows in space, two squares, one above the other and turned by 45°, at the height at
#   which the three axes hold equally much ($\sum_j w_j w_j^\top$ is a multiple of the identity).
#
# (The paper likens them to *Thomson's problem*: how charges that repel each other settle on a sphere. Eight of them
# make an antiprism, too, a little flatter.)
#
# **Exercise 2.3** (B · 8 min · 2 points · needs 2.2) What is $D$ of a corner, in the order digon, triangle,
# tetrahedron, pentagon, square antiprism? On paper; a list of five numbers, best as fractions.

# %% exercise="2.3"
### BEGIN SOLUTION
# All arrows alike and no direction preferred: Σ_j w_j w_jᵀ = (n/m) · identity, so Σ_j (ŵ·w_j)² = n/m, and D = m/n.
shares = [dims / arrows for dims, arrows in ((1, 2), (2, 3), (3, 4), (2, 5), (3, 8))]
### END SOLUTION

# %%
check("2.3", shares)

# %% [markdown]
# Now from coordinates, with 2.2. Two are added: the cube, and the octahedron with its six corners on three axes.

# %%
corners = {name: arrows.float() for name, arrows in toy.POLYTOPES.items() if name != "alone"}
cube = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3).T / 3**0.5
corners |= {"cube": cube, "octahedron": torch.cat([torch.eye(3), -torch.eye(3)], dim=1)}
FRACTIONS = {"3/4": 3 / 4, "2/3": 2 / 3, "1/2": 1 / 2, "2/5": 2 / 5, "3/8": 3 / 8}
for name, arrows in corners.items():
    own = toy.feature_dimensionality(arrows)
    print(f"{name:16} arrows {arrows.shape[1]}, dimensions {len(arrows)}: D = {own.min():.4f} to {own.max():.4f}")
    assert (own - len(arrows) / arrows.shape[1]).abs().max() < 1e-4
plots.polytopes({name: corners[name] for name in ("tetrahedron", "square antiprism", "cube")})

# %% [markdown]
# (Turn them with the mouse.) Two warnings. $D$ is not a name: cube and antiprism have the same, and so have a digon and
# each corner of an octahedron, which is nothing but three digons at right angles. And any $n$ arrows of one length in
# $m$ dimensions, without a preferred direction, have $m/n$. A fraction is a hint; the figure behind it has to be found.
#
# ## 2.4 Who shares a subspace?
#
# In eight dimensions, a pentagon is five features that overlap with each other and with nobody else. So: draw a link
# between two features whose arrows are far from orthogonal, and see who hangs together.
#
# **Exercise 2.4** (B · 12 min · 3 points) One model. Two features are *linked* if both arrows are longer than 0.5 and
# the cosine between them is larger than $t$ in size. A *group* is all that hangs together over links, in any number of
# steps. Label each feature with the smallest number in its group. A feature that isn't longer than 0.5 belongs to none
# and gets −1; one without links is a group by itself.


# %% exercise="2.4"
def sharing(W: Float[Tensor, "hidden feature"], t: float) -> Int[Tensor, "feature"]:
    """The smallest feature of each feature's group; −1 for features that were dropped."""
    ### BEGIN SOLUTION
    n, kept = W.shape[1], W.norm(dim=0) > 0.5
    unit = torch.nn.functional.normalize(W, dim=0)
    linked = ((unit.T @ unit).abs() > t) & kept  # to whom, along the rows
    label = torch.arange(n)
    for _ in range(n):  # a chain is at most n long
        label = torch.where(linked, label, n).amin(dim=1)
    return torch.where(kept, label, -1)
    ### END SOLUTION


# %%
check("2.4", sharing)

# %% [markdown]
# Five worlds, each at a density at which theory and trials promise something, and sixteen models of each. As $t$ we
# take 0.2.

# %%
predict(
    "2.4",
    question="20 features in 8 dimensions, at x = 4. How many groups does a model have?",
    choices=["one of 20", "four or five", "about ten", "twenty of one"],
)

# %%
OVERLAP = 0.2
worlds = {"8 in 6": (8, 6, 1.3), "12 in 8": (12, 8, 1.6), "64 in 8": (64, 8, 2.5), "20 in 8": (20, 8, 4.0)}
worlds["64 in 8, sparser"] = (64, 8, 5.0)  # features, dimensions, x
found = {
    name: toy.train(n, m, density=1 / at, n_instances=16, steps=3000, batch_size=512, lr=5e-3, **quiet)
    for name, (n, m, at) in tqdm(worlds.items())
}

# %% [markdown]
# `toy.shapes` does what you did, for $t = 0.2$, and adds names. A group is one of the five figures if it has as many
# arrows, in as many dimensions (singular values above a fifth of the largest), and if its **angles** fit: the cosines
# inside the group, sorted, differ from the figure's by at most 0.1 (root mean square; a cube is 0.27 away from the
# antiprism). A feature without links is *alone*. What is none of these is printed as its two numbers, arrows and
# dimensions.


# %%
def census(models: Float[Tensor, "model hidden feature"], t: float) -> Counter:
    """How often each kind of group occurs in all the models."""
    shapes = [shape for W in models for shape in toy.shapes(W, overlap=t)]
    return Counter(s.name if s.name in toy.POLYTOPES else f"{len(s.members)} in {s.rank}" for s in shapes)


names = {world: census(result.W, OVERLAP) for world, result in found.items()}
table = "\n".join(f"{world:16} {dict(kinds.most_common(5))}" for world, kinds in names.items())
compare("2.4", f"{names['20 in 8'].total() / 16:.1f} groups on average", table)

# %% [markdown]
# The same worlds as histograms of $D_i$. The line says what **random arrows** give: as many directions as the models
# kept, drawn at random in as many dimensions.

# %%
rng = torch.Generator().manual_seed(SEED)
rows, near = {}, {}
for world, result in found.items():
    own, long = toy.feature_dimensionality(result.W), result.W.norm(dim=1) > 0.5
    often = long.sum(dim=1).float().mean().round().int().item()
    scattered = torch.nn.functional.normalize(torch.randn(200, result.W.shape[1], often, generator=rng), dim=1)
    rows[world] = own[long], toy.feature_dimensionality(scattered).flatten()
    near[world] = {
        f: [((v - at).abs() < 0.02).float().mean().item() for v in rows[world]] for f, at in FRACTIONS.items()
    }
    print(f"{world:16}", "  ".join(f"{f}: {a:.2f} ({b:.2f})" for f, (a, b) in near[world].items()))
print("(share of the features within 0.02 of a fraction; in brackets: of random arrows)")
plots.share_histograms(rows, FRACTIONS)

# %% [markdown]
# Four worlds have their fraction. The sparser one has a hump, and 3/8 is not its top. Random arrows spread, with a
# bulge that moves with their number. (With 20 in 8 part of what you see at 3/8 is accident, and part belongs to 2/5:
# the two ranges of ±0.02 overlap.) The same control for the names, other choices of $t$, and who stands at 3/8:

# %%
for world, t in [(world, t) for world in ("8 in 6", "20 in 8") for t in (0.15, 0.2, 0.25, 0.3)]:
    print(f"{world:8} t = {t:4}: {dict(census(found[world].W, t).most_common(5))}")
scattered = torch.nn.functional.normalize(torch.randn(16, 8, 20, generator=rng), dim=1)
unnamed = census(scattered, OVERLAP)
print(f"random,  t = {OVERLAP:4}: {dict(unnamed)}")
sparser, in_antiprisms = rows["64 in 8, sparser"][0], 8 * names["64 in 8, sparser"]["square antiprism"]
near_three_eighths = ((sparser - 3 / 8).abs() < 0.02).sum()
print(f"64 in 8, sparser: {near_three_eighths} of {len(sparser)} arrows near 3/8, {in_antiprisms} in antiprisms")
assert sparser.median() < 0.37 and in_antiprisms < 0.5 * near_three_eighths

# %%
fraction_of = {"8 in 6": "3/4", "12 in 8": "2/3", "64 in 8": "1/2", "20 in 8": "2/5", "64 in 8, sparser": "3/8"}
for world, fraction in fraction_of.items():
    trained_share, random_share = near[world][fraction]
    assert trained_share > 2.5 * random_share and trained_share > {"1/2": 0.9, "3/8": 0.15}.get(fraction, 0.4)
assert names["64 in 8"]["digon"] > 0.95 * names["64 in 8"].total() and names["12 in 8"]["triangle"] >= 20
assert names["20 in 8"]["pentagon"] >= 15 and names["20 in 8"]["digon"] >= 15 and unnamed["20 in 8"] >= 14
assert min(names[world]["square antiprism"] for world in ("20 in 8", "64 in 8, sparser")) >= 1
assert names["8 in 6"]["8 in 6"] >= 8 > 6 > names["8 in 6"]["tetrahedron"] and names["12 in 8"]["6 in 4"] >= 1
assert census(found["8 in 6"].W, 0.3)["8 in 6"] <= 2 and census(found["20 in 8"].W, 0.3)["pentagon"] >= 15

# %% [markdown]
# The line at 1/2 is made by digons, and in 20 in 8 that at 2/5 by pentagons, each in a subspace of its own, at right
# angles to all the others. (In the geometry of polytopes that is a *tegum product*.) But look at the first two
# worlds. **3/4 is hardly ever a tetrahedron here.** At $t = 0.2$ most models have one group of eight in all six
# dimensions, evenly, and 6/8 is 3/4; at $t = 0.3$ the same models fall into small pieces. What eight in six are
# *called* depends on $t$, what they *share* doesn't. Of the arrows at 2/3 most stand in triangles, others as six in
# four dimensions. Had we read names off the histogram, we would have seen tetrahedra that aren't there. Pentagons and
# antiprisms don't mind the $t$; digons do: the larger it is, the more heaps break up, and there are more of them. In
# the sparser world of 64 some models have antiprisms, others one heap of all their arrows: 23 in all eight dimensions
# have 8/23, about 0.35, on average. What lies near 3/8 there is mostly not in antiprisms.
#
# And why two arrows on a line, over so wide a range? More than $2m$ arrows in $m$ dimensions can't *all* have overlaps
# of 0 or below. With $2m$ they can, in digons: what a feature says to others when it is alone is negative, and the ReLU
# cuts it. With one more, some feature is heard elsewhere whenever it is on, not just in clashes. That pays only where
# features are rare enough for biases to cut it off. Here is the first antiprism. Let it turn.

# %%
seen_in = [(W, shape) for W in found["20 in 8"].W for shape in toy.shapes(W, overlap=OVERLAP)]
antiprisms = [(W, shape.members) for W, shape in seen_in if shape.name == "square antiprism"]
W_seen, members = antiprisms[0]
shares_seen = [round(toy.feature_dimensionality(W_seen)[i].item(), 3) for i in members]
print(f"{len(antiprisms)} antiprisms in 16 models; D of the first one's features, {list(members)}: {shares_seen}")
plots.polytopes({"square antiprism": toy.in_own_space(W_seen, members)}, turning=True)

# %% [markdown]
# (`toy.in_own_space` turns its three dimensions so that they can be drawn; lengths and angles stay.) Nobody told the
# model about polytopes. It had squared errors to bring down.
#
# ## 2.5 One feature unlike the rest
#
# Five features in a plane again, four of them on in one input of twenty. Feature 0 is rarer still: its density is $r$
# times that of the others. At $r = 1$ they make a pentagon. At $r$ near 0 nobody would give feature 0 a place: the
# others are best off in two digons. And in between?
# <br>*Elhage et al. 2022, section 4, "Non-Uniform Superposition".*

# %%
predict(
    "2.5",
    question="r rises slowly from 0.05 to 1. What does the arrow of feature 0 do, in the best model that can be found?",
    choices=["It grows steadily", "It grows late and steeply, without a jump", "It jumps from nothing to full length"],
)

# %%
STARTS, BASE = 12, 0.05
r = torch.linspace(0.05, 0.65, 13)
unequal = torch.full((13, 5), BASE)
unequal[:, 0] = BASE * r
slower = {"steps": 3000, "batch_size": 512, "lr": 5e-3, **quiet}
singles = toy.train(5, 2, density=unequal.repeat_interleave(STARTS, dim=0), **slower)


def exact(W: Tensor, b: Tensor, density: Tensor) -> Float[Tensor, "model"]:
    """The expected loss of each model, as an integral over all inputs."""
    return toy.expected_loss(W.double(), b.double(), torch.ones_like(b).double(), density.double()).float()


single_loss = exact(singles.W, singles.b, singles.density)
first_length = singles.W[:, :, 0].norm(dim=1)
best = single_loss.reshape(13, STARTS).argmin(dim=1) + STARTS * torch.arange(13)

# %% [markdown]
# Twelve starts at each $r$, their losses computed exactly, as integrals. Feature 0 in the best of them:

# %%
often = (first_length.reshape(13, -1) > 0.5).sum(dim=1)
table = [f"r = {a:.2f}: length {first_length[k]:.2f}; kept in {n} starts of 12" for a, k, n in zip(r, best, often)]
jump = first_length[best].diff().argmax().item()
low, high = first_length[best][jump : jump + 2].tolist()
compare("2.5", f"from {low:.2f} to {high:.2f}, between r = {r[jump]:.2f} and {r[jump + 1]:.2f}", "\n".join(table))

# %% [markdown]
# A jump, and single starts hide it: on both sides many end in the other arrangement. So there are two solutions, each
# stable where it is no longer the best. Follow them: take the pentagon at $r = 0.65$, lower $r$ a little, let it settle
# from where it is, and so on; and the two digons the other way, from $r = 0.05$ upwards.


# %%
def follow(W: Float[Tensor, "1 hidden feature"], b: Float[Tensor, "1 feature"], order: list[int]):
    """W and b of one solution along the grid of r, each settled from the one before."""
    path, state = {}, singles._replace(W=W, b=b)  # a result to start from, with these weights
    for k in order:
        state = toy.train(5, 2, density=unequal[k][None], start=state, steps=2000, batch_size=2048, lr=1e-3, **quiet)
        path[k] = state
    return torch.cat([path[k].W for k in range(13)]), torch.cat([path[k].b for k in range(13)])


pentagon_W, pentagon_b = follow(singles.W[best[-1:]], singles.b[best[-1:]], list(range(12, -1, -1)))
digons_W, digons_b = follow(singles.W[best[:1]], singles.b[best[:1]], list(range(13)))
pentagon_loss, digons_loss = exact(pentagon_W, pentagon_b, unequal), exact(digons_W, digons_b, unequal)
pentagon_first, digons_first = pentagon_W[:, :, 0].norm(dim=1), digons_W[:, :, 0].norm(dim=1)
print("length of feature 0, followed down:", [round(v, 2) for v in pentagon_first.tolist()])
print("length of feature 0, followed up:  ", [round(v, 2) for v in digons_first.tolist()])
both = (pentagon_first > 0.6) & (digons_first < 0.3)
print("both are there at r =", [round(v, 2) for v in r[both].tolist()])

# %% [markdown]
# The **transition** is where their losses cross. There the best loss is continuous, as the lower of two continuous
# curves, but its *slope* jumps: such a transition is called first order.
#
# **Exercise 2.5** (C · 12 min · 3 points) Two losses at the same points $x$, in rising order and not evenly spaced. In
# one interval they cross, at none of the points themselves. Between neighbouring points both are straight lines.
# Return the place of the crossing, and the change of the lower curve's slope there: after it minus before it.


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

# %%
at, kink = crossing(BASE * r[both], pentagon_loss[both], digons_loss[both])
print(f"they cross at r = {at / BASE:.3f}; the slope of the best loss changes by {kink:.4f} per unit of density")
kinds = {"single starts, feature 0 kept": first_length > 0.5, "single starts, dropped": first_length <= 0.5}
plots.two_solutions(
    r[both], {"pentagon": pentagon_loss[both] / BASE, "two digons": digons_loss[both] / BASE},
    {name: (r.repeat_interleave(STARTS)[which], single_loss[which] / BASE) for name, which in kinds.items()},
    x_title="r, density of feature 0 over that of the others", y_title="loss / density", place=at / BASE,
)  # fmt: skip

# %% [markdown]
# (The dots are the single starts, nearly all of them on one of the two curves.) Why a kink? For fixed weights the
# loss is a straight line in the density $p_0$ of feature 0: a share $p_0$ of the inputs has it on. The line's slope
# is what an input costs more with feature 0 on than with it off. The two digons pay all of $x_0^2$, 1/3, divided by
# five features; a pentagon pays less. And as the weights are at a minimum, moving along with $p_0$ changes nothing to
# first order. So the jump is the difference of two slopes, at one place.

# %%
at, kink = crossing(BASE * r[both], pentagon_loss[both], digons_loss[both])
k, slopes = (r - at / BASE).abs().argmin(), []
for W, b in ((digons_W, digons_b), (pentagon_W, pentagon_b)):
    p = unequal[k].double().clone().requires_grad_()
    toy.expected_loss(W[k].double(), b[k].double(), torch.ones(5).double(), p).backward()
    slopes.append(p.grad[0].item())
difference = slopes[1] - slopes[0]
print(f"slopes: digons {slopes[0]:.4f}, pentagon {slopes[1]:.4f}; difference {difference:.4f}; the curves' {kink:.4f}")
assert kink < 0 and abs(difference / kink - 1) < 0.25
assert first_length[best][: jump + 1].max() < 0.1 and first_length[best][jump + 1 :].min() > 1.0
assert 0.2 < at / BASE < 0.32 and r[jump] - 0.06 < at / BASE < r[jump + 1] + 0.06 and both[jump - 1 : jump + 3].all()
assert 0 < often[2:10].sum() < 8 * STARTS and (digons_first < 0.05).all() and pentagon_loss[7] < 0.9 * digons_loss[7]

# %% [markdown]
# So: two arrangements, both stable over a wide range, and a transition near $r = 0.26$, measured: a place, and the
# jump of a slope twice, from curves and from fixed weights at the nearest $r$. A single training shows where its
# *start* led. (The paper says "~2.5x less", so $r = 0.4$, for the same five features. By exact losses the pentagon is
# clearly better there.)
#
# ---
# *A good place to stop for today.* Your answers are saved, and Run All brings the models back.
#
# ## 2.6 Features that come together
#
# So far features were independent. Real ones aren't: *beak* comes with *feather*, never with *chrome*.
# <br>*Elhage et al. 2022, section 4, "Correlated and Anticorrelated Features".*
#
# **Exercise 2.6** (B · 8 min · 2 points) `groups` names the group of each feature: in `[0, 0, 1]` the first two
# features are in one group. Features of a group are **on in the same inputs**, each input with probability `density`
# for each group, and groups are independent of each other. How strong a feature is when it is on is drawn for each by
# itself, uniform on [0, 1]. Group names may be any whole numbers. Every call draws anew.


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
# ## 2.7 Features that exclude each other
#
# **Exercise 2.7** (B · 8 min · 2 points · needs 2.6) Now **at most one** feature of a group is on in any input. Each
# feature is still on with probability `density` (so the members of a group of $k$ must have $k \cdot$ `density` ≤ 1),
# its strength is uniform on [0, 1], and groups are independent of each other. (In the paper it is the *group* that is
# on with probability $1 - S$; then one member is picked.)


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

# %%
predict(
    "2.7",
    question="Four rare features in a plane, in pairs, best model. Partners that come together lie …; that exclude …",
    choices=["at right angles; opposite", "side by side; at right angles", "opposite; side by side", "all alike"],
)

# %% [markdown]
# `toy.Groups` has both samplers (`together` is the correlation: 1, or −1 for excluding each other), and so fast a loop
# for them. A hundred starts each of four features in two dimensions, pairs (0, 1) and (2, 3), at two densities.

# %%
pairs = torch.tensor([0, 0, 1, 1])
makers = {"independent": "independent", "come together": toy.Groups(2), "exclude": toy.Groups(2, together=-1.0)}
quick = {"steps": 1500, "batch_size": 512, "lr": 1e-2, **quiet}


def partners(W: Float[Tensor, "model hidden feature"]) -> Float[Tensor, "model pair"]:
    """Cosine between the two arrows of each pair; nearer to 0 if one of them is shorter than 0.5."""
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(0.5)
    return torch.stack([(unit[:, :, 0] * unit[:, :, 1]).sum(1), (unit[:, :, 2] * unit[:, :, 3]).sum(1)], dim=1)


def arrangements(W: Float[Tensor, "model hidden feature"]) -> dict[str, float]:
    """Shares of the models in which both pairs of partners lie so."""
    cosine = partners(W)
    kinds = {"orthogonal": cosine.abs() < 0.3, "opposite": cosine < -0.8, "side by side": cosine > 0.8}
    return {kind: which.all(dim=1).float().mean().item() for kind, which in kinds.items()}


def fresh_loss(result: toy.ToyResult, maker: str | toy.Groups) -> Float[Tensor, "model"]:
    """Losses on 20,000 fresh inputs of the same kind."""
    return toy.loss_on(result, toy.examples(maker, 20_000, result.density, seed=SEED + 1))


# %%
lie, best_of, table = {}, {}, []
for p, (name, maker) in tqdm([(p, each) for p in (0.05, 0.3) for each in makers.items()]):
    result = toy.train(4, 2, density=p, n_instances=100, data=maker, **quick)
    loss, lie[name, p] = fresh_loss(result, maker), arrangements(result.W)
    best_of[name, p] = result.W[loss.argmin()]
    kinds_found = ", ".join(f"{kind} {share:.0%}" for kind, share in lie[name, p].items())
    table.append(f"density {p:4} {name:13} {kinds_found}; lowest loss {loss.min():.5f}")
drawn = torch.stack([best_of[name, 0.05] for name in makers])
picture = plots.arrows_2d(drawn, list(makers), pairs.float().expand(3, 4), importance_title="pair")
picture.update_coloraxes(colorbar_tickvals=[0, 1], colorbar_ticktext=["(0, 1)", "(2, 3)"])
compare("2.7", "at right angles; opposite", "\n".join(table), picture)
gain = {p: lie["exclude", p]["opposite"] - lie["independent", p]["opposite"] for p in (0.05, 0.3)}
assert gain[0.3] > 0.3 and abs(gain[0.05]) < 0.25 and 0.15 < lie["independent", 0.05]["opposite"] < 0.5
assert lie["come together", 0.05]["orthogonal"] > 0.9 and lie["come together", 0.3]["side by side"] > 0.5
assert partners(best_of["exclude", 0.05][None]).max() < -0.95

# %% [markdown]
# Three worlds with the same features, that differ only in who comes with whom; drawn are the best models at 0.05.
# - Partners that **come together** lie at right angles when they are rare, in nearly every start (independent ones in
#   about two of three): the arrow *opposite* belongs to somebody else, who is seldom on at the same time. (In dense
#   data most starts lay them side by side: 2.8.)
# - Partners that **exclude each other** can have the same line for free: opposite arrows never clash, and the loss of
#   that is 0. At three in ten most starts find it. At one in twenty hardly more do than independent ones, of which some
#   are opposite by accident. "Anti-correlated features are antipodal" is a sentence about the best solution; how many
#   trainings come to it depends on the density.
#
# And three pairs in a plane? Six arrows in even steps of 60° leave no right angle. Then the two pairs again, with
# **your** samplers: any function can be `data`. Numba can't compile it, so PyTorch takes the steps.

# %%
acute = {}
for name, maker in makers.items():  # three pairs: the share of partners, both kept, that are less than 90° apart
    W = toy.train(6, 2, density=0.05, n_instances=100, data=maker, **quick).W.unflatten(2, (3, 2))
    acute[name] = ((W[..., 0] * W[..., 1]).sum(dim=1)[(W.norm(dim=1) > 0.5).all(dim=2)] > 0).float().mean().item()
print("three pairs, partners less than 90° apart:", {name: f"{share:.0%}" for name, share in acute.items()})
assert acute["come together"] > 0.9 and 0.35 < acute["independent"] < 0.65 and acute["exclude"] < 0.5


# %%
def as_data(sampler, density: float):
    """A sampler as `data`: the same inputs for every model."""
    return lambda batch, _, generator: sampler(batch, density, pairs)[:, None].expand(batch, 30, 4)


torch.manual_seed(SEED)  # the samplers draw from PyTorch's own generator
for name, sampler, p in (("come together", come_together, 0.05), ("exclude", exclude_each_other, 0.3)):
    own = toy.train(4, 2, density=p, data=as_data(sampler, p), n_instances=30, steps=700, batch_size=512, lr=1e-2)
    kinds_found = ", ".join(f"{kind} {share:.0%}" for kind, share in arrangements(own.W).items())
    print(f"{name}, density {p}, trained by {own.engine}: {kinds_found}")
    assert own.engine == "torch" and abs(arrangements(own.W)["opposite"] - lie[name, p]["opposite"]) < 0.3

# %% [markdown]
# Of three pairs, partners that come together lie less than 90° apart ("side by side" in the paper), independent ones
# about as often as not, exclusive ones in fewer than half of the cases.
#
# ### Local bases
#
# 20 features in 10 dimensions, two groups of ten whose members come together. How much do arrows overlap?

# %%
halves = {"come together": toy.Groups((tuple(range(10)), tuple(range(10, 20)))), "independent": "independent"}
mixed = {name: toy.train(20, 10, density=0.1, n_instances=6, data=maker, **slower) for name, maker in halves.items()}
group = torch.arange(20) // 10
inside = (group[:, None] == group) & ~torch.eye(20, dtype=torch.bool)
overlap = {}
for name, result in mixed.items():
    unit = torch.nn.functional.normalize(result.W, dim=1)
    squares = (unit.mT @ unit) ** 2
    overlap[name] = squares[:, inside].mean().item(), squares[:, group[:, None] != group].mean().item()
    print(f"{name:14} mean cos² inside a group {overlap[name][0]:.3f}, between groups {overlap[name][1]:.3f}")
assert overlap["come together"][0] < 0.03 and overlap["come together"][1] > 3 * overlap["come together"][0]
assert overlap["independent"][0] > 0.6 * overlap["independent"][1]

# %% [markdown]
# Inside a group the arrows are nearly at right angles, between the groups they are not: each group has a **local,
# almost orthogonal basis**, laid over the other's (two such bases of ten have a mean cos² of 1/10 by arithmetic). The
# control has no such difference. Who is on together must not disturb each other; who isn't, may.
#
# ## 2.8 Two features become one
#
# Partners that come together, in denser data: why keep two arrows? Their *sum* is the pair's first principal component,
# and one arrow for it may serve both. Four features in two dimensions. Compare, on paper and without biases:
# - **merged**: each pair has a dimension to itself, and both its outputs say $(x_1 + x_2)/2$;
# - **separate**: two antipodal pairs as in 1.12, partners at right angles: opposite to each arrow lies another pair's.
#
# **Exercise 2.8** (C · 10 min · 3 points · needs 2.6) Hand in a list of two numbers, each within 1 %: the expected
# loss of *merged* at density 0.4 (mean over the features), and the density above which it is cheaper than *separate*.

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
# Trained models beside it: nine densities, 12 starts each. A pair whose arrows have a cosine above 0.9 is merged.

# %%
rising = torch.tensor([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6])
together = toy.train(4, 2, density=rising.repeat_interleave(12)[:, None], data=toy.Groups(2), **quick)
merged = (partners(together.W) > 0.9).all(dim=1)
loss = fresh_loss(together, toy.Groups(2))
ends = {"merged, trained": merged, "others, trained": ~merged}
least = {name: torch.where(which, loss, torch.inf).reshape(9, 12).amin(dim=1) / rising for name, which in ends.items()}
least = {name: low.masked_fill(low.isinf(), torch.nan) for name, low in least.items()}  # no start ended so
on_paper = {"merged, on paper": torch.full((9,), 1 / 24), "separate, on paper": rising / 6}
assert (least["others, trained"] < on_paper["separate, on paper"])[:5].all()
plots.lines(rising, on_paper | least, x_title="density", y_title="loss / density", y_range=(0, 0.105))

# %% [markdown]
# And **PCA**? Its two components, as a projection $P$: how far is the best model's $W^\top W$ from it?

# %%
share_merged, off_pca, pca_cosine = merged.reshape(9, 12).float().mean(dim=1), [], []
best_here = loss.reshape(9, 12).argmin(dim=1) + 12 * torch.arange(9)
wins = merged[best_here]
for p, share, k in zip(rising, share_merged, best_here):
    inputs = toy.examples(toy.Groups(2), 100_000, p.expand(1, 4), seed=SEED)[:, 0]
    axes = torch.linalg.eigh(inputs.T.cov()).eigenvectors[:, -2:]
    pca_cosine.append(torch.nn.functional.cosine_similarity(axes[0], axes[1], dim=0).item())
    off_pca.append(((together.W[k].T @ together.W[k] - axes @ axes.T).norm() / 2**0.5).item())
    print(f"density {p:.2f}: {share:4.0%} of the starts end merged; the best {'merged  ' if merged[k] else 'separate'} "
          f"differs from P by {off_pca[-1]:4.0%}; PCA's partners: cosine {pca_cosine[-1]:.2f}")  # fmt: skip
assert not wins[rising < 0.19].any() and wins[rising > 0.29].all()
assert share_merged[rising < 0.14].max() < 0.1 and share_merged[-1] > 0.5
assert min(pca_cosine) > 0.9 and max(off_pca[-3:]) < 0.1 and min(off_pca[:3]) > 0.3

# %% [markdown]
# The boundary runs near where the pencil put it, between 0.2 and 0.3. (Up to there *separate*, trained and with biases,
# is a little cheaper than on paper.) Below it the best models keep four directions, above it two, one for each pair,
# and there $W^\top W$ is PCA's $P$ within a few percent. PCA itself gives partners one direction at every density: it
# sees variances and covariances alone, not that clashes are rare, nor that a ReLU cuts what is negative.
#
# Now drag. Six features in three dimensions, in pairs; each release of a slider trains eight models, the best is shown.

# %%
widgets.live_polytopes()

# %% [markdown]
# Couple the pairs at −1: each has a line of its own, an octahedron. Then lower *feature 0: density ×*. Does its arrow
# go? Here are 24 starts each for three places of that slider.

# %%
factors, apart = torch.tensor([0.05, 0.3, 1.0]), toy.Groups(2, together=-1.0)
rarer = torch.full((3, 6), 0.05)
rarer[:, 0] *= factors
octahedra = toy.train(6, 3, density=rarer.repeat_interleave(24, dim=0), data=apart, **quick)
lengths = octahedra.W[:, :, 0].norm(dim=1).reshape(3, 24)
winner = fresh_loss(octahedra, apart).reshape(3, 24).argmin(dim=1)
share_kept, in_best = (lengths > 0.5).float().mean(dim=1), lengths[torch.arange(3), winner]
for factor, share, length in zip(factors, share_kept, in_best):
    print(f"density × {factor:4.2g}: {share:4.0%} of the starts keep feature 0; its length in the best: {length:.2f}")
assert in_best[1:].min() > 0.9 and share_kept[1:].min() > 0.7 and share_kept[0] < share_kept[2] - 0.1

# %% [markdown]
# At × 0.3 most starts keep it, and the best of them does: the place opposite its partner is free. At × 0.05, on in one
# input of 400, it hardly counts in the loss: fewer starts keep it, and with some seeds not even the best.

# %% [markdown]
# ## 2.9 A rule for drops
#
# How does a model get there? In the paper's figure the loss goes down in steps, and at each step features jump from
# one share of a dimension to another: "energy levels". Anyone can see such a thing in a curve that they have chosen. A
# claim needs a rule for drops, a rule for jumps, many runs, and controls.
# <br>*Elhage et al. 2022, section 5, "Superposition and Learning Dynamics".*
#
# Here: plain gradient descent from a start a hundredth as large as usual, eight features of falling importance in
# four dimensions (the paper shows one model of equal features), and the loss on 4,096 fixed inputs, taken every
# twenty steps: each time is a *log*. The first five logs are left out: there the biases learn the features' means, a
# drop without geometry.

# %%
falling = 0.6 ** torch.arange(8)
slow = toy.train(
    8, 4, importance=falling, density=0.3, n_instances=16, optimiser="sgd", lr=0.2, start=0.01, steps=4000,
    batch_size=256, keep_history=True, log_at=20, seed=SEED,
)  # fmt: skip
watched = toy.sparse_features(4096, 8, density=0.3, seed=SEED + 1)
EARLY = 5  # logs that are left out
curve = toy.loss_along(slow, watched)[EARLY:]  # [log, run]
squares = (slow.history**2).sum(dim=2)[EARLY:]  # [log, run, feature]
level = toy.feature_dimensionality(slow.history)[EARLY:] * squares.clamp_max(1)

# %% [markdown]
# **Exercise 2.9** (C · 10 min · 3 points) A rule. At log $t$ the loss *falls* if more than the share `least` of it is
# gone `span` logs later. An unbroken run of such logs is one **drop**. For each drop return the log from which the
# largest share is lost; of several that are equal, the earliest. A list of whole numbers, in order.


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
# The jumps: the level of a feature is $\min(\lVert w_i \rVert^2, 1) \, D_i$ (the factor keeps arrows of no length
# out). It jumps where it changes by more than a limit within `span` logs, and by more than anywhere `span` logs
# before or after. A drop is matched if some feature jumps at most four logs away. Two controls: the jumps of
# **another run**, and the run's own, **shifted** in time (what leaves at the end comes in at the front).

# %%
predict(
    "2.9",
    question="Spans of eight logs. How many drops do the run's own jumps match, and how many those of another run?",
    choices=["nearly all; half of them", "nearly all; one in ten", "half of them; as many", "one in ten; as many"],
)


# %%
def jumps(levels: Float[Tensor, "log feature"], span: int, least: float) -> list[int]:
    """Logs from which the level of a feature changes most."""
    change = (levels[span:] - levels[:-span]).abs().T
    largest_near = torch.max_pool1d(change, 2 * span + 1, stride=1, padding=span)
    return ((change > least) & (change == largest_near)).nonzero()[:, 1].tolist()


def matches(levels: Float[Tensor, "log run feature"], span: int, fall: float, change: float) -> list[float]:
    """Drops of all runs; shares of them matched by own jumps, by other runs' and by shifted ones."""
    dropped = [drops(one, span, fall) for one in curve.T]
    jumped = [jumps(one, span, change) for one in levels.transpose(0, 1)]
    total, length = sum(map(len, dropped)), len(curve) - span

    def matched(run: int, other: int, shift: int = 0) -> int:
        return sum(any(abs(t - (j + shift) % length) <= 4 for j in jumped[other]) for t in dropped[run])

    runs, shifts = range(len(dropped)), range(15, length - 15, 5)
    own = sum(matched(k, k) for k in runs) / total
    of_others = sum(matched(k, other) for k in runs for other in runs if other != k) / total / (len(dropped) - 1)
    return [total, own, of_others, sum(matched(k, k, shift) for k in runs for shift in shifts) / total / len(shifts)]


# %%
chosen, columns = (8, 0.1, 0.2), "{:22} {:6.0f} {:10.0%} {:12.0%} {:8.0%}"
rules = [chosen, (5, 0.1, 0.2), (12, 0.1, 0.2), (8, 0.06, 0.2), (8, 0.15, 0.2), (8, 0.1, 0.1), (8, 0.1, 0.3)]
by_rule = {rule: matches(level, *rule) for rule in rules}
table = ["logs, fall, change      drops  own jumps  other runs'  shifted"]
table += [columns.format(str(rule), *values) for rule, values in by_rule.items()]
table.append(columns.format("first, ‖w‖² for level", *matches(squares, *chosen)))
_, own, of_others, shifted = by_rule[chosen]
picture = plots.drops_and_levels(slow.steps[EARLY:], curve[:, 0], level[:, 0], drops(curve[:, 0], 8, 0.1))
compare("2.9", f"{own:.0%}; {of_others:.0%}; shifted in time {shifted:.0%}", "\n".join(table), picture)
assert own > 0.75 and own - of_others > 0.2 and 0.3 < of_others < 0.7 and shifted < 0.2
assert abs(matches(squares, *chosen)[1] - own) < 0.15 and all(v[1] > v[2] + 0.1 > v[3] for v in by_rule.values())
assert min(v[1] for v in by_rule.values()) < 0.7 and max(v[1] for v in by_rule.values()) > 0.95

# %% [markdown]
# (The picture shows the first run, with its drops dashed; the bluer a curve, the more important its feature. What the
# eye takes for two descents may be one drop by the rule: if the loss falls fast enough in between.) With the first
# limits most drops go with a feature of the same run that takes its place. **About half of that any other run would
# match as well**: the important features come first in all of them, at about the same time. Only the shift makes it
# look like one in ten. The right control is the one that keeps what all runs share.
#
# Three more things. Change one limit, and it may be half of the drops or all (we chose after looking); with each rule
# own jumps match more than those of others. The squared lengths match as well as the shares: features *arrive* here;
# that they move between levels, as in the paper's figure, isn't shown. And loss and levels follow from the same
# weights: we learn *when* they change together, not why.
#
# ---
# *Another good place to stop.*
#
# ## 2.10 An attack as an optimisation
#
# An arrow that hears many others can be moved by many. The paper asks whether superposition makes a model vulnerable:
# how far can a small change $\delta$ of the input, of length $\varepsilon$, move the output?
#
# $$ \max_{\lVert \delta \rVert = \varepsilon} \; \lVert f(x + \delta) - f(x) \rVert $$
#
# (The paper takes $\varepsilon$ a tenth of the inputs' mean length, tries the best attack on each output as if without
# ReLU, and keeps the one that raises the *loss* most. It warns of plain gradients: where a ReLU is off they are 0.)
# <br>*Elhage et al. 2022, section 6, "Relationship to Adversarial Robustness"; Gorton and Lewis 2025, "Adversarial
# Examples Are Not Bugs, They Are Superposition".*
#
# **Exercise 2.10** (C · 18 min · 3 points) For one model, $f(x) = \mathrm{ReLU}(W^\top W x + b)$, and many inputs: for
# each input a $\delta$ of length exactly $\varepsilon$ that moves the output nearly as far as possible (99.5 % of the
# most that we find). The attacked input may leave [0, 1]. Mind that at $\delta = 0$ nothing has moved and the gradient
# is 0, and that there are several summits.


# %% exercise="2.10"
def attack(
    W: Float[Tensor, "hidden feature"], b: Float[Tensor, "feature"], x: Float[Tensor, "input feature"], eps: float
) -> Float[Tensor, "input feature"]:
    """For each input a δ of length eps that moves the output as far as possible."""
    ### BEGIN SOLUTION
    gram = W.T @ W
    clean = (x @ gram + b).relu()
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
# Models of 64 in 8 as in 2.1, up to $x = 60$, attacked in two ways. **Far out**: $\varepsilon = 1$, on inputs with
# three of the sixteen longest arrows' features on. **At home**: inputs of the model's own distribution, $\varepsilon$ a
# tenth of their mean length, as in the paper. A random $\delta$ of the same length is the control.

# %%
predict(
    "2.10",
    question="From x = 1 to x = 60, change of the output / ε: by which factor does it grow, far out and at home?",
    choices=["1, and 1", "about 3, and about 3", "about 7, and about 3", "about 7, and about 20"],
)

# %%
thin = torch.tensor([1.0, 2.0, 3.0, 5.0, 10.0, 25.0, 60.0])
models = toy.train(64, 8, density=(1 / thin)[:, None], steps=3000, batch_size=256, lr=1e-2, **quiet)
draws, trials = torch.Generator().manual_seed(SEED), []
for W, b, density in zip(models.W, models.b, models.density):
    usable = W.norm(dim=0).topk(16).indices
    three_on = torch.zeros(40, 64)
    for row in three_on:
        row[usable[torch.randperm(16, generator=draws)[:3]]] = torch.rand(3, generator=draws)
    usual = toy.examples("independent", 400, density[None], seed=SEED)[:, 0]
    usual = usual[(usual > 0).any(dim=1)][:40]
    trials += [("far out", W, b, three_on, 1.0), ("at home", W, b, usual, 0.1 * usual.norm(dim=1).mean().item())]

# %%
moved: dict[str, list[float]] = {"far out": [], "far out, random δ": [], "at home": [], "at home, random δ": []}
over_features, over_by_chance = [], []
on_off: dict[str, list[tuple[float, float]]] = {"far out": [], "at home": []}  # share of ‖δ‖², and of the features
for name, W, b, inputs, eps in tqdm(trials):
    delta = attack(W, b, inputs, eps)
    noise = eps * torch.nn.functional.normalize(torch.randn(40, 64, generator=draws), dim=1)
    for kind, change in ((name, delta), (f"{name}, random δ", noise)):
        distance = (toy.output(W, b, inputs + change) - toy.output(W, b, inputs)).norm(dim=1)
        moved[kind].append(distance.mean().item() / eps)
    off = inputs == 0
    on_off[name].append((((delta / eps) ** 2 * off).sum(dim=1).mean().item(), off.float().mean().item()))
    if name == "far out":
        for spans, change in ((over_features, delta), (over_by_chance, noise)):
            spans.append(((change**2).sum(dim=1) ** 2 / (change**4).sum(dim=1)).mean().item())
crowd, ended = (models.W**2).sum(dim=(1, 2)) / 8, models.loss[-10:].mean(dim=0)
largest = torch.linalg.eigvalsh(models.W @ models.W.mT)[:, -1]
table = ["   x  features per dimension  largest eigenvalue  far out  at home  over features  loss"]
for row in zip(thin, crowd, largest, moved["far out"], moved["at home"], over_features, ended):
    table.append("{:4.0f} {:16.1f} {:20.1f} {:15.2f} {:8.2f} {:10.0f} {:13.4f}".format(*row))
table.append(f"a random δ is spread over {min(over_by_chance):.0f} to {max(over_by_chance):.0f} features")
for name, each in on_off.items():
    lies = ", ".join(f"{share:.0%} ({random:.0%})" for share, random in each)
    table.append(f"{name}, share of ‖δ‖² on features that are off (of a random δ's): {lies}")
picture = plots.lines(crowd, moved, x_title="features per dimension", y_title="change of output / ε")
growth = {name: values[-1] / values[0] for name, values in moved.items()}
compare("2.10", f"{growth['far out']:.1f}, and {growth['at home']:.1f}", "\n".join(table), picture)
assert growth["far out"] > 6 and 2 < growth["at home"] < 5 and all(a < b for a, b in pairwise(moved["far out"]))
assert all(a < 0.85 * b for a, b in zip(moved["far out"][-3:], crowd[-3:])) and (ended.diff()[1:] < 0).all()
assert (largest / crowd).max() < 1.25 and max(moved["far out, random δ"]) < 0.3 * moved["far out"][-1]
assert max(over_features[1:4]) < 12 and over_features[-1] > 20 and 20 < min(over_by_chance) < max(over_by_chance) < 25
assert all(0.6 < share < random - 0.03 for share, random in on_off["far out"][1:])
assert all(abs(share - random) < 0.2 for share, random in on_off["at home"])

# %% [markdown]
# Far out the vulnerability rises with the crowd (features per dimension, $\lVert W \rVert_F^2/m$), model by model,
# while from $x = 2$ on the loss on the model's own data falls. A random change does far less. But how much of this
# did we put in? Without ReLU and bias the largest change is the largest eigenvalue of $W^\top W$, and the mean of its
# eight eigenvalues above 0 *is* the crowd: the two columns agree within a quarter. As the eight are nearly equal
# here, crowd and vulnerability would be nearly **one number by arithmetic** in a linear autoencoder (a similar point:
# "Issues with TMS' Fractional Dimensionality", max.v3rv.com). What a model adds is its ReLU and bias: they take a
# third off far out, and at home more than half of the growth.
#
# (The two ways differ in inputs and in $\varepsilon$; which of them counts, the table can't say.)
#
# And the attack uses **other features' arrows**: far out most of $\lVert \delta \rVert^2$ lies on features that are
# off. But nearly all are off, and a random $\delta$ has even more there (at home about as much). Over so many features
# is $\delta$ spread, $(\sum \delta_i^2)^2 / \sum \delta_i^4$: on the plateau a handful, in the crowd two dozen, as many
# as a random $\delta$ has. (At $x = 1$ all eigenvalues are 1, and any $\delta$ in the subspace does as well.) The
# density changes along this curve, too; that it is the crowd and not the sparse data, the curve alone can't say. Gorton
# and Lewis vary superposition by itself in toy models, and find that it sets how robust they are; in image models
# Bereska et al. 2025 (*Superposition as Lossy Compression*) find none so simple.
#
# ## 2.11 Memorise or generalise?
#
# Every model so far saw fresh data at every step. Give it only $T$ examples, again and again, and it has a choice:
# arrows for features, or for the *examples*. The hidden vector of an example is $h = Wx$, and nothing stops a model
# from spreading five of these out like a pentagon.
#
# Examples are sparse and scaled to length 1, two hidden dimensions, training on all $T$ at once with AdamW (weight
# decay, warm-up, then slowly down to 0): so does the source. Learning rate and number of steps are ours. Smaller here:
# 100 features, each on in one input of twenty, for 10,000 at one in a thousand; medians of three starts. Errors are
# *summed* over features: an answer of nothing but 0 costs 1.

# %%
predict(
    "2.11",
    question="From T = 3 to T = 3,000 examples: how does the error on unseen inputs change?",
    choices=["It falls all the way", "It stays at 1, then falls", "It stays, rises, then falls", "It rises slowly"],
)

# %% [markdown]
# **Exercise 2.11** (B · 10 min · 3 points · needs 2.2) Model $k$ was trained on `train[k]`, a set of its own size. For
# each model: the error on its training set, the error on `test` (both: squares *summed* over features, averaged over
# rows), and how *unevenly* its training examples share the hidden dimensions: the standard deviation of their $D$, that
# of the columns of $h = W x^\top$, divided by its mean. (The deviation with $T$ in the denominator; 0: all alike.)


# %% exercise="2.11"
def seen_and_unseen(
    W: Float[Tensor, "k hidden feature"], b: Float[Tensor, "k feature"], train: list, test: Float[Tensor, "row feature"]
) -> tuple[Float[Tensor, "k"], Float[Tensor, "k"], Float[Tensor, "k"]]:
    """Errors on each model's own training set and on the test set, and how unevenly its examples share the room."""
    ### BEGIN SOLUTION
    seen, unseen, uneven = [], [], []
    for W_k, b_k, rows in zip(W, b, train):
        for x, errors in ((rows, seen), (test, unseen)):
            x_hat = (x @ W_k.T @ W_k + b_k).relu()
            errors.append(((x_hat - x) ** 2).sum(dim=1).mean())
        D = toy.feature_dimensionality(W_k @ rows.T)
        uneven.append(D.std(correction=0) / D.mean())
    return torch.stack(seen), torch.stack(unseen), torch.stack(uneven)
    ### END SOLUTION


# %%
check("2.11", seen_and_unseen)

# %%
SIZES, WORLDS = [3, 5, 8, 16, 32, 64, 128, 300, 1000, 3000], [(100, 2), (200, 2), (200, 4)]


def unit_examples(count: int, n: int, seed: int) -> Float[Tensor, "row feature"]:
    """Inputs of length 1 with five of n features on, on average; none of them empty."""
    x = toy.sparse_features(2 * count + 20, n, density=5 / n, seed=seed)
    return toy.unit_rows(x[(x > 0).any(dim=1)][:count])


few, sets = {}, {}
for n, m in tqdm(WORLDS, desc="worlds"):
    sets[n, m] = 3 * [unit_examples(T, n, seed=1000 * SEED + T) for T in SIZES]  # three starts for each
    few[n, m] = toy.train(n, m, data=toy.Fixed(sets[n, m]), optimiser="adamw", lr=1e-2, steps=2000, **quiet)

# %%
middle, peak = {}, {}  # medians of the three starts
for n, m in WORLDS:
    W, b, test = few[n, m].W, few[n, m].b, unit_examples(2000, n, seed=1000 * SEED + 7)
    measured = [*seen_and_unseen(W, b, sets[n, m], test), toy.kept(W).sum(dim=1)]
    measured.append(seen_and_unseen(torch.randn(30, m, n, generator=rng), b, sets[n, m], test)[2])
    middle[n, m] = [values.reshape(3, 10).median(dim=0).values for values in measured]
    peak[n, m] = SIZES[middle[n, m][1].argmax()]
seen, unseen, uneven, long_arrows, at_random = middle[100, 2]
curves = {f"unseen, n = {n}, m = {m}": middle[n, m][1] for n, m in WORLDS} | {"training examples, n = 100": seen}
picture = plots.lines(SIZES, curves, x_title="training examples T", y_title="summed error", log_x=True)
said = f"{unseen[1]:.2f} at T = 5, {unseen.max():.2f} at T = {peak[100, 2]}, {unseen[-1]:.2f} at T = 3,000"
compare("2.11", said, "peaks at T = " + ", ".join(f"{at} for {world}" for world, at in peak.items()), picture)
for row in zip(SIZES, seen, unseen, uneven, at_random, long_arrows):
    print("T = {:4}: seen {:.2f}, unseen {:.2f}; uneven {:.2f} (random W: {:.2f}); {:2} long arrows".format(*row))
assert uneven[-1] > 1.7 * at_random[-1]
assert seen[:2].max() < 0.1 and uneven[1] < 0.25 < uneven[5:].min() and at_random[1:].min() > 0.25
assert unseen.max() > 1.15 and 16 <= peak[100, 2] <= 128 and unseen[:3].min() > 0.9
assert unseen[-1] < 0.95 and abs(unseen[-1] - seen[-1]) < 0.03 and 4 <= long_arrows[-1] <= 7
assert 4 * long_arrows[-1] < long_arrows[SIZES.index(peak[100, 2])]
assert peak[200, 2] <= peak[200, 4] > peak[100, 2] and 2 * peak[200, 2] >= peak[100, 2]

# %%
last, rows_last = few[100, 2].W[9], sets[100, 2][9]
room, served = toy.feature_dimensionality(last @ rows_last.T), (rows_last[:, last.norm(dim=0) > 0.5] > 0).any(dim=1)
print(f"T = 3,000: {served.float().mean():.0%} of the examples have a feature with a long arrow; they take "
      f"{room[served].sum() / room.sum():.0%} of the room")  # fmt: skip
assert served.float().mean() < 0.4 and room[served].sum() > 0.75 * room.sum()
five = torch.nn.functional.pad(few[100, 2].W[1] @ sets[100, 2][1].T, (0, 95))  # a column for each example
shown = torch.stack([five, few[100, 2].W[1], few[100, 2].W[9]])
plots.arrows_2d(shown, ["T = 5: the examples h", "T = 5: the features", "T = 3,000: the features"], columns=3)

# %% [markdown]
# **Few examples**: the error on them is nearly 0, on others no better than saying nothing. Five hidden vectors share
# the plane evenly, which those of a random $W$ don't: the *data points* are in superposition, and the features' arrows
# are whatever the points need. **Many**: five or so *features* have arrows of full length, which serve seen and unseen
# inputs alike: five of a hundred, so the error ends not far below that of silence. Most examples have none of the five
# and hardly any room: *uneven* ends at twice what a random $W$ gives. **Between**, neither fits: dozens of long arrows,
# an error above that of silence. More data make it worse before it gets better: **double descent**. (The first of the
# two descents is hardly there: few points teach nothing that unseen inputs could use.)
#
# In these three worlds the peak comes latest with four dimensions, or as late as with two. Twice as many features in
# two dimensions put it later, too, or at most one size earlier (sizes are coarse).
# <br>*Henighan et al. 2023, "Superposition, Memorization, and Double Descent".*
#
# ## 2.12 Does the basis stand out?
#
# The rest belongs to open problems from Nanda's list: one configuration each, a prediction of yours, a number with a
# baseline. The first is 4.1: *does dropout create a privileged basis?* Dropout on the bottleneck sets each hidden unit
# to 0 now and then. A feature spread over many units loses a little each time; one on a single unit loses all, rarely.
# Chapter 01 had a measure for neurons; now for features: which share of $\lVert w_i \rVert^2$ lies on the largest unit?
# Some unit is always the largest, so compare with turned copies: a place near 1 says *more on single units than by
# accident*, one near 0 *more evenly spread*. Either would be a basis that stands out.
# <br>*Nanda 2022, problem 4.1; Smith 2023, "Dropout can create a privileged basis in the ReLU output model".*
#
# **Exercise 2.12** (B · 6 min · 2 points) One model, and many rotation matrices `turns`. *Alignment* is, over the
# features longer than 0.5, the mean share of $\lVert w_i \rVert^2$ that lies on the feature's largest unit. Return the
# share of turned copies `turn @ W` whose alignment is **below** that of `W` itself.


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
# ### A table of predictions
#
# 20 features in 5 dimensions, six models each, sixteen for dropout and the usual model. Predict all seven, then run on.
# *Aligned* is against turned copies; biases and what a model keeps are against the usual model at the same density
# (ReLU, values uniform on [0, 1]). A *GELU* is a smooth ReLU: 0 at 0, a little below 0 on the left. Two remarks.
# *Biases in units of the inputs*: make all inputs twice as large, and the same $W$ with twice the bias is as good as
# before. So we divide biases by the root mean square of the values that are on. *Stronger* means further below 0. And
# *weight decay* of either sign is the knob of Liu, Liu and Gore 2025 between weak and strong superposition (theirs of
# negative sign draws arrows to length 1, ours only out).

# %%
more = ["fewer", "as many", "more"]
aligned = ["more, more", "more, less", "less, less"]
predict("2.12a", question="4.1 Dropout 0.3; densities 0.3, 0.2: aligned …", choices=aligned)
predict("2.12b", question="4.4 Densities 0.1 and 0.01, ten each: of the rare it keeps …", choices=["none", "5", "all"])
predict("2.12c", question="4.7 Always 1 when on, density 0.1: biases …", choices=["weaker", "as before", "stronger"])
predict("2.12d", question="4.8 Values 1, 2, 3, density 0.1: biases …", choices=["weaker", "as before", "stronger"])
predict("2.12e", question="4.9 Values uniform on [0.5, 1], density 0.1: it keeps …", choices=more)
predict("2.12f", question="4.10 GELU for ReLU, density 0.03: it keeps …", choices=more)
predict("2.12g", question="Decay −0.001 ‖W‖², which rewards length, density 0.3: it keeps …", choices=more)

# %%
lab = {"n_instances": 6, **quick}
sixteen = lab | {"n_instances": 16}
base = {p: toy.train(20, 5, density=p, **sixteen) for p in (0.3, 0.2, 0.1, 0.03, 0.01)}
dropped = {p: toy.train(20, 5, density=p, dropout=toy.Dropout(0.3), **sixteen) for p in tqdm((0.3, 0.2, 0.1))}
RMS = {"U[0,1]": 3**-0.5, "{1}": 1.0, "{1,2,3}": (14 / 3) ** 0.5, "U[0.5,1]": (7 / 12) ** 0.5}  # root of the mean x²
cases = [(kind, p) for kind in RMS for p in (0.1, 0.03)]
valued = {(kind, p): toy.train(20, 5, density=p, data=toy.Independent(kind), **lab) for kind, p in tqdm(cases)}
two_classes = toy.train(20, 5, density=torch.tensor([0.1] * 10 + [0.01] * 10), **lab)
gelu = toy.train(20, 5, density=0.03, activation="gelu", **lab)
large = toy.train(20, 5, density=0.03, activation="gelu", data=toy.Independent(toy.Between(0, 10)), **lab)
decayed = {l2: toy.train(20, 5, density=p, penalty=toy.L2(l2), **lab) for l2, p in ((-1e-3, 0.3), (1e-3, 0.1))}


# %%
def spread(values: Float[Tensor, "model"]) -> str:
    return f"{values.mean():.2f} ({values.min():.2f} to {values.max():.2f})"


def keeps(result: toy.ToyResult) -> Float[Tensor, "model"]:
    return toy.kept(result.W).float().sum(dim=1)


turns = torch.linalg.qr(torch.randn(200, 5, 5, generator=torch.Generator().manual_seed(SEED))).Q
bias = {case: result.b.median(dim=1).values / RMS[case[0]] for case, result in valued.items()}
common, rare = (half.float().sum(dim=1) for half in toy.kept(two_classes.W).split(10, dim=1))
rows_values = [f"{kind:9} density {p:4}: keeps {spread(keeps(result))}, bias / rms {spread(bias[kind, p])}, "
               f"raw bias {result.b.median():.2f}" for (kind, p), result in valued.items()]  # fmt: skip

# %%
places = {p: torch.tensor([[stands_out(W, turns) for W in r.W] for r in (dropped[p], base[p])]) for p in dropped}
place = {p: each.mean(dim=1).tolist() for p, each in places.items()}
low = {p: (each < 0.05).float().mean(dim=1).tolist() for p, each in places.items()}
rows_a = [f"density {p}: alignment {spread(toy.alignment(dropped[p].W))}, turned copies below {place[p][0]:.0%}; "
          f"without dropout {spread(toy.alignment(base[p].W))}, {place[p][1]:.0%}" for p in dropped]  # fmt: skip
rows_a += [f"density {p}: models with a place under 5 %: {a:.0%}; without dropout {b:.0%}" for p, (a, b) in low.items()]
compare("2.12a", "more; less", "\n".join(rows_a))
assert toy.alignment(dropped[0.3].W).mean() > 0.9 and place[0.3][0] > 0.95 and place[0.2][0] < min(0.25, place[0.2][1])
assert 0.3 < place[0.1][0] < 0.9 and all(0.1 < without < 0.8 for _, without in place.values())
assert low[0.2][0] > 0.6 and low[0.2][1] < 0.4 and low[0.1][0] < 0.4

# %%
compare("2.12b", f"rare {spread(rare)} of 10, common {spread(common)}; all of 0.01: {spread(keeps(base[0.01]))} of 20")
compare("2.12c", f"{spread(bias['{1}', 0.1])}, with U[0, 1] {spread(bias['U[0,1]', 0.1])}", "\n".join(rows_values))
compare("2.12d", f"{spread(bias['{1,2,3}', 0.1])}, with U[0, 1] {spread(bias['U[0,1]', 0.1])}")
compare("2.12e", f"{spread(keeps(valued['U[0.5,1]', 0.1]))}, with U[0, 1] {spread(keeps(base[0.1]))}")
compare("2.12f", f"{spread(keeps(gelu))}, with ReLU {spread(keeps(base[0.03]))}; biases {spread(gelu.b.median(1)[0])}",
        f"inputs ten times as large: {spread(keeps(large))}; biases {spread(large.b.median(1)[0])}")  # fmt: skip

# %%
longest = decayed[-1e-3].W.norm(dim=1).max()
compare("2.12g", f"{spread(keeps(decayed[-1e-3]))}, without {spread(keeps(base[0.3]))}; longest arrow {longest:.1f}",
        f"and +0.001 at density 0.1: {spread(keeps(decayed[1e-3]))}, without {spread(keeps(base[0.1]))}")  # fmt: skip
assert rare.max() <= 2 and common.min() >= 9 and keeps(base[0.01]).min() >= 15 and longest > 1.2
others, kept_of_base = ["{1}", "{1,2,3}", "U[0.5,1]"], keeps(base[0.1]).mean()
assert all(keeps(valued[kind, 0.1]).mean() < kept_of_base - 0.8 for kind in others)
assert all(0.5 < bias[kind, 0.1].mean() / bias["U[0,1]", 0.1].mean() < 0.9 for kind in others)
assert 0.9 < bias["{1}", 0.03].mean() / bias["U[0,1]", 0.03].mean() < 1.25 and keeps(valued["{1}", 0.03]).mean() > 18.5
assert keeps(gelu).mean() < keeps(base[0.03]).mean() - 2 and gelu.b.median(dim=1).values.abs().max() < 0.1
assert keeps(large).mean() > keeps(base[0.03]).mean() - 1.5 and large.b.median(dim=1).values.max() < -2
assert keeps(decayed[-1e-3]).mean() > keeps(base[0.3]).mean() + 2 and keeps(decayed[1e-3]).mean() < kept_of_base - 4

# %% [markdown]
# Seven questions, each answered for a setting or two, and where we looked at two the answers often differ:
# - **4.1** Yes, dropout creates a basis, in two ways. At density 0.3 the kept features sit on one unit each, nearly. At
#   0.2 they are spread *more evenly* than in nearly all turned copies, in most models; without dropout in few. At 0.1
#   places lie anywhere, with it and without.
# - **4.4** Ten times as rare, and they are dropped; a world of only such features would keep nearly all.
# - **4.7, 4.8, 4.9** At density 0.1 all three keep fewer, with weaker biases; at 0.03 constant values change hardly
#   anything. The raw biases of 1, 2, 3 are three times as strong, on inputs 3.7 times as large.
# - **4.10** Fewer, with biases near 0: a GELU hardly cuts at this size of inputs. But it has a *scale*: with inputs
#   ten times as large it is nearly a ReLU, keeps nearly as many, and has biases in proportion. So the answer is one
#   about scale.
# - **Weight decay** works as a knob, both ways. But a reward for length also makes arrows longer than 1.

# %% [markdown]
# ## 2.13 An experiment of your own
#
# Change one thing. First the sentence: with this change, models will have more (or less) of something than without it,
# because … Then eight or more trainings with it, as many without it, and one number for each model.
#
# **Exercise 2.13** (D · 25 min · 3 points) Hand in a dict of tensors: `W` and `W_control` [model, hidden, feature], at
# least 8 each; `number` and `number_control`, one of the five measures below for each model; `expected`: 1 for more, −1
# for fewer, 0 for no difference, **decided before you train**; `difference` of the two means (change minus control);
# `chance`: the share of 1,000 random divisions of all your models into two groups of these sizes whose means differ by
# at least as much, in either direction; `held`: 1 if it came out as expected (chance < 0.05 and the right sign; for 0:
# chance ≥ 0.05), else 0. The check recomputes what follows from what, and doesn't mind what came out.
#
# The measures: *features kept* (longer than 0.5), *dimensions per feature*, and the means over kept features of $D_i$,
# of superposition and of alignment. `toy.train` takes `data`, `activation`, `optimiser`, `penalty`, `dropout`.

# %% exercise="2.13"
### BEGIN SOLUTION
# With twice the learning rate models keep more features: longer steps get out of bad arrangements.
own = {"n_instances": 12, "density": 0.1, "steps": 1500, "batch_size": 256, "progress": False}
fast, usual = (toy.train(20, 5, lr=rate, seed=SEED + n, **own) for n, rate in enumerate((2e-2, 1e-2)))
counts = torch.stack([toy.kept(result.W).float().sum(dim=1) for result in (fast, usual)])
found_difference = counts[0].mean() - counts[1].mean()
divided = counts.flatten()[torch.rand(1000, 24, generator=torch.Generator().manual_seed(SEED)).argsort(dim=1)]
by_division = divided[:, :12].mean(dim=1) - divided[:, 12:].mean(dim=1)
chance = (by_division.abs() >= found_difference.abs() - 1e-6).float().mean()
mine = {
    "W": fast.W, "W_control": usual.W, "number": counts[0], "number_control": counts[1], "expected": torch.tensor(1.0),
    "difference": found_difference, "chance": chance, "held": ((chance < 0.05) & (found_difference > 0)).float(),
}  # fmt: skip
print(f"difference {found_difference:.2f}, chance {chance:.3f}")
### END SOLUTION

# %%
check("2.13", mine)

# %% [markdown]
# The check has nothing against "no". (Ours asked whether twice the learning rate keeps more features. Not measurably.)
#
# ## What you know now
#
# **Shown**, here and in the papers: models divide all their dimensions, in digons, triangles, pentagons, antiprisms and
# less regular groups. Partners that come together lie at right angles, and merge in dense data near where the pencil
# says. Few examples are stored as points, many as features, with a peak between.
#
# **Measured** here: a first-order transition by its place and its kink; drops of the loss that go with jumps of $D$,
# half of them by a timetable that all runs have; answers to seven open questions, each at a setting or two.
#
# **Not so simple**: $D^* = 1$ can mean that there are no features at all. $D$ is no name for a polytope. Exclusive
# partners are antipodal in the best solution; how often in training, the density decides. That crowded models are
# easier to attack is in good part arithmetic. Biases compare only in units of the inputs.
#
# **Different from the papers**: smaller models (64 in 8 for 400 in 30, 100 features for 10,000), shorter trainings with
# longer steps, importance that falls and plain descent in 2.9, two pairs for three in 2.8, our own rules for groups,
# drops and jumps, attacks on the output instead of the loss.

# %%
quiz("2")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapter 03, high dimensions**: how many arrows fit if a little overlap is allowed, and what reads them best.
# - **Chapter 04, computing in superposition**: features that are made, not only stored.
# - **Chapter 06, 6.9 to 6.12**: such geometry in a language model, with the controls it needs.
