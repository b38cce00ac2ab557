"""1.1: drawing sparse features. The values are random, so laws about frequencies and correlations decide."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite

SIGMAS = 5.0  # a right sampler breaks one of the laws below less than once in 10,000 seeds
ONES = 60  # batches of one that are put together to see how often features are on in them


def drawn(sample, batch, density):
    """A batch large enough for frequencies: the sampler's, or many batches of one."""
    if batch > 1:
        return sample(batch, density)
    return torch.cat([sample(1, density) for _ in range(ONES)])


@law("every value lies between 0 and 1")
def values_in_range(sample, batch, density):
    x = sample(batch, density)
    low, high = x.min().item(), x.max().item()
    if high > 2.5:
        return "bell shaped strengths"
    return None if low >= 0 and high <= 1 else f"Your values run from {low:.3g} to {high:.3g}."


@law("every call draws anew")
def every_call_anew(sample, batch, density):
    if batch < 100:
        return None
    x, y = sample(batch, density), sample(batch, density)
    both, tossed = (x > 0) & (y > 0), (density > 0) & (density < 1)
    coins, strengths = (x[:, tossed] > 0, y[:, tossed] > 0), (x[both], y[both])
    chance = [(coins, 1), (strengths, density.numel())]  # with no more values than densities nothing may be drawn
    same = [torch.equal(*pair) and len(pair[0].unique()) > least for pair, least in chance]
    if same == [True, False] and len(strengths[0].unique()) > density.numel():
        return "always the same rows"
    return "seeds itself" if any(same) else None


@law("how many inputs a feature is on in is left to chance")
def counts_vary(sample, batch, density):
    tossed = (density > 0) & (density < 1)
    if batch < 100 or tossed.sum() < 4:
        return None
    counts = (sample(batch, density) > 0).sum(0)[tossed]
    return "counted out" if torch.equal(counts, (density[tossed] * batch).round().long()) else None


@law("a feature is on (above zero) as often as its density says")
def on_as_often_as_density(sample, batch, density):
    x = drawn(sample, batch, density)
    batch = len(x)
    if torch.equal(x[1:], x[:-1]):
        return "one row for the whole batch"
    on = (x > 0).float().mean(0)
    if _misses(on, density, batch) is None:
        return None
    if _misses(on, 1 - density, batch) is None:
        return "sparsity for density"
    if _misses(on, torch.ones_like(density), batch) is None:
        weaker = bool((x.amax(0) <= density).all())
        return (
            "weaker instead of rarer" if weaker else "Your features are on in every input: nothing switches them off."
        )
    if torch.equal(on, on.round()):
        return "one coin for the whole batch"
    i, f = _misses(on, density, batch)
    return (
        f"Feature {f} of instance {i} should be on in {density[i, f]:.1%} of the inputs, and is on in {on[i, f]:.1%}."
    )


@law("a feature that is on is uniform on [0, 1]: mean 1/2, mean square 1/3")
def uniform_when_on(sample, batch, density):
    x = drawn(sample, batch, density)
    if batch > 100 and (((x == 0) | (x == x.amax(0))).all(0) & (density > 0) & (density < 1)).any():
        return "ones" if (x[x > 0] == 1).all() else "one strength for the whole batch"
    if batch > 100 and (density < 0.95).any() and (x[x > 0] >= (1 - density).expand_as(x)[x > 0]).all():
        return "the largest draws"
    if batch > 100 and (x <= density).all() and (density < 1).any():
        return "the coin is the strength"
    x = x[x > 0].double()
    if len(x) < 100:
        return None
    mean, square, slack = x.mean().item(), (x**2).mean().item(), SIGMAS / math.sqrt(len(x))
    if abs(mean - 1 / 2) < slack * math.sqrt(1 / 12) and abs(square - 1 / 3) < slack * math.sqrt(4 / 45):
        return None
    spread = f"Those that are on run from {x.min():.3f} to {x.max():.3f}"
    return f"{spread}, with mean {mean:.3f} (it should be 0.5) and mean square {square:.3f} (1/3)."


@law("features, instances and rows of the batch switch on independently")
def independent(sample, batch, density):
    if batch < 100:
        return None
    _, n_features = density.shape
    x = sample(batch, density).double()
    steady = (density > 0.05) & (density < 0.95)  # rarer features meet too seldom to be correlated by counting
    z = (x - x.mean(0))[:, steady]
    z = z / z.std(0, correction=0).clamp_min(1e-9)
    cosine = (z.T @ z / batch).fill_diagonal_(0).abs()
    if cosine.numel() == 0 or cosine.max() < SIGMAS / math.sqrt(batch):
        return None
    on = x[:, steady] > 0
    z = on.double() - on.double().mean(0)
    z = z / z.std(0, correction=0).clamp_min(1e-9)
    if (z.T @ z / batch).fill_diagonal_(0).abs().max() < SIGMAS / math.sqrt(batch):
        return "one strength for each input"
    place = steady.flatten().nonzero().squeeze(1)
    a, b = divmod(int(cosine.argmax()), len(cosine))
    same_instance = place[a] // n_features == place[b] // n_features
    return "whole inputs on or off" if same_instance else "instances share their inputs"


@law("no draw is used twice")
def own_draws(sample, batch, density):
    strengths = sample(batch, density)
    strengths = strengths[strengths > 0]
    return "draws used twice" if len(strengths.unique()) < 0.99 * len(strengths) else None


def _misses(on, density, batch):
    """Index of a feature that is on too often or too rarely; None if all are within the band."""
    band = SIGMAS * (density * (1 - density) / batch).sqrt() + 3 / batch * ((density > 0) & (density < 1))
    wrong = ((on - density).abs() > band + 1e-6).nonzero()
    return wrong[0].tolist() if len(wrong) else None


class SparseFeatures(FunctionExercise):
    id, title = "1.1", "A world of sparse features"
    difficulty, minutes, points, needs = "A", 6, 1, []
    checked = "stacks of densities, 0 and 1 among them"
    random = True
    hints = [
        "Every feature needs two independent random things in every input: whether it is on, and how strong it is.",
        "`torch.rand(batch, instance, feature) < density` is True with probability `density`. Multiply it with a "
        "second draw.",
    ]

    def cases(self, rng):
        yield Case((4000, torch.tensor([[0.1, 0.5, 0.9], [0.3, 0.3, 0.3]])), "with two instances of three features")
        yield Case(
            (3000, torch.tensor([[0.0, 1.0, 0.5, 0.02]])), "with a feature that is never on and one that always is"
        )
        yield Case((1, torch.rand(3, 2, generator=rng)), "with a batch of one")

    def oracle(self, batch: int, density: Float[Tensor, "instance feature"]) -> Float[Tensor, "batch instance feature"]:
        return torch.zeros(batch, *density.shape)  # the shape; the laws know the rest

    laws = [
        values_in_range,
        every_call_anew,
        counts_vary,
        on_as_often_as_density,
        uniform_when_on,
        independent,
        own_draws,
    ]

    @mistake(
        "A feature is on where its draw was large, and that draw is its strength as well, so weak features "
        "never occur. Draw "
        "the strength separately."
    )
    def the_largest_draws(batch, density):
        x = torch.rand(batch, *density.shape)
        return x * (x > 1 - density)

    @mistake(
        "In every call the same rows are on. Toss a coin for each input, instance and feature: "
        "`torch.rand(…) < density`."
    )
    def always_the_same_rows(batch, density):
        first = torch.arange(batch)[:, None, None] < (density * batch).int()
        return torch.rand(batch, *density.shape) * first

    @mistake("All features of an input that are on have one strength. Draw a strength for each feature by itself.")
    def one_strength_for_each_input(batch, density):
        return torch.rand(batch, 1, 1) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "Density is the probability of being on; yours is the probability of being off (the sparsity S = 1 − density)."
    )
    def sparsity_for_density(batch, density):
        shape = (batch, *density.shape)
        return torch.rand(shape) * (torch.rand(shape) < 1 - density)

    @mistake(
        "Your features are always on, only weaker. Sparse means rarely on: mostly exactly 0, and at full "
        "strength otherwise."
    )
    def weaker_instead_of_rarer(batch, density):
        return torch.rand(batch, *density.shape) * density

    @mistake("Your features are only on or off. A feature that is on also has a strength, drawn evenly from [0, 1].")
    def ones(batch, density):
        return (torch.rand(batch, *density.shape) < density).float()

    @mistake(
        "A feature has the same strength whenever it is on. Draw the strengths anew for each input, like the coins."
    )
    def one_strength_for_the_whole_batch(batch, density):
        return torch.rand(density.shape) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "A feature is on in all inputs of your batch or in none: the coins have no batch axis. Toss one for every "
        "input, instance and feature."
    )
    def one_coin_for_the_whole_batch(batch, density):
        return torch.rand(batch, *density.shape) * (torch.rand(density.shape) < density)

    @mistake(
        "No feature is ever stronger than its density. Either one draw decides whether it is on and how strong (draw "
        "the strength separately), or the strength was multiplied with the density (leave it as it is drawn)."
    )
    def the_coin_is_the_strength(batch, density):
        u = torch.rand(batch, *density.shape)
        return u * (u < density)

    @mistake("Some strengths are far above 1, as from a normal distribution. They should be uniform: `torch.rand`.")
    def bell_shaped_strengths(batch, density):
        return torch.randn(batch, *density.shape).abs() * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "Features of one input switch on together: they share a draw. Each feature decides on its own, so draw "
        "per feature."
    )
    def whole_inputs_on_or_off(batch, density):
        instances, _ = density.shape
        return torch.rand(batch, *density.shape) * (torch.rand(batch, instances, 1) < density)

    @mistake(
        "Different instances get the same inputs. Draw separate data for each instance: the result has three "
        "axes of its own."
    )
    def instances_share_their_inputs(batch, density):
        _, features = density.shape
        shape = (batch, 1, features)
        return torch.rand(shape) * (torch.rand(shape) < density)

    @mistake(
        "Your function seeds the random numbers itself, so every call returns the same data, and a model that is "
        "trained on it sees one batch again and again. Leave seeding to whoever calls."
    )
    def seeds_itself(batch, density):
        torch.manual_seed(0)
        return torch.rand(batch, *density.shape) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "The same strengths occur again and again: a draw is used twice, in two inputs or for two "
        "features. Each has its own."
    )
    def draws_used_twice(batch, density):
        shape = ((batch + 1) // 2, *density.shape)
        return (torch.rand(shape) * (torch.rand(shape) < density)).repeat(2, 1, 1)[:batch]

    @mistake(
        "Each feature is on in exactly batch × density of your inputs. On with probability p leaves that number to "
        "chance: toss a coin for each input."
    )
    def counted_out(batch, density):
        place = torch.rand(batch, *density.shape).argsort(dim=0)  # a shuffle of the rows for every feature
        return torch.rand(batch, *density.shape) * (place < (density * batch).round())

    @mistake(
        "Every input of your batch is the same one. Draw anew for each of them: the batch is an axis of the "
        "random tensor."
    )
    def one_row_for_the_whole_batch(batch, density):
        return (torch.rand(density.shape) * (torch.rand(density.shape) < density)).expand(batch, -1, -1).clone()

    @rewrite
    def with_where(batch, density):
        value, coin = torch.rand(2, batch, *density.shape)
        return torch.where(coin < density, value, 0.0)

    @rewrite
    def with_bernoulli(batch, density):
        on = torch.bernoulli(density.expand(batch, *density.shape))
        return on * torch.rand_like(on)

    @rewrite
    def with_one_draw(batch, density):
        u = torch.rand(batch, *density.shape)
        return torch.where(u < density, u / density, torch.zeros_like(u))

    @rewrite
    def with_loops(batch, density):
        x = torch.zeros(batch, *density.shape)
        for i in range(density.shape[0]):
            for f in range(density.shape[1]):
                on = torch.rand(batch) < density[i, f]
                x[on, i, f] = torch.rand(int(on.sum()))
        return x

    equivalent = {
        ("line 1: `torch.rand(batch, *density.shape) < density` → `torch.rand(batch, *density.shape) <= density`"): (
            "A draw equals the density with a probability of 2⁻²⁴: no sample of a sensible size tells the two apart."
        ),
        ("with_where, line 2: `coin < density` → `coin <= density`"): ("The same."),
    }
