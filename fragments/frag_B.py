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
    middle = -1 + ((x + 1) // h + 0.5) * h
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
square_task, square_neurons, square_left = computing.elementwise(1, "square"), (1, 2, 3, 4), []
square_x = torch.linspace(-1, 1, 4001)
for k in tqdm(square_neurons):  # shares of the variance of x², which is 4/45
    nets = computing.train(square_task, k, n_instances=24, steps=1500, optimiser="adamw", **quiet)
    square_left.append(((nets(square_x[:, None])[..., 0] - square_x[:, None] ** 2) ** 2).mean(dim=0).min() / (4 / 45))
by_knees = [((square_fit(square_x, k) - square_x**2) ** 2).mean() / (4 / 45) for k in square_neurons]
table = [f"{k}: line 1/{1 / a:.0f}, network 1/{1 / b:.1f}" for k, a, b in zip(square_neurons, by_knees, square_left)]
curves = {"broken line with k knees": by_knees, "best of 24 networks of k neurons": square_left}
picture = plots.lines(square_neurons, curves, x_title="k", y_title="share of the variance left", log_x=True)
picture.update_yaxes(type="log", dtick=1)
compare("4.4", f"{next(k for k, left in zip(square_neurons, square_left) if left < 0.01)}", "\n".join(table), picture)
assert all(abs(share * (k + 1) ** 4 - 1) < 0.01 for k, share in zip(square_neurons, by_knees))
assert square_left[0] > 0.5 and 0.99 / 81 < square_left[1] < 1.1 / 81 and 0.99 / 256 < square_left[2] < 0.01

# %% [markdown]
# The best broken line leaves exactly $1/(k+1)^4$: a piece of length $h$ leaves $h^4/180$. Twice the pieces, a 16th of
# the error. Two neurons reach it. **One** is far from $1/16$: a neuron is flat on one side of its knee, and $x^2$ has
# no flat half. What a neuron is worth depends on the company it has.
#
# ### Functions of two inputs
#
# **Exercise 4.5** (B · 15 min · 3 points) Five functions of $u$ and $v$ by hand: ReLU neurons, a linear output. AND, OR
# and XOR of two bits (0 or 1); $\max(u, v)$ and $\max(|u|, |v|)$ for $u, v$ anywhere in $[-1, 1]$. Each exact (to
# 0.001), each with the fewest neurons possible. Hand in a dict of tensors. `AND`, `OR`, `XOR`, `MAX`, `MAX_ABS` are
# tables, a row for each neuron: its weights from $u$ and from $v$, its bias, its weight to the output. `constants` has
# the five output biases, in this order.

# %% exercise="4.5"
### BEGIN SOLUTION
pair_tables = {
    "AND": torch.tensor([[1.0, 1.0, -1.0, 1.0]]),
    "OR": torch.tensor([[-1.0, -1.0, 1.0, -1.0]]),  # 1 − relu(1 − u − v): neither is on
    "XOR": torch.tensor([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, 1.0]]),  # |u − v|
    "MAX": torch.tensor([[0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0]]),  # relu(v + 1) − 1 is v; + relu(u − v)
    "MAX_ABS": torch.tensor([[1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]]),
    "constants": torch.tensor([0.0, 1.0, 0.0, -1.0, -1.0]),
}
### END SOLUTION

# %%
check("4.5", pair_tables)

# %% [markdown]
# Can such functions share neurons? Twelve pairs of inputs, one output for each. In every input one pair is on, drawn at
# random; each other one is on with probability $q$. A pair that is off has $u = v = 0$. (`computing.grouped` draws such
# inputs, for several functions side by side. Further names: `product` is $u v$, `square` $u^2$.) One by one, a pair
# needs as many neurons as in 4.5; a square needs 2, and a product 3, for an error below a tenth.
# Every network gets too few for that: 18 neurons where twelve pairs need 24, 24 where they need 36, 6 where they need
# 12. An output counts as **computed** if it leaves less than a fifth of the error of the best *affine* map from all the
# inputs. So no credit goes to what needs no neuron.

# %%
predict(
    "4.5",
    question="Twelve max(u, v), 18 neurons (one by one: 9). Computed if all pairs are on; if mostly one is?",
    choices=["9; 9", "hardly any; nearly all", "9; nearly all", "nearly all; hardly any"],
)


# %%
def computed_pairs(functions: tuple[str, ...], neurons: int) -> Int[Tensor, "function q"]:
    """How many of twelve outputs are computed, for each function and each q."""
    task, each = computing.grouped(functions, 12), pair_q.repeat(len(functions))[:, None]
    nets = computing.train(task, neurons, density=each, steps=2000, batch_size=128, **quiet)
    x, y = task.examples(6000, each, seed=SEED + 1)
    return (computing.share_left(nets(x), x, y) < 0.2).sum(dim=1).reshape(len(functions), -1)


pair_q = torch.tensor([1.0, 0.1, 0.01, 0.001])
pair_nets = [(("max", "square", "xor"), 18), (("product", "max_abs"), 24), (("and", "or"), 6)]
one_by_one = torch.tensor([9, 9, 9, 8, 8, 6, 6])
counts = torch.cat([computed_pairs(*each) for each in tqdm(pair_nets)])
kinds = [f"{name}, {n} neurons" for names, n in pair_nets for name in names]
columns, table = ["one by one", *(f"q = {p:g}" for p in pair_q)], torch.cat([one_by_one[:, None], counts], dim=1)
picture = plots.heat_map(table, rows=kinds, columns=columns, y_title="function, neurons", value_title="of 12")
picture.update_traces(texttemplate="%{z}")
compare("4.5", f"{counts[0, 0]}; {counts[0, -1]}", picture)
assert (counts[:, 0] <= one_by_one).all() and counts[0, 0] <= 3 and counts[5:].max() <= 6
assert (counts[:5, -1] > one_by_one[:5]).all() and counts[0, -1] >= 10

# %% [markdown]
# - **Dense** data ($q = 1$): no row gets beyond what its neurons can do one by one. For `max`, where hand-made weights
#   (4.5) compute nine, training finds three at most.
# - **Sparse** data ($q = 0.001$): the upper five get beyond it. Pairs share neurons, as absolute values did in 4.1.
# - **AND and OR** don't, and that is rank. Let $m$ neurons compute $k$ outputs exactly, one pair at a time. Then the
#   changes that the $k$ pairs make in the output are independent, and all are sums of $m$ columns: $k \le m$. **With a
#   linear output, $m$ neurons compute no more than $m$ functions**, however sparse. (In 4.1 a ReLU stands there.)
#
# What does the affine control take away? The share of the variance that the best affine map leaves, without any
# network; beside the seven, $\max$ for $u, v$ in $[0, 1]$, and the maximum of *every* pair of eight such inputs:

# %%
every = [(i, j) for i in range(8) for j in range(i)]
tasks = {name: computing.grouped(name, 12) for names, _ in pair_nets for name in names}
tasks["max on [0, 1]"] = computing.pairwise(24, "max", toy.AtLeastOne())
tasks["max of every pair"], affine_left = computing.pairwise(8, "max", toy.AtLeastOne(), every), {}
for name, task in tasks.items():
    x, y = task.examples(20_000, pair_q[:, None], seed=SEED + 2)
    affine_left[name] = (computing.affine_error(x, y) / y.var(dim=0)).mean(dim=1)
    print(f"{name:17}", "  ".join(f"q = {p:g}: {share:6.1%}" for p, share in zip(pair_q, affine_left[name])))
assert affine_left["max on [0, 1]"][-1] < 0.01 and affine_left["max of every pair"][-1] < 0.01
assert affine_left["or"][-1] < 0.2 and min(affine_left[name].min() for name in ("xor", "square", "product")) > 0.6

# %% [markdown]
# Two inputs on $[0, 1]$ that are rarely on *together* have $\max(u, v) = u + v$, nearly always: "the maximum of every
# pair, in superposition" would be a sum. OR is nearly affine as well; XOR, squares and products never are. (The
# maximum of two bits is their OR.) <br>*Nanda 2022, problems 4.3, 4.5, 4.6 and 4.13.*
#
# ## 4.3 Classification
#
# The rank bound is about exact values. A classifier only needs the right *side*. Twelve XORs, **six** neurons (three
# outputs, one by one), and three networks that differ behind the last layer: linear output and squared error; sigmoid
# and squared error; sigmoid and cross-entropy, each output two classes. *Decided*: right in 95 % of the inputs in which
# the pair is on.

# %%
predict(
    "4.6",
    question="Mostly one pair is on. Which of the three networks decide more than six of the twelve XORs?",
    choices=["none", "cross-entropy alone", "both with a sigmoid", "all three"],
)

# %%
print("about 3 seconds")
ends = {"linear, squared error": {}, "sigmoid, squared error": {"output": torch.sigmoid}}
ends |= {"sigmoid, cross-entropy": {"loss": "binary_cross_entropy"}}  # whose outputs are log-odds
xor_task, xor_q, decided = computing.grouped("xor", 12), torch.tensor([[1.0], [0.001], [0.001]]), {}
for name, end in ends.items():
    nets = computing.train(xor_task, 6, density=xor_q, steps=3000, batch_size=128, **end, **quiet)
    x, y = xor_task.examples(6000, xor_q, seed=SEED + 1)
    yes, on = nets(x) > (0.0 if "loss" in end else 0.5), computing.groups_on(x)
    decided[name] = (((yes == (y > 0.5)) & on).sum(dim=0) / on.sum(dim=0) > 0.95).sum(dim=1).tolist()
table = [f"{name:24} all on: {n[0]}; mostly one, two networks: {n[1:]}" for name, n in decided.items()]
compare("4.6", ", ".join(name for name, (_, a, b) in decided.items() if a + b > 12), "\n".join(table))
(_, *linear_decides), (_, *squared_decides), (_, *entropy_decides) = decided.values()
assert max(linear_decides) <= 6 < sum(squared_decides) / 2 and min(entropy_decides) >= 11
assert max(dense for dense, _, _ in decided.values()) <= 4

# %% [markdown]
# **More functions than neurons**, and nearly twice as many by cross-entropy. The sigmoid lifts the bound; and in
# cross-entropy the slope doesn't fade where the sigmoid is flat. If all pairs are on, each decides four at most.
#
# ### Five classes for one value
#
# One input, five one-hot outputs for its *value*: in which fifth of $[0, 1]$ is $x$? For squared error, five bumps.
#
# **Exercise 4.6** (B · 8 min · 2 points) $K$ classes along a line: below `edges[0]` class 0, between `edges[0]` and
# `edges[1]` class 1, and so on; edges in rising order. Give `w` and `b` so that the logit $w_k x + b_k$ is largest for
# the class of $x$, and those of two neighbours are equal at the edge between them. Class 0 has $w = b = 0$, and $w$
# rises by `rise` from class to class.


# %% exercise="4.6"
def value_classes(edges: Float[Tensor, "edge"], rise: float) -> tuple[Float[Tensor, "class"], Float[Tensor, "class"]]:
    """Logits, affine in x, of which that of the class of x is the largest."""
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
    question="Twelve inputs, one of them 1. Which? By cross-entropy, from 2 linear hidden units: right for how many?",
    choices=["2", "5", "8", "12"],
)


# %%
def fifth(x: Float[Tensor, "*shape 1"]) -> Float[Tensor, "*shape 5"]:
    return F.one_hot((5 * x[..., 0]).long(), 5).float()


value_task, places, told = computing.Task(1, 5, "independent", fifth), (square_x[:-1, None] + 1) / 2, {}  # x in [0, 1)
one_hot = lambda n, p, generator: torch.eye(12)[torch.randint(12, (n, len(p)), generator=generator)]  # noqa: E731
which_task = computing.Task(12, 12, one_hot, torch.clone)
same = {"n_instances": 4, "activation": "linear", "steps": 1500, "batch_size": 128, **quiet}
for loss, output in (("cross_entropy", "linear"), ("mse", "linear"), ("mse", "relu")):
    nets = computing.train(value_task, 1, loss=loss, output=output, **same)
    right = (nets(places).argmax(dim=-1) == fifth(places).argmax(dim=-1)[:, None]).float().mean(dim=0)
    plane = computing.train(which_task, 2, loss=loss, output=output, **same)
    alike = (plane(torch.eye(12)).argmax(dim=-1) == torch.arange(12)[:, None]).sum(dim=0)
    told[f"{loss}, {output} output"] = right, alike, plane.layers[0].W
said = "{}: value {:.0%} to {:.0%}, which {} to {} of 12"
table = [said.format(name, r.min(), r.max(), n.min(), n.max()) for name, (r, n, _) in told.items()]
entropy, squared, rectified = told.values()
planes = torch.stack([W[0] / W[0].norm(dim=0).max() for _, _, W in (entropy, rectified)])
length = entropy[2].norm(dim=1)  # of the arrows, all told apart
picture = plots.arrows_2d(planes, ["cross-entropy", "squared error, ReLU output"])
compare("4.6b", f"{entropy[1].min()}", "\n".join(table), picture)
assert entropy[0].min() > 0.9 and squared[0].max() < 0.5 and (entropy[1] == 12).all() and rectified[1].max() < 12
assert (length < 0.5 * length.amax(dim=1, keepdim=True)).any(dim=1).all()

# %% [markdown]
# (The longest arrow is drawn with length 1.) No neuron computes here. One *linear* unit tells five classes of value, by
# your $w$ and $b$; two tell twelve features. A softmax over affine logits finds the nearest of *any* different points.
# So superposition does not look the same: no polygon, and short arrows that are told apart as well as long ones. Behind
# a ReLU, by squared error, an arrow must stick out beyond a straight line between others, as in chapter 01, and every
# training drops some of the twelve. What cross-entropy makes cheaper is *storing*: compare with affine here, too.
# <br>*Nanda 2022, problems 4.12 and 4.13.*
#
# ## 4.4 GELU unlike ReLU
#
# $\mathrm{gelu}(z) = z \, \Phi(z)$, where $\Phi$ is the distribution function of a standard normal number, is a ReLU
# with a rounded corner. A ReLU has no scale: $\mathrm{relu}(s z) = s \, \mathrm{relu}(z)$ for $s > 0$. A GELU has one:
# near 0, $\Phi(z) \approx 1/2 + z/\sqrt{2\pi}$.
#
# **Exercise 4.7** (C · 12 min · 3 points) $x y$ from four GELU neurons without biases: their weights from $x$ and from
# $y$ are $\pm s$, their weights to the output $\pm c$. Choose signs and $c$ so that the output tends to $x y$ as $s$
# goes to 0. Return the output for numbers `x` and `y`.


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
print("about 2 seconds")
u, v = 2 * torch.rand(2, 20_000, dtype=torch.float64, generator=torch.Generator().manual_seed(SEED)) - 1
gelu_left = [((product(u, v, s) - u * v) ** 2).mean() / (u * v).var() for s in (0.5, 0.25, 0.125)]
bend = (u + v).abs() - (u - v).abs()  # the same four with ReLUs: at any s, up to a factor
relu_left = ((bend * (bend * u * v).mean() / (bend**2).mean() - u * v) ** 2).mean() / (u * v).var()
by_hand = ", ".join(f"{left:.1e}" for left in gelu_left)
table = [f"product, by hand: four GELUs, s = 1/2, 1/4, 1/8: {by_hand}; four ReLUs {relu_left:.1e}"]
trained_left = {}
for name, n, act in (("product", 4, "relu"), ("product", 4, "gelu"), ("max", 2, "relu"), ("max", 2, "gelu")):
    task = computing.grouped(name, 1)
    nets = computing.train(task, n, n_instances=12, activation=act, steps=1500, batch_size=128, **quiet)
    x, y = task.examples(4000, torch.ones(12, 1), seed=SEED + 1)
    trained_left[name, act] = (((nets(x) - y) ** 2).mean(dim=0) / y.var(dim=0)).min().item()
    table.append(f"{name}, {n} neurons, {act}, best of 12 trainings: {trained_left[name, act]:.1e}")
dip = F.gelu(-0.75179 + 0.02 * square_x.double())  # one GELU at the bottom of its dip, where its slope is 0
one_gelu = 1 - torch.corrcoef(torch.stack([dip, square_x.double() ** 2]))[0, 1] ** 2
table.append(f"a square from one GELU by hand: {one_gelu:.1e}")
compare("4.7", f"1/{gelu_left[1] / gelu_left[2]:.1f}", "\n".join(table))
assert all(12 < a / b < 17 for a, b in zip(gelu_left, gelu_left[1:])) and gelu_left[0] < relu_left
assert trained_left["product", "relu"] > 4 * trained_left["product", "gelu"] > 40 * gelu_left[2]
assert trained_left["max", "gelu"] > 20 * trained_left["max", "relu"] and one_gelu < 1e-3 < 1 / 81

# %% [markdown]
# Two bowls miss terms with $s^2$, so their squared error has $s^4$. The same four neurons with ReLUs miss as much at
# every $s$. Trained networks differ by a factor as well, one each way: products go to GELU, by its quadratic near 0;
# what bends along a line goes to ReLU. By hand the product is far better than in the best of twelve trainings. So *how
# many neurons* a function needs is a question about an activation: one GELU makes as good a square as you like, where
# the best knee leaves 1/16. <br>*Nanda 2022, problem 4.11.*
