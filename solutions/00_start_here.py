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
#   course: {chapter: "00", title: Start here, reading: 24, budget_s: 60, budget_mib: 2048}
# ---

# %% [markdown]
# # 0. Start here
#
# How this course works, and the one operation that everything in it is built from: a dot product between what a network
# holds and a direction. At the end you open a small language model and find the same dot product in it.
#
# **You will**
# - hand in a wrong answer on purpose, and see what a check has to say about it;
# - write features as directions, read them back, and compute what leaks from one into another;
# - see when the hidden units of a network mean something by themselves, and when they can't;
# - run a language model, keep every activation, and rebuild its logits from the last one;
# - find a direction for *plural* inside it, and ask whether the model uses it.
#
# **You need** Python, and PyTorch as far as `h @ W.T` and shapes. No language models, no training.
# <br>**Time** about {minutes} minutes; {exercises} exercises, {points} points, predictions and a quiz. **Sources** are
# named where they are used.

# %% tags=["setup"]
import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils import check, compare, hint, plots, predict, progress, quiz, solution
from course_utils.lm import load_model
from course_utils.lm.tiny_language import FAVOURITE_VERBS, NOUNS, VERBS, sample

# %% [markdown]
# ## 0.1 How a check works
#
# You run cells from top to bottom (Shift + Enter). An **exercise** is a cell with a gap, and below it a cell that
# checks what you wrote:
#
# - `check("0.1", …)` tells you what is right, what isn't, and often why. Check as often as you like; nothing is taken
#   away.
# - `hint("0.1")` gives a nudge; call it again for a bigger one.
# - `solution("0.1")` shows one solution. Looking is fine, and it is noted in your progress.
# - `progress()` shows where you are. It is kept on this machine between sessions. In Colab, where machines are wiped,
#   call `export_progress("progress.json")`, download the file, and `import_progress("progress.json")` next time.
#
# Let's get one wrong on purpose. An arrow goes from (0, 0) to (−5, 12): 5 to the left and 12 up. How long is it?

# %% [markdown]
# **Exercise 0.1** (A · 3 min · 1 point) Add up the two coordinates, −5 + 12 = 7: that is a wrong answer. Hand it in,
# and read what the check says. Then put it right (to within 0.01) and check again.

# %% tags=["solution-only", "nbval-check-output"]
from course_utils import exercises
from course_utils.checking import run_check

print(run_check(exercises.get("0.1"), 7).text())

# %% exercise="0.1"
### BEGIN SOLUTION
length = (5**2 + 12**2) ** 0.5
### END SOLUTION

# %%
check("0.1", length)

# %% [markdown]
# The check knew which mistake it was. It recognises the usual ones in every exercise, and when you make one of your
# own, it shows the first input for which your answer is off. A right answer's card ends with where you stand.

# %% [markdown]
# ## 0.2 A feature is a direction
#
# Say a network looks at fruit, and three things about a fruit matter: how *red* it is, how *round*, how *ripe*. These
# are its **features**, and each has a value: 0 when it is absent, 1 when it is fully there. The network has two hidden
# units. It can't give each feature a unit, so it gives each an **arrow**.

# %%
names = ["red", "round", "ripe"]
angles = torch.tensor([90.0, 210.0, 330.0]).deg2rad()
W = torch.stack([angles.cos(), angles.sin()])  # [hidden, feature]: the arrow of feature i is the column W[:, i]
plots.arrows_2d(W[None], titles=["red ↑   round ↙   ripe ↘"])

# %% [markdown]
# To **write** a fruit down, the network stretches each arrow by its feature's value and adds them up:
#
# $$ h = x_1 w_1 + x_2 w_2 + x_3 w_3 = W x . $$
#
# To **read** one feature back, it takes the dot product of $h$ with that feature's arrow. For an arrow of length 1 this
# is the shadow that $h$ throws on the arrow's line. Here is a fruit that is red (0.8) and a bit ripe (0.5).
# <br>*That networks keep features as directions is a hypothesis with much evidence for it: Elhage et al. 2022, "Toy
# Models of Superposition", section 1; Park, Choe, Veitch 2023, "The Linear Representation Hypothesis and the Geometry
# of Large Language Models".*


# %%
def write(x: Float[Tensor, "batch feature"], W: Float[Tensor, "hidden feature"]) -> Float[Tensor, "batch hidden"]:
    """One activation per row of x."""
    return x @ W.T


h = write(torch.tensor([[0.8, 0.0, 0.5]]), W)
plots.projections(h.T, onto=W[:, 0], names=["h"], reader="red")

# %% [markdown]
# We wrote 0.8 for *red* and read 0.55. Section 0.3 finds out where the rest has gone; first, the reading itself.

# %% [markdown]
# **Exercise 0.2** (A · 5 min · 1 point) Read every feature of every activation in a batch: plain dot products, nothing
# normalised.


# %% exercise="0.2"
def read_off(h: Float[Tensor, "batch hidden"], W: Float[Tensor, "hidden feature"]) -> Float[Tensor, "batch feature"]:
    """The dot product of each activation with each feature's arrow."""
    ### BEGIN SOLUTION
    return h @ W
    ### END SOLUTION


# %%
check("0.2", read_off)

# %% [markdown]
# ## 0.3 Interference
#
# Three arrows don't fit in a plane at right angles, so every shadow falls on the other lines too.
#
# **Predict.** The fruit is *red* at 1, and neither round nor ripe. You read *round*, whose arrow is 120° away. What do
# you get? (Click what you expect. The result waits for it, further down, and appears there once you have. A prediction
# is never marked wrong; being surprised is how it helps. Who doesn't want to predict clicks "skip".)

# %%
predict("0.3", question="Only red is on, at 1. The reading of round is", choices=["0", "0.33", "-0.5", "1"])

# %% [markdown]
# What a reading receives from the other features is called **interference**. With all arrows in play, the reading of
# feature $i$ splits in two:
#
# $$ h \cdot w_i = \underbrace{x_i \lVert w_i \rVert^2}_{\text{what } i \text{ wrote}} +
# \underbrace{\textstyle\sum_{j \neq i} x_j \, w_j \cdot w_i}_{\text{what leaks in}} $$
#
# **Exercise 0.3** (B · 8 min · 2 points · needs 0.2) Compute the second part, for every feature and every row of a
# batch. Arrows may have any length, values any sign.


# %% exercise="0.3"
def leak(x: Float[Tensor, "batch feature"], W: Float[Tensor, "hidden feature"]) -> Float[Tensor, "batch feature"]:
    """What the reading of each feature receives from the others."""
    ### BEGIN SOLUTION
    overlap = W.T @ W
    overlap.fill_diagonal_(0)  # a feature does not leak into itself
    return x @ overlap
    ### END SOLUTION


# %%
check("0.3", leak)

# %%
fruits = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
readings = read_off(write(fruits, W), W)
compare(
    "0.3",
    f"{leak(fruits, W)[0, 1]:.2f}: the cosine of 120°, because both arrows have length 1",
    plots.projections(W, onto=W[:, 1], names=names, reader="round"),
    plots.heat_map(
        readings, rows=["red", "red, round", "red, round, ripe"], columns=names, y_title="on", x_title="reading"
    ),
)

# %% [markdown]
# Above, the shadows that the three arrows throw on the line of *round*; below, readings for three fruits, a row each.
# One feature on: its own reading is 1, the others read −0.5. Two on: each reads only 0.5. All three on: every reading
# is 0, since the three arrows add up to nothing. (Our first fruit was ripe at 0.5, which leaks 0.5 · (−0.5) into
# *red*: so 0.8 read as 0.55.) The more features are on at once, the worse for all of them.
#
# Now look at the first row again. Cut off whatever is negative (a ReLU on the *reading*), and it is perfect: 1, 0, 0.
# As long as **few features are on at a time**, three fit where there is room for two. That is superposition, and
# chapter 1 lets a network find it by itself.

# %%
# the claims above, checked: nothing to do here
one_on, two_on, all_on = read_off(write(fruits, W), W)
assert torch.allclose(one_on, torch.tensor([1.0, -0.5, -0.5]), atol=1e-5)
assert torch.allclose(two_on[:2], torch.tensor([0.5, 0.5]), atol=1e-5)
assert torch.allclose(all_on, torch.zeros(3), atol=1e-5)
assert torch.allclose(one_on.relu(), fruits[0], atol=1e-5)
assert torch.allclose(read_off(h, W)[0, 0], torch.tensor(0.55), atol=1e-5)

# %% [markdown]
# ## 0.4 Which arrows? A rotation can't tell
#
# Turn all three arrows by the same angle. Every hidden value is a different number, yet every overlap between arrows is
# as before, and overlaps are all that readings depend on.

# %%
turn = torch.tensor(0.6)
R = torch.stack([torch.stack([turn.cos(), -turn.sin()]), torch.stack([turn.sin(), turn.cos()])])
plots.rotation(W, R @ W)

# %% [markdown]
# In symbols: writing and reading give $W^\top W x$, and $(RW)^\top (RW) = W^\top R^\top R \, W = W^\top W$. So in a
# linear hidden layer no unit means anything by itself; only directions do, and only up to a rotation.
#
# A ReLU on the hidden units would change that. It asks each *coordinate* for its sign, so it can tell the axes from
# other directions. A layer in which something singles out the axes has a **privileged basis**.
# <br>*Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"; Elhage et al. 2022, section 1.*
#
# **Predict.** Put a ReLU on the hidden units. Which ways to turn the hidden space still leave every output of every
# such model unchanged?

# %%
predict(
    "0.4",
    question="With a ReLU on the hidden units, outputs stay the same",
    choices=["under every rotation", "only if axes swap places", "only if nothing moves"],
)

# %% [markdown]
# **Exercise 0.4** (B · 10 min · 2 points · needs 0.2) Compute the outputs of the model after its hidden space was
# turned by $R$: both writing and reading use $RW$ in place of $W$. If `relu` is true, the hidden activation passes
# through a ReLU before it is read.


# %% exercise="0.4"
def rotated_model(
    x: Float[Tensor, "batch feature"],
    W: Float[Tensor, "hidden feature"],
    R: Float[Tensor, "hidden hidden"],
    relu: bool,
) -> Float[Tensor, "batch feature"]:
    """Outputs of the model whose hidden space was turned by R."""
    ### BEGIN SOLUTION
    turned = R @ W
    h = write(x, turned)
    if relu:
        h = h.relu()
    return read_off(h, turned)
    ### END SOLUTION


# %%
check("0.4", rotated_model)

# %% [markdown]
# Turn the fruit model by every angle, and measure how far its outputs move (root mean square over 500 random fruits, as
# a share of the outputs' own size).


# %%
def change(x, W, R, relu: bool) -> float:
    """How far turning by R moves the outputs, as a share of their size."""
    before, after = (rotated_model(x, W, Q, relu) for Q in (torch.eye(len(R)), R))
    return ((after - before).norm() / before.norm()).item()


def turned_by(degrees: float) -> Float[Tensor, "2 2"]:
    c, s = torch.tensor(degrees).deg2rad().cos(), torch.tensor(degrees).deg2rad().sin()
    return torch.stack([torch.stack([c, -s]), torch.stack([s, c])])


SEED = 0  # every random number below follows from it
basket = torch.rand(500, 3, generator=torch.Generator().manual_seed(SEED))
degrees = list(range(0, 361, 5))

# %%
curves = {relu: [change(basket, W, turned_by(d), relu) for d in degrees] for relu in (False, True)}
figure = plots.style.figure(340)
figure.update_xaxes(title_text="hidden space turned by (degrees)", dtick=90)
figure.update_yaxes(title_text="change of the outputs")
for relu, name in [(False, "linear hidden layer"), (True, "ReLU on the hidden layer")]:
    figure.add_scatter(x=degrees, y=[round(c, 3) for c in curves[relu]], name=name, mode="lines")

# %%
swap = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
swapped = change(basket, W, swap, relu=True)
by_45 = change(basket, W, turned_by(45), True)
compare("0.4", f"swapping the two axes: change {swapped:.0%}. Turning by 45°: {by_45:.0%}", figure)
assert max(curves[False]) < 1e-4 and swapped < 1e-4
assert min(curves[True][2:-2]) > 0.1  # every turn from 10° to 350°

# %% [markdown]
# The linear model never notices. With a ReLU, every turn shows, and only exchanging axes (giving the units other names)
# does not. The same holds for larger models: for 20 random ones, with 8 features in 5 dimensions and a random
# orthogonal $R$ each, the outputs of the linear model stay, and those of the ReLU model move by more than 10 %.

# %%
# the claim above, checked: nothing to do here
for draw in range(20):
    rng = torch.Generator().manual_seed(20 * SEED + draw)
    inputs, model = torch.rand(500, 8, generator=rng), torch.randn(5, 8, generator=rng)
    Q = torch.linalg.qr(torch.randn(5, 5, generator=rng)).Q
    assert change(inputs, model, Q, relu=False) < 1e-4  # limits held for 420 draws: `bench/bands.py 00`
    assert change(inputs, model, Q, relu=True) > 0.1

# %% [markdown]
# Keep this in mind for later chapters: asking what a single *unit* does can make sense where there is a privileged
# basis, such as after an activation function. In the residual stream of a transformer there is none by design, and we
# ask about directions. (By design: in trained transformers some coordinates of the stream do stand out. Elhage,
# Lasenby and Olah 2023, *Privileged Bases in the Transformer Residual Stream*, look for the reason, and find it in the
# optimiser.)

# %% [markdown]
# ## 0.5 Inside a small language model
#
# Here is a language model of our own: a transformer with two layers that knows 69 words and holds 16 numbers per word.
# It was trained on generated sentences about animals and people, where the verb agrees with its subject and everyone
# has favourite things to do. (How it was made and how good it is: `course_utils/lm/weights/tiny.md`.) We open it with
# [TransformerLens](https://transformerlensorg.github.io/TransformerLens/), the standard tool for looking inside such
# models. Loading takes some seconds.

# %%
print("The first model takes some seconds: TransformerLens is loaded as well.")
tiny = load_model("tiny")
words = tiny.tokenizer.convert_ids_to_tokens(range(tiny.cfg.d_vocab))
print(tiny.cfg.n_layers, "layers,", len(words), "words,", tiny.cfg.d_model, "dimensions")
print(tiny.to_str_tokens("the dogs near the poet"))

# %% [markdown]
# A text becomes **tokens**, here whole words, with `<s>` at the beginning. Each token gets a vector of 16 numbers, the
# start of its **residual stream**. Two blocks, each with attention and an MLP, read from that stream and add to it. At
# the end, after a last LayerNorm, the stream is turned into one **logit** per word, and a softmax turns those into
# probabilities for the *next* word. `run_with_cache` does all this and keeps every intermediate tensor under a name.
# <br>*The picture of a stream that blocks read from and write to: Elhage et al. 2021.*

# %%
_, one = tiny.run_with_cache("the poet writes")
for name in ["hook_embed", "blocks.0.attn.hook_pattern", "blocks.0.mlp.hook_post", "blocks.0.hook_resid_post"]:
    print(f"{name:28} {list(one[name].shape)}")

# %% [markdown]
# Names say where a tensor is: first the part of the model, then the hook. `blocks.0.hook_resid_post` is the residual
# stream after block 0, for one text, four tokens, 16 dimensions; `ln_final.hook_normalized` is what the last LayerNorm
# hands on. The cache wants the whole name, and `KeyError: 'hook_normalized'` means that it has none like that:
# `print(list(one))` shows all it has.
#
# The texts that we look at, `PROMPTS` below, are the same words with every combination of numbers: one dog or more,
# near one poet or more.

# %%
PROMPTS = ["the dog near the poet", "the dogs near the poet", "the dog near the poets", "the dogs near the poets"]

# %% [markdown]
# **Predict.** In this language dogs run and growl, poets write and laugh. How does *the dogs near the poet …* go on?

# %%
predict("0.5", question="the dogs near the poet …", choices=["writes", "write", "growls", "growl"])

# %% [markdown]
# **Exercise 0.5** (B · 6 min · 1 point) Run the model on the four prompts at once, and hand in three tensors: `resid`,
# the residual stream after the last block; `final`, the same after the last LayerNorm; and `logits`. All for every
# position, as they come.

# %% exercise="0.5"
### BEGIN SOLUTION
logits, cache = tiny.run_with_cache(PROMPTS)
resid = cache["blocks.1.hook_resid_post"]
final = cache["ln_final.hook_normalized"]
### END SOLUTION

# %%
check("0.5", {"resid": resid, "final": final, "logits": logits})

# %%
chance = tiny("the dogs near the poet")[0, -1].softmax(-1)  # after the last word, for each word that may come next
top = chance.topk(8)
likely = [words[i] for i in top.indices]
chances = plots.bars(top.values, names=likely, y_title="probability of the next word")
compare("0.5", f"{likely[0]}, with probability {top.values[0]:.2f}", chances)

# %%
# the claim below, checked: nothing to do here
assert set(likely[:2]) == {"growl", "run"} and top.values[:2].sum() > 0.8

# %% [markdown]
# What dogs do, and in the plural, although the nearest noun is a single poet. The model has found the subject.

# %% [markdown]
# ## 0.6 A logit is a dot product
#
# How does it say so? Each word $v$ has a direction in the final residual stream, the column $u_v$ of the
# **unembedding** matrix $W_U$, and a bias $b_v$. Its logit is the reading of exercise 0.2:
#
# $$ \text{logit}_v = h \cdot u_v + b_v . $$
#
# So whether *growl* beats *growls* is one reading too, along the difference of their directions (not made length 1),
# plus the difference of their biases.
#
# **Exercise 0.6** (B · 8 min · 2 points · needs 0.2, 0.5) For each prompt, compute the logit of `word` minus the logit
# of `other`, at the last position. Each prompt comes with its own two words, given by their number in the vocabulary.


# %% exercise="0.6"
def logit_difference(
    final: Float[Tensor, "prompt position model"],
    W_U: Float[Tensor, "model vocab"],
    b_U: Float[Tensor, " vocab"],
    word: Int[Tensor, " prompt"],
    other: Int[Tensor, " prompt"],
) -> Float[Tensor, " prompt"]:
    """Logit of `word` minus logit of `other` after the last token of each prompt."""
    ### BEGIN SOLUTION
    direction = W_U[:, word] - W_U[:, other]  # [model, prompt]
    return (final[:, -1] * direction.T).sum(-1) + b_U[word] - b_U[other]
    ### END SOLUTION


# %%
check("0.6", logit_difference)

# %% [markdown]
# Is it really what the model does? `unembed.hook_in` is what the unembedding reads (your `final`, under its other
# name).

# %%
model_logits, kept = tiny.run_with_cache(PROMPTS)
growl, growls = (torch.full((4,), words.index(word)) for word in ("growl", "growls"))
by_hand = logit_difference(kept["unembed.hook_in"], tiny.W_U, tiny.b_U, growl, growls)
by_model = model_logits[:, -1, growl[0]] - model_logits[:, -1, growls[0]]
for prompt, ours, theirs in zip(PROMPTS, by_hand, by_model, strict=True):
    print(f"{prompt:24} by hand {ours:6.1f}   the model {theirs:6.1f}")
assert torch.allclose(by_hand, by_model, atol=1e-3)
assert (by_hand[[1, 3]] > 5).all() and (by_hand[[0, 2]] < -5).all()

# %% [markdown]
# The same numbers, and a clear verdict: far above 0 for *dogs*, far below for *dog*, whoever they are near.
#
# (The stream is a sum of what the embedding and every block wrote, so this reading can be split into a part for each
# of them: **direct logit attribution**, which chapter 6 does. Elhage et al. 2021; Wang et al. 2022, "Interpretability
# in the Wild", use it on a large model.)
#
# ### Where *plural* is before there is a verb
#
# So far we have read the very vector that was made for choosing the verb. That it tells the verb is no news. Is
# *plural* a direction earlier on, at the subject, when no verb is in sight? To find out without looking where we will
# test, take **other** texts: *the cat*, *the cats* and so on with ten nouns, neither dog nor poet. Look at the stream
# after block 0, at the noun. The mean difference between plural and singular is our candidate.

# %%
HOOK, NOUN = "blocks.0.hook_resid_post", 2  # position 0 is <s>, 1 is "the"


def number_direction(nouns: list[str]) -> tuple[Tensor, Tensor, Tensor]:
    """A direction of length 1 from singular to plural, and the readings of these nouns: singular, plural."""
    texts = [f"the {form}" for noun in nouns for form in (noun, NOUNS[noun])]
    stream = tiny.run_with_cache(texts)[1][HOOK][:, NOUN].unflatten(0, (len(nouns), 2))  # [noun, form, model]
    difference = (stream[:, 1] - stream[:, 0]).mean(dim=0)
    direction = difference / difference.norm()
    return direction, *(stream @ direction).unbind(dim=1)


others = [noun for noun in NOUNS if noun not in ("dog", "poet")]
number, of_singular, of_plural = number_direction(others)
print(f"ten singular nouns read {of_singular.min():.2f} to {of_singular.max():.2f}")
print(f"ten plural nouns read {of_plural.min():.2f} to {of_plural.max():.2f}")
held_out = kept[HOOK][:2, NOUN] @ number
print(
    f"dog reads {held_out[0]:.2f}, dogs {held_out[1]:.2f}; one coordinate has {(number**2).max():.0%} of it, the most"
)
assert of_singular.max() < of_plural.min() and held_out[0] < of_singular.max() and held_out[1] > of_plural.min()
assert (number**2).max() < 0.25

# %% [markdown]
# It separates the nouns that it was made from, and *dog* from *dogs*, which it has never seen. And it is no axis of
# the stream. But that something can be *read* doesn't say that the model *uses* it. For that we have to interfere: at
# the first noun, take a step along this direction to the other side of the middle, equally far; leave all else as it
# is, and let the model run on. TransformerLens does it with a **hook**, a function that gets a tensor on its way and
# returns what shall go on instead.

# %%
predict(
    "0.6",
    question="At the first noun the reading is moved to the other number. Which verb is expected at the end?",
    choices=["As before", "No clear verdict any more", "The other form"],
)

# %%
singular, plural = [[words.index(form) for form in some] for some in (VERBS.keys(), VERBS.values())]


def step_across(texts: list[str], direction: Tensor, middle: Tensor) -> Float[Tensor, "text model"]:
    """The step that mirrors the reading of each text's first noun at the middle."""
    reading = tiny.run_with_cache(texts)[1][HOOK][:, NOUN] @ direction
    return 2 * (middle - reading)[:, None] * direction


def plural_odds(texts: list[str], step: Tensor | float = 0.0, position: int = NOUN) -> Float[Tensor, "text"]:
    """Log odds that the next word is a plural verb rather than a singular one, after a step in the stream."""

    def push(stream: Tensor, hook) -> Tensor:
        stream = stream.clone()
        stream[:, position] += step
        return stream

    last = tiny.run_with_hooks(texts, fwd_hooks=[(HOOK, push)])[:, -1]
    return last[:, plural].logsumexp(dim=1) - last[:, singular].logsumexp(dim=1)


# %%
across = step_across(PROMPTS, number, torch.cat([of_singular, of_plural]).mean())
odds = {
    "as it is": plural_odds(PROMPTS),
    "step at the first noun": plural_odds(PROMPTS, across),
}
before, first = odds.values()
compare(
    "0.6",
    f"log odds of a plural verb: {[round(v) for v in before.tolist()]} become {[round(v) for v in first.tolist()]}",
    plots.grouped_bars(odds, {}, PROMPTS, y_title="log odds of a plural verb"),
)
assert (before.sign() == -first.sign()).all()

# %% [markdown]
# The model expects the verb of the other number. How general is that? Each of the twelve nouns as the subject, in both
# numbers, near another noun in both numbers, with a direction from the ten nouns that don't occur. And controls: the
# same step at the three words after the subject (*near*, *the*, and the second noun, which is the last word), and steps
# of the same length in random directions.

# %%
nouns, dice = list(NOUNS), torch.Generator().manual_seed(SEED)
at = {"first noun": NOUN, "near": 3, "second the": 4, "last word": 5}
flips = {name: [] for name in (*at, "random")}
for subject, other_noun in zip(nouns, nouns[1:] + nouns[:1]):
    texts = [f"the {a} near the {b}" for a in (subject, NOUNS[subject]) for b in (other_noun, NOUNS[other_noun])]
    direction, ones, many = number_direction([noun for noun in nouns if noun not in (subject, other_noun)])
    step, was = step_across(texts, direction, torch.cat([ones, many]).mean()), plural_odds(texts) > 0
    for name, position in at.items():
        flips[name].append((plural_odds(texts, step, position) > 0) != was)
    for anywhere in torch.nn.functional.normalize(torch.randn(10, 16, generator=dice), dim=1):
        as_long = (step @ direction)[:, None] * anywhere
        flips["random"].append((plural_odds(texts, as_long) > 0) != was)

# %%
turned = {name: torch.cat(each) for name, each in flips.items()}
for name, each in turned.items():
    print(f"{name:12} verdict turned over in {each.sum():3} of {len(each)} texts: {each.float().mean():.0%}")
at_nouns = tiny.run_with_cache(PROMPTS)[1][HOOK][:, [NOUN, 5]] @ number  # [prompt, first or second noun]
by_noun = (at_nouns[1, 0] - at_nouns[0, 0]).item(), (at_nouns[2, 1] - at_nouns[0, 1]).item()
print(
    f"dogs read {by_noun[0]:.1f} more than dog, as the first noun; poets {by_noun[1]:.1f} more than poet, as the second"
)
assert turned["first noun"].float().mean() > 0.75 and turned["random"].float().mean() < 0.25
assert turned["near"].float().mean() < 0.1 and turned["second the"].float().mean() < 0.1
assert turned["last word"].float().mean() > 0.5 and by_noun[1] < 0.3 * by_noun[0]

# %% [markdown]
# So *plural* is a direction in the stream, at the subject, after one block; it comes from other sentences; and the
# model **uses** it, since changing it there changes the verb. It isn't all that tells the model the number: some
# verdicts stay. And some random steps of that length turn verdicts over too; without that count you couldn't say how
# much of this is the direction's doing.
#
# Between the two nouns the same step does nothing: it matters at the subject, not anywhere. At the last word it turns
# most verdicts over as well. That is no contradiction: there the verb is read off, so a step at this place may act on
# the output directly, while one at the subject has to be fetched from there by attention. And the model keeps the two
# nouns apart: *poet* and *poets*, as second nouns, hardly differ along this direction.

# %% [markdown]
# ## 0.7 More words than dimensions
#
# 69 words have a direction each, in 16 dimensions. One of these stays empty: LayerNorm takes from every vector the mean
# of its 16 numbers, so the direction (1, 1, …, 1) is never used, and the words' directions leave it out too. So at most
# 15 of them can all be at right angles to one another.
#
# **Predict.** There are 2346 pairs of words. For how many is the angle within 6° of a right angle (|cosine| < 0.1)?

# %%
predict("0.7", question="Pairs of words at nearly right angles", choices=["about 90 %", "about 30 %", "about 3 %"])

# %%
unit = tiny.W_U / tiny.W_U.norm(dim=0)
overlap = unit.T @ unit  # [word, word]
pairs = overlap[torch.ones_like(overlap).triu(1).bool()]
near_right = (pairs.abs() < 0.1).float().mean().item()
compare("0.7", f"{near_right:.0%} of {len(pairs)} pairs")
assert len(pairs) == 2346 and 0.25 < near_right < 0.35

# %%
both = singular + plural
forms = [words[i] for i in both]
plots.heat_map(overlap[both][:, both], rows=forms, columns=forms, value_title="cosine")

# %% [markdown]
# Two blocks: verbs of one form point to the same side (their subjects have the same number), and the two forms of one
# verb are nearly at right angles. Over all pairs of words the picture is less tidy: directions drawn at random in 15
# dimensions do just as well (the last cell of this section draws 20 times and prints the shares). (A part that all
# words' directions had in common would raise all logits alike, and a softmax doesn't see that. Such a part would blur
# these cosines, so it was taken out when the weights were stored.)
#
# So every reading of a word picks up a little of many other words. Is that a price, as in 0.3? Not always. There,
# features were on independently, and an overlap could only disturb. Here a leak raises the logit of another *word*,
# and that is welcome if both words are likely in the same place. Each noun of this language has two favourite verbs:
# are their directions nearer to each other than those of other verbs? And *near*, *behind* and *beside* stand for each
# other everywhere.

# %%
verbs = list(VERBS)
together = torch.zeros(len(verbs), len(verbs), dtype=torch.bool)
for one_verb, another in FAVOURITE_VERBS.values():
    together[verbs.index(one_verb), verbs.index(another)] = together[verbs.index(another), verbs.index(one_verb)] = True
apart = ~together & ~torch.eye(len(verbs), dtype=torch.bool)
for form, ids in (("singular", singular), ("plural", plural)):
    cosines = overlap[ids][:, ids]
    print(f"{form:8} forms: {cosines[together].mean():.2f} for favourites, {cosines[apart].mean():.2f} for others")
    assert cosines[together].mean() - cosines[apart].mean() > 0.12
near = [words.index(word) for word in ("near", "behind", "beside")]
alike = overlap[near][:, near][torch.ones(3, 3).triu(1).bool()]
print(f"near, behind, beside: cosines of {alike.min():.3f} and more")
assert alike.min() > 0.99

# %% [markdown]
# Words that are likely together overlap most. In an unembedding an overlap is part of what the model says, beside what
# may leak where it shouldn't. Which of the two prevails? We can ask what all of it costs in the end: compare the
# model's loss on sentences it has never seen with the entropy of the process that makes the sentences, which nobody
# can beat.

# %%
unseen = sample(1000, seed=7_000_000 + SEED)  # with the true probability of every word
log_p = tiny(unseen.tokens)[:, :-1].log_softmax(-1)
loss = -log_p.gather(-1, unseen.tokens[:, 1:, None]).mean().item()
entropy = -unseen.log_prob[:, 1:].mean().item()
print(f"the model {loss:.2f}, the process {entropy:.2f} nats per word")
assert 0 < loss - entropy < 0.02

# %% [markdown]
# Almost as well as anyone could: with 69 words in 16 dimensions there is next to nothing to lose. (Whether a wider
# model would gain the rest, we haven't tried.)
#
# Is this superposition? It has the first half of it, more directions than dimensions. But words are what the model
# reads and writes; which *features* it uses inside, nobody told us. So chapter 1 goes to a place where all the features
# are known.

# %%
# the claims above, checked: nothing to do here
forms_across = overlap[singular][:, plural]  # [singular form, plural form]
assert overlap[singular][:, singular].mean() > 0.5 and overlap[plural][:, plural].mean() > 0.5
assert forms_across.abs().mean() < 0.15 and forms_across.diagonal().abs().max() < 0.35
# no direction uses (1, …, 1), so the rank is 15; and nothing is common to all words
assert tiny.W_U.mean(0).abs().max() < 1e-5 and kept["unembed.hook_in"].mean(-1).abs().max() < 1e-5
assert torch.linalg.matrix_rank(tiny.W_U) == 15 and tiny.W_U.mean(1).norm() < 1e-5
shares = []
for draw in range(20):
    random = torch.randn(15, 69, generator=torch.Generator().manual_seed(20 * SEED + draw))
    random /= random.norm(dim=0)
    shares.append(((random.T @ random)[torch.ones(69, 69).triu(1).bool()].abs() < 0.1).float().mean().item())
print(f"20 times 69 random directions: {min(shares):.0%} to {max(shares):.0%} of the pairs at nearly right angles")
assert min(shares) > 0.25 and max(shares) < 0.33

# %% [markdown]
# ## Summary
#
# - A feature is written as an arrow times its value and read with a dot product.
# - Arrows that are not at right angles leak into each other's readings: interference. With few features on at a time it
#   can be borne, and a ReLU can cut off what is negative.
# - Nothing that a linear hidden layer computes changes when the layer is rotated, so its units mean nothing by
#   themselves. A ReLU singles out the axes: a privileged basis.
# - A logit of a language model is a dot product of the last residual vector (after LayerNorm) with a direction, plus a
#   bias. There are more words than dimensions, so their directions can't all be at right angles.
# - *Plural* is a direction in the stream of `tiny`, found from some sentences and tested on others. A step along it, at
#   the subject, changes the verb: reading shows what is there, interfering shows what is used.
#
# ## Quiz

# %%
quiz("0")

# %% [markdown]
# ## Where next
#
# **Chapter 1** trains the smallest network that puts features in superposition, and finds when it does. The question it
# leads to: in a model like `tiny`, or a large one, how would you find the features if nobody tells you what they are?
# Chapters 9 and 10 work on that one, and it is not closed.

# %%
progress()
