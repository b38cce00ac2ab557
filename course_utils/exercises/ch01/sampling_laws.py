"""What holds of every right sampler of 1.1, whatever numbers it draws."""

import math

import torch

from course_utils.checking import law

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
