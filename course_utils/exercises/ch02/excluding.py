"""2.7: a sampler of features that exclude each other. Laws decide."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch02.sampling import (
    CASES,
    anew,
    as_often,
    coins,
    groups_independent,
    in_range,
    members_of,
    own_strengths,
    rows_differ,
    strengths,
)


@law("at most one feature of a group is on in any row")
def one_at_most(sample, batch, density, groups):
    on = sample(batch, density, groups) > 0
    for _, members in members_of(groups):
        if (on[:, members].sum(dim=1) > 1).any():
            together = len(members) > 1 and (on[:, members].all(dim=1) == on[:, members].any(dim=1)).all()
            return "they come together" if together else "each on its own"
    return None


def _exclusive(batch, density, groups, chance=None, weights=None):
    """At most one of each group, every member with the same probability (or with `weights`)."""
    x = torch.zeros(batch, len(groups))
    for _, members in members_of(groups):
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
        return strengths(batch, groups) * (torch.rand(batch, len(groups)) < density)

    @mistake("Those come together: that was 2.6. Here at most one of a group is on.")
    def they_come_together(batch, density, groups):
        return strengths(batch, groups) * coins(batch, density, groups)

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
        for _, members in members_of(groups):
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
        for _, members in members_of(groups):
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
