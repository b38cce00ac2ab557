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
#   course: {chapter: "10", title: SAEs in a language model, reading: 50, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 10. Sparse autoencoders in a language model, scored against the truth
#
# This is what the course was for. A model that we trained, a dictionary that we train on its neurons, and the question
# that nobody can answer for a public model: *did it find the features?* Here it can be answered, for our language
# labels every place of every text with 470 features.
#
# **You will**
# - feed a dictionary from a store that holds little, and see what goes wrong when rows come sorted;
# - write the report that papers give, and see how much of it depends on a choice;
# - hold every latent against the truth, and ask whether the usual report ranks dictionaries as the truth does;
# - find out whether it is the dictionary that fails, or the encoder;
# - name latents from their dashboards, and have a program name them, and score both;
# - steer the model, disturb it, and look into its embedding;
# - see what all this says of a public dictionary for a public model.
#
# **You need** chapter 06 (the language, the model), 07 (precision, recall, F1) and 09 (sparse autoencoders).
# **Time** about {minutes} minutes, best in two sittings (a place to stop is marked, after 10.4); {exercises} exercises,
# {points} points. A: warm-up, B: core, C: stretch.
#
# **Sources** Bricken et al. 2023, *Towards Monosemanticity*; Cunningham et al. 2023, *Sparse Autoencoders Find Highly
# Interpretable Features in Language Models*; Gao et al. 2024, *Scaling and Evaluating Sparse Autoencoders*; others are
# named where they are used.

# %% tags=["setup"]
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, plots, predict, progress, quiz, solution
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons
from course_utils.lm.splice import piece_losses, row_losses, through
from course_utils.minilang import PIECES
from course_utils.sae import SAE, SAEConfig, metrics, train_sae
from course_utils.sae.report import by_part
from course_utils.sae.store import mixed

# %% [markdown]
# `SEED` decides which texts are read and how dictionaries begin, `TRAINING` which of the three trainings of the model
# is opened. The limits in the `assert`s are meant for all three and for any texts.

# %%
SEED = 0
TRAINING = 0  # 0, 1 or 2
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# The model is that of chapters 06 to 08: one layer, 128 neurons with a GELU. A **row** is a place in a text. All scores
# are taken on `texts`, which no dictionary has seen; `f` will be what the latents say there, `labels` what is true.
# What the model does with its neurons is in `after`: `after.logits(mid, neurons)`, with the stream before the MLP,
# `mid`.

# %%
model, untrained = (load_model("mini-gelu-1l", seed=TRAINING, tokens=read) for read in (None, 0))
MID, NEURONS = "blocks.0.hook_resid_mid", "blocks.0.mlp.hook_post"
texts = minilang.sample(1000, seed=SEED + 10_500)
tokens = torch.from_numpy(texts.tokens[:, :-1]).long()  # [document, position]; nothing follows the last piece
acts = activations(model, tokens, [MID, NEURONS])
mid, after = acts[MID].flatten(0, 1), after_neurons(model)
names = [feature.name for feature in texts.features]
labels = torch.from_numpy(texts.label_matrix(texts.features)[:, :-1]).flatten(0, 1)  # [row, feature]
print(f"{len(labels):,} rows, {len(names)} features, at a place {labels.sum(1).float().mean():.1f} of them on average")

# %% [markdown]
# ## 10.1 Store and train
#
# A dictionary reads activations, and it needs many: ours a million rows, one for a large model billions. Eight billion
# rows of 4,096 numbers are 65 terabytes in half precision. So they are either written to disk once (`activations(…,
# path=…)` maps them into memory, and `train_sae` reads them from there in any order), or computed when they are
# needed. Our 6,000 training documents fit: 378,000 rows, 200 MB. We take them as they are to see what an order does.
#
# First their size. Whatever is said about a training (a learning rate, a penalty, a threshold) is said for activations
# of some size, and every layer of every model has its own. So we multiply with one number, `scale`, which makes the
# mean square of a number 1. (Conerly et al. 2024, *Update on how we train SAEs*, set the mean length of a row instead,
# to the root of its width; it comes to nearly the same.)

# %%
train_texts = minilang.sample(6000, seed=SEED + 10_000)
train_tokens = torch.from_numpy(train_texts.tokens[:, :-1]).long()
rows = activations(model, train_tokens, NEURONS)[NEURONS].flatten(0, 1)  # [row, 128]
scale = (1 / rows.square().mean().sqrt()).item()
rows *= scale
x = acts[NEURONS].flatten(0, 1) * scale  # held out
print(f"{list(rows.shape)}, scale {scale:.2f}; a held-out row is {x.norm(dim=1).mean():.1f} long, √128 is 11.3")

# %% [markdown]
# Now the order. Documents come one after the other, and each has one genre. Suppose that they come *sorted by genre*:
# all code, then all keys, lists, notes, Spanish, tables, tales. (A crawl that reads one site after the other does such
# things.) The dictionary sees every row once, in batches of 1,024.

# %%
predict(
    "10.1",
    question="Sorted by genre, rows seen once: how much variance is explained afterwards (mixed: above 0.9)?",
    choices=["about as much", "about 0.8", "about 0.65", "half or less"],
)

# %% [markdown]
# What helps is a **buffer**: rows go in as they come, and go out in another order. Of each row only those in the buffer
# have to be in memory.
#
# **Exercise 10.1** (B · 10 min · 2 points) `chunks` are a stream of rows, a few at a time. Fill a buffer with the first
# `capacity` rows (or all, if there are fewer). Then, for each number `u` of `draws` (one for each row of the stream,
# from 0 up to but not including 1): the row at place `int(u * size)` of the buffer goes out, where `size` is the number
# of rows in it; the next row of the stream takes its place. When the stream has ended, the *last* row of the buffer
# moves to that place, and the buffer is one row smaller. Return the rows in the order in which they went out.


# %% exercise="10.1"
def through_a_buffer(
    chunks: list[Float[Tensor, "n d_in"]], capacity: int, draws: Float[Tensor, " row"]
) -> Float[Tensor, "row d_in"]:
    """All rows of the stream, in the order in which they leave a buffer of this capacity."""
    ### BEGIN SOLUTION
    stream = (row for chunk in chunks for row in chunk)
    buffer = [row for _, row in zip(range(capacity), stream)]
    out = []
    for u in draws.tolist():
        place = int(u * len(buffer))
        out.append(buffer[place])
        buffer[place] = next(stream, buffer[-1])
        if len(draws) - len(out) < len(buffer):
            buffer.pop()
    return torch.stack(out)
    ### END SOLUTION


# %%
check("10.1", through_a_buffer)

# %% [markdown]
# The course's own buffer, `mixed`, works in batches and is quicker: it draws a batch at once, then fills up. A buffer
# of one batch mixes nothing; one of all rows mixes everything. The first lines of the table are the controls: the
# documents as they come, which have their genres mixed but each of which is in a batch with all its 63 rows, and all
# rows mixed.

# %%
genres = sorted(set(train_texts.genres()))
kind_of = train_texts.genres()[:3000]
by_document = rows.unflatten(0, train_tokens.shape)[:3000]
as_they_come, by_genre = range(3000), sorted(range(3000), key=kind_of.__getitem__)
total = 3000 * tokens.shape[1]
genre = torch.tensor([genres.index(g) for g in texts.genres()]).repeat_interleave(tokens.shape[1])  # of held-out rows


def explained_by_genre(dictionary: SAE) -> list[float]:
    """Explained variance, held out: of the rows of each genre, and of all. The mean row is that of all, each time."""
    some, kind = x[::3], genre[::3]
    error, spread = (some - dictionary(some)).square().sum(1), (some - some.mean(0)).square().sum(1)
    parts = [kind == g for g in range(len(genres))] + [kind >= 0]
    return [1 - (error[part].sum() / spread[part].sum()).item() for part in parts]


# %%
orders = {
    "all rows mixed": (as_they_come, total),
    "documents as they come": (as_they_come, 1024),
    "sorted by genre": (by_genre, 1024),
    "sorted, buffer of 1/8": (by_genre, total // 8),
    "sorted, buffer of 1/2": (by_genre, total // 2),
}
config = SAEConfig(architecture="batchtopk", d_in=128, d_sae=256, k=8)
explained = {}
for name, (order, capacity) in tqdm(orders.items(), desc="orders"):
    batches = mixed((by_document[d] for d in order), capacity, 1024, SEED)
    explained[name] = explained_by_genre(train_sae(batches, config, steps=total // 1024, seed=SEED, progress=False))

# %%
whole = {name: of[-1] for name, of in explained.items()}
first, last = explained["sorted by genre"][0], explained["sorted by genre"][-2]
assert whole["sorted by genre"] < 0.55 < 0.85 < whole["all rows mixed"]
assert abs(whole["documents as they come"] - whole["all rows mixed"]) < 0.02
assert first < 0.3 and last > 0.7 and last > max(explained["sorted by genre"][:-2])
assert min(explained["sorted, buffer of 1/8"]) == explained["sorted, buffer of 1/8"][0] < 0.75
steps_up = [whole[name] for name in orders if name.startswith("sorted")]
assert steps_up == sorted(steps_up) and steps_up[-1] > whole["all rows mixed"] - 0.03
columns = [*genres, "all"]
picture = plots.heat_map(
    torch.tensor([*explained.values()]), rows=[*orders], columns=columns, value_title="explained variance"
)
compare("10.1", f"{whole['sorted by genre']:.2f}", picture)

# %% [markdown]
# Sorted, the dictionary knows the genre that it saw last (tales, on the right) and has forgotten the first. A buffer
# that holds an eighth mends most of it, one of half nearly all; what is still worst is what came first. And whole
# documents, one after the other, do no harm here: a batch holds sixteen of them. So it is not that rows stand beside
# their neighbours that hurts, but that a kind of text is gone for good.
#
# Enough of small ones. This is the dictionary of this chapter: eight times as wide as the layer, four latents in a row
# on average (**BatchTopK**, Bussmann et al. 2024), 500 steps of 2,048 rows. And one for the residual stream after the
# MLP, which has 64 dimensions.


# %%
def encode(dictionary: SAE, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row latent"]:
    """What the latents say, some rows at a time: all at once would take several times the room of the result."""
    f = x.new_empty(len(x), dictionary.config.d_sae)
    for start in range(0, len(x), 8192):
        f[start : start + 8192] = dictionary.encode(x[start : start + 8192])
    return f


sae = train_sae(rows, SAEConfig(architecture="batchtopk", d_in=128, d_sae=1024, k=4), steps=500, seed=SEED)
f = encode(sae, x)  # [row, latent]

# %%
STREAM = "blocks.0.hook_resid_post"
stream_rows = activations(model, train_tokens, STREAM)[STREAM].flatten(0, 1)
stream_scale = (1 / stream_rows.square().mean().sqrt()).item()
stream_rows *= stream_scale
stream_config = SAEConfig(architecture="batchtopk", d_in=64, d_sae=512, k=8)
stream_sae = train_sae(stream_rows, stream_config, steps=500, seed=SEED)
del stream_rows  # room for what comes

# %% [markdown]
# Two dictionaries in less than half a minute. Whether they are any good is a question of what one asks.
#
# ## 10.2 The usual report
#
# Papers report some numbers about every dictionary. The ones that need no model: how many latents are active in a row
# (**L0**), how many never are (**dead**), and how much variance is explained. Of the last there are several
# definitions in use. One sums over all rows and divides once (SAELens, and as a share of the error Gao et al. 2024);
# one divides row by row and averages; one does it for each dimension and averages (R² in most statistics packages).

# %%
x_hat = sae.decode(f)
definitions = {
    "sums over all rows": metrics.explained_variance(x, x_hat).item(),
    "row by row": metrics.explained_variance_by_row(x, x_hat).item(),
    "by dimension": metrics.explained_variance_by_dimension(x, x_hat).item(),
}
frequency = metrics.frequencies(f)
print(f"L0 {metrics.l0(f):.2f}, dead {metrics.dead_fraction(frequency):.1%} of {len(frequency)}")
print("explained variance:", {name: round(value, 3) for name, value in definitions.items()})
assert min(definitions.values()) > 0.85
assert definitions["sums over all rows"] > max(definitions["row by row"], definitions["by dimension"]) + 0.01

# %% [markdown]
# The same dictionary, the same rows, three numbers. (Summed over all, rows that are far from the mean weigh most, and
# they are reconstructed best.) Two papers that differ by so much may have used two definitions.
#
# How rare are the latents? And, since we know them, the features?

# %%
logs = {"latents": frequency[frequency > 0].log10(), "features": labels.float().mean(0).clamp_min(1e-5).log10()}
assert logs["latents"].median() < -2.3 and logs["features"].median() < -3
plots.histogram_rows(
    {"how many": [*logs.values()]}, [*logs], x_title="log10 of the share of rows", value="log10", ends=(-5, 0), bins=25
)

# %% [markdown]
# The histogram of densities (Bricken et al. 2023) shows one heap of latents, most of them active at one row in a
# hundred to one in three thousand, and no heap of latents that are always on. The features' heap is rarer, at one row
# in three thousand: the meanings of pairs. (What that tells about the latents is a matter for 10.3.)
#
# Now the model. Put $\hat x$ in the place of the neurons, leave all else as it is, and see what the loss says. By
# itself "0.1 nats more" says little. So it is compared with what happens if the neurons are *ablated*, replaced by
# something that says nothing:
#
# $$ \text{loss recovered} = \frac{L_\text{ablated} - L_{\hat x}}{L_\text{ablated} - L_\text{untouched}} $$
#
# Says nothing: is that zero, or the neurons' mean? Both are in use (zero in Bricken et al. 2023, mean in others).

# %%
predict(
    "10.2",
    question="Which costs our model more: all neurons at zero, or all at their mean?",
    choices=["zero, by far", "zero, a little", "the mean", "the same"],
)

# %% [markdown]
# **Exercise 10.2** (B · 10 min · 3 points) After the neurons a one-layer model does this: `neurons @ W_out + b_out` is
# added to `mid`; a LayerNorm takes off each row's mean and divides by the root of (its mean square + `eps`); `@ W_U +
# b_U` gives the logits. `rest` has `W_out, b_out, W_U, b_U, eps`, `target` the piece that comes next. Return four
# losses, cross-entropies averaged over the rows: with the neurons as they are, with `x_hat`, with zero, with the mean
# row of `neurons`. And two numbers: the loss recovered against zero, and against the mean.


# %% exercise="10.2"
def loss_recovered(
    mid: Float[Tensor, "row model"],
    neurons: Float[Tensor, "row neuron"],
    x_hat: Float[Tensor, "row neuron"],
    target: Int[Tensor, " row"],
    rest: tuple,
) -> tuple[Float[Tensor, "4"], Float[Tensor, "2"]]:
    """The losses (untouched, x̂, zero, mean), and what is recovered (against zero, against the mean)."""
    ### BEGIN SOLUTION
    W_out, b_out, W_U, b_U, eps = rest

    def loss(own: Float[Tensor, "*row neuron"]) -> Float[Tensor, ""]:
        stream = mid + own @ W_out + b_out
        stream = stream - stream.mean(dim=-1, keepdim=True)
        size = (stream.square().mean(dim=-1, keepdim=True) + eps).sqrt()
        return F.cross_entropy(stream / size @ W_U + b_U, target)

    losses = torch.stack([loss(own) for own in (neurons, x_hat, torch.zeros(len(W_out)), neurons.mean(dim=0))])
    clean, spliced = losses[:2]
    return losses, (losses[2:] - spliced) / (losses[2:] - clean)
    ### END SOLUTION


# %%
check("10.2", loss_recovered)

# %%
target = torch.from_numpy(texts.tokens[:, 1:]).long().flatten()  # what comes next
some = slice(0, None, 6)
losses, recovered = loss_recovered(mid[some], x[some] / scale, x_hat[some] / scale, target[some], tuple(after))
untouched, spliced, zero, mean = losses.tolist()
assert mean > zero and spliced < untouched + 0.25 and min(recovered.tolist()) > 0.93
said = f"zero costs {zero - untouched:.2f} nats, the mean {mean - untouched:.2f}"
recovered_ways = dict(zip(("zero", "mean"), [round(r, 3) for r in recovered.tolist()]))
compare("10.2", said, f"untouched {untouched:.3f}, with x̂ {spliced:.3f}; recovered against {recovered_ways}")

# %% [markdown]
# The mean, which is closer to the activations than zero is, costs *more*. (A mean of neurons that are rarely on
# together is a row that never occurs, and it says something.) Against either, the dictionary recovers 95 % or more,
# which sounds as if hardly anything were missing. What is it? Genre by genre, on all rows, with the course's own
# `row_losses`.

# %%
versions = {"untouched": x, "spliced": x_hat, "zero": torch.zeros(1, 128), "mean": x.mean(0, keepdim=True)}
loss_at = {name: row_losses(after, mid, (v / scale).expand(len(x), -1), target) for name, v in versions.items()}
added = loss_at["spliced"] - loss_at["untouched"]  # [row]: nats that the dictionary costs
active = torch.cat([(part > 0).sum(1) for part in f.split(8192)])  # [row]
by_kind = by_part(x, x_hat, active, loss_at, {name: genre == g for g, name in enumerate(genres)})
print(f"{'':10}" + "".join(f"{column:>20}" for column in by_kind["code"]))
for name, of in by_kind.items():
    print(f"{name:10}" + "".join(f"{value:20.3f}" for value in of.values()))
explained_in = {name: of["explained variance"] for name, of in by_kind.items()}
added_in = {name: of["nats added"] for name, of in by_kind.items()}
assert min(explained_in, key=explained_in.get) == "table" and max(added_in, key=added_in.get) == "list"
assert explained_in["list"] > max(explained_in[name] for name in ("table", "tale", "code"))
assert by_kind["table"]["recovered (zero)"] > by_kind["list"]["recovered (zero)"] + 0.01

# %% [markdown]
# Where does the dictionary fail? By explained variance in tables. But the model hardly misses what is missing there: it
# loses most in lists, of which more is explained than of tables, tales or code. And loss recovered, which divides by
# what ablation costs in that genre, has yet another order. "Where it is worst" depends on the number that one reports.
# (L0 is no choice of ours here: BatchTopK gives some genres twice as many latents as others.)
#
# A genre is still an average. We know the places that are hard: the **links**, where a pair of words gets its meaning,
# the *s* of *fern owls* (chapter 06). They are seven rows in a hundred.

# %%
predict(
    "10.2b",
    question="Of all nats that the dictionary costs, how many are lost at these 7 % of the rows?",
    choices=["about 7 %", "about 20 %", "about half", "nearly all"],
)

# %%
families = ["thing", "place", "call", "frase", "sense"]
of_family = {
    name: labels[:, [i for i, feature in enumerate(texts.features) if feature.family == name]].any(1)
    for name in families
}
at_link = torch.stack([of_family[name] for name in families[:4]]).any(0)
share = (added[at_link].sum() / added.sum()).item()
others = {"all other rows": ~at_link & ~of_family["sense"]}
there = by_part(x, x_hat, active, loss_at, of_family | others)
added_at = {name: of["nats added"] for name, of in there.items()}
recovered_at = {name: of["recovered (zero)"] for name, of in there.items()}
assert 0.4 < share < 0.7 and at_link.float().mean() < 0.08
assert min(added_at[name] for name in families[:4]) > 3 * max(added_at["sense"], added_at["all other rows"])
assert max(recovered_at[name] for name in families[:4]) < 0.93 < recovered_at["all other rows"]
picture = plots.lines([*there], {"nats added": [*added_at.values()]}, x_title="rows of", y_title="nats added")
compare("10.2b", f"{share:.0%}", f"of {at_link.float().mean():.1%} of the rows; recovered {recovered_at}", picture)

# %% [markdown]
# About half. What the dictionary loses is not spread over everything: it loses what these neurons are needed for. At a
# link it costs about a nat, where the meaning is worth two (chapter 06); at senses, which are a word and a topic added
# up, a fraction of that. A loss recovered of 0.96, and about half of what the meanings are worth gone: both are true
# of one dictionary.
#
# And the other one, on the residual stream?

# %%
pieces = torch.from_numpy(texts.tokens).long()
at_stream = activations(model, tokens, STREAM)[STREAM].flatten(0, 1)
stream_mean, sampled = at_stream.mean(0), at_stream[::3] * stream_scale
stream_explained = metrics.explained_variance(sampled, stream_sae(sampled)).item()
swaps = {
    "untouched": lambda own: own,
    "x̂": lambda own: stream_sae(own * stream_scale) / stream_scale,
    "zero": torch.zeros_like,
    "mean": lambda own: stream_mean.expand_as(own),
}
clean, spliced, zero, mean = (piece_losses(model, pieces, STREAM, through(s)).mean().item() for s in swaps.values())
by_way = {way: metrics.loss_recovered(clean, ablated, spliced) for way, ablated in (("zero", zero), ("mean", mean))}
print(f"explained {stream_explained:.3f}, nats added {spliced - clean:.2f} (neurons: {added.mean():.2f})")
print(f"zero costs {zero - clean:.1f} nats, the mean {mean - clean:.1f}; recovered", by_way)
assert stream_explained > definitions["sums over all rows"] + 0.02 and spliced - clean > 2 * added.mean()
assert by_way["mean"] > by_way["zero"] + 0.015
del at_stream, sampled

# %% [markdown]
# It explains more of its variance and costs the model more than twice as much. (Between the neurons and the logits
# there is a sum with what was there before, in which errors drown; after the stream there is only the unembedding.) And
# here the choice between zero and mean moves the loss recovered by three hundredths, as much as papers report between
# architectures. A number from the usual report can be compared with another one if layer, rows, definition and ablation
# are the same. Does it then say which dictionary has found the features? We can ask.
