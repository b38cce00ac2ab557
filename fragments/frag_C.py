# %% [markdown]
# ## 4.5 All ANDs at once
#
# Now nobody trains. 100 features are 0 or 1, and exactly three of them are on. One layer reads them: neurons with
# weights drawn from N(0, 1), no bias, $h_k = \text{ReLU}(z_k)$ with $z_k = w_k \cdot x$. We want to know of *every*
# pair $(i, j)$, all 4,950 of them, whether both are on. A **reader** of a pair is a number $r_k$ for every neuron; it
# says $\sum_k r_k h_k$, which should be 1 if both are on, else 0.
# <br>*Vaintrob, Mendel and Hänni 2024, "Toward A Mathematical Framework for Computation in Superposition", call this
# universal AND, U-AND; Hänni, Mendel, Vaintrob and Chan 2024, "Mathematical Models of Computation in Superposition".*
#
# A random neuron knows nothing of pairs. But for any pair there are four kinds of neurons, by the signs of $w_{ki}$ and
# $w_{kj}$. How active is each kind on average, in inputs with exactly two features on?

# %%
from course_utils.computing import universal

and_rng = torch.Generator().manual_seed(SEED)
crowd = torch.randn(40_000, 8, generator=and_rng)  # [neuron, feature]
crowd_x = universal.inputs_by_case(torch.tensor([[0, 1]]), n_in=8, on=2, samples=12, seed=and_rng)[0]
crowd_h = (crowd_x @ crowd.T).relu().mean(dim=1)  # [case, neuron]
kind_of = 2 * (crowd[:, 0] < 0).int() + (crowd[:, 1] < 0).int()
by_kind = torch.stack([crowd_h[:, kind_of == kind].mean(dim=1) for kind in range(4)])
plots.heat_map(by_kind, rows=["+ +", "+ −", "− +", "− −"], columns=universal.CASES, x_title="which of i and j is on",
               y_title="signs of wᵢ and wⱼ", value_title="mean h")  # fmt: skip

# %% [markdown]
# Find four signs, one for each row, with which the rows add up to 0 in three columns, and to more than 0 in the last.
#
# **Exercise 4.8** (C · 15 min · 3 points) The reader of the pair $(i, j)$, as a vector over the neurons. All $r_k$ have
# one size, and the signs that you found; a neuron whose weight for $i$ or $j$ is exactly 0 gets 0. Choose the size so
# that with exactly two features on, $i$ and $j$, the reading is 1 on average over layers of $N$ neurons with weights
# from N(0, 1). Exactly, on paper; you may use that the mean of $|w|$ is $\sqrt{2/\pi}$, and that of the larger of two
# $2/\sqrt{\pi}$. (Any $W$ may come: only its signs and $N$ count.)


# %% exercise="4.8"
def sign_reader(W: Float[Tensor, "neuron feature"], i: int, j: int) -> Float[Tensor, "neuron"]:
    """r_k = ± c/N: reads whether features i and j are both on, from ReLU(Wx), with two features on."""
    ### BEGIN SOLUTION
    size, larger = (2 / torch.pi) ** 0.5, 2 / torch.pi**0.5
    same = 2 * size  # + +: both add up. − −: silent
    mixed = larger - size  # + −: a − b where a is larger, else 0; and max(a − b, 0) = max(a, b) − b
    c = 4 / (same - 2 * mixed)  # each kind is a quarter of the neurons
    return c / len(W) * (W[:, i] * W[:, j]).sign()
    ### END SOLUTION


# %%
check("4.8", sign_reader)

# %% [markdown]
# Why 0 in the other columns? With $x_j = 0$ the sign of $w_j$ has nothing to do with $h$, and cancels. The ReLU is
# what makes the last column differ: $w_i$ and $w_j$ meet inside of it.
#
# With more than two on, $c$ grows: `universal.sign_scale(on)`. And sizes may count: take $w_i w_j$ for its sign. For a
# Gaussian $z$ with variance `on`, $w_i$ and $w_j$ given $z$ have means $z/\text{on}$ and covariance $-1/\text{on}$, so
# with both on, and $u = z/\sqrt{\text{on}}$ (and $u_+$ for $u$ cut off at 0),
#
# $$ E[w_i w_j\, \text{ReLU}(z)] = E\left[\left(\tfrac{z^2}{\text{on}^2} - \tfrac{1}{\text{on}}\right)
# \text{ReLU}(z)\right] = \tfrac{1}{\sqrt{\text{on}}}\left(E[u_+^3] - E[u_+]\right) = \tfrac{1}{\sqrt{2\pi\,\text{on}}}.
# $$
#
# So $r_k = \sqrt{2\pi\,\text{on}}\; w_{ki} w_{kj} / N$ is right on average as well. In *one* layer it is wrong, by an
# average of $N$ independent numbers: as $1/\sqrt N$. How much is that for 4,950 functions, and for more?

# %%
predict(
    "4.8",
    question="The same number of neurons, four times as many features: 16 times as many ANDs. Each reader's error is …",
    choices=["the same", "twice", "four times", "16 times as large"],
)

# %%
and_widths, one_size = torch.tensor([64, 256, 1024, 4096]), {"n_neurons": 1024, "seed": and_rng}
at_width = [universal.and_errors(n, n_in=100, on=3, seed=and_rng) for n in and_widths.tolist()]
at_size = {n_in: universal.and_errors(n_in=n_in, on=3, **one_size)["products"] for n_in in (50, 100, 400)}
at_on = {on: universal.and_errors(n_in=100, on=on, **one_size) for on in (2, 3, 6, 12, 24)}

# %%
said = {name: [each[name] for each in at_width] for name in at_width[0]}
said["products, theory"] = [universal.expected_error(3, n) for n in and_widths.tolist()]
by_width = torch.tensor([*said.values()]).T
picture = plots.log_curves(and_widths, by_width, [*said], x_title="neurons", y_title="error of an AND (RMS)")
table = [f"1,024 neurons, {n:3} features, {n * (n - 1) // 2:6,} ANDs: {error:.2f}" for n, error in at_size.items()]
theory = {on: universal.expected_error(on, 1024) for on in at_on}
table += [f"{on:2} on: signs {e['signs']:.2f}, products {e['products']:.2f} (in theory {theory[on]:.2f})"
          for on, e in at_on.items()]  # fmt: skip
compare("4.8", f"{at_size[400] / at_size[100]:.2f} times", "\n".join(table), picture)
slopes = torch.linalg.lstsq(torch.stack([and_widths.log(), torch.ones(4)], dim=1), by_width.log()).solution[0]
print(f"error ~ neurons^: signs {slopes[0]:.2f}, products {slopes[1]:.2f}, without a ReLU {slopes[2]:.2f}")
assert (slopes[:2] + 0.5).abs().max() < 0.06 and by_width[-1, 2] > 0.45
assert all(0.85 < error / theory[3] < 1.15 for error in at_size.values())
assert all(0.85 < e["products"] / theory[on] < 1.15 for on, e in at_on.items())
assert [e["signs"] < e["products"] for on, e in at_on.items() if on != 3] == [True, False, False, False]

# %% [markdown]
# - **Width.** The error falls as $N^{-1/2}$, and not only the exponent is known: squared, it is $(\pi\,\text{on}
#   (\text{on} + 2) - \tfrac14)/N$, averaged over the four cases; with neither of the two on $\pi\,\text{on}^2/N$.
#   Without a ReLU it comes to rest at 0.5, where reading 0 always would be: products alone compute nothing.
# - **How many features there are** doesn't matter. The same 1,024 neurons serve 79,800 ANDs as well as 1,225.
# - **How many are on** does: the error grows with their number. (With two on signs read better, from six on products.)
#
# An error of 0.1 on each of thousands of readers: are they of any use? All ANDs of 200 features at once:

# %%
all_x = torch.zeros(25, 200).scatter_(1, torch.rand(25, 200, generator=and_rng).topk(3).indices, 1.0)
all_said, all_true = universal.all_ands(torch.randn(4096, 200, generator=and_rng), all_x, on=3)  # [input, pair]
said_on, said_off = all_said[all_true > 0], all_said[all_true == 0]
all_wrong = ((all_said > 0.5) != (all_true > 0)).sum()
print(f"{len(said_on)} readings of 1: {said_on.min():.2f} to {said_on.max():.2f}; {len(said_off):,} of 0: "
      f"{said_off.min():.2f} to {said_off.max():.2f}; {all_wrong} on the wrong side of 1/2")  # fmt: skip
assert all_wrong <= 2

# %% [markdown]
# 19,900 functions, 4,096 neurons, and a threshold at 1/2 makes hardly a mistake in half a million readings.
#
# ### But was the layer needed?
#
# The control that this calls for: what can be read of the *inputs*, without any layer?
#
# **Exercise 4.9** (B · 12 min · 2 points) `y[x_i, x_j]` is a function of two bits as a table; $x_i$ is on with
# probability `p[0]`, $x_j$ with `p[1]`, independently. Which $a_i x_i + a_j x_j + b$ has the least mean squared error?
# Return the tensor `[a_i, a_j, b]`, and the share of y's variance that it leaves unexplained. (No table is constant.
# The figure after it is drawn with your function.)


# %% exercise="4.9"
def best_affine(y: Float[Tensor, "x_i=2 x_j=2"], p: Float[Tensor, "bit=2"]) -> tuple[Float[Tensor, "3"], float]:
    """The weights (a_i, a_j, b) of the best affine reader, and the share of the variance that it leaves."""
    ### BEGIN SOLUTION
    of_i, of_j = torch.stack([1 - p, p], dim=1)  # how often 0, how often 1
    often, bit = torch.outer(of_i, of_j), torch.tensor([0.0, 1.0])
    a_i, a_j = (y[1] - y[0]) @ of_j, (y[:, 1] - y[:, 0]) @ of_i
    mean = (often * y).sum()
    b = mean - torch.stack([a_i, a_j]) @ p  # so that the means are equal
    left = y - (a_i * bit[:, None] + a_j * bit + b)
    return torch.stack([a_i, a_j, b]), (often * left**2).sum() / (often * (y - mean) ** 2).sum()
    ### END SOLUTION


# %%
check("4.9", best_affine)

# %%
predict(
    "4.9",
    question="Features get rarer, from on half of the time to hardly ever. The best affine reader leaves unexplained …",
    choices=["all of XOR, none of AND", "less of both", "more of AND, less of XOR", "more of XOR, less of AND"],
)

# %%
bits_on = torch.tensor([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
tables = {"AND": universal.AND.reshape(2, 2), "XOR": universal.XOR.reshape(2, 2)}
left_of = {name: [float(best_affine(y, torch.stack([p, p]))[1]) for p in bits_on] for name, y in tables.items()}
picture = plots.lines(bits_on, left_of, x_title="density", y_title="unexplained by inputs", log_x=True)
compare("4.9", f"AND {left_of['AND'][-1]:.2f} → {left_of['AND'][0]:.2f}, XOR {left_of['XOR'][-1]:.2f} → "
        f"{left_of['XOR'][0]:.2f}", picture)  # fmt: skip
assert left_of["XOR"][-1] > 0.999 and left_of["XOR"][0] < 0.03 and abs(left_of["AND"][0] - 0.99 / 1.01) < 1e-3

# %% [markdown]
# Only the *interaction* $y_{11} - y_{10} - y_{01} + y_{00}$ is out of reach: 1 for AND, −2 for XOR. For fair bits
# XOR is nothing else, and nothing of it is read. Rare bits turn this round: XOR is then nearly $x_i + x_j$, and AND
# nearly all interaction. But variance isn't all: $x_i + x_j > 1.5$ *is* AND, without any error. Whoever may set a
# threshold needs no layer for AND. For XOR no line sorts all four cases. So take XOR as the test, all cases alike:
# $x_i + x_j - 2\,(x_i \text{ and } x_j)$, where $2 w_{ki}/N$ reads $x_i$, since $E[w_i\, \text{ReLU}(z)] = x_i/2$.

# %%
xor_pairs, xor_layer = universal.pairs(100, 300, seed=and_rng), torch.randn(4096, 100, generator=and_rng)
xor_x = universal.inputs_by_case(xor_pairs, 100, 3, samples=2, seed=and_rng)
xor_said = universal.readings(universal.xor_readers(xor_layer, xor_pairs, 3), (xor_x @ xor_layer.T).relu())
xor_error = universal.rms_error(xor_said, universal.XOR)
xor_right = ((xor_said > 0.5).mT == universal.XOR.bool()).float().mean()
print(f"XOR from 4,096 neurons: error {xor_error:.2f}, and {xor_right:.1%} right at 1/2")
assert xor_error < 0.3 and xor_right > 0.98

# %% [markdown]
# That is **U-XOR**. Of the inputs, the best affine reader always says 1/2 (error 0.5), and no line has more than three
# of the four cases right. Here the layer was needed.
#
# ### A loss that pays for silence
#
# With 3 of 100 on, a pair is on in one input of 1,650. Who always says 0 is nearly always right.
#
# **Exercise 4.10** (C · 12 min · 3 points) A **silent** reader always says 0. An **honest** one says what is right
# plus noise, Gaussian with mean 0 and variance $\sigma^2 = \pi\,\text{on}^2/N$ in every input. From how many neurons
# $N$ on has the honest one the lower expected loss? For three losses: squared error; error to the fourth power; squared
# error where the inputs in which the pair is on count one half, and all others the other half. Exactly `on` of `n_in`
# features are on, all choices equally likely. Three numbers in a tensor, not rounded.


# %% exercise="4.10"
def break_even(n_in: int, on: int) -> Float[Tensor, "loss=3"]:
    """Neurons at which an honest reader costs as much as a silent one: squares, fourth powers, half and half."""
    ### BEGIN SOLUTION
    q = on * (on - 1) / (n_in * (n_in - 1))
    variance = torch.tensor([q, (q / 3) ** 0.5, 0.5])  # σ² = q; 3σ⁴ = q; σ² = 1/2
    return torch.pi * on**2 / variance
    ### END SOLUTION


# %%
check("4.10", break_even)

# %% [markdown]
# The three lie far apart (try 3 of 100): so much hangs on the loss. Now trained, in a world that is small enough to be
# known: 20 features, exactly two on. There are 190 inputs and 190 ANDs, one for each, and the readings are a square
# matrix that should be the identity. But 16 neurons and a bias give it a rank of 17 at most, and the trace of such a
# matrix is at most $\sqrt{17}$ times its norm (Cauchy and Schwarz). So if every 1 is read as $t$, the RMS of the 0s is
# at least $t\sqrt\kappa$ with $\kappa = (190/17 - 1)/189$, that is $0.23\,t$, **in any layer**. With the best $t$,
# squares can't get below $(190 - 17)/190^2$, and half and half not below $\tfrac12 \kappa/(1 + \kappa)$.

# %%
predict(
    "4.10",
    question="Trained on squared errors, all 190 outputs: what is the mean reading where 1 is wanted?",
    choices=["about 0.1", "about 0.5", "about 0.9", "it depends on whether the layer is trained or random"],
)

# %%
small_world, small_x = universal.and_task(20, 2), universal.all_inputs(20, 2)[:, None].expand(-1, 2, -1)
and_losses = {"squares": "mse", "fourth powers": "l4", "half and half": universal.balanced(20, 2)}
own, of_losses = torch.eye(190).bool(), {}
for (name, loss), random in tqdm([(each, random) for each in and_losses.items() for random in (True, False)]):
    start = computing.draw_layers((20, 16, 190), 2, SEED, scale=(18**0.5, 0.1) if random else 1.0)
    result = computing.train(small_world, 16, loss=loss, start=start, frozen=[0] if random else [], steps=700,
                             batch_size=190, **quiet)  # fmt: skip
    said = result(small_x).transpose(0, 1)  # [instance, input, pair]
    of_losses[name, random] = said[:, own].mean(), said[:, ~own].square().mean().sqrt(), result.loss[-1].mean()

# %%
kappa, who = (190 / 17 - 1) / 189, {True: "random", False: "trained"}
floors = {"squares": (190 - 17) / 190**2, "fourth powers": 0.0, "half and half": kappa / (1 + kappa) / 2}
table = [f"{name:13}, {who[random]:7}: {one / zero:.1f} to 1; loss {loss:.5f}, at least {floors[name]:.5f}"
         for (name, random), (one, zero, loss) in of_losses.items()]  # fmt: skip
table.append(f"squares, silent: loss {1 / 190:.5f}")
bars = {f"{number}, {who[random]}": [of_losses[name, random][k] for name in and_losses]
        for k, number in enumerate(("for a 1", "for a 0 (RMS)")) for random in who}  # fmt: skip
picture = plots.grouped_bars(bars, {}, list(and_losses), x_title="loss", y_title="reading")
compare("4.10", f"{of_losses['squares', False][0]:.2f}, trained or random", "\n".join(table), picture)
for (name, random), (one, zero, loss) in of_losses.items():
    assert 3.7 < one / zero < 4.6 and loss > floors[name] - 1e-6
    assert abs(one - {"squares": 0.09, "fourth powers": 0.46, "half and half": 0.945}[name]) < 0.04
    assert name == "fourth powers" or loss < (1.25 if name == "half and half" and random else 1.02) * floors[name]

# %% [markdown]
# - **The silence.** On squared errors 1 is read as 17/190 = 0.09, and that *is* the best: this loss counts the rank
#   and nothing else. Any layer of 16 gets there, training buys nothing, and silence would cost 10 % more.
# - **The cure.** Fourth powers turn the volume up by five, half and half by ten. But look at the ratios: in all six
#   the 1s stand out about as much. A loss sets the volume; how clear the voice is, the width decides.
# - **Random or trained.** Half and half, weights drawn by chance come within a quarter of the floor once their readers
#   are fitted, trained ones within 2 %: there is little that training *could* buy. The closed form needs about $4\pi$
#   times as many neurons for as clear a voice. But nobody's gets clearer faster than as $\sqrt N$ while there are far
#   more pairs than neurons: $\kappa \approx 1/N$.
#
# So one layer can compute far more functions than it has neurons, if few features are on, with an error that width
# buys off slowly. What happens to that error when a second layer goes on computing with it?
