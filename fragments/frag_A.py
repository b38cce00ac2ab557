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
#   course: {chapter: "04", title: Computing in superposition, reading: 32, budget_s: 180, budget_mib: 2048}
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
# - audit an exhibit that was taken for computing in superposition, and wasn't.
#
# **You need** chapter 01 (density, interference, what a ReLU cuts off). **Time** about {minutes} minutes, in two
# sittings (the place to stop is marked); {exercises} exercises, {points} points. A: warm-up, B: core, C: stretch.
#
# **Sources** Elhage et al. 2022, *Toy Models of Superposition*, section 7, "Computation in Superposition"; Vaintrob,
# Mendel and Hänni 2024, *Toward A Mathematical Framework for Computation in Superposition*; Nanda 2022, *200 Concrete
# Open Problems in Mechanistic Interpretability: Exploring Polysemanticity and Superposition*. Others where used.

# %% tags=["setup"]
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, computing, hint, plots, predict, progress, quiz, solution, toy

# %% [markdown]
# Every random number follows from the seed below. Every claim about a result stands in an `assert` of the solution, and
# `bench/bands.py 04` runs its very cells with other seeds. Try your own. We count from 0.

# %%
SEED = 0
quiet = {"seed": SEED, "progress": False}
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# ## 4.1 Absolute values
#
# With probability $p$, its **density**, a feature is on: a number from −1 to 1. The network shall say how large it is,
# whatever its sign. It has one hidden layer and no biases:
#
# $$ h = \mathrm{ReLU}(W_{in}\, x) \qquad y = \mathrm{ReLU}(W_{out}\, h) \qquad \text{wanted: } y_i = |x_i| $$

# %%
ramp = torch.linspace(-1, 1, 21)
ramp_parts = {"neuron that reads x": ramp.relu(), "neuron that reads −x": (-ramp).relu(), "their sum": ramp.abs()}
plots.lines(ramp, ramp_parts, x_title="x", y_title="what it says")

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
# In dense data no network computes more halves than it has neurons, and of all 96 neurons one at most is shared. From
# density 0.1 on *every* network computes more than six, and most neurons serve several features. But a shared neuron
# tells one feature's output about another. Here is one network: what every output gets when one half alone is on. And
# for all sixteen: how often is a foreign half heard at more than 1/4? (In the control each neuron's output weights go
# to other outputs.)

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
# **Exercise 4.2** (B · 15 min · 3 points) Search a stack of networks for it. Neuron $k$ has the motif for the features
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
# should be 0.) Three are drawn: the neuron that shares reads $a$ and writes $b$, softly the other way round, and the
# inhibitor, which $a$ turns on as well, writes less than nothing to $b$. And in networks of the paper's size, 100
# features and 40 neurons?

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
# More than 150 halves with 40 neurons, nine features or so for each neuron, next to no noise above 0, and hardly a
# motif. What carries over isn't the motif. It is that all interference is turned negative.

# %%
many_or_few = ["3", "6", "12", "any number"]
predict("4.1b", question="One feature at a time: how many |x| can six neurons compute exactly?", choices=many_or_few)

# %% [markdown]
# By hand: three neurons for positive values and three for negative ones. What three neurons say is a point in space.
# Put the features on a circle around the direction (1, 1, 1), where no coordinate is below 0. Output $i$ is a plane
# through 0 and the two neighbours of feature $i$: feature $i$ lies above it, at 1, and *all* others on it or below.

# %%
hand_in, hand_out = computing.polygon(12)  # [6 neurons, 12 features] and [12 features, 6 neurons]
circle = plots.polytopes({"12 features, three neurons": hand_in[:3]})
hand_error = (computing.responses(hand_in[None], hand_out[None]).relu() - torch.eye(12)[:, None]).abs().max().item()
compare("4.1b", f"any number; for 12 the largest error is {hand_error:.0e}", circle)
assert hand_error < 1e-4

# %% [markdown]
# Exact, and six neurons always suffice (the weights grow). The same 12 in 6, trained, sixteen times at each density:

# %%
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
# better solution is there, and training doesn't find it. In denser data, where two features are on together, it wins.
#
# **Exercise 4.3** (C · 15 min · 3 points) What do importance and company change? (Nanda's problem 4.2.) Train twelve
# networks or more of each of four kinds: six features, six neurons, density 0.15.
# - `plain`: features are independent (`data=company(0.0)`); `important`: the same, importance 0.1 for features 3 to 5;
# - `together`: partners, 0 and 1, 2 and 3, 4 and 5, always come together (`company(1.0)`); `apart`: never (−1.0).
#
# Hand in a dict with the `responses` of each kind and `numbers`, a tensor of three:
# - (0) in `important`: the halves computed of features 0 to 2 less those of 3 to 5, in a network; the mean over
#   networks;
# - (1) in `together`: what outputs of *dropped* features (no half computed) get from their partner alone: the median;
# - (2) in `apart`: what all outputs get from their partners alone, the median; in both over both signs of the partner.

# %%
in_pairs = ["more halves", "as many", "fewer, but more than 6", "about 6: one for each neuron"]
predict("4.3", question="Of features that always come in pairs, six neurons compute …", choices=in_pairs)


def company(together: float) -> toy.Groups:
    """Features in pairs: 1 for partners that come together, −1 for those that exclude each other, 0: independent."""
    return toy.Groups(2, together=together, values=toy.Between(-1, 1))


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
# Importance decides who is computed, nearly completely. Pairs that come together get one half for each neuron: no more
# than independent features of density 1/3, of which about as many are on at a time (6 · ⅓/(1 − (⅔)⁶) = 2.2 where
# anything is, against 6 · 0.15/(1 − 0.85³) = 2.3). It is the crowd that ends superposition, not the company. But
# company decides who is dropped: one of a pair, and its output guesses. The best guess of $|x_a|$ from $|x_b|$ is
# $|x_b|$ times E[$|x_a||x_b|$]/E[$x_b^2$] = (1/4)/(1/3) = 3/4. Partners that exclude each other inhibit each other, and
# independent ones don't (the check saw to that): when one of them is on, nothing is lost by pushing the other below 0.
#
# So a layer can compute more functions than it has neurons, if inputs are sparse and outputs have a ReLU to cut off
# what interferes. Is |x| special? And is it still so without that ReLU?
