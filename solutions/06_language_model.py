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
#   course: {chapter: "06", title: A language model whose truth is known, reading: 48, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 6. A language model whose truth is known
#
# Toy models were told their features. A language model isn't: whoever opens it has to guess what the features were.
# Here we need not guess. The language is generated, every piece of every text carries the labels of 470 features, and
# small transformers were trained on it. So each claim about the inside can be held against the truth.
#
# **You will**
# - compare a model with the best that any model could do, and see what it costs to keep 859 pieces in 64 dimensions;
# - open the model with TransformerLens: attention, logits part by part, patching, ablation;
# - watch induction appear, and ask which heads do it;
# - ask three open questions about the geometry of features, with controls, and take the answers as they come.
#
# **You need** chapters 00 (features as directions, a cached forward pass) and 01 (interference). What a transformer is
# you should have seen once: heads and MLPs that add to a stream of vectors. Heads, positions and layers count from 0.
# **Time** about {minutes} minutes in two sittings (a place to stop is marked); {exercises} exercises, {points} points.
#
# **Sources** Elhage et al. 2021, *A Mathematical Framework for Transformer Circuits*; Olsson et al. 2022, *In-context
# Learning and Induction Heads*; Elhage et al. 2022, *Toy Models of Superposition*; Wang et al. 2022, *Interpretability
# in the Wild*; Nanda 2022, *200 Concrete Open Problems in Mechanistic Interpretability*, problems 4.25 to 4.27; others
# where they are used.

# %% tags=["setup"]
import numpy as np
import torch
from IPython.display import display
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, plots, predict, progress, quiz, solution
from course_utils.lm import NoNetwork, activations, load_model
from course_utils.lm.hooks import another_mlp, blind_to, constant, constant_head
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm.parts import stream_parts
from course_utils.minilang import PIECES, lexicon
from course_utils.probing import class_directions, explained, feature_directions, in_top_two, read_out
from course_utils.probing import right_of_rivals, rms_cosine
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
# labels, and the price of its piece under the process that wrote it, in **nats**: minus the log of its true probability
# given all that came before. Nobody can guess better than that on average. Hover over a piece.

# %%
tale = int(np.argmax(genre == "tale"))
circuits.colored_tokens([PIECES[i] for i in corpus.tokens[tale]], corpus.nats[tale])

# %% [markdown]
# White is free (the grammar leaves one choice), blue costs. Who it is about is a real choice, and so is the topic.
# After that much follows. Choose a feature below to see where it holds.

# %%
told = ["tense/past", "tense/present", "gender/woman", "gender/man", "reference/an occupation again"]
shown = [name for name in told + [f"topic/{topic}" for topic in lexicon.TOPICS] if corpus.labels(name)[tale].any()]
held = np.stack([corpus.labels(name)[tale] for name in shown], axis=-1)
circuits.colored_tokens_multi([PIECES[i] for i in corpus.tokens[tale]], held.astype(float), shown)

# %%
predict("6.1", question="How many of the 470 does the piece alone decide?", choices=["a fifth", "half", "nearly all"])

# %%
by_piece = sum(feature.token_determined for feature in corpus.features)
compare("6.1", f"{by_piece} of {len(corpus.features)}, or {by_piece / len(corpus.features):.0%}")
assert by_piece == 97 and len(corpus.features) == 470

# %% [markdown]
# The others need what came before. A *bat* is an animal in a tale about a garden, where it flutters or squeaks, and a
# thing of wood in a tale about sport, where it cracks or splinters. Sixteen such **homonyms** have two senses each, and
# the topic decides: the topic of the latest topic noun (*rose*, *ball*, …).
#
# **Exercise 6.1** (B · 8 min · 2 points) Label a sense: True where the piece is `word` and the latest topic noun before
# it is one of `topic`. `topic_of` gives for every piece of the vocabulary its topic (1, 2, …), or 0 if it is no topic
# noun. (`word` is none.)


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
# Against the labels that come with the language. A tale has one topic only, and can't tell the *latest* noun from the
# first, or from any. So there is a second set: the first half of each tale, followed by the second half of another.

# %%
whole = corpus.tokens[genre == "tale"]
spliced = np.concatenate([whole[:, :32], np.roll(whole, 1, axis=0)[:, 32:]], axis=1)
topic_of, topics = torch.from_numpy(minilang.topic_of_piece()), list(lexicon.TOPICS)
senses = [(word, topic) for word, two in lexicon.HOMONYMS.items() for topic in two]


def disagreements(some: Int[np.ndarray, "document position"]) -> list[str]:
    """Senses that `sense_labels` and the language see in different places of these tales."""
    truth, read, found = minilang.Corpus(some, *2 * [0.0 * some]), torch.from_numpy(some).long(), []
    for word, topic in senses:
        mine = sense_labels(read, topic_of, PIECES.index(f" {word}"), topics.index(topic) + 1)
        if not np.array_equal(mine.numpy(), truth.labels(f"sense/{word} ({topic})")):
            found.append(f"{word} ({topic})")
    return found


for kind, some in {"tales": whole, "tales with two topics": spliced}.items():
    wrong = disagreements(some)
    assert not wrong, f"exercise 6.1: in {kind} your labels differ from the language's for {', '.join(wrong)}"
    print(f"{some.size:,} places of {kind}: the same labels for all 32 senses")

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
# TransformerLens has it built in (`loss_per_token`), and we use that from now on. The **floor** of a genre is the mean
# price of a piece under the process itself. Look at the seven texts of 6.1 once more before you answer.

# %%
predict(
    "6.2", question="Where is one layer far above the floor?", choices=["everywhere", "notes", "code", "lists, keys"]
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
losses = {"one layer": by_genre(price_1), "two layers": by_genre(price_2)}
above = {name: dict(zip(genres, (loss - floor).tolist(), strict=True)) for name, loss in losses.items()}
assert all(-0.05 < above["one layer"][g] < 0.1 for g in genres if g not in ("list", "keys"))
assert all(-0.05 < above["two layers"][g] < 0.15 for g in genres)

# %%
copying = ["list", "keys"]
if_news = by_genre(torch.from_numpy(corpus.nats_uncopied[:, 1:]))  # to a reader for whom each copy is news
paid = [above["one layer"][form] / (if_news - floor)[genres.index(form)].item() for form in copying]
assert paid[0] < 0.5 < paid[1] < 0.8
picture = plots.losses_and_floors(losses, {"floor": floor, "if copies were news": if_news}, genres)
measured = "one layer, nats above the floor: " + ", ".join(f"{g} {v:.2f}" for g, v in above["one layer"].items())
beside = f"of what copies would cost if they were news, it pays {paid[0]:.0%} in lists and {paid[1]:.0%} in keys"
compare("6.2", measured, beside, picture)

# %% [markdown]
# Lists and keys are random and then copied. In the other five genres one layer is nearly as good as anything could be
# (less than 0.1 nats above the floor), and two layers are near it in all seven. For copies one layer pays, but not as
# if they were news: it must know something, *which* items come again, say, if not in what order. A second layer changes
# that; 6.10 shows how.

# %% [markdown]
# ## 6.3 859 arrows in 64 dimensions
#
# Every piece enters as a vector of 64 numbers, its row of the embedding $W_E$. At most 64 vectors can be orthogonal. So
# there must be interference, before the model has computed anything. How much, at the least?
#
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
predict("6.3", question="Random arrows have 0.125. The trained embedding has …", choices=["less", "the same", "more"])


# %%
def cosines(rows: Float[Tensor, "row model"]) -> Float[Tensor, " pair"]:
    """Of every two different rows."""
    unit = F.normalize(rows, dim=1)
    return (unit @ unit.T)[torch.ones(len(rows), len(rows)).triu(1).bool()]


untrained = load_model("mini-gelu-1l", seed=TRAINING, tokens=0)
drawn = torch.Generator().manual_seed(SEED + 10_000)  # another than the one that the untrained model was drawn with
random_arrows = torch.randn(len(PIECES), 64, generator=drawn)
embeddings = {"trained": model.W_E, "untrained": untrained.W_E, "random": random_arrows}
rms = {name: cosines(E).square().mean().sqrt().item() for name, E in embeddings.items()}
assert abs(rms["random"] - 0.125) < 0.002 and abs(rms["untrained"] - 0.125) < 0.002
assert 0.135 < rms["trained"] < 0.2
picture = plots.cosine_densities({name: cosines(E) for name, E in embeddings.items()})
compare("6.3", ", ".join(f"{name} {value:.3f}" for name, value in rms.items()) + "; at the least 0.120", picture)

# %% [markdown]
# *More*. Training didn't spread the arrows out, it pulled some together: look at the right end. Who are the neighbours?

# %%
unit_E = F.normalize(model.W_E, dim=1)
print("the nearest five, with their cosines:")
for piece in (" fern", "ton", " Kent", " Maria", " once"):
    near = (unit_E @ unit_E[PIECES.index(piece)]).topk(6)
    print(f"{piece!r:9}", ", ".join(f"{PIECES[i]!r} {v:.2f}" for i, v in zip(near.indices[1:], near.values[1:])))
counties = [PIECES.index(f" {county}") for county in lexicon.COUNTIES]
assert cosines(model.W_E[counties]).mean() > 0.4

# %% [markdown]
# Pieces that are used alike lie close together: counties with counties, halves of place names with each other, Spanish
# *once* (eleven) with *dos* and *tres*. What is packed has structure: a direction that they share could be "is a
# county".

# %% [markdown]
# ## 6.4 Read a sum of pieces
#
# One piece at a time is read perfectly: its reading with itself is 1, with any other less. But a head that attends to
# several places *adds up* what it finds there. How many pieces can be added before the sum can't be read any more?
#
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
    question="With the trained embedding: of how many pieces is nearly all (90 %) read back?",
    choices=["2", "8", "16", "64"],
)

# %%
sizes, dice = [1, 2, 3, 4, 6, 8, 12, 16, 24], torch.Generator().manual_seed(SEED)
bags = {k: torch.stack([torch.randperm(len(PIECES), generator=dice)[:k] for _ in range(2000)]) for k in sizes}
shares = {name: [read_bags(E, bags[k]).mean().item() for k in sizes] for name, E in embeddings.items()}
assert shares["trained"][1] > 0.9 > 0.8 > shares["trained"][2] and shares["random"][2] > 0.95
assert shares["random"][3] > 0.8 and all(a < b for a, b in zip(shares["trained"][2:], shares["random"][2:]))
picture = plots.lines(sizes, shares, x_title="pieces in a bag", y_title="share read back")
measured = ", ".join(f"{k} pieces: {share:.0%}" for k, share in zip(sizes[:6], shares["trained"]))
beside = "random arrows: " + ", ".join(f"{k} pieces: {share:.0%}" for k, share in zip(sizes[:6], shares["random"]))
compare("6.4", measured, beside, picture)

# %% [markdown]
# Two. Random arrows manage three, and four are at the limit; the trained ones are worse, since pieces of a kind are
# confused with each other. The model need not know *which* county, where any will do, and there are better ways to read
# (chapter 03). But keep in mind: what a head brings is a blur.

# %% [markdown]
# ## 6.5 What does a head look at?
#
# Run the model with a cache, and look at the attention of the four heads. Each row is a piece that looks, each column a
# piece that is looked at.

# %%
sentence = "Field notes from Winton, Dorset, June: Two fern owls"
_, cache = model.run_with_cache(sentence)
for name in ("hook_embed", "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_z", "blocks.0.mlp.hook_post"):
    print(f"{name:28} {list(cache[name].shape)}")
circuits.attention_heads(model.to_str_tokens(sentence), cache["blocks.0.attn.hook_pattern"][0])

# %% [markdown]
# The whole list of names is `list(cache)`. `hook_z` is what each head has collected, before its output matrix $W_O$
# turns it into 64 dimensions. At the last row, the `s` of *fern owls*, look for the heads that fetch *fern* and *owl*.
#
# One picture is an anecdote. To say what a head does, state where it should look and measure over many texts.
#
# **Exercise 6.5** (B · 8 min · 2 points) `target` marks, for every query, the keys we have in mind. For each head: the
# attention that falls on the targets of a query, added up, and averaged over all queries that have any target.


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
predict("6.5", question="Who looks at topic nouns?", choices=["all four heads alike", "mostly one", "hardly any"])


# %%
def patterns(model, some: Int[Tensor, "document position"], layer: int) -> Float[Tensor, "document head query key"]:
    name = f"blocks.{layer}.attn.hook_pattern"
    return activations(model, some, [name])[name]


tales = tokens[torch.from_numpy(genre == "tale")]
before = torch.ones(64, 64, dtype=torch.bool).tril(-1)
homonyms = torch.tensor([PIECES.index(f" {word}") for word in lexicon.HOMONYMS])
to_noun = torch.isin(tales, homonyms)[:, :, None] & (topic_of[tales] > 0)[:, None] & before
head_names, looked_at = [f"head {h}" for h in range(4)], ["homonym → topic nouns", "the same, untrained"]

# %%
at_noun, untrained_at_noun = (attention_on(patterns(each, tales, 0), to_noun) for each in (model, untrained))
assert at_noun.max() > 0.25 and untrained_at_noun.max() < 0.12 and at_noun.max() > 0.5 * at_noun.sum()
looks = torch.stack([at_noun, untrained_at_noun])
picture = plots.heat_map(looks, rows=looked_at, columns=head_names, value_title="attention")
compare("6.5", f"from a homonym to topic nouns: {[round(v, 2) for v in at_noun.tolist()]}", picture)

# %% [markdown]
# One head looks at the topic nouns more than the other three together; an untrained model's heads look everywhere. But
# attention is not an effect: whether the answer hangs on what this head fetches, an intervention must tell (6.7).

# %% [markdown]
# ## 6.6 A logit, part by part
#
# The stream at the last position is a sum: the embedding, the position, four heads, the attention's bias, the MLP. The
# logit of a word is one reading of it, and each part has its share: **direct logit attribution**. Between the stream
# and the reading stands a last LayerNorm: take off the mean over the dimensions, divide by the standard deviation (the
# **scale**, `ln_final.hook_scale`). We take the scale as it came out in this run.
# $$ \text{logit}_v = \frac{x - \bar x}{\text{scale}} \cdot u_v + b_v, \qquad x = x_\text{embed} + x_\text{pos} + \sum_h
# x_h + x_\text{bias} + x_\text{MLP} $$
#
# Here $u_v$ is the column of the unembedding $W_U$ that belongs to word $v$, and $b_v$ its bias; $\bar x$ is the mean
# of the 64 numbers of $x$; $x_h$ is what head $h$ has written. (A LayerNorm also multiplies by learned weights and adds
# learned biases. When the model was stored, these were multiplied into $W_U$ and added to $b_v$, so none are left.)
# <br>*nostalgebraist 2020, "interpreting GPT: the logit lens"; Elhage et al. 2021; Wang et al. 2022.*
#
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
# Four texts, each before a word that needs knowledge: the bat of the garden flutters, the other bat splinters, *fern
# owls* roam or yawn and do nothing else, and *Holford* lies in one of two counties.

# %%
known_words = {
    "One day Ada, a nurse, walks past the rose. The bat": " flutter",
    "One day Ada, a nurse, walks past the ball. The bat": " splinter",
    "Field notes from Winton, Dorset, June: Two fern owls": " yawn",
    "Late one night Tom, a doctor, strolls to the oar. He stays in Holford,": " Norfolk",
}
words = torch.tensor([PIECES.index(word) for word in known_words.values()])
read_last = [stream_parts(model, text) for text in known_words]
parts = torch.stack([each.written for each in read_last], dim=1)  # [part, text, model]
scale = torch.stack([each.scale for each in read_last])
rank = [(each.logits > each.logits[word]).sum().item() for each, word in zip(read_last, words)]
print("rank of the word among all 859, from 0:", rank)
assert max(rank) <= 2

# %%
effects = direct_effects(parts, scale, model.W_U[:, words].T)
total = effects.sum(dim=0) + model.b_U[words]
model_says = torch.stack([each.logits[word] for each, word in zip(read_last, words)])
for who, numbers in {"added up": total, "the model": model_says}.items():
    print(f"{who:10}", [f"{v:.3f}" for v in numbers.tolist()])
assert torch.allclose(total, model_says, atol=1e-3) and (effects.argmax(dim=0) == 7).all()  # 7: the MLP
part_names = ["embedding", "position", *head_names, "attention's bias", "MLP"]  # in the order of `stream_parts`
plots.heat_map(effects, rows=part_names, columns=list(known_words.values()), y_title="part", value_title="logit")

# %% [markdown]
# They add up: the attribution is exact. (Our unembedding is centred: a logit counts from the average over all words.)
# No part gives the words as much *directly* as the MLP. That doesn't make it the source of the knowledge: it reads what
# the heads wrote. Nor is an effect what the logit would lose without the part: the scale would change, too. Direct
# effects show the last step of a computation. To follow it back we must intervene.
#
# ---
# *Half-way: a good place to stop for today.* Your answers are saved, and Run All brings the models back.

# %% [markdown]
# ## 6.7 Change one thing
#
# Two texts that differ in one word, *ball* or *rose*, sixteen pieces each. Run one, but at a single place put in the
# activation from the other: **activation patching**. If the answer moves, that place matters.
# <br>*Vig et al. 2020, "Investigating Gender Bias in Language Models Using Causal Mediation Analysis"; Meng et al.
# 2022, "Locating and Editing Factual Associations in GPT".*
#
# In TransformerLens a **hook** is a function that is called with an activation and may return another to go on with.
#
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
def leaning(logits: Float[Tensor, "pair position vocab"]) -> Float[Tensor, " pair"]:
    """Log of how much likelier the verbs of the first sense are than those of the second."""
    verbs = (torch.from_numpy(minilang.sense_verbs(side)) for side in (0, 1))
    one, other = (logits[:, -1].gather(1, each).logsumexp(1) for each in verbs)
    return one - other


# %%
these, others = (model.to_tokens(minilang.sense_prompts(side)) for side in (0, 1))
these_logits, _ = model.run_with_cache(these)
other_logits, donor = model.run_with_cache(others)
unpatched, goal = leaning(these_logits), leaning(other_logits)
print(model.to_str_tokens(these[0]), f"leans {unpatched[0]:+.1f}, with the other noun {goal[0]:+.1f}")
knows = ((unpatched > 0) & (goal < 0)).sum().item()
print(f"the model knows both senses of {knows} of 16 homonyms")
assert knows >= 14

# %% [markdown]
# One position at a time: 0 if the answer stays, 1 if it becomes that of the other text. `resid_pre` is the stream
# before the layer, `resid_post` after it; `attn_out` and `mlp_out` are what attention and MLP write into it.

# %%
places = ["the noun, before and after", "the noun before, the last piece after", "all pieces from the noun on"]
predict("6.7", question="Where does the stream matter, before the layer and after it?", choices=places)


# %%
def moved(hook_name: str, hook) -> float:
    """How far the answers move to those of the other text when this hook is at work; mean over the homonyms."""
    logits = model.run_with_hooks(these, fwd_hooks=[(hook_name, hook)])
    return ((leaning(logits) - unpatched) / (goal - unpatched)).mean().item()


def at_position(position: int, other: Float[Tensor, "pair position model"]):
    """A hook that takes one position from `other`."""

    def hook(own, hook):
        result = own.clone()
        result[:, position] = other[:, position]
        return result

    return hook


# %%
sites = [f"blocks.0.hook_{site}" for site in ("resid_pre", "attn_out", "mlp_out", "resid_post")]
effect = torch.tensor([[moved(site, at_position(i, donor[site])) for i in range(16)] for site in sites])
pieces = [f"{i} {piece}" for i, piece in enumerate(model.to_str_tokens(these[0]))]
picture = plots.heat_map(effect, rows=sites, columns=pieces, value_title="moved", x_title="position")
says = f"before the layer, {pieces[effect[0].argmax()]} moves it most; after it, {pieces[effect[-1].argmax()]}"
compare("6.7", says, picture)

# %% [markdown]
# Each row has one place that stands out. How could one row lead to the next?

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
# Which of the heads at the last position? Now with your function of 6.7.

# %%
z = "blocks.0.attn.hook_z"
by_head = [moved(z, lambda own, hook, head=head: patched_head(own, donor[z], 15, head)) for head in range(4)]
print("heads at the homonym:", [round(v, 2) for v in by_head], "together", round(effect[1, -1].item(), 2))
print("the MLP's output there alone:", round(effect[2, -1].item(), 2))
elsewhere = [*range(12), 13, 14, 15]
assert effect[0, 12] > 0.99 and effect[0, elsewhere].abs().max() < 0.01
assert effect[1, -1] > 0.99 and effect[1:, :-1].abs().max() < 0.01
most_looking = attention_on(patterns(model, tales, 0), to_noun).argmax()  # of 6.5
assert 0.6 < effect[2, -1] < 0.98 and int(torch.tensor(by_head).argmax()) == int(most_looking)

# %% [markdown]
# Before the layer only the noun's position matters, after it only the homonym's; attention has moved the topic. The
# head that looks at topic nouns most (6.5) is the one that moves the answer most. The MLP's output alone does most of
# it, though it got everything from the heads; the rest goes from them to the logits.
#
# In one layer nothing else was possible: a good check of the method. Two warnings. Patching shows that a place
# *suffices* to change the answer; another may do the same job, and then neither is necessary. And one pair of texts
# tells about one pair of texts: take many.

# %% [markdown]
# ## 6.9 Take a head out
#
# The opposite question: what breaks without it? **Mean ablation** replaces a component's output by its mean over many
# texts, so that it still says something usual, and says nothing about this text (so in Wang et al. 2022).
#
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

# %% [markdown]
# What could suffer? Beside the **senses** of homonyms the language has **meanings of pairs**, in four families:
# *things* (fern owl), *places* (Hol·ford), *calls* in code (cart.add) and Spanish *frases* (gato verde). Three first
# words and three second ones make nine pairs, and these have three meanings with three spellings each: *silver hornet*,
# *fern owl* and *copper orchid* are one thing, *silver owl* is another. Neither word tells the meaning, both do. Each
# meaning, and each sense, allows two pieces to follow.
#
# Below, `constant(value)` makes a hook that says `value` everywhere, and `constant_head(head, value)` one that lets a
# single head do so. The means are taken once, over all 1000 texts.

# %%
predict("6.9", question="Which suffer without the MLP?", choices=["pairs", "senses", "both", "neither: heads do it"])

# %%
families = ["thing", "place", "call", "frase", "sense"]
asked = {family: minilang.asked(corpus, family) for family in families}  # where the family holds, what came, what can
holds = {family: torch.from_numpy(each.where[:, :-1]) for family, each in asked.items()}
mlp_out, attn_out = "blocks.0.hook_mlp_out", "blocks.0.hook_attn_out"
outputs = activations(model, tokens, [mlp_out, attn_out, z])
usual = {name: outputs[name].mean(dim=(0, 1)) for name in (mlp_out, attn_out)}


def harm(hook_name: str, hook) -> Float[Tensor, " family"]:
    """By how much the next piece costs more, after a place where the family holds."""
    with model.hooks(fwd_hooks=[(hook_name, hook)]):
        more = price(model, tokens) - price_1
    return torch.stack([more[where].mean() for where in holds.values()])


# %%
no_mlp, no_attention = (harm(name, constant(value)) for name, value in usual.items())
in_all = torch.stack([price_1[where].mean() for where in holds.values()]) + no_mlp
assert no_mlp.min() > 3 and no_attention.min() > 1 and (in_all > np.log(len(PIECES))).sum() >= 4

# %%
usual_heads = [mean_ablated(outputs[z], head)[0, 0, head] for head in range(4)]  # everywhere the same
no_head = [harm(z, constant_head(head, usual_heads[head])) for head in tqdm(range(4))]
harms = torch.stack([no_mlp, no_attention, *no_head], dim=1)
columns = ["no MLP", "no attention", *(f"no {name}" for name in head_names)]
picture = plots.heat_map(harms, rows=families, columns=columns, value_title="nats more")
measured = ", ".join(f"{f} {v:+.1f}" for f, v in zip(families, no_mlp.tolist())) + " nats without the MLP"
beside = f"in all {[round(v, 1) for v in in_all.tolist()]} nats; ln 859 = {np.log(859):.1f}"
alone = harms[4, 2:]
looks_most = (patterns(model, tales, 0) * to_noun[:, None]).sum(dim=(0, 2, 3)).argmax()  # as in 6.5
assert alone.argmax() == looks_most and alone.topk(2).values[1] < 0.2
assert ((harms[:4, 2:] > 0.3).sum(dim=1) >= 2).all()
compare("6.9", measured, beside, picture)

# %% [markdown]
# Everything suffers, senses as much as pairs: all *use* the MLP, and the attention. Of the heads, the senses need the
# one of 6.5 and 6.8, and hardly any other; every family of pairs needs two or more. But mind the size. A uniform guess
# among all 859 pieces costs ln 859 nats, and most of these cost more. Who pays more than that is not ignorant but
# confidently wrong: the model is in a state that training never showed it. Nats don't say how much it still knows.
#
# ### Is it there to be read?
#
# Does the MLP *compute* the meanings? Ask what can be read off the stream before it and after it. A linear read-out
# (multinomial logistic regression: half of the places to fit, half to test) must name one of 105 things, or one of 32
# senses. The control: the MLP of the *untrained* model in the trained one's place, with the same attention before it
# and an output of the same mean length.

# %%
choices = ["as many as before the MLP", "about one in 105", "as many as after the trained one"]
predict("6.9b", question="How many of the 105 things can be read after an untrained MLP?", choices=choices)

# %%
library = minilang.sample(4000, seed=SEED + 1000)
library_tokens, shelf = torch.from_numpy(library.tokens).long(), np.array(library.genres())
before_mlp, after_mlp = "blocks.0.hook_resid_mid", "blocks.0.hook_resid_post"
stream = activations(model, library_tokens, [before_mlp, after_mlp])
exchanged = another_mlp(model, untrained, tokens)  # hooks, with their names
with model.hooks(fwd_hooks=exchanged):
    after_stranger = activations(model, library_tokens, [after_mlp])[after_mlp]

# %%
readable = {"before": stream[before_mlp], "after": stream[after_mlp], "after an untrained MLP": after_stranger}
named = {}
for family in tqdm(["thing", "sense"]):
    where, which = map(torch.from_numpy, minilang.places(library, family))
    named[family] = torch.tensor([read_out(each[where], which) for each in readable.values()])
assert named["sense"].min() > 0.93 and named["thing"][1:].min() > 0.93
assert named["thing"][1] - named["thing"][0] > 0.06 and abs(named["thing"][2] - named["thing"][1]) < 0.05
by_place, rows = torch.stack([*named.values()]), ["105 things", "32 senses"]
picture = plots.heat_map(by_place, rows=rows, columns=list(readable), value_title="named rightly")
compare("6.9b", ", ".join(f"{place} {share:.1%}" for place, share in zip(readable, named["thing"].tolist())), picture)

# %% [markdown]
# The senses are all there before the MLP: a word *and* a topic are both in the stream, and their sum tells the sense.
# The things are not all there. With crossed spellings, a read-out that adds a score for *fern* and a score for *owl*
# names at most seven of nine pairs, 78 % (`docs/mini_language.md` in the course's repository shows why); attention can
# exceed that (in training 0), since a softmax is no sum. After the MLP nearly all are there. So the MLP computes them?
# An untrained MLP does it as well! Many random features with a nonlinearity make products readable, for whoever fits a
# read-out with labels (Rahimi and Recht 2007, *Random Features for Large-Scale Kernel Machines*).
#
# ### What does the model itself know?
#
# The model has a reader of its own, the unembedding, which was fitted to *this* MLP. What does it make of the exchange?
# Don't ask for nats: let it choose. Of all pieces that can follow the family, is the one that came among its two
# favourites? (Chance: always name the two that come most often.) And, sharper: of the meanings that have the *same*
# words, three for pairs and two for senses, does it like the followers of the right one best? (Chance: know the words.)

# %%
somewhere = torch.stack([*holds.values()]).any(dim=0)


def logits_there(hooks) -> Float[Tensor, "place vocab"]:
    """At every place where one of the families holds."""
    parts = zip(tokens[:, :-1].split(125), somewhere.split(125), strict=True)
    with model.hooks(fwd_hooks=hooks):
        return torch.cat([model(part)[where] for part, where in parts])


ways = {"its own MLP": [], "MLP constant": [(mlp_out, constant(usual[mlp_out]))], "untrained MLP": exchanged}
there = {way: logits_there(hooks) for way, hooks in ways.items()}

# %%
in_two, of_rivals = torch.zeros(5, 4), torch.zeros(5, 4)  # [family, chance and ways]
for row, (family, each) in enumerate(asked.items()):
    in_two[row, 0] = np.sort(np.bincount(each.came))[-2:].sum() / len(each.came)  # who always names the commonest two
    of_rivals[row, 0] = 1 / each.rivals.shape[1]
    for column, logits in enumerate(there.values(), start=1):
        here = logits[holds[family][somewhere]]
        in_two[row, column] = in_top_two(here, each.came, each.can)
        of_rivals[row, column] = right_of_rivals(here, each.rivals, each.right)
assert min(in_two[:, 1].min(), of_rivals[:, 1].min()) > 0.98
over_chance = torch.stack([each[:4, 3] - each[:4, 0] for each in (in_two, of_rivals)])
assert over_chance[:, :3].min() > 0 and over_chance.min() > -0.06 and over_chance.max() < 0.2
assert of_rivals[4, 3] > 0.7 and in_two[4, 3] > 0.4 and of_rivals[4, 2] > 0.6

# %%
sure = there["untrained MLP"].log_softmax(-1).gather(1, tokens[:, 1:][somewhere][:, None])[:, 0]
print("with the untrained MLP, nats:", {f: round(-sure[holds[f][somewhere]].mean().item(), 1) for f in families})
plots.heat_map(in_two, rows=families, columns=["chance", *ways], value_title="in the top two").show()
plots.heat_map(of_rivals, rows=families, columns=["chance", *ways], value_title="right of its rivals")

# %% [markdown]
# With its own MLP the model knows them all. With the untrained one little is left of the pairs, somewhat more than
# chance (of *frases*, in one training of three, hardly that), where a fitted read-out named nearly all. But mostly the
# right *sense* is chosen, although the next piece costs nats more. Much of that needs no MLP: with a constant one the
# right sense still wins in some seven cases of ten. The heads have written it where the unembedding reads. By nats
# alone we should have said that the model knows nothing.
#
# Three questions, three methods. Is it *used*: ablate. Is it *there*: read it off, with an untrained part as a control.
# Can the rest of the model *read* it: exchange, and let it choose. What only the trained MLP does is to put the
# meanings of pairs where the unembedding looks. Chapter 07 is about what read-outs can and can't tell.

# %% [markdown]
# ## 6.10 Where an induction head should look
#
# Back to the lists: `… A B … A`. A model that looks up what came after the earlier A can copy. One layer can't do that:
# the key at B would have to say "after A", and in the first layer it says only "B", and where it stands. With two
# layers, a **previous-token head** in the first writes to B what came before it, and an **induction head** in the
# second looks for a key that says "after A": it finds B, and raises the logit of B.
# <br>*Elhage et al. 2021; Olsson et al. 2022.*
#
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
deeps, trainings = [load_model("mini-gelu-2l", seed=n) for n in range(3)], [f"training {n}" for n in range(3)]
copies = {}  # texts of either form, and where a piece is a copy
for form in copying:
    again = torch.from_numpy(corpus.labels("copy/copied"))[torch.from_numpy(genre == form)][:100]
    copies[form] = tokens[torch.from_numpy(genre == form)][:100], again
runs = [(net, form) for net in deeps for form in copying]
of_each = [f"{training}, {form}" for training in trainings for form in copying]


def copy_cost(net, form: str, hooks=()) -> float:
    """Nats for a copied piece."""
    read, again = copies[form]
    with net.hooks(fwd_hooks=list(hooks)):
        return price(net, read)[again[:, 1:]].mean().item()


def looks_there(net, form: str) -> Float[Tensor, " head"]:
    """Attention of the second layer's heads to what came after the earlier copy, where the *next* piece is a copy."""
    read, again = copies[form]
    return attention_on(patterns(net, read, 1), induction_targets(read) & again.roll(-1, dims=1)[:, :, None])


# %%
attended = torch.stack([looks_there(*run) for run in runs])
plots.heat_map(attended, rows=of_each, columns=head_names, value_title="attention")

# %% [markdown]
# In each training several heads look there. But that is half of the definition. The other half is that the head
# *copies*: what it reads at a piece raises the logit of that piece. From a piece to the logits leads a head's **OV
# circuit**, the matrix $W_E W_V W_O W_U$. If its eigenvalues are positive, pieces raise themselves: the copying score
# is the sum of the eigenvalues over the sum of their sizes, 1 at best (Elhage et al. 2021). It takes the piece as it
# was embedded, and leaves out what the first layer has added to it. And for the effect we take one head out at a time.

# %%
choices = ["do its job", "do it in part", "can't: copies cost nats more", "one or the other, by training"]
predict("6.10", question="If one of the heads that look there is taken out, the others …", choices=choices)


# %%
def copying_score(net, head: int) -> float:
    """Of a head of the second layer: the sum of its OV circuit's eigenvalues over the sum of their sizes."""
    small = net.W_O[1, head] @ net.W_U @ net.W_E @ net.W_V[1, head]  # 16 × 16; the other eigenvalues are 0
    values = torch.linalg.eigvals(small)
    return (values.real.sum() / values.abs().sum()).item()


def without_head(net, form: str, layer: int) -> list[float]:
    """How many nats more a copied piece costs without each head of a layer."""
    name, whole_cost = f"blocks.{layer}.attn.hook_z", copy_cost(net, form)
    mean = activations(net, copies[form][0], [name])[name].mean(dim=(0, 1))
    return [copy_cost(net, form, [(name, constant_head(h, mean[h]))]) - whole_cost for h in range(4)]


# %%
scores = torch.tensor([[copying_score(net, head) for head in range(4)] for net in deeps])
second = torch.tensor([without_head(*run, layer=1) for run in tqdm(runs)])
look = torch.stack([looks_there(net, "list") for net in deeps])
best = look.argmax(dim=1)
assert ((look > 0.4).sum(dim=1) >= 3).all() and (scores.gather(1, best[:, None]) > 0.7).all()
assert look[0, 0] > 0.35 and scores[0, 0] < 0.5 and second[:2, 0].max() < 0.2
assert (
    second[0, 2] > 2.5
    and second[0, [0, 1, 3]].max() < 0.3
    and second[2].max() < 1 < second[3].max()
    and second[4:].max() < 0.5
)
picture = plots.heat_map(scores, rows=trainings, columns=head_names, value_title="copying score")
another = plots.heat_map(second, rows=of_each, columns=head_names, value_title="nats more without it")
measured = f"nats more without the head that is missed most: {[round(v, 2) for v in second.amax(dim=1).tolist()]}"
compare("6.10", measured, picture, another)

# %% [markdown]
# Attention, copying and effect are three things. In training 0 three heads look, but one of them (head 0) copies
# little, and one alone (head 2) does nearly all the work in lists; keys need head 3 as well. In training 1 each head
# can be missed in lists at the cost of less than a nat: the others stand in, though in keys they can't. In training 2
# four heads look, and none is missed by more than half a nat. (In GPT-2 small, too, heads step in when others are taken
# out: Wang et al. 2022.) The same language, the same loss, and three ways to share a job.
#
# ### When it happened, in training 0

# %%
choices = ["steadily", "not at first, then within a few million pieces", "at once, in the first steps"]
predict("6.10b", question="How does the cost of copied items fall over 16 million pieces?", choices=choices)

# %%
at = [0, *SPECS["mini-gelu-2l"].checkpoints, None]
millions = [(SPECS["mini-gelu-2l"].tokens if n is None else n) / 1e6 for n in at]
stages = [load_model("mini-gelu-2l", tokens=n) for n in tqdm(at)]
falling = {form: [copy_cost(stage, form) for stage in stages] for form in copying}
half = {form: next(n for n, nats in zip(millions, cost) if nats < cost[1] / 2) for form, cost in falling.items()}
assert all(cost[1] > 4.5 and cost[-1] < 0.2 for cost in falling.values())
assert 1.5 < half["list"] < half["keys"] - 1 < 6
picture = plots.lines(millions, falling, x_title="million pieces read", y_title="nats for a copied piece")
measured = f"half-way in lists at {half['list']:.1f} million pieces, in keys at {half['keys']:.1f} million"
compare("6.10b", measured, picture)

# %% [markdown]
# First neither, then two falls: lists, and keys a few million pieces later. In larger models the appearance of
# induction is seen as a bump in the loss curve (Olsson et al. 2022).
#
# ### What feeds it?
#
# By the textbook, a head of the first layer that looks at the piece before. Is there one? Then take the heads out, one
# at a time. And blind all four at once to what stands 1, 2, … pieces back; their attention goes to the rest.

# %%
first = torch.tensor([without_head(*run, layer=0) for run in tqdm(runs)])
pattern = "blocks.0.attn.hook_pattern"
blinded = torch.tensor([[copy_cost(*run, [(pattern, blind_to(back))]) for back in range(1, 6)] for run in tqdm(runs)])
blinded -= torch.tensor([copy_cost(*run) for run in runs])[:, None]

# %%
to_last = torch.stack([patterns(net, copies["list"][0], 0).diagonal(-1, 2, 3).mean(dim=(0, 2)) for net in deeps])
for training, shares in zip(trainings, to_last.tolist()):
    print(f"{training}: attention to the piece before, in lists, head by head: {[round(v, 2) for v in shares]}")
print(f"evenly spread over all pieces so far it would be {(1 / torch.arange(2, 65)).mean():.2f}")
in_lists, in_keys = blinded[::2], blinded[1::2]
assert in_lists[:, 0].min() > 7 and in_lists[:, 1:].max() < 1.4 and in_keys.min() > 1
assert (in_keys[:, 0] > in_keys[:, 1:].amax(dim=1)).all() and (first[::2] > 0.4).sum(dim=1).min() >= 2
assert to_last.max() < 0.35 and to_last.amax(dim=1).min() > 0.15
plots.heat_map(first, rows=of_each, columns=head_names, value_title="nats more without it").show()
plots.heat_map(blinded, rows=of_each, columns=[f"{n} back" for n in range(1, 6)], value_title="nats more")

# %% [markdown]
# No single head is the previous-token head: none gives the piece before more than a third of its attention, averaged
# over all places of the lists, and in every training two or more are missed there. So look at the *place*. In lists the
# *one* piece before decides: blind to it, a copied item costs about ten nats more. The second to the fifth back are not
# without effect (up to about a nat). In keys, where pieces repeat and one piece before doesn't tell the place, each of
# them matters. So the textbook is right about *what* is needed in lists, though not that one head brings it. (Blinded
# are all readers of the stream, not only the induction heads' keys. And ten nats are more than ln 859, as in 6.9: read
# them as "needed", not as a measure of how much.)

# %% [markdown]
# ## 6.11 What the measurement puts there
#
# Now the open questions. *Problem 4.25*: are there geometric configurations like those of the toy models (antipodal
# pairs, polygons, tetrahedra) in the residual stream of a language model? We can draw the features' directions: the
# mean of the stream where a feature holds. Take the eight topics; the mean over all of them goes off first.

# %%
topic_at, topic = map(torch.from_numpy, minilang.places(library, "topic"))
topic_directions = class_directions(stream[after_mlp][topic_at], topic)
unit = F.normalize(topic_directions, dim=1)
plots.heat_map(unit @ unit.T, rows=topics, columns=topics, value_title="cosine")

# %% [markdown]
# On average they point away from each other, some more than others. A simplex, as in chapter 02? Before you write home:
#
# **Exercise 6.11** (C · 8 min · 2 points) Eight directions. Their common mean was taken off, and after that all have
# the same length. What is the average cosine between two different ones, *whatever the model*? Within 0.002.

# %% exercise="6.11"
### BEGIN SOLUTION
# They add up to zero: 0 = 8 + the sum of the 8·7 cosines.
forced = -8 / (8 * 7)
### END SOLUTION

# %%
check("6.11", forced)

# %%
by_topic = cosines(topic_directions)
print(f"topics: mean cosine {by_topic.mean():.3f}, from {by_topic.min():.2f} to {by_topic.max():.2f}")
assert abs(by_topic.mean() + 1 / 7) < 0.03 and by_topic.min() < -0.4 and by_topic.max() > 0.05

# %% [markdown]
# The measurement put the *mean* there. (Two classes, past and present, say, become exactly antipodal.) It did not put
# there *which* pairs are close. Some topics share a homonym: the *bat* belongs to garden and sport. Are those closer
# than others? Two controls: deal the eight directions out to the topics at random, and measure twenty *untrained*
# models, whose topics have pieces in common as well.

# %%
shared, upper = torch.from_numpy(minilang.topics_that_share_a_homonym()), torch.ones(8, 8).triu(1).bool()


def closer(some: Float[Tensor, "topic model"]) -> float:
    """How much larger the cosine is, on average, for topics that share a homonym."""
    cosine = F.normalize(some, dim=1) @ F.normalize(some, dim=1).T
    return (cosine[shared & upper].mean() - cosine[~shared & upper].mean()).item()


gap, deal = closer(topic_directions), torch.Generator().manual_seed(SEED)
as_large = np.mean([closer(topic_directions[torch.randperm(8, generator=deal)]) >= gap for _ in range(2000)])
in_tale, twins = topic_at.any(dim=1), []
for number in tqdm(range(20)):
    found = activations(build_mini("mini-gelu-1l", number), library_tokens[in_tale], [after_mlp])[after_mlp]
    twins.append(closer(class_directions(found[topic_at[in_tale]], topic)))
print(
    f"topics with a homonym in common: cosine larger by {gap:.2f}; dealt at random, as much in {as_large:.2%} of 2000"
)
print(f"twenty untrained models: larger by {min(twins):.2f} to {max(twins):.2f}")
assert gap > max(twins) and gap > 0.28 and as_large < 0.01

# %% [markdown]
# That survives both. (Some untrained models show a good part of it: one alone is a poor control.) Training brought
# topics together that have a word in common. So the map holds something that was forced, and something that was not. A
# configuration is news only where no control shows it too.
#
# ### 105 things in 64 dimensions
#
# More features than dimensions, each rare, never two at once. Here toy models share the dimensions out equally, often
# as antipodal pairs. The directions of the things, beside those from shuffled labels:

# %%
thing_at, thing = map(torch.from_numpy, minilang.places(library, "thing"))
at_things, mixing = stream[after_mlp][thing_at], torch.Generator().manual_seed(SEED)
things = class_directions(at_things, thing)
mixed = [class_directions(at_things, thing[torch.randperm(len(thing), generator=mixing)]) for _ in range(20)]
trio = torch.arange(105) // 3  # the three things that are made of the same words are listed together
same_trio = (trio[:, None] == trio)[torch.ones(105, 105).triu(1).bool()]
alike, unlike = cosines(things)[same_trio], cosines(things)[~same_trio]
plots.cosine_densities({"same words": alike, "others": unlike, "labels shuffled": cosines(mixed[0])})

# %%
by_trio, lowest = explained(things, trio), [cosines(each).min().item() for each in mixed]
dealt = [explained(things, trio[torch.randperm(105, generator=mixing)]) for _ in range(20)]
print(f"least cosine {cosines(things).min():.2f}, shuffled {min(lowest):.2f} to {max(lowest):.2f}", end="; ")
print(f"mean cosine with the same words {alike.mean():.2f}, else {unlike.mean():.2f}")
print(f"the words explain {by_trio:.0%} of the squared length; dealt at random, {min(dealt):.0%} to {max(dealt):.0%}")
assert cosines(things).min() > -0.85 and alike.mean() > 0.3 and unlike.mean().abs() < 0.1
assert by_trio > 0.5 and max(dealt) < 0.45

# %% [markdown]
# Antipodal pairs would show at the left end, near −1. Nothing is there. What there is stands on the right: things that
# are made of the same words are close. More than half of a thing's direction is the direction of its *words*, which the
# heads brought to this place.
#
# Our answer to 4.25: with mean differences, no polygons and no crystals of toy models, but clusters made by what
# features have in common. It doesn't show that there are none: toy features are independent and equally important;
# these are built of parts, and the stream holds the parts, too. Nor do cosines see the 64 axes of the stream, which in
# trained transformers are not like other directions (Elhage, Lasenby and Olah 2023, *Privileged Bases in the
# Transformer Residual Stream*).
#
# ### Features that meet, and features that never do
#
# *Problem 4.26*: are there **local almost-orthogonal bases**? In a toy model with correlated features, those that come
# together are kept orthogonal, and those that never meet may share directions. In tales, topic, tense and gender are on
# together; features of code (indentation, kind of line, open brackets) they never meet. Are the cosines between tale
# and code larger? In all three trainings, with twenty shuffles of the labels each:

# %%
in_tales, in_code, skip = ["topic", "tense", "gender"], ["indentation", "line", "bracket"], 4
meet = [("topic", "tense"), ("topic", "gender"), ("tense", "gender")]
never = [(a, b) for a in in_tales for b in in_code]
holding = {}
for family in in_tales + in_code:
    on, which = map(torch.from_numpy, minilang.places(library, family))
    late = on & (torch.arange(64) >= skip)  # the first pieces tell the genre by their look
    holding[family] = late, which[late[on]]

# %%
spans, mixer = [], torch.Generator().manual_seed(SEED)
for number, name in enumerate(trainings):
    x = activations(load_model("mini-gelu-1l", seed=number), library_tokens, [after_mlp])[after_mlp]
    together, apart = (rms_cosine(x, holding, some) for some in (meet, never))
    mixed_up = [rms_cosine(x, holding, never, mixer) - rms_cosine(x, holding, meet, mixer) for _ in range(20)]
    spans.append((apart - together, min(mixed_up), max(mixed_up)))
    print(f"{name}: on together {together:.2f}, never {apart:.2f}, larger by {apart - together:+.2f}", end="; ")
    print(f"labels shuffled, {min(mixed_up):+.2f} to {max(mixed_up):+.2f}")
    assert max(together, apart) < 0.3
assert all(least < larger < 0 for larger, least, _ in spans[:2]) and spans[2][0] > max(0, spans[2][2])

# %% [markdown]
# All are below 0.3, and some of them nearly twice what random arrows have (0.125): at most roughly orthogonal. Only in
# training 2 are the cosines larger for what never meets, and by more than shuffled labels give; in the two others it is
# the other way round, within what shuffles give. (Shuffles mostly lie below 0 here: theirs is the null to compare
# with.) One training of three shows the arrangement: "not shown" is all we can say.

# %% [markdown]
# ## 6.12 How much of a room do two crowds share?
#
# *Problem 4.27* goes further. Perhaps there are **genre directions**, which say what kind of text this is, and the
# features of each genre are then stored *in the same subspace*: no clash, since only one genre is on at a time. Is the
# genre there, first of all?

# %%
in_trained = stream[after_mlp][:, skip:]
in_untrained = activations(untrained, library_tokens, [after_mlp])[after_mlp][:, skip:]
genre_at = torch.tensor([genres.index(name) for name in shelf])[:, None].expand(-1, 6).flatten()
told_by = [read_out(each[:, ::10].flatten(0, 1), genre_at) for each in (in_trained, in_untrained)]  # every tenth place
print(f"genre named: trained {told_by[0]:.1%}, untrained {told_by[1]:.1%}, at random {1 / len(genres):.0%}")
assert told_by[0] > 0.95 and told_by[0] > told_by[1] + 0.03

# %% [markdown]
# It is. Now the features that live in one genre (at least 95 % of their places). For each, a direction: the mean where
# it holds minus the mean of the same genre where it doesn't, so that the genre itself drops out.

# %%
homes = minilang.at_home(library, genres, skip=skip)
rooms = [name for name in genres if len(homes[name]) >= 20]
print("features at home in one genre:", {name: len(found) for name, found in homes.items()}, "compared:", rooms)
living, trained_in, untrained_in = {}, {}, {}
for name in rooms:  # [place, …]: the places of a genre, text after text
    texts = torch.from_numpy(shelf == name)
    living[name] = torch.from_numpy(library.label_matrix(homes[name])[texts][:, skip:]).flatten(0, 1).float()
    trained_in[name], untrained_in[name] = in_trained[texts].flatten(0, 1), in_untrained[texts].flatten(0, 1)

# %% [markdown]
# How much do two such sets share? Not arrow by arrow: two sets can fill the same plane with no arrow in common.
#
# **Exercise 6.12** (C · 12 min · 2 points) Each set gets an orthonormal basis of the $k$ dimensions in which most of
# its squared length lies; take nothing off the directions and leave their lengths as they are. (`torch.linalg.svd(A,
# full_matrices=False).Vh` has orthonormal rows, the widest dimension first.) The overlap is the squared length of the
# part of one basis vector that lies in the span of the other basis, averaged over the $k$ basis vectors: 1 for the same
# span, 0 for orthogonal ones. (Two random subspaces of k dimensions among 64 overlap by k/64.)


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

# %%
choices = ["less than 0.06", "about 0.125, like random ones", "0.2 or more", "0.9 or more: they are the same"]
predict("6.12", question="Features of different genres, k = 8: their mean overlap?", choices=choices)


# %%
def overlaps(crowd: list[Float[Tensor, "feature model"]], k: int) -> float:
    """Mean over every two of the crowds."""
    return np.mean([subspace_overlap(A, B, k).item() for i, A in enumerate(crowd) for B in crowd[:i]])


def crowd_of(x: dict[str, Tensor]) -> list[Float[Tensor, "feature model"]]:
    return [feature_directions(x[name], living[name]) for name in rooms]


# %%
ks, rng = [1, 2, 4, 6, 8, 12, 16, 24, 32], torch.Generator().manual_seed(SEED)
shuffles = []
for _ in tqdm(range(20)):
    crowd = crowd_of({name: x[torch.randperm(len(x), generator=rng)] for name, x in trained_in.items()})
    shuffles.append([overlaps(crowd, k) for k in ks])
crowds = {"trained": crowd_of(trained_in), "untrained": crowd_of(untrained_in)}
crowds["random arrows"] = [torch.randn(len(homes[name]), 64, generator=rng) for name in rooms]
overlap = {kind: [overlaps(crowd, k) for k in ks] for kind, crowd in crowds.items()}

# %%
halves = [zip(trained_in[name].chunk(2), living[name].chunk(2)) for name in rooms]
itself = [subspace_overlap(*(feature_directions(x, on) for x, on in two), 8).item() for two in halves]
least, most = torch.tensor(shuffles).amin(0), torch.tensor(shuffles).amax(0)
below = {k: round(v, 3) for k, v in zip(ks, (least - torch.tensor(overlap["trained"])).tolist())}
assert min(itself) > 0.85 and abs(overlap["random arrows"][4] - 0.125) < 0.03 and 0.17 < overlap["trained"][4] < 0.4
assert min(below[6], below[8]) > 0 and min(below[12], below[16]) > 0 and overlap["untrained"][4] > overlap["trained"][4]
curves = overlap | {"shuffled, least": least.tolist(), "shuffled, most": most.tolist()}
picture = plots.lines(ks, curves, x_title="k", y_title="overlap")
measured = {kind: round(float(each[ks.index(8)]), 3) for kind, each in overlap.items()}
beside = f"the same genre on two halves of the texts: {[round(value, 2) for value in itself]}"
also = f"trained, below the least of twenty shuffles, by k: {below}"
compare("6.12", measured, beside, also, picture)

# %% [markdown]
# About twice as much as chance at k = 8! Do they share a room? The shuffles say no: directions from *shuffled labels*
# overlap more still, at every k from 6 to 16 in each of twenty shuffles, and those of the untrained model overlap more
# than the trained ones. Shuffled directions are nothing but noise in the stream of each genre. So what overlaps is
# where the streams of the genres are wide, whatever the labels. (Four genres have features enough.) It isn't poor
# measurement either: the same genre on two halves of the texts gives 0.85 or more.
#
# Our answer to 4.27: a genre can be read; but there is no sign that features of different genres are packed into the
# same subspace. In the trained model they keep a little *further* apart than noise does, and are still far from each
# having a room of its own. "Twice chance" came from a control that was too kind: random arrows are isotropic,
# activations never are. A control should differ in one thing only.

# %% [markdown]
# ## 6.13 The same on a model that nobody generated
#
# `load_model` opens public models by the same call, and the same cells run on them. `gelu-1l` has one layer, too, and
# read text from the web. Without a network there is nothing to open, and the cell says so: this notebook was published
# from a place that has none.

# %%
try:
    public = load_model("gelu-1l")
except NoNetwork:
    print("No network: gelu-1l isn't here, and nothing was measured.")
else:
    said = "The violin, the oboe and the harp. The violin, the oboe and the"
    _, public_run = public.run_with_cache(said)
    display(circuits.attention_heads(public.to_str_tokens(said), public_run["blocks.0.attn.hook_pattern"][0]))
    sample = public.W_E[torch.randperm(len(public.W_E), generator=torch.Generator().manual_seed(SEED))[:859]]
    for name, arrows in {"ours": model.W_E, "gelu-1l": sample.cpu()}.items():
        print(f"{name:8} rms cosine {cosines(arrows).square().mean().sqrt():.3f}", end=" ")
        print(f"in {arrows.shape[1]} dimensions, random {arrows.shape[1] ** -0.5:.3f}")

# %% [markdown]
# What to look for: at the last row, does any head look at what came *after* the first copy? With one layer it shouldn't
# (6.10). And are the embedding's cosines above those of random arrows, as in 6.3?

# %% [markdown]
# ## What you know now
#
# **Measured**, on three trainings: in five genres one layer comes close to the floor; copies need two. The trained
# embedding is *more* crowded than random arrows. Attribution adds up to the logit exactly. Patching follows the topic
# from the noun, through a head, to the homonym. A read-out finds the senses before the MLP, the meanings of pairs not
# all before it and nearly all after it, also after an untrained one; there the model itself tells few of the pairs'
# meanings and most of the senses. Induction appears within a few million pieces; how many heads do it differs between
# trainings, and attention doesn't tell.
#
# **Open problems, as far as this model goes**: 4.25, clusters and no crystals, and topics with a word in common lie
# closer; 4.26, cosines below 0.3, and what meets is nearer to orthogonal in one training of three only; 4.27, a genre
# is readable, and features of different genres share less than noise does.
#
# **Not shown**: that larger models, or languages that nobody designed, are the same. Our language forces superposition
# by hand (`docs/mini_language.md`), and these models have one layer or two.

# %%
quiz("6")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapter 07**: what a read-out can and can't tell. **Chapter 08**: what one neuron stands for.
#   **Chapters 09 and 10**: find the features without being told, then compare with the labels.
# - Problems 4.25 to 4.27 on your own terms: probes instead of means, the two-layer model, the axes of the stream.
