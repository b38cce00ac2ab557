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
# **You need** chapter 01 (features as arrows, density, interference, the price of dropping a feature). **Time** about
# {minutes} minutes, best in three sittings (the places to stop are marked, after 2.5 and after 2.9); {exercises}
# exercises, {points} points. A: warm-up, B: core, C: stretch, D: open-ended.
#
# **Sources** Elhage et al. 2022, *Toy Models of Superposition*, sections 3 to 6; Henighan et al. 2023, *Superposition,
# Memorization, and Double Descent*; Nanda 2022, *200 Concrete Open Problems in Mechanistic Interpretability: Exploring
# Polysemanticity and Superposition*; Liu, Liu and Gore 2025, *Superposition Yields Robust Neural Scaling*. Others
# where they are used. Where our settings differ from theirs, we say so.

# %% tags=["setup"]
from collections import Counter

import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm.auto import tqdm

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
# models of 64 features in 8 dimensions, one for each $x$; beside them 32 in 4, and 200 in 20 at every second $x$. All
# features matter the same, in this section and the next ones.

# %%
x = torch.linspace(1, 10, 19)
short = {"steps": 1000, "batch_size": 256, "lr": 1e-2}
sweep = toy.train(64, 8, density=(1 / x)[:, None], **short, **quiet)
smaller = toy.train(32, 4, density=(1 / x)[:, None], **short, **quiet)
wider = toy.train(200, 20, density=(1 / x[::2])[:, None], steps=600, batch_size=256, lr=1e-2, seed=SEED)

# %%
stars = {"64 in 8": (x, sweep), "32 in 4": (x, smaller), "200 in 20": (x[::2], wider)}
star = {name: toy.dimensions_per_feature(result.W) for name, (_, result) in stars.items()}
flat = {name: star[name][(at >= 2.4) & (at <= 3.1)] for name, (at, _) in stars.items()}
for name, values in flat.items():
    print(
        f"{name:10} x from 2.5 to 3: D* from {values.min():.2f} to {values.max():.2f}; at x = 10: {star[name][-1]:.2f}"
    )
compare(
    "2.1",
    "near 1/2, from about x = 2 to x = 3.5",
    plots.line_panels(
        {name: at for name, (at, _) in stars.items()},
        {"": star},
        x_title="1/density",
        y_titles=["dimensions per feature D*"],
    ),
)
for name, values in flat.items():
    assert values.min() > 0.46 and values.max() < 0.54 and star[name][-1] < 0.42
    assert star[name][0] > 0.9

# %% [markdown]
# The three sizes fall on one curve. (The paper has 400 features in 30 dimensions, on $x$ from 1 to 100; we compared
# these three, which train in seconds. Its axis is logarithmic; our figure is its left half.) $D^*$ begins at 1, and
# near 1/2 it rests. Beyond, it goes down without another rest that this figure could show.
#
# Why should a model stay at *two features per dimension* while its data get a third sparser? And is the value 1 on the
# left what it seems, one dimension for each of eight features? Count the long arrows.

# %%
for k in (0, 1, 2, 4):
    length = sweep.W[k].norm(dim=0)
    print(f"x = {x[k]:3g}: D* = {star['64 in 8'][k]:.2f}, {(length > 0.5).sum():2} arrows longer than 0.5, "
          f"longest {length.max():.2f}, mean {length.mean():.2f}")  # fmt: skip
assert (sweep.W[0].norm(dim=0) > 0.9).sum() < 8 < (sweep.W[4].norm(dim=0) > 0.5).sum()

# %% [markdown]
# A trap. In dense data $\lVert W \rVert_F^2 = 8$, and yet there are hardly any features: the model keeps a *subspace*
# of eight dimensions, as PCA would with equal variances (1.10), and every feature has some of it. The rest near 1/2 is
# another matter: there, arrows are long or nearly nothing. For that we need a number for each feature.

# %% [markdown]
# ## 2.2 The share of a dimension
#
# How much of a dimension does feature $i$ have for itself?
#
# $$ D_i = \frac{\lVert w_i \rVert^2}{\sum_j (\hat w_i \cdot w_j)^2}, \qquad \hat w_i = w_i / \lVert w_i \rVert $$
#
# Project all arrows, its own included, onto its direction. $D_i$ is the share of what arrives there that is its own: 1
# if it is alone, 1/2 if it shares with one of the same length. The paper calls it the **dimensionality** of a feature.
# <br>*Elhage et al. 2022, section 4. Scherlis et al. 2022, "Polysemanticity and Capacity in Neural Networks", call the
# same number a feature's capacity, and ask what a model gains by giving one more.*

# %%
predict(
    "2.2",
    question="64 features in 8 dimensions, x from 2.5 to 3.5, on the plateau. How are the D_i of the long arrows spread?",
    choices=["all over from 0 to 1", "around 1/2, widely", "at 1/2, nearly all of them", "half at 1, half at 0"],
)

# %% [markdown]
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
FRACTIONS = {"3/4": 3 / 4, "2/3": 2 / 3, "1/2": 1 / 2, "2/5": 2 / 5, "3/8": 3 / 8}
D = toy.feature_dimensionality(sweep.W)
kept = sweep.W.norm(dim=1) > 0.5
on_plateau = D[3:6][kept[3:6]]  # x = 2.5, 3 and 3.5
compare(
    "2.2",
    f"{((on_plateau - 0.5).abs() < 0.02).float().mean():.0%} of {len(on_plateau)} lie within 0.02 of 1/2",
    plots.shares_over(x, D, kept, FRACTIONS, x_title="1/density"),
)
assert ((on_plateau - 0.5).abs() < 0.02).float().mean() > 0.8

# %% [markdown]
# Only arrows longer than 0.5 are drawn. From $x = 2$ to 3.5 they sit on one line. To the right they spread, and not
# evenly: there are thick places and empty ones.
#
# All shares together can't be more than the dimensions there are. Are they less?

# %%
total = D.sum(dim=1)
print("sum of all D at x =", dict(zip([f"{v:g}" for v in x[::3].tolist()], [round(v, 2) for v in total[::3].tolist()])))
assert total.max() < 8.01 and total.min() > 7.2

# %% [markdown]
# Eight dimensions, and the shares add up to (nearly) eight: nothing is wasted, at any density. They can't add up to
# more, for $D_i$ is at most the squared length of $w_i$ in the coordinates in which $WW^\top$ is the identity, and
# these lengths add up to the rank. They reach it when no direction inside a group is preferred. So the question is
# only how the room is *divided*. Which divisions are there?

# %% [markdown]
# ## 2.3 Five arrangements on paper
#
# Chapter 01 found pairs and pentagons. In space there are more such figures, and the paper found these in its models,
# with corners at arrows of length 1:
#
# - **digon**: two opposite arrows, on a line;
# - **triangle** and **pentagon**: regular, in a plane;
# - **tetrahedron**: four arrows in space, each at the same angle to all others;
# - **square antiprism**: eight arrows in space, two squares, one above the other and turned by 45°, at the height at
#   which the three axes hold equally much ($\sum_j w_j w_j^\top$ is a multiple of the identity).
# <br>*Elhage et al. 2022, section 4; the last is (nearly) how eight electrons on a sphere arrange themselves.*

# %% [markdown]
# **Exercise 2.3** (B · 8 min · 2 points · needs 2.2) What is $D$ of a corner, in the order digon, triangle,
# tetrahedron, pentagon, square antiprism? On paper; a list of five numbers, each within 0.5 %.

# %% exercise="2.3"
### BEGIN SOLUTION
# All arrows alike and no direction preferred: Σ_j w_j w_jᵀ = (n/m) · identity, so Σ_j (ŵ·w_j)² = n/m, and D = m/n.
shares = [dims / arrows for dims, arrows in ((1, 2), (2, 3), (3, 4), (2, 5), (3, 8))]
### END SOLUTION

# %%
check("2.3", shares)

# %% [markdown]
# Now from coordinates, with 2.2. Two old acquaintances are added: the cube, and the octahedron with its six corners on
# three axes.

# %%
corners = {name: toy.POLYTOPES[name].float() for name in list(toy.POLYTOPES)[1:]}
cube = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3).T / 3**0.5
corners |= {"cube": cube, "octahedron": torch.cat([torch.eye(3), -torch.eye(3)], dim=1)}
for name, arrows in corners.items():
    own = toy.feature_dimensionality(arrows)
    print(f"{name:16} {arrows.shape[1]} arrows in {len(arrows)} dimensions: D = {own.min():.4f} to {own.max():.4f}")
    assert (own - len(arrows) / arrows.shape[1]).abs().max() < 1e-4
solids = ["tetrahedron", "square antiprism", "cube"]
plots.polytopes({name: corners[name] for name in solids})

# %% [markdown]
# (Turn them with the mouse.) Two warnings before you look for them. $D$ is not a name: cube and antiprism have the
# same, and so have a digon and each corner of an octahedron, which is nothing but three digons at right angles. And
# any arrangement of $n$ arrows in $m$ dimensions without a preferred direction has $m/n$. A fraction in a histogram is
# a hint; the figure behind it has to be found.

# %% [markdown]
# ## 2.4 Who shares a subspace?
#
# In eight dimensions, a pentagon is five features that overlap with each other and with nobody else. So: draw a link
# between two features whose arrows are far from orthogonal, and see who hangs together.

# %% [markdown]
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
# Four sizes, each at a density at which theory and trials promise something: 8 features in 6 dimensions, 12 in 8, 64
# in 8 and 20 in 8. Sixteen models each.

# %%
predict(
    "2.4",
    question="20 features in 8 dimensions, at x = 4. How many groups does a model have?",
    choices=["one of 20", "four or five", "about ten", "twenty of one"],
)

# %%
OVERLAP = 0.2
worlds = {"8 in 6": (8, 6, 1.3), "12 in 8": (12, 8, 1.6), "64 in 8": (64, 8, 2.5), "20 in 8": (20, 8, 4.0)}
found = {
    name: toy.train(n, m, density=1 / at, n_instances=16, steps=3000, batch_size=512, lr=5e-3, **quiet)
    for name, (n, m, at) in worlds.items()
}

# %% [markdown]
# `toy.shapes` does what you did, for $t = 0.2$, and adds names. A group is one of the five figures if it has as many
# arrows, in as many dimensions (singular values above a fifth of the largest), and if its **angles** fit: the cosines
# inside the group, sorted, differ from the figure's by at most 0.1 (root mean square; a cube is 0.27 away from the
# antiprism). What is none of the five is printed as its two numbers.


# %%
def census(models: Float[Tensor, "model hidden feature"], t: float) -> Counter:
    """How often each kind of group occurs in all the models."""
    shapes = [shape for W in models for shape in toy.shapes(W, overlap=t)]
    return Counter(s.name if s.name in toy.POLYTOPES else f"{len(s.members)} in {s.rank}" for s in shapes)


names = {world: census(result.W, OVERLAP) for world, result in found.items()}
table = "\n".join(f"{world:8} {dict(kinds.most_common(6))}" for world, kinds in names.items())
compare("2.4", f"{names['20 in 8'].total() / 16:.1f} groups on average", table)

# %% [markdown]
# The same sizes as histograms of $D_i$. The line says what **random arrows** give: as many directions as the models
# kept, drawn at random in as many dimensions.

# %%
rng = torch.Generator().manual_seed(SEED)
rows, within = {}, {}
for world, result in found.items():
    own, long = toy.feature_dimensionality(result.W), result.W.norm(dim=1) > 0.5
    often = long.sum(dim=1).float().mean().round().int().item()
    scattered = torch.nn.functional.normalize(torch.randn(200, result.W.shape[1], often, generator=rng), dim=1)
    rows[world] = own[long], toy.feature_dimensionality(scattered).flatten()
    within[world] = {
        fraction: [((values - share).abs() < 0.02).float().mean().item() for values in rows[world]]
        for fraction, share in FRACTIONS.items()
    }
plots.share_histograms(rows, FRACTIONS)

# %%
print("share of features within 0.02 of a fraction: trained (random)")
for world, counts in within.items():
    print(f"{world:8}", "  ".join(f"{name}: {a:.2f} ({b:.2f})" for name, (a, b) in counts.items()))

# %% [markdown]
# Each world has its fraction, and random arrows don't have it: they spread, with a bulge that moves with their number.
# (With 20 in 8 it lies over 2/5 and 3/8: part of what you see at 3/8 is what accident gives there.) The same control
# for the names, and how much they depend on the $t$ that we chose:

# %%
for t in (0.15, 0.2, 0.25, 0.3):
    print(f"20 in 8, t = {t:4}: {dict(census(found['20 in 8'].W, t).most_common(5))}")
scattered = torch.nn.functional.normalize(torch.randn(16, 8, 20, generator=rng), dim=1)
unnamed = census(scattered, OVERLAP)
print(f"random, t = {OVERLAP}: {dict(unnamed)}")
for world, fraction in {"8 in 6": "3/4", "12 in 8": "2/3", "64 in 8": "1/2", "20 in 8": "2/5"}.items():
    trained_share, random_share = within[world][fraction]
    assert trained_share > (0.9 if world == "64 in 8" else 0.4) and trained_share > 3 * random_share
assert names["64 in 8"]["digon"] > 0.95 * names["64 in 8"].total() and names["12 in 8"]["triangle"] >= 20
assert names["20 in 8"]["pentagon"] >= 15 and names["20 in 8"]["digon"] >= 15 and unnamed["20 in 8"] >= 14
assert names["8 in 6"]["8 in 6"] >= 8 and names["12 in 8"]["6 in 4"] >= 1

# %% [markdown]
# The line at 1/2 is made by digons, and in 20 in 8 that at 2/5 by pentagons, each in a subspace of its own, at right
# angles to all the others. (In the geometry of polytopes that is a *tegum product*.) But look at the first two worlds.
# **3/4 is no tetrahedron here**: all eight arrows fill all six dimensions together, evenly, and 6/8 is 3/4. And of the
# arrows at 2/3 most stand in triangles, others as six in four dimensions. The warning of 2.3 was needed: had we read
# names off the histogram, we would have seen tetrahedra that aren't there.
#
# The rule has a range. With a larger $t$ groups fall apart, with a smaller one they grow together; pentagons don't
# mind. Beyond $x = 5$ every arrow overlaps with every other, and any $t$ finds one blob. Antiprisms are rare. Here is
# the first one (or a tetrahedron, if there is none). Let it turn.

# %%
in_space = [
    (shape.name, W, shape.members) for name in ("square antiprism", "tetrahedron", "pentagon")
    for W in found["20 in 8"].W for shape in toy.shapes(W, overlap=OVERLAP) if shape.name == name
]  # fmt: skip
seen_name, W_seen, members = in_space[0]
print(f"{len(in_space)} groups in three dimensions; features {list(members)} of one model make a {seen_name},")
print("with D =", [round(toy.feature_dimensionality(W_seen)[i].item(), 3) for i in members])
plots.polytopes({seen_name: toy.in_own_space(W_seen, members)}, turning=True)

# %% [markdown]
# Nobody told the model about polytopes. It had squared errors to bring down, and this is where that leads.

# %% [markdown]
# ## 2.5 One feature unlike the rest
#
# Five features in a plane again, four of them on in one input of twenty. Feature 0 is rarer still: its density is $r$
# times that of the others. At $r = 1$ they make a pentagon. At $r$ near 0 nobody would give feature 0 a place: the
# other four are best off in two digons. What happens in between?
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
# Twelve starts at each $r$; their losses are computed exactly, as integrals. Here is feature 0 in the best of them,
# and in how many of the twelve it is kept.

# %%
often = (first_length.reshape(13, -1) > 0.5).sum(dim=1)
table = [f"r = {a:.2f}: length {first_length[k]:.2f}; kept in {n} starts of 12" for a, k, n in zip(r, best, often)]
jump = first_length[best].diff().argmax().item()
low, high = first_length[best][jump : jump + 2].tolist()
compare("2.5", f"from {low:.2f} to {high:.2f}, between r = {r[jump]:.2f} and {r[jump + 1]:.2f}", "\n".join(table))

# %% [markdown]
# A jump, and single starts hide it: on both sides of it many trainings end in the other arrangement. So there are two
# solutions, and each stays stable where it is no longer the best. Follow them: take the pentagon at $r = 0.65$, lower
# $r$ a little, let it settle from where it is, and so on; and the two digons the other way, from $r = 0.05$ upwards.


# %%
def follow(W: Float[Tensor, "1 hidden feature"], b: Float[Tensor, "1 feature"], order: list[int]):
    """Weights of one solution along the grid of r, each settled from the one before: {place: (W, b)}."""
    path, state = {}, singles._replace(W=W, b=b)
    for k in order:
        state = toy.train(5, 2, density=unequal[k][None], start=state, steps=400, batch_size=2048, lr=1e-3, **quiet)
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
# Where both are there, two losses can be drawn side by side. The **transition** is where they cross. There the best
# loss is continuous, as the lower of two continuous curves, but its *slope* jumps: such a transition is called first
# order.

# %% [markdown]
# **Exercise 2.5** (C · 12 min · 3 points) Two losses at the same points $x$, in rising order and not evenly spaced. In
# one interval they cross, at none of the points themselves. Between neighbouring points both are straight lines.
# Return the place of the crossing, and by how much the slope of the lower curve changes there: after it minus before
# it.


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

# %%
kinds = {"single starts, feature 0 kept": first_length > 0.5, "single starts, dropped": first_length <= 0.5}
plots.two_solutions(
    r[both], {"pentagon": pentagon_loss[both] / BASE, "two digons": digons_loss[both] / BASE},
    {name: (r.repeat_interleave(STARTS)[which], single_loss[which] / BASE) for name, which in kinds.items()},
    x_title="r, density of feature 0 over that of the others", y_title="loss / density", place=at / BASE,
)  # fmt: skip

# %% [markdown]
# Why a kink? For fixed weights the loss is a straight line in the density $p_0$ of feature 0: a share $p_0$ of the
# inputs has it on. The line's slope is what an input costs more with feature 0 on than with it off. The two digons pay
# all of $x_0^2$, 1/3, divided by five features; a pentagon pays less. And as the weights are at a minimum, moving
# along with $p_0$ changes nothing to first order. So the jump can be said without any curve: the difference of two
# slopes, at one place.

# %%
k = (r - at / BASE).abs().argmin()
slopes = []
for W, b in ((digons_W, digons_b), (pentagon_W, pentagon_b)):
    p = unequal[k].double().clone().requires_grad_()
    toy.expected_loss(W[k].double(), b[k].double(), torch.ones(5).double(), p).backward()
    slopes.append(p.grad[0].item())
difference = slopes[1] - slopes[0]
print(f"slopes: digons {slopes[0]:.4f}, pentagon {slopes[1]:.4f}; difference {difference:.4f}; the curves' {kink:.4f}")
assert kink < 0 and abs(difference / kink - 1) < 0.25
assert first_length[best][: jump + 1].max() < 0.1 and first_length[best][jump + 1 :].min() > 1.0
assert 0.2 < at / BASE < 0.32 and r[jump] - 0.06 < at / BASE < r[jump + 1] + 0.06
assert both[jump - 1 : jump + 3].all()
kept_near = (first_length.reshape(13, -1) > 0.5)[2:10].float()
assert 0 < kept_near.mean() < 1 and (digons_first < 0.05).all()

# %% [markdown]
# What was seen: two arrangements, both stable over a wide range; the best loss passes from one to the other near $r =
# 0.26$, continuously but with a kink; the arrow of feature 0 jumps there from nothing to full length. That is a
# first-order transition, and it was measured: a place, two slopes, and their difference twice, from curves and from
# fixed weights. A single training would have told you where its *start* led.
#
# ---
# *A good place to stop for today.* Your answers are saved, and Run All brings the models back.

# %% [markdown]
# ## 2.6 Features that come together
#
# So far features switched on independently. Real ones don't: *beak* comes with *feather*, and never with *chrome*. How
# do the arrows of such features lie?
# <br>*Elhage et al. 2022, section 4, "Correlated and Anticorrelated Features".*

# %% [markdown]
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
# its strength is uniform on [0, 1], and groups are independent of each other.


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
    question="Four features in a plane, in pairs that come together. How do partners lie in the best model?",
    choices=["side by side", "at right angles", "opposite to each other"],
)

# %% [markdown]
# `toy.Groups` has both samplers, and so fast a loop for them. 30 starts each of four features in two dimensions, pairs
# (0, 1) and (2, 3), each feature on in one input of twenty.

# %%
pairs = torch.tensor([0, 0, 1, 1])
apart = toy.Groups(2, together=-1.0)
makers = {"independent": "independent", "come together": toy.Groups(2), "exclude each other": apart}
quick = {"steps": 1500, "batch_size": 512, "lr": 1e-2, **quiet}
paired = {name: toy.train(4, 2, density=0.05, n_instances=30, data=maker, **quick) for name, maker in makers.items()}


def partners(W: Float[Tensor, "model hidden feature"]) -> Float[Tensor, "model pair"]:
    """Cosine between the two arrows of each pair; 0 if one of them is shorter than 0.5."""
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(0.5)
    return torch.stack([(unit[:, :, 0] * unit[:, :, 1]).sum(1), (unit[:, :, 2] * unit[:, :, 3]).sum(1)], dim=1)


def fresh_loss(result: toy.ToyResult, maker: str | toy.Groups) -> Float[Tensor, "model"]:
    """Losses on 20,000 fresh inputs of the same kind."""
    return toy.loss_on(result, toy.examples(maker, 20_000, result.density, seed=SEED + 1))


# %%
arrangement, lowest, table = {}, {}, []
for name, result in paired.items():
    cosine, loss = partners(result.W), fresh_loss(result, makers[name])
    kinds = {"orthogonal": cosine.abs() < 0.3, "opposite": cosine < -0.8, "side by side": cosine > 0.8}
    kinds = {kind: which.all(dim=1) for kind, which in kinds.items()}
    arrangement[name] = {kind: which.float().mean().item() for kind, which in kinds.items()}
    cheapest = {kind: f"{loss[which].min():.5f}" for kind, which in kinds.items() if which.any()}
    lowest[name] = result.W[loss.argmin()]
    shown = {kind: f"{share:.0%}" for kind, share in arrangement[name].items()}
    table.append(f"{name:19} partners: {shown}\n{'':19} lowest loss of each: {cheapest}")
drawn = torch.stack(list(lowest.values()))
picture = plots.arrows_2d(drawn, list(lowest), pairs.float().expand(3, 4), importance_title="pair")
compare("2.7", "at right angles", "\n".join(table), picture)

# %% [markdown]
# Three worlds with the same features, as rare as each other, that differ only in who comes with whom.
# - Partners that **come together** lie at right angles, in every start: the arrow *opposite* belongs to somebody else,
#   who is rarely on at the same time.
# - Partners that **exclude each other** can have the same line for free: opposite arrows never clash. That loss is 0,
#   by far the lowest, and yet less than half of the starts find it. "Anti-correlated features are antipodal" is a
#   sentence about the best solution. The others are stuck, or rather: they have no reason to move.
# - **Independent** partners do either: about one in three is opposite, as it must be if pairing is accidental.

# %%
assert arrangement["come together"]["orthogonal"] > 0.9 and arrangement["come together"]["opposite"] == 0
exclusive = arrangement["exclude each other"]["opposite"]
assert 0.15 < exclusive < 0.7 and partners(lowest["exclude each other"][None]).max() < -0.95
assert 0.1 < arrangement["independent"]["opposite"] < 0.6

# %% [markdown]
# The same with **your** samplers: any function can be `data`. Numba can't compile it, so PyTorch takes the steps.


# %%
def as_data(sampler):
    """A sampler as `data`: the same inputs for every model."""
    return lambda batch, density, generator: sampler(batch, 0.05, pairs)[:, None].expand(batch, *density.shape)


torch.manual_seed(SEED)  # the samplers draw from PyTorch's own generator
for name, sampler in {"come together": come_together, "exclude each other": exclude_each_other}.items():
    own = toy.train(4, 2, density=0.05, data=as_data(sampler), n_instances=30, steps=700, batch_size=512, lr=1e-2)
    cosine = partners(own.W)
    shares = (cosine.abs() < 0.3).all(dim=1).float().mean().item(), (cosine < -0.8).all(dim=1).float().mean().item()
    print(f"{name}, trained by {own.engine}: orthogonal {shares[0]:.0%}, opposite {shares[1]:.0%}")
    assert abs(shares[1] - arrangement[name]["opposite"]) < 0.35 and own.engine == "torch"

# %% [markdown]
# ### Local bases
#
# With more features in a group the same becomes a picture of whole languages: 20 features in 10 dimensions, two groups
# of ten whose members come together. How much do arrows overlap inside a group, and between the two?

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
# Inside a group the arrows are nearly at right angles, and between the groups they are not: each group has a **local,
# almost orthogonal basis**, laid over the other's. The control has no such groups, and no difference. Who is on
# together must not disturb each other; who isn't, may.

# %% [markdown]
# ## 2.8 Two features become one
#
# When two features come together nearly always, why keep two arrows? Their *sum* is the first principal component, and
# one arrow for it may serve both. Two pairs that come together, four features in two dimensions again. Compare, on
# paper and without biases:
#
# - **merged**: each pair has a dimension to itself, and both its outputs say $(x_1 + x_2)/2$;
# - **separate**: two antipodal pairs as in 1.12, partners at right angles: opposite to each arrow is one of the other
#   pair.

# %% [markdown]
# **Exercise 2.8** (C · 10 min · 3 points · needs 2.6) Hand in a list of two numbers, each within 1 %: the expected
# loss of *merged* at density 0.4 (the mean over the features, as always), and the density from which on *merged* is
# cheaper than *separate*.

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
# Trained models beside it: nine densities, 12 starts each. A pair counts as merged if its two arrows have a cosine
# above 0.9.

# %%
rising = torch.tensor([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6])
together = toy.train(4, 2, density=rising.repeat_interleave(12)[:, None], data=toy.Groups(2), **quick)
merged = (partners(together.W) > 0.9).all(dim=1)
loss = fresh_loss(together, toy.Groups(2))
least = {
    "merged, trained": torch.where(merged, loss, torch.inf).reshape(9, 12).amin(dim=1),
    "others, trained": torch.where(merged, torch.inf, loss).reshape(9, 12).amin(dim=1),
}
least = {name: torch.where(values.isinf(), torch.nan, values) / rising for name, values in least.items()}
on_paper = {"merged, on paper": torch.full((9,), 1 / 24), "separate, on paper": rising / 6}
plots.lines(rising, on_paper | least, x_title="density", y_title="loss / density", y_range=(0, 0.08))

# %%
share_merged = merged.reshape(9, 12).float().mean(dim=1)
wins = merged[loss.reshape(9, 12).argmin(dim=1) + 12 * torch.arange(9)]
for p, share, won in zip(rising, share_merged, wins):
    print(f"density {p:.2f}: {share:.0%} of the starts end merged; the best is {'merged' if won else 'separate'}")

# %% [markdown]
# And principal components? Two of them, from 100,000 inputs, at a density on either side.

# %%
for p in (0.1, 0.4):
    inputs = toy.examples(toy.Groups(2), 100_000, torch.full((1, 4), p), seed=SEED)[:, 0]
    axes = torch.linalg.eigh(inputs.T.cov()).eigenvectors[:, -2:]
    k = (rising - p).abs().argmin()
    W = together.W[12 * k + loss.reshape(9, 12)[k].argmin()]
    apart = (W.T @ W - axes @ axes.T).norm() / (axes @ axes.T).norm()
    print(f"density {p}: PCA's pair cosine {torch.nn.functional.cosine_similarity(axes[0], axes[1], dim=0):.2f}; "
          f"best model's WᵀW differs from PCA's projection by {apart:.0%}")  # fmt: skip
assert not wins[rising < 0.19].any() and wins[rising > 0.29].all()
assert share_merged[rising < 0.14].max() < 0.1 and share_merged[-1] > 0.5

# %% [markdown]
# The line runs where the pencil put it. Below a density of 1/4 the best models keep four arrows, above it two, one for
# each pair, and there the model *is* PCA. PCA itself merges the pairs at every density: it sees only variances, and
# can't know that a ReLU makes clashes rare. (Trained losses lie a little below those on paper, where there is a bias
# to bend with. Near the line starts end on either side.)

# %% [markdown]
# Now drag. Six features in three dimensions, in pairs; each release of a slider trains eight models and shows the
# best.

# %%
widgets.live_polytopes()

# %% [markdown]
# Couple the pairs at −1: each finds a line of its own, and three lines at right angles have the corners of an
# octahedron. Make feature 0 rarer, and its arrow goes as in 2.5. Who is on with whom, and how often, decides the
# shape.

# %% [markdown]
# ## 2.9 A rule for drops
#
# How does a model get there? In the paper's figure the loss goes down in steps, and at each step features jump from
# one share of a dimension to another: "energy levels". Anyone can see such a thing in a curve that they have chosen.
# To claim it, one needs a rule for drops, a rule for jumps, many runs, and the number of matches that accident would
# give.
# <br>*Elhage et al. 2022, section 5, "Superposition and Learning Dynamics".*
#
# In most trainings of this course there is little to be seen: Adam, large starts and noisy batches blur it all. So:
# plain gradient descent, a start a hundredth as large, eight features in four dimensions of falling importance, and
# the loss on 4,096 inputs that stay the same.

# %%
falling = 0.6 ** torch.arange(8)
slow = toy.train(
    8, 4, importance=falling, density=0.3, n_instances=16, optimiser="sgd", lr=0.2, start=0.01, steps=4000,
    batch_size=256, keep_history=True, log_at=20, seed=SEED,
)  # fmt: skip
watched = toy.sparse_features(4096, 8, density=0.3, seed=SEED + 1)
EARLY = 5  # logs that are left out: in the first hundred steps the biases learn the features' means
curve = toy.loss_along(slow, watched)[EARLY:]  # [log, run]
level = (toy.feature_dimensionality(slow.history) * (slow.history**2).sum(dim=2).clamp_max(1))[EARLY:]

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

# %%
predict(
    "2.9",
    question="How many of the loss's drops go with a jump in some feature's share, over 16 runs?",
    choices=["as many as by accident", "about half", "nearly all"],
)

# %% [markdown]
# The jumps: the level of a feature is $\min(\lVert w_i \rVert^2, 1) \, D_i$ (the factor keeps arrows of no length
# out). It jumps where it changes by more than a limit within `span` logs, and by more than anywhere near. A drop is
# matched if the jump of some feature is at most four logs away. By accident: the same, with all jumps of a run shifted
# in time; what leaves at the end comes in at the front. Spans and limits are ours, so here are several.


# %%
def jumps(levels: Float[Tensor, "log feature"], span: int, least: float) -> list[int]:
    """Logs from which the level of a feature changes most."""
    change = (levels[span:] - levels[:-span]).abs().T
    largest_near = torch.max_pool1d(change, 2 * span + 1, stride=1, padding=span)
    return ((change > least) & (change == largest_near)).nonzero()[:, 1].tolist()


def matches(span: int, fall: float, change: float) -> tuple[int, int, list[float]]:
    """Drops of all runs, those with a jump at most 4 logs away, and the shares for jumps shifted in time."""
    runs = [
        (drops(one, span, fall), jumps(levels, span, change)) for one, levels in zip(curve.T, level.transpose(0, 1))
    ]
    length, total = len(curve) - span, sum(len(drop) for drop, _ in runs)
    hits = [
        sum(any(abs(t - (place + shift) % length) <= 4 for place in jump) for drop, jump in runs for t in drop)
        for shift in (0, *range(15, length - 15, 5))
    ]
    return total, hits[0], [hit / total for hit in hits[1:]]


# %%
table, chosen = ["logs  fall  change  drops  matched  by accident: mean, most"], (8, 0.1, 0.2)
for rule in ((3, 0.02, 0.1), (3, 0.04, 0.1), (5, 0.06, 0.15), chosen, (12, 0.15, 0.3)):
    n_drops, hits, by_accident = matches(*rule)
    share, mean, most = hits / n_drops, sum(by_accident) / len(by_accident), max(by_accident)
    table.append(f"{rule[0]:4}  {rule[1]:4.0%}  {rule[2]:6}  {n_drops:5}  {share:7.0%}  {mean:17.0%} {most:6.0%}")
    assert rule != chosen or (share > 0.75 and mean < 0.2)
n_drops, hits, by_accident = matches(*chosen)
picture = plots.drops_and_shares(slow.steps[EARLY:], curve[:, 0], level[:, 0], drops(curve[:, 0], 8, 0.1))
compare("2.9", f"{hits} of {n_drops} drops, with spans of eight logs", "\n".join(table), picture)

# %% [markdown]
# With spans of eight logs nearly every drop goes with a feature that takes its place, and a shift in time undoes that.
# With short spans it is about half: still far beyond accident, but slow steps are drops there whose jump comes later,
# or is too gradual to count. So "drops match jumps" is a statement with a time scale, and we chose the scale after
# looking. Three more things to keep. Both curves are read off the same weights: a *when*, not a *why*. Runs resemble
# each other (important features come first), so some shifts match well. And the steps took plain descent and a small
# start: with Adam and a normal one such a rule finds hardly anything.
#
# ---
# *Another good place to stop.*

# %% [markdown]
# ## 2.10 An attack as an optimisation
#
# An arrow that hears many others can be moved by many. The paper asks whether superposition makes a model vulnerable:
# how far can a small change $\delta$ of the input, of length $\varepsilon$, move the output?
#
# $$ \max_{\lVert \delta \rVert = \varepsilon} \; \lVert f(x + \delta) - f(x) \rVert $$
#
# (The paper takes $\varepsilon$ a tenth of the inputs' mean length, tries the best attack on each output as if there
# were no ReLU, keeps the one that raises the *loss* most, and plots against features per dimension. It warns of plain
# gradients: where a ReLU is off they are 0.)
# <br>*Elhage et al. 2022, section 6, "Relationship to Adversarial Robustness".*

# %% [markdown]
# **Exercise 2.10** (B · 12 min · 3 points) For one model, $f(x) = \mathrm{ReLU}(W^\top W x + b)$, and many inputs: for
# each input a $\delta$ of length exactly $\varepsilon$ that moves the output nearly as far as possible (99.5 % of the
# most that we find). The attacked input may leave [0, 1].


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

# %%
predict(
    "2.10",
    question="64 in 8. From dense data to x = 60, the largest change of the output by a δ of length 1 …",
    choices=["stays near 1", "doubles", "grows more than threefold"],
)

# %% [markdown]
# Models of 64 in 8 as in 2.1, up to $x = 60$. Inputs: 40 for each, with three of its longest arrows' features on.
# (Inputs of the training distribution would be emptier for sparser models.) Beside the attack, a random $\delta$ of
# the same length; the loss on the model's own data; and over how many features the attack is spread, $(\sum_i
# \delta_i^2)^2 / \sum_i \delta_i^4$.

# %%
EPS = 1.0
thin = torch.tensor([1.0, 2.0, 3.0, 5.0, 10.0, 25.0, 60.0])
models = toy.train(64, 8, density=(1 / thin)[:, None], steps=3000, batch_size=256, lr=1e-2, **quiet)
draws = torch.Generator().manual_seed(SEED)
moved_by, by_chance, over_features = [], [], []
for W, b in zip(models.W, models.b):
    usable = W.norm(dim=0).topk(16).indices
    inputs = torch.zeros(40, 64)
    for row in inputs:
        row[usable[torch.randperm(16, generator=draws)[:3]]] = torch.rand(3, generator=draws)
    delta = attack(W, b, inputs, EPS)
    noise = EPS * torch.nn.functional.normalize(torch.randn(40, 64, generator=draws), dim=1)
    for change, out in ((delta, moved_by), (noise, by_chance)):
        out.append((toy.output(W, b, inputs + change) - toy.output(W, b, inputs)).norm(dim=1).mean().item() / EPS)
    over_features.append(((delta**2).sum(dim=1) ** 2 / (delta**4).sum(dim=1)).mean().item())

# %%
crowd = (models.W**2).sum(dim=(1, 2)) / 8
table = ["   x  features per dimension  moved by  random δ  over features  loss"]
for row in zip(thin, crowd, moved_by, by_chance, over_features, models.loss[-10:].mean(dim=0)):
    table.append("{:4.0f} {:16.1f} {:14.2f} {:9.2f} {:11.0f} {:12.4f}".format(*row))
picture = plots.lines(
    crowd, {"attack": moved_by, "random δ": by_chance}, x_title="features per dimension", y_title="change of output / ε"
)
compare("2.10", f"from {moved_by[0]:.2f} to {moved_by[-1]:.2f}", "\n".join(table), picture)
assert moved_by[-1] > 3 * moved_by[0] and all(b > a for a, b in zip(moved_by, moved_by[1:]))
assert over_features[-1] > 1.5 * over_features[2] and max(by_chance) < 0.6 * moved_by[-1]

# %% [markdown]
# Vulnerability rises with the crowd, model by model, while the loss on the models' own data falls: what makes a model
# good on sparse inputs makes it fragile on others. A random change of the same length does far less. And the attack
# uses **other features' arrows**: on the plateau it is spread over five or six, in the crowd over dozens, whose small
# overlaps all point the same way. Each feature that was added to a dimension is one more lever. (The density changes
# along this curve as well; that it is the crowd and not the sparse data, the curve alone can't say. The paper argues
# from the same picture.)

# %% [markdown]
# ## 2.11 Memorise or generalise?
#
# Every model so far saw fresh data at every step. Give it only $T$ examples, again and again, and it has a choice:
# arrows for features, or arrows for the *examples*. The hidden vector of an example is $h = Wx$, and nothing stops a
# model from spreading five of these out like a pentagon.
# <br>*Henighan et al. 2023, "Superposition, Memorization, and Double Descent".*
#
# As there: examples are sparse and scaled to length 1, two hidden dimensions, training on all $T$ at once with AdamW
# (weight decay, warm-up, then slowly down to 0). Smaller here: 500 features, each on in one input of a hundred; they
# have 10,000, at one in a thousand. Errors are *summed* over features: a model that always answers 0 has an error of
# 1.

# %%
SIZES, N, RARE = [3, 5, 10, 30, 100, 200, 300, 400, 600, 1000], 500, 0.01


def unit_examples(count: int, n: int, density: float, seed: int) -> Float[Tensor, "row feature"]:
    """Sparse inputs of length 1, none of them empty."""
    x = toy.sparse_features(2 * count + 20, n, density=density, seed=seed)
    return toy.unit_rows(x[(x > 0).any(dim=1)][:count])


# %%
again = {"optimiser": "adamw", "lr": 1e-2, "steps": 2000, "progress": False}  # the same rows in every step
sets = [unit_examples(T, N, RARE, seed=1000 * SEED + T) for T in SIZES]
unseen_rows = unit_examples(2000, N, RARE, seed=1000 * SEED + 7)
few = [
    toy.train(N, 2, data=toy.Fixed(rows), seed=1000 * SEED + len(rows), **again)
    for rows in tqdm(sets, desc="training sets")
]
W_few, b_few = torch.cat([result.W for result in few]), torch.cat([result.b for result in few])

# %%
predict(
    "2.11",
    question="From T = 3 to T = 1,000 examples: how does the error on unseen inputs change?",
    choices=["It falls all the way", "It stays, then falls", "It rises to a peak, then falls"],
)

# %% [markdown]
# **Exercise 2.11** (B · 8 min · 3 points · needs 2.2) Model $k$ was trained on `train[k]`, a set of its own size. For
# each model return: its error on its own set, its error on `test` (both: squares *summed* over features, averaged over
# rows), and the mean share of a dimension that its training examples have, $D$ of the columns of $h = W x^\top$.


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

# %%
seen, unseen, room = seen_and_unseen(W_few, b_few, sets, unseen_rows)
curves = {"unseen inputs": unseen, "training examples": seen}
picture = plots.lines(SIZES, curves, x_title="training examples T", y_title="summed squared error", log_x=True)
peak = SIZES[unseen.argmax()]
compare(
    "2.11",
    f"{unseen[0]:.2f} at T = 3, a peak of {unseen.max():.2f} at T = {peak}, {unseen[-1]:.2f} at the end",
    picture,
)
for T, a, b, c, n in zip(SIZES, seen, unseen, room, toy.kept(W_few).sum(dim=1)):
    print(f"T = {T:4}: seen {a:.2f}, unseen {b:.2f}; examples' mean D {c:.3f} (2/T = {2 / T:.3f}); {n:3} long arrows")

# %%
shown = torch.zeros(3, 2, 40)
shown[0, :, :5] = W_few[1] @ sets[1].T
shown[1:] = torch.stack([W[:, W.norm(dim=0).topk(40).indices] for W in (W_few[1], W_few[-1])])
plots.arrows_2d(shown, ["T = 5: the examples h", "T = 5: 40 features", "T = 1000: 40 features"], columns=3)

# %% [markdown]
# **Few examples**: the error on them is 0, and on others no better than saying nothing. The hidden vectors of five
# examples make a pentagon, with $D = 2/T$ each: the *data points* are in superposition. **Many**: few features have
# long arrows, at the peak many times as many. **Between**, neither fits. Unseen inputs are answered with an error far
# above that of silence, and more data make it worse before it gets better: the **double descent** of the test error.
#
# Where the peak stands depends on the size of the world. The same with fewer features, and with more dimensions:

# %%
peaks, sizes = {}, [8, 16, 32, 64, 128, 256, 512]
for n, m in ((100, 2), (200, 2), (200, 4)):
    test = unit_examples(2000, n, 5 / n, seed=1000 * SEED + 7)
    rows = [toy.Fixed(unit_examples(T, n, 5 / n, seed=1000 * SEED + T)) for T in sizes]
    results = [toy.train(n, m, data=data, seed=1000 * SEED + T, **again) for T, data in zip(sizes, rows)]
    errors = torch.cat([n * toy.loss_on(result, test) for result in results])
    peaks[n, m] = sizes[errors.argmax()]
    print(f"n = {n}, m = {m}: errors {[round(e, 2) for e in errors.tolist()]}, peak at T = {peaks[n, m]}")
print(f"n = {N}, m = 2: peak at T = {peak}")
long_arrows = toy.kept(W_few).sum(dim=1)
assert (
    long_arrows[-1] < 40 and long_arrows[unseen.argmax()] > 3 * long_arrows[-1] and (unseen[:2] - 1).abs().max() < 0.35
)
assert seen[:2].max() < 0.05 and unseen.max() > 2 and 100 <= peak <= 600 and unseen[-1] < 1.05
assert (room[:2] / torch.tensor([2 / 3, 2 / 5]) - 1).abs().max() < 0.05
assert peaks[100, 2] < peak and peaks[100, 2] <= peaks[200, 2] <= peaks[200, 4]

# %% [markdown]
# With more features the peak moves to more examples, and with more dimensions as well (and it gets lower). A factor of
# two in $T$ is as fine as these few trainings can say.

# %% [markdown]
# ## 2.12 Does the basis stand out?
#
# The rest of this chapter belongs to open problems from Nanda's list: one configuration each, a prediction of yours, a
# number with a baseline. The first is 4.1: *does dropout create a privileged basis?* Dropout on the bottleneck sets
# each hidden unit to 0 now and then. A feature spread over many units loses a little each time; one that sits on a
# single unit loses all, rarely. Chapter 01 had a measure for neurons; now from the features' side: which share of
# $\lVert w_i \rVert^2$ lies on its largest unit? With five units some unit is always the largest, so compare with
# turned copies.
# <br>*Nanda 2022, problem 4.1.*

# %% [markdown]
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
# 20 features in 5 dimensions, 1,500 steps, six models each. Predict all seven, then run on. Two remarks. *Biases in
# units of the inputs*: make all inputs twice as large, and the same $W$ with twice the bias is as good as before. So
# we divide biases by the root mean square of the values that are on; otherwise "other values" would only mean "larger
# ones". And *weight decay* of either sign is the knob of Liu, Liu and Gore 2025 between weak and strong superposition.

# %%
more = ["fewer", "the same", "more"]
predict("2.12a", question="4.1 Dropout 0.3, density 0.3: alignment …", choices=["lower", "as without", "higher"])
predict("2.12b", question="4.4 Densities 0.1 and 0.01, ten each: of the rare it keeps …", choices=["none", "5", "all"])
predict("2.12c", question="4.7 Always 1 when on, density 0.03: biases …", choices=["weaker", "as before", "stronger"])
predict("2.12d", question="4.8 Values 1, 2, 3, density 0.1: biases …", choices=["weaker", "as before", "stronger"])
predict("2.12e", question="4.9 Values uniform on [0.5, 1], density 0.1: it keeps …", choices=more)
predict("2.12f", question="4.10 GELU for ReLU, density 0.03: it keeps …", choices=more)
predict("2.12g", question="Decay −0.001 ‖W‖², which rewards length, density 0.3: it keeps …", choices=more)

# %%
lab = {"n_instances": 6, **quick, "progress": True}
base = {p: toy.train(20, 5, density=p, n_instances=6, **quick) for p in (0.3, 0.1, 0.03, 0.01)}
two_classes = torch.tensor([0.1] * 10 + [0.01] * 10)
changed = {
    "a": toy.train(20, 5, density=0.3, dropout=toy.Dropout(0.3), **lab),
    "a, sparse": toy.train(20, 5, density=0.1, dropout=toy.Dropout(0.3), **lab),
    "b": toy.train(20, 5, density=two_classes, **lab),
    "c": toy.train(20, 5, density=0.03, data=toy.Independent("{1}"), **lab),
    "d": toy.train(20, 5, density=0.1, data=toy.Independent("{1,2,3}"), **lab),
    "e": toy.train(20, 5, density=0.1, data=toy.Independent("U[0.5,1]"), **lab),
    "f": toy.train(20, 5, density=0.03, activation="gelu", **lab),
    "g": toy.train(20, 5, density=0.3, penalty=toy.L2(-1e-3), **lab),
}


# %%
def spread(values: Float[Tensor, "model"]) -> str:
    return f"{values.mean():.2f} ({values.min():.2f} to {values.max():.2f})"


def keeps(result: toy.ToyResult) -> Float[Tensor, "model"]:
    return toy.kept(result.W).float().sum(dim=1)


# %%
RMS = {"c": 1.0, "d": (14 / 3) ** 0.5, "f": 3**-0.5}  # root mean square of what is on; of U[0, 1] it is 1/√3
bias = {name: changed[name].b.median(dim=1).values / rms for name, rms in RMS.items()}
base_bias = {p: base[p].b.median(dim=1).values * 3**0.5 for p in (0.03, 0.1)}
turns = torch.linalg.qr(torch.randn(200, 5, 5, generator=torch.Generator().manual_seed(SEED))).Q
place = {name: sum(stands_out(W, turns) for W in changed[name].W) / 6 for name in ("a", "a, sparse")}
common, rare = (half.float().sum(dim=1) for half in toy.kept(changed["b"].W).split(10, dim=1))

# %%
compare(
    "2.12a",
    f"alignment {spread(toy.alignment(changed['a'].W))}, without dropout {spread(toy.alignment(base[0.3].W))}; "
    f"{place['a']:.0%} of turned copies below",
    f"at density 0.1: {spread(toy.alignment(changed['a, sparse'].W))}, without {spread(toy.alignment(base[0.1].W))}; "
    f"{place['a, sparse']:.0%} of turned copies below",
)
compare(
    "2.12b",
    f"rare ones kept {spread(rare)} of 10, common ones {spread(common)} of 10",
    f"kept where all 20 have density 0.01: {spread(keeps(base[0.01]))}; 0.1: {spread(keeps(base[0.1]))}",
)
compare("2.12c", f"median bias / rms: {spread(bias['c'])}, with U[0, 1] {spread(base_bias[0.03])}")
compare("2.12d", f"median bias / rms: {spread(bias['d'])}, with U[0, 1] {spread(base_bias[0.1])}")
compare("2.12e", f"kept {spread(keeps(changed['e']))}, with U[0, 1] {spread(keeps(base[0.1]))}")
compare(
    "2.12f",
    f"kept {spread(keeps(changed['f']))}, with ReLU {spread(keeps(base[0.03]))}",
    f"median bias / rms: {spread(bias['f'])}, with ReLU {spread(base_bias[0.03])}",
)
compare("2.12g", f"kept {spread(keeps(changed['g']))}, without {spread(keeps(base[0.3]))}")

# %%
assert (
    toy.alignment(changed["a"].W).mean() > 0.9
    and place["a"] > 0.95
    and place["a, sparse"] < 0.9
    and toy.alignment(base[0.3].W).mean() < 0.75
)
assert rare.max() <= 2 and common.min() >= 9 and keeps(base[0.01]).min() >= 15
assert 0.8 < bias["c"].mean() / base_bias[0.03].mean() < 1.25
assert 0.65 < bias["d"].mean() / base_bias[0.1].mean() < 0.92
assert keeps(changed["e"]).mean() < keeps(base[0.1]).mean()
assert keeps(changed["f"]).mean() < keeps(base[0.03]).mean() - 2 and bias["f"].abs().max() < 0.2
assert keeps(changed["g"]).mean() > keeps(base[0.3]).mean() + 2

# %% [markdown]
# Seven problems, seven numbers, each for one configuration:
# - **4.1** Yes, dropout creates a basis: at density 0.3 the kept features sit on one unit each, nearly. At 0.1 they
#   don't, and turned copies are aligned as well.
# - **4.4** Ten times as rare, and they are dropped, though a world of only such features would keep nearly all: what is
#   kept depends on the company.
# - **4.7, 4.8** In units of the inputs hardly any change with constant values, and weaker biases with 1, 2, 3. Raw
#   biases would have said "twice as strong", and meant "larger inputs".
# - **4.9** Fewer, if not by much: without small values a clash always costs.
# - **4.10** Fewer, with biases near 0: a GELU doesn't cut, so it can't be pushed into silence.
# - **Weight decay** works as a knob: rewarding length packs more features into dense data.

# %% [markdown]
# ## 2.13 An experiment of your own
#
# Change one thing. First the sentence: with this change, models will have more (or less) of something than without it,
# because … Then eight or more trainings with it, as many without it, and one number for each model.

# %% [markdown]
# **Exercise 2.13** (D · 15 min · 3 points) Hand in a dict of tensors: `W` and `W_control` [model, hidden, feature], at
# least 8 each; `number` and `number_control`, one of the five measures below for each model; `expected`: 1 for more,
# −1 for fewer, 0 for no difference, **decided before you train**; `difference` of the two means (change minus
# control); `chance`: the share of 1,000 random divisions of all your models into two groups of these sizes whose means
# differ by at least as much; `held`: 1 if it came out as expected (chance < 0.05 and the right sign; for 0: chance ≥
# 0.05), else 0. The check recomputes what follows from what, and doesn't mind what came out.
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
### END SOLUTION

# %%
check("2.13", mine)

# %% [markdown]
# The check has nothing against "no". (Ours: does a learning rate twice as high keep more features?)

# %%
if mine is not ...:
    print(f"expected {mine['expected']:+.0f}; difference {mine['difference']:.2f}, chance {mine['chance']:.3f}")

# %% [markdown]
# ## What you know now
#
# **Shown** here and in the papers: models divide all their dimensions, in groups that are digons, triangles, pentagons
# and rarer things. Partners that come together lie at right angles, and merge in dense data where the pencil says.
# Attacks are worse the more features share a dimension. Few examples are stored as points, many as features, with a
# peak between.
#
# **Measured** here: a first-order transition by its place and its kink; drops of the loss that go with jumps of $D$,
# on one time scale; seven answers to open problems, each at one setting.
#
# **Not so simple**: $D^* = 1$ can mean that there are no features at all. $D$ is no name for a polytope. Exclusive
# partners are antipodal in the best solution, and in less than half of all trainings. Steps in the loss need plain
# descent and a small start. Biases compare only in units of the inputs.
#
# **Different from the papers**: smaller models (64 in 8 for 400 in 30, 500 features for 10,000), Adam and short
# trainings where nothing else is said, our own rules for groups, drops and jumps, attacks on the output instead of the
# loss.

# %%
quiz("2")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapter 03, high dimensions**: how many arrows fit if a little overlap is allowed, and what reads them better than
#   a dot product.
# - **Chapter 04, computing in superposition**: features that are made, not only stored.
# - **Chapter 06, 6.9 to 6.12**: such geometry in a language model, with the controls it needs.
