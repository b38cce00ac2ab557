# %% [markdown]
# ## 10.3 Against the truth
#
# The usual report asks how much of the activations is kept, and never what a latent means. Here every row has 470
# labels, so we can ask: is there, for each feature, a latent that says it? A latent **fires** where it is above 0. Of
# the rows where it fires, the share where the feature holds is its **precision**; of the rows where the feature holds,
# the share where it fires is its **recall**; F1 is their harmonic mean, 2 · hits / (fired + holds) (chapter 07).
#
# Features come in three sorts, and not all are equally hard to come by. **Token-determined** ones follow from the piece
# alone: an embedding gives them for free. **Computed** ones are the 213 meanings of pairs, such as *fern owl*, which no
# sum of a score for each of the two words can tell (chapter 06). All others we call **passed on**: genre, topic, the
# line, what came before.

# %%
from course_utils import probing
from course_utils.minilang.spelled import spelled, spellings
from course_utils.probing import selection
from course_utils.sae import baselines, truth
from course_utils.sae.agreement import grouped, rank_correlations
from course_utils.sae.shipped import frontier, mean_f1, shipped

PAIRS = ("thing", "place", "call", "frase")
by_piece = torch.tensor([feature.token_determined for feature in texts.features])
computed = torch.tensor([feature.family in PAIRS for feature in texts.features])
choosing = torch.arange(len(x)) // tokens.shape[1] % 2 == 0  # every other document
is_on, half_labels = f[choosing] > 0, labels[choosing]
sorts = {"token-determined": by_piece, "passed on": ~by_piece & ~computed, "computed": computed}


def by_sort(scores: Float[Tensor, " feature"]) -> list[float]:
    """The mean over the features of each sort; those that nothing is known of (nan) are left out."""
    return [scores[which].nanmean().item() for which in sorts.values()]


print({sort: int(which.sum()) for sort, which in sorts.items()})

# %%
predict(
    "10.3",
    question="For an average meaning of a pair: the F1 of its best latent, of 1,024?",
    choices=["above 0.8", "about 0.5", "about 0.3", "below 0.1"],
)

# %% [markdown]
# **Exercise 10.3** (B · 9 min · 2 points) For each feature find the latent with the highest F1, the first of several
# that are equally good, and give its number, its precision, its recall and its F1, in this order. Where nothing is hit,
# all three are 0: there are latents that never fire, and features that never hold.


# %% exercise="10.3"
def best_latents(
    fires: Bool[Tensor, "row latent"], labels: Bool[Tensor, "row feature"]
) -> tuple[Int[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"]]:
    """For each feature the latent with the highest F1, and its precision, recall and F1."""
    ### BEGIN SOLUTION
    hits = fires.float().T @ labels.float()  # [latent, feature]
    fired, holds = fires.sum(0)[:, None], labels.sum(0)
    f1 = (2 * hits / (fired + holds)).nan_to_num()  # 0 / 0 becomes 0
    best = f1.argmax(0)
    precision, recall = (hits / fired).nan_to_num(), (hits / holds).nan_to_num()
    every = torch.arange(len(best))
    return best, precision[best, every], recall[best, every], f1[best, every]
    ### END SOLUTION


# %%
check("10.3", best_latents)

# %% [markdown]
# Your function, on every other document (half of them is enough here, and spares your memory):

# %%
_, *scores = best_latents(is_on, half_labels)
by_measure = torch.tensor([by_sort(score) for score in scores]).T  # [sort, measure]
assert 0.15 < by_measure[2, 2] < 0.45 and by_measure[0, 2] > by_measure[1, 2] > by_measure[2, 2]
compare(
    "10.3",
    f"{by_measure[2, 2]:.2f}",
    plots.heat_map(by_measure, rows=[*sorts], columns=["precision", "recall", "F1"], value_title="mean"),
)

# %% [markdown]
# The rarer and the more computed a feature is, the worse: of what the MLP is there for, the dictionary tells least.
#
# Is 0.3 much? Three things to settle first. A threshold for each latent might serve it better than "above 0". The best
# of 1,024 latents and some hundred thresholds flatters, if chosen and scored on the same rows. So from here on the
# latent *and* its threshold are chosen on every other document, and scored on those between (`truth.best_latents`: your
# function, with thresholds, and fast where most activations are 0). And beside the dictionary we need what costs
# nothing: single neurons, PCA, ICA (chapter 09), as many random directions of which the 4 largest products fire in each
# row, and the dictionary of a model that has learned nothing: Heap et al. 2025 (*Sparse Autoencoders Can Interpret
# Randomly Initialized Transformers*) found its latents explained about as well as those of the trained model. Ours was
# trained on the neurons of the untrained twin and comes with the package (`make dictionaries`).

# %%
predict(
    "10.3b",
    question="1,024 *random* directions, the 4 largest firing. Beside the best neurons they tell the meanings …",
    choices=["worse", "as well", "far better (1.5 times or more)", "as well as the dictionary"],
)


# %%
def told(f: Float[Tensor, "row latent"]) -> list[float]:
    """F1 of each feature's best latent and threshold, by sort: chosen on half of the documents, scored on the rest."""
    return by_sort(truth.held_out_f1(f, labels, choosing))


twin_rows = activations(untrained, tokens, NEURONS)[NEURONS].flatten(0, 1)
makers = {
    "dictionary": lambda: f,
    "the twin's dictionary": lambda: encode(shipped("untrained", TRAINING), twin_rows),
    "random directions, top 4": lambda: baselines.random_topk(x, 1024, 4, seed=SEED),
    "PCA": lambda: baselines.principal(x),
    "ICA": lambda: baselines.independent(x, seed=SEED),
    "neurons": lambda: baselines.one_sided(x),
}
beside = {name: told(make()) for name, make in tqdm(makers.items(), desc="told", delay=1)}
trained_f1, of_twin_too, random_f1, *_, of_neurons = (torch.tensor(each) for each in beside.values())
assert all(beside["dictionary"][2] > beside[name][2] + 0.05 for name in makers if name != "dictionary")
assert random_f1[2] > 1.5 * of_neurons[2]
assert 0.25 < (random_f1[2] - of_neurons[2]) / (trained_f1[2] - of_neurons[2]) < 0.75
assert beside["ICA"][0] > 0.75 * trained_f1[0] and beside["ICA"][2] < 0.5 * trained_f1[2]
assert (of_twin_too[:2] > 0.7 * trained_f1[:2]).all() and of_twin_too[2] < 0.2 * trained_f1[2]
picture_of_f1 = plots.heat_map(torch.tensor([*beside.values()]), rows=[*beside], columns=[*sorts], value_title="F1")
compare("10.3b", f"{random_f1[2] / of_neurons[2]:.1f} times the neurons' F1", picture_of_f1)

# %% [markdown]
# And what is in the activations, for those who have labels? Probes of four neurons and of all of them (chapter 07), for
# the meanings alone, fitted where the latents were chosen.

# %%
y_choose, y_judge = half_labels[:, computed], labels[~choosing][:, computed]
x_choose, x_judge = x[choosing], x[~choosing]
four = selection.largest_mean_differences(x_choose, y_choose, 4)
probes = {"4": probing.fit_on(x_choose, y_choose, four), "all": probing.fit_dense(x_choose, y_choose, steps=30)}
probed = {}
for name, probe in probes.items():
    cut = probing.best_thresholds(probe.scores(x_choose), y_choose)
    probed[name] = probing.f1(probe.scores(x_judge) >= cut.threshold, y_judge).nanmean().item()
    print(f"probe of {name} neurons: F1 {probed[name]:.2f} for meanings")
del twin_rows, x_choose, x_judge
assert probed["4"] < trained_f1[2] + 0.05 and probed["all"] > trained_f1[2] + 0.3

# %% [markdown]
# Read it by columns. *Token-determined*: the dictionary of a model that knows nothing is not far behind, since words
# are in its embedding too; nor is ICA. *Passed on*: the twin's is close again. *Computed*: there the twin has nothing
# to find. So the two are told apart by what is computed, and by little else. A score that doesn't know which features
# are computed may miss the difference.
#
# And chance does much: enough random directions, few of them active, tell meanings better than neurons do, and between
# a quarter and three quarters of the dictionary's lead over neurons is theirs. A probe of all neurons shows that what
# the dictionary lacks is there in the activations.
#
# ## By name: X except Y
#
# With the truth at hand we can call latents by name. Take those that are nearly always right about some feature X. Many
# don't fire at all its places. Is there a second feature Y that tells where they don't?

# %% [markdown]
# **Exercise 10.4** (B · 9 min · 2 points) Each latent has a feature X, `feature_of[latent]`. For each latent and each
# feature Y: in which share of the rows *with X and without Y* does it fire, and in which share of the rows *with X and
# Y*? Give the first share less the second; 0 where one of the two kinds of rows doesn't occur.


# %% exercise="10.4"
def exception_gaps(
    fires: Bool[Tensor, "row latent"], feature_of: Int[Tensor, " latent"], labels: Bool[Tensor, "row feature"]
) -> Float[Tensor, "latent feature"]:
    """How much less often each latent fires at its feature X where Y holds too, for each feature Y."""
    ### BEGIN SOLUTION
    x, y = labels[:, feature_of].float(), labels.float()
    hit = x * fires
    both, hit_both = x.T @ y, hit.T @ y  # [latent, feature]: rows with X and Y, and those where it fires
    without = (hit.sum(0)[:, None] - hit_both) / (x.sum(0)[:, None] - both)
    return (without - hit_both / both).nan_to_num()  # 0 / 0 becomes 0
    ### END SOLUTION


# %%
check("10.4", exception_gaps)

# %% [markdown]
# Your function, again on every other document, on all latents that fire at 25 places or more and are right at nine of
# ten. Those that spare Y nearly always (a gap above 0.8), where X and Y meet at 15 places or more; and which latent
# tells best, on the documents between, the places that are spared.


# %%
def exceptions(fires: Bool[Tensor, "row latent"]) -> list[tuple[int, int, int, float]]:
    """(latent, X, Y, gap) of every precise latent that spares a Y."""
    hits, fired = truth.count_together(fires, half_labels), fires.sum(0)
    feature_of = (2 * hits / (fired[:, None] + half_labels.sum(0))).nan_to_num().argmax(1)  # what each tells best
    right = hits.gather(1, feature_of[:, None])[:, 0] / fired
    precise = ((right >= 0.9) & (fired >= 25)).nonzero().flatten()
    X = feature_of[precise]
    meet = truth.count_together(half_labels[:, X], half_labels) >= 15
    gap, Y = exception_gaps(fires[:, precise], X, half_labels).where(meet, 0.0).max(1)
    print(f"{len(precise)} precise latents, {int((gap > 0.8).sum())} with an exception")
    return [(*each, g) for *each, g in zip(precise.tolist(), X.tolist(), Y.tolist(), gap.tolist()) if g > 0.8]


spared = exceptions(is_on)
by_chance = exceptions(baselines.random_topk(x[choosing], 1024, 4, seed=SEED) > 0)

# %%
at_both = torch.stack([labels[:, X] & labels[:, Y] for _, X, Y, _ in spared], dim=1)  # [row, exception]
stand_in = truth.best_latents(f[choosing], at_both[choosing])
stand_in_f1 = truth.held_out_f1(f, at_both, choosing)
for n, (latent_number, X, Y, gap) in enumerate(spared):
    instead = f"latent {int(stand_in.latent[n])} tells these with F1 {stand_in_f1[n]:.2f}"
    print(f"{latent_number:4} {names[X]} except {names[Y]} (gap {gap:.2f}): {instead}")
assert len(spared) >= 5 and len(by_chance) <= len(spared) / 4
assert 0.2 < (stand_in_f1 > 0.5).float().mean() < 1

# %% [markdown]
# With `TRAINING = 0` and `SEED = 0`, "after a Spanish preposition" turns out to be "… except on a feminine article",
# and "a month" is "a month except in a table". Of random directions few are even precise, and of these hardly any has
# an exception. Chanin et al. 2024 (*A is for Absorption*) call it absorption: where Y holds as well, a latent of its
# own takes over, and that of X keeps silent. For some of the exceptions such a latent is there (F1 above 0.5), for the
# others nothing clear stands in. From its top examples none of this can be seen: they show where the latent fires, and
# not where it should have. With labels of X alone, X except Y looks like low recall.
#
# ## Meanings or spellings?
#
# A meaning has three **spellings**: *copper slippers* and *silver larks* are one meaning, and do the same. `spelled`
# says where each of the 639 spellings holds. Does a latent know the meaning, or one way to write it?

# %%
single = torch.from_numpy(spelled(texts)[:, :-1]).flatten(0, 1)  # [row, spelling]
complete = single.any(1)  # rows where some pair is complete
of_meaning = single.unflatten(1, (-1, 3)).any(2)  # [row, meaning]: any of its three spellings
trios = truth.best_latents(f[complete], single[complete])
clear = trios.f1.unflatten(0, (-1, 3)).amin(1).topk(3).indices  # meanings whose three spellings are all told well
for i in [3 * m + k for m in clear.tolist() for k in range(3)]:
    print(f"{spellings()[i][1]:20} latent {int(trios.latent[i]):4}, F1 {trios.f1[i]:.2f}")
assert all(len(set(trio)) == 3 for trio in trios.latent.unflatten(0, (-1, 3))[clear].tolist())

# %% [markdown]
# These are the three meanings whose spellings are told best: each spelling by a latent of its own. (A latent that knows
# one spelling perfectly and the other two not at all has an F1 of 0.5 for the meaning: precision 1, recall a third.) So
# put several latents together: say the meaning where *any* of them fires.
#
# **Exercise 10.5** (C · 12 min · 3 points) Choose at most `k` latents greedily: in each round the one with which the
# **union** (any of the chosen fires) has the highest F1, the first of several that are equally good. Stop as soon as no
# latent makes F1 higher. Give their numbers in the order in which they were chosen. (The feature holds somewhere.)


# %% exercise="10.5"
def greedy_union(fires: Bool[Tensor, "row latent"], holds: Bool[Tensor, " row"], k: int) -> list[int]:
    """At most k latents that tell a feature together, in the order in which they were chosen."""
    ### BEGIN SOLUTION
    said, chosen, reached = torch.zeros_like(holds), [], 0.0
    for _ in range(k):
        together = said[:, None] | fires
        f1 = 2 * (together & holds[:, None]).sum(0) / (together.sum(0) + holds.sum())
        best = int(f1.argmax())
        if f1[best] <= reached:
            return chosen
        chosen.append(best)
        said, reached = together[:, best], f1[best]
    return chosen
    ### END SOLUTION


# %%
check("10.5", greedy_union)

# %% [markdown]
# What would make a dictionary learn meanings instead? Three ideas. Train it **only at links**, the rows where a pair is
# complete: then there is nothing else to spend latents on. Train it there on **what the MLP writes** into the stream:
# what follows is the same for all three spellings. Or give it, there, exactly **213 latents**, one for each meaning.
# The first two come with the package, the third trains here. The unions are those of your function.

# %%
predict(
    "10.5",
    question="Trained only where pairs are complete, 1,024 latents, 4 at a time. They will be …",
    choices=["meanings", "spellings", "single words", "nothing of these"],
)

# %%
at_links = torch.from_numpy(spelled(train_texts)[:, :-1].any(-1)).flatten()
few = SAEConfig(architecture="batchtopk", d_in=128, d_sae=213, k=4)
one_each = train_sae(rows[at_links], few, steps=400, seed=SEED)
link_rows, halves = x[complete], choosing[complete]
written = link_rows / scale @ after.W_out
link_latents = {
    "all rows": f[complete],
    "only links": encode(shipped("links", TRAINING), link_rows / scale),
    "only links, what is written": encode(shipped("written", TRAINING), written),
    "only links, 213 latents": encode(one_each, link_rows),
}


def f1_at_links(f: Float[Tensor, "link latent"], holds: Bool[Tensor, "row feature"]) -> float:
    """The mean F1 of the best latents at links, chosen on half of the documents and scored on the others."""
    return truth.held_out_f1(f, holds[complete], halves).nanmean().item()


def united(f: Float[Tensor, "row latent"], k: int) -> float:
    """The mean F1 of unions of at most k latents for the meanings, likewise."""
    fires, holds, scores = f > 0, of_meaning[complete], []
    for where in holds.T:
        if (where & halves).any() and (where & ~halves).any():
            near = fires[halves & where].any(0).nonzero().flatten()  # the others hit nothing
            union = near[greedy_union(fires[halves][:, near], where[halves], k)] if len(near) else near
            scores.append(probing.f1(fires[~halves][:, union].any(1, keepdim=True), where[~halves, None]))
    return torch.cat(scores).mean().item()


# %%
learned_what = {
    name: [f1_at_links(own, single), f1_at_links(own, of_meaning), united(own, 1), united(own, 3)]
    for name, own in tqdm(link_latents.items(), desc="at links", delay=1)
}
columns_of_links = ["spellings", "meanings", "union of 1", "union of 3"]
picture_of_links = plots.heat_map(
    torch.tensor([*learned_what.values()]), rows=[*learned_what], columns=columns_of_links, value_title="F1 at links"
)
assert all(spelling > meaning for spelling, meaning, *_ in learned_what.values())
assert learned_what["only links"][0] > learned_what["all rows"][0] + 0.15
assert learned_what["only links"][3] > learned_what["only links"][2] + 0.2
compare(
    "10.5",
    f"spellings: F1 {learned_what['only links'][0]:.2f}, meanings {learned_what['only links'][1]:.2f}",
    picture_of_links,
)

# %% [markdown]
# Spellings, each time. Trained where it matters the dictionary learns most spellings, and a union of three latents is
# much of a meaning. Nothing that we tried turned it round: not fewer latents, not what is written. It isn't that a
# meaning couldn't be read along a direction: the probe above does. But a spelling is what happens, and a dictionary is
# asked to rebuild what happens; which of it the model then treats same_sparsity, it isn't told.
#
# ## Does the usual report rank as the truth does?
#
# Now the question behind all comparisons of dictionaries. Six architectures (chapter 09) at three sparsities, for each
# of the three trainings of the model: `make dictionaries` trained them, and the package keeps what was measured, on
# texts that no dictionary saw. Loss recovered is against zero ablation (10.2).

# %%
predict(
    "10.5b",
    question="Order the dictionaries by loss recovered, and by F1 for meanings. The rank correlation?",
    choices=["above 0.8", "about 0.5", "about 0", "below -0.5"],
)

# %%
measured_lines = frontier()
reports = {"loss recovered (zero)": "recovered_zero", "loss recovered (mean)": "recovered_mean"}
reports |= {"explained variance": "explained_variance", "L0": "l0"}
truths = {
    "all features": [mean_f1(line["f1"]) for line in measured_lines],
    "meanings": [mean_f1(line["f1"], PAIRS) for line in measured_lines],
    "meanings, no threshold": [mean_f1(line["f1_any_activation"], PAIRS) for line in measured_lines],
    "spellings": [line["spelling"] for line in measured_lines],
    "spellings, at links": [line["spelling_at_links"] for line in measured_lines],
}


def by_architecture(values: list) -> dict[str, list]:
    """The same in lists of their own, one for each architecture."""
    return {
        measured_lines[own[0]]["architecture"]: [values[i] for i in own]
        for own in grouped(measured_lines, "architecture")
    }


# %%
usual = {name: [line[key] for line in measured_lines] for name, key in reports.items()}
runs = grouped(measured_lines, "training", "seed")  # each has all architectures and sparsities
agreement = torch.stack(
    [torch.stack([rank_correlations(a, b, runs) for b in truths.values()]) for a in usual.values()]
)  # [report, truth, run]
of_loss, of_l0 = agreement[0], agreement[3]
one_sparsity = grouped(measured_lines, "training", "seed", "sparsity")
same_sparsity = rank_correlations(usual["loss recovered (zero)"], truths["meanings"], one_sparsity)
one_kind = grouped(measured_lines, "training", "seed", "architecture")
wanted_l0 = [line["sparsity"] for line in measured_lines]
assert (rank_correlations(wanted_l0, usual["loss recovered (zero)"], one_kind) > 0.99).all()
least, most = same_sparsity.min(), same_sparsity.max()
print(f"architectures of one sparsity: {same_sparsity.mean():.2f} on average, {least:.2f} to {most:.2f}")
assert (of_loss[1].abs() < 0.3).all() and (of_loss[0] > of_loss[1]).all() and (of_loss[2] < of_loss[1]).all()
assert (of_loss[2] < 0).all() and (of_l0[2] < -0.4).all() and (of_loss[4] > 0.6).all()
assert 0.3 < same_sparsity.mean() < 0.8 and (of_l0[1] < 0).all() and of_loss[0].mean() < 0.5
says = by_architecture([f", {at['sparsity']} a row, training {at['training']}" for at in measured_lines])
shown_reports = {name: by_architecture(usual[name]) for name in ("loss recovered (zero)", "L0")}
picture_of_frontier = plots.scatter_panels(
    shown_reports, by_architecture(truths["meanings"]), y_title="F1 of meanings", says=says
)
picture_of_agreement = plots.heat_map(agreement.mean(-1), rows=[*usual], columns=[*truths], value_title="correlation")
range_of_loss = f"{of_loss[1].min():.2f} to {of_loss[1].max():.2f} in {len(runs)} runs"
compare("10.5b", range_of_loss, picture_of_frontier, picture_of_agreement)

# %% [markdown]
# Hardly. (The table has rank correlations over the 18 dictionaries of a run, averaged over the runs. Zero or mean
# ablation is one row twice: within a run, both rescale the same losses.) Among architectures of one sparsity, loss
# recovered and F1 for meanings agree to a degree: who fails, fails at both. But sparsity matters as much, and there
# they part. More active latents always recover more loss; they tell meanings no better, and if a latent is taken at its
# word wherever it is above 0, worse. The last column says why: at links, and only there, the order is nearly the same.
# A dictionary with more active latents tells the spellings from each other, and lets these latents fire in other places
# as well, which the loss doesn't mind.
#
# So the usual report tells a broken dictionary from a sound one. Which of the sound ones has latents that *mean* what
# the model computes, it does not say; nor, but for a little more agreement, when all 470 features count.
