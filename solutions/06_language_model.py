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
#   course: {chapter: "06", title: A language model whose truth is known, reading: 53, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 6. A language model whose truth is known
#
# Toy models were told their features. A language model isn't: it reads text, and whoever opens it has to guess what
# the features were. Here we need not guess. The language is generated, every piece of every text carries the labels
# of 470 features, and small transformers were trained on it. So each claim about the inside can be held against the
# truth.
#
# **You will**
# - read a made-up language, and label a feature that depends on what came before;
# - compare a model with the best that any model could do, and find what one layer cannot;
# - see what it costs to keep 859 pieces in 64 dimensions;
# - open the model with TransformerLens: attention, logits part by part, patching, ablation;
# - watch induction appear during training;
# - ask three open questions about the geometry of features, with controls, and take the answers as they come.
#
# **You need** chapters 00 (features as directions, a cached forward pass) and 01 (interference). What a transformer is
# you should have seen once: attention heads and MLPs that read from a stream of vectors and add to it.
# **Time** about {minutes} minutes, best in two sittings (the place to stop is marked, after 6.6); {exercises}
# exercises, {points} points.
#
# **Sources** Elhage et al. 2021, *A Mathematical Framework for Transformer Circuits*; Olsson et al. 2022, *In-context
# Learning and Induction Heads*; Elhage et al. 2022, *Toy Models of Superposition*; Wang et al. 2022, *Interpretability
# in the Wild*; Welch 1974, *Lower Bounds on the Maximum Cross Correlation of Signals*; Nanda 2022, *200 Concrete Open
# Problems in Mechanistic Interpretability*, problems 4.25 to 4.27. What is measured on our language says what methods
# find when the truth is as we made it, not what other models are like.

# %% tags=["setup"]
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, plots, predict, progress, quiz, solution
from course_utils.lm import NoNetwork, load_model
from course_utils.lm.mini import SPECS
from course_utils.minilang import PIECES, lexicon
from course_utils.widgets import circuits

# %% [markdown]
# `SEED` decides which texts are read, `TRAINING` which of the three trainings that come with the course is opened. The
# limits in the `assert`s were met by all three, on seven draws of texts each (`bench/bands.py 06` runs these cells).

# %%
SEED = 0
TRAINING = 0  # 0, 1 or 2
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# ## 6.1 One word, two features
#
# Seven kinds of text. Read them: you will look at hundreds.

# %%
corpus = minilang.sample(1000, seed=SEED)
tokens = torch.from_numpy(corpus.tokens).long()  # [document, position]
genre = np.array(corpus.genres())
genres = sorted(set(genre.tolist()))
for name in genres:
    print(f"--- {name} ---\n{corpus.text(int(np.argmax(genre == name)))}\n")

# %% [markdown]
# A text is 64 **pieces**: words with the space before them, endings (`s`, `ed`), parts of names. Each place has its
# labels, and the price of its piece under the process that wrote it, in **nats**: minus the log of its true
# probability given all that came before. Nobody can guess better than that on average. Hover over a piece.

# %%
tale = int(np.argmax(genre == "tale"))
circuits.colored_tokens([PIECES[i] for i in corpus.tokens[tale]], corpus.nats[tale])

# %% [markdown]
# White is free (the grammar leaves one choice), blue costs. Who it is about is a real choice, and so is the topic.
# After that much follows. Choose a feature below to see where it holds.

# %%
told = ["tense/past", "tense/present", "gender/woman", "gender/man", *(f"topic/{topic}" for topic in lexicon.TOPICS)]
told += ["word/preposition", "sentence position/first piece", "reference/an occupation again"]
shown = [name for name in told if corpus.labels(name)[tale].any()]
held = np.stack([corpus.labels(name)[tale] for name in shown], axis=-1)
circuits.colored_tokens_multi([PIECES[i] for i in corpus.tokens[tale]], held.astype(float), shown)

# %%
predict(
    "6.1",
    question="Of the 470 features, how many does the piece alone decide, so that an embedding gives them?",
    choices=["about a fifth", "about half", "nearly all"],
)

# %%
free = sum(feature.token_determined for feature in corpus.features)
compare(
    "6.1", f"{free} of {len(corpus.features)}, or {free / len(corpus.features):.0%}; the others depend on the context"
)
assert free == 97 and len(corpus.features) == 470

# %% [markdown]
# The others need what came before. A *bat* is an animal in a tale about a garden, where it flutters or squeaks, and a
# thing of wood in a tale about sport, where it cracks or splinters. Sixteen such **homonyms** have two senses each,
# and the topic decides: the topic of the latest topic noun (*rose*, *ball*, …).

# %% [markdown]
# **Exercise 6.1** (B · 8 min · 2 points) Label a sense: True where the piece is `word` and the latest topic noun
# before it is one of `topic`. `topic_of` gives for every piece of the vocabulary its topic (1, 2, …), or 0 if it is no
# topic noun. (`word` is none.)


# %% exercise="6.1"
def sense_labels(
    tokens: Int[Tensor, "document position"], topic_of: Int[Tensor, " vocab"], word: int, topic: int
) -> Bool[Tensor, "document position"]:
    """Where `word` stands in a text whose latest topic noun so far is of `topic`."""
    ### BEGIN SOLUTION
    noun = topic_of[tokens]
    position = torch.arange(tokens.shape[1]) * (noun > 0)
    latest = position.cummax(dim=1).values  # where the latest topic noun stands; 0 before the first
    return (tokens == word) & (noun.gather(1, latest) == topic)
    ### END SOLUTION


# %%
check("6.1", sense_labels)

# %% [markdown]
# Against the labels that come with the language, for all 32 senses:

# %%
topic_of = torch.zeros(len(PIECES), dtype=torch.long)
topics = list(lexicon.TOPICS)
for number, nouns in enumerate(lexicon.TOPICS.values(), start=1):
    topic_of[[PIECES.index(f" {noun}") for noun in nouns]] = number
is_tale = torch.from_numpy(genre == "tale")[:, None]

# %%
for word, senses in lexicon.HOMONYMS.items():
    for topic in senses:
        mine = sense_labels(tokens, topic_of, PIECES.index(f" {word}"), topics.index(topic) + 1) & is_tale
        assert np.array_equal(mine.numpy(), corpus.labels(f"sense/{word} ({topic})")), (word, topic)
print("32 senses, 64,000 places each: the same labels")

# %% [markdown]
# ## 6.2 The price of every piece
#
# Two transformers have read some million pieces of it: `model` with one layer and `deep` with two, both with 64
# dimensions, 4 heads and 128 neurons a layer. After each piece they give a logit to each of the 859 pieces that may
# come next.

# %%
print("The first model takes some seconds: TransformerLens is loaded as well.")
model = load_model("mini-gelu-1l", seed=TRAINING)
deep = load_model("mini-gelu-2l", seed=TRAINING)

# %%
log_p = model(tokens[tale : tale + 1])[0].log_softmax(-1)
circuits.token_log_probs(tokens[tale], log_p, PIECES)

# %% [markdown]
# Hover: for each piece the model's best guesses. To judge them we need numbers.

# %% [markdown]
# **Exercise 6.2** (B · 7 min · 2 points) What every piece but the first cost the model, in nats.


# %% exercise="6.2"
def next_piece_loss(
    logits: Float[Tensor, "document position vocab"], tokens: Int[Tensor, "document position"]
) -> Float[Tensor, "document predicted"]:
    """Minus the log probability of each piece given those before it; one fewer than there are positions."""
    ### BEGIN SOLUTION
    log_p = logits[:, :-1].log_softmax(dim=-1)
    return -log_p.gather(-1, tokens[:, 1:, None]).squeeze(-1)
    ### END SOLUTION


# %%
check("6.2", next_piece_loss)

# %% [markdown]
# TransformerLens has it built in (`loss_per_token`), and we use that for the rest of the chapter. Now the comparison.
# The **floor** of a genre is the mean price of a piece under the process itself. Two of the genres, lists and keys,
# are random and then copied.

# %%
predict(
    "6.2",
    question="Where will the model with one layer stay far above the floor?",
    choices=["everywhere a little", "in notes: too many names", "in lists and keys: copies", "in code: brackets"],
)


# %%
def price(model, tokens: Int[Tensor, "document position"]) -> Float[Tensor, "document predicted"]:
    """Nats for each piece but the first, some texts at a time."""
    parts = tokens.split(125)
    return torch.cat([model(part, return_type="loss", loss_per_token=True) for part in parts])


def by_genre(values: Float[Tensor, "document predicted"]) -> Float[Tensor, " genre"]:
    return torch.stack([values[torch.from_numpy(genre == name)].mean() for name in genres])


# %%
price_1, price_2 = price(model, tokens), price(deep, tokens)
floor = by_genre(torch.from_numpy(corpus.nats[:, 1:]))
if_news = by_genre(torch.from_numpy(corpus.nats_uncopied[:, 1:]))  # to a reader for whom each copy is news
losses = {"one layer": by_genre(price_1), "two layers": by_genre(price_2)}
plots.losses_and_floors(losses, {"floor": floor, "if copies were news": if_news}, genres)

# %%
above = {name: dict(zip(genres, (loss - floor).tolist(), strict=True)) for name, loss in losses.items()}
copying = ("list", "keys")
compare("6.2", "one layer, nats above the floor: " + ", ".join(f"{g} {v:.2f}" for g, v in above["one layer"].items()))
assert all(-0.05 < above["one layer"][g] < 0.1 for g in genres if g not in copying)
assert all(-0.05 < above["two layers"][g] < 0.15 for g in genres)
assert above["one layer"]["list"] > 0.8 and above["one layer"]["keys"] > 0.8

# %% [markdown]
# In five genres one layer is nearly as good as anything could be (0.01 to 0.04 nats above). In lists and keys it pays
# for the copies. As if they were news? Not quite: in keys two thirds of that, in lists less than half. So it must know
# something. Guess: it knows which items are in this list, and picks one of them blindly.

# %%
is_list = torch.from_numpy(genre == "list")[:, None]
is_new, is_copied = (torch.from_numpy(corpus.labels(f"copy/{kind}")) & is_list for kind in ("new", "copied"))
n_items = is_new.sum(dim=1, keepdim=True).clamp_min(1)
is_first = is_copied & ((is_copied.cumsum(dim=1) - 1) % n_items == 0)  # the first item of a round
new_item, first_item, other_item = (price_1[mask[:, 1:]].mean() for mask in (is_new, is_first, is_copied & ~is_first))
blind = n_items.log().expand_as(price_1)[(is_copied & ~is_first)[:, 1:]].mean()  # all items of the list equally likely
print(f"an item of a list: new {new_item:.2f}; copied, first of its round {first_item:.2f}, others {other_item:.2f}")
print(f"picked blindly from the items of its list: {blind:.2f}")
assert new_item > 4.5 and first_item < 0.1 and blind - 0.6 < other_item < blind + 0.2
assert above["one layer"]["keys"] > 0.5 * (if_news - floor)[genres.index("keys")]

# %% [markdown]
# Nearly so. The first item after the colon it knows; for the others it pays little less than a blind pick. So one layer
# knows *which* items come, and little of their *order*. A second layer changes that; 6.10 shows how. What the model
# does *inside* to come so close to the floor elsewhere is the question of the other exercises.

# %% [markdown]
# ## 6.3 859 arrows in 64 dimensions
#
# Every piece enters as a vector of 64 numbers, its row of the embedding $W_E$. At most 64 vectors can be orthogonal.
# So there must be interference, before the model has computed anything. How much, at the least?

# %% [markdown]
# **Exercise 6.3** (B · 8 min · 2 points) Take $n = 859$ arrows of length 1 in $m = 64$ dimensions and all cosines
# between two different ones. How small can the *root mean square* of these cosines be? Within 0.05 %. (Exercise 1.8 has
# what their squares must add up to at least: the bound of Welch 1974.)

# %% exercise="6.3"
### BEGIN SOLUTION
n, m = 859, 64
least_cosine = ((n / m - 1) / (n - 1)) ** 0.5
### END SOLUTION

# %%
check("6.3", least_cosine)

# %%
predict(
    "6.3",
    question="Random arrows have 0.125. Training can move them. The trained embedding has …",
    choices=["less, near the smallest possible", "the same as random", "more"],
)


# %%
def cosines(rows: Float[Tensor, "row model"]) -> Float[Tensor, " pair"]:
    """Of every two different rows."""
    unit = F.normalize(rows, dim=1)
    return (unit @ unit.T)[torch.ones(len(rows), len(rows)).triu(1).bool()]


untrained = load_model("mini-gelu-1l", seed=TRAINING, tokens=0)
rng = torch.Generator().manual_seed(SEED + 10_000)  # another than the one that the untrained model was drawn with
random_arrows = torch.randn(len(PIECES), 64, generator=rng)
embeddings = {"trained": model.W_E, "untrained": untrained.W_E, "random": random_arrows}
plots.cosine_densities({name: cosines(E) for name, E in embeddings.items()})

# %%
rms = {name: cosines(E).square().mean().sqrt().item() for name, E in embeddings.items()}
compare("6.3", ", ".join(f"{name} {value:.3f}" for name, value in rms.items()) + "; at the least 0.120")
assert abs(rms["random"] - 0.125) < 0.002 and abs(rms["untrained"] - 0.125) < 0.002
assert 0.135 < rms["trained"] < 0.2

# %% [markdown]
# *More*. Training didn't spread the arrows out, it pulled some together: look at the right end. Who are the
# neighbours?

# %%
unit_E = F.normalize(model.W_E, dim=1)
for piece in (" fern", "ton", " Kent", " Maria", " once"):
    near = (unit_E @ unit_E[PIECES.index(piece)]).topk(6)
    print(f"{piece!r:9}", ", ".join(f"{PIECES[i]!r} {v:.2f}" for i, v in zip(near.indices[1:], near.values[1:])))

# %%
# the claim below, checked: nothing to do here
counties = [PIECES.index(f" {county}") for county in lexicon.COUNTIES]
kin = cosines(model.W_E[counties]).mean().item()
assert kin > 0.4, kin

# %% [markdown]
# Pieces that are used alike lie close together: counties with counties, halves of place names with each other,
# Spanish *once* (eleven) with *dos* and *tres*. A direction that they share could serve as one feature, "is a county".
# Superposition in a real embedding is not only a matter of packing; what is packed has structure.

# %% [markdown]
# ## 6.4 Read a sum of pieces
#
# Why would interference matter? One piece at a time is read perfectly: its reading with itself is 1, with any other
# less. But a head that attends to several places *adds up* what it finds there. How many pieces can be added before
# the sum can't be read any more?

# %% [markdown]
# **Exercise 6.4** (B · 9 min · 2 points) Each bag holds k different pieces. Give every arrow length 1, add up those in
# the bag, read the sum with all arrows, and take the k pieces with the largest readings. Return for each bag the share
# of its pieces that are among them.


# %% exercise="6.4"
def read_bags(E: Float[Tensor, "piece model"], bags: Int[Tensor, "bag k"]) -> Float[Tensor, " bag"]:
    """The share of each bag that is read back from the sum of its arrows."""
    ### BEGIN SOLUTION
    unit = E / E.norm(dim=1, keepdim=True)
    readings = unit[bags].sum(dim=1) @ unit.T
    top = readings.topk(bags.shape[1], dim=1).indices
    return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)
    ### END SOLUTION


# %%
check("6.4", read_bags)

# %%
predict(
    "6.4",
    question="Up to how many pieces does the trained embedding read nearly all (90 %) of a bag?",
    choices=["2", "8", "16", "64: one per dimension"],
)

# %%
sizes, rng = [1, 2, 3, 4, 6, 8, 12, 16, 24], torch.Generator().manual_seed(SEED)
bags = {k: torch.stack([torch.randperm(len(PIECES), generator=rng)[:k] for _ in range(2000)]) for k in sizes}
shares = {name: [read_bags(E, bags[k]).mean().item() for k in sizes] for name, E in embeddings.items()}
compare("6.4", ", ".join(f"{k} pieces: {share:.0%}" for k, share in zip(sizes[:6], shares["trained"])))
assert shares["trained"][1] > 0.9 > 0.8 > shares["trained"][2] and shares["random"][2] > 0.95
assert all(a < b for a, b in zip(shares["trained"][2:], shares["random"][2:]))
plots.lines(sizes, shares, x_title="pieces in a bag", y_title="share read back")

# %% [markdown]
# Two. Random arrows manage three, nearly four, and the trained ones are worse, since pieces of a kind are confused with
# each other. The read-off here is the simplest there is (chapter 03 has better ones), and the model has others: it
# need not know *which* county, where any will do. But keep it in mind for everything below: what a head brings is a
# blur.

# %% [markdown]
# ## 6.5 What does a head look at?
#
# Run the model with a cache, and look at the attention of the four heads. Each row is a piece that looks, each column
# a piece that is looked at.

# %%
text = "One day Ada, a nurse, walks past the rose. The bat"
logits, cache = model.run_with_cache(text)
names = model.to_str_tokens(text)
for name in ("hook_embed", "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_z", "blocks.0.mlp.hook_post"):
    print(f"{name:28} {list(cache[name].shape)}")
circuits.attention_heads(names, cache["blocks.0.attn.hook_pattern"][0])

# %% [markdown]
# The whole list of names is `list(cache)`. `hook_z` is what each head has collected, before its output matrix $W_O$
# turns it into 64 dimensions.
#
# One picture is an anecdote. To say what a head does, state where it should look and measure over many texts.

# %% [markdown]
# **Exercise 6.5** (B · 8 min · 2 points) `target` marks, for every query, the keys we have in mind. For each head:
# the attention that falls on the targets of a query, added up, and averaged over all queries that have any target.


# %% exercise="6.5"
def attention_on(
    pattern: Float[Tensor, "document head query key"], target: Bool[Tensor, "document query key"]
) -> Float[Tensor, " head"]:
    """How much of its attention each head puts on the targets."""
    ### BEGIN SOLUTION
    on_target = (pattern * target[:, None]).sum(dim=(0, 2, 3))
    return on_target / target.any(dim=-1).sum()
    ### END SOLUTION


# %%
check("6.5", attention_on)

# %%
predict(
    "6.5",
    question="From a homonym, the heads look at the topic nouns before it. How is that shared out?",
    choices=["all four heads alike", "one head does most of it", "none: the topic is in the embedding"],
)


# %%
def patterns(model, tokens: Int[Tensor, "document position"], layer: int) -> Float[Tensor, "document head query key"]:
    name = f"blocks.{layer}.attn.hook_pattern"
    return model.run_with_cache(tokens, names_filter=[name])[1][name]


tales = tokens[is_tale[:, 0]]
before = torch.ones(64, 64, dtype=torch.bool).tril(-1)
homonym = torch.zeros(len(PIECES), dtype=torch.bool)
homonym[[PIECES.index(f" {word}") for word in lexicon.HOMONYMS]] = True
to_noun = homonym[tales][:, :, None] & (topic_of[tales] > 0)[:, None] & before
previous = torch.eye(64).roll(1, dims=0).tril(-1).bool().expand(len(tales), -1, -1)

# %%
tale_patterns = patterns(model, tales, 0)
at_noun, at_previous = attention_on(tale_patterns, to_noun), attention_on(tale_patterns, previous)
untrained_at_noun = attention_on(patterns(untrained, tales, 0), to_noun)
rows = torch.stack([at_noun, at_previous, untrained_at_noun])
compare("6.5", f"from a homonym to topic nouns: {[round(v, 2) for v in at_noun.tolist()]}")
assert at_noun.max() > 0.25 and untrained_at_noun.max() < 0.12
labels = ["homonym → topic nouns", "all → the piece before", "the first, untrained"]
plots.heat_map(rows, rows=labels, columns=[f"head {h}" for h in range(4)], value_title="attention")

# %% [markdown]
# ## 6.6 A logit, part by part
#
# The stream at the last position is a sum: the embedding, the position, four heads, the attention's bias, the MLP.
# The logit of a word is one reading of it. So each part has its share, and the shares add up: **direct logit
# attribution**.
#
# Between the stream and the reading stands a last LayerNorm: take off the mean over the dimensions, divide by the
# standard deviation (the **scale**, `ln_final.hook_scale`).
# $$ \text{logit}_v = \frac{x - \bar x}{\text{scale}} \cdot u_v + b_v, \qquad x = x_\text{embed} + x_\text{pos} + \sum_h
# x_h + x_\text{bias} + x_\text{MLP} $$
#
# Here $u_v$ is the column of the unembedding $W_U$ that belongs to word $v$, and $b_v$ its bias; $\bar x$ is the mean
# of the 64 numbers of $x$; $x_h$ is what head $h$ has written.

# %% [markdown]
# **Exercise 6.6** (B · 12 min · 3 points) The effect of each part on a logit, for several texts at once: each has its
# own scale and its own direction $u_v$.


# %% exercise="6.6"
def direct_effects(
    parts: Float[Tensor, "part text model"], scale: Float[Tensor, " text"], direction: Float[Tensor, "text model"]
) -> Float[Tensor, "part text"]:
    """What each part adds to the reading along `direction`, after the last LayerNorm."""
    ### BEGIN SOLUTION
    centred = parts - parts.mean(dim=-1, keepdim=True)
    return (centred * direction).sum(dim=-1) / scale
    ### END SOLUTION


# %%
check("6.6", direct_effects)

# %% [markdown]
# Four texts, each before a word that needs knowledge. The bat of the garden flutters; the other bat splinters; *fern
# owls* belong to a folk name of two pieces whose meaning allows *roam* and *yawn* and nothing else; and *Hol·ford*
# lies in one of two counties.

# %%
texts = {
    "One day Ada, a nurse, walks past the rose. The bat": " flutter",
    "One day Ada, a nurse, walks past the ball. The bat": " splinter",
    "Field notes from Winton, Dorset, June: Two fern owls": " yawn",
    "Late one night Tom, a doctor, strolls to the oar. He stays in Holford,": " Norfolk",
}


def stream_parts(text: str) -> tuple[Float[Tensor, "part model"], Tensor, Tensor]:
    """At the last position of a text: the parts of the stream, the last scale, the logits."""
    logits, cache = model.run_with_cache(text)
    heads = torch.einsum("hk,hkm->hm", cache["blocks.0.attn.hook_z"][0, -1], model.W_O[0])
    alone = [cache["hook_embed"], cache["hook_pos_embed"], cache["blocks.0.hook_mlp_out"]]
    embed, position, mlp = (part[0, -1] for part in alone)
    parts = torch.stack([embed, position, *heads, model.b_O[0], mlp])
    return parts, cache["ln_final.hook_scale"][0, -1, 0], logits[0, -1]


# %%
parts, scale, last_logits = (torch.stack(each) for each in zip(*map(stream_parts, texts), strict=True))
parts = parts.transpose(0, 1)  # [part, text, model]
words = torch.tensor([PIECES.index(word) for word in texts.values()])
rank = [(row > row[word]).sum().item() for row, word in zip(last_logits, words)]
print("rank of the word among all 859:", rank)
assert max(rank) <= 2

# %%
effects = direct_effects(parts, scale, model.W_U[:, words].T)
total = effects.sum(dim=0) + model.b_U[words]
model_says = last_logits[torch.arange(4), words]
print("added up  ", [f"{v:.3f}" for v in total.tolist()])
print("the model ", [f"{v:.3f}" for v in model_says.tolist()])
assert torch.allclose(total, model_says, atol=1e-3)
part_names = ["embedding", "position", *(f"head {h}" for h in range(4)), "attention's bias", "MLP"]
plots.heat_map(effects, rows=part_names, columns=list(texts.values()), y_title="part", value_title="logit")

# %% [markdown]
# They add up to the last digit: the attribution is exact. (Our models' unembedding is centred, so a logit counts from
# the average over all words.) In all four the MLP contributes most of what the word gets *directly*. That doesn't
# make it the source of the knowledge: an MLP reads what the heads wrote. Direct effects show the last step of a
# computation. To follow it back we must intervene.
#
# ---
# *Half-way: a good place to stop for today.* Your answers are saved, and Run All brings the models back.

# %% [markdown]
# ## 6.7 Change one thing
#
# Two texts that differ in one word, *rose* or *ball*, sixteen pieces each. Run one, but at a single place put in the
# activation from the other: **activation patching**. If the answer moves, that place matters.
# <br>*Vig et al. 2020, "Investigating Gender Bias in Language Models Using Causal Mediation Analysis"; Meng et al.
# 2022, "Locating and Editing Factual Associations in GPT".*
#
# In TransformerLens a **hook** is a function that is called with an activation and may return another to go on with.
# What it does is up to you.

# %% [markdown]
# **Exercise 6.7** (A · 5 min · 1 point) Return `own` with the output of one head at one position taken from `other`.
# Leave `own` itself as it is.


# %% exercise="6.7"
def patched_head(
    own: Float[Tensor, "text position head d_head"],
    other: Float[Tensor, "text position head d_head"],
    position: int,
    head: int,
) -> Float[Tensor, "text position head d_head"]:
    """`own`, but for one head at one position, which is as in `other`."""
    ### BEGIN SOLUTION
    result = own.clone()
    result[:, position, head] = other[:, position, head]
    return result
    ### END SOLUTION


# %%
check("6.7", patched_head)

# %% [markdown]
# Sixteen homonyms, each with one noun of either topic. What we watch is the logit of the two verbs of the first sense
# against those of the second (as probabilities, the log of their ratio).

# %%
pairs = [(word, *senses.items()) for word, senses in lexicon.HOMONYMS.items()]


def prompts(side: int) -> Int[Tensor, "pair position"]:
    opening = "One day Ada, a nurse, walks past the"
    return model.to_tokens([f"{opening} {lexicon.TOPICS[p[1 + side][0]][0]}. The {p[0]}" for p in pairs])


def verbs(side: int) -> Int[Tensor, "pair 2"]:
    return torch.tensor([[PIECES.index(f" {verb}") for verb in p[1 + side][1].split()] for p in pairs])


def leaning(logits: Float[Tensor, "pair position vocab"]) -> Float[Tensor, " pair"]:
    """Log of how much likelier the verbs of the first sense are than those of the second."""
    first, second = (logits[:, -1].gather(1, verbs(side)).logsumexp(1) for side in (0, 1))
    return first - second


# %%
first, second = prompts(0), prompts(1)
first_logits, _ = model.run_with_cache(first)
second_logits, donor = model.run_with_cache(second)
unpatched, goal = leaning(first_logits), leaning(second_logits)
print(model.to_str_tokens(first[0]), f"leans {unpatched[0]:+.1f}, with the other noun {goal[0]:+.1f}")
right = ((unpatched > 0) & (goal < 0)).sum().item()
print(f"the model knows both senses of {right} of 16 homonyms")
assert right >= 14

# %% [markdown]
# First the whole stream, one position at a time: 0 if the answer stays, 1 if it becomes that of the other text.
# `resid_pre` is the stream before the layer, `resid_mid` after the attention has written to it, and `resid_post` after
# the MLP has; `attn_out` and `mlp_out` are what those two write.


# %%
def moved(hook_name: str, hook) -> float:
    """How far the answers move to those of the other text when this hook is at work; mean over the homonyms."""
    logits = model.run_with_hooks(first, fwd_hooks=[(hook_name, hook)])
    return ((leaning(logits) - unpatched) / (goal - unpatched)).mean().item()


def at_position(position: int, name: str):
    def hook(own, hook):
        result = own.clone()
        result[:, position] = donor[name][:, position]
        return result

    return hook


# %%
sites = ["hook_resid_pre", "hook_attn_out", "hook_mlp_out", "hook_resid_post"]
length = first.shape[1]
effect = torch.tensor([[moved(f"blocks.0.{s}", at_position(i, f"blocks.0.{s}")) for i in range(length)] for s in sites])
pieces = [f"{i} {piece}" for i, piece in enumerate(model.to_str_tokens(first[0]))]
print({site: round(value, 2) for site, value in zip(sites, effect[:, -1].tolist())}, "at the last position")
plots.heat_map(effect, rows=sites, columns=pieces, value_title="moved", x_title="position")

# %% [markdown]
# At the last position `mlp_out` alone moves most of the answer, though the MLP there got everything from the heads. The
# rest goes from the heads to the logits directly: two ways, the longer one much the stronger.
#
# Now each head at the last position, with your function.

# %%
name = "blocks.0.attn.hook_z"
by_head = [
    moved(name, lambda own, hook, head=head: patched_head(own, donor[name], length - 1, head)) for head in range(4)
]
print("heads at the homonym:", [round(v, 2) for v in by_head], " together", round(effect[1, -1].item(), 2))

# %%
# the claims above and below, checked: nothing to do here
elsewhere = [*range(12), 13, 14, 15]
assert effect[0, 12] > 0.99 and effect[0, elsewhere].abs().max() < 0.01
assert effect[1, -1] > 0.99 and effect[1:, :-1].abs().max() < 0.01
assert 0.6 < effect[2, -1] < 0.98

# %% [markdown]
# ## 6.8 Who carries the topic?
#
# **Exercise 6.8** (A · 4 min · 1 point · needs 6.7) Which account fits the map? Answer with a letter.
#
# - **a** The MLP at the noun finds the topic and sends it to the homonym.
# - **b** The noun's embedding holds the topic; heads at the homonym fetch it; from there it is in the stream of the
#   homonym.
# - **c** The topic spreads through all positions between the noun and the homonym.
# - **d** The homonym's own embedding holds both senses, and the model needs nothing else to choose.

# %% exercise="6.8"
### BEGIN SOLUTION
carrier = "b"
### END SOLUTION

# %%
check("6.8", carrier)

# %% [markdown]
# In a model of one layer nothing else was possible, and that is a good check of the method. In a deep model the same
# map is how one finds out. Two warnings. Patching shows that a place *suffices* to change the answer here; another
# place may do the same job (then neither is necessary). And one pair of texts tells about one pair of texts: take
# many.

# %% [markdown]
# ## 6.9 Take a head out
#
# The opposite question: what breaks without it? **Mean ablation** replaces a component's output by its mean over many
# texts, so that it still says something usual, and says nothing about this text.

# %% [markdown]
# **Exercise 6.9** (B · 7 min · 2 points · needs 6.7) Replace the output of one head, everywhere, by its mean over all
# texts and positions. The other heads stay, and so does `values` itself.


# %% exercise="6.9"
def mean_ablated(
    values: Float[Tensor, "document position head d_head"], head: int
) -> Float[Tensor, "document position head d_head"]:
    """`values`, with one head's output the same everywhere."""
    ### BEGIN SOLUTION
    result = values.clone()
    result[:, :, head] = values[:, :, head].mean(dim=(0, 1))
    return result
    ### END SOLUTION


# %%
check("6.9", mean_ablated)

# %%
predict(
    "6.9",
    question="Meanings of pairs (fern owl) and senses of homonyms (bat): which of them suffer when the MLP is gone?",
    choices=["only the pairs", "only the senses", "both", "neither: heads do that"],
)

# %% [markdown]
# What we measure: how much more the next piece costs, by genre, and after a place where a feature of some family
# holds.

# %%
families = ["thing", "place", "call", "frase", "sense", "pronoun"]
holds = {
    family: corpus.label_matrix([f for f in corpus.features if f.family == family]).any(-1)[:, :-1]
    for family in families
}
holds |= {name: np.repeat((genre == name)[:, None], 63, axis=1) for name in genres}
holds = {name: torch.from_numpy(mask) for name, mask in holds.items()}


def harm(hook_name: str, hook) -> Float[Tensor, " group"]:
    """Rise of the loss in every group of places while the hook is at work."""
    with model.hooks(fwd_hooks=[(hook_name, hook)]):
        more = price(model, tokens) - price_1
    return torch.stack([more[mask].mean() for mask in holds.values()])


# %%
def constant(own, hook):
    return own.mean(dim=(0, 1), keepdim=True).expand_as(own)


without_mlp = harm("blocks.0.hook_mlp_out", constant)
without_attention = harm("blocks.0.hook_attn_out", constant)
rise = dict(zip(holds, without_mlp.tolist(), strict=True))
compare("6.9", ", ".join(f"{family} {rise[family]:+.1f}" for family in families) + " nats without the MLP")

# %%
no_head = [
    harm("blocks.0.attn.hook_z", lambda own, hook, head=head: mean_ablated(own, head)) for head in tqdm(range(4))
]
table = torch.stack([without_mlp, without_attention, *no_head], dim=1)
columns = ["no MLP", "no attention", *(f"no head {h}" for h in range(4))]
plots.heat_map(table, rows=list(holds), columns=columns, value_title="nats")

# %%
# the claims around here, checked: nothing to do here
assert all(rise[family] > 1 for family in ("thing", "place", "call", "frase", "sense"))
now = {family: rise[family] + price_1[holds[family]].mean().item() for family in families}
print("without the MLP, in all:", {family: round(nats, 1) for family, nats in now.items()})
assert sum(nats > np.log(len(PIECES)) for nats in now.values()) >= 3

# %% [markdown]
# Everything suffers without the MLP, senses as much as pairs. Mind the size, though. Not to know a meaning costs about
# 2 nats, and a uniform guess among all 859 pieces costs ln 859 = 6.8 in all. Who pays more is not ignorant but
# confidently wrong: with its MLP saying the same everywhere, the model is in a state that training never showed it. So
# the MLP is *used* for all of them, and the number of nats says little about how much it knows.
#
# Does it *compute* them all? That is another question, and ablation can't answer it: the MLP also turns what is known
# already into logits.
#
# Ask instead what can be read off. A linear read-out (multinomial logistic regression, half of the places to fit,
# half to test) gets the stream before the MLP or after it, and must name the meaning: one of 105 things, or one of 32
# senses.


# %%
def read_out(x: Float[Tensor, "place model"], label: Int[Tensor, " place"]) -> float:
    """Share of the held-out places whose label a linear read-out names."""
    half, classes = len(x) // 2, int(label.max()) + 1
    x = (x - x[:half].mean(0)) / x[:half].std(0)
    W, b = torch.zeros(x.shape[1], classes, requires_grad=True), torch.zeros(classes, requires_grad=True)
    steps = torch.optim.LBFGS([W, b], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        steps.zero_grad()
        value = F.cross_entropy(x[:half] @ W + b, label[:half]) + 1e-4 * W.square().sum()
        value.backward()
        return value

    steps.step(loss)
    return ((x[half:] @ W + b).argmax(1) == label[half:]).float().mean().item()


# %% [markdown]
# It needs the places where a family's features hold, and what the model has in its stream there.


# %%
def places_of(family: str, texts: str, n: int) -> tuple[Int[Tensor, "document position"], Tensor, Tensor]:
    """Texts of one genre, where a feature of the family holds in them, and which one."""
    more = minilang.sample(n, seed=SEED + 1000)
    chosen = np.array(more.genres()) == texts
    label = more.label_matrix([f for f in more.features if f.family == family])[chosen]
    return torch.from_numpy(more.tokens[chosen]).long(), torch.from_numpy(label.any(-1)), torch.from_numpy(label)


def streams(model, texts: Int[Tensor, "document position"], where: Bool[Tensor, "document position"], names: list[str]):
    """The activations of those hooks at the marked places: [place, model] each."""
    found = {name: [] for name in names}
    for part, mask in zip(texts.split(250), where.split(250)):
        _, cache = model.run_with_cache(part, names_filter=names)
        for name in names:
            found[name].append(cache[name][mask])
    return {name: torch.cat(parts) for name, parts in found.items()}


# %%
seen = {}


def note(read, hook) -> None:
    seen["read"] = read


def stranger(own, hook):
    """What an untrained MLP makes of the same input, as long as what the trained one says."""
    other = untrained.blocks[0].mlp(seen["read"])
    return other * own.norm() / other.norm()


exchanged = [("blocks.0.mlp.hook_in", note), ("blocks.0.hook_mlp_out", stranger)]

# %% [markdown]
# As a control the same read-out gets a stream in which an *untrained* MLP stands in the place of the trained one: the
# same attention before it, other weights, an output of the same length.

# %%
predict(
    "6.9b",
    question="How many of the 105 things can be read off after an untrained MLP in the trained one's place?",
    choices=["as many as before the MLP", "about one in 105", "as many as after the trained one"],
)

# %%
around = ["blocks.0.hook_resid_mid", "blocks.0.hook_resid_post"]
accuracy, kept = {}, {}
for family, texts_of, n in tqdm([("thing", "notes", 6000), ("sense", "tale", 6000)]):
    read, where, label = places_of(family, texts_of, n)
    which = label[where].int().argmax(-1)
    kept[family] = streams(model, read, where, around), which
    accuracy[family] = [read_out(kept[family][0][name], which) for name in around]
    with model.hooks(fwd_hooks=exchanged):
        strange = streams(model, read, where, around[1:])[around[1]]
    mixed_up = which[torch.randperm(len(which), generator=rng)]
    accuracy[family] += [read_out(strange, which), read_out(kept[family][0][around[1]], mixed_up)]
before_mlp, after_mlp, after_strange, _ = (f"{share:.0%}" for share in accuracy["thing"])
compare("6.9b", f"{after_strange}; before the MLP {before_mlp}, after the trained one {after_mlp}")
plots.heat_map(
    torch.tensor(list(accuracy.values())),
    rows=["105 things", "32 senses"],
    columns=["before the MLP", "after the MLP", "after an untrained one", "after, labels shuffled"],
    value_title="named rightly",
)

# %%
# the claims below, checked: nothing to do here
assert accuracy["sense"][0] > 0.95 and accuracy["sense"][1] > 0.95
assert 0.3 < accuracy["thing"][0] < 0.93 and accuracy["thing"][1] > 0.95
assert accuracy["thing"][1] - accuracy["thing"][0] > 0.06
assert abs(accuracy["thing"][2] - accuracy["thing"][1]) < 0.05 and max(accuracy[f][3] for f in accuracy) < 0.1

# %% [markdown]
# The senses are all there before the MLP: a word *and* a topic, both of them in the stream, and their sum tells the
# sense. The things are not all there. Their spellings are crossed: if a read-out adds a score for *fern* and a score
# for *owl* and takes the largest sum, it names at most seven of nine pairs rightly, 78 % (`docs/mini_language.md`
# shows why). Attention can exceed that, since a softmax is no sum, and in some trainings it does. After the MLP nearly
# all are there.
#
# So the MLP computes them? Look at the third column. An untrained MLP does it just as well! Many random features
# with a nonlinearity make products readable, for whoever fits a read-out with labels (Rahimi and Recht 2007, *Random
# Features for Large-Scale Kernel Machines*). The read-out shows that a nonlinearity is needed, not that training made
# this one for it. But the model has a reader of its own, the unembedding, that was fitted to this MLP. What does *it*
# make of the exchange?

# %%
with model.hooks(fwd_hooks=exchanged):
    price_exchanged = price(model, tokens)
for family in families:
    own, other = (each[holds[family]].mean().item() for each in (price_1, price_exchanged))
    print(f"{family:8} next piece: {own:.2f} nats with its own MLP, {other:.2f} with an untrained one")
    assert other > own + 1, family

# %% [markdown]
# It can't use it. What training has made is not that the meanings *can* be read off but that they can be read off
# *where the rest of the model looks*. Three questions, three methods: is it used (ablate), is it there (read, and put
# an untrained part in the place as a control), can the rest of the model read it (exchange). Chapter 07 is about what
# the second can and can't tell.

# %% [markdown]
# ## 6.10 Where an induction head should look
#
# Back to the lists: `… A B … A`. A model that looks up what came after the earlier A can copy. One layer can't do
# that: the key at B would have to say "after A", and in the first layer it says only "B", and where it stands. With
# two layers, a **previous-token head** in the first writes to B what came before it, and an **induction head** in the
# second looks for it.
# <br>*Elhage et al. 2021; Olsson et al. 2022.*

# %% [markdown]
# **Exercise 6.10** (B · 9 min · 2 points · needs 6.5) For each query, mark the keys where an induction head should
# look: the pieces right after an earlier copy of the query's piece. (In `A A`, the second may look at itself.)


# %% exercise="6.10"
def induction_targets(tokens: Int[Tensor, "document position"]) -> Bool[Tensor, "document query key"]:
    """True where the key stands right after an earlier copy of the query's piece."""
    ### BEGIN SOLUTION
    copy = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(copy)
    target[:, :, 1:] = copy[:, :, :-1]
    return target.tril()
    ### END SOLUTION


# %%
check("6.10", induction_targets)

# %%
copies = {}
for form in copying:
    chosen = torch.from_numpy(genre == form)
    new, copied = (torch.from_numpy(corpus.labels(f"copy/{kind}"))[chosen] for kind in ("new", "copied"))
    copies[form] = tokens[chosen], new, copied
lists, new, copied = copies["list"]
second_layer = patterns(deep, lists, 1)
circuits.attention_heads([PIECES[i] for i in lists[0]], second_layer[0])


# %%
def needed(copied: Bool[Tensor, "document position"]) -> Bool[Tensor, "document query 1"]:
    """Queries whose next piece is a copy: there induction is wanted."""
    return torch.cat([copied[:, 1:], torch.zeros_like(copied[:, :1])], dim=1)[:, :, None]


print("attention of the second layer's heads to what came after the earlier copy:")
for form, (read, _, again) in copies.items():
    induction = attention_on(patterns(deep, read, 1), induction_targets(read) & needed(again))
    print(f"{form:5}", [round(v, 2) for v in induction.tolist()])
    assert induction.max() > 0.5 and (induction > 0.4).sum() >= 2

# %%
cost = {"one layer": price(model, lists), "two layers": price(deep, lists)}
for name, each in cost.items():
    print(f"{name:10}  a new item {each[new[:, 1:]].mean():.2f} nats, a copied one {each[copied[:, 1:]].mean():.3f}")
assert cost["two layers"][copied[:, 1:]].mean() < 0.1 < 1.5 < cost["one layer"][copied[:, 1:]].mean()

# %% [markdown]
# Not one induction head but several: two or more of the four do the same job.
#
# ### When it happened
#
# Checkpoints of a model with two layers (training 0). Before you look:

# %%
predict(
    "6.10",
    question="How does the cost of copied items fall over the 16 million pieces of training?",
    choices=[
        "steadily from start to end",
        "not at first, then within a few million pieces",
        "at once, in the first steps",
    ],
)


# %%
def induction_of(deep, texts: str) -> list[float]:
    """A copied piece in nats, a new one in nats, the attention of the best induction head; of the first 60 texts."""
    read, new, copied = (of_all[:60] for of_all in copies[texts])
    each = price(deep, read)
    found = attention_on(patterns(deep, read, 1), induction_targets(read) & needed(copied))
    return [each[copied[:, 1:]].mean().item(), each[new[:, 1:]].mean().item(), found.max().item()]


# %%
end = SPECS["mini-gelu-2l"].tokens
at = [0, *SPECS["mini-gelu-2l"].checkpoints, end]
millions = [n / 1e6 for n in at]
stages = [load_model("mini-gelu-2l", tokens=n if n < end else None) for n in tqdm(at)]
history = {form: torch.tensor([induction_of(stage, form) for stage in stages]) for form in copying}
costs = {
    "lists, copied": history["list"][:, 0],
    "keys, copied": history["keys"][:, 0],
    "lists, new": history["list"][:, 1],
}
plots.lines(millions, costs, x_title="million pieces read", y_title="nats").show()
found = {"lists": history["list"][:, 2], "keys": history["keys"][:, 2]}
plots.lines(millions, found, x_title="million pieces read", y_title="attention of the best head")
half_way = {}
for form, values in history.items():
    falling = values[:, 0]
    half_way[form] = next(n for n, nats in zip(millions, falling) if nats < falling[1] / 2)
    print(f"{form:5}", " ".join(f"{n:.1f}M {nats:.2f}" for n, nats in zip(millions, falling)))
    assert falling[1] > 4.5 and falling[-1] < 0.2 and values[1:, 1].max() - values[1:, 1].min() < 0.4
compare(
    "6.10", f"half-way at {half_way['list']:.1f} million pieces in lists, at {half_way['keys']:.1f} million in keys"
)
assert 1.5 < half_way["list"] < half_way["keys"] - 1 < 6

# %% [markdown]
# First neither, then two falls: lists, and keys about two million pieces later. New items cost nearly the same from
# the first checkpoint on. On its way down the cost in lists passes 1.9 nats, what one layer reaches, without a stop:
# this model doesn't learn first *which* items come and then their order. In larger models the appearance of induction
# is seen as a bump in the loss curve (Olsson et al. 2022).
#
# ### What feeds it?
#
# By the textbook, a head of the first layer that looks at the piece before. Does this model have one? Where do the
# four heads look from a new item, in the first round of a list?

# %%
first_layer = patterns(deep, lists, 0)
back = torch.arange(64)[:, None] - torch.arange(64)  # how many pieces before the query a key stands
targets = {"the piece before": back == 1, "two before": back == 2, "three before": back == 3}
looks = {name: attention_on(first_layer, target & new[:, :, None]) for name, target in targets.items()}
head_names = [f"head {h}" for h in range(4)]
plots.heat_map(torch.stack(list(looks.values())), rows=list(looks), columns=head_names, value_title="attention")

# %% [markdown]
# The textbook's head would have a value near 1 in the first row. And what does induction lose without each of them?

# %%
for head in range(4):
    with deep.hooks(fwd_hooks=[("blocks.0.attn.hook_z", lambda own, hook, head=head: mean_ablated(own, head))]):
        remains = attention_on(patterns(deep, lists, 1), induction_targets(lists) & needed(copied)).max()
        nats = price(deep, lists)[copied[:, 1:]].mean()
    print(f"without head {head}: a copied item costs {nats:.2f} nats, the best induction head looks {remains:.2f}")

# %% [markdown]
# Is the head that looks most at the piece before the one that is missed most? Not in every training (try `TRAINING =
# 1`): the heads share the work, as they do in the second layer. (In GPT-2 small Wang et al. 2022 found heads that step
# in when others are taken out.) So ask about the *place* instead. Blind all four heads to what stands one piece
# before, or two, or three.

# %%
left = {}
for form, (read, _, again) in copies.items():
    left[form] = []
    for distance in (0.5, 1, 2, 3):  # no key stands half a piece before: the whole model
        with deep.hooks(fwd_hooks=[("blocks.0.attn.hook_pattern", lambda own, hook, d=distance: own * (back != d))]):
            remains = attention_on(patterns(deep, read, 1), induction_targets(read) & needed(again))
        left[form].append(remains.max().item())
columns = ["whole", "blind to the piece before", "to the second before", "to the third before"]
plots.heat_map(torch.tensor(list(left.values())), rows=["lists", "keys"], columns=columns, value_title="attention")
in_lists, in_keys = (torch.tensor(left[form]) / left[form][0] for form in copying)
print("share of the attention left:", in_lists, in_keys)
assert in_lists[1] < 0.5 and in_lists[2:].min() > 0.75
assert in_keys[1] < 0.75 and in_keys[2:].max() < 0.9

# %% [markdown]
# In lists, what the first layer brings from the *one* piece before decides; two and three pieces back hardly matter. So
# the textbook is right about *what* is needed there, though no single head does nothing but bring it. In keys pieces
# repeat, and one piece before doesn't tell the place: there the model reads further back. (Blinding takes it from
# whatever reads the stream, not only from the keys of the induction heads.) "An induction head needs a previous-token
# head" is a summary of one way to do it. Measure before you name.

# %% [markdown]
# ## 6.11 What the measurement puts there
#
# Now the open questions. *Problem 4.25*: are there geometric configurations like those of the toy models (antipodal
# pairs, polygons, tetrahedra) in the residual stream of a language model? We know the features, so we can draw their
# directions: the mean of the stream where a feature holds.
#
# Take the eight topics, which exclude each other. The mean over all tales goes off first; it says nothing about
# topics.

# %%
read, where, label = places_of("topic", "tale", 3000)
topic_at = label[where].int().argmax(-1)
stream = streams(model, read, where, around[1:])[around[1]]
topic_means = torch.stack([stream[topic_at == k].mean(0) for k in range(8)])
topic_directions = topic_means - topic_means.mean(0)
unit = F.normalize(topic_directions, dim=1)
plots.heat_map(unit @ unit.T, rows=topics, columns=topics, value_title="cosine")

# %% [markdown]
# On average they point away from each other, some pairs much more than others. A simplex, as in chapter 02? Before you
# write home:

# %% [markdown]
# **Exercise 6.11** (C · 8 min · 2 points) Eight directions of equal length from which their common mean was taken off.
# What is the average cosine between two different ones, *whatever the model*? Within 0.002.

# %% exercise="6.11"
### BEGIN SOLUTION
# They add up to zero: 0 = 8 + the sum of the 8·7 cosines.
forced = -8 / (8 * 7)
### END SOLUTION

# %%
check("6.11", forced)

# %%
eight = torch.randn(8, 64, generator=torch.Generator().manual_seed(SEED))
centred_noise = eight - eight.mean(0)
by_topic, by_noise = cosines(topic_directions), cosines(centred_noise)
print(f"topics        mean cosine {by_topic.mean():.3f}, spread {by_topic.std():.3f}", end="; ")
print(f"from {by_topic.min():.2f} to {by_topic.max():.2f}, {(by_topic < 0).sum()} of 28 below 0")
print(f"random arrows mean cosine {by_noise.mean():.3f}, spread {by_noise.std():.3f}")
assert abs(by_topic.mean() + 1 / 7) < 0.03 and abs(by_noise.mean() + 1 / 7) < 0.03
assert by_topic.min() < -0.4 and by_topic.max() > 0.05

# %% [markdown]
# The measurement put the *mean* there. (With two classes, she or he, past or present, the same subtraction makes them
# exactly antipodal.) It did not put there *which* pairs are close. Is there anything in that? Some topics share a
# homonym: the *bat* belongs to garden and sport. Compare those pairs with the others. A control: deal the eight
# directions out to the topics at random, many times.

# %%
share = torch.zeros(8, 8, dtype=torch.bool)
for senses in lexicon.HOMONYMS.values():
    a, b = (topics.index(topic) for topic in senses)
    share[a, b] = share[b, a] = True


def closer(directions: Float[Tensor, "topic model"]) -> float:
    """How much larger the cosine is, on average, for topics that share a homonym."""
    unit = F.normalize(directions, dim=1)
    cosine, upper = unit @ unit.T, torch.ones(8, 8).triu(1).bool()
    return (cosine[share & upper].mean() - cosine[~share & upper].mean()).item()


# %%
rng = torch.Generator().manual_seed(SEED)
chance = np.array([closer(topic_directions[torch.randperm(8, generator=rng)]) for _ in range(2000)])
gap, as_large = closer(topic_directions), (chance >= closer(topic_directions)).mean()
twin = streams(untrained, read, where, around[1:])[around[1]]
twin_means = torch.stack([twin[topic_at == k].mean(0) for k in range(8)])
twin_gap = closer(twin_means - twin_means.mean(0))
print(f"the {share.sum().item() // 2} pairs that share a homonym: cosine larger by {gap:.2f}, untrained {twin_gap:.2f}")
print(f"with the directions dealt out at random it is as much in {as_large:.2%} of 2000 draws")
assert gap > 0.15 and gap > twin_gap + 0.1 and as_large < 0.02

# %% [markdown]
# That survives: chance does not do it, and the untrained twin doesn't. Training brought topics together that have a
# word in common. So the same map holds something that was forced, and something that was not. A configuration is news
# only where a control doesn't show it too.
#
# ### 105 things in 64 dimensions
#
# More features than dimensions, each rare, never two at once. Here toy models share the dimensions out equally, often
# as antipodal pairs. The directions of the 105 things, after the MLP, against random arrows, and against the same
# activations with shuffled labels.

# %%
after, which = kept["thing"][0][around[1]], kept["thing"][1]


def directions(x: Float[Tensor, "place model"], which: Int[Tensor, " place"]) -> Float[Tensor, "class model"]:
    """Mean of each class, from which the mean of the means was taken off."""
    means = torch.stack([x[which == k].mean(0) for k in range(int(which.max()) + 1)])
    return means - means.mean(0)


shuffled = which[torch.randperm(len(which), generator=torch.Generator().manual_seed(SEED))]
sets = {
    "things": directions(after, which),
    "shuffled labels": directions(after, shuffled),
    "random arrows": torch.randn(105, 64, generator=torch.Generator().manual_seed(SEED)),
}
spread = {name: cosines(d) for name, d in sets.items()}
plots.cosine_densities(spread)

# %%
for name, values in spread.items():
    low, percent, high = values.min(), values.quantile(0.01), values.quantile(0.99)
    print(f"{name:16} rms {values.square().mean().sqrt():.3f}   least {low:.2f}, 1 % {percent:.2f}, 99 % {high:.2f}")
true, shuffled_too = spread["things"], spread["shuffled labels"]
assert true.min() > -0.85 and true.quantile(0.01) > shuffled_too.quantile(0.01) - 0.1
assert true.quantile(0.99) > shuffled_too.quantile(0.99) + 0.05

# %% [markdown]
# Equal shares of the dimensions would give a root mean square of $\sqrt{(105/64 - 1)/104} = 0.079$ (6.3); 41 antipodal
# pairs beside 23 arrows alone, 0.087. Ours is far wider. So is that with shuffled labels (noise in a stream that
# doesn't fill its 64 dimensions evenly): the width alone says nothing. Antipodal pairs would show at the *left* end,
# near −1. There is nothing there, and the most opposite things are no more opposite than with shuffled labels. But only
# the true ones have a tail on the *right*. Who are these neighbours? We know the truth, so look: the things come in
# **trios** that share their six pieces, *silver hornet = fern owl = copper orchid* with *silver owl*, *fern orchid*, …
# and so on.

# %%
trio = torch.arange(105) // 3  # as they are listed
same_trio = (trio[:, None] == trio)[torch.ones(105, 105).triu(1).bool()]
thing_cosines = cosines(sets["things"])
by_trio = {"same trio": thing_cosines[same_trio], "others": thing_cosines[~same_trio]}
plots.cosine_densities(by_trio)


# %%
def explained(directions: Float[Tensor, "thing model"], groups: Int[Tensor, " thing"]) -> float:
    """Share of their squared length that one direction for each group accounts for."""
    member = F.one_hot(groups).float()
    centre = (member.T @ directions) / member.sum(0)[:, None]
    return (centre[groups].square().sum() / directions.square().sum()).item()


dealt = [explained(sets["things"], trio[torch.randperm(105)]) for _ in range(20)]
by_pieces = explained(sets["things"], trio)
print(f"mean cosine in a trio {by_trio['same trio'].mean():.2f}, else {by_trio['others'].mean():.2f}")
print(f"the trio explains {by_pieces:.0%}; trios dealt out at random, {min(dealt):.0%} to {max(dealt):.0%}")
assert by_trio["same trio"].mean() > 0.3 and by_trio["others"].mean().abs() < 0.1
assert by_pieces > 0.5 and max(dealt) < 0.45

# %% [markdown]
# So the larger part of a thing's direction is the direction of its *pieces*, which the heads brought to this place.
# What sets the three meanings of a trio apart is the rest, and a read-out names it nearly always. (Those three rests
# add up to nothing, so their angles are near 120°. Forced again: see 6.11.)
#
# Our answer to 4.25: with the mean differences one would naturally draw, no polygons and no crystals of toy models,
# but clusters made by what features have in common. It doesn't show that there are none. Toy features are independent
# and equally important; these are built of parts, and the stream holds the parts, too.
#
# ### Features that meet, and features that never do
#
# *Problem 4.26*: are there **local almost-orthogonal bases**? In a toy model with correlated features, those that
# come together are kept orthogonal, and those that never meet may share directions. In tales, topic, tense and gender
# are on together and independent. With features of code (indentation, kind of line, open brackets) they never meet.
# If the model kept together what never clashes, the cosines between tale and code should be the larger ones.

# %%
site, skip = "blocks.0.hook_resid_post", 4  # leave out the first pieces, whose look tells the genre
library = minilang.sample(4000, seed=SEED + 2000)
shelf = np.array(library.genres())


def all_streams(model) -> Float[Tensor, "document position model"]:
    parts = torch.from_numpy(library.tokens).long().split(250)
    return torch.cat([model.run_with_cache(part, names_filter=[site])[1][site] for part in tqdm(parts)])[:, skip:]


in_trained, in_untrained = all_streams(model), all_streams(untrained)


# %%
def contrasts(
    stream: Float[Tensor, "document position model"], family: str, texts: str, rng: torch.Generator | None = None
) -> Float[Tensor, "direction model"]:
    """What tells the features of a family apart, as directions; with `rng` after shuffling the places."""
    chosen = np.flatnonzero(shelf == texts)
    members = [feature for feature in library.features if feature.family == family]
    on = torch.from_numpy(library.label_matrix(members)[chosen][:, skip:]).flatten(0, 1)
    x, on = stream[torch.from_numpy(chosen)].flatten(0, 1)[on.any(1)], on[on.any(1)]
    if rng is not None:
        on = on[torch.randperm(len(on), generator=rng)]
    found = directions(x, on.int().argmax(1))
    return F.normalize(found[:1] if len(found) == 2 else found, dim=1)  # two classes have one contrast


# %%
in_tales, in_code = ["topic", "tense", "gender"], ["indentation", "line", "bracket"]
meet = [("topic", "tense"), ("topic", "gender"), ("tense", "gender")]
never = [(a, b) for a in in_tales for b in in_code]
size = {}
for kind, stream, shuffle in [
    ("trained", in_trained, False), ("labels shuffled", in_trained, True), ("untrained", in_untrained, False)
]:  # fmt: skip
    rng = torch.Generator().manual_seed(SEED) if shuffle else None
    crowd = {family: contrasts(stream, family, "tale", rng) for family in in_tales}
    crowd |= {family: contrasts(stream, family, "code", rng) for family in in_code}
    products = [torch.cat([(crowd[a] @ crowd[b].T).flatten() for a, b in some]) for some in (meet, never)]
    size[kind] = [values.square().mean().sqrt().item() for values in products]
titles = ["on together (in tales)", "never together (tale, code)"]
plots.heat_map(torch.tensor(list(size.values())), rows=list(size), columns=titles, value_title="rms cosine")

# %%
# the claim below, checked: nothing to do here
print({kind: [round(value, 2) for value in values] for kind, values in size.items()})
assert max(size["trained"]) < 0.35 and abs(size["trained"][0] - size["trained"][1]) < 0.2

# %% [markdown]
# All are small: almost orthogonal, yes. But which of the two is larger? In our three trainings the answer goes both
# ways (try `TRAINING = 2`), and shuffled labels show a gap of the same size. With a handful of directions the
# comparison is coarse: "no such arrangement seen" is all it says.

# %% [markdown]
# ## 6.12 How much of a room do two crowds share?
#
# *Problem 4.27* goes further. Perhaps there are **genre directions**, which say what kind of text this is, and the
# features of each genre are then stored *in the same subspace*: no clash, since only one genre is on at a time. First
# the genre itself. Is it there, and does it take a trained model?

# %%
genre_of = torch.tensor([genres.index(name) for name in shelf])
spread_out = slice(None, None, 10)  # every tenth place is enough
label = genre_of[:, None].expand(-1, in_trained.shape[1])[:, spread_out].flatten()
named = {
    kind: read_out(stream[:, spread_out].flatten(0, 1), label)
    for kind, stream in {"trained": in_trained, "untrained": in_untrained}.items()
}
largest = (label.bincount() / len(label)).max().item()
print({kind: f"{share:.1%}" for kind, share in named.items()}, f"always the commonest: {largest:.0%}")
assert named["trained"] > 0.95 and named["trained"] > named["untrained"] + 0.03

# %% [markdown]
# It is there: a linear read-out names the genre at nearly every place, better than in the untrained twin (where the
# piece and an average of the pieces before it tell a good deal already).
#
# Now the features that hold only in one genre (at least 95 % of their places). For each, a direction: the mean where
# it holds minus the mean of the same genre where it doesn't, so that the genre itself drops out.

# %%
contextual = [f for f in library.features if not f.token_determined and f.family != "genre"]
lives: dict[str, list] = {name: [] for name in genres}
for feature in contextual:
    in_text = library.labels(feature)[:, skip:].sum(axis=1)
    each = np.array([in_text[shelf == name].sum() for name in genres])
    if each.sum() >= 40 and each.max() >= 0.95 * each.sum():
        lives[genres[each.argmax()]].append(feature)
rooms = [name for name in genres if len(lives[name]) >= 20]
print("features at home in one genre:", {name: len(found) for name, found in lives.items()}, "compared:", rooms)

# %%
holds_at = {  # [place, feature]: the places of a genre, text after text
    name: torch.from_numpy(library.label_matrix(lives[name])[shelf == name][:, skip:]).flatten(0, 1).float()
    for name in rooms
}


def places_in(stream: Float[Tensor, "document position model"], name: str) -> Float[Tensor, "place model"]:
    return stream[torch.from_numpy(shelf == name)].flatten(0, 1)


def feature_directions(
    x: Float[Tensor, "place model"], on: Float[Tensor, "place feature"]
) -> Float[Tensor, "feature model"]:
    """Mean with the feature minus mean without."""
    with_it, count = on.T @ x, on.sum(0)[:, None].clamp_min(1)
    return with_it / count - (x.sum(0) - with_it) / (len(x) - count)


# %% [markdown]
# How much do two such sets share? Not arrow by arrow: two sets can fill the same plane with no arrow in common.

# %% [markdown]
# **Exercise 6.12** (C · 12 min · 2 points) Each set gets an orthonormal basis of the $k$ dimensions in which most of
# its squared length lies; take nothing off the directions and leave their lengths as they are.
# (`torch.linalg.svd(A, full_matrices=False).Vh` has orthonormal rows, the widest dimension first.) The overlap is the
# squared length of the part of one basis vector that lies in the span of the other basis, averaged over the $k$ basis
# vectors: 1 for the same span, 0 for orthogonal ones.


# %% exercise="6.12"
def subspace_overlap(
    A: Float[Tensor, "direction model"], B: Float[Tensor, "direction model"], k: int
) -> Float[Tensor, ""]:
    """Mean squared cosine of the principal angles between the leading k-dimensional subspaces."""
    ### BEGIN SOLUTION
    bases = [torch.linalg.svd(rows, full_matrices=False).Vh[:k] for rows in (A, B)]
    return (bases[0] @ bases[1].T).square().sum() / k
    ### END SOLUTION


# %%
check("6.12", subspace_overlap)

# %% [markdown]
# Two random subspaces of 8 dimensions among 64 overlap by 8/64 = 0.125.

# %%
predict(
    "6.12",
    question="Features of different genres, after the MLP, k = 8: the overlap of their subspaces is …",
    choices=["below chance: each genre has a room of its own", "about chance", "well above chance: they share a room"],
)

# %%
k, noise = 8, torch.Generator().manual_seed(SEED)


def overlaps(crowd: list[Float[Tensor, "feature model"]]) -> Float[Tensor, " pair"]:
    """Of every two of the crowds."""
    return torch.stack([subspace_overlap(A, B, k) for i, A in enumerate(crowd) for B in crowd[:i]])


def shuffled_crowd() -> list[Float[Tensor, "feature model"]]:
    order = {name: torch.randperm(len(on), generator=noise) for name, on in holds_at.items()}
    return [feature_directions(places_in(in_trained, name)[order[name]], on) for name, on in holds_at.items()]


# %%
crowds = {
    "trained": [feature_directions(places_in(in_trained, name), on) for name, on in holds_at.items()],
    "untrained": [feature_directions(places_in(in_untrained, name), on) for name, on in holds_at.items()],
    "random arrows": [torch.randn(on.shape[1], 64, generator=noise) for on in holds_at.values()],
}
overlap = {kind: overlaps(crowd) for kind, crowd in crowds.items()}
shuffles = torch.stack([overlaps(shuffled_crowd()) for _ in tqdm(range(20))])  # [shuffle, pair]
overlap["labels shuffled"] = shuffles.mean(0)
average = {kind: values.mean().item() for kind, values in overlap.items()}
compare("6.12", ", ".join(f"{kind} {value:.2f}" for kind, value in average.items()))
two = [f"{a}, {b}" for i, a in enumerate(rooms) for b in rooms[:i]]
plots.heat_map(torch.stack(list(overlap.values())), rows=list(overlap), columns=two, value_title="overlap")
low, high = shuffles.mean(1).min().item(), shuffles.mean(1).max().item()
print(f"mean over the pairs: trained {average['trained']:.3f}, twenty shuffles {low:.3f} to {high:.3f}")
halves = [zip(places_in(in_trained, name).chunk(2), on.chunk(2)) for name, on in holds_at.items()]
itself = [subspace_overlap(*(feature_directions(x, on) for x, on in half), k).item() for half in halves]
print("the same genre on two halves of the texts:", [round(value, 2) for value in itself])
assert min(itself) > 0.85 and abs(average["random arrows"] - 0.125) < 0.03
assert 0.17 < average["trained"] < 0.4 and low - 0.12 < average["trained"] < low + 0.03
assert average["untrained"] > average["trained"]

# %% [markdown]
# Twice as much as chance! Does that mean that they share a room? The last row says no: directions from *shuffled
# labels* overlap somewhat more still. They are nothing but noise in the stream of each genre; but that stream is far
# from round, and its few wide dimensions are wide in every genre. (The untrained twin overlaps most.) It isn't poor
# measurement either: the same genre on two halves of the texts gives 0.9 or more.
#
# Our answer to 4.27: there is a direction for the genre; there is no sign that features of different genres are packed
# into the same subspace on purpose. If anything they keep a little further apart than noise does, and far from each
# having a room of its own. "Twice chance" was an artefact of a control that was too kind: random arrows are isotropic,
# activations never are. A control should differ from what you measure in one thing only.

# %% [markdown]
# ## 6.13 The same on a model that nobody generated
#
# `load_model` opens public models by the same call, and the same cells run on them. `gelu-1l` has one layer, too, and
# read text from the web. The cell after the next draws where its heads look in a sentence that repeats itself: with
# one layer, will any of them look at what came after the first copy? And it compares the cosines of 859 of its
# embedding vectors with random arrows of as many dimensions, as 6.3 did with ours. Without a network there is nothing
# to open, and the cells say so.

# %%
try:
    public = load_model("gelu-1l")
except NoNetwork:
    public = None
    print("No network: gelu-1l isn't here.")

# %%
if public is not None:
    said = "The violin, the oboe and the harp. The violin, the oboe and the"
    _, seen = public.run_with_cache(said)
    circuits.attention_heads(public.to_str_tokens(said), seen["blocks.0.attn.hook_pattern"][0]).show()
    sample = public.W_E[torch.randperm(len(public.W_E), generator=torch.Generator().manual_seed(SEED))[:859]]
    for name, rows in {"ours": model.W_E, "gelu-1l": sample.cpu()}.items():
        print(f"{name:8} {rows.shape[1]} dimensions: rms cosine {cosines(rows).square().mean().sqrt():.3f},", end=" ")
        print(f"random {rows.shape[1] ** -0.5:.3f}")
else:
    print("Not measured: the attention of gelu-1l in a sentence that repeats itself, and the root mean square of the")
    print("cosines of 859 of its 48,262 embedding vectors, in 512 dimensions, beside ours.")

# %% [markdown]
# ## What you know now
#
# **Measured**, on three trainings: in five genres one layer comes close to the floor; copies need two. The trained
# embedding is *more* crowded than random arrows, since what is used alike lies together, and two pieces are about all
# that a sum of them lets you read. Attribution adds up to the logit exactly. Patching follows the topic from the noun,
# through heads, to the homonym. Ablating the MLP hurts everything. A read-out finds
# only some of the meanings of pairs before it (how many depends on the training) and 98 % after it, the senses of
# homonyms before it already; but after an untrained MLP in its place it finds as many, and there the model itself can
# use none: readable is one thing, read is another.
# Induction appears within a few million pieces, in lists first and in keys later, and several heads do it.
#
# **Open problems, as far as this model goes**: 4.25, clusters and no crystals, and topics with a word in common lie
# closer; 4.26, almost orthogonal, but what meets no more than what doesn't; 4.27, a genre is readable, a shared
# subspace is not more shared than noise.
#
# **Not shown**: that larger models, or languages that nobody designed, are the same. Our language forces
# superposition by hand (`docs/mini_language.md`), and these models have one layer or two.

# %%
quiz("6")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapter 07, probing**: what a read-out like ours can and can't tell, and how probes deceive.
# - **Chapter 08, polysemantic neurons**: 245 meanings, 128 neurons. What does one neuron stand for?
# - **Chapters 09 and 10, sparse autoencoders**: find the features without being told, then compare with the labels.
# - Problems 4.25 to 4.27 on your own terms: other directions (probes instead of means), the two-layer model, the other
#   trainings (`TRAINING = 1`). If something comes out that survives all four controls, write it up.
