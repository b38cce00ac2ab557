# %% [markdown]
# ## 4.8 Audit an exhibit: compressed computation
#
# A network that computes 100 ReLUs with 50 neurons, better than 50 neurons should: replicate it, then find out why.
# <br>*Braun et al. 2025, "Interpretability in Parameter Space: Minimizing Mechanistic Description Length with
# Attribution-based Parameter Decomposition".*
#
# **The exhibit.** 100 features, each on with a small probability $p$, then uniform on $[-1, 1]$. Each has a direction
# in a residual stream of 1,000 dimensions: a random column of $E$, of length 1. Fifty ReLU neurons without biases read
# the stream and add to it. Outputs are read with $E^\top$. Wanted: $x + \text{ReLU}(x)$.
#
# **The naive bound.** A neuron can do one ReLU without error. Fifty do fifty, and the other half of the outputs lacks
# its ReLU, whose mean square is 1/6. So the loss, a mean over outputs, is $\tfrac{1}{2} \cdot \tfrac{p}{6} = p/12$.
#
# Two remarks make it a matter of seconds. The stream brings $E^\top E x$ by itself, so the neurons have to add $x +
# \text{ReLU}(x) - E^\top E x$; what they read and write, in features, can be any `W_in` and `W_out`. And rare features
# come one at a time. Without biases half the strength gives half the answer, so the inputs $\pm e_k$ are enough: all
# 200 at every step. **Loss**, from here on, is the loss over $p$ as $p \to 0$: $n/3$ times the mean over these inputs.

# %%
PLAIN = {"hidden_bias": False, "output_bias": False, "optimiser": toy.adamw(decay=0.0), "steps": 1000, **quiet}


def one_each(mixing: Float[Tensor, "instance feature feature"], n_neurons: int) -> computing.Result:
    """Train on the labels ReLU(x) + mixing · x, one feature at a time."""
    rare = computing.one_at_a_time(mixing)
    return computing.train(rare, n_neurons, n_instances=len(mixing), batch_size=2 * rare.n_in, **PLAIN)


def from_to(values: Float[Tensor, "instance"]) -> str:
    return f"{values.min():.4f} to {values.max():.4f}"


print("Three streams, three trainings: about 3 seconds.")
stream = computing.unit_embedding(100, 1000, n_instances=3, seed=SEED)
to_add = torch.eye(100) - stream.mT @ stream  # of x, what the stream doesn't bring
exhibit = one_each(to_add, 50)
exhibit_loss = exhibit.loss[-1] * 100 / 3
print(f"loss {from_to(exhibit_loss)}; the naive bound is {1 / 12:.4f}")
assert exhibit_loss.max() < 0.064

# %% [markdown]
# A quarter below the bound. Are there a hundred ReLUs in fifty neurons?

# %%
likely = ["as before, near 0.062", "lower", "halfway to 1/12", "1/12", "above 1/12"]
predict("4.8a", question="Now the 100 directions are exactly orthogonal, all else stays. The loss is …", choices=likely)

# %%
print("About 3 seconds.")
orthogonal_loss = one_each(torch.zeros(3, 100, 100), 50).loss[-1] * 100 / 3
compare("4.8a", f"{from_to(orthogonal_loss)}: 1/12")
print(f"Random directions: an entry of EᵀE is off from the identity's by {to_add.square().mean().sqrt():.3f} (RMS).")
assert (orthogonal_loss - 1 / 12).abs().max() < 1e-3

# %% [markdown]
# The bound, exactly. Random directions overlap, so $E^\top E$ isn't the identity, and the neurons were given the labels
# $\text{ReLU}(x) + Mx$ with a **mixing** $M = I - E^\top E$: small, symmetric, and never meant to be there.
# <br>*Bhagat, Molas-Medina, Giglemiani and Heimersheim 2026, "Compressed Computation is (probably) not Computation in
# Superposition": they found it, scaled it and took it away. The two parts below are our way to see why.*
#
# How does a network *gain* from noise in its labels? Any function is the sum of $(f(x) - f(-x))/2$, which changes its
# sign with $x$, and $(f(x) + f(-x))/2$, which doesn't. Of the labels these are $x/2 + Mx$, the **straight part**, and
# $|x|/2$, the **bent part**. Inputs are as likely as their opposites, so the squared errors of both add up to the loss.
#
# **Exercise 4.13** (C · 12 min · 3 points) Networks $W_{out}\text{ReLU}(W_{in}x)$, labels $\text{ReLU}(x) + Mx$ with
# any $M$. Return the loss of the straight part and that of the bent part, for each network: a mean over the outputs,
# divided by $p$, as $p \to 0$. Exactly, not from a sample.


# %% exercise="4.13"
def split_loss(
    W_in: Float[Tensor, "instance neuron feature"],
    W_out: Float[Tensor, "instance feature neuron"],
    mixing: Float[Tensor, "instance feature feature"],
) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """The losses of the straight and of the bent part, over the density."""
    ### BEGIN SOLUTION
    on, off = W_out @ W_in.relu(), W_out @ (-W_in).relu()  # column k: the answers to +e_k and to −e_k
    half = torch.eye(mixing.shape[-1]) / 2
    errors = (on - off) / 2 - half - mixing, (on + off) / 2 - half
    straight, bent = ((error**2).sum(dim=(1, 2)) / (3 * len(half)) for error in errors)  # the mean of v² is 1/3
    return straight, bent
    ### END SOLUTION


# %%
check("4.13", split_loss)

# %%
where = ["in the straight part alone", "in the bent part alone", "in both"]
predict("4.8b", question="The naive network loses 1/24 in each part. Where is the exhibit better?", choices=where)

# %%
exhibit_straight, exhibit_bent = computing.split_loss(exhibit.layers[0].W, exhibit.layers[1].W, to_add)
compare("4.8b", f"straight {from_to(exhibit_straight)}, bent {from_to(exhibit_bent)}; naive: {1 / 24:.4f} each")
assert exhibit_straight.max() < 0.022 and exhibit_bent.min() > 1 / 24

# %%
print("The exhibit had p = 0.01, where features do meet. Training there, with the mixing and without: about 4 seconds.")
meeting = computing.mixed_relu(torch.cat([to_add[:1], 0 * to_add[:1]]))
met = computing.train(meeting, 50, density=0.01, n_instances=2, batch_size=256, **PLAIN)
met_x, met_y = meeting.examples(20_000, torch.full((2, 1), 0.01), seed=SEED)
error, opposite = met(met_x) - met_y, met(-met_x) - meeting.target(-met_x)
met_straight, met_bent = (((error + sign * opposite) / 2).square().mean(dim=(0, 2)) / 0.01 for sign in (-1, 1))
for name, a, b in zip(("with the mixing", "without"), met_straight, met_bent):
    print(f"{name:16} straight {a:.4f}, bent {b:.4f}, loss {a + b:.4f}")
assert met_straight[0] < 0.025 and met_straight[1] > 0.04 and met_bent.min() > 1 / 24 and met_bent[0] > met_bent[1]
assert met_straight[0] + met_bent[0] < 0.075 < 0.08 < met_straight[1] + met_bent[1]

# %% [markdown]
# The bent part, the only one that needs a ReLU, is *worse* than with a neuron for each of fifty features, and more so
# where features meet. All the gain is in the straight part: a matter of matrices. Take the answers to all $n$ features,
# one at a time, at one strength: their straight parts are a matrix $[n, n]$, their bent parts another. Each is
# $W_{out}$ times something, so its rank is 50 at most (rank, as in 4.2). And the best matrix of rank $r$ leaves the
# squares of all but the $r$ largest singular values of what it should be (Eckart and Young 1936).
#
# **Exercise 4.14** (C · 12 min · 3 points · needs 4.13) A bound that fits these labels: what is the least loss, in the
# straight part and in the bent part, that so many neurons could reach? For each mixing, symmetric or not; `n_neurons`
# may be 0, or more than there are features.


# %% exercise="4.14"
def least_split(
    mixing: Float[Tensor, "instance feature feature"], n_neurons: int
) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """What rank n_neurons leaves of the straight and of the bent part, over the density."""
    ### BEGIN SOLUTION
    n = mixing.shape[-1]
    straight = (torch.linalg.svdvals(mixing + torch.eye(n) / 2)[:, n_neurons:] ** 2).sum(dim=1) / (3 * n)
    bent = torch.full((len(mixing),), max(0, n - n_neurons) / (12 * n))  # all singular values are ½
    return straight, bent
    ### END SOLUTION


# %%
check("4.14", least_split)

# %% [markdown]
# So in the bent part no network beats the naive one, as long as features come one at a time. In the straight part there
# is something to gain, and it takes no ReLU: the **best linear map** of rank $r$ reaches the bound there, and has the
# bent part of saying nothing, 1/12. Now scale the mixing: random symmetric matrices, 40 features, 20 neurons.

# %%
predict("4.8c", question="The mixing grows from nothing. The loss …", choices=["falls", "falls, then rises", "rises"])
predict("4.8d", question="All its eigenvalues are made positive. The gain is …", choices=["as before", "gone", "more"])

# %%
SCALES = torch.tensor([0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2])
scaled = computing.random_mixing(40, SCALES.repeat_interleave(3)[:, None, None], n_instances=24, seed=SEED)
mixed = one_each(scaled, 20)
mixed_loss, least = mixed.loss[-1] * 40 / 3, computing.least_split(scaled, 20)
meant = sum(computing.split_loss(mixed.layers[0].W, mixed.layers[1].W, 0 * scaled))
curves = {"trained": mixed_loss, "bound that fits": sum(least), "linear map": least.straight + 1 / 12}
curves |= {"as meant": meant, "naive bound": torch.full((24,), 1 / 12)}
means = {name: each.view(8, 3).mean(dim=1) for name, each in curves.items()}
picture = plots.lines(SCALES, means, x_title="standard deviation of the mixing", y_title="loss / p", y_range=(0, 0.22))
compare("4.8c", f"falls to {means['trained'].min():.4f}, then rises to {means['trained'][-1]:.4f}", picture)
assert 2 <= means["trained"].argmin() <= 5 and means["trained"].min() < 0.064 and means["trained"][-1] > 0.12
assert (mixed_loss > sum(least) - 1e-4).all() and (meant > 1 / 12 - 1e-4).all() and (means["as meant"].diff() > 0).all()
assert (1 / 12 - mixed_loss < 1 / 8 - (least.straight + 1 / 12) + 1e-4).all()  # the linear map gains as much, or more

# %%
values, vectors = torch.linalg.eigh(scaled[12:15])  # the three at 0.05
signed = [vectors @ torch.diag_embed(sign * values.abs()) @ vectors.mT for sign in (1, -1)]
positive, negative = (one_each(torch.cat(signed), 20).loss[-1] * 40 / 3).split(3)
compare("4.8d", f"gone: {from_to(positive)}; with the sign −: {from_to(negative)}")
assert positive.min() > 1 / 12 and negative.max() < mixed_loss[12:15].min() - 0.01

# %% [markdown]
# Three controls, each of which would have shown it at once:
# - **The same weights, judged by the labels as they were meant** ("as meant"; it leaves the figure): never better than
#   naive, and the worse the more mixing.
# - **A model that can't do it.** The linear map gains as much from the mixing as the network, or more, at every scale.
# - **A bound for the labels as they were.** No network comes below it, and it says why signs matter: an eigenvalue of
#   $M$ near $-\tfrac12$ takes the $x/2$ out of the labels, and there is nothing left to do.
#
# The bound holds for outputs read *linearly*. So give 4.1 to 20 neurons: |x| of 40 features, a ReLU on the outputs.

# %%
absolute = computing.Task(40, 40, sample=computing.one_at_a_time(torch.zeros(1, 40, 40)).sample, target=torch.abs)
cut = {"start": computing.draw_layers((40, 20, 40), n_instances=6, seed=SEED, positive_output=0.3), "output": "relu"}
cut |= {"batch_size": 80, **PLAIN}
real, no_bend = (computing.train(absolute, 20, activation=f, **cut).loss[-1] * 40 / 3 for f in ("relu", "linear"))
print(f"{from_to(real)}; with a linear hidden layer {from_to(no_bend)}; bound for linear outputs {1 / 6:.4f}")
assert real.max() < 0.04 and no_bend.min() > 0.2

# %% [markdown]
# Far below that bound, without a mixing, and not without hidden ReLUs: this exhibit passes. Outputs that cut
# interference off are what 4.1 computes with, and what compressed computation doesn't have.

# %% [markdown]
# ## What you know now
#
# **Shown**: with a linear output and one thing on at a time, $m$ neurons compute no more than $m$ functions. In a plane
# no more than two bits are linear. One random layer holds all ANDs, with an error of known size.
#
# **Measured** here: absolute values, maxima, squares, products and XORs share neurons in sparse data and not in dense;
# interference is turned to the side where a ReLU cuts it; thresholds stop errors, while few features are on.
#
# **Not so simple**: OR, AND and maxima can be nearly affine. A loss sets how loud a reader is, not how clear. "How many
# neurons" depends on the activation. What no line reads may be there, and used.
#
# **Before you believe an exhibit**: the best affine or linear map on the same labels; a bound for the labels as they
# are; weights by hand; the same weights on the task as it was meant; one part taken away at a time.

# %%
quiz("4")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Not known to us**: what *training* computes in superposition of all that weights by hand can; an exhibit with
#   linear outputs and squared errors whose bent part gets below its bound where features meet.
# - **Chapter 05, attention**: the same questions for heads. **Chapters 07 and 08**: what a probe shows, and the neurons
#   of a language model.
