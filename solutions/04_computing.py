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
#   course: {chapter: "04", title: Computing in superposition, reading: 45, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 4. Computing in superposition
#
# So far models *stored* more features than they had dimensions. Can a layer also *compute* more functions than it has
# neurons? And if somebody shows you one that does: how would you know?
#
# **You will**
# - compute absolute values by hand, see training share neurons in sparse data, and search for how it does it;
# - find out which functions can do with fewer neurons than they seem to need, and which only look like it;
# - read thousands of ANDs off one random layer, in closed form;
# - follow errors through layers and repair them; find a feature that is used and that no linear probe reads;
# - audit an exhibit that was taken for computing in superposition, and find where its gain comes from.
#
# **You need** chapter 01 (density, interference, what a ReLU cuts off). **Time** about {minutes} minutes ({core}
# without the exercises marked C), in three sittings (the places to stop are marked); {exercises} exercises, {points}
# points. A: warm-up, B: core, C: stretch.
#
# **Sources** Elhage et al. 2022, *Toy Models of Superposition*, its section "Computation in Superposition"; Vaintrob,
# Mendel and Hänni 2024, *Toward A Mathematical Framework for Computation in Superposition*; Nanda 2022, *200 Concrete
# Open Problems in Mechanistic Interpretability: Exploring Polysemanticity and Superposition*. Others where used.

# %% tags=["setup"]
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, computing, hint, plots, predict, progress, quiz, solution, toy
from course_utils.computing import universal

# %% [markdown]
# Every random number follows from the seed below. The claims about results stand in `assert`s of the solution, and
# `bench/bands.py 04` runs its very cells with other seeds. Try your own. We count from 0.

# %%
SEED = 0
quiet = {"seed": SEED, "progress": False}
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# ## 4.1 Absolute values
#
# With probability $p$, its **density**, a feature is on: a number drawn evenly from −1 to 1. The network shall say how
# large it is, whatever its sign. It has one hidden layer and no biases:
#
# $$ h = \mathrm{ReLU}(W_{in}\, x) \qquad y = \mathrm{ReLU}(W_{out}\, h) \qquad \text{wanted: } y_i = |x_i| $$

# %%
ramp = torch.linspace(-1, 1, 21)
ramp_parts = {"their sum": ramp.abs(), "neuron that reads x": ramp.relu(), "neuron that reads −x": (-ramp).relu()}
picture = plots.lines(ramp, ramp_parts, x_title="x", y_title="what it says")
picture.update_traces(line_width=9, opacity=0.4, selector={"name": "their sum"})

# %% [markdown]
# Two neurons make one $|x|$. So a feature has two **halves**, its positive and its negative values, and each half is a
# function of its own. A neuron may read it strongly or softly: $W_{out}$ can make up for it.
#
# **Exercise 4.1** (A · 6 min · 1 point) `W_in` is given. Each neuron reads one half of one feature, at any strength,
# and no half has two neurons; some neurons read nothing. Give the `W_out` that makes all outputs $|x_i|$ exactly. A
# neuron that reads nothing gets 0.


# %% exercise="4.1"
def read_halves(W_in: Float[Tensor, "neuron feature"]) -> Float[Tensor, "feature neuron"]:
    """The output weights that turn pairs of neurons into absolute values."""
    ### BEGIN SOLUTION
    return torch.where(W_in != 0, 1 / W_in.abs(), 0.0).T
    ### END SOLUTION


# %%
check("4.1", read_halves)

# %% [markdown]
# In times out is 1: keep that in mind. Now six features, and only six neurons for their 12 halves.

# %%
in_both = ["6 and 6", "at most 6, and 8", "at most 6, and nearly 12", "12 and 12"]
predict("4.1", question="How many halves do they compute, trained on dense and on sparse data?", choices=in_both)

# %% [markdown]
# Sixteen trainings at each of eight densities; inputs in which nothing is on are left out. (Output weights start
# positive: where an output begins below 0, its ReLU lets no gradient through. Elhage et al. have output biases, too.)
#
# Without biases the weights say it all: let one feature alone be on, at +1 or −1. `computing.responses` is what every
# output gets then, *before its ReLU*. A half is **computed** if its own output gets 1, give or take 1/4. A neuron
# **serves** a feature if in times out is more than 1/4.


# %%
def abs_train(n: int, neurons: int, density: Tensor, *, data=None, positive: float = 1.0, **settings):
    """W_in and W_out, [instance, …], of one network for each density."""
    task = computing.elementwise(n, "abs", data or toy.AtLeastOne(toy.Between(-1, 1)))
    start = computing.draw_layers((n, neurons, n), len(density), SEED, positive_output=positive)
    kind = {"output": "relu", "hidden_bias": False, "output_bias": False, "optimiser": toy.adamw(decay=0.0)}
    result = computing.train(task, neurons, density=density[:, None], start=start, lr=1e-2, **kind, **settings, **quiet)
    return tuple(layer.W for layer in result.layers)


print("128 trainings, all at once: about 4 seconds")
abs_x = torch.tensor([1, 2, 3, 5, 10, 20, 30, 100])  # 1/density
abs_in, abs_out = abs_train(6, 6, (1 / abs_x).repeat_interleave(16))

# %%
abs_halves = computing.halves(abs_in, abs_out).flatten(1).sum(1).float().reshape(8, 16)
abs_shared = (computing.served(abs_in, abs_out).sum(2) > 1).sum(1).float().reshape(8, 16)
abs_curves = {"halves computed, of 12": abs_halves.mean(1), "neurons that serve several features": abs_shared.mean(1)}
picture = plots.lines(abs_x, abs_curves, x_title="1/density", y_title="number, mean of 16", log_x=True)
compare("4.1", f"{abs_halves[0].mean():.1f} at density 1, {abs_halves[6].mean():.1f} at 1/30", picture)
assert abs_halves[0].max() <= 6 and abs_shared[0].sum() <= 1 and abs_halves[6].mean() > 10
assert abs_halves[4:].min() > 6 and abs_shared[4:].mean() > 4

# %% [markdown]
# In dense data no network computes more halves than it has neurons, and of all 96 neurons at most one is shared. (Most
# compute fewer than six. One reason may be that with everything on, what all neurons say together is a guess at the
# mean, and worth a neuron where there are no biases.) From density 0.1 on *every* network computes more than six, and
# most neurons serve several features. But a shared neuron tells one feature's output about another. Here is, of the
# sixteen networks at density 1/30, the one that computes most halves: what every output gets when one half alone is on.
# And for all sixteen: how often is a foreign half (one of another feature) heard at more than 1/4? (In the control each
# neuron's output weights go to other outputs.)

# %%
abs_rng = torch.Generator().manual_seed(SEED)
few_in, few_out = abs_in[96:112], abs_out[96:112]  # the sixteen at density 1/30
abs_heard = computing.responses(few_in, few_out)  # [instance, output, sign, feature]
few_mixed = torch.cat([computing.shuffle_outputs(few_out, abs_rng) for _ in range(20)])
abs_chance = computing.responses(few_in.repeat(20, 1, 1), few_mixed)
abs_loud, by_chance = ((computing.foreign(heard) > 0.25).float().mean().item() for heard in (abs_heard, abs_chance))
print(f"heard at more than 1/4: {abs_loud:.1%} of foreign halves; with shuffled outputs {by_chance:.1%}")
assert abs_loud < 0.03 and by_chance > 0.25
half_names = [f"{sign}x{i}" for sign in "+−" for i in range(6)]
plots.heat_map(abs_heard[abs_halves[6].argmax()].flatten(1), rows=[f"{i}" for i in range(6)], columns=half_names,
               x_title="the half that is on", y_title="output", value_title="before the ReLU")  # fmt: skip

# %% [markdown]
# 1 on its own output, and nearly everywhere else 0 or *less*, which the ReLU cuts off. There is plenty of interference;
# it has been turned to the side on which it does no harm.
#
# How does a neuron arrange it? Elhage et al. describe the **asymmetric superposition motif**. On paper, with features
# $a$, $b$ and two neurons: neuron 0 reads $a$ at 2 and $b$ at ½, and writes ½ to $a$ and 2 to $b$. In times out is 1
# for both. What leaks is unequal: $b$ disturbs $a$ with ½ · ½ = ¼, and $a$ disturbs $b$ with 2 · 2 = 4. So the noise is
# all on one side, and there neuron 1, which reads $a$ alone, takes it away: it writes −4 to $b$.
#
# **Exercise 4.2** (B · 18 min · 3 points) Search a stack of networks for it. Neuron $k$ has the motif for the features
# $a$ and $b$ if
# - it serves both: $|W_{in}[k, i]| \cdot W_{out}[i, k] > 1/4$ for $i = a$ and $i = b$;
# - it is asymmetric: it reads $a$ at least twice as strongly as $b$, and writes $b$ at least twice as strongly as $a$;
# - and yet $b$ is quiet: with $a$ alone on, at ±1, with the sign that neuron $k$ reads, output $b$ gets less than 1/4
#   from all neurons together, before its ReLU.


# %% exercise="4.2"
def motifs(
    W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance feature neuron"]
) -> Bool[Tensor, "instance neuron a b"]:
    """Which neurons serve two features asymmetrically, with the louder disturbance taken away."""
    ### BEGIN SOLUTION
    read, write = W_in.abs(), W_out.mT  # both [instance, neuron, feature]
    serves = read * write > 0.25
    louder = read[..., :, None] >= 2 * read[..., None, :]
    softer = write[..., None, :] >= 2 * write[..., :, None]
    said = (W_in.sign()[..., None] * W_in.mT[:, None]).relu()  # [instance, neuron, a, every neuron]
    heard = said @ W_out.mT[:, None]  # [instance, neuron, a, b]
    return serves[..., :, None] & serves[..., None, :] & louder & softer & (heard < 0.25)
    ### END SOLUTION


# %%
check("4.2", motifs)

# %% [markdown]
# `computing.motifs` is the course's own. How many are there, and how many by chance: with shuffled outputs, with
# Gaussian weights as large? And is it the inhibition that keeps $b$ quiet? For each motif we take one weight to output
# $b$ away: the most inhibiting one among the neurons that $a$ turns on; or, on average, any other.

# %%
motif_found = computing.motifs(abs_in, abs_out)
shuffled = [computing.motifs(abs_in, computing.shuffle_outputs(abs_out, abs_rng)) for _ in range(20)]
spread = [W.std(dim=(1, 2), keepdim=True).repeat(20, 1, 1) for W in (abs_in, abs_out)]
gauss = computing.motifs(*(size * torch.randn(len(size), 6, 6, generator=abs_rng) for size in spread))
found = {"trained": motif_found, "outputs shuffled": torch.cat(shuffled), "Gaussian weights": gauss}
motif_counts = {name: each.sum((1, 2, 3)).reshape(-1, 8, 16).float().mean((0, 2)) for name, each in found.items()}
in_sparse = {name: counts[4:].sum() for name, counts in motif_counts.items()}
assert motif_counts["trained"][0] == 0 and motif_counts["trained"][4:].min() > 0.7
assert in_sparse["trained"] > 5 * max(in_sparse["outputs shuffled"], in_sparse["Gaussian weights"])
plots.lines(abs_x, motif_counts, x_title="1/density", y_title="motifs in a network", log_x=True)

# %%
motif_effects, motif_rows = [], {}
for z, k, a, b in motif_found.nonzero().tolist():
    parts = (abs_in[z, :, a] * abs_in[z, k, a].sign()).relu() * abs_out[z, b]  # of each neuron, to output b
    without = (parts.sum() - parts).relu().sort().values  # each taken away in turn
    motif_effects.append(torch.stack([parts.sum().relu(), without[-1], without[:-1].mean()]))
    pair = [k, parts.argmin().item()]  # the neuron that shares, and the one that inhibits
    motif_rows[z] = pair, torch.cat([abs_in[z, pair][:, [a, b]], abs_out[z, [a, b]][:, pair].T], dim=1)
intact, inhibition_gone, other_gone = torch.stack(motif_effects).median(dim=0).values.tolist()
print(f"what b says of a, median of {len(motif_effects)} motifs: {intact:.3f}; without the most inhibiting weight "
      f"{inhibition_gone:.2f}, without another one {other_gone:.3f}")  # fmt: skip
assert intact < 0.05 and inhibition_gone > 2 and other_gone < 0.05
drawn = list(motif_rows.items())[-3:]  # of three networks
rows = [f"network {z}: {n} {does}" for z, (pair, _) in drawn for n, does in zip(pair, ("shares", "inhibits"))]
plots.heat_map(torch.cat([weights for _, (_, weights) in drawn]), rows=rows, value_title="weight",
               columns=["reads a", "reads b", "writes a", "writes b"])  # fmt: skip

# %% [markdown]
# Some at every low density, none in dense data, hardly any by chance; and it is the inhibition that counts. (Output $b$
# should be 0. That something takes the noise away is in the definition; that a single weight less lets it through is
# not.) Three are drawn, from networks at density 1/100: the neuron that shares reads $a$ and writes $b$, softly the
# other way round, and the inhibitor, which $a$ turns on as well, writes less than nothing to $b$. And in networks of
# the paper's size, 100 features and 40 neurons? (There importance falls as $0.8^i$; ours is the same for all.)

# %%
for p, steps in ((1.0, 2000), (0.01, 4000)):
    wide = abs_train(100, 40, torch.full((2,), p), positive=0.3, steps=steps)
    wide_halves, wide_serves = computing.halves(*wide).flatten(1).sum(1), computing.served(*wide).sum(2).float().mean()
    wide_loud = (computing.foreign(computing.responses(*wide)) > 0.25).float().mean().item()
    print(f"density {p:g}: {wide_halves.tolist()} of 200 halves, {wide_serves:.1f} features for each neuron, "
          f"{wide_loud:.2%} of foreign halves loud, {computing.motifs(*wide).sum() / 2:.1f} motifs")  # fmt: skip
    assert wide_halves.max() <= 40 if p == 1 else wide_halves.min() > 150 and wide_serves > 8 and wide_loud < 0.001
    assert computing.motifs(*wide).sum() <= 16  # in two networks of 40 neurons

# %% [markdown]
# In sparse data more than 150 halves with 40 neurons, in both networks; nine features or so for each neuron, next to no
# noise above 1/4, and hardly a motif. What carries over isn't the motif. It is that interference is kept where the ReLU
# cuts it off.

# %%
many_or_few = ["3", "6", "12", "any number"]
predict("4.1b", question="One feature at a time: how many |x| can six neurons compute exactly?", choices=many_or_few)

# %% [markdown]
# By hand: three neurons for positive values and three for negative ones. What three neurons say is a point in space.
# Put the features on a circle around the direction (1, 1, 1), where no coordinate is below 0. Output $i$ is a plane
# through 0 and the two neighbours of feature $i$: feature $i$ lies above it, at 1, and *all* others on it or below.

# %%
hand_in, hand_out = computing.polygon(12)  # [6 neurons, 12 features] and [12 features, 6 neurons]
names_of = {"rows": [f"neuron {n}" for n in range(3)], "columns": [f"{i}" for i in range(12)]}
circle = plots.heat_map(hand_in[:3], **names_of, x_title="feature, at +1", value_title="said")
hand_error = (computing.responses(hand_in[None], hand_out[None]).relu() - torch.eye(12)[:, None]).abs().max().item()
compare("4.1b", f"any number; for 12 the largest error is {hand_error:.0e}", circle)
assert hand_error < 1e-4

# %% [markdown]
# Exact, and six neurons always suffice (the weights grow). The same 12 in 6, trained, sixteen times at each density:

# %%
print("80 trainings, all at once: about 3 seconds")
hand_x = torch.tensor([10, 30, 100, 300, 1000])  # 1/density
drilled_in, drilled_out = abs_train(12, 6, (1 / hand_x).repeat_interleave(16), steps=3000)
hand_losses = []
for density, *trained in zip(1 / hand_x, drilled_in.split(16), drilled_out.split(16)):
    x = toy.examples(toy.AtLeastOne(toy.Between(-1, 1)), 20_000, density.expand(1, 12), seed=SEED)[:, 0]
    W_in, W_out = (torch.cat([by_hand[None], drilled]) for by_hand, drilled in zip((hand_in, hand_out), trained))
    loss = (((x @ W_in.mT).relu() @ W_out.mT).relu() - x.abs()).square().mean(dim=(1, 2))  # by hand, then trained
    hand_losses.append(torch.stack([loss[0], loss[1:].min(), loss[1:].median()]))
hand_losses = torch.stack(hand_losses)
assert hand_losses[3, 0] < 0.75 * hand_losses[3, 1] and hand_losses[4, 0] < hand_losses[4, 1] / 3
assert hand_losses[0, 0] > 1.5 * hand_losses[0, 2]
plots.log_curves(hand_x, hand_losses, ["by hand", "best of 16 trainings", "median training"],
                 x_title="1/density", y_title="mean squared error")  # fmt: skip

# %% [markdown]
# Weights made by hand beat all sixteen trainings at density 1/300, and at 1/1000 by a factor of three or more: the
# better solution is there, and these trainings don't find it. At 1/30 and 1/10, where two features are on together more
# often, trained weights win.


# %%
def company(together: float) -> toy.Groups:
    """Features in pairs: 1 for partners that come together, −1 for those that exclude each other, 0: independent."""
    return toy.Groups(2, together=together, values=toy.Between(-1, 1))


# %% [markdown]
# **Exercise 4.3** (C · 20 min · 3 points) What do importance and company change? (Nanda's problem 4.2.) Train twelve
# networks or more of each of four kinds: six features, six neurons, density 0.15. `abs_train` has the settings
# of section 4.1, but for what you change: with `data=company(…)` inputs in which nothing is on are no longer left out.
# It takes `importance=`, too.
# - `plain`: features are independent (`data=company(0.0)`); `important`: the same, importance 0.1 for features 3 to 5;
# - `together`: partners, 0 and 1, 2 and 3, 4 and 5, always come together (`company(1.0)`); `apart`: never (−1.0).
#
# Hand in a dict with the `responses` of each kind and `numbers`, a tensor of three:
# - (0) in `important`: the halves computed of features 0 to 2 less those of 3 to 5, in a network; the mean over
#   networks;
# - (1) in `together`: what outputs of *dropped* features (no half computed) get from their partner alone: the median;
# - (2) in `apart`: what all outputs get from their partners alone, the median; both before the ReLU, as in `responses`,
#   and over both signs of the partner.

# %%
in_pairs = ["more halves than of others", "as many", "fewer, 7 or 8", "about 6: one for each neuron"]
predict("4.3", question="Of features that always come in pairs, six neurons compute …", choices=in_pairs)

# %% exercise="4.3"
### BEGIN SOLUTION
many, i = torch.full((16,), 0.15), torch.arange(6)
unequal = torch.tensor([1, 1, 1, 0.1, 0.1, 0.1])
kinds = {"plain": abs_train(6, 6, many, data=company(0.0))}
kinds["important"] = abs_train(6, 6, many, data=company(0.0), importance=unequal)
kinds["together"] = abs_train(6, 6, many, data=company(1.0))
kinds["apart"] = abs_train(6, 6, many, data=company(-1.0))
count = {kind: computing.halves(*weights).sum(1) for kind, weights in kinds.items()}  # [model, feature]
variants = {kind: computing.responses(*weights) for kind, weights in kinds.items()}
ahead = (count["important"][:, :3].sum(1) - count["important"][:, 3:].sum(1)).float().mean()
said = {kind: heard[:, i, :, i ^ 1] for kind, heard in variants.items()}  # by the partner: [output, model, sign]
variants["numbers"] = torch.stack([ahead, said["together"][count["together"].T == 0].median(), said["apart"].median()])
### END SOLUTION

# %%
check("4.3", variants)

# %%
if isinstance(variants, dict):
    own = {kind: heard.diagonal(dim1=1, dim2=3) for kind, heard in variants.items() if kind != "numbers"}
    halves_of = {kind: ((each - 1).abs() < 0.25).flatten(1).sum(1).float().mean().item() for kind, each in own.items()}
    picture = plots.bars(list(halves_of.values()), list(halves_of), y_title="halves computed, of 12")
    compare("4.3", f"{halves_of['together']:.1f}", picture, f"the three numbers: {variants['numbers'].tolist()}")
    assert halves_of["plain"] > 8 and 5.4 < halves_of["together"] < 6.8
    assert abs(halves_of["together"] - abs_halves[2].mean()) < 0.8  # independent features, density 1/3
    assert variants["numbers"][0] > 5 and abs(variants["numbers"][1] - 0.75) < 0.08 and variants["numbers"][2] < -0.2

# %% [markdown]
# Importance decides who is computed, nearly completely. Pairs that come together get one half for each neuron: about as
# many as independent features of density 1/3, of which about as many are on at a time (6 · ⅓/(1 − (⅔)⁶) = 2.2 where
# anything is, against 6 · 0.15/(1 − 0.85³) = 2.3). It looks like the crowd that ends superposition, not the company.
# But company decides who is dropped: one of a pair, and its output guesses. The best guess of $|x_a|$ from $|x_b|$ is
# $|x_b|$ times E[$|x_a||x_b|$]/E[$x_b^2$] = (1/4)/(1/3) = 3/4. Partners that exclude each other inhibit each other, and
# in the median independent ones don't (the check saw to that): when one of them is on, nothing is lost by pushing the
# other below 0.
#
# So a layer can compute more functions than it has neurons, if inputs are sparse and outputs have a ReLU to cut off
# what interferes. Is |x| special? And is it still so without that ReLU?

# %% [markdown]
# ## 4.2 Other functions
#
# $|x|$ suits a ReLU: two straight pieces, two neurons, no error. Now $x^2$, on $[-1, 1]$. The neuron $a \cdot
# \mathrm{relu}(w x + b)$ is a broken line with one **knee**, at $-b/w$; a sum of $k$ of them has $k$ knees at most. So
# first: how near does *any* broken line with $k$ knees come?
#
# **Exercise 4.4** (B · 15 min · 3 points) $x$ is uniform on $[-1, 1]$. Of all continuous, piecewise linear functions
# with `knees` knees inside $[-1, 1]$, one has the smallest mean squared error to $x^2$. Return its values at the places
# `x`. (Whatever places are given, the line is the one for uniform $x$.) Find it on paper first.


# %% exercise="4.4"
def square_fit(x: Float[Tensor, "place"], knees: int) -> Float[Tensor, "place"]:
    """The broken line with so many knees that is nearest to x² on [−1, 1]."""
    ### BEGIN SOLUTION
    h = 2 / (knees + 1)  # x² bends the same everywhere: pieces of equal length
    middle = -1 + ((x + 1) // h + 0.5) * h
    return middle**2 + 2 * middle * (x - middle) + h**2 / 12  # t² has the mean h²/12, t from −h/2 to h/2
    ### END SOLUTION


# %%
check("4.4", square_fit)

# %%
predict(
    "4.4",
    question="Trained networks of ReLU neurons, best of 24. How many until under 1/100 of the variance of x² is left?",
    choices=["2", "3", "5", "10"],
)

# %%
square_task, square_neurons, square_left = computing.elementwise(1, "square"), (1, 2, 3, 4), []
square_x = torch.linspace(-1, 1, 8001)[1::2]  # the middles of 4,000 equal steps
for k in tqdm(square_neurons):  # shares of the variance of x², which is 4/45
    nets = computing.train(square_task, k, n_instances=24, steps=1500, optimiser="adamw", **quiet)
    square_left.append(((nets(square_x[:, None])[..., 0] - square_x[:, None] ** 2) ** 2).mean(dim=0).min() / (4 / 45))
by_knees = [((square_fit(square_x, k) - square_x**2) ** 2).mean() / (4 / 45) for k in square_neurons]
table = [f"{k}: line 1/{1 / a:.0f}, network 1/{1 / b:.1f}" for k, a, b in zip(square_neurons, by_knees, square_left)]
curves = {"broken line with k knees": by_knees, "best of 24 networks of k neurons": square_left}
picture = plots.lines(square_neurons, curves, x_title="k", y_title="share of the variance left", log_x=True)
picture.update_yaxes(type="log", dtick=1)
compare("4.4", f"{next(k for k, left in zip(square_neurons, square_left) if left < 0.01)}", "\n".join(table), picture)
assert all(abs(share * (k + 1) ** 4 - 1) < 0.01 for k, share in zip(square_neurons, by_knees))
assert square_left[0] > 0.5 and 0.99 / 81 < square_left[1] < 1.1 / 81 and 1.5 / 256 < square_left[2] < 0.01

# %% [markdown]
# The best broken line leaves exactly $1/(k+1)^4$: a piece of length $h$ leaves $h^4/180$. Two neurons reach it; four
# could, and with some seeds do (not with seed 0). **One** is far from $1/16$, and no *odd* number can reach it: a
# neuron is flat on one side of its knee, all knees bend the best line equally, and its slopes at the ends are $\mp k/2$
# such bends. Half of the neurons must look left, half right. What a neuron is worth depends on the company it has.
#
# ### Functions of two inputs
#
# **Exercise 4.5** (B · 20 min · 3 points) Five functions of $u$ and $v$ by hand: ReLU neurons, a linear output. AND, OR
# and XOR of two bits (0 or 1); $\max(u, v)$ and $\max(|u|, |v|)$ for $u, v$ anywhere in $[-1, 1]$. Each exact (to
# 0.001), each with the fewest neurons possible. Hand in a dict of tensors. `AND`, `OR`, `XOR`, `MAX`, `MAX_ABS` are
# tables, a row for each neuron: its weights from $u$ and from $v$, its bias, its weight to the output. `constants` has
# the five output biases, in this order.

# %% exercise="4.5"
### BEGIN SOLUTION
pair_tables = {
    "AND": torch.tensor([[1.0, 1.0, -1.0, 1.0]]),
    "OR": torch.tensor([[-1.0, -1.0, 1.0, -1.0]]),  # 1 − relu(1 − u − v): neither is on
    "XOR": torch.tensor([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, 1.0]]),  # |u − v|
    "MAX": torch.tensor([[0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0]]),  # relu(v + 1) − 1 is v; + relu(u − v)
    "MAX_ABS": torch.tensor([[1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]]),
    "constants": torch.tensor([0.0, 1.0, 0.0, -1.0, -1.0]),
}
### END SOLUTION

# %%
check("4.5", pair_tables)

# %% [markdown]
# Can such functions share neurons? Twelve pairs of inputs, one output for each. In every input one pair is on, drawn at
# random; each other one is on with probability $q$. A pair that is off has $u = v = 0$. (`computing.grouped` draws such
# inputs, for several functions side by side. Further names: `product` is $u v$, `square` $u^2$.) One by one, a pair
# needs as many neurons as in exercise 4.5; a square needs 2, and a product 3, to leave less than a tenth of the
# variance. Every network gets too few for that: 18 neurons where twelve pairs need 24, 24 where they need 36, 6 where
# they need 12. An output counts as **computed** if it leaves less than a fifth of the error of the best *affine* map
# from all the inputs. So no credit goes to what needs no neuron. (One network for each function and each $q$.)

# %%
predict(
    "4.5",
    question="Twelve max(u, v), 18 neurons (one by one: 9). Computed if all pairs are on; if mostly one is?",
    choices=["9; 9", "hardly any; nearly all", "9; nearly all", "nearly all; hardly any"],
)


# %%
def computed_pairs(functions: tuple[str, ...], neurons: int) -> Int[Tensor, "function q"]:
    """How many of twelve outputs are computed, for each function and each q."""
    task, each = computing.grouped(functions, 12), pair_q.repeat(len(functions))[:, None]
    nets = computing.train(task, neurons, density=each, steps=2000, batch_size=128, **quiet)
    x, y = task.examples(6000, each, seed=SEED + 1)
    return (computing.share_left(nets(x), x, y) < 0.2).sum(dim=1).reshape(len(functions), -1)


print("28 networks, three sizes: about 5 seconds")
pair_q = torch.tensor([1.0, 0.1, 0.01, 0.001])
pair_nets = [(("max", "square", "xor"), 18), (("product", "max_abs"), 24), (("and", "or"), 6)]
one_by_one = torch.tensor([9, 9, 9, 8, 8, 6, 6])
counts = torch.cat([computed_pairs(*each) for each in tqdm(pair_nets)])
kinds = [f"{name}, {n} neurons" for names, n in pair_nets for name in names]
columns, table = ["one by one", *(f"q = {p:g}" for p in pair_q)], torch.cat([one_by_one[:, None], counts], dim=1)
picture = plots.heat_map(table, rows=kinds, columns=columns, y_title="function, neurons", value_title="of 12")
picture.update_traces(texttemplate="%{z}")
compare("4.5", f"{counts[0, 0]}; {counts[0, -1]}", picture)
assert (counts[:, 0] <= one_by_one).all() and counts[0, 0] <= 3 and counts[5:].max() <= 6 and counts[6, -1] <= 1
assert (counts[:5, -1] > one_by_one[:5]).all() and counts[0, -1] >= 10

# %% [markdown]
# - **Dense** data ($q = 1$): no row gets beyond what its neurons can do one by one. For `max`, where hand-made weights
#   (exercise 4.5) compute nine, training finds three at most.
# - **Sparse** data ($q = 0.001$): the upper five get beyond it. Pairs share neurons, as absolute values did in section
#   4.1.
# - **AND and OR** don't. For exact answers there is a bound. Let $m$ neurons compute $k$ outputs exactly, one pair at a
#   time. Then the changes that the $k$ pairs make in the output are independent, and all are sums of $m$ columns:
#   $k \le m$. **With a linear output, $m$ neurons compute no more than $m$ functions exactly**, however sparse. (In
#   section 4.1 a ReLU stands there.) But the table counts what is *nearly* right, which this doesn't cover as it
#   stands. Nor does rank explain why training gets less still in the sparsest data: hardly an OR, and mostly one to
#   three ANDs.
#
# What does the affine control take away? The share of the variance that the best affine map leaves, without any
# network; beside the seven, $\max$ for $u, v$ in $[0, 1]$, and the maximum of *every* pair of eight such inputs:

# %%
every = [(i, j) for i in range(8) for j in range(i)]
tasks = {name: computing.grouped(name, 12) for names, _ in pair_nets for name in names}
tasks["max on [0, 1]"] = computing.pairwise(24, "max", toy.AtLeastOne())
tasks["max of every pair"], affine_left = computing.pairwise(8, "max", toy.AtLeastOne(), every), {}
for name, task in tasks.items():
    x, y = task.examples(20_000, pair_q[:, None], seed=SEED + 2)
    affine_left[name] = (computing.affine_error(x, y) / y.var(dim=0)).mean(dim=1)
    print(f"{name:17}", "  ".join(f"q = {p:g}: {share:6.1%}" for p, share in zip(pair_q, affine_left[name])))
assert affine_left["max on [0, 1]"][-1] < 0.01 and affine_left["max of every pair"][-1] < 0.01
assert affine_left["or"][-1] < 0.2 and min(affine_left[name].min() for name in ("xor", "square", "product")) > 0.6

# %% [markdown]
# Two inputs on $[0, 1]$ that are rarely on *together* have $\max(u, v) = u + v$, nearly always: "the maximum of every
# pair, in superposition" would be a sum. OR is nearly affine as well; XOR of fair bits, squares and products are
# not. (The maximum of two bits is their OR.) <br>*Nanda 2022, problems 4.3, 4.5, 4.6 and 4.13.*
#
# ## 4.3 Classification
#
# The rank bound is about exact values. A classifier only needs the right *side*. Twelve XORs, **six** neurons (three
# outputs, one by one), and three networks that differ behind the last layer: linear output and squared error; sigmoid
# and squared error; sigmoid and cross-entropy, each output two classes. *Decided*: right in 95 % of the inputs in which
# the pair is on. (No line has more than three of the four cases right.)

# %%
predict(
    "4.6",
    question="Mostly one pair is on. Which of the three networks decide more than six of the twelve XORs?",
    choices=["none", "cross-entropy alone", "both with a sigmoid", "all three"],
)

# %%
print("about 5 seconds")
ends = {"linear, squared error": {}, "sigmoid, squared error": {"output": torch.sigmoid}}
ends |= {"sigmoid, cross-entropy": {"loss": "binary_cross_entropy"}}  # whose outputs are log-odds
xor_task, xor_q, decided = computing.grouped("xor", 12), torch.tensor([[1.0], [0.001], [0.001]]), {}
for name, end in ends.items():
    nets = computing.train(xor_task, 6, density=xor_q, steps=3000, batch_size=128, **end, **quiet)
    x, y = xor_task.examples(6000, xor_q, seed=SEED + 1)
    yes, on = nets(x) > (0.0 if "loss" in end else 0.5), computing.groups_on(x)
    decided[name] = (((yes == (y > 0.5)) & on).sum(dim=0) / on.sum(dim=0) > 0.95).sum(dim=1).tolist()
table = [f"{name:24} all on: {n[0]}; mostly one, two networks: {n[1:]}" for name, n in decided.items()]
compare("4.6", ", ".join(name for name, (_, a, b) in decided.items() if a + b > 12), "\n".join(table))
(_, *linear_decides), (_, *squared_decides), (_, *entropy_decides) = decided.values()
assert max(linear_decides) <= 6 < sum(squared_decides) / 2 and min(entropy_decides) >= 11
assert max(dense for dense, _, _ in decided.values()) <= 4

# %% [markdown]
# **More functions than neurons**, and by cross-entropy eleven or all twelve, about twice as many. Asking for the side
# lifts the bound, for all three. Squared error on a linear output doesn't look for it: it charges for every value
# beside 0 and 1. With cross-entropy the outputs are linear, too, but it charges for the wrong side, and its slope
# doesn't fade where a sigmoid is flat. If all pairs are on, each decides four at most.
#
# ### Five classes for one value
#
# One input, five one-hot outputs for its *value*: in which fifth of $[0, 1]$ is $x$? For squared error, five bumps.
#
# **Exercise 4.6** (B · 10 min · 2 points) $K$ classes along a line: below `edges[0]` class 0, between `edges[0]` and
# `edges[1]` class 1, and so on; edges in rising order. Give `w` and `b` so that the logit $w_k x + b_k$ is largest for
# the class of $x$, and those of two neighbours are equal at the edge between them. Class 0 has $w = b = 0$, and $w$
# rises by `rise` from class to class.


# %% exercise="4.6"
def value_classes(edges: Float[Tensor, "edge"], rise: float) -> tuple[Float[Tensor, "class"], Float[Tensor, "class"]]:
    """Logits, affine in x, of which that of the class of x is the largest."""
    ### BEGIN SOLUTION
    w = rise * torch.arange(len(edges) + 1)
    b = torch.cat([torch.zeros(1), -rise * edges.cumsum(dim=0)])
    return w, b
    ### END SOLUTION


# %%
check("4.6", value_classes)

# %%
predict(
    "4.6b",
    question="Twelve inputs, one of them 1. Which? By cross-entropy, from 2 linear hidden units: right for how many?",
    choices=["2", "5", "8", "12"],
)


# %%
def fifth(x: Float[Tensor, "*shape 1"]) -> Float[Tensor, "*shape 5"]:
    return F.one_hot((5 * x[..., 0]).long(), 5).float()


print("24 networks: about 3 seconds")
value_task, places, told = computing.Task(1, 5, "independent", fifth), (square_x[:, None] + 1) / 2, {}  # x in (0, 1)
one_hot = lambda n, p, generator: torch.eye(12)[torch.randint(12, (n, len(p)), generator=generator)]  # noqa: E731
which_task = computing.Task(12, 12, one_hot, torch.clone)
same = {"n_instances": 4, "activation": "linear", "steps": 1500, "batch_size": 128, **quiet}
for loss, output in (("cross_entropy", "linear"), ("mse", "linear"), ("mse", "relu")):
    nets = computing.train(value_task, 1, loss=loss, output=output, **same)
    right = (nets(places).argmax(dim=-1) == fifth(places).argmax(dim=-1)[:, None]).float().mean(dim=0)
    plane = computing.train(which_task, 2, loss=loss, output=output, **same)
    alike = (plane(torch.eye(12)).argmax(dim=-1) == torch.arange(12)[:, None]).sum(dim=0)
    told[f"{loss}, {output} output"] = right, alike, plane.layers[0].W
said = "{}: value {:.0%} to {:.0%}, which {} to {} of 12"
table = [said.format(name, r.min(), r.max(), n.min(), n.max()) for name, (r, n, _) in told.items()]
entropy, squared, rectified = told.values()
planes = torch.stack([W[0] / W[0].norm(dim=0).max() for _, _, W in (entropy, rectified)])
length = entropy[2].norm(dim=1)  # of the arrows, all told apart
picture = plots.arrows_2d(planes, ["cross-entropy", "squared error, ReLU output"], axes=("hidden 0", "hidden 1"))
compare("4.6b", f"{entropy[1].min()}", "\n".join(table), picture)
assert entropy[0].min() > 0.9 and squared[0].max() < 0.5 and (entropy[1] == 12).all() and rectified[1].max() < 12
assert (length < 0.5 * length.amax(dim=1, keepdim=True)).any(dim=1).all()

# %% [markdown]
# (The longest arrow is drawn with length 1.) No neuron computes here. One *linear* unit tells five classes of value, by
# your $w$ and $b$; two tell twelve features. A softmax over affine logits finds the nearest of *any* different points.
# So superposition does not look the same: no polygon, and short arrows that are told apart as well as long ones. Behind
# a ReLU, by squared error, an arrow must stick out beyond a straight line between others, as in chapter 01, and every
# training drops some of the twelve. What cross-entropy makes cheaper is *storing*: compare with affine here, too.
# <br>*Nanda 2022, problems 4.12 and 4.13.*
#
# ## 4.4 GELU unlike ReLU
#
# $\mathrm{gelu}(z) = z \, \Phi(z)$, where $\Phi$ is the distribution function of a standard normal number, is a ReLU
# with a rounded corner. A ReLU has no scale: $\mathrm{relu}(s z) = s \, \mathrm{relu}(z)$ for $s > 0$. A GELU has one:
# near 0, $\Phi(z) \approx 1/2 + z/\sqrt{2\pi}$.
#
# **Exercise 4.7** (C · 14 min · 3 points) $x y$ from four GELU neurons without biases: their weights from $x$ and from
# $y$ are $\pm s$, their weights to the output $\pm c$. Choose signs and $c$ so that the output tends to $x y$ as $s$
# goes to 0. Return the output for numbers `x` and `y`.


# %% exercise="4.7"
def product(x: Float[Tensor, "pair"], y: Float[Tensor, "pair"], s: float) -> Float[Tensor, "pair"]:
    """Nearly x·y, from four GELU neurons."""
    ### BEGIN SOLUTION
    bowl_plus = F.gelu(s * (x + y)) + F.gelu(-s * (x + y))  # √(2/π) z² near 0
    bowl_minus = F.gelu(s * (x - y)) + F.gelu(-s * (x - y))
    return (torch.pi / 2) ** 0.5 / (4 * s**2) * (bowl_plus - bowl_minus)
    ### END SOLUTION


# %%
check("4.7", product)

# %%
predict(
    "4.7",
    question="Half the scale s: the share of the variance of xy that the four neurons miss is …",
    choices=["as before", "a half", "a quarter", "a sixteenth"],
)

# %%
print("about 3 seconds")
u, v = 2 * torch.rand(2, 20_000, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED)) - 1
gelu_left = [((product(u, v, s) - u * v) ** 2).mean() / (u * v).var() for s in (0.5, 0.25, 0.125)]
bend = (u + v).abs() - (u - v).abs()  # the same four with ReLUs: at any s, up to a factor
relu_left = ((bend * (bend * u * v).mean() / (bend**2).mean() - u * v) ** 2).mean() / (u * v).var()
by_hand = ", ".join(f"{left:.1e}" for left in gelu_left)
table = [f"product, by hand: four GELUs, s = 1/2, 1/4, 1/8: {by_hand}; four ReLUs {relu_left:.1e}"]
trained_left = {}
for name, n, act in (("product", 4, "relu"), ("product", 4, "gelu"), ("max", 2, "relu"), ("max", 2, "gelu")):
    task = computing.grouped(name, 1)
    nets = computing.train(task, n, n_instances=12, activation=act, steps=1500, batch_size=128, **quiet)
    x, y = task.examples(4000, torch.ones(12, 1), seed=SEED + 1)
    trained_left[name, act] = (((nets(x) - y) ** 2).mean(dim=0) / y.var(dim=0)).min().item()
    table.append(f"{name}, {n} neurons, {act}, best of 12 trainings: {trained_left[name, act]:.1e}")
dip = F.gelu(-0.75179 + 0.02 * square_x.double())  # one GELU at the bottom of its dip, where its slope is 0
one_gelu = 1 - torch.corrcoef(torch.stack([dip, square_x.double() ** 2]))[0, 1] ** 2
table.append(f"a square from one GELU by hand: {one_gelu:.1e}")
compare("4.7", f"1/{gelu_left[1] / gelu_left[2]:.1f}", "\n".join(table))
assert all(12 < a / b < 17 for a, b in zip(gelu_left, gelu_left[1:])) and gelu_left[0] < relu_left
assert trained_left["product", "relu"] > 4 * trained_left["product", "gelu"] > 40 * gelu_left[2]
assert trained_left["max", "gelu"] > 20 * trained_left["max", "relu"] and one_gelu < 1e-3 < 1 / 81

# %% [markdown]
# Two bowls miss terms with $s^2$, so their squared error has $s^4$. The same four neurons with ReLUs miss as much at
# every $s$. Trained networks differ by a factor as well, one each way: products go to GELU, perhaps by its quadratic
# near 0; what bends along a line goes to ReLU. By hand the product is far better than in the best of twelve trainings.
# So *how many neurons* a function needs is a question about an activation: one GELU makes as good a square as you like,
# where the best knee leaves 1/16. <br>*Nanda 2022, problem 4.11.*

# %% [markdown]
# *A good place to stop for today.*
#
# ## 4.5 All ANDs at once
#
# Now nobody trains. 100 features are 0 or 1, and exactly three of them are on. One layer reads them: neurons with
# weights drawn from N(0, 1), no bias, $h_k = \text{ReLU}(z_k)$ with $z_k = w_k \cdot x$. We want to know of *every*
# pair $(i, j)$, all 4,950 of them, whether both are on. A **reader** of a pair is a number $r_k$ for every neuron; it
# says $\sum_k r_k h_k$, which should be 1 if both are on, else 0.
# <br>*Vaintrob, Mendel and Hänni 2024, "Toward A Mathematical Framework for Computation in Superposition", call this
# universal AND, U-AND, and want no reading off by more than an ε; we measure the root mean square. Hänni, Mendel,
# Vaintrob and Chan 2024, "Mathematical Models of Computation in Superposition".*
#
# A random neuron knows nothing of pairs. But for any pair there are four kinds of neurons, by the signs of $w_{ki}$ and
# $w_{kj}$. How active is each kind on average, in inputs with exactly two features on?

# %%
and_rng = torch.Generator().manual_seed(SEED)
crowd = torch.randn(40_000, 8, generator=and_rng)  # [neuron, feature]
crowd_x = universal.inputs_by_case(torch.tensor([[0, 1]]), n_in=8, on=2, samples=12, seed=and_rng)[0]
crowd_h = (crowd_x @ crowd.T).relu().mean(dim=1)  # [case, neuron]
kind_of = 2 * (crowd[:, 0] < 0).int() + (crowd[:, 1] < 0).int()
by_kind = torch.stack([crowd_h[:, kind_of == kind].mean(dim=1) for kind in range(4)])
plots.heat_map(by_kind, rows=["+ +", "+ −", "− +", "− −"], columns=universal.CASES, x_title="which of i and j is on",
               y_title="wᵢ and wⱼ", value_title="mean h")  # fmt: skip

# %% [markdown]
# Find four signs, one for each row, with which the rows add up to 0 in three columns, and to more than 0 in the last.
#
# **Exercise 4.8** (C · 20 min · 3 points) The reader of the pair $(i, j)$, as a vector over the neurons. All $r_k$ have
# one size, and the signs that you found; a neuron whose weight for $i$ or $j$ is exactly 0 gets 0. Choose the size so
# that with exactly two features on, $i$ and $j$, the reading is 1 on average over layers of $N$ neurons with weights
# from N(0, 1). Exactly, on paper; you may use that the mean of $|w|$ is $\sqrt{2/\pi}$, and that of the larger of two
# $2/\sqrt{\pi}$. (Any $W$ may come: only its signs and $N$ count.)


# %% exercise="4.8"
def sign_reader(W: Float[Tensor, "neuron feature"], i: int, j: int) -> Float[Tensor, "neuron"]:
    """r_k = ± c/N: reads whether features i and j are both on, from ReLU(Wx), with two features on."""
    ### BEGIN SOLUTION
    size, larger = (2 / torch.pi) ** 0.5, 2 / torch.pi**0.5
    same = 2 * size  # + +: both add up. − −: silent
    mixed = larger - size  # + −: a − b where a is larger, else 0; and max(a − b, 0) = max(a, b) − b
    c = 4 / (same - 2 * mixed)  # each kind is a quarter of the neurons
    return c / len(W) * (W[:, i] * W[:, j]).sign()
    ### END SOLUTION


# %%
check("4.8", sign_reader)

# %% [markdown]
# Why 0 in the other columns? With $x_j = 0$ the sign of $w_j$ has nothing to do with $h$, and cancels. The ReLU is
# what makes the last column differ: $w_i$ and $w_j$ meet inside of it.
#
# With more than two on, $c$ grows: `universal.sign_scale(on)`. And sizes may count: take $w_i w_j$ instead of its sign.
# For a Gaussian $z$ with variance `on`, $w_i$ and $w_j$ given $z$ have means $z/\text{on}$ and covariance
# $-1/\text{on}$, so with both on, and $u = z/\sqrt{\text{on}}$ (and $u_+$ for $u$ cut off at 0),
#
# $$ E[w_i w_j\, \text{ReLU}(z)] = E\left[\left(\tfrac{z^2}{\text{on}^2} - \tfrac{1}{\text{on}}\right)
# \text{ReLU}(z)\right] = \tfrac{1}{\sqrt{\text{on}}}\left(E[u_+^3] - E[u_+]\right) = \tfrac{1}{\sqrt{2\pi\,\text{on}}}.
# $$
#
# So $r_k = \sqrt{2\pi\,\text{on}}\; w_{ki} w_{kj} / N$ is right as well, on average over layers. In *one* layer a
# reading is the mean of $N$ independent numbers, so its error falls as $1/\sqrt N$. How large is it for 4,950
# functions, and for more?

# %%
predict(
    "4.8",
    question="The same number of neurons, four times as many features: 16 times as many ANDs. Each reader's error is …",
    choices=["the same", "twice", "four times", "16 times as large"],
)

# %%
and_widths, one_size = torch.tensor([64, 256, 1024, 4096]), {"n_neurons": 1024, "seed": and_rng}
at_width = [universal.and_errors(n, n_in=100, on=3, seed=and_rng) for n in and_widths.tolist()]
at_size = {n_in: universal.and_errors(n_in=n_in, on=3, **one_size)["products"] for n_in in (50, 100, 400)}
at_on = {on: universal.and_errors(n_in=100, on=on, **one_size) for on in (2, 3, 6, 12, 24)}

# %%
said = {name: [each[name] for each in at_width] for name in at_width[0]}
said["products, theory"] = [universal.expected_error(3, n) for n in and_widths.tolist()]
said["affine in the two inputs"] = [0.25] * 4
by_width = torch.tensor([*said.values()]).T
picture = plots.log_curves(and_widths, by_width, [*said], x_title="neurons", y_title="error of an AND (RMS)")
table = [f"1,024 neurons, {n:3} features, {n * (n - 1) // 2:6,} ANDs: {error:.2f}" for n, error in at_size.items()]
theory = {on: universal.expected_error(on, 1024) for on in at_on}
table += [f"{on:2} on: signs {e['signs']:.2f}, products {e['products']:.2f} (in theory {theory[on]:.2f})"
          for on, e in at_on.items()]  # fmt: skip
compare("4.8", f"{at_size[400] / at_size[100]:.2f} times", "\n".join(table), picture)
slopes = torch.linalg.lstsq(torch.stack([and_widths.log(), torch.ones(4)], dim=1), by_width.log()).solution[0]
print(f"error ~ neurons^: signs {slopes[0]:.2f}, products {slopes[1]:.2f}, without a ReLU {slopes[2]:.2f}")
assert (slopes[:2] + 0.5).abs().max() < 0.06 and by_width[-1, 2] > 0.45
assert by_width[:2, :2].min() > 0.3 and min(at_on[6].values()) > 0.3 and by_width[-1, :2].max() < 0.2
assert all(0.85 < error / theory[3] < 1.15 for error in at_size.values())
assert all(0.85 < e["products"] / theory[on] < 1.15 for on, e in at_on.items())
assert [e["signs"] < e["products"] for on, e in at_on.items() if on != 3] == [True, False, False, False]

# %% [markdown]
# - **Width.** The error falls as $N^{-1/2}$, and not only the exponent is known: squared, it is $(\pi\,\text{on}
#   (\text{on} + 2) - \tfrac14)/N$, averaged over the four cases; with neither of the two on $\pi\,\text{on}^2/N$.
#   Without a ReLU it falls towards 0.5, the error of always reading 0: products alone compute nothing.
# - **How many features there are** doesn't matter. The same 1,024 neurons serve 79,800 ANDs as well as 1,225.
# - **How many are on** does: the error grows with their number. (With two on signs read better, from six on products.)
# - **Without the layer**, $\tfrac12 (x_i + x_j) - \tfrac14$ is off by 1/4 in all four cases. The layer is worse than
#   that with 64 and with 256 neurons, and with 1,024 from six on.
#
# An error of 0.1 on each of thousands of readers: are they of any use? All ANDs of 200 features at once:

# %%
all_x = torch.zeros(25, 200).scatter_(1, torch.rand(25, 200, generator=and_rng).topk(3).indices, 1.0)
all_said, all_true = universal.all_ands(torch.randn(4096, 200, generator=and_rng), all_x, on=3)  # [input, pair]
said_on, said_off = all_said[all_true > 0], all_said[all_true == 0]
all_wrong = ((all_said > 0.5) != (all_true > 0)).sum()
print(f"{len(said_on)} readings of 1: {said_on.min():.2f} to {said_on.max():.2f}; {len(said_off):,} of 0: "
      f"{said_off.min():.2f} to {said_off.max():.2f}; {all_wrong} on the wrong side of 1/2")  # fmt: skip
assert all_wrong <= 2

# %% [markdown]
# 19,900 functions, 4,096 neurons, and a threshold at 1/2 makes hardly a mistake in half a million readings
# (who always says 0 makes 75). *A bound from below: Adler and Shavit 2024, "On the Complexity of Neural Computation
# in Superposition": $k$ pairwise ANDs that stay in superposition need some $\sqrt{k \log k}$ neurons or more.*
#
# ### But was the layer needed?
#
# The control that this calls for, where not all four cases are alike: what can be read of the *inputs*?
#
# **Exercise 4.9** (B · 14 min · 2 points) `y[x_i, x_j]` is a function of two bits as a table; $x_i$ is on with
# probability `p[0]`, $x_j$ with `p[1]`, independently. Which $a_i x_i + a_j x_j + b$ has the least mean squared error?
# Return the tensor `[a_i, a_j, b]`, and the share of y's variance that it leaves unexplained. (No table is constant.
# The figure after it is drawn with your function.)


# %% exercise="4.9"
def best_affine(y: Float[Tensor, "x_i=2 x_j=2"], p: Float[Tensor, "bit=2"]) -> tuple[Float[Tensor, "3"], float]:
    """The weights (a_i, a_j, b) of the best affine reader, and the share of the variance that it leaves."""
    ### BEGIN SOLUTION
    of_i, of_j = torch.stack([1 - p, p], dim=1)  # how often 0, how often 1
    often, bit = torch.outer(of_i, of_j), torch.tensor([0.0, 1.0])
    a_i, a_j = (y[1] - y[0]) @ of_j, (y[:, 1] - y[:, 0]) @ of_i
    mean = (often * y).sum()
    b = mean - torch.stack([a_i, a_j]) @ p  # so that the means are equal
    left = y - (a_i * bit[:, None] + a_j * bit + b)
    return torch.stack([a_i, a_j, b]), (often * left**2).sum() / (often * (y - mean) ** 2).sum()
    ### END SOLUTION


# %%
check("4.9", best_affine)

# %%
predict(
    "4.9",
    question="Features get rarer, from on half of the time to hardly ever. The best affine reader leaves unexplained …",
    choices=["all of XOR, none of AND", "less of both", "more of AND, less of XOR", "more of XOR, less of AND"],
)

# %%
bits_on = torch.tensor([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
tables = {"AND": universal.AND.reshape(2, 2), "XOR": universal.XOR.reshape(2, 2)}
left_of = {name: [float(best_affine(y, torch.stack([p, p]))[1]) for p in bits_on] for name, y in tables.items()}
picture = plots.lines(bits_on, left_of, x_title="density", y_title="unexplained by inputs", log_x=True)
compare("4.9", f"AND {left_of['AND'][-1]:.2f} → {left_of['AND'][0]:.2f}, XOR {left_of['XOR'][-1]:.2f} → "
        f"{left_of['XOR'][0]:.2f}", picture)  # fmt: skip
assert left_of["XOR"][-1] > 0.999 and left_of["XOR"][0] < 0.03 and abs(left_of["AND"][0] - 0.99 / 1.01) < 1e-3

# %% [markdown]
# Only the *interaction* $y_{11} - y_{10} - y_{01} + y_{00}$ is out of reach: 1 for AND, −2 for XOR. For fair bits
# XOR is nothing else, and nothing of it is read. Rare bits turn this round: XOR is then nearly $x_i + x_j$, and AND
# nearly all interaction. But variance isn't all: $x_i + x_j > 1.5$ *is* AND, without any error. Whoever may set a
# threshold needs no layer for AND. For XOR no line sorts all four cases. So take XOR as the test, all cases alike:
# $x_i + x_j - 2\,(x_i \text{ and } x_j)$, where $2 w_{ki}/N$ reads $x_i$, since $E[w_i\, \text{ReLU}(z)] = x_i/2$.

# %%
xor_pairs, xor_layer = universal.pairs(100, 300, seed=and_rng), torch.randn(4096, 100, generator=and_rng)
xor_x = universal.inputs_by_case(xor_pairs, 100, 3, samples=2, seed=and_rng)
xor_said = universal.readings(universal.xor_readers(xor_layer, xor_pairs, 3), (xor_x @ xor_layer.T).relu())
xor_error = universal.rms_error(xor_said, universal.XOR)
xor_right = ((xor_said > 0.5).mT == universal.XOR.bool()).float().mean()
print(f"XOR from 4,096 neurons: error {xor_error:.2f}, and {xor_right:.1%} right at 1/2")
assert xor_error < 0.3 and xor_right > 0.98

# %% [markdown]
# That is **U-XOR**. Of the inputs, the best affine reader always says 1/2 (error 0.5), and no line has more than three
# of the four cases right. Here the layer was needed.
#
# ### A loss that pays for silence
#
# With 3 of 100 on, a pair is on in one input of 1,650. Who always says 0 is nearly always right.
#
# **Exercise 4.10** (C · 12 min · 3 points) A **silent** reader always says 0. An **honest** one says what is right
# plus noise, Gaussian with mean 0 and variance $\sigma^2 = \pi\,\text{on}^2/N$ in every input. From how many neurons
# $N$ on has the honest one the lower expected loss? For three losses: squared error; error to the fourth power; squared
# error where the inputs in which the pair is on count one half, and all others the other half. Exactly `on` of `n_in`
# features are on, all choices equally likely. Three numbers in a tensor, not rounded.


# %% exercise="4.10"
def break_even(n_in: int, on: int) -> Float[Tensor, "loss=3"]:
    """Neurons at which an honest reader costs as much as a silent one: squares, fourth powers, half and half."""
    ### BEGIN SOLUTION
    q = on * (on - 1) / (n_in * (n_in - 1))
    variance = torch.tensor([q, (q / 3) ** 0.5, 0.5])  # σ² = q; 3σ⁴ = q; σ² = 1/2
    return torch.pi * on**2 / variance
    ### END SOLUTION


# %%
check("4.10", break_even)

# %% [markdown]
# The three lie far apart: so much hangs on the loss. Now trained, in a world that is small enough to be known: 20
# features, exactly two on. There are 190 inputs and 190 ANDs, one for each, and the readings are a square matrix that
# should be the identity. But 16 neurons and a bias give it a rank of 17 at most, and the trace of such a matrix is at
# most $\sqrt{17}$ times its norm, the root of the sum of its squares (Cauchy and Schwarz). So if every 1 is read as
# $t$, the RMS of the 0s is at least $t\sqrt\kappa$ with $\kappa = (190/17 - 1)/189$, that is $0.23\,t$, **in any
# layer**. With the best $t$, squares can't get below $(190 - 17)/190^2$, and half and half not below $\tfrac12
# \kappa/(1 + \kappa)$.

# %%
predict(
    "4.10",
    question="Trained on squared errors, all 190 outputs: what is the mean reading where 1 is wanted?",
    choices=["about 0.1", "about 0.5", "about 0.9", "it depends on whether the layer is trained or random"],
)

# %%
print("Three losses, random and trained: about 5 seconds")
small_world, small_x = universal.and_task(20, 2), universal.all_inputs(20, 2)[:, None].expand(-1, 2, -1)
and_losses = {"squares": "mse", "fourth powers": "l4", "half and half": universal.balanced(20, 2)}
own, of_losses = torch.eye(190).bool(), {}
for (name, loss), random in tqdm([(each, random) for each in and_losses.items() for random in (True, False)]):
    start = computing.draw_layers((20, 16, 190), 2, SEED, scale=(18**0.5, 0.1) if random else 1.0)
    result = computing.train(small_world, 16, loss=loss, start=start, frozen=[0] if random else [], steps=700,
                             batch_size=190, **quiet)  # fmt: skip
    said = result(small_x).transpose(0, 1)  # [instance, input, pair]
    of_losses[name, random] = said[:, own].mean(), said[:, ~own].square().mean().sqrt(), result.loss[-1].mean()

# %%
kappa, who = (190 / 17 - 1) / 189, {True: "random", False: "trained"}
floors = {"squares": (190 - 17) / 190**2, "fourth powers": 0.0, "half and half": kappa / (1 + kappa) / 2}
table = [f"{name:13}, {who[random]:7}: {one / zero:.1f} to 1; loss {loss:.5f}, at least {floors[name]:.5f}"
         for (name, random), (one, zero, loss) in of_losses.items()]  # fmt: skip
table.append(f"squares, silent: loss {1 / 190:.5f}")
bars = {f"{number}, {who[random]}": [of_losses[name, random][k] for name in and_losses]
        for k, number in enumerate(("for a 1", "for a 0 (RMS)")) for random in who}  # fmt: skip
picture = plots.grouped_bars(bars, {}, list(and_losses), x_title="loss", y_title="reading")
compare("4.10", f"{of_losses['squares', False][0]:.2f}, trained or random", "\n".join(table), picture)
for (name, random), (one, zero, loss) in of_losses.items():
    assert 3.7 < one / zero < 4.6 and loss > floors[name] - 1e-6
    assert abs(one - {"squares": 0.09, "fourth powers": 0.46, "half and half": 0.945}[name]) < 0.04
    assert name == "fourth powers" or loss < (1.25 if name == "half and half" and random else 1.02) * floors[name]

# %% [markdown]
# - **The silence.** On squared errors 1 is read as 17/190 = 0.09, and that *is* the best: this loss counts the rank
#   and nothing else. Any layer of 16 gets there, training buys nothing, and silence would cost 10 % more.
# - **The cure.** Fourth powers turn the volume up by five, half and half by ten. But look at the ratios: in all six
#   the 1s stand out about as much. A loss sets the volume; how clear the voice is, the width decides.
# - **Random or trained.** Half and half, weights drawn by chance come within a quarter of the floor once their readers
#   are fitted, trained ones within 2 %: there is little that training *could* buy. The closed form needs about $4\pi$
#   times as many neurons for as clear a voice. But nobody's gets clearer faster than as $\sqrt N$ while there are far
#   more pairs than neurons: $\kappa \approx 1/N$.
#
# So one layer can compute far more functions than it has neurons, if few features are on, with an error that width
# buys off slowly. What happens to that error when a second layer goes on computing with it?

# %% [markdown]
# ## 4.6 Several layers
#
# One layer of ReLUs folds a plane along straight lines, and each fold runs from edge to edge. A fold that ends
# somewhere needs a second layer. Here is a task full of such folds. Eight **groups** of three inputs; $s_k$ is the sum
# of the absolute values in group $k$, and its output is a **tent** over it, 0 at $s_k = 0$, 1 at 1.5, and 0 again at 3:
#
# $$ y_k = 1 - \bigl\lvert 1 - \tfrac23 s_k \bigr\rvert $$
#
# By hand: 48 neurons for 24 absolute values; then 16, for $\tfrac23 s_k$ and for what exceeds 1. We give trained
# networks **24 and 6**: half of what the absolute values need, and fewer neurons than tents. In most inputs one group
# is on, with all its inputs uniform on [−1, 1]. As controls **one** layer with 64 neurons, one with 256, and in dense
# data (all groups always on) the two layers that would do by hand. The output is a leaky ReLU (0.1 below 0), so that
# one that has fallen silent can come back. A tent's *error* is the share of its variance that is missed while its group
# is on alone; below 0.2 we call it *learned*. This is Nanda's problem 4.14: superposition in several hidden layers.
# <br>*Eldan and Shamir 2016, "The Power of Depth for Feedforward Neural Networks", on functions of a length, as ours.*

# %%
predict(
    "4.11a",
    question="Eight tents, 24 and 6 neurons, sparse data. A network learns, in the mean, …",
    choices=["three tents: two neurons each", "at most six: one neuron each", "more than six", "none"],
)


# %%
def tent_net(n_hidden: tuple[int, ...], density: float, steps: int, n: int = 4) -> computing.Result:
    begin = computing.draw_layers((24, *n_hidden, 8), n, SEED, positive_output=0.3)
    settings = {"density": density, "steps": steps, "lr": 7e-3, "start": begin, "n_instances": n, **quiet}
    return computing.train(computing.tent_task(8), n_hidden, output=lambda z: F.leaky_relu(z, 0.1), **settings)


print("13 networks: about 7 seconds")
tent_trained = {"24, 6": ((24, 6), 0.01, 2500), "64": ((64,), 0.01, 2500), "256": ((256,), 0.01, 2500, 1),
                "48, 16, dense": ((48, 16), 1.0, 800)}  # fmt: skip
tent_nets = {name: tent_net(*how) for name, how in tqdm(tent_trained.items(), desc="networks")}
tent_error = {name: computing.tent_errors(tent_nets[name], 8, seed=SEED) for name in ("24, 6", "64", "256")}
tent_learned = {name: (error < 0.2).sum(dim=1) for name, error in tent_error.items()}
tent_dense, tent_wanted = computing.tent_task(8).examples(2000, 1.0, seed=SEED)
dense_missed = tent_nets["48, 16, dense"].loss[-1] / tent_wanted.var()
hand_missed = (computing.tents_by_hand(tent_dense) - tent_wanted).abs().max()

# %%
tent_rows = [f"{name:5}: learned {tent_learned[name].tolist()}, errors {e.min():.2f} to {e.max():.2f} ({e.mean():.2f})"
             for name, e in tent_error.items()]  # fmt: skip
tent_rows += ["dense: missed " + ", ".join(f"{m:.2f}" for m in dense_missed) + f"; by hand {hand_missed:.0e} at most"]
tent_sorted = {f"{name} neurons": error.flatten().sort().values for name, error in tent_error.items()}
tent_sorted["256, one network"] = torch.full((32,), torch.nan)  # eight tents, each where it has its share below it
tent_sorted["256, one network"][3::4] = tent_sorted.pop("256 neurons")
picture = plots.lines(range(1, 33), tent_sorted, x_title="tents, best first", y_title="error")
compare("4.11a", f"{tent_learned['24, 6'].float().mean():.1f} in the mean of four", "\n".join(tent_rows), picture)
assert tent_learned["24, 6"].float().mean() > 6 and tent_learned["64"].max() <= 1 and tent_learned["256"] >= 3
assert tent_error["24, 6"].mean() < min(0.6 * tent_error["64"].mean(), tent_error["256"].mean())
assert dense_missed.min() > 0.9 and hand_missed < 1e-5

# %% [markdown]
# Is it superposition in **both** layers? Delete one neuron at a time, and see whose error rises by 0.1 or more. The
# control: *hold* the neuron instead, at its mean while a tent is on. One that serves only as a bias isn't missed then.

# %%
tent_rise = {(layer, held): computing.tent_lesions(tent_nets["24, 6"], layer, 8, held=held, seed=SEED)
             for layer in (0, 1) for held in (False, True)}  # fmt: skip
for (layer, held), each in tent_rise.items():  # each: [neuron, network, tent]
    needing = (each > 0.1).sum(dim=2).float()
    shared = (needing > 1).float().mean()
    print(f"hidden layer {layer}, {'held' if held else 'deleted'}: {needing.mean():.1f} tents need a neuron; "
          f"two or more need {shared:.0%}")  # fmt: skip
    assert shared > 0.8 and needing.mean() > 3
row_names, column_names = ([f"{kind} {n}" for n in range(count)] for kind, count in (("neuron", 6), ("tent", 8)))
plots.heat_map(tent_rise[1, False][:, 0].clamp(0, 2), rows=row_names, columns=column_names, x_title="output",
               y_title="second hidden layer", value_title="rise of the error (2: and more)")  # fmt: skip

# %% [markdown]
# Both layers are in superposition: nearly every neuron is needed by several tents, more than three in the mean, also if
# held, where by hand each serves one. What does the second layer buy? A single one can do without, at a price: in as
# many steps 64 neurons learn hardly a tent, and miss a quarter or so of each (in a trial with 5,000, not shown, two at
# most), and 256 learn several, yet miss more than 24 and 6. (They are one network; its tents are spread over the axis.)
# In dense data training finds nothing in 800 steps, where weights by hand make no error: not learned isn't impossible.
#
# ### Errors from layer to layer
#
# What if there are many layers, each computing from what the last one stored with a little interference? We build it by
# hand: 1,024 bits in 512 dimensions. A state is $h = \sum_i x_i E_i$, with random unit vectors $E_i$. A layer **reads**
# every bit as $h \cdot E_i$, computes, and **writes** with the same vectors. The bits stand in blocks of eight, and a
# layer sets pairs of neighbours right: the first becomes *first* AND *second*, the second *first* OR *second*. Eight
# layers, with even and odd pairs in turn, sort a block: its ones end up at its end. Each input has some bits of one
# block on.
#
# For clean bits one ReLU a pair is enough: AND is $\text{relu}(a + b - 1)$, OR is $a + b$ minus that. But readings
# aren't clean. A repair is a **ramp**, two ReLUs that make a threshold of some width:
# $\tfrac12 + \text{slope} \cdot (z - c)$, cut off below 0 and above 1, with $c$ midway between the values that should
# give 0 and those that should give 1.
#
# **Exercise 4.11** (B · 12 min · 2 points) One layer with repair. `pairs` has two bits in each row: the first becomes
# their AND, the second their OR. No bit is in two pairs; one in none keeps its value, repaired as well. Every result is
# a ramp of one reading or of the **sum** of two. Return the new state: the results, written with `E`.


# %% exercise="4.11"
def repaired_layer(
    h: Float[Tensor, "row dim"], E: Float[Tensor, "bit dim"], pairs: Int[Tensor, "pair 2"], slope: float
) -> Float[Tensor, "row dim"]:
    """Reads bits, replaces pairs by AND and OR, and writes clean results."""
    ### BEGIN SOLUTION
    read = h @ E.T
    first, second = pairs.T
    distance = read - 0.5
    distance[:, first] = read[:, first] + read[:, second] - 1.5
    distance[:, second] = read[:, first] + read[:, second] - 0.5
    return (0.5 + slope * distance).clamp(0, 1) @ E
    ### END SOLUTION


# %%
check("4.11", repaired_layer)

# %%
predict(
    "4.11b",
    question="Two bits are on, in one block. Readings are off by 0.06. Without repair, after eight layers, by …",
    choices=["0.06, as before", "about 0.5, eight times that", "more than 100", "less than 0.06"],
)

# %%
# 60 inputs for each number of bits that are on: without repair, with a gentle ramp (slope 2), with a steep one (8). As
# a control, layers that compute nothing: they read every bit and write it back.
bit_vectors = F.normalize(torch.randn(1024, 512, generator=torch.Generator().manual_seed(SEED)), dim=1)
sort_slopes, sort_counts = {"no repair": None, "slope 2": 2.0, "slope 8": 8.0}, (1, 2, 3, 4, 6, 8)
sort_runs = {(name, on): computing.sort_blocks(bit_vectors, on, slope, seed=SEED)
             for name, slope in sort_slopes.items() for on in sort_counts}  # fmt: skip
sort_copied = computing.sort_blocks(bit_vectors, 2, copy=True, seed=SEED).error
sort_orthogonal = computing.sort_blocks(torch.eye(1024), 8, seed=SEED)

# %%
sort_drawn = [(name, on) for name in sort_slopes for on in (2, 8) if (name, on) != ("slope 2", 2)]  # as with slope 8
sort_logs = {"only copied, 2 on": sort_copied.log10()}
sort_logs |= {f"{name}, {on} on": sort_runs[name, on].error.log10() for name, on in sort_drawn}
picture = plots.lines(range(9), sort_logs, x_title="layers", y_title="log₁₀ of the error of readings")
sort_rows = [f"{name:10} rows all right: " + ", ".join(f"{on} on {sort_runs[name, on].right:.2f}" for on in sort_counts)
             for name in sort_slopes]  # fmt: skip
sort_plain, sort_clean, sort_crowded = (sort_runs[k].error for k in (("no repair", 2), ("slope 8", 2), ("slope 8", 8)))
sort_growth, copy_growth = (error[1:] / error[:-1] for error in (sort_plain, sort_copied))
sort_rows += [
    f"two on: without repair times {sort_growth.min():.1f} to {sort_growth.max():.1f} in each layer; "
    f"only copied times {copy_growth.min():.1f} to {copy_growth.max():.1f}",
    f"with slope 8 {sort_clean[0]:.3f} to {sort_clean[-1]:.3f}; orthogonal {sort_orthogonal.error.max():g}",
]
compare("4.11b", f"{sort_plain[-1]:.0f}", "\n".join(sort_rows), picture)
assert sort_growth.min() > 2 and sort_growth.max() < 4 < copy_growth.min() and copy_growth.max() < 5.83
assert sort_plain[-1] > 100 and abs(sort_clean[-1] / sort_clean[0] - 1) < 0.1
assert sort_runs["slope 8", 2].right > 0.95 and sort_runs["slope 8", 8].right < 0.2 and sort_orthogonal.error.max() == 0
assert all(sort_runs["no repair", on].right == 0 for on in sort_counts) and sort_crowded[-1] > 5 * sort_crowded[0]
assert all(sort_runs["slope 8", on].right >= sort_runs["slope 2", on].right for on in (2, 3, 4))

# %% [markdown]
# Without repair every layer multiplies the error, and the bits are lost. The culprit is reading and writing all bits
# afresh: layers that only copy lose them faster. Each applies $E E^\top$ once more, and 1,024 random vectors in 512
# dimensions give that a largest eigenvalue of about $(1 + \sqrt2)^2 = 5.8$. (A residual stream to which layers only add
# wouldn't do this by itself.)
#
# With the steep ramp two bits come through eight layers as clean as they began: what a layer rounds off it doesn't hand
# on. But **simultaneous interference** adds up. Each of $k$ bits that are on leaks about $\pm 1/\sqrt{512}$ into every
# reading, so a sum of two is off by about $\sqrt{2k/512}$. A ramp forgives $\tfrac12 - 1/(2 \cdot \text{slope})$, here
# 0.25 and 0.44. With $k = 3$ the steep ramp has four standard deviations of room; with $k = 8$ less than two and a
# half, for hundreds of pairs in eight layers, and each wrong bit is one more that leaks. That is an answer to Nanda's
# 4.16: a threshold deals with it, while few are on.
#
# Note what is shared: the 512 *dimensions*. The ReLUs of the ramps aren't, four for each pair. Sharing those as well
# takes far wider layers (Hänni, Mendel, Vaintrob and Chan 2024, see section 4.5).

# %% [markdown]
# *A good place to stop for today.*
#
# ## 4.7 Not linear, still there
#
# So far a feature was a direction. Must it be one? Four bits, in all sixteen combinations, go through a layer of
# **two** ReLU neurons, then one of 32, and come out again. Whatever comes out has passed those two. There, a bit is
# *linear* if a straight line separates the points at which it is on from those at which it is off.
#
# **Exercise 4.12** (B · 12 min · 2 points) "No linear probe reads it" must not mean "the one I fitted didn't". So take
# the best of all: for every direction, a line across it, anywhere, with either side as the yes side. Return the largest
# share of points that such a line sorts by `y`. Points in the same place along a direction stay together.


# %% exercise="4.12"
def best_line(h: Float[Tensor, "point 2"], y: Bool[Tensor, "point"], directions: Float[Tensor, "direction 2"]) -> float:
    """The share of points on the right side of the best of all lines across these directions."""
    ### BEGIN SOLUTION
    place = h @ directions.T
    best = 0.0
    for threshold in place:  # [direction]: the line just below one of the points
        right = ((place >= threshold) == y[:, None]).float().mean(dim=0)
        best = max(best, right.max().item(), 1 - right.min().item())
    return best
    ### END SOLUTION


# %%
check("4.12", best_line)

# %%
predict(
    "4.12a",
    question="Networks that get all 16 combinations right: how many of the four bits are linear in the two neurons?",
    choices=["all four, or they couldn't be right", "three", "at most two", "none"],
)

# %%
combos = ((torch.arange(16)[:, None] >> torch.arange(4)) & 1).float()
bits_task = computing.Task(4, 4, lambda size, density, rng: combos[:, None].expand(-1, len(density), -1), lambda x: x)
bits_nets = computing.train(
    bits_task, (2, 32), n_instances=24, loss="binary_cross_entropy", steps=2500, batch_size=16, **quiet
)
perfect = bits_nets.pick(((bits_nets(combos) > 0) == (combos[:, None] > 0.5)).all(dim=2).all(dim=0))
in_two = perfect.hidden(combos)[0]  # [combination, network, neuron]
# A control: four features that nobody learned, random halves of the sixteen points; twenty times four
halves = torch.rand(16, 80, generator=torch.Generator().manual_seed(SEED)).argsort(dim=0) < 8
line_reads, half_reads = computing.best_lines(in_two, combos > 0.5), computing.best_lines(in_two, halves)
linear_bits, weakest = (line_reads == 1).sum(dim=1), line_reads.amin(dim=1)
weakest_half = half_reads.unflatten(1, (20, 4)).amin(dim=2).mean()
bits_axes = [torch.linspace(-0.1, 1.1, 61) * in_two[:, 0, n].max() for n in (0, 1)]
bits_said = computing.above(perfect[0], 0)(torch.cartesian_prod(*bits_axes)).sigmoid()[:, 0]
bits_titles = [f"bit {k}: best line {line_reads[0, k]:.2f}" for k in range(4)]
picture = plots.region_panels(
    bits_said.reshape(61, 61, 4).permute(2, 1, 0), *bits_axes, bits_titles,
    x_title="neuron 0", y_title="neuron 1", value_title="says “on”", points=in_two[:, 0], marked=combos.T > 0.5,
)  # fmt: skip
bits_row = f"best line for the weakest bit: {weakest.mean():.3f} ({weakest.min():.3f} to {weakest.max():.3f}); "
bits_row += f"for the weakest of four random halves of the points: {weakest_half:.3f}"
compare("4.12a", f"{linear_bits.tolist()} in {len(perfect)} networks of 24", bits_row, picture)
assert len(perfect) >= 4 and linear_bits.max() <= 2 and abs(weakest.mean() - weakest_half) < 0.06
assert weakest.max() < 0.82

# %% [markdown]
# At most two, always, and that can be proved. $k$ lines cut a plane into at most $1 + k + k(k-1)/2$ regions: three
# lines make 7, and three bits have 8 combinations. In $d$ dimensions, bits that occur in all combinations can be linear
# for $d$ of them and no more (Cover 1965, "Geometrical and Statistical Properties of Systems of Linear Inequalities
# with Applications in Pattern Recognition"): linear superposition needs sparsity. The others aren't lost. The best of
# all lines reads the weakest hardly better than the weakest of four random halves of the points (about 0.74; 0.71), and
# yet the layers above get it right: its region has corners or islands. This is Nanda's 4.17. (Trainings left out get
# some combination wrong.) <br>*In recurrent networks that were trained to repeat sequences: Csordás, Potts, Manning and
# Geiger 2024, "Recurrent Neural Networks Learn to Store and Generate Sequences using Non-Linear Representations".*
#
# ### Stretch: no number of features, no parts
#
# Something stands at an angle of a ring, and twelve sensors see it, at $\text{relu}(\cos(\text{angle} - \phi_j))$.
# Through two neurons and 24 more, the network gives the readings a quarter turn further on. *How many* features do the
# two neurons hold? And has the ring parts? (Nanda's 4.18 and 4.19.) As a control for the first: one number, uniform.
# (The $k$ stand-ins are placed by k-means: each is the mean of the points to which it is nearest. *Left over* is a
# share of the variance.)

# %%
predict(
    "4.12b",
    question="Replace every hidden point by the nearest of k. From which k on is nothing (less than 10⁻⁶) left over?",
    choices=["8", "12, one for each sensor", "24", "none up to 64"],
)

# %%
ring_nets = computing.train(computing.ring_task(12), (2, 24), n_instances=8, steps=1500, batch_size=128, **quiet)
ring_nets = ring_nets.pick(ring_nets.loss[-1] < 0.003)  # of a variance of 0.15
round_it, eight = (ring_nets.hidden(computing.sensors(computing.around(n)))[0].transpose(0, 1) for n in (720, 8))
stand_ins = torch.tensor([2, 4, 8, 16, 32, 64])
ring_points = {
    "all angles": round_it[0],
    "eight angles": eight[0],
    "one number, on a line": torch.arange(720.0)[:, None],
}
ring_left = torch.tensor([[computing.left_over(at, k) for at in ring_points.values()] for k in stand_ins.tolist()])
ring_curves = dict(zip(ring_points, ring_left.clamp_min(1e-6).log10().T))
picture = plots.lines(stand_ins, ring_curves, x_title="k", y_title="log₁₀ of the share left over", log_x=True)
compare("4.12b", f"none: {ring_left[-1, 0]:.1e} at 64", picture)
ring_two = torch.rand(720, 2, generator=torch.Generator().manual_seed(SEED))
ring_either = ring_two * F.one_hot(torch.arange(720) % 2)
ring_shapes = {f"ring {n}": h for n, h in enumerate(round_it)} | {"two features": ring_two, "one of two": ring_either}
ring_parts = {name: (computing.least_shared(h), computing.most_in_a_band(h)) for name, h in ring_shapes.items()}
for name, (bits_shared, band) in ring_parts.items():
    print(f"{name:12}: two coordinates share at least {bits_shared:.2f} bits; {band:.0%} in the fullest band")
shared_least, band_most = zip(*[ring_parts[f"ring {n}"] for n in range(len(round_it))])
ring_quarter, line_quarter = (ring_left[3:, n] / ring_left[2:-1, n] for n in (0, 2))
assert len(round_it) >= 2 and ring_quarter.min() > 0.2 and ring_quarter.max() < 0.33
assert ring_left[2, 1] < 1e-6 < ring_left[-1, 0] and min(shared_least) > 0.8 > 0.15 > ring_parts["two features"][0]
assert (line_quarter - 0.25).abs().max() < 0.01 and max(band_most) < 0.45 < 0.5 <= ring_parts["one of two"][1]

# %% [markdown]
# **Clustering gives no number.** Eight angles are eight features, and eight stand-ins leave nothing. Of all angles each
# doubling of $k$ leaves a quarter, as it does on a straight line, for one number: it counts values, not features. **No
# parts.** A plane of two independent features has axes whose coordinates tell nothing of each other; two that exclude
# each other fill two lines, so half the points lie in one thin band (0.2 standard deviations). The ring does neither,
# however it is turned, in any of the trainings that learned the task: one feature, of two dimensions. <br>*After
# Engels, Liao, Michaud, Gurnee and Tegmark 2024, "Not All Language Model Features Are Linear".*

# %% [markdown]
# ## 4.8 Audit an exhibit: compressed computation
#
# A network that computes 100 ReLUs with 50 neurons, better than 50 neurons should: replicate it, then find out why.
# <br>*Braun et al. 2025, "Interpretability in Parameter Space: Minimizing Mechanistic Description Length with
# Attribution-based Parameter Decomposition".*
#
# **The exhibit.** 100 features, each on with a small probability $p$, then uniform on $[-1, 1]$. Each has a direction
# in a residual stream of 1,000 dimensions: a random column of $E$, of length 1. Fifty ReLU neurons without biases read
# the stream and add to it. Outputs are read with $E^\top$. Wanted: $x + \text{ReLU}(x)$.
#
# **The naive bound.** A neuron can do one ReLU without error. Fifty do fifty, and the other half of the outputs lacks
# its ReLU, whose mean square is 1/6. So the loss, a mean over outputs, is $\tfrac{1}{2} \cdot \tfrac{p}{6} = p/12$.
#
# Two remarks make it a matter of seconds. The stream brings $E^\top E x$ by itself, so the neurons have to add $x +
# \text{ReLU}(x) - E^\top E x$; what they read and write, in features, can be any `W_in` and `W_out`. And rare features
# come one at a time. Without biases half the strength gives half the answer, so the inputs $\pm e_k$ are enough: all
# 200 at every step. **Loss**, from here on, is the loss over $p$ as $p \to 0$: $n/3$ times the mean over these inputs.

# %%
PLAIN = {"hidden_bias": False, "output_bias": False, "optimiser": toy.adamw(decay=0.0), "steps": 1000, **quiet}


def one_each(mixing: Float[Tensor, "instance feature feature"], n_neurons: int) -> computing.Result:
    """Train on the labels ReLU(x) + mixing · x, one feature at a time."""
    rare = computing.one_at_a_time(mixing)
    return computing.train(rare, n_neurons, n_instances=len(mixing), batch_size=2 * rare.n_in, **PLAIN)


def from_to(values: Float[Tensor, "instance"]) -> str:
    return f"{values.min():.4f} to {values.max():.4f}"


print("Three streams, three trainings: about 3 seconds.")
stream = computing.unit_embedding(100, 1000, n_instances=3, seed=SEED)
to_add = torch.eye(100) - stream.mT @ stream  # of x, what the stream doesn't bring
exhibit = one_each(to_add, 50)
exhibit_loss = exhibit.loss[-1] * 100 / 3
print(f"loss {from_to(exhibit_loss)}; the naive bound is {1 / 12:.4f}")
assert exhibit_loss.max() < 0.064

# %% [markdown]
# A quarter below the bound. Are there a hundred ReLUs in fifty neurons?

# %%
likely = ["as before, near 0.062", "lower", "halfway to 1/12", "1/12", "above 1/12"]
predict("4.8a", question="Now the 100 directions are exactly orthogonal, all else stays. The loss is …", choices=likely)

# %%
print("About 3 seconds.")
orthogonal_loss = one_each(torch.zeros(3, 100, 100), 50).loss[-1] * 100 / 3
compare("4.8a", f"{from_to(orthogonal_loss)}: 1/12")
print(f"Random directions: an entry of EᵀE is off from the identity's by {to_add.square().mean().sqrt():.3f} (RMS).")
assert (orthogonal_loss - 1 / 12).abs().max() < 1e-3

# %% [markdown]
# The bound, exactly. Random directions overlap, so $E^\top E$ isn't the identity, and the neurons were given the labels
# $\text{ReLU}(x) + Mx$ with a **mixing** $M = I - E^\top E$: small, symmetric, and never meant to be there.
# <br>*Bhagat, Molas-Medina, Giglemiani and Heimersheim 2026, "Compressed Computation is (probably) not Computation in
# Superposition": they found and scaled it, took it away, and made weights from it alone. The parts below are our way.*
#
# How does a network *gain* from noise in its labels? Any function is the sum of $(f(x) - f(-x))/2$, which changes its
# sign with $x$, and $(f(x) + f(-x))/2$, which doesn't. Of the labels these are $x/2 + Mx$, the **straight part**, and
# $|x|/2$, the **bent part**. Inputs are as likely as their opposites, so the squared errors of both add up to the loss.
#
# **Exercise 4.13** (C · 18 min · 3 points) Networks $W_{out}\text{ReLU}(W_{in}x)$, labels $\text{ReLU}(x) + Mx$ with
# any $M$. Return the loss of the straight part and that of the bent part, for each network: a mean over the outputs,
# divided by $p$, as $p \to 0$. Exactly, not from a sample.


# %% exercise="4.13"
def split_loss(
    W_in: Float[Tensor, "instance neuron feature"],
    W_out: Float[Tensor, "instance feature neuron"],
    mixing: Float[Tensor, "instance feature feature"],
) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """The losses of the straight and of the bent part, over the density."""
    ### BEGIN SOLUTION
    on, off = W_out @ W_in.relu(), W_out @ (-W_in).relu()  # column k: the answers to +e_k and to −e_k
    half = torch.eye(mixing.shape[-1]) / 2
    errors = (on - off) / 2 - half - mixing, (on + off) / 2 - half
    straight, bent = ((error**2).sum(dim=(1, 2)) / (3 * len(half)) for error in errors)  # the mean of v² is 1/3
    return straight, bent
    ### END SOLUTION


# %%
check("4.13", split_loss)

# %%
where = ["in the straight part alone", "in the bent part alone", "in both"]
predict("4.8b", question="The naive network loses 1/24 in each part. Where is the exhibit better?", choices=where)

# %%
exhibit_straight, exhibit_bent = computing.split_loss(exhibit.layers[0].W, exhibit.layers[1].W, to_add)
compare("4.8b", f"straight {from_to(exhibit_straight)}, bent {from_to(exhibit_bent)}; naive: {1 / 24:.4f} each")
assert exhibit_straight.max() < 0.022 and exhibit_bent.min() > 1 / 24

# %%
print("The exhibit had p = 0.01, where features do meet. Training there, with the mixing and without: about 5 seconds.")
meeting = computing.mixed_relu(torch.cat([to_add[:1], 0 * to_add[:1]]))
met = computing.train(meeting, 50, density=0.01, n_instances=2, batch_size=256, **PLAIN)
met_x, met_y = meeting.examples(20_000, torch.full((2, 1), 0.01), seed=SEED)
error, opposite = met(met_x) - met_y, met(-met_x) - meeting.target(-met_x)
met_straight, met_bent = (((error + sign * opposite) / 2).square().mean(dim=(0, 2)) / 0.01 for sign in (-1, 1))
for name, a, b in zip(("with the mixing", "without"), met_straight, met_bent):
    print(f"{name:16} straight {a:.4f}, bent {b:.4f}, loss {a + b:.4f}")
assert met_straight[0] < 0.025 and met_straight[1] > 0.04 and met_bent.min() > 1 / 24 and met_bent[0] > met_bent[1]
assert met_straight[0] + met_bent[0] < 0.075 < 0.08 < met_straight[1] + met_bent[1]

# %% [markdown]
# The bent part, the only one that needs a ReLU, is *worse* than with a neuron for each of fifty features, and more so
# where features meet. All the gain is in the straight part: a matter of matrices. Take the answers to all $n$ features,
# one at a time, at one strength: their straight parts are a matrix $[n, n]$, their bent parts another. Each is
# $W_{out}$ times something, so its rank is 50 at most (rank, as in section 4.2). And the best matrix of rank $r$ leaves
# the squares of all but the $r$ largest singular values of what it should be (Eckart and Young 1936).
#
# **Exercise 4.14** (C · 12 min · 3 points · needs 4.13) A bound from below that fits these labels, for each part by
# itself: what is the least loss that so many neurons could reach in the straight part, and in the bent part? (One
# network needn't reach both.) For each mixing, symmetric or not; `n_neurons` may be 0, or more than there are features.


# %% exercise="4.14"
def least_split(
    mixing: Float[Tensor, "instance feature feature"], n_neurons: int
) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """What rank n_neurons leaves of the straight and of the bent part, over the density."""
    ### BEGIN SOLUTION
    n = mixing.shape[-1]
    straight = (torch.linalg.svdvals(mixing + torch.eye(n) / 2)[:, n_neurons:] ** 2).sum(dim=1) / (3 * n)
    bent = torch.full((len(mixing),), max(0, n - n_neurons) / (12 * n))  # all singular values are ½
    return straight, bent
    ### END SOLUTION


# %%
check("4.14", least_split)

# %% [markdown]
# So in the bent part no network beats the naive one, as long as features come one at a time. In the straight part there
# is something to gain, and it takes no ReLU: the **best linear map** of rank $r$ reaches the bound there, and has the
# bent part of saying nothing, 1/12. Now scale the mixing: random symmetric matrices, 40 features, 20 neurons.

# %%
predict("4.8c", question="The mixing grows from nothing. The loss …", choices=["falls", "falls, then rises", "rises"])
predict("4.8d", question="All its eigenvalues are made positive. The gain is …", choices=["as before", "gone", "more"])

# %%
print("24 networks: about 2 seconds")
SCALES = torch.tensor([0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2])
scaled = computing.random_mixing(40, SCALES.repeat_interleave(3)[:, None, None], n_instances=24, seed=SEED)
mixed = one_each(scaled, 20)
mixed_loss, least = mixed.loss[-1] * 40 / 3, computing.least_split(scaled, 20)
meant = sum(computing.split_loss(mixed.layers[0].W, mixed.layers[1].W, 0 * scaled))
curves = {"trained": mixed_loss, "bound that fits": sum(least), "linear map": least.straight + 1 / 12}
curves |= {"as meant": meant, "naive bound": torch.full((24,), 1 / 12)}
means = {name: each.view(8, 3).mean(dim=1) for name, each in curves.items()}
picture = plots.lines(SCALES, means, x_title="standard deviation of the mixing", y_title="loss / p", y_range=(0, 0.22))
compare("4.8c", f"falls to {means['trained'].min():.4f}, then rises to {means['trained'][-1]:.4f}", picture)
assert 2 <= means["trained"].argmin() <= 5 and means["trained"].min() < 0.064 and means["trained"][-1] > 0.12
assert (mixed_loss > sum(least) - 1e-4).all() and (meant > 1 / 12 - 1e-4).all() and (means["as meant"].diff() > 0).all()
assert (1 / 12 - mixed_loss < 1 / 8 - (least.straight + 1 / 12) + 1e-4).all()  # the linear map gains as much, or more

# %%
values, vectors = torch.linalg.eigh(scaled[12:15])  # the three at 0.05
signed = [vectors @ torch.diag_embed(sign * values.abs()) @ vectors.mT for sign in (1, -1)]
positive, negative = (one_each(torch.cat(signed), 20).loss[-1] * 40 / 3).split(3)
compare("4.8d", f"gone: {from_to(positive)}; with the sign −: {from_to(negative)}")
assert positive.min() > 1 / 12 and negative.max() < mixed_loss[12:15].min() - 0.01

# %% [markdown]
# Three controls, each of which would have shown it at once:
# - **The same weights, judged by the labels as they were meant** ("as meant"; it leaves the figure): never better than
#   naive, and the worse the more mixing.
# - **A model that can't do it.** The linear map gains as much from the mixing as the network, or more, at every scale.
# - **A bound for the labels as they were.** No network comes below it, and it says why signs matter: an eigenvalue of
#   $M$ near $-\tfrac12$ takes the $x/2$ out of the labels, and there is nothing left to do.
#
# The bound holds for outputs read *linearly*. So give the task of section 4.1 to 20 neurons: |x| of 40 features, a ReLU
# on the outputs.

# %%
absolute = computing.Task(40, 40, sample=computing.one_at_a_time(torch.zeros(1, 40, 40)).sample, target=torch.abs)
cut = {"start": computing.draw_layers((40, 20, 40), n_instances=6, seed=SEED, positive_output=0.3), "output": "relu"}
cut |= {"batch_size": 80, **PLAIN}
real, no_bend = (computing.train(absolute, 20, activation=f, **cut).loss[-1] * 40 / 3 for f in ("relu", "linear"))
print(f"{from_to(real)}; with a linear hidden layer {from_to(no_bend)}; bound for linear outputs {1 / 6:.4f}")
assert real.max() < 0.04 and no_bend.min() > 0.2

# %% [markdown]
# Far below that bound, without a mixing, and not without hidden ReLUs: this exhibit passes. Outputs that cut
# interference off are what section 4.1 computes with, and what compressed computation doesn't have.

# %% [markdown]
# ## What you know now
#
# **Shown**: with a linear output and one thing on at a time, $m$ neurons compute no more than $m$ functions exactly. In
# a plane no more than two bits that occur in all combinations are linear. One random layer holds all ANDs, with an
# error of known size.
#
# **Measured** here: absolute values, maxima, squares, products and XORs share neurons in sparse data and not in dense;
# interference is turned to the side where a ReLU cuts it; thresholds stop errors, while few features are on.
#
# **Not so simple**: OR and maxima can be nearly affine, and AND needs no layer where a threshold may be set. A loss
# sets how loud a reader is, not how clear. "How many neurons" depends on the activation. What no line reads may be
# there, and used.
#
# **Before you believe an exhibit**: the best affine or linear map on the same labels; a bound for the labels as they
# are; weights by hand; the same weights on the task as it was meant; one part taken away at a time.

# %%
quiz("4")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Not known to us**: what *training* computes in superposition of all that weights by hand can; an exhibit with
#   linear outputs and squared errors whose bent part gets below its bound where features meet.
# - **Chapter 05, attention**: the same questions for heads. **Chapters 07 and 08**: what a probe shows, and the neurons
#   of a language model.
