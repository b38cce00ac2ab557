# %% [markdown]
# ## 4.2 Other functions
#
# $|x|$ suits a ReLU: two straight pieces, two neurons, no error. Now $x^2$, on $[-1, 1]$. The neuron $a \cdot
# \mathrm{relu}(w x + b)$ is a broken line with one **knee**, at $-b/w$; a sum of $k$ of them has $k$ knees at most. So
# first: how near does *any* broken line with $k$ knees come?
#
# **Exercise 4.4** (B · 12 min · 3 points) $x$ is uniform on $[-1, 1]$. Of all continuous, piecewise linear functions
# with `knees` knees inside $[-1, 1]$, one has the smallest mean squared error to $x^2$. Return its values at the places
# `x`. Find it on paper first.


# %% exercise="4.4"
def square_fit(x: Float[Tensor, "place"], knees: int) -> Float[Tensor, "place"]:
    """The broken line with so many knees that is nearest to x² on [−1, 1]."""
    ### BEGIN SOLUTION
    h = 2 / (knees + 1)  # x² bends the same everywhere: pieces of equal length
    piece = ((x + 1) / h).floor().clamp_max(knees)
    middle = -1 + (piece + 0.5) * h
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
line = torch.linspace(-1, 1, 4001)
square_neurons, square_left = (1, 2, 3, 4, 6), []  # shares of the variance of x², which is 4/45
for k in tqdm(square_neurons):
    nets = computing.train(computing.elementwise(1, "square"), k, n_instances=24, steps=1500, optimiser="adamw", **quiet)
    square_left.append(((nets(line[:, None])[..., 0] - line[:, None] ** 2) ** 2).mean(dim=0).min() / (4 / 45))
by_knees = [((square_fit(line, k) - line**2) ** 2).mean() / (4 / 45) for k in square_neurons]
table = [f"{k} knees {a:.5f} = 1/{1 / a:5.0f}; {k} neurons {b:.5f}" for k, a, b in zip(square_neurons, by_knees, square_left)]
curves = {"best broken line with k knees": by_knees, "best of 24 networks of k neurons": square_left}
picture = plots.log_curves(torch.tensor(square_neurons), torch.tensor(list(curves.values())).T, list(curves),
                           x_title="k", y_title="share of the variance left")  # fmt: skip
compare("4.4", "3", "\n".join(table), picture)
assert all(abs(share * (k + 1) ** 4 - 1) < 0.01 for k, share in zip(square_neurons, by_knees))
assert square_left[1] > 0.01 > square_left[2] and square_left[0] > 0.5 and square_left[1] < 1.1 / 81
assert all(net > 0.99 * best for net, best in zip(square_left, by_knees))

# %% [markdown]
# The best broken line leaves exactly $1/(k+1)^4$: a piece of length $h$ leaves $h^4/180$. Twice the pieces, a 16th of
# the error. Networks never beat it, and two neurons reach it. But **one** neuron is far from $1/16$: a neuron is flat
# on one side of its knee, and $x^2$ nowhere has a flat half. What a neuron costs depends on the company it has.
#
# ### Functions of two inputs
#
# **Exercise 4.5** (B · 15 min · 3 points) Five functions of $u$ and $v$ by hand: a hidden layer of ReLU neurons, a
# linear output. AND, OR and XOR of two bits (0 or 1); $\max(u, v)$ and $\max(|u|, |v|)$ for $u, v$ anywhere in
# $[-1, 1]$. Each exact (to 0.001), each with the fewest neurons possible. Hand in a dict of tensors. `AND`, `OR`, `XOR`,
# `MAX`, `MAX_ABS` are tables with a row for a neuron: its weights from $u$ and from $v$, its bias, its weight to the
# output. `constants` are the five output biases, in this order.

# %% exercise="4.5"
### BEGIN SOLUTION
pair_tables = {
    "AND": torch.tensor([[1.0, 1.0, -1.0, 1.0]]),
    "OR": torch.tensor([[-1.0, -1.0, 1.0, -1.0]]),  # 1 − relu(1 − u − v): neither is on
    "XOR": torch.tensor([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, 1.0]]),  # |u − v|
    "MAX": torch.tensor([[0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0]]),  # v + relu(u − v); relu(v + 1) − 1 is v
    "MAX_ABS": torch.tensor([[1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]]),
    "constants": torch.tensor([0.0, 1.0, 0.0, -1.0, -1.0]),
}
### END SOLUTION

# %%
check("4.5", pair_tables)

# %% [markdown]
# Can they share? Twelve pairs of inputs, and one output for each pair. In every input one pair is on, drawn at random;
# each other one is on with probability $q$. A pair that is off has $u = v = 0$. (`computing.grouped` draws such inputs,
# and lets networks for several functions train side by side.) `max_abs` is $\max(|u|, |v|)$, `product` $u v$, `square`
# $u^2$. One by one, a pair needs as many neurons as you just found; for `product` 3 and `square` 2 leave 4 % and 1 %.
#
# Every network gets too few for that: 18 neurons where twelve pairs need 24, 24 where they need 36, and 6 for AND and
# OR, which need 12. An output counts as **computed** if less than a fifth is left of the error of the best *affine*
# map from all inputs, so that no credit goes to what needs no neuron.

# %%
predict(
    "4.5",
    question="Of twelve max(u, v) with 18 neurons (one by one: 9), computed if all pairs are on; if mostly one is?",
    choices=["9; 9", "0 to 3; 11 or 12", "9; 11 or 12", "11 or 12; 0 to 3"],
)

# %%
q = torch.tensor([1.0, 0.1, 0.01, 0.001])
pair_nets = [(("max", "square", "xor"), 18, "linear"), (("product", "max_abs"), 24, "linear"),
             (("and", "or"), 6, "linear"), (("and", "or"), 6, "relu")]  # fmt: skip
alone = {"max": 9, "square": 9, "xor": 9, "product": 8, "max_abs": 8, "and": 6, "or": 6}


def computed_pairs(functions: tuple[str, ...], neurons: int, output: str) -> Int[Tensor, "function q"]:
    """How many of twelve outputs are computed, for each function and each q."""
    task, each = computing.grouped(functions, 12), q.repeat(len(functions))[:, None]
    nets = computing.train(task, neurons, density=each, output=output, steps=2000, batch_size=128, **quiet)
    x, y = task.examples(6000, each, seed=SEED + 1)
    return (computing.share_left(nets(x), x, y) < 0.2).sum(dim=1).reshape(len(functions), -1)


# %%
kinds = [f"{name}, {n}{', ReLU output' * (out == 'relu')} ({alone[name]})" for names, n, out in pair_nets for name in names]
counts = torch.cat([computed_pairs(*each) for each in tqdm(pair_nets)])
picture = plots.heat_map(counts.float(), rows=kinds, columns=[f"{p:g}" for p in q], x_title="q, how often another pair is on",
                         y_title="function, neurons (one by one)", value_title="computed, of 12")  # fmt: skip
compare("4.5", f"{counts[0, 0]}; {counts[0, -1]}", picture)

# %% [markdown]
# Row by row: the function, how many neurons, and how many outputs they could compute one by one.
# - **Dense** (left): none gets beyond its bracket, and most stay below: weights by hand (4.5) beat this training.
# - **Sparse** (right): all five upper functions get beyond it. Pairs share neurons, as in 4.1.
# - **AND and OR** with a linear output don't. No mystery, but rank: let six neurons compute $k$ outputs exactly, one pair
#   at a time. Then the changes that $k$ pairs make in the outputs are $k$ independent vectors, and all are sums of six
#   columns: $k \le 6$. **With a linear output, $m$ neurons compute no more than $m$ functions**, however sparse. The
#   others had room below that: more than one neuron each. A ReLU at the output lifts the bound, and AND and OR go on.

# %%
assert (counts[:5, 0] <= torch.tensor([9, 9, 9, 8, 8])).all() and counts[0, 0] <= 3
assert (counts[:5, -1] > torch.tensor([9, 9, 9, 8, 8])).all()
assert counts[5:7].max() <= 7 and (counts[7:, -1] > 6).all()  # 7: a fifth may be left

# %% [markdown]
# What would we have seen without the affine control? It needs no network: the share of the variance that the best
# affine map leaves. Beside the seven, $\max$ for $u, v$ in $[0, 1]$, and the maximum of *every* pair of eight inputs.

# %%
every = [(i, j) for i in range(8) for j in range(i)]
unit = {"max on [0, 1]": None, "max of every pair on [0, 1]": every}
affine_left = {}
for name in alone:
    x, y = computing.grouped(name, 12).examples(20_000, q[:, None], seed=SEED + 2)
    affine_left[name] = (computing.affine_error(x, y) / y.var(dim=0)).mean(dim=1)
for name, which in unit.items():
    x, y = computing.pairwise(8, "max", toy.AtLeastOne(), which).examples(20_000, q[:, None], seed=SEED + 2)
    affine_left[name] = (computing.affine_error(x, y) / y.var(dim=0)).mean(dim=1)
for name, shares in affine_left.items():
    print(f"{name:28}", "  ".join(f"q = {p:g}: {share:5.1%}" for p, share in zip(q, shares)))
assert all(0.2 < affine_left[name][0] < 0.3 and affine_left[name][-1] < 0.01 for name in unit)
assert affine_left["or"][-1] < 0.2 and min(affine_left[name].min() for name in ("xor", "square", "product")) > 0.6

# %% [markdown]
# On $[0, 1]$ a rare pair is hardly ever on *together*, and then $\max(u, v) = u + v$: nothing bends. "The maximum of
# every pair, learned in superposition" would be a sum. OR of sparse bits is nearly affine as well; XOR, squares and
# products never are. (Bits of a maximum are an OR; so *binary inputs* add no row.) Compare with affine first.
# <br>*Nanda 2022, problems 4.3, 4.5, 4.6 and 4.13.*

# %% [markdown]
# ## 4.3 Classification
#
# The rank bound is about squared errors. A classifier need not hit 0 and 1; it needs the right *side*. Twelve XORs again,
# with **six** neurons (three outputs, one by one). Three networks that differ only behind the last layer: linear
# output and squared error; a sigmoid and squared error; a sigmoid and cross-entropy, each output a class of two.

# %%
predict(
    "4.6",
    question="Mostly one pair on. Which of the three decide all twelve XORs, with six neurons?",
    choices=["none", "cross-entropy", "both with a sigmoid", "all three"],
)

# %%
print("about 3 seconds")
ends = {"linear, squared error": {}, "sigmoid, squared error": {"output": torch.sigmoid}}
ends["sigmoid, cross-entropy"] = {"loss": "binary_cross_entropy"}  # whose outputs are log-odds
xor_task, xor_q, decided = computing.grouped("xor", 12), torch.tensor([[1.0], [0.001]]), {}
for name, end in ends.items():
    nets = computing.train(xor_task, 6, density=xor_q, steps=4000, batch_size=128, **end, **quiet)
    x, y = xor_task.examples(6000, xor_q, seed=SEED + 1)
    yes, on = nets(x) > (0.0 if "loss" in end else 0.5), computing.groups_on(x)
    decided[name] = (((yes == (y > 0.5)) & on).sum(dim=0) / on.sum(dim=0) > 0.98).sum(dim=1).tolist()
table = "\n".join(f"{name:24} all pairs on {dense:2}, mostly one {sparse:2}" for name, (dense, sparse) in decided.items())
compare("4.6", ", ".join(f"{name}: {sparse}" for name, (_, sparse) in decided.items()), table)
assert decided["sigmoid, cross-entropy"][1] == 12 and max(dense for dense, _ in decided.values()) <= 3
assert decided["linear, squared error"][1] <= 6 < decided["sigmoid, squared error"][1]

# %% [markdown]
# (Decided: right in 98 % of the inputs in which the pair is on.) **Twice as many functions as neurons.** The sigmoid
# alone lifts the bound, as the ReLU did; the loss does the rest: interference that leaves the sign alone costs
# cross-entropy hardly anything, and a wrong sign costs more the surer it is. In dense data all three fail.
#
# ### Five classes for one value
#
# Now one input, and five one-hot outputs for its *value*: which fifth of $[-1, 1]$ is $x$ in? In squared error that is
# hard: five bumps. In cross-entropy the outputs are logits.
#
# **Exercise 4.6** (B · 8 min · 2 points) $K$ classes along a line: below `edges[0]` class 0, between `edges[0]` and
# `edges[1]` class 1, and so on, edges in rising order. Give `w` and `b` so that the logits $w_k x + b_k$ are largest for
# $x$'s class, and those of two neighbours equal at the edge between them. Class 0 has $w = b = 0$, and $w$ rises by
# `rise` from class to class.


# %% exercise="4.6"
def value_classes(
    edges: Float[Tensor, "edge"], rise: float
) -> tuple[Float[Tensor, "class"], Float[Tensor, "class"]]:
    """Logits, affine in x, that are largest at the class of x."""
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
    question="One *linear* hidden unit, trained for the five classes by squared error. Right for which share of x?",
    choices=["all", "four fifths", "two fifths", "one fifth"],
)


# %%
def fifth(x: Float[Tensor, "*shape 1"]) -> Float[Tensor, "*shape 5"]:
    return F.one_hot(((x[..., 0] + 1) * 2.5).long().clamp(0, 4), 5).float()


fifths, places = computing.Task(1, 5, "independent", lambda x: fifth(2 * x - 1)), line.clamp(-0.999, 0.999)[:, None]
right_fifths = {}
for loss, unit_kind, n in (("cross_entropy", "linear", 1), ("mse", "linear", 1), ("mse", "relu", 4)):
    nets = computing.train(fifths, n, n_instances=8, activation=unit_kind, loss=loss, steps=1500, batch_size=128, **quiet)
    chosen = nets((places + 1) / 2).argmax(dim=-1)
    right_fifths[f"{loss}, {n} {unit_kind}"] = (chosen == fifth(places).argmax(dim=-1)[:, None]).float().mean(dim=0)
table = [f"{name:24} {share.min():.0%} to {share.max():.0%}" for name, share in right_fifths.items()]
compare("4.6b", f"{right_fifths['mse, 1 linear'].mean():.0%}", "\n".join(table))

# %% [markdown]
# No neuron computes here: with cross-entropy one *linear* unit tells all five classes (your $w$ and $b$ are such a
# layer). "Five features from one neuron" would be a dot product.
#
# And the arrows of chapter 01? Twelve features in a plane, one on at a time, always 1; the output says *which*.
# <br>*Nanda 2022, problems 4.12 and 4.13.*

# %%
predict(
    "4.6c",
    question="Two hidden dimensions, no ReLU between. How many of the twelve does cross-entropy tell apart?",
    choices=["2", "5", "8", "12"],
)

# %%
which = computing.Task(12, 12, lambda n, p, g: F.one_hot(torch.randint(12, (n, len(p)), generator=g), 12).float(), lambda x: x)
plane, told = {}, {}
for loss, output in (("cross_entropy", "linear"), ("mse", "relu")):
    plane[loss] = computing.train(which, 2, n_instances=6, activation="linear", hidden_bias=False, loss=loss,
                                  output=output, steps=1500, batch_size=128, **quiet)  # fmt: skip
    told[loss] = (plane[loss](torch.eye(12)).argmax(dim=-1) == torch.arange(12)[:, None]).sum(dim=0)
planes = torch.stack([nets.layers[0].W[0] / nets.layers[0].W[0].norm(dim=0).max() for nets in plane.values()])
table = [f"{loss}: {number.min()} to {number.max()} of 12" for loss, number in told.items()]
compare("4.6c", f"{told['cross_entropy'].min()}", "\n".join(table), plots.arrows_2d(planes, ["cross-entropy", "squared error, ReLU"]))
assert (told["cross_entropy"] == 12).all() and told["mse"].max() < 12
assert right_fifths["cross_entropy, 1 linear"].min() > 0.9 and (right_fifths["mse, 1 linear"] - 0.4).abs().max() < 0.1

# %% [markdown]
# (Drawn to the same length; one of six trainings.) Any number of points on a circle can each be cut off by a straight line, and
# softmax needs no more. So cross-entropy keeps all twelve, in a ring; squared error with a ReLU drops some, in every
# training. One-hot labels make *storing* cheaper than in chapter 01. That is not yet computing.

# %% [markdown]
# ## 4.4 GELU unlike ReLU
#
# $\mathrm{gelu}(z) = z \, \Phi(z)$, with $\Phi$ the distribution function of a standard normal number, looks like a ReLU
# with its corner rounded off. A ReLU has no scale: $\mathrm{relu}(s z) = s \, \mathrm{relu}(z)$. A GELU has: seen from afar
# it is a ReLU; near 0, $\Phi(z) \approx 1/2 + z/\sqrt{2\pi}$.
#
# **Exercise 4.7** (C · 12 min · 3 points) $x y$ from four GELU neurons without biases: their weights from $x$ and from
# $y$ are $\pm s$, their weights to the output $\pm c$. Choose signs and $c$ so that the output tends to $x y$ as $s \to
# 0$. Return the output for numbers `x`, `y` at the scale `s`.


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
xy = 2 * torch.rand(20_000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED)) - 1
x_in, y_in, scales = *xy.T, (1.0, 0.5, 0.25, 0.125)
wanted = x_in * y_in
gelu_left = torch.tensor([((product(x_in, y_in, s) - wanted) ** 2).mean() / wanted.var() for s in scales])
bends = [((x_in + y_in).abs() - (x_in - y_in).abs()) * a for a in torch.linspace(0, 1, 101)]
relu_left = min(((bend - wanted) ** 2).mean() / wanted.var() for bend in bends)
table = [f"s = {s:5}: four GELUs miss {left:.1e}, four ReLUs with the best c {relu_left:.3f}" for s, left in zip(scales, gelu_left)]
compare("4.7", "a sixteenth", "\n".join(table))
ratios = gelu_left[:-1] / gelu_left[1:]
assert (ratios > 10).all() and 15 < ratios[-1] < 17 and gelu_left[0] < relu_left

# %% [markdown]
# The next term of a bowl is $-z^4/6$: the error shrinks as $s^2$, its square as $s^4$. At every $s$ the same four ReLUs
# miss the same: |x + y| − |x − y| has no curvature. What does training find, and is GELU always the better one?

# %%
print("about 3 seconds")
trained_left = {}
for name, n in (("product", 4), ("max", 2)):
    task = computing.grouped(name, 1)
    for act in ("relu", "gelu"):
        nets = computing.train(task, n, n_instances=12, activation=act, steps=1500, batch_size=128, **quiet)
        x, y = task.examples(4000, torch.ones(12, 1), seed=SEED + 1)
        trained_left[name, act] = (((nets(x) - y) ** 2).mean(dim=0) / y.var(dim=0)).min().item()
        print(f"{name:8} {n} neurons, {act}: best of 12 misses {trained_left[name, act]:.1e}")
assert trained_left["product", "relu"] > 4 * trained_left["product", "gelu"]
assert trained_left["max", "gelu"] > 20 * trained_left["max", "relu"]
assert trained_left["product", "gelu"] > 10 * gelu_left[-1]

# %% [markdown]
# A factor each way: products are GELU's, because of the quadratic near 0; what bends along one line is ReLU's. And by
# hand, with $s = 1/8$, a product is far better than the best of twelve trainings. So "how many neurons does it take" has
# no answer without the activation: one GELU, shifted to the bottom of its dip, makes as good a square as you like.
# <br>*Nanda 2022, problem 4.11.*

# %%
dip = torch.tensor(-0.75179, dtype=torch.float64)  # where the slope of gelu is 0
one_gelu = {s: F.gelu(dip + s * line.double()) for s in (0.5, 0.1)}
for s, hidden in one_gelu.items():
    missed = 1 - torch.corrcoef(torch.stack([hidden, line.double() ** 2]))[0, 1] ** 2  # by the best affine read-out
    print(f"x² from one GELU at s = {s}: {missed:.1e} of the variance is missed; two ReLUs: {square_left[1]:.1e}")
assert missed < 1e-3 < square_left[1]
