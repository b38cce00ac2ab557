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


tent_trained = {"24, 6": ((24, 6), 0.01, 2500), "64": ((64,), 0.01, 2000), "256": ((256,), 0.01, 2000, 1),
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
tent_sorted["256 neurons"] = tent_sorted["256 neurons"].repeat_interleave(4)  # one network, as wide as four
picture = plots.lines(range(1, 33), tent_sorted, x_title="tents, best first", y_title="error")
compare("4.11a", f"{tent_learned['24, 6'].float().mean():.1f} in the mean of four", "\n".join(tent_rows), picture)
assert tent_learned["24, 6"].float().mean() > 6 and tent_learned["64"].max() == 0 and tent_learned["256"] >= 3
assert tent_error["24, 6"].mean() < min(0.6 * tent_error["64"].mean(), tent_error["256"].mean())
assert dense_missed.min() > 0.9 and hand_missed < 1e-5

# %% [markdown]
# Is it superposition in **both** layers? Delete one neuron at a time, and see whose error rises by 0.1 or more.

# %%
tent_rise = [computing.tent_lesions(tent_nets["24, 6"], layer, 8, seed=SEED) for layer in (0, 1)]
for layer, each in enumerate(tent_rise):  # [neuron, network, tent]
    needing = (each > 0.1).sum(dim=2).float()
    shared = (needing > 1).float().mean()
    print(f"hidden layer {layer}: {needing.mean():.1f} tents need a neuron; two or more need {shared:.0%}")
    assert shared > 0.8 and needing.mean() > 3
row_names, column_names = ([f"{kind} {n}" for n in range(count)] for kind, count in (("neuron", 6), ("tent", 8)))
plots.heat_map(tent_rise[1][:, 0].clamp(0, 2), rows=row_names, columns=column_names, y_title="second hidden layer",
               x_title="output", value_title="rise of the error (2: and more)")  # fmt: skip

# %% [markdown]
# Both layers are in superposition: nearly every neuron is needed by several tents, more than three in the mean, where
# by hand each serves one. What does the second layer buy? A single one can do without, at a price: 64 neurons learn no
# tent, 256 learn several, and still miss more than 24 and 6. In dense data training has found nothing after 800 steps,
# where weights by hand make no error: not learned isn't impossible.
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
# **Exercise 4.11** (B · 10 min · 2 points) One layer with repair. `pairs` has two bits in each row: the first becomes
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
# 60 inputs for each number of bits that are on: without repair, with a gentle ramp (slope 2), with a steep one (8).
bit_vectors = F.normalize(torch.randn(1024, 512, generator=torch.Generator().manual_seed(SEED)), dim=1)
sort_slopes, sort_counts = {"no repair": None, "slope 2": 2.0, "slope 8": 8.0}, (1, 2, 3, 4, 6, 8)
sort_runs = {(name, on): computing.sort_blocks(bit_vectors, on, slope, seed=SEED)
             for name, slope in sort_slopes.items() for on in sort_counts}  # fmt: skip
sort_orthogonal = computing.sort_blocks(torch.eye(1024), 8, seed=SEED)
sort_logs = {f"{name}, {on} on": sort_runs[name, on].error.log10() for name in sort_slopes for on in (2, 8)}
picture = plots.lines(range(9), sort_logs, x_title="layers", y_title="log₁₀ of the error of readings")
sort_rows = [f"{name:10} rows all right: " + ", ".join(f"{on} on {sort_runs[name, on].right:.2f}" for on in sort_counts)
             for name in sort_slopes]  # fmt: skip
sort_plain, sort_clean, sort_crowded = (sort_runs[k].error for k in (("no repair", 2), ("slope 8", 2), ("slope 8", 8)))
sort_growth = sort_plain[1:] / sort_plain[:-1]
sort_rows += [
    f"two on: without repair times {sort_growth.min():.1f} to {sort_growth.max():.1f} in each layer",
    f"with slope 8 {sort_clean[0]:.3f} to {sort_clean[-1]:.3f}; orthogonal {sort_orthogonal.error.max():g}",
]
compare("4.11b", f"{sort_plain[-1]:.0f}", "\n".join(sort_rows), picture)
assert sort_growth.min() > 2 and sort_plain[-1] > 100 and abs(sort_clean[-1] / sort_clean[0] - 1) < 0.1
assert sort_runs["slope 8", 2].right > 0.95 and sort_runs["slope 8", 8].right < 0.2 and sort_orthogonal.error.max() == 0
assert all(sort_runs["no repair", on].right == 0 for on in sort_counts) and sort_crowded[-1] > 5 * sort_crowded[0]
assert all(sort_runs["slope 8", on].right >= sort_runs["slope 2", on].right for on in (2, 3, 4))

# %% [markdown]
# Without repair every layer multiplies the error, and the bits are lost. With the steep ramp two bits come through
# eight layers as clean as they began: what a layer rounds off it doesn't hand on. But **simultaneous interference**
# adds up. Each of $k$ bits that are on leaks about $\pm 1/\sqrt{512}$ into every reading, so a sum of two is off by
# about $\sqrt{2k/512}$. A ramp forgives $\tfrac12 - 1/(2 \cdot \text{slope})$, here 0.25 and 0.44. With $k = 3$ the
# steep ramp has four standard deviations of room; with $k = 8$ less than two and a half, for hundreds of pairs in eight
# layers, and each wrong bit is one more that leaks. That is an answer to Nanda's 4.16: a threshold deals with it,
# while few are on.
#
# Note what is shared: the 512 *dimensions*. The ReLUs of the ramps aren't, four for each pair. Sharing those as well
# takes far wider layers.
# <br>*Hänni, Mendel, Vaintrob and Chan 2024, "Mathematical Models of Computation in Superposition".*

# %% [markdown]
# ## 4.7 Not linear, still there
#
# So far a feature was a direction. Must it be one? Four bits, in all sixteen combinations, go through a layer of
# **two** ReLU neurons, then one of 32, and come out again. Whatever comes out has passed those two. There, a bit is
# *linear* if a straight line separates the points at which it is on from those at which it is off.
#
# **Exercise 4.12** (B · 10 min · 2 points) "No linear probe reads it" must not mean "the one I fitted didn't". So take
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
# A control: twenty features that nobody learned, random halves of the sixteen points
halves = torch.rand(16, 20, generator=torch.Generator().manual_seed(SEED)).argsort(dim=0) < 8
line_reads, half_reads = computing.best_lines(in_two, combos > 0.5), computing.best_lines(in_two, halves)
linear_bits, weakest = (line_reads == 1).sum(dim=1), line_reads.amin(dim=1)
bits_axes = [torch.linspace(-0.1, 1.1, 61) * in_two[:, 0, n].max() for n in (0, 1)]
bits_said = computing.above(perfect[0], 0)(torch.cartesian_prod(*bits_axes)).sigmoid()[:, 0]
bits_titles = [f"bit {k}: best line {line_reads[0, k]:.2f}" for k in range(4)]
picture = plots.region_panels(
    bits_said.reshape(61, 61, 4).permute(2, 1, 0), *bits_axes, bits_titles,
    x_title="neuron 0", y_title="neuron 1", value_title="says “on”", points=in_two[:, 0], marked=combos.T > 0.5,
)  # fmt: skip
bits_row = f"best line for the weakest bit: {weakest.mean():.3f} ({weakest.min():.3f} to {weakest.max():.3f}); "
bits_row += f"for random halves of the points: {half_reads.mean():.3f}"
compare("4.12a", f"{linear_bits.tolist()} in {len(perfect)} networks of 24", bits_row, picture)
assert len(perfect) >= 4 and linear_bits.max() <= 2 and weakest.mean() < half_reads.mean() and weakest.max() < 0.82

# %% [markdown]
# At most two, always, and that can be proved. $k$ lines cut a plane into at most $1 + k + k(k-1)/2$ regions: three
# lines make 7, and three bits have 8 combinations. In $d$ dimensions, bits that occur in all combinations can be linear
# for $d$ of them and no more (Cover 1965, "Geometrical and Statistical Properties of Systems of Linear Inequalities
# with Applications in Pattern Recognition"): linear superposition needs sparsity. The others aren't lost. The best of
# all lines reads the weakest no better than it reads random halves of the points, and yet the layers above get it
# right: its region has corners or islands. This is Nanda's 4.17. (Trainings left out get some combination wrong.)
# <br>*A trained language model's relative: Csordás, Potts, Manning and Geiger 2024, "Recurrent Neural Networks Learn to
# Store and Generate Sequences using Non-Linear Representations".*
#
# ### Stretch: no number of features, no parts
#
# Something stands at an angle of a ring, and twelve sensors see it, at $\text{relu}(\cos(\text{angle} - \phi_j))$.
# Through two neurons and 24 more, the network gives the readings a quarter turn further on. *How many* features do the
# two neurons hold (4.18)? And has the ring parts (4.19)?

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
ring_left = torch.tensor([[computing.left_over(at, k) for at in (round_it[0], eight[0])] for k in stand_ins.tolist()])
ring_curves = dict(zip(("all angles", "eight angles"), ring_left.clamp_min(1e-6).log10().T))
picture = plots.lines(stand_ins, ring_curves, x_title="k", y_title="log₁₀ of the share left over", log_x=True)
compare("4.12b", f"none: {ring_left[-1, 0]:.1e} at 64", picture)
ring_two = torch.rand(720, 2, generator=torch.Generator().manual_seed(SEED))
ring_either = ring_two * F.one_hot(torch.arange(720) % 2)
ring_shapes = {f"ring {n}": h for n, h in enumerate(round_it)} | {"two features": ring_two, "one of two": ring_either}
ring_parts = {name: (computing.least_shared(h), computing.most_in_a_band(h)) for name, h in ring_shapes.items()}
for name, (bits_shared, band) in ring_parts.items():
    print(f"{name:12}: two coordinates share at least {bits_shared:.2f} bits; {band:.0%} in the fullest band")
shared_least, band_most = zip(*[ring_parts[f"ring {n}"] for n in range(len(round_it))])
ring_quarter = ring_left[3:, 0] / ring_left[2:-1, 0]
assert len(round_it) >= 2 and ring_quarter.min() > 0.2 and ring_quarter.max() < 0.33
assert ring_left[2, 1] < 1e-6 < ring_left[-1, 0] and min(shared_least) > 0.8 > 0.15 > ring_parts["two features"][0]
assert max(band_most) < 0.45 < 0.5 <= ring_parts["one of two"][1]

# %% [markdown]
# **No number.** Eight angles are eight features, and eight stand-ins leave nothing. Of all angles each doubling of $k$
# leaves a quarter, and no $k$ is the right one. **No parts.** A plane of two independent features has axes whose
# coordinates tell nothing of each other; two that exclude each other fill two lines, so half the points lie in one thin
# band (0.2 standard deviations). The ring does neither, however it is turned, in any of the trainings that learned the
# task: one feature, of two dimensions.
# <br>*After Engels, Liao, Michaud, Gurnee and Tegmark 2024, "Not All Language Model Features Are Linear".*
