"""2.6 and 2.7: samplers of features that come together, and of features that exclude each other. Laws decide."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.checking.trials import Law

SIGMAS = 5.0  # a right sampler breaks a law less than once in 10,000 seeds
ENOUGH = 1000  # rows from which frequencies can be counted


def _members(groups):
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


@law("features of one group are on in the same rows")
def on_together(sample, batch, density, groups):
    on = sample(batch, density, groups) > 0
    for _, members in _members(groups):
        if (on[:, members] != on[:, members[:1]]).any():
            return "each on its own"
    return None


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
    labels = _members(groups)
    if batch < ENOUGH or not 0.02 < density < 0.98 or len(labels) < 2:
        return None
    on = sample(batch, density, groups) > 0
    active = torch.stack([on[:, members].any(dim=1) for _, members in labels], dim=1).double()
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
    for _, members in _members(groups):
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


@law("at most one feature of a group is on in any row")
def one_at_most(sample, batch, density, groups):
    on = sample(batch, density, groups) > 0
    for _, members in _members(groups):
        if (on[:, members].sum(dim=1) > 1).any():
            together = len(members) > 1 and (on[:, members].all(dim=1) == on[:, members].any(dim=1)).all()
            return "they come together" if together else "each on its own"
    return None


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


def _labels(groups):
    _, place = groups.unique(return_inverse=True)
    return place


def _strengths(batch, groups):
    return torch.rand(batch, len(groups))


def _coins(batch, density, groups):
    place = _labels(groups)
    return (torch.rand(batch, int(place.max()) + 1) < density)[:, place]


class ComeTogether(FunctionExercise):
    id, title = "2.6", "Features that come together"
    difficulty, minutes, points, needs = "B", 8, 2, []
    random = True
    checked = "sets of groups, of several sizes and in mixed order"
    hints = [
        "Toss one coin for each group in each row. A strength belongs to each feature.",
        "`names, place = groups.unique(return_inverse=True)` numbers the groups from 0. Then "
        "`(torch.rand(batch, len(names)) < density)[:, place]` says who is on.",
    ]

    def cases(self, rng):
        for args, note in CASES:
            yield Case(args, note)
        yield Case((2000, 1.0, torch.tensor([1, 0, 1])), "with features that are always on")

    def oracle(self, batch: int, density: float, groups: Int[Tensor, "feature"]) -> Float[Tensor, "batch feature"]:
        return torch.zeros(batch, len(groups))  # the shape; the laws know the rest

    laws = [
        in_range, anew, rows_differ, on_together,
        as_often("density shared out", "sparsity for density", "more often in larger groups", "a coin each"),
        groups_independent, own_strengths,
    ]  # fmt: skip

    @mistake("Features of one group switch on independently. One coin for the whole group: both on, or both off.")
    def each_on_its_own(batch, density, groups):
        return _strengths(batch, groups) * (torch.rand(batch, len(groups)) < density)

    @mistake("All groups switch on together: they share one coin. Each group has its own.")
    def one_coin_for_all_groups(batch, density, groups):
        return _strengths(batch, groups) * (torch.rand(batch, 1) < density)

    @mistake(
        "Features of a group are equally strong. They come together, but how strong each one is, is drawn for each by "
        "itself."
    )
    def one_strength_for_the_group(batch, density, groups):
        place = _labels(groups)
        return torch.rand(batch, int(place.max()) + 1)[:, place] * _coins(batch, density, groups)

    @mistake("Your features are 1 whenever they are on. What is on has a strength, uniform on [0, 1].")
    def no_strengths(batch, density, groups):
        return _coins(batch, density, groups).float()

    @mistake("A feature is on more rarely the larger its group is. Each is on with the probability `density`.")
    def density_shared_out(batch, density, groups):
        place = _labels(groups)
        size = place.bincount()
        return _strengths(batch, groups) * (torch.rand(batch, len(size)) < density / size)[:, place]

    @mistake("Density is the probability of being on; yours is that of being off.")
    def sparsity_for_density(batch, density, groups):
        return _strengths(batch, groups) * _coins(batch, 1 - density, groups)

    @mistake(
        "A group of k is on with probability densityᵏ: you tossed a coin for each of its features and asked that all "
        "fall alike. One coin for the group."
    )
    def a_coin_each(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for _, members in _members(groups):
            on[:, members] = on[:, members].all(dim=1, keepdim=True)
        return _strengths(batch, groups) * on

    @mistake(
        "You tossed a coin for each feature and switched the whole group on if any of them fell on. Large groups are "
        "on too often so: one coin for the group."
    )
    def more_often_in_larger_groups(batch, density, groups):
        sizes = _labels(groups).bincount()
        on = (torch.rand(batch, len(sizes)) < (density * sizes).clamp_max(1))[:, _labels(groups)]
        return _strengths(batch, groups) * on

    @mistake("Every row of the batch is the same one. The batch is an axis of both draws.")
    def one_row_for_all(batch, density, groups):
        return (_strengths(1, groups) * _coins(1, max(density, 0.999), groups)).expand(batch, -1).clone()

    @mistake("Your function seeds itself, so every call gives the same rows. Leave that to whoever calls it.")
    def seeds_itself(batch, density, groups):
        torch.manual_seed(0)
        return _strengths(batch, groups) * _coins(batch, density, groups)

    @mistake("The draw that decides is also the strength, so nothing is stronger than the density. Draw twice.")
    def the_coin_is_the_strength(batch, density, groups):
        place = _labels(groups)
        coin = torch.rand(batch, int(place.max()) + 1)[:, place]
        return _strengths(batch, groups) * density * (coin < density)

    @rewrite
    def with_loops(batch, density, groups):
        x = torch.zeros(batch, len(groups))
        for group in groups.unique():
            on = torch.rand(batch) < density
            for feature in (groups == group).nonzero()[:, 0]:
                x[on, feature] = torch.rand(int(on.sum()))
        return x

    @rewrite
    def with_a_membership_matrix(batch, density, groups):
        member = (groups[:, None] == groups.unique()).float()  # [feature, group]
        coin = torch.bernoulli(torch.full((batch, member.shape[1]), density))
        return (coin @ member.T) * torch.rand(batch, len(groups))

    @rewrite
    def row_by_row_of_groups(batch, density, groups):
        on = torch.zeros(batch, len(groups), dtype=torch.bool)
        for group in set(groups.tolist()):
            on[:, groups == group] = torch.rand(batch, 1) <= density - 1e-12
        return torch.where(on, torch.rand(batch, len(groups)), 0.0)

    _never = "A draw equals the density with a probability of 2⁻²⁴: no sample of a sensible size tells the two apart."
    _spare = "A coin more than there are groups is tossed and never looked at."
    _same = "`nonzero` of one axis has one column, so a row of it is its feature."
    equivalent = {
        "line 2: `torch.rand(batch, len(names)) < density` → `torch.rand(batch, len(names)) <= density`": _never,
        "line 2: `len(names)` → `len(names) + 1`": _spare,
        "line 2: `len(names)` → `len(place)`": _spare,
        "line 3: `on[:, place]` → `on[:, ~place]`": "The coins counted from the other end: one for each group all the "
        "same.",
        "with_loops, line 3: `torch.rand(batch) < density` → `torch.rand(batch) <= density`": _never,
        "with_loops, line 4: `(groups == group).nonzero()[:, 0]` → `(groups == group).nonzero()`": _same,
        "with_loops, line 4: `(groups == group).nonzero()[:, 0]` → `(groups == group).nonzero()[:, -1]`": _same,
    }


def _exclusive(batch, density, groups, chance=None, weights=None):
    """At most one of each group, every member with the same probability (or with `weights`)."""
    x = torch.zeros(batch, len(groups))
    for _, members in _members(groups):
        k = len(members)
        active = torch.rand(batch) < (density * k if chance is None else chance(density, k))
        who = torch.randint(k, (batch,)) if weights is None else weights(batch, k)
        for n, feature in enumerate(members):
            x[:, feature] = torch.rand(batch) * (active & (who == n))
    return x


class ExcludeEachOther(FunctionExercise):
    id, title = "2.7", "Features that exclude each other"
    difficulty, minutes, points, needs = "B", 8, 2, ["2.6"]
    random = True
    checked = "sets of groups, of several sizes and in mixed order"
    hints = [
        "Of a group of k features, each on with probability p and never two, how often is one of them on?",
        "For each group: `u = torch.rand(batch)`. Member number n is on where `n * p <= u < (n + 1) * p`, so the k "
        "members take up k · p of the line from 0 to 1, and never overlap.",
    ]

    def cases(self, rng):
        for args, note in CASES:
            yield Case(args, note)
        yield Case((4000, 0.5, torch.tensor([1, 0, 1, 0])), "with pairs of which always one is on")

    def oracle(self, batch: int, density: float, groups: Int[Tensor, "feature"]) -> Float[Tensor, "batch feature"]:
        return torch.zeros(batch, len(groups))  # the shape; the laws know the rest

    laws = [
        in_range, anew, rows_differ, one_at_most, as_often("density shared out", "always one"), groups_independent,
        own_strengths,
    ]  # fmt: skip

    @mistake("Two features of one group are on in the same row. First decide whether the group is on, then which one.")
    def each_on_its_own(batch, density, groups):
        return _strengths(batch, groups) * (torch.rand(batch, len(groups)) < density)

    @mistake("Those come together: that was 2.6. Here at most one of a group is on.")
    def they_come_together(batch, density, groups):
        return _strengths(batch, groups) * _coins(batch, density, groups)

    @mistake(
        "The group is on with probability `density`, so each of its k features with density/k. Each should be on with "
        "`density`: then one of the group is on with k times that."
    )
    def density_shared_out(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: p)

    @mistake("In every row one feature of each group is on. Often none should be: k · `density` is all they have.")
    def always_one(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: float(p > 0))

    @mistake("All groups are on in the same rows. Each group decides by itself.")
    def one_coin_for_all_groups(batch, density, groups):
        u, x = torch.rand(batch), torch.zeros(batch, len(groups))
        for _, members in _members(groups):
            for n, feature in enumerate(members):
                x[:, feature] = torch.rand(batch) * ((u >= n * density) & (u < (n + 1) * density))
        return x

    @mistake("Your features are 1 whenever they are on. What is on has a strength, uniform on [0, 1].")
    def no_strengths(batch, density, groups):
        return (_exclusive(batch, density, groups) > 0).float()

    @mistake("Your function seeds itself, so every call gives the same rows. Leave that to whoever calls it.")
    def seeds_itself(batch, density, groups):
        torch.manual_seed(0)
        return _exclusive(batch, density, groups)

    @mistake("Every row of the batch is the same one. The batch is an axis of the draws.")
    def one_row_for_all(batch, density, groups):
        x = torch.rand(1, len(groups)) * torch.stack([groups[:i].ne(g).all() for i, g in enumerate(groups)])
        return x.expand(batch, -1) * (density > 0)

    @mistake("The draw that decides is also the strength, so nothing is stronger than the density. Draw twice.")
    def the_coin_is_the_strength(batch, density, groups):
        return _exclusive(batch, density, groups) * density

    @rewrite
    def group_then_member(batch, density, groups):
        return _exclusive(batch, density, groups)

    @rewrite
    def with_multinomial(batch, density, groups):
        x = torch.zeros(batch, len(groups))
        for _, members in _members(groups):
            p = torch.tensor([density] * len(members) + [max(1 - density * len(members), 0.0)])
            who = torch.multinomial(p, batch, replacement=True)
            for n, feature in enumerate(members):
                x[:, feature] = torch.where(who == n, torch.rand(batch), 0.0)
        return x

    @rewrite
    def by_places(batch, density, groups):
        place = torch.zeros(len(groups), dtype=torch.long)
        names, label = groups.unique(return_inverse=True)
        for k in range(len(names)):
            mine = label == k
            place[mine] = torch.arange(int(mine.sum()))
        u = torch.rand(batch, len(names))[:, label]
        on = (u >= place * density) & (u < (place + 1) * density)
        return on * torch.rand(batch, len(groups))

    _never = "A draw falls on a border with a probability of 2⁻²⁴: no sample of a sensible size tells the two apart."
    equivalent = {
        "line 1: `torch.zeros(batch, len(groups))` → `torch.ones(batch, len(groups))`": "Every column is written.",
        "line 2: `groups.unique()` → `groups`": "A group that is drawn again is drawn anew.",
        "line 4: `(groups == group).nonzero()[:, 0]` → `(groups == group).nonzero()[:, -1]`": "There is one column.",
        "line 5: `n * density <= u` → `n * density < u`": _never,
        "line 5: `u < (n + 1) * density` → `u <= (n + 1) * density`": _never,
    }
