"""2.6: a sampler of features that come together. Laws decide."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch02.sampling import (
    CASES,
    ENOUGH,
    anew,
    anywhere,
    as_often,
    coins,
    groups_independent,
    in_range,
    members_of,
    own_strengths,
    places,
    rows_differ,
    strengths,
)


@law("features of one group are on in the same rows")
def on_together(sample, batch, density, groups):
    on = sample(batch, density, groups) > 0
    for _, members in members_of(groups):
        if (on[:, members] != on[:, members[:1]]).any():
            pairs = sample(ENOUGH, 0.5, torch.tensor([0, 0, 1, 1])) > 0
            return "neighbours only" if torch.equal(pairs[:, ::2], pairs[:, 1::2]) else "each on its own"
    return None


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
        in_range, rows_differ, anew, on_together, anywhere, groups_independent,
        as_often("density shared out", "sparsity for density", "more often in larger groups", "a coin each"),
        own_strengths,
    ]  # fmt: skip

    @mistake(
        "Your groups are runs of neighbours. Features with the same name belong together wherever they stand: in "
        "[7, 2, 7] the first and the third."
    )
    def neighbours_only(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for i in range(1, len(groups)):
            if groups[i] == groups[i - 1]:
                on[:, i] = on[:, i - 1]
        return strengths(batch, groups) * on

    @mistake("All rows have the same features on: you tossed one coin for the whole batch. One for each row.")
    def one_coin_for_all_rows(batch, density, groups):
        return strengths(batch, groups) * coins(1, density, groups)

    @mistake("A feature is on in the first rows only. Toss a coin for every row.")
    def the_first_rows(batch, density, groups):
        return strengths(batch, groups) * (torch.arange(batch)[:, None] < batch * density)

    @mistake("Exactly `density` of the rows have a group on, in every call. A coin for each row varies.")
    def a_fixed_number_of_rows(batch, density, groups):
        draws = torch.rand(batch, int(places(groups).max()) + 1)
        return (
            strengths(batch, groups) * (draws.argsort(dim=0).argsort(dim=0) < round(batch * density))[:, places(groups)]
        )

    @mistake("At most one group is on in a row. Each group decides by itself, so several may be on, or none.")
    def one_group_at_a_time(batch, density, groups):
        n = int(places(groups).max()) + 1
        who = torch.randint(n, (batch, 1))
        return strengths(batch, groups) * (places(groups) == who) * (torch.rand(batch, 1) < density * n)

    @mistake("How often features are on doesn't depend on `density` in yours. Compare the coin with it.")
    def density_unused(batch, density, groups):
        return strengths(batch, groups) * (
            coins(batch, 0.5, groups) if 0 < density < 1 else coins(batch, density, groups)
        )

    @mistake("All that is on in a row is equally strong. Draw a strength for each feature in each row.")
    def one_strength_for_the_row(batch, density, groups):
        return torch.rand(batch, 1) * coins(batch, density, groups)

    @mistake("Each feature has one strength for all rows. Draw it anew in every row: [batch, feature].")
    def one_strength_for_each_feature(batch, density, groups):
        return strengths(1, groups) * coins(batch, density, groups)

    @mistake("You multiplied the strengths by the density. It says how often a feature is on, not how strongly.")
    def strengths_times_density(batch, density, groups):
        return strengths(batch, groups) * density * coins(batch, density, groups)

    @mistake("Features of one group switch on independently. One coin for the whole group: both on, or both off.")
    def each_on_its_own(batch, density, groups):
        return strengths(batch, groups) * (torch.rand(batch, len(groups)) < density)

    @mistake("All groups switch on together: they share one coin. Each group has its own.")
    def one_coin_for_all_groups(batch, density, groups):
        return strengths(batch, groups) * (torch.rand(batch, 1) < density)

    @mistake(
        "Features of a group are equally strong. They come together, but how strong each one is, is drawn for each by "
        "itself."
    )
    def one_strength_for_the_group(batch, density, groups):
        place = places(groups)
        return torch.rand(batch, int(place.max()) + 1)[:, place] * coins(batch, density, groups)

    @mistake("Your features are 1 whenever they are on. What is on has a strength, uniform on [0, 1].")
    def no_strengths(batch, density, groups):
        return coins(batch, density, groups).float()

    @mistake("A feature is on more rarely the larger its group is. Each is on with the probability `density`.")
    def density_shared_out(batch, density, groups):
        place = places(groups)
        size = place.bincount()
        return strengths(batch, groups) * (torch.rand(batch, len(size)) < density / size)[:, place]

    @mistake("Density is the probability of being on; yours is that of being off.")
    def sparsity_for_density(batch, density, groups):
        return strengths(batch, groups) * coins(batch, 1 - density, groups)

    @mistake(
        "A group of k is on with probability densityᵏ: you tossed a coin for each of its features and asked that all "
        "fall alike. One coin for the group."
    )
    def a_coin_each(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for _, members in members_of(groups):
            on[:, members] = on[:, members].all(dim=1, keepdim=True)
        return strengths(batch, groups) * on

    @mistake(
        "You tossed a coin for each feature and switched the whole group on if any of them fell on. Large groups are "
        "on too often so: one coin for the group."
    )
    def more_often_in_larger_groups(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for _, members in members_of(groups):
            on[:, members] = on[:, members].any(dim=1, keepdim=True)
        return strengths(batch, groups) * on

    @mistake("Every row of the batch is the same one. The batch is an axis of both draws.")
    def one_row_for_all(batch, density, groups):
        return (strengths(1, groups) * coins(1, max(density, 0.999), groups)).expand(batch, -1).clone()

    @mistake("Your function seeds itself, so every call gives the same rows. Leave that to whoever calls it.")
    def seeds_itself(batch, density, groups):
        torch.manual_seed(0)
        return strengths(batch, groups) * coins(batch, density, groups)

    @mistake("The draw that decides is also the strength, so nothing is stronger than the density. Draw twice.")
    def the_coin_is_the_strength(batch, density, groups):
        place = places(groups)
        coin = torch.rand(batch, int(place.max()) + 1)[:, place]
        return coin * (coin < density)

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
