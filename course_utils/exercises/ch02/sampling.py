"""What the samplers of 2.6 and 2.7 share: cases, the laws that decide about them, and parts to draw with."""

import math

import torch

from course_utils.checking import law
from course_utils.checking.trials import Law

SIGMAS = 5.0  # a right sampler breaks a law less than once in 10,000 seeds
ENOUGH = 1000  # rows from which frequencies can be counted


def members_of(groups):
    """[(label, features)] in order of the labels."""
    return [(int(g), (groups == g).nonzero()[:, 0].tolist()) for g in groups.unique()]


def _band(p, n):
    return SIGMAS * math.sqrt(max(p * (1 - p), 0) / n) + 1e-9


def _unusual(share, p, n):
    return bool((abs(share - p) > _band(p, n) + (0 < p < 1) / n).any())


@law("every value lies between 0 and 1")
def in_range(sample, batch, density, groups):
    x = sample(batch, density, groups)
    if ((x >= 0) & (x <= 1)).all():
        return None
    return f"Your values run from {x.min().item():.3g} to {x.max().item():.3g}."


@law("every call draws anew")
def anew(sample, batch, density, groups):
    if batch < ENOUGH or density in (0, 1):
        return None
    return "seeds itself" if torch.equal(sample(batch, density, groups), sample(batch, density, groups)) else None


@law("the rows differ")
def rows_differ(sample, batch, density, groups):
    if batch < ENOUGH or density in (0, 1):
        return None
    x = sample(batch, density, groups)
    return "one row for all" if torch.equal(x[1:], x[:-1]) else None


def as_often(*names: str) -> Law:
    """The law about frequencies; `names` are the mistakes that it may recognise."""

    @law("each feature is on in a share of the rows that is its density")
    def frequencies(sample, batch, density, groups):
        if batch < ENOUGH:
            return None
        share = (sample(batch, density, groups) > 0).float().mean(0)
        if not _unusual(share, density, batch):
            return None
        sizes = torch.tensor([(groups == g).sum().item() for g in groups])
        guesses = {
            "density shared out": density / sizes,
            "sparsity for density": (1 - density) * torch.ones(len(groups)),
            "more often in larger groups": (density * sizes).clamp_max(1),
            "a coin each": torch.tensor(density) ** sizes,
            "always one": 1 / sizes,
        }
        for name in names:
            if all(not _unusual(s, float(p), batch) for s, p in zip(share, guesses[name])):
                return name
        worst = int((share - density).abs().argmax())
        return f"Feature {worst} should be on in {density:.1%} of the rows, and is on in {share[worst]:.1%}."

    return frequencies


@law("groups know nothing of each other")
def groups_independent(sample, batch, density, groups):
    named = members_of(groups)
    if batch < ENOUGH or not 0.02 < density < 0.98 or len(named) < 2:
        return None
    on = sample(batch, density, groups) > 0
    active = torch.stack([on[:, members].any(dim=1) for _, members in named], dim=1).double()
    z = active - active.mean(0)
    z = z / z.std(0, correction=0).clamp_min(1e-9)
    correlation = (z.T @ z / batch).fill_diagonal_(0)
    return None if correlation.abs().max() < SIGMAS / math.sqrt(batch) else "one coin for all groups"


@law("what is on is uniform on [0, 1], each feature with a draw of its own")
def own_strengths(sample, batch, density, groups):
    if batch < ENOUGH:
        return None
    x = sample(batch, density, groups)
    strength = x[x > 0].double()
    if len(strength) < 100:
        return None
    if (strength == strength[0]).all():
        return "no strengths"
    for _, members in members_of(groups):
        a, b = x[:, members[0]], x[:, members[-1]]
        both = (a > 0) & (b > 0)
        if len(members) > 1 and both.sum() > 50 and torch.equal(a[both], b[both]):
            return "one strength for the group"
    mean, square, slack = strength.mean(), (strength**2).mean(), SIGMAS / math.sqrt(len(strength))
    if abs(mean - 1 / 2) < slack * math.sqrt(1 / 12) and abs(square - 1 / 3) < slack * math.sqrt(4 / 45):
        return None
    if strength.max() < 0.99 and density < 0.9:
        return "the coin is the strength"
    return f"What is on has mean {mean:.3f} (it should be 0.5) and mean square {square:.3f} (1/3)."


CASES = [
    ((4000, 0.3, torch.tensor([0, 0, 1, 1])), "with two pairs"),
    (
        (4000, 0.2, torch.tensor([7, 2, 7, 4, 2, 7])),
        "with a group of three, a pair and a feature alone, in mixed order",
    ),
    ((3000, 0.02, torch.tensor([0, 1, 1, 0])), "with rare features"),
    ((1, 0.25, torch.tensor([3, 3, 3, 3])), "with a batch of one"),
    ((2000, 0.0, torch.tensor([0, 0])), "with features that are never on"),
]


def places(groups):
    _, place = groups.unique(return_inverse=True)
    return place


def strengths(batch, groups):
    return torch.rand(batch, len(groups))


def coins(batch, density, groups):
    place = places(groups)
    return (torch.rand(batch, int(place.max()) + 1) < density)[:, place]
