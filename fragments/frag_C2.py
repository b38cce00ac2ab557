# %% [markdown]
# ## 10.7 Use it
#
# A direction that means something should *do* something. **Steering**: at places of other things, change the neurons
# so that the model names the verbs of a thing that isn't there. Its **side effect**: the KL divergence, at places
# where no thing is, from what the model says otherwise (0 if nothing changes). A dictionary offers two ways: add a
# latent's direction, or **clamp** the latent, that is, set it to a value. (Templeton et al. 2024, *Scaling
# Monosemanticity*, clamped a latent for the Golden Gate Bridge, and the model spoke of little else.)
#
# **Exercise 10.9** (B · 8 min · 2 points) Set the latents whose numbers are in `latents` to `value` in every row. `f`
# is the code of x. The dictionary's error, x less its reconstruction, stays as it is. Return the new x.


# %% exercise="10.9"
def clamp(
    x: Float[Tensor, "row d_in"],
    f: Float[Tensor, "row latent"],
    W_dec: Float[Tensor, "latent d_in"],
    latents: Int[Tensor, " chosen"],
    value: float,
) -> Float[Tensor, "row d_in"]:
    """The activations with these latents at the value, and all else as it was."""
    ### BEGIN SOLUTION
    return x + (value - f[:, latents]) @ W_dec[latents]
    ### END SOLUTION


# %%
check("10.9", clamp)

# %%
predict(
    "10.9",
    question="Steering to a thing's verbs, at the same side effect: which of these does best?",
    choices=["the latent", "a linear probe", "the mean less that of all rows"],
)

# %% [markdown]
# All directions come from training rows, places of things and others, and are scored on held-out ones: the latent
# with the best F1 for the thing; a linear probe (7.2); the mean at the thing, less the mean of all rows, or less that
# of all things. Each has length 1, times a force.

# %%
followers = torch.from_numpy(minilang.followers("thing"))  # [thing, 2]
train_thing, thing = (torch.where(s < 315, s // 3, -1) for s in (means.spelling, spelling))  # the first 105 meanings
dice = torch.Generator().manual_seed(SEED)
chosen = torch.cat([(train_thing >= 0).nonzero().flatten(), torch.randint(len(rows), (6_000,), generator=dice)])
is_thing = train_thing[chosen][:, None] == torch.arange(105)
chosen_f = encode(sae, rows[chosen])
best = truth.best_latents(chosen_f, is_thing).latent
mean_at = (is_thing.float().T @ rows[chosen]) / is_thing.sum(0)[:, None]
ways = {
    "latent": sae.W_dec[best],
    "probe": fit_lda(rows[chosen], is_thing).weight.T,
    "less all": mean_at - centre,
    "less things": mean_at - mean_at.mean(0),
    "random": torch.randn(105, 128, generator=dice),
}
ways = {name: F.normalize(direction, dim=1) for name, direction in ways.items()}
at_things, elsewhere = (
    where.nonzero().flatten()[torch.randperm(int(where.sum()), generator=dice)[:500]]
    for where in (thing >= 0, thing < 0)
)
targets = torch.randperm(105, generator=dice)[:12].tolist()


# %%
def named(where: Int[Tensor, " row"], changed: Float[Tensor, "row d_in"], t: int) -> Float[Tensor, " row"]:
    """The probability of the two verbs of thing t."""
    return perturb.says(after, mid[where], changed / scale).exp()[:, followers[t]].sum(1)


def kl(where: Int[Tensor, " row"], changed: Float[Tensor, "row d_in"]) -> Float[Tensor, " row"]:
    return perturb.kl_of(after, mid[where], x[where] / scale, changed / scale)


def steered(change) -> tuple[float, float]:
    """The side effect, and the probability of a target's verbs at other things: means over targets."""
    found = []
    for t in targets:
        others = at_things[thing[at_things] != t]
        found.append((kl(elsewhere, change(elsewhere, t)).mean(), named(others, change(others, t), t).mean()))
    return tuple(torch.tensor(found).mean(0).tolist())


def pushed(direction: Float[Tensor, "thing d_in"], force: float):
    return lambda where, t: x[where] + force * direction[t]


def held_at(times: float):
    usual_value = [chosen_f[chosen_f[:, n] > 0, n].mean() for n in best]  # where the latent is on
    return lambda where, t: clamp(x[where], f[where], sae.W_dec, best[[t]], times * usual_value[t])


steering = {name: [steered(pushed(direction, force)) for force in (0, 2, 4, 6, 9)] for name, direction in ways.items()}
steering["latent, clamped"] = [steered(held_at(times)) for times in (0, 1, 2, 3)]
side, p_verbs = ({name: [pair[i] for pair in pairs] for name, pairs in steering.items()} for i in (0, 1))
at_tenth = {name: float(np.interp(0.1, side[name], p_verbs[name])) for name in steering}
by_latent = max(at_tenth["latent"], at_tenth["latent, clamped"])
in_common = {name: direction.mean(0).square().sum().item() for name, direction in ways.items()}  # mean cosine of two
assert min(at_tenth["probe"], at_tenth["less things"]) > 1.6 * by_latent > 1.6 * at_tenth["random"] + 0.05
assert at_tenth["less all"] < 0.75 * at_tenth["less things"] and in_common["less all"] > max(
    0.3, in_common["probe"] + 0.1
)
titles = {"x_title": "KL elsewhere (nats)", "y_titles": ["p of the verbs"]}
picture = plots.line_panels(side, {"at other things": p_verbs}, **titles)
compare("10.9", {name: round(p, 2) for name, p in at_tenth.items()}, "where the side effect is 0.1 nats", picture)

# %% [markdown]
# The probe, and the mean less that of other *things*, which wasn't in the list: at the same side effect they name the
# verbs about twice as often as the latent or more, however the latent is used, for it is one spelling's. (Wu et al.
# 2025, *AxBench*, found in large models, too, that simple differences of means steer better than autoencoders.) What
# one takes off matters as much: a good part of the mean less *all* is the same for all things.
#
# **Ablation** is the other way round. At places of a thing take away what should carry it: latents that are on there
# more often than at other things, or all that the row has along a direction. And, for the price: all the time and
# everywhere a force of 6, what does the next piece cost more?

# %%
firing = torch.stack([(chosen_f[is_thing[:, t]] > 0).float().mean(0) for t in range(105)])
distinct = firing - firing.mean(0)  # [thing, latent]
taken = {name: [] for name in ("nothing", "1 latent", "3 latents", "along the probe", "along 'less things'")}
for t in range(105):
    here = (thing == t).nonzero().flatten()
    off = [clamp(x[here], f[here], sae.W_dec, distinct[t].topk(n).indices, 0.0) for n in (1, 3)]
    along = [ways[name][t] for name in ("probe", "less things")]
    flat = [x[here] - torch.outer((x[here] - mean_at.mean(0)) @ d, d) for d in along]
    for into, changed in zip(taken.values(), [x[here], *off, *flat]):
        into += named(here, changed, t).tolist()
verbs_left = {name: float(np.mean(of)) for name, of in taken.items()}
everywhere = torch.randperm(len(x), generator=dice)[:2000]
following = torch.from_numpy(texts.tokens[:, 1:]).long().flatten()[everywhere, None]


def nats(changed: Float[Tensor, "row d_in"]) -> float:
    return -perturb.says(after, mid[everywhere], changed / scale).gather(1, following).mean().item()


cost = {name: np.mean([nats(x[everywhere] + 6 * d[t]) for t in targets]) for name, d in ways.items()}
cost = {name: float(value) - nats(x[everywhere]) for name, value in cost.items()}
print("p of the verbs left:", {name: round(p, 2) for name, p in verbs_left.items()})
print("nats more:", {name: round(value, 2) for name, value in cost.items()})
assert (
    verbs_left["nothing"] > 0.9
    and verbs_left["nothing"] - 0.4 < verbs_left["3 latents"] < verbs_left["1 latent"] - 0.05
)
assert verbs_left["along 'less things'"] < 0.3 and verbs_left["along the probe"] < verbs_left["3 latents"] - 0.1
assert min(cost.values()) > 0.1 and max(cost, key=cost.get) == "less all"

# %% [markdown]
# Without three latents most of the probability is still there, without the right direction little. Whoever finds that
# switching latents off changes little has learned that latents were missing, perhaps, and not that the feature isn't
# used. And no steering is free: a tenth of a nat or more, even in a random direction.
#
# ## 10.8 Perturbations
#
# Is the reconstruction's error harmless? Gurnee (2024, *SAE reconstruction errors are (empirically) pathological*)
# moved activations of GPT-2 by the error, and in random directions *as long as it*: the error changed the output two
# to four times as much. But which random direction is fair? One that is equally likely in all directions goes mostly
# where activations hardly vary. Lee and Heimersheim (2024, *Investigating Sensitive Directions in GPT-2*) took better
# ones as a baseline, and the errors no longer stood out.

# %%
predict(
    "10.10",
    question="Compared with a random direction as long as it is, our dictionary's error changes the output …",
    choices=["more, by mean and median", "more by the mean alone", "more by the median alone", "less, by both"],
)

# %% [markdown]
# **Exercise 10.10** (B · 9 min · 2 points) A sum of data, each less the mean of all and times a random normal number,
# is random and varies as the data do: it has their covariance. Row r of `weights` holds the random numbers for one
# direction. Make the directions, and give direction r the length `norms[r]`.


# %% exercise="10.10"
def like_the_data(
    weights: Float[Tensor, "row datum"], data: Float[Tensor, "datum d_in"], norms: Float[Tensor, " row"]
) -> Float[Tensor, "row d_in"]:
    """For each row a random mixture of the centred data, of this length."""
    ### BEGIN SOLUTION
    mixed = weights @ (data - data.mean(dim=0))
    return norms[:, None] * mixed / mixed.norm(dim=1, keepdim=True)
    ### END SOLUTION


# %%
check("10.10", like_the_data)

# %% [markdown]
# Besides: the error turned round, another row's error, directions with the errors' covariance; a latent that is on,
# up and down, or one that is off; one latent exchanged for another, so that as many are on; and off the dictionary:
# of 400 random directions those twenty that are furthest from every latent's.

# %%
at = torch.randperm(len(x), generator=dice)[:3000]
error, unit_dec = sae(x[at]) - x[at], F.normalize(sae.W_dec, dim=1)
length, alive = error.norm(dim=1), (f > 0).any(0)
on, off = (torch.multinomial(p, 1, generator=dice)[:, 0] for p in ((f[at] > 0) + 1e-9, (f[at] == 0) * alive + 1e-9))
strength = f[at, on][:, None]
free = F.normalize(torch.randn(400, 128, generator=dice), dim=1)
nearest = (free @ unit_dec.T).abs().amax(1)  # cosine with the nearest latent
away = free[nearest.argsort()[:20]]
data = x[torch.randperm(len(x), generator=dice)[:4000]]
perturbations = {
    "error": error,
    "error, turned round": -error,
    "another row's error": error.roll(1, 0),
    "random": torch.randn(3000, 128, generator=dice),
    "like the data": like_the_data(torch.randn(3000, 4000, generator=dice), data, length),
    "like the errors": like_the_data(torch.randn(3000, 3000, generator=dice), error, length),
    "towards another row": x[at].roll(1, 0) - x[at],
    "latent that is on, up": unit_dec[on],
    "latent that is on, down": -unit_dec[on],
    "latent that is off, up": unit_dec[off],
    "latent exchanged": strength * (sae.W_dec[off] - sae.W_dec[on]) + 1e-6 * unit_dec[off],
    "off the dictionary": away[torch.randint(20, (3000,), generator=dice)],
}
distances, by_mean, by_median = [0.25, 0.5, 1, 2, 4], {}, {}
for name, direction in tqdm(perturbations.items(), desc="perturbations"):
    d = length[:, None] * F.normalize(direction, dim=1)
    effect = torch.stack([kl(at, x[at] + times * d) for times in distances])  # [distance, row]
    by_mean[name], by_median[name] = effect.mean(1).tolist(), effect.median(1).values.tolist()

# %%
mean_of, median_of = ({name: of[2] for name, of in by.items()} for by in (by_mean, by_median))  # as long as the error
assert 1.2 * mean_of["random"] < mean_of["error"] < 0.9 * mean_of["like the data"]
assert median_of["error"] < 0.8 * median_of["random"] < 0.8 * median_of["like the data"]
assert (
    max(mean_of["error, turned round"], mean_of["another row's error"], mean_of["like the errors"])
    < 0.9 * mean_of["error"]
)
assert mean_of["latent that is on, down"] > 1.5 * mean_of["latent that is on, up"]
assert 0.7 < mean_of["off the dictionary"] / mean_of["random"] < 1.3 and nearest.min() > 0.2
assert mean_of["latent exchanged"] > 1.3 * mean_of["random"]
measured = {name: [round(mean_of[name], 3), round(median_of[name], 4)] for name in mean_of}
over_distance = {name: distances for name in ("error", "random", "like the data", "latent exchanged")}
panels = {"mean": by_mean, "median": by_median}
picture = plots.line_panels(
    over_distance,
    {kind: {name: np.log10(of[name]) for name in over_distance} for kind, of in panels.items()},
    x_title="distance, in lengths of the error",
    y_titles=["log10 of KL"] * 2,
)
compare("10.10", "KL, mean and median:", measured, picture)

# %% [markdown]
# By the **mean** the error does more than a random direction, as Gurnee found; a direction like the data does more
# than the error, as the reply found. By the **median** the error does *less* than either. At most places it hardly
# matters, and a few pay for all. What is special about it? Turned round, or taken from another row, it is milder: it
# isn't the shape of errors that harms but that the error takes off what *this* row says. (A latent that is on, turned
# down, costs much more than turned up.) An exchanged latent costs more than a random direction, too. "Off the
# dictionary" is nowhere in particular: with 1,024 latents in 128 dimensions one of them is always near. And a mean
# over such tails needs its median beside it.
#
# ## 10.9 A dictionary of the embedding
#
# The embedding has a row for each of 859 pieces; for so few no encoder is needed. How much of each can be said with a
# few of the *others*? In random rows nothing but chance makes them alike.
#
# **Exercise 10.11** (C · 10 min · 3 points · needs 10.6) All rows of `E` are made length 1. Then each is pursued as
# in 10.6, with the *others* as directions and strengths of either sign: k times the other row with the largest
# product, by size, with what is left is taken (again, if it comes to that), and its part comes off. Which share of
# the row's squared length is left?


# %% exercise="10.11"
def by_the_others(E: Float[Tensor, "piece model"], k: int) -> Float[Tensor, " piece"]:
    """The share of each row's squared length that k steps with the other rows leave."""
    ### BEGIN SOLUTION
    unit = E / E.norm(dim=1, keepdim=True)
    left, own = unit, torch.eye(len(E), dtype=torch.bool)
    for _ in range(k):
        score = (left @ unit.T).masked_fill(own, 0)
        at = score.abs().argmax(dim=1)
        left = left - score.gather(1, at[:, None]) * unit[at]
    return left.square().sum(dim=1)
    ### END SOLUTION


# %%
check("10.11", by_the_others)

# %%
predict(
    "10.11",
    question="One other row leaves 0.83 of a random row. Of a trained one?",
    choices=["as much", "0.65 to 0.8", "0.4 to 0.65", "less than 0.4"],
)

# %% [markdown]
# The controls: Gaussian rows; the numbers of each dimension dealt out anew; and Gaussian rows with the covariance of
# the trained ones (as in 10.10), for if only some dimensions were long, these would do as well. The mean row is taken
# off. Then the same over the training of the two-layer model, which has checkpoints, and an autoencoder with 256
# latents.

# %%
mixtures = torch.randn(len(PIECES), len(PIECES), generator=dice)


def off_mean(which) -> Float[Tensor, "piece model"]:
    return which.W_E - which.W_E.mean(0)


def alike(E: Float[Tensor, "piece model"]) -> Float[Tensor, "piece model"]:
    return like_the_data(mixtures, E, E.norm(dim=1))


embedding = off_mean(model)
embeddings = {
    "trained": embedding,
    "untrained": off_mean(untrained),
    "Gaussian": torch.randn(embedding.shape, generator=dice),
    "dealt out anew": torch.stack([c[torch.randperm(len(c), generator=dice)] for c in embedding.T], dim=1),
    "same covariance": alike(embedding),
}
unsaid = {name: [by_the_others(E, k).mean().item() for k in (1, 2, 4, 16)] for name, E in embeddings.items()}
assert unsaid["trained"][0] < unsaid["same covariance"][0] - 0.15 < unsaid["Gaussian"][0] - 0.2
assert all(abs(unsaid[name][0] - unsaid["Gaussian"][0]) < 0.02 for name in ("untrained", "dealt out anew"))
table = plots.heat_map(torch.tensor([*unsaid.values()]), rows=[*unsaid], columns=["1 other", "2", "4", "16"])
compare("10.11", f"{unsaid['trained'][0]:.2f}", table)

# %%
steps = {read: off_mean(load_model("mini-gelu-2l", tokens=read)) for read in (0, *INDUCTION[::3], None)}
over_training = [[by_the_others(E, 1).mean().item() for E in (of, alike(of))] for of in steps.values()]
print("one other, trained and same covariance:", [[round(v, 2) for v in pair] for pair in over_training])
larger = embedding * 8 / embedding.norm(dim=1).mean()
config = SAEConfig(architecture="topk", d_in=64, d_sae=256, k=4)
learned = train_sae(larger, config, steps=1000, batch_size=512, seed=SEED)
searched = learned.decode(pursuit.omp(larger - learned.b_dec, learned.W_dec, 4))
shares = [
    ((larger - each).square().sum(1) / larger.square().sum(1)).mean().item() for each in (learned(larger), searched)
]
print("four of 256 latents leave:", [round(share, 2) for share in shares], "(its encoder, OMP)")
assert (
    all(a[0] > b[0] for a, b in zip(over_training, over_training[1:]))
    and over_training[-1][1] > over_training[0][1] - 0.1
)
assert max(shares) < unsaid["trained"][2] - 0.05 and abs(shares[0] - shares[1]) < 0.03

# %% [markdown]
# One other row says half of a trained row; no control comes near. Pieces have relatives, and get them step by step;
# the covariance tells the smaller part of it. Learned latents do better than rows, as they may (one for three or four
# pieces), and again the search no better than the encoder. Last: which rows does the model need most? One row at a
# time is made random, at its old distance from the mean row. (A model *retrained* on a random frozen embedding is an
# experiment for you.)

# %%
some_texts = torch.from_numpy(texts.tokens[:120]).long()
there = some_texts[:, :-1].unique()
some_pieces = there[torch.randperm(len(there), generator=dice)[:200]]
costs = perturb.random_row_costs(model, some_texts, some_pieces.tolist(), seed=SEED)
for i in costs.rise.argsort(descending=True)[:5].tolist():
    print(f"{PIECES[costs.piece[i]]!r}: {costs.rise[i]:.0f} nats in all, at {costs.places[i]} places")
each = costs.rise / costs.places
by_four = by_the_others(embedding, 4)[costs.piece]
pairs = {"in all, with places": (costs.rise, costs.places), "at a place, with what four others leave": (each, by_four)}
ranks = {
    name: torch.corrcoef(torch.stack([v.argsort().argsort().float() for v in pair]))[0, 1].item()
    for name, pair in pairs.items()
}
print(
    f"median at a place {each.median():.1f} nats; rank correlations", {name: round(r, 2) for name, r in ranks.items()}
)
assert ranks["in all, with places"] > 0.6 and abs(ranks["at a place, with what four others leave"]) < 0.4

# %% [markdown]
# In all, a row is worth what it is used. At one place it has little to do with how much of the row others can say:
# what tells a piece from its relatives is in the rest. A dictionary that explains an embedding well has not said what
# of it is needed.
