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
#   course: {chapter: "08", title: Polysemantic neurons, reading: 45, budget_s: 120, budget_mib: 2048}
# ---

# %% [markdown]
# # 8. Polysemantic neurons
#
# Look at what excites a neuron most, and you will nearly always find a story: "the neuron for owls". This chapter asks
# how much of a neuron the story covers. A neuron that fires for one thing is **monosemantic**, one that fires for many
# unrelated things **polysemantic**. In superposition, where there are more features than neurons, some have to be of
# the second kind. In our language we can look the truth up, for every place in every text.
#
# **You will**
# - look at a neuron over its whole range, and not only at its top ten;
# - rate neurons of two models blind, and let chance have its say;
# - measure how mixed a neuron is, with the truth and without, and see which truthless measures can be trusted;
# - open a SoLU layer, which was made for readable neurons, and find out whether something is smuggled through it;
# - follow neurons to the logits: what one says, how many decide, and which ones carry one feature;
# - work out a neuron's responses from weights, break the model by interference, and look into a layer fifty times as
#   wide, and into one whose neurons were copied and trained on.
#
# **You need** chapter 06 (the language, direct effects, patching) and of chapter 07 the scores (F1, best neurons).
# **Time** about {minutes} minutes, best in two sittings (a place to stop is marked, after 8.6); {exercises} exercises,
# {points} points.
#
# **Sources** Olah et al. 2020, *Zoom In: An Introduction to Circuits*; Bolukbasi et al. 2021, *An Interpretability
# Illusion for BERT*; Elhage et al. 2022, *Softmax Linear Units*; Scherlis et al. 2022, *Polysemanticity and Capacity in
# Neural Networks*; Gurnee et al. 2023, *Finding Neurons in a Haystack*; Nanda 2022, *200 Concrete Open Problems in
# Mechanistic Interpretability*, problems 4.29 to 4.33, 4.37 to 4.39, 4.42 and 4.44; others where they are used.

# %% tags=["setup"]
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, neurons, plots, predict, progress, quiz, solution
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons
from course_utils.minilang import PIECES
from course_utils.neurons import attack, cards, grids, sets
from course_utils.probing import fit_lda
from course_utils.probing.controls import random_gelus
from course_utils.widgets import circuits, neuron_dashboard, rate_blind


def table(measured: dict[str, list[float]], columns: list[str], value: str = ""):
    """A figure of what was measured: a row for each name."""
    return plots.heat_map(torch.tensor([*measured.values()]), rows=[*measured], columns=columns, value_title=value)


# %% [markdown]
# `SEED` decides which texts are read, `TRAINING` which of the three trainings of each model is opened. The limits in
# the `assert`s are meant for all three, and for any texts (`bench/bands.py 08` runs these cells).

# %%
SEED = 0
TRAINING = 0  # 0, 1 or 2
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# ## 8.1 Look at a neuron
#
# The models have one layer and 128 neurons. `gelu` is that of chapters 06 and 07; SoLU will be explained in 8.5. What
# we call the activation of a neuron comes after its non-linearity. A **row** is a place in any of the texts.

# %%
wanted = [(name, read) for read in (None, 0) for name in ("mini-gelu-1l", "mini-solu-1l")]  # 0: nothing read, untrained
gelu, solu_model, untrained, solu_twin = (
    load_model(name, seed=TRAINING, tokens=read) for name, read in tqdm(wanted, desc="models")
)
texts = minilang.sample(1000, seed=SEED + 8000)
tokens = torch.from_numpy(texts.tokens[:, :-1]).long()  # nothing follows the last piece
MID, READ, NEURONS = "blocks.0.hook_resid_mid", "blocks.0.mlp.hook_in", "blocks.0.mlp.hook_post"
BEFORE_NORM = "blocks.0.mlp.ln.hook_in"  # of a SoLU: before its LayerNorm
acts = {
    "GELU": activations(gelu, tokens, [NEURONS])[NEURONS].flatten(0, 1),  # [row, neuron]
    "SoLU": activations(solu_model, tokens, [BEFORE_NORM])[BEFORE_NORM].flatten(0, 1),
    "untrained": activations(untrained, tokens, [NEURONS])[NEURONS].flatten(0, 1),
    "SoLU untrained": activations(solu_twin, tokens, [BEFORE_NORM])[BEFORE_NORM].flatten(0, 1),
}
print({name: list(values.shape) for name, values in acts.items()})

# %% [markdown]
# At a place many features hold at once: at the *s* of *fern owls* it is a plural, it is in notes, it ends the name of a
# thing. As the **meaning** of a place we take the rarest feature that holds there, since this is what is particular
# about it. (A choice. With all 470 features nearly every neuron "is" a spelling: these hold at half of all places.)

# %%
names = [feature.name for feature in texts.features] + ["(no feature)"]
meaning = torch.from_numpy(minilang.most_specific(texts)[:, :-1]).flatten()
meaning[meaning < 0] = len(texts.features)
print(f"{len(meaning.unique())} meanings at {len(meaning):,} places; the commonest:")
for number in torch.bincount(meaning).argsort(descending=True)[:5].tolist():
    print(f"  {names[number]:30} {(meaning == number).float().mean():.1%}")

# %% [markdown]
# Now one neuron of `gelu`: that of which the ten most exciting places agree best. Its five most exciting texts, as
# CircuitsVis shows them: the deeper the blue, the higher the activation (what lies below zero is shown as zero).


# %%
def commonest_share(rows: Int[Tensor, "row neuron"]) -> Float[Tensor, " neuron"]:
    """Of the meanings of some rows of each neuron: how large a share the commonest one has."""
    counts = F.one_hot(meaning[rows], len(names)).sum(0)  # [neuron, meaning]
    return counts.amax(1) / len(rows)


top_ten = acts["GELU"].topk(10, dim=0).indices
chosen = int(commonest_share(top_ten).argmax())
top_documents = list(dict.fromkeys((top_ten[:, chosen] // tokens.shape[1]).tolist()))[:5]
pages = [[PIECES[t] for t in tokens[d]] for d in top_documents]
shown = [acts["GELU"][:, [chosen]].clamp_min(0).unflatten(0, tokens.shape)[d] for d in top_documents]
circuits.topk_samples(pages, shown, [f"neuron {chosen}"], k=5)

# %% [markdown]
# And its ten most exciting places, on a **card** that stays with us: above, how many rows have which activation (on a
# logarithmic scale); then rows, with the activation at ⟦ ⟧ as a share of the largest; a click unfolds the truth.


# %%
def dashboard(name: str, neuron: int, rows: Int[Tensor, " n"], says: dict[str, float] | None = None):
    """A neuron on one card: histogram, rows, and (if clicked) what is meant there."""
    a, truth = acts[name][:, neuron], [names[m] for m in meaning[rows]]
    lines = cards.card(PIECES, tokens, a, rows).splitlines()
    return neuron_dashboard(f"{name}, neuron {neuron}", a, lines, says=says, truth=truth)


dashboard("GELU", chosen, top_ten[:, chosen])

# %% [markdown]
# A clear story, isn't it? (It should be: of 128 we took the neuron with the clearest.) Before you believe it, look at
# the rest of its range. Bolukbasi et al. (2021) found that a neuron's top texts tell *another* story in other data.

# %%
predict(
    "8.1",
    question="Rows at twelve equal steps of its activation: how many have the top ten's meaning?",
    choices=["nearly all", "those of the upper half", "two or three", "none but the first"],
)

# %% [markdown]
# **Exercise 8.1** (B · 7 min · 2 points) Take `n` levels (2 or more) in equal steps of the *activation*, the first one
# the largest activation, the last one the smallest. For each level give the number of the row that comes nearest to it,
# the first of several. (A row may come up twice.)


# %% exercise="8.1"
def over_the_range(acts: Float[Tensor, " row"], n: int) -> Int[Tensor, " n"]:
    """Rows at n equal steps of the activation, from the largest down to the smallest."""
    ### BEGIN SOLUTION
    levels = torch.linspace(acts.max().item(), acts.min().item(), n)
    return (acts - levels[:, None]).abs().argmin(dim=1)
    ### END SOLUTION


# %%
check("8.1", over_the_range)

# %%
steps = over_the_range(acts["GELU"][:, chosen], 12)
topmost = meaning[top_ten[:, chosen]].mode().values
same = int((meaning[steps] == topmost).sum())
assert same <= 6
compare("8.1", f"{same} of 12 have the meaning {names[topmost]!r}", dashboard("GELU", chosen, steps))

# %% [markdown]
# Keep the range in view. And all 128? The share of the commonest meaning among the ten largest rows of each neuron,
# among the two hundred largest, and over twelve steps of the range.

# %%
columns, visible = ["top 10", "top 200", "twelve steps"], {}
for name in ("GELU", "SoLU", "untrained"):
    over = torch.stack([cards.equal_steps(column, 12) for column in tqdm(acts[name].T, desc=name)], dim=1)
    rows = [acts[name].topk(10, dim=0).indices, acts[name].topk(200, dim=0).indices, over]
    visible[name] = [commonest_share(each).mean().item() for each in rows]
assert all(top > over + 0.1 for top, _, over in visible.values())
assert visible["SoLU"][0] > visible["GELU"][0] + 0.05
table(visible, columns, "share")

# %% [markdown]
# The ten largest rows look more of one mind than the range does, in all three: also in the model that has learned
# nothing. What is largest has much in common, whatever it is the largest of; a clearer top is no sign of a feature.
#
# ## 8.2 How many meanings?
#
# A card shows a dozen rows. The truth allows a number for all of them: add up a neuron's activation at the places of
# each meaning, and count how many meanings it takes until most of it is covered.

# %%
predict(
    "8.2",
    question="How many meanings carry 90 % of the activation of an average neuron?",
    choices=["one or two", "about ten", "twenty to forty", "more than fifty"],
)

# %% [markdown]
# **Exercise 8.2** (B · 8 min · 2 points) Each row has an activation and a meaning (a number from 0). What lies below
# zero doesn't count. How many meanings, as few as possible, carry together *at least* `share` of its activation?


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

# %%
needed = {name: [meanings_needed(a, meaning, 0.9) for a in values.unbind(1)] for name, values in acts.items()}
mixed = meaning[torch.randperm(len(meaning), generator=torch.Generator().manual_seed(SEED))]
needed["GELU, meanings shuffled"] = [meanings_needed(a, mixed, 0.9) for a in acts["GELU"].unbind(1)]
mean_needed = {name: sum(each) / len(each) for name, each in needed.items()}
least = {name: min(each) for name, each in needed.items()}
assert min(mean_needed["GELU"], mean_needed["SoLU"]) > 50 and min(least["GELU"], least["SoLU"]) >= 3
assert abs(mean_needed["SoLU"] - mean_needed["GELU"]) < 15
assert max(mean_needed["GELU"], mean_needed["SoLU"]) < mean_needed["untrained"] < mean_needed["GELU, meanings shuffled"]
to_200 = {name: torch.tensor(each).float().clamp_max(200) for name, each in needed.items()}
titles = {"x_title": "meanings for 90 % (200: or more)", "y_title": "density", "value": "meanings"}
spread = plots.densities(to_200, **titles, ends=(0, 200), bins=25)
spread.data[4].line.dash = "dot"  # else the fifth line is solid and blue, as the first one is
compare("8.2", {name: round(mean, 1) for name, mean in mean_needed.items()}, f"at the least {least}", spread)

# %% [markdown]
# More than fifty for an average neuron of either trained model; more still before training, and most of all if the
# meanings are dealt out to the places at random (so training did sort them). No neuron is *one* meaning, nor two,
# however its top ten look. And the SoLU model, whose top tens are of one mind more often than those of the GELU model
# (the table of 8.1), needs about as many: purer at the top, as mixed over all of its activation.
#
# How many of these does one get to *see*, in the top ten, at equal steps, by chance? (Means over every fourth neuron.)

# %%
drawn = torch.randperm(len(meaning), generator=torch.Generator().manual_seed(SEED))[:200]
seen = {}
for name in ("GELU", "SoLU"):
    for neuron in tqdm(range(0, 128, 4), desc=name):
        a = acts[name][:, neuron]
        by_size = torch.bincount(meaning, weights=a.clamp_min(0), minlength=len(names)).argsort(descending=True)
        carried = by_size[: meanings_needed(a, meaning, 0.9)]
        small, large = ((a.topk(n).indices, cards.equal_steps(a, m)) for n, m in [(10, 12), (200, 200)])
        shares = [torch.isin(carried, meaning[rows]).float().mean() for rows in (*small, *large, drawn)]
        seen.setdefault(name, []).append(torch.stack(shares))
seen = {name: torch.stack(each).mean(0).tolist() for name, each in seen.items()}
assert all(each[0] < 0.08 and each[0] < each[1] < each[2] < each[3] and each[4] > 0.5 for each in seen.values())
assert all(0.13 < each[2] < 0.37 for each in seen.values())
assert seen["GELU"][3] > seen["GELU"][4] - 0.05 and seen["SoLU"][3] < seen["SoLU"][4] - 0.1
table(seen, ["top 10", "12 steps", "top 200", "200 steps", "200 at random"], "share seen")

# %% [markdown]
# The top ten show about one meaning in fifteen, or fewer; twelve rows over the range about twice as many. Of 200 rows
# those at the top show a quarter, give or take a tenth, those drawn by chance more than half. Equal steps do about as
# well for GELU, or a little better, and worse for SoLU: its thin upper range, where most steps fall, is purer.
#
# Why would a model mix? In *Zoom In*, Olah et al. (2020) suggested superposition: more features than neurons, each of
# them in several. In our language 213 meanings of pairs and 32 senses go through 128 neurons: some have to share.
#
# ## 8.3 Blind
#
# Elhage et al. (2022) built the **SoLU** layer to get neurons that stand for one thing, and had people rate neurons of
# models with and without it, *without telling them which was which*. Do it: sixteen neurons, eight of either model,
# shuffled. On each card the activation, at equal steps from the largest down to a quarter of it (below that, nearly
# everything is background). Click `m` if a neuron seems to have one subject, `p` for several; take a minute or two.
# (Your letters stand above the card. To go on another day, or where there are no buttons, write them into `mine`.)

# %%
order = torch.randperm(16, generator=torch.Generator().manual_seed(SEED + 1))
picked = torch.randperm(128, generator=torch.Generator().manual_seed(SEED + 2))[:8].tolist()
blind = [("GELU" if i < 8 else "SoLU", picked[i % 8]) for i in order.tolist()]  # not to be printed yet


def upper_range(a: Float[Tensor, " row"], n: int) -> Int[Tensor, " n"]:
    """Rows at n equal steps from the largest activation down to a quarter of it (as in 8.1)."""
    high = (a > a.max() / 4).nonzero().flatten()
    return high[cards.equal_steps(a[high], n)]


mine = ""  # letters of an earlier sitting, or all sixteen where there are no buttons: "mppmp…"
sixteen = [cards.card(PIECES, tokens, a, upper_range(a, 7)) for a in (acts[name][:, one] for name, one in blind)]
rating = rate_blind(sixteen, {"m": "one subject", "p": "several"}, given=mine)
rating

# %% [markdown]
# As long as not all are rated a rule does it in your place: `m` if at least five of the seven rows have the same
# meaning by our labels. After your last click run the next cell again, and the one after the check of 8.3.


# %%
def by_rule(name: str, neuron: int, among: int | None = None) -> bool:
    """Of seven rows five have one meaning: rows of the card, or at equal steps among so many largest ones."""
    a = acts[name][:, neuron]
    rows = a.topk(among).indices[:: among // 7][:7] if among else upper_range(a, 7)
    return bool(torch.bincount(meaning[rows]).max() >= 5)


ruled = torch.tensor([by_rule(*each) for each in blind])
rated = torch.tensor([letter == "m" for letter in rating.letters]) if rating.done else ruled
is_solu = torch.tensor([name == "SoLU" for name, _ in blind])
by_name = ", ".join(f"{number} {name}" for number, (name, _) in enumerate(blind, start=1))
print(f"rated by you: {by_name}" if rating.done else "rated by the rule")
print(f"of one subject: SoLU {int((rated & is_solu).sum())} of 8, GELU {int((rated & ~is_solu).sum())} of 8")

# %% [markdown]
# Is that a difference? If the names meant nothing, any other way to deal them out would have done as well. So deal them
# out often, and see how often the lead is as large (a permutation test; Fisher 1935, *The Design of Experiments*).
#
# **Exercise 8.3** (B · 9 min · 2 points) `rated` says which neurons were rated as having one subject, `kind` which are
# of the model in question. Its **lead** is the share rated so among its neurons, less that among the others. Each row
# of `deals` is another `kind`, at random (perhaps of another number). Return the share of deals whose lead is no less.


# %% exercise="8.3"
def as_large_by_chance(
    rated: Bool[Tensor, " neuron"], kind: Bool[Tensor, " neuron"], deals: Bool[Tensor, "deal neuron"]
) -> float:
    """The share of deals in which the lead of the kind is at least as large as it is."""

    ### BEGIN SOLUTION
    def lead(names: Bool[Tensor, " neuron"]) -> float:
        return rated[names].float().mean().item() - rated[~names].float().mean().item()

    found = lead(kind)
    return sum(lead(names) >= found for names in deals) / len(deals)
    ### END SOLUTION


# %%
check("8.3", as_large_by_chance)


# %%
def deals_of(kind: Bool[Tensor, " neuron"], n: int) -> Bool[Tensor, "deal neuron"]:
    dice = torch.Generator().manual_seed(SEED)
    return torch.stack([kind[torch.randperm(len(kind), generator=dice)] for _ in range(n)])


print(f"sixteen neurons: chance does as well in {as_large_by_chance(rated, is_solu, deals_of(is_solu, 1000)):.1%}")
every = [(name, neuron) for name in ("GELU", "SoLU") for neuron in range(128)]
all_ruled = torch.tensor([by_rule(*each) for each in every])
all_solu = torch.arange(256) >= 128
by_chance = as_large_by_chance(all_ruled, all_solu, deals_of(all_solu, 500))
of_solu, of_gelu = (all_ruled[who].float().mean().item() for who in (all_solu, ~all_solu))
of_twin = np.mean([by_rule("SoLU untrained", neuron) for neuron in range(128)])
print(f"all 256: SoLU {of_solu:.0%}, GELU {of_gelu:.0%}; chance as good in {by_chance:.1%}; untrained {of_twin:.0%}")
above = {name: (a > a.amax(0) / 4).float().mean().item() for name, a in acts.items()}
print("rows above a quarter of the largest:", ", ".join(f"{name} {share:.1%}" for name, share in above.items()))
lead = {}
for n in (200, 1000):
    gelu_share, solu_share = (np.mean([by_rule(name, each, n) for each in range(128)]) for name in ("GELU", "SoLU"))
    print(f"the rule on seven of each neuron's {n} largest rows: SoLU {solu_share:.0%}, GELU {gelu_share:.0%}")
    lead[n] = solu_share - gelu_share
assert 0.05 < lead[200] < of_solu - of_gelu and lead[1000] < 0.6 * (of_solu - of_gelu)
assert of_solu > max(of_gelu, of_twin) + 0.1 and by_chance < 0.01 and above["GELU"] > 5 * above["SoLU"]

# %% [markdown]
# Sixteen neurons rarely decide anything; that is what the first line is there to say. On all of them the rule agrees
# with the paper's claim: hardly a GELU neuron passes, about a quarter or more of the SoLU neurons do, hardly a deal
# does as well. (The softmax alone does less: see the untrained SoLU.) Mind what was rated, though: what lies above a
# quarter of the largest. Of a GELU neuron that is a tenth of all rows, of a SoLU neuron with its heavy tail a
# hundredth. At *equal numbers* of rows, the 200 largest, SoLU leads by about half as much or less, among the 1,000
# largest by less still, or not at all. What lies under them is the business of 8.6.
#
# ## 8.4 Without the truth
#
# For models that nobody generated there are no meanings to count. What is used in their place? Three measures with the
# truth and three without, all with a sign so that larger means purer:
#
# | measure | truth? | of a neuron |
# | --- | --- | --- |
# | **meanings** | yes | how many carry 90 % (8.2) |
# | **top** | yes | entropy (0: all the same) of the meanings of its 200 largest rows |
# | **best F1** | yes | for any feature that holds at fewer than 5 % of places |
# | **pieces** | no | entropy of the pieces at its 200 largest rows |
# | **alike** | no | mean cosine of the embeddings at its 20 largest rows |
# | **kurtosis** | no | of its activation: mean fourth power of the standardised values (a rare feature: heavy tails) |

# %%
predict(
    "8.4",
    question="Do the three measures that know the truth order the neurons alike (rank correlation; 1: same order)?",
    choices=["closely: above 0.8", "well: 0.6 to 0.8", "poorly: below 0.6"],
)

# %% [markdown]
# **Exercise 8.4** (B · 8 min · 2 points) Do two measures put the neurons into the same order? Spearman's **rank
# correlation** is the ordinary correlation of the ranks. Numbers that are equal share the mean of their ranks.


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

# %%
rate = np.array([texts.labels(feature).mean() for feature in texts.features])
rare = [feature for feature, r in zip(texts.features, rate) if 0 < r < 0.05]
is_rare = torch.from_numpy(texts.label_matrix(rare)[:, :-1]).flatten(0, 1)
piece = tokens.flatten()
measures = {}
for name, model in tqdm({"GELU": gelu, "SoLU": solu_model}.items()):
    a, embedded = acts[name], (model.W_E - model.W_E.mean(0))[piece]
    measures[name] = {
        "meanings": -neurons.meanings_needed(a, meaning, 0.9).float(),
        "top": -neurons.top_entropy(a, meaning, 200),
        "best F1": neurons.best_f1(a, is_rare)[0],
        "pieces": -neurons.top_entropy(a, piece, 200),
        "alike": neurons.top_cosine(a, embedded, 20),
        "kurtosis": neurons.kurtosis(a),
    }

# %%
columns, truths, agreement = [*measures["GELU"]], ["meanings", "top", "best F1"], {}
for name, of in measures.items():
    for truth in truths:
        agreement[f"{name}: {truth}"] = [rank_correlation(of[truth], of[other]).item() for other in columns]
pairs = [(name, i, j) for name in measures for i, j in [(0, 1), (0, 2), (1, 2)]]
of_truths = {f"{name}: {truths[i]}, {truths[j]}": agreement[f"{name}: {truths[i]}"][j] for name, i, j in pairs}
pieces_of, alike_of, kurtosis_of = ({row: values[i] for row, values in agreement.items()} for i in (3, 4, 5))
assert max(of_truths.values()) < 0.6 and min(of_truths.values()) > -0.1
assert all(of[f"{m}: top"] > 0.2 > of[f"{m}: meanings"] + 0.1 for m in measures for of in (pieces_of, alike_of))
assert kurtosis_of["SoLU: meanings"] < -0.2 < -0.05 < kurtosis_of["GELU: meanings"]
two_by_two = {pair: round(value, 2) for pair, value in of_truths.items()}
compare("8.4", two_by_two, table(agreement, columns, "rank correlation"))

# %% [markdown]
# (By chance alone 128 neurons give correlations of up to 0.17 either way, 19 times in 20.) The truths don't agree
# closely. "How pure is this neuron?" is three questions at least: is *all* of its activation about few things; is its
# *top* about few; does it *tell* one feature from all else? A neuron can be good at one and poor at another. So a
# truthless measure can at best stand for one of them. Pieces and likeness follow the top, at which they look, and say
# next to nothing of the whole. **Kurtosis** even misleads: of the whole of a GELU neuron it says little; SoLU neurons
# with heavier tails need *more* meanings. (A likely reason: there all tails are heavy, and the heaviest belong to those
# that fire hard at one thing and softly at many.) What is good on one architecture needn't be so on another.
#
# ## 8.5 Softmax linear units
#
# What is a SoLU? In place of the GELU each neuron is multiplied by its share in a softmax over all neurons of the
# layer:
# $$ \text{SoLU}(x) = x \cdot \text{softmax}(x) $$
#
# If one is large and the rest small, it stays as it is; if many are equally large, all get small. So a code with few
# active neurons is favoured. After it follows a LayerNorm, without which the models of Elhage et al. were worse.
#
# **Exercise 8.5** (A · 4 min · 1 point) Write it, without the LayerNorm. The neurons are the last axis.


# %% exercise="8.5"
def solu(x: Float[Tensor, "*row neuron"]) -> Float[Tensor, "*row neuron"]:
    """Each number times its share in the softmax of its row."""
    ### BEGIN SOLUTION
    return x * x.softmax(dim=-1)
    ### END SOLUTION


# %%
check("8.5", solu)

# %%
# four neurons that all want to speak, and one that speaks alone; how many carry 90 % of the squares at a place
print([[round(v, 2) for v in row] for row in solu(torch.tensor([[4.0, 4, 4, 4], [4, 0, 0, 0]])).tolist()])
at_work = {}
for name, values in acts.items():
    squares = values[::5].square().sort(dim=1, descending=True).values.cumsum(1)
    at_work[name] = ((squares < 0.9 * squares[:, -1:]).sum(1) + 1).float().mean().item()
print({name: round(n, 1) for name, n in at_work.items()})
assert at_work["SoLU"] < at_work["GELU"] / 2

# %% [markdown]
# At a place of the SoLU model four neurons carry what takes sixteen in the GELU model. Untrained, both need far more.
#
# ## 8.6 What the quiet half does
#
# A softmax leaves next to nothing of most neurons. But then comes the LayerNorm: it divides by the standard deviation
# of the row, and if all are small it makes all of them large again. Elhage et al. (2022) suspected that models use this
# to **smuggle** features through in superposition, past the reader who looks at the large activations. Is it so here?
#
# A first measure. Sort the neurons of each row by the size of their activation *before* the norm. The quiet half has
# hardly any of the squares; how much has it of the direct effect on the logit of the piece that comes next?

# %%
onward = {"GELU": after_neurons(gelu), "SoLU": after_neurons(solu_model), "SoLU untrained": after_neurons(solu_twin)}
some = torch.randperm(len(piece), generator=torch.Generator().manual_seed(SEED))[:8000]
next_piece = torch.from_numpy(texts.tokens[:, 1:]).long().flatten()[some]
mid, said, before = {}, {}, {}
for name, model in {"GELU": gelu, "SoLU": solu_model, "SoLU untrained": solu_twin}.items():
    hooks = [MID, NEURONS, NEURONS if name == "GELU" else BEFORE_NORM]
    run = activations(model, tokens, hooks)
    mid[name], said[name], before[name] = (run[hook].flatten(0, 1)[some] for hook in hooks)
before_norm = before["SoLU"]


def effects(name: str) -> Float[Tensor, "row neuron"]:
    """What each neuron adds to the logit of the next piece, against the mean of all pieces."""
    return neurons.parts_of(onward[name], mid[name], said[name], next_piece[:, None])[0]


# %% [markdown]
# **Exercise 8.6** (B · 8 min · 2 points) Of all direct effects, added up over rows and neurons with their signs: which
# share is the quiet half's, that of the half of each row's neurons (rounded down) with `before` smallest in size?


# %% exercise="8.6"
def quiet_share(before: Float[Tensor, "row neuron"], effect: Float[Tensor, "row neuron"]) -> Float[Tensor, ""]:
    """The share of the effect that comes from the half of each row with the smallest activations."""
    ### BEGIN SOLUTION
    quiet = before.abs().argsort(dim=1)[:, : before.shape[1] // 2]
    return effect.gather(1, quiet).sum() / effect.sum()
    ### END SOLUTION


# %%
check("8.6", quiet_share)

# %%
of_squares = {name: quiet_share(a, a.square()).item() for name, a in before.items()}
of_effect = {name: quiet_share(a, effects(name)).item() for name, a in before.items() if name != "SoLU untrained"}
in_size = {name: quiet_share(a, effects(name).abs()).item() for name, a in before.items()}
for what, shares in {"squares": of_squares, "effect": of_effect, "effect, by size": in_size}.items():
    print(f"the quiet half has of the {what}:", ", ".join(f"{name} {share:.3%}" for name, share in shares.items()))
assert of_squares["SoLU"] < 0.0002 and 0.02 < of_effect["SoLU"] < 0.1 and of_effect["GELU"] < of_effect["SoLU"] / 2
assert in_size["SoLU untrained"] > in_size["SoLU"] + 0.05 and of_squares["SoLU untrained"] > 40 * of_squares["SoLU"]

# %% [markdown]
# A thousand times as much effect as it has squares. Contraband? The untrained twin, which has learned nothing, has
# some, too: of its effects (by size, for with their signs they add up to nothing) the quiet half has more, though for
# its squares far less: it has a hundred times as many. A direct effect takes the activations as they are *after* the
# norm, and there a neuron that says nothing isn't zero: the norm takes the mean of the row off and divides, so that all
# silent neurons of a row get the same number, minus the mean over the scale. Call that **silence**. Two experiments
# tell them apart. Set the quiet half to zero *before* the norm: what these neurons said is gone, silence stays. Or,
# after the norm, give each its average when quiet: what they said is gone, and also what silence told about the *row*.

# %%
predict(
    "8.6",
    question="The quiet half silenced before the norm, or made constant after it: what does the next piece cost more?",
    choices=["as much in both cases", "more if silenced before", "more if constant after", "0.1 nats or more in both"],
)

# %%
inner = solu_model.blocks[0].mlp.ln


def nats(name: str, values: Float[Tensor, "row neuron"]) -> float:
    """What the next piece costs with these neurons."""
    log_p = onward[name].logits(mid[name], values).log_softmax(-1)
    return -log_p.gather(1, next_piece[:, None]).mean().item()


loudness = {name: a.abs().argsort(1).argsort(1) for name, a in before.items()}  # a neuron's rank in its row, from 0
quiet = loudness["SoLU"] < 64
silenced = inner(before_norm.where(~quiet, 0))
when_quiet = (said["SoLU"] * quiet).sum(0) / quiet.sum(0).clamp_min(1)  # what each has then, on average
own = nats("SoLU", said["SoLU"])
cost = {
    "silenced before the norm": nats("SoLU", silenced) - own,
    "constant after the norm": nats("SoLU", when_quiet.where(quiet, said["SoLU"])) - own,
    "the loud half silenced": nats("SoLU", inner(before_norm.where(quiet, 0))) - own,
}
assert abs(cost["silenced before the norm"]) < 0.002 < cost["constant after the norm"] < 0.03
assert cost["the loud half silenced"] > 1
compare("8.6", {way: f"{more:+.4f} nats" for way, more in cost.items()})

# %% [markdown]
# What the quiet half says itself is worth nothing: without it the model is as good. Some thousandths of a nat hang on
# what silence tells: how large the row's mean is beside its spread. That is a message of the *loud* neurons, sent
# through the norm; one channel more than the activations show, and a narrow one. How much of the effect was silence?

# %%
silent_effect = neurons.parts_of(onward["SoLU"], mid["SoLU"], silenced, next_piece[:, None])[0]
of_silence = ((silent_effect * quiet).sum() / effects("SoLU").sum()).item()
of_the_half = quiet_share(before_norm, effects("SoLU")).item()
print(f"silence has {of_silence:.1%} of all direct effects, of the {of_the_half:.1%} that the quiet half has")
assert of_silence > 0.8 * of_the_half

# %% [markdown]
# Nearly all of it. A direct effect of a quiet neuron isn't a message of that neuron. But is a half the right place to
# cut? A SoLU needs four neurons for 90 % of the squares. Silence more of them, from the quietest on.

# %%
silent = {}  # (model, how many) → nats more, and the share of the squares that is gone
for name, n in [(name, n) for name in ("SoLU", "GELU") for n in (64, 96, 112, 120)]:
    values = before[name].where(loudness[name] >= n, 0)
    more = nats(name, inner(values) if name == "SoLU" else values) - nats(name, said[name])
    silent[name, n] = more, 1 - (values.square().sum() / before[name].square().sum()).item()
    print(f"{name} without its {n} quietest: {more:+.3f} nats for {silent[name, n][1]:.2%} of the squares")
(more_solu, squares_solu), (more_gelu, squares_gelu) = silent["SoLU", 112], silent["GELU", 64]
assert 0.002 < more_solu < 0.1 and more_solu / squares_solu > 3 * more_gelu / squares_gelu

# %% [markdown]
# So there is a little contraband. The quieter seven eighths have one or two thousandths of the squares and are worth
# some thousandths or hundredths of a nat, of the four of the loud half: for their squares many times as much as the
# GELU model's quiet half. Whoever looks at large activations alone misses a little, and for the same squares more in a
# SoLU. (Elhage et al. report *some* evidence that SoLU hides features.) And does the model need its norm?

# %%
scale = before_norm.std(1, correction=0, keepdim=True)
centred = before_norm - before_norm.mean(1, keepdim=True)
changed = {"no norm at all": before_norm, "every row divided by the mean scale": centred / scale.mean()}
changed["each by its own scale, mean kept"] = before_norm / scale
without_norm = {way: nats("SoLU", values) - own for way, values in changed.items()}
print("\n".join(f"{way}: {more:+.3f} nats" for way, more in without_norm.items()))
low, high = scale.quantile(torch.tensor([0.05, 0.95])).tolist()
print(f"the scale of a row: 5 % below {low:.2f}, 5 % above {high:.2f}")
no_norm, by_mean, mean_kept = without_norm.values()
assert high > 8 * low and no_norm > 2 and abs(mean_kept) < 0.1 and 0.05 < by_mean < 0.4

# %% [markdown]
# Most of what it costs to leave the norm out is a constant: with all rows divided by one number the model loses one to
# three tenths. Dividing *each* row by its own scale is worth no more than that, though scales vary by a factor of ten;
# taking the mean off is worth less than a tenth. (That says nothing of models that are trained without a norm.)
#
# ---
# *Half-way: a good place to stop for today.* Your answers are saved, and Run All brings everything back.
#
# ## 8.7 What a neuron says
#
# So far: when does a neuron speak? The other half is what it *says*. A unit of its activation adds its row of $W_{out}$
# to the stream, and that times $W_U$ is an effect on each logit (the mean over dimensions taken off, as the last
# LayerNorm does; its scale is left out). No text is needed for it, only weights. In GPT-2 large, Miller and Neo (2023,
# *We Found An Neuron in GPT-2*) found one neuron that is crucial for saying *an*.

# %%
in_model = {"GELU": gelu, "SoLU": solu_model}
says = {name: neurons.direct_effects(onward[name].W_out, onward[name].W_U) for name in in_model}  # [neuron, vocab]
circuits.topk_tokens(PIECES, says["GELU"][[chosen, 0]], [f"neuron {n}" for n in (chosen, 0)], k=6)

# %% [markdown]
# The language has kinds of pieces: months, counties, the second words of folk names (the kind "head"), … Is there a
# neuron that favours a *kind*, all of its pieces and not only one?
#
# **Exercise 8.7** (B · 7 min · 2 points) For each neuron the mean effect on the pieces of a group, less the mean effect
# on all other pieces, in standard deviations of its effects on *all* pieces (`correction=0`; 0 if all are alike).


# %% exercise="8.7"
def push(effect: Float[Tensor, "neuron vocab"], group: Bool[Tensor, " vocab"]) -> Float[Tensor, " neuron"]:
    """How far each neuron raises the group above all other pieces, in its own standard deviations."""
    ### BEGIN SOLUTION
    lead = effect[:, group].mean(dim=1) - effect[:, ~group].mean(dim=1)
    return lead / effect.std(dim=1, correction=0).clamp_min(1e-6)
    ### END SOLUTION


# %%
check("8.7", push)

# %% [markdown]
# For each kind the neuron that pushes it most. Two controls: groups of as many pieces *at random*, and the same kinds
# with *128 random directions* in place of the neurons' outputs.

# %%
alone = minilang.Corpus(np.arange(len(PIECES), dtype=np.int16)[:, None], *2 * [np.zeros((len(PIECES), 1))])
words = [feature for feature in texts.features if feature.token_determined and feature.family == "word"]
kinds = {word.name.split("/")[1]: torch.from_numpy(alone.labels(word)[:, 0]) for word in words}
kinds = {kind: group for kind, group in kinds.items() if 2 <= group.sum() <= 60}
dice = torch.Generator().manual_seed(SEED)
strangers = {name: neurons.direct_effects(torch.randn(128, 64, generator=dice), in_model[name].W_U) for name in says}
lots = [group[torch.randperm(len(group), generator=dice)] for group in kinds.values()]


def best_for(name: str, kind: str) -> tuple[float, int]:
    """How hard the best neuron for a kind pushes it, and which one it is."""
    pushes = push(says[name], kinds[kind])
    return pushes.max().item(), int(pushes.argmax())


mean_push = {name: np.mean([best_for(name, kind)[0] for kind in kinds]) for name in says}
for name, random_ones in strangers.items():
    mean_push[f"random in {name}"] = np.mean([push(random_ones, group).max().item() for group in kinds.values()])
mean_push["random groups"] = np.mean([push(says["GELU"], group).max().item() for group in lots])
print(f"{len(kinds)} kinds; push of the best neuron:", {k: round(float(v), 2) for k, v in mean_push.items()})

# %%
for name in says:
    clearest = sorted(((*best_for(name, kind), kind) for kind in kinds), reverse=True)[:6]
    print(name, "; ".join(f"{kind}: neuron {one}, {pushes:.1f}" for pushes, one, kind in clearest))
in_gelu, in_solu, best = mean_push["random in GELU"], mean_push["random in SoLU"], mean_push["SoLU"]
assert best > mean_push["GELU"] + 0.3 > in_gelu + 0.5 > mean_push["random groups"] + 1 and best > in_solu + 0.8

# %% [markdown]
# Random *directions* push kinds as well, about four fifths as hard as GELU neurons: pieces of a kind lie close together
# in $W_U$ (6.3), whatever one reads along. Against random *groups*, the easier control, GELU neurons would have looked
# more than twice as good. SoLU's neurons are further ahead of random directions in their model.
#
# And does the neuron that pushes a kind most *fire* where the kind comes next? Of its activation (above zero), the
# share that comes before a piece of its kind; beside it how often such a piece comes anyway.

# %%
following = torch.from_numpy(texts.tokens[:, 1:]).long().flatten()


def fires_before(name: str, kind: str) -> float:
    """Of the activation of the best neuron for a kind, the share before a piece of the kind."""
    a = acts[name][:, best_for(name, kind)[1]].clamp_min(0)
    return ((a * kinds[kind][following]).sum() / a.sum()).item()


over_all = {name: np.mean([fires_before(name, kind) for kind in kinds]) for name in says}
base = np.mean([group[following].float().mean().item() for group in kinds.values()])
print({f"{name}, all kinds": round(float(share), 3) for name, share in over_all.items()}, f"as it comes {base:.3f}")
assert over_all["SoLU"] > 2 * over_all["GELU"] > 4 * base and over_all["SoLU"] < 0.5

# %% [markdown]
# More often than by chance, and mostly elsewhere; for GELU neurons nearly always. To read a neuron by its output is as
# partial as by its top ten: here, too, one looks at the end of a long list.
#
# Now the cleanest of all these best neurons, of either model: the one with the largest share of its activation before
# its kind. What feeds it? By weights again: each piece gives it something by its own embedding, and more through each
# attention head's $W_V W_O$ to whoever attends to it (LayerNorms as if the piece were alone). Below, the pieces that
# feed it most; then, of the ten that feed it most by their embedding, how many are among the ten at which its
# activation is highest (mean over the texts; of pieces that come at least 20 times).


# %%
def fed_by(name: str, neuron: int) -> Float[Tensor, "way piece"]:
    """What each piece gives a neuron by its embedding, and through each head; less the mean of all pieces."""
    model, E = in_model[name], grids.normalised(in_model[name].W_E)
    ways = torch.stack([E, *(E @ model.W_V[0] @ model.W_O[0])]) @ model.W_in[0][:, neuron]
    return ways - ways.mean(1, keepdim=True)


def cleanest() -> tuple[str, str, int]:
    """The model, the kind and the number of the neuron with the largest share of its activation before its kind."""
    name, kind = max(((name, kind) for name in says for kind in kinds), key=lambda pair: fires_before(*pair))
    return name, kind, best_for(name, kind)[1]


clean_in, its_kind, clean = cleanest()
fed = fed_by(clean_in, clean)
assert fed.std(1).argmax() == 0
ways = ["its own embedding"] + [f"attention head {h}" for h in range(len(fed) - 1)]
circuits.topk_tokens(PIECES, fed, ways, k=6)

# %%
clean_in, its_kind, clean = cleanest()
a = acts[clean_in][:, clean].clamp_min(0)
how_often = torch.bincount(piece, minlength=len(PIECES))
at_piece = (torch.bincount(piece, weights=a, minlength=len(PIECES)) / how_often).where(how_often >= 20, 0)
by_weights = fed_by(clean_in, clean)[0].where(how_often >= 20, -torch.inf).topk(10).indices
in_both = int(torch.isin(by_weights, at_piece.topk(10).indices).sum())
topmost_share = [(a.topk(k).values.sum() / a.sum()).item() for k in (10, 200)]
before_kind = fires_before(clean_in, its_kind)
print(f"before its kind, {its_kind!r}: {before_kind:.0%} of its activation; {in_both} of ten pieces in both")
print("of its activation its 10 largest rows have {:.1%} and its 200 largest {:.0%}".format(*topmost_share))
print("meanings that carry 90 % of it (8.2):", many := meanings_needed(a, meaning, 0.9))
assert before_kind > 0.8 and in_both >= 4 and topmost_share[0] < 0.01 and topmost_share[1] < 0.2 and many > 2
highest = says[clean_in][clean].topk(6)
said_most = {PIECES[p]: value for p, value in zip(highest.indices.tolist(), highest.values.tolist())}
dashboard(clean_in, clean, upper_range(a, 8), said_most)

# %% [markdown]
# A neuron with one job: the pieces that come before its kind feed it straight from their embedding, where pieces differ
# most (an attention head may give as much, but only to whoever looks at that piece alone), and it says the kind, all
# variants at once. One *job* isn't one meaning: several come before the kind. The best of some 150 (76 kinds, two
# models) is what one shows in a paper. And even here the ten largest rows have less than a hundredth of its activation.
#
# ## 8.8 Who decides?
#
# A thing such as *fern owl* has two verbs that may follow. There are two other things made of the same words, its
# **rivals** (chapter 06), and the model must not name theirs. The logit of its own verbs less that of the rivals' is a
# sum: a part from each neuron, and a rest (attention, embedding, biases) that comes without the MLP. If neurons are
# mixed, then many of these parts say the wrong thing. How is the sum right? (Problems 4.29 and 4.30.)

# %%
all_things = [i for i, feature in enumerate(texts.features) if feature.family == "thing"]
at_thing = (meaning >= all_things[0]) & (meaning <= all_things[-1])
thing = meaning[at_thing] - all_things[0]  # [place]: which of the 105
verbs = torch.from_numpy(minilang.followers("thing"))  # [thing, 2]
trio = thing[:, None] // 3 * 3 + torch.arange(3)
rivals = trio[trio != thing[:, None]].unflatten(0, (-1, 2))
own_verbs, rival_verbs = verbs[thing], verbs[rivals].flatten(1)
at = {}  # of each model: the stream before the MLP and the neurons, at these places
for name, model in in_model.items():
    run = activations(model, tokens, [MID, NEURONS])
    at[name] = [run[hook].flatten(0, 1)[at_thing] for hook in (MID, NEURONS)]
parts = {name: neurons.parts_of(onward[name], *values, own_verbs, rival_verbs) for name, values in at.items()}

# %%
for name, (part, beside_it) in parts.items():
    lead = part.sum(1) + beside_it
    right, without_any = ((each > 0).float().mean() for each in (lead, beside_it))
    print(f"{name}: the right verbs lead at {right:.1%} of {len(lead)} places, by {lead.mean():.1f}", end="; ")
    print(f"the largest part is {part.amax(1).mean():.1f}; without any neuron they lead at {without_any:.0%}")

# %%
predict(
    "8.8",
    question="GELU: how many neurons must go, the most helpful first, before the right verbs no longer lead?",
    choices=["one", "about five", "about twenty", "more than fifty"],
)

# %% [markdown]
# **Exercise 8.8** (C · 10 min · 3 points) `part` has what each neuron adds to the difference in each text, `rest` what
# else there is. Taking a neuron out takes its part off. For each text: how many must go, as few as possible, so that
# the difference is 0 or less? (0 if it is so from the start; -1 if it stays above 0 without every neuron that helps.)


# %% exercise="8.8"
def neurons_to_flip(part: Float[Tensor, "text neuron"], rest: Float[Tensor, " text"]) -> Int[Tensor, " text"]:
    """How many neurons must go, at the least, before the right answer no longer leads; -1 where none suffice."""
    ### BEGIN SOLUTION
    total = part.sum(dim=1) + rest
    left = total[:, None] - part.clamp_min(0).sort(descending=True).values.cumsum(dim=1)
    count = torch.where(total <= 0, 0, 1 + (left > 0).sum(dim=1))
    return torch.where(count > part.shape[1], -1, count)
    ### END SOLUTION


# %%
check("8.8", neurons_to_flip)

# %%
flips = {name: neurons_to_flip(*of) for name, of in parts.items()}
against = {name: (p.clamp_max(0).sum(1) / -p.clamp_min(0).sum(1)).mean().item() for name, (p, _) in parts.items()}
one_is_enough = {name: (n == 1).float().mean().item() for name, n in flips.items()}
part, beside_it = parts["GELU"]
few = int(flips["GELU"].median())
anyhow = [part[:, torch.randperm(128, generator=dice)[:few]].sum(1) for _ in range(20)]
still = torch.stack([(part.sum(1) + beside_it - off > 0).float().mean() for off in anyhow]).mean().item()
assert one_is_enough["GELU"] < 0.04 < 0.1 < one_is_enough["SoLU"] < 0.4 and 4 <= few <= 8 and still > 0.9
assert all(0.35 < share < 0.75 for share in against.values())
curves = {name: [(n == k).float().mean().item() for k in range(16)] for name, n in flips.items()}
picture = plots.lines(list(range(16)), curves, x_title="neurons to flip", y_title="share of places")
measured = f"GELU: the median is {few}, one suffices at {one_is_enough['GELU']:.1%}; SoLU {one_is_enough['SoLU']:.0%}"
beside = f"{few} at random: still right at {still:.0%}"
also = "what speaks against it, of what speaks for it: " + ", ".join(f"{k} {v:.0%}" for k, v in against.items())
compare("8.8", measured, f"{beside}\n{also}", picture)

# %% [markdown]
# In the GELU model hardly any place is decided by one neuron. Each says many things at once, and what is wrong adds up
# to half of what is right; the sum is right all the same, and five neurons less, drawn at random, change nothing. That
# is how a superposition is read: not neuron by neuron (chapter 01 had the same with arrows). In the SoLU model one
# neuron decides at about a fifth of the places, and two or three at half of them.
#
# Mind the word *part*. It is a direct effect with the scale of the last norm frozen, and "taken out" means set to zero.
# The next section intervenes in earnest. First: who decides where there are *two* layers? At each thing we put what one
# MLP, or the attention of one layer, adds to the stream back to its mean.

# %%
two, first_texts = load_model("mini-gelu-2l", seed=TRAINING), tokens[:300]
in_text = at_thing.unflatten(0, tokens.shape)[:300]
still_right = {}
for part_of in ("nothing", "blocks.0.hook_mlp_out", "blocks.1.hook_mlp_out", "blocks.1.hook_attn_out"):

    def as_usual(value: Float[Tensor, "text position model"], hook) -> Float[Tensor, "text position model"]:
        return value.mean((0, 1)).where(in_text[..., None], value)

    with two.hooks(fwd_hooks=[(part_of, as_usual)] if part_of != "nothing" else []):
        logits = two(first_texts)[in_text]
    own_logit, rivals_logit = (logits.gather(1, asked[: len(logits)]).mean(1) for asked in (own_verbs, rival_verbs))
    still_right[part_of] = (own_logit > rivals_logit).float().mean().item()
print({part_of: f"right at {share:.0%}" for part_of, share in still_right.items()})
everything, first_mlp, second_mlp, second_attention = still_right.values()
assert everything > 0.99 and first_mlp < 0.65 < second_mlp < 0.8 < 0.85 < second_attention

# %% [markdown]
# Most depends on the first MLP: without it the right verbs lead hardly more often than by chance (a half), and all that
# comes later reads what it wrote. Without the second they still lead at seven places of ten, or a few more: about half
# of the lead over chance is gone, so it decides a good part. Without the second attention nine in ten stay right.
#
# ## 8.9 All neurons of one feature
#
# Which neurons carry one thing? (Problem 4.31.) Put neurons back to their **usual** value, their mean over all texts,
# and watch how **sure** the model is: the probability of the thing's two verbs among the 24 of all things (a blind
# guess would be 0.08). To try all sets is impossible. Three orders: **greedy** (the neuron whose removal hurts most,
# then the one that hurts most beside it, …); by **gradient** (one backward pass estimates what the removal of each
# would do: attribution patching, Nanda 2023; Syed et al. 2023); and by a **probe** (LDA, chapter 07: this thing or
# another one), by what each neuron adds to its score.
#
# **Exercise 8.9** (B · 9 min · 2 points) For the gradient: a neuron that goes back to `usual` changes by
# `usual - acts`, and to first order the answer by that times the gradient. Order all neurons by how much the answer
# *falls*, on average over the rows, the largest fall first.


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

# %%
usual, all_verbs = acts["GELU"].mean(0), verbs.unique()


def sure_of(t: int, rows: Int[Tensor, " row"]):
    """A function of the neurons in these rows: how much of the 24 verbs' probability thing t's own two have."""
    mine = (all_verbs[:, None] == verbs[t]).any(1)

    def score(values: Float[Tensor, "row neuron"]) -> Float[Tensor, " row"]:
        return onward["GELU"].logits(at["GELU"][0][rows], values)[:, all_verbs].softmax(-1)[:, mine].sum(1)

    return score


def orders_of(t: int, rows: Int[Tensor, " row"], deep: int = 8) -> dict[str, Int[Tensor, " neuron"]]:
    """The neurons by each way to choose, fitted to these rows."""
    values, score = at["GELU"][1][rows], sure_of(t, rows)
    with torch.enable_grad():
        leaf = values.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(score(leaf).log().sum(), leaf)
    by_gradient = attribution_order(values, usual, gradient)
    at_others = at["GELU"][1][(thing != t).nonzero().flatten()[::3]]
    is_t = (torch.arange(len(values) + len(at_others)) < len(values))[:, None]
    weights = fit_lda(torch.cat([values, at_others]), is_t).weight.squeeze()
    by_probe = (weights * (values.mean(0) - at_others.mean(0))).argsort(descending=True)
    first = sets.greedy_order(values, usual, deep, score)
    greedy = torch.cat([first, by_gradient[~torch.isin(by_gradient, first)]])
    return {"greedy": greedy, "gradient": by_gradient, "probe": by_probe}


# %%
predict(
    "8.9",
    question="How many of the 128 neurons must be as usual, in the best order, until the model is unsure (below 0.5)?",
    choices=["one", "about four", "about twenty", "more than sixty"],
)

# %%
sizes, falls = [0, 1, 2, 4, 8, 16, 32, 64, 128], {}
enough = (torch.bincount(thing, minlength=105) >= 12).nonzero().flatten()
twelve = enough[torch.randperm(len(enough), generator=torch.Generator().manual_seed(SEED))[:12]].tolist()
for t in tqdm(twelve):
    rows = (thing == t).nonzero().flatten()
    fit, test = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    lots = {f"random {i}": torch.randperm(128, generator=dice) for i in range(5)}
    for way, order in (orders_of(t, fit) | lots).items():
        fallen = sets.fall(at["GELU"][1][test], usual, order, sizes, sure_of(t, test))
        falls.setdefault(way.split()[0], []).append(fallen)

sure = {way: torch.stack(each).mean(0) for way, each in falls.items()}
halved = {way: (torch.stack(each) > 0.5).sum(1).float() for way, each in falls.items()}  # how many sizes are above 0.5
needed_sizes = {way: sizes[min(int(n.median()), len(sizes) - 1)] for way, n in halved.items()}
assert sure["gradient"][4] < 0.5 and sure["greedy"][4] < 0.35 and sure["random"][4] > 0.8
assert all(sure[way][7] < sure[way][8] for way in ("greedy", "gradient"))
over_sizes = {way: each[1:6].mean() for way, each in sure.items()}  # 1 to 16 neurons
assert over_sizes["greedy"] < over_sizes["gradient"] < over_sizes["probe"] < over_sizes["random"]
assert max(needed_sizes["greedy"], needed_sizes["gradient"]) <= 16 and needed_sizes["random"] >= 64
curves = {way: each.tolist() for way, each in sure.items()}
at_sizes = [max(k, 0.5) for k in sizes]  # a logarithmic axis has no 0
picture = plots.lines(at_sizes, curves, x_title="neurons as usual (0.5: none)", y_title="p of its verbs", log_x=True)
compare("8.9", f"half of the things are lost by the size {needed_sizes}", picture)

# %% [markdown]
# A handful, if well chosen (here four, for half of the things); of random ones it takes half of the layer. So a thing
# is neither in one neuron nor in all: in a *sparse* set, on other texts than those it was chosen on. The gradient, at
# the price of one backward pass, comes close to greedy choice (which was chosen eight neurons deep, and follows the
# gradient from there). In both the model is less sure with 64 as usual than with all: those left speak against it. The
# probe is poorest: what tells a thing best isn't what the model reads (chapter 07), or ten places are too few.
#
# Is it *its* set? Put back the first eight by gradient: at the thing, at sharers of a verb, at others; and 8 by lot.


# %%
def fall_at(t: int, eight: Int[Tensor, " neuron"]) -> float:
    """How much surer the model is of thing t than with these neurons as usual, where they weren't chosen."""
    rows = (thing == t).nonzero().flatten()
    rows = rows[len(rows) // 2 :]
    before_and_after = sets.fall(at["GELU"][1][rows], usual, eight, [0, 8], sure_of(t, rows))
    return (before_and_after[0] - before_and_after[1]).item()


harm = {}
for t in tqdm(enough[::4].tolist()):
    rows = (thing == t).nonzero().flatten()
    eight = orders_of(t, rows[: len(rows) // 2], deep=0)["gradient"][:8]
    by_lot = torch.randperm(128, generator=dice)[:8]
    for other in sorted({t, *enough[::2].tolist()}):
        shares_verb = bool(torch.isin(verbs[t], verbs[other]).any())
        whose = "itself" if other == t else "shares a verb" if shares_verb else "the rest"
        harm.setdefault(whose, []).append(fall_at(other, eight))
    for other in enough[::10].tolist():
        harm.setdefault("eight at random", []).append(fall_at(other, by_lot))
harm = {whose: sum(falls) / len(falls) for whose, falls in harm.items()}
print("the model is less sure by", {whose: round(fallen, 3) for whose, fallen in harm.items()})
assert harm["itself"] > 0.4 and harm["itself"] > 3 * harm["shares a verb"]
assert harm["shares a verb"] > harm["the rest"] + 0.02 and harm["the rest"] < harm["eight at random"] + 0.06

# %% [markdown]
# Mostly its own, also at places where they weren't chosen. Things with a verb in common lose more than the rest, and
# the rest hardly more than by eight at random: sets overlap, it seems, by what they *say*. (105 sets can't be apart.)
#
# ## 8.10 From weights alone
#
# When does a neuron of this layer fire at the *s* of a thing? One should be able to *calculate* it (problem 4.32). The
# *s* (the link, chapter 06) attends to the two words; each head takes of them what its $W_V W_O$ takes, in shares that
# the softmax gives; $W_{in}$ adds it up. `grids.pair_grid` does that with matrices and runs nothing: all 15 firsts × 21
# seconds, for each neuron what it *receives*, before its GELU. It pretends that heads look only at the pair, the link
# (put at position 24), and the beginning of the text. Beside it the measured grid, from texts.

# %%
link = PIECES.index("s")
first_piece, second_piece = (tokens.flatten()[at_thing.nonzero().flatten() - back] for back in (2, 1))
firsts, first_at = first_piece.unique(return_inverse=True)
seconds, second_at = second_piece.unique(return_inverse=True)
PRE = "blocks.0.mlp.hook_pre"
received = activations(gelu, tokens, [PRE])[PRE].flatten(0, 1)[at_thing]
measured_in = grids.measured_grid(received, first_at, second_at)  # nan where a pair never came
worked_out = grids.pair_grid(gelu, firsts, seconds, link, at=24)
if_uniform = grids.pair_grid(gelu, firsts, seconds, link, at=24, uniform=True)
there = ~measured_in[..., 0].isnan()
print(f"{int(there.sum())} of {there.numel()} pairs came in the texts")


def alike(a: Float[Tensor, "pair neuron"], b: Float[Tensor, "pair neuron"]) -> float:
    """The correlation over the pairs, mean over the neurons."""
    return F.cosine_similarity(a - a.mean(0), b - b.mean(0), dim=0).mean().item()


# %%
agree = {
    "received": alike(worked_out[there], measured_in[there]),
    "activation": alike(F.gelu(worked_out[there]), F.gelu(measured_in[there])),
    "received, attention uniform": alike(if_uniform[there], measured_in[there]),
}
print({what: round(value, 2) for what, value in agree.items()})
assert agree["received"] > 0.9 and agree["activation"] > 0.8
assert agree["received, attention uniform"] < agree["received"] - 0.1

# %% [markdown]
# From weights alone the grids come out nearly as measured; if every piece gets the same attention they come out worse.
#
# Now the question from chapter 06: three firsts and three seconds make nine pairs with three meanings, crossed, and no
# score for the first plus a score for the second tells them apart. How much of what a neuron receives *is* a sum?

# %%
predict(
    "8.10",
    question="The share that is no sum of a score for the first and one for the second: received, and after the GELU?",
    choices=["much of either", "little received, much after", "much received, little after", "little of either"],
)

# %% [markdown]
# **Exercise 8.10** (C · 10 min · 2 points) The best sum gives each cell of the grid the mean of its row plus the mean
# of its column, less the mean of all. For each neuron: which share of its variance is left? (0 if it never changes.)


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

# %%
act_grid = F.gelu(worked_out)
best_sum = worked_out.mean(0) + worked_out.mean(1, keepdim=True) - worked_out.mean((0, 1))
no_sum = {
    "received": beyond_a_sum(worked_out),
    "activation": beyond_a_sum(act_grid),
    "activation, of the best sum": beyond_a_sum(F.gelu(best_sum)),
    "received, attention uniform": beyond_a_sum(if_uniform),
}
share = {what: each.mean().item() for what, each in no_sum.items()}
assert share["received"] < 0.2 and share["activation"] > share["received"] + 0.2
assert share["activation, of the best sum"] > 0.7 * share["activation"]
loud = int((act_grid.std((0, 1)) * no_sum["activation"]).argmax())
down, across = (act_grid[..., loud].mean(axis).argsort(descending=True) for axis in (1, 0))  # the largest first
named = {"rows": [PIECES[p] for p in firsts[down]], "columns": [PIECES[p] for p in seconds[across]]}
titles = {"x_title": "second word", "y_title": "first word", "value_title": "activation above 0"}
picture = plots.heat_map(act_grid[down][:, across, loud].clamp_min(0), **named, **titles)
compare("8.10", {what: round(value, 2) for what, value in share.items()}, f"neuron {loud}:", picture)

# %% [markdown]
# What a neuron receives is nearly a sum (not quite: a softmax is none); its activation is not. The bend does most of
# it: neurons that received the best sum alone would come close. One that needs *both* words to get over its threshold
# fires in a corner of the grid, rows and columns in order of their means (an order that favours corners). A corner
# isn't a meaning, whose three cells lie scattered; but each pair has its own mixture, for $W_{out}$ to weigh (8.8).
#
# ## 8.11 Break it
#
# If a neuron is shared, whoever fires it with one meaning disturbs the other. Can a text make the model say what isn't
# so, by interference alone? (Problem 4.33.) The rules: the pair stays as it is, so the right verbs are known. Before it
# we may exchange pieces for others of the same kind: a month for a month, a county for a county. The **score** is the
# log of the 22 wrong verbs' probability over that of the two right ones: above 0 the wrong ones get more.
#
# Which exchange? To try all takes many runs. The gradient of the score with respect to the embedding at each place
# tells in advance, to first order (Ebrahimi et al. 2018, *HotFlip*).
#
# **Exercise 8.11** (C · 10 min · 3 points) `gradient` says how the score changes with the embedding at each place, `E`
# has the embedding of each piece, `tokens` the text. Of all exchanges that are `allowed`, which one promises to raise
# the score most? Return its place and the new piece.


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

# %% [markdown]
# The attack below, on `gelu` and on `wide` (6,400 neurons, 8.12), doesn't call your function: `attack.attack` works out
# the same promises, tries the 24 best ones, and keeps the best, if it raises the score. "Random": 24 by chance.

# %%
predict(
    "8.11",
    question="Six exchanges, each the best of 24 that the gradient chose: in how many of 12 texts do wrong verbs win?",
    choices=["hardly any", "about a third", "more than half", "all"],
)


# %%
def wrong_over_right(t: int):
    """The score at a place of thing t, of the logits there."""
    right, wrong = verbs[t], all_verbs[~torch.isin(all_verbs, verbs[t])]
    return lambda logits: logits[:, wrong].logsumexp(-1) - logits[:, right].logsumexp(-1)


def victims(n: int) -> list[tuple[Int[Tensor, " position"], int]]:
    """Texts up to the end of a thing's name, with at least 20 pieces before it, and the thing."""
    places = at_thing.nonzero().flatten()
    document, position = places // tokens.shape[1], places % tokens.shape[1]
    late = (position >= 22).nonzero().flatten()
    late = late[torch.randperm(len(late), generator=torch.Generator().manual_seed(SEED))[:n]]
    return [(tokens[document[i], : position[i] + 1], int(thing[i])) for i in late]


# %%
same_kind, wide = torch.from_numpy(minilang.exchangeable()), load_model("mini-wide-1l")
broken, of_texts = {}, victims(12)
for name, model in {"narrow": gelu, "wide": wide}.items():
    for way in ("gradient", "random"):
        luck = None if way == "gradient" else torch.Generator().manual_seed(SEED)
        found = []
        for text, t in tqdm(of_texts, desc=f"{name}, {way}", leave=False):
            may, score = torch.arange(len(text)) < len(text) - 3, wrong_over_right(t)
            found.append(attack.attack(model, text, may, same_kind, score, rounds=6, tried=24, generator=luck))
        broken[name, way] = torch.tensor([each.scores for each in found])  # [text, exchanges]

# %%
lines = {f"{name}, {way}": scores.mean(0).tolist() for (name, way), scores in broken.items()}
lines["half and half"] = [0.0] * 7
wins = {f"{name}, {way}": int((scores[:, -1] > 0).sum()) for (name, way), scores in broken.items()}
logits_at = onward["GELU"].logits(*at["GELU"])
natural = torch.stack([wrong_over_right(int(t))(row[None])[0] for t, row in zip(thing, logits_at)])
picture = plots.lines(list(range(7)), lines, x_title="exchanges", y_title="score, mean")
beside = f"{len(natural)} places (1000 texts) as they come: mean {natural.mean():.1f}, worst {natural.max():.1f}"
rise = {way: (scores[:, -1] - scores[:, 0]).mean().item() for way, scores in broken.items()}
assert min(rise.values()) >= 0 and max(rise["narrow", "gradient"], rise["narrow", "random"]) < 1
ends = {way: scores[:, -1].mean().item() for way, scores in broken.items()}
assert ends["wide", "gradient"] < ends["narrow", "gradient"] and ends["wide", "random"] < ends["narrow", "random"]
assert wins["narrow, gradient"] + wins["narrow, random"] <= 2 and natural.max() < 0
compare("8.11", f"wrong verbs win in {wins} of 12", beside, picture)

# %% [markdown]
# Hardly any. Exchanges move the score by some tenths, where it would take about three; the gradient finds little more
# than chance does; no text as it comes fools the model; and the wide model starts further from being fooled and stays
# so. Why so little, where neurons are so mixed? Look at what reaches them: how much of the attention at the *s* of a
# thing falls on its two words, by attention head.

# %%
(pattern,) = activations(gelu, tokens[:300], ["blocks.0.attn.hook_pattern"]).values()  # [text, head, query, key]
document, query = at_thing.unflatten(0, tokens.shape)[:300].nonzero(as_tuple=True)
on_pair = sum(pattern[document, :, query, query - back] for back in (1, 2)).mean(0)
print("attention on the pair:", [round(share, 3) for share in on_pair.tolist()])
assert on_pair.max() > 0.9

# %% [markdown]
# One head at least gives the pair nearly all it has. Attention isn't effect, and the measured grid of 8.10 is a mean
# over texts; but the attack says it, too: what stands before hardly gets in the way. The neurons are shared, and what
# would fire them together is, it seems, kept apart by *attention* (chapter 01: superposition is cheap where features
# don't meet). An attacker who may only write text has it hard, here. (CLIP, a large model of pictures and texts, was
# fooled by a word on a sheet of paper: Goh et al. 2021, *Multimodal Neurons in Artificial Neural Networks*.)
#
# So let two meanings meet. **Patching** can do what no text does: at a place of one thing we add what the neurons have
# at another one, a stranger (less the usual value). Are the verbs of *both* among its first four of the 24?

# %%
dealt = torch.randperm(len(thing), generator=torch.Generator().manual_seed(SEED))
stranger = thing[dealt]
apart = ~(verbs[thing][:, :, None] == verbs[stranger][:, None]).flatten(1).any(1)  # no verb in common
ones = at["GELU"][1]
among_four = {}
other = ones[dealt] - usual
shuffled = other[:, torch.randperm(128, generator=dice)]  # of the same size, and says nothing
for way, added in {"own neurons": 0 * other, "both added": other, "shuffled added": shuffled}.items():
    logits = onward["GELU"].logits(at["GELU"][0], ones + added)[apart][:, all_verbs]
    first_four = all_verbs[logits.topk(4, dim=1).indices]
    for whose, two_verbs in {"its own": verbs[thing], "the stranger's": verbs[stranger]}.items():
        among = (two_verbs[apart][:, :, None] == first_four[:, None]).any(2)
        among_four[f"{way}, {whose}"] = among.float().mean().item()
print("among the first four:", {what: f"{share:.0%}" for what, share in among_four.items()})
own_alone, strange_alone, own_beside, strange_beside, own_shuffled, strange_shuffled = among_four.values()
assert own_alone > 0.99 and strange_alone < 0.15 and 0.58 < own_beside < 0.72 and 0.5 < strange_beside < 0.65
assert own_shuffled < own_beside + 0.15 and strange_shuffled < strange_beside - 0.25

# %% [markdown]
# Without the addition the four contain its own two, and the stranger's as chance has it (2 of the other 22). With it
# over half of the stranger's come through, and a third of its own is lost. Do they get in each other's way, then? The
# control says: hardly more than anything of that size would. Shuffled, the addition costs its own verbs nearly as much.
# (In training two things are never on together, so that nothing had to be learned about it.)
#
# ## 8.12 Does width dissolve it?
#
# With 128 neurons the model *must* mix. `wide` has 6,400, fifty times as many (a hundred for each dimension of the
# stream), on the same language. Does each meaning get its neuron (problem 4.42)? To save memory we look at a third of
# the places of pairs and senses, and as many others. ("Best of 128": over things and senses.)

# %%
contextual = [i for i, f in enumerate(texts.features) if f.family in ("thing", "place", "call", "frase", "sense")]
is_pair = torch.isin(meaning, torch.tensor(contextual))
others = (~is_pair).nonzero().flatten()
others = others[torch.randperm(len(others), generator=dice)[: int(is_pair.sum())]]
at_rows = torch.cat([is_pair.nonzero().flatten(), others])[::3]
asked = {family: [i for i in contextual if texts.features[i].family == family][:32] for family in ("thing", "sense")}
holds = {f"{family}s": meaning[at_rows][:, None] == torch.tensor(which) for family, which in asked.items()}


def of_layer(model) -> Float[Tensor, "row neuron"]:
    """The neurons at these rows."""
    read = activations(model, tokens, [READ])[READ].flatten(0, 1)[at_rows]
    return F.gelu(read @ model.W_in[0] + model.b_in[0])


def show(facts: dict[str, dict[str, float]]) -> None:
    """A column for each layer."""
    print(f"{'':38}" + "".join(f"{name:>14}" for name in facts))
    for fact in next(iter(facts.values())):
        print(f"{fact:38}" + "".join(f"{of[fact]:14.2f}" for of in facts.values()))


# %%
layers = {"narrow": gelu, "wide": wide, "wide, before": load_model("mini-wide-1l", tokens=0)}
here = (holds, meaning[at_rows], dice)  # 32 things and 32 senses; `neurons.in_short` measures what the table shows
facts = {name: neurons.in_short(of_layer(model), *here) for name, model in tqdm(layers.items(), desc="layers")}
loss = {name: model(tokens[:200], return_type="loss").item() for name, model in {"narrow": gelu, "wide": wide}.items()}
print({name: f"{value:.2f} nats" for name, value in loss.items()})
show(facts)

# %% [markdown]
# **Exercise 8.12** (A · 5 min · 1 point) Which account fits the table? Answer with a letter.
#
# - **a** With room enough each meaning gets a neuron of its own.
# - **b** The layer uses about as many neurons as the narrow one has, and the others are dead.
# - **c** The best neurons are better than the narrow model's, and the average neuron is still mixed.
# - **d** Nothing is different: width doesn't matter to what single neurons stand for.
# - **e** Training alone did it: before it, the wide layer has no neuron as good as the narrow model's.
# - **f** Each neuron got purer: of 128 drawn at random the best beats the narrow model's best.

# %% exercise="8.12"
### BEGIN SOLUTION
account = "c"
### END SOLUTION

# %%
check("8.12", account)

# %% tags=["solution-only"]
# the claims of the answer
of_narrow, of_wide, of_twin = ([*of.values()] for of in facts.values())
assert of_wide[0] > of_narrow[0] + 0.05 and of_wide[1] > of_narrow[1] + 0.2 and max(of_wide[:2]) < 0.85
assert of_twin[1] > of_narrow[1] and of_wide[0] > of_twin[0] + 0.1 and of_wide[1] > of_twin[1] + 0.1
assert of_wide[2] < of_narrow[2] + 0.03 and 50 < of_wide[3] < of_narrow[3] - 20 and of_wide[5] < 0.01
assert loss["narrow"] < loss["wide"] < loss["narrow"] + 0.15

# %% [markdown]
# The best neurons for senses come near to standing for one of them, those for things don't, and an average neuron, less
# mixed than the narrow model's, still needs about sixty meanings. (*At these places* the narrow model's need about a
# hundred; in 8.2, over all places, it was about two thirds of that.) So room is not reason enough. (The loss asks for
# right answers; that a neuron can be named is nowhere paid for.) And a best of 6,400 is a better best than one of 128:
# even *untrained*, the wide layer has better neurons for senses than the trained narrow one; and of 128 of the trained
# wide layer, drawn at random, the best is no better than the narrow model's, give or take a few hundredths. (The losses
# aren't equal: the wide model, which has read fewer texts, is some hundredths of a nat behind.) In toy models Scherlis
# et al. (2022) work out how much of a dimension each feature gets where they have to share, and Lecomte et al. (2024,
# *What Causes Polysemanticity?*) how, by the luck of the start, they share where they needn't.
#
# ## 8.13 Do copies part?
#
# Another way to make room (problem 4.44): copy each neuron of the *trained* narrow model ten times, each a tenth as
# loud, add noise of the same length as its input weights, freeze all but the MLP, and train on. `quiet`, the control,
# has no noise. How alike are copies, by cosines, in what they listen to ($W_{in}$) and what they say ($W_{out}$)?

# %%
choices = ["near 0: they part", "about as before", "more: they come together", "1: they are one again"]
predict("8.13", question="What two noisy copies listen to: 0.5 before training. And after it?", choices=choices)

# %%
noisy, copied = "mini-copied-1l", {}
for name, of, read in [("noisy, before", noisy, 0), ("noisy", noisy, None), ("quiet", "mini-copied-1l-quiet", None)]:
    copied[name] = load_model(of, seed=TRAINING, tokens=read)
hear = {name: neurons.among_copies(model.W_in[0].T, 10) for name, model in copied.items()}
say = {name: neurons.among_copies(model.W_out[0], 10) for name, model in copied.items()}
cosines = {"listen to, before": hear["noisy, before"], "listen to, trained": hear["noisy"]}
cosines["say, trained"] = say["noisy"]
for when, name in {"before": "noisy, before", "trained": "noisy"}.items():  # ten different neurons in place of copies
    mixed_up = copied[name].W_in[0].T.unflatten(0, (128, 10)).transpose(0, 1).flatten(0, 1)
    cosines[f"listen to, {when}, different neurons"] = neurons.among_copies(mixed_up, 10)
at_first, now, said_now, others_at_first, others_now = (each.mean().item() for each in cosines.values())
nearer = (hear["noisy"] > hear["noisy, before"]).float().mean().item()
of_quiet = min(hear["quiet"].min().item(), say["quiet"].min().item())
assert at_first + 0.04 < now < 0.8 and nearer > 0.9 and others_now < 0.15 and of_quiet > 0.999
assert now - at_first > others_now - others_at_first > 0.02
assert said_now < 0.8 < 0.999 < say["noisy, before"].min()
title, means = "mean cosine of a neuron's copies", {what: round(c.mean().item(), 2) for what, c in cosines.items()}
picture = plots.densities(cosines, x_title=title, y_title="density", value="cosine", ends=(-0.2, 1))
picture.data[4].line.dash = "dot"
compare("8.13", means, f"nearer in {nearer:.0%} of the neurons; quiet: all 1.000", picture)

# %% [markdown]
# They come nearer. *Different* ones draw a little nearer, too (from about 0.02 to 0.07); that may explain most of it.
# What they *say*, the same for all ten at first, differs afterwards. Quiet ones stay equal: equals get equal gradients.
# (And what says nearly the same gets nearly the same gradient: a likely reason for the rest.) Is a copy purer?

# %%
with_copies = tqdm({"narrow": gelu, **copied}.items(), desc="copies")
of_copies = {name: neurons.in_short(of_layer(model), *here) for name, model in with_copies}
stream_there = activations(gelu, tokens, [READ])[READ].flatten(0, 1)[at_rows]
of_copies["1,280 random"] = neurons.in_short(random_gelus(stream_there, 1280, SEED), *here)
costs = {name: model(tokens[:400], return_type="loss").item() for name, model in {"narrow": gelu, **copied}.items()}
print({name: f"{value:.3f} nats" for name, value in costs.items()})
show(of_copies)
of_one, of_begun, of_noisy, of_even, of_luck = ([*of.values()] for of in of_copies.values())
assert costs["narrow"] - 0.03 < costs["noisy"] < costs["quiet"] - 0.003
assert costs["quiet"] < costs["narrow"] + 0.02 < costs["noisy, before"] - 0.05
assert all(min(of_noisy[i], of_begun[i]) > of_one[i] + 0.05 for i in (0, 1)) and of_noisy[0] < of_begun[0] + 0.02
assert of_luck[0] > of_noisy[0] and abs(of_noisy[1] - of_luck[1]) < 0.1
assert of_noisy[1] - of_begun[1] < 0.12 and of_noisy[1] - of_begun[1] < of_even[1] - of_one[1] + 0.06
assert max(of_noisy[3], of_even[3]) < of_one[3] < of_begun[3] and abs(of_noisy[3] - of_even[3]) < 6

# %% [markdown]
# No. Ten that differ are worth a hundredth of a nat more than ten that are equal; but they don't specialise. The best
# of 1,280 are better than the narrow model's; so they were *before* training, by the noise. Training took some of it
# back for things, in nearly every draw; what it added for senses, a tenth at most, it added to the quiet ones as well.
# 1,280 random directions, never trained, are better at things and about as good at senses. On average neurons are less
# mixed than in the narrow model; so are the quiet ones, which can't share anything: training on did that, not the
# copies. Without its control each of these would have been a finding.
#
# ## What you know now
#
# **Shown**, and true of any model: a logit difference is a sum of parts, one for each neuron and a rest; what a silent
# neuron "says" after a LayerNorm is the row's, not its own; in one layer weights and a softmax give what it receives.
#
# **Measured**, on three trainings of each small model (the wide one has one). An average neuron needs more than fifty
# meanings for 90 % of its activation, and its top ten show about one in fifteen of them, or fewer. SoLU neurons are
# purer at the top and no purer overall. Measures of purity disagree, with the truth and without, and heavy tails are no
# sign of it. The quiet half of a SoLU smuggles nothing, the quieter seven eighths a little. A handful of neurons
# carries a thing in the GELU model, hardly ever one alone. Within the language's own form hardly a text we tried makes
# the model confuse things. Width alone doesn't sort them out, nor do copies.
#
# **Not shown**: anything about models of other sizes or languages that nobody designed; that no model smuggles; that
# people find more neurons readable in large SoLU models (the raters of Elhage et al. did); that meanings as we cut them
# are the model's own; that copies wouldn't part with another noise, or trained longer.

# %%
quiz("8")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapters 09 and 10, sparse autoencoders**: if the neurons aren't the units, find directions that are.
# - **Chapter 11, circuits**: from "who carries it" to "who passes it to whom".
# - Problems 4.29 to 4.33 and 4.37 to 4.44 on your own terms: other families, two layers, a penalty on activations.
