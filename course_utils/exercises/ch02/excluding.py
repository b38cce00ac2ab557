"""2.7: a sampler of features that exclude each other. Laws decide."""

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
    rows_differ,
    strengths,
)


@law("at most one feature of a group is on in any row")
def one_at_most(sample, batch, density, groups):
    on = sample(batch, density, groups) > 0
    for _, members in members_of(groups):
        if (on[:, members].sum(dim=1) > 1).any():
            if (on[:, members].all(dim=1) == on[:, members].any(dim=1)).all():
                return "they come together"
            nested = bool((on[:, members].float().diff(dim=1) >= 0).all())
            return "no lower end" if nested and batch >= ENOUGH else "each on its own"
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
        in_range, rows_differ, anew, one_at_most, anywhere, groups_independent,
        as_often(
            "density shared out", "always one", "the first wins", "both dropped in a clash", "only the first member",
            "a coin each and one is kept", "numbers for places", "pairs assumed", "off for on",
            "one member for all rows",
        ),
        own_strengths,
    ]  # fmt: skip

    @mistake(
        "Later members are on in every row in which an earlier one is: member n needs a lower end as well, n · p ≤ u."
    )
    def no_lower_end(batch, density, groups):
        x = torch.zeros(batch, len(groups))
        for _, members in members_of(groups):
            u = torch.rand(batch)
            for n, feature in enumerate(members):
                x[:, feature] = torch.rand(batch) * (u < (n + 1) * density)
        return x

    @mistake(
        "You tossed a coin for each feature and let the first of a group win, so later members are on too rarely. Let "
        "one draw for the group decide."
    )
    def the_first_wins(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for _, members in members_of(groups):
            on[:, members] &= on[:, members].cumsum(dim=1) == 1
        return strengths(batch, groups) * on

    @mistake(
        "You tossed a coin for each feature and switched all off where two fell on: they are on too rarely. Let one "
        "draw for the group decide."
    )
    def both_dropped_in_a_clash(batch, density, groups):
        on = torch.rand(batch, len(groups)) < density
        for _, members in members_of(groups):
            on[:, members] &= on[:, members].sum(dim=1, keepdim=True) == 1
        return strengths(batch, groups) * on

    @mistake(
        "You tossed a coin for each feature and kept one of those that fell on (or the group is on with 1 − (1 − p)ᵏ): "
        "that is too rarely. One of k features that never come together is on with k · p."
    )
    def a_coin_each_and_one_is_kept(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: 1 - (1 - p) ** k)

    @mistake("Only the first member of each group is ever on. All members take turns, each with `density`.")
    def only_the_first_member(batch, density, groups):
        first = torch.stack([groups[:i].ne(g).all() for i, g in enumerate(groups)])
        return strengths(batch, groups) * (torch.rand(batch, len(groups)) < density) * first

    @mistake("One member was drawn for the whole batch. Draw the member anew in every row.")
    def one_member_for_all_rows(batch, density, groups):
        return _exclusive(batch, density, groups, weights=lambda batch, k: torch.randint(k, ()).expand(batch))

    @mistake("You count with the number of the feature. n is its place in its group, from 0: `enumerate` the members.")
    def numbers_for_places(batch, density, groups):
        x = torch.zeros(batch, len(groups))
        for _, members in members_of(groups):
            u = torch.rand(batch)
            for n in members:
                x[:, n] = torch.rand(batch) * ((u >= n * density) & (u < (n + 1) * density))
        return x

    @mistake("A group is on with 2 · `density` in yours, which is right for pairs alone. k features: k · `density`.")
    def pairs_assumed(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: 2 * p)

    @mistake("Your groups are on where they should be off: with 1 − k · `density`. It is `<`, not `>`.")
    def off_for_on(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: 1 - k * p)

    @mistake("How often features are on doesn't depend on `density` in yours. Compare the draw with it.")
    def density_unused(batch, density, groups):
        return _exclusive(batch, density, groups, chance=lambda p, k: 0.5 * (p > 0))

    @mistake("All rows have the same features on: one draw decides for the whole batch. Draw for each row.")
    def one_coin_for_all_rows(batch, density, groups):
        return strengths(batch, groups) * (_exclusive(1, density, groups) > 0)

    @mistake("A feature is on in one block of rows. Draw for every row.")
    def the_first_rows(batch, density, groups):
        x, often = torch.zeros(batch, len(groups)), round(batch * density)
        for _, members in members_of(groups):
            for n, feature in enumerate(members):
                x[n * often : (n + 1) * often, feature] = torch.rand(len(x[n * often : (n + 1) * often]))
        return x

    @mistake("Exactly `density` of the rows have a feature on, in every call. A draw for each row varies.")
    def a_fixed_number_of_rows(batch, density, groups):
        x, often = torch.zeros(batch, len(groups)), round(batch * density)
        for _, members in members_of(groups):
            order = torch.randperm(batch)
            for n, feature in enumerate(members):
                x[order[n * often : (n + 1) * often], feature] = torch.rand(len(order[n * often : (n + 1) * often]))
        return x

    @mistake("At most one group is on in a row. Each group decides by itself, so several may be on, or none.")
    def one_group_at_a_time(batch, density, groups):
        x, who = strengths(batch, groups), torch.randint(len(groups), (batch, 1))
        return x * (torch.arange(len(groups)) == who) * (torch.rand(batch, 1) < density * len(groups))

    @mistake("All that is on in a row is equally strong. Draw a strength for each feature in each row.")
    def one_strength_for_the_row(batch, density, groups):
        return torch.rand(batch, 1) * (_exclusive(batch, density, groups) > 0)

    @mistake("Each feature has one strength for all rows. Draw it anew in every row: [batch, feature].")
    def one_strength_for_each_feature(batch, density, groups):
        return strengths(1, groups) * (_exclusive(batch, density, groups) > 0)

    @mistake("You multiplied the strengths by the density. It says how often a feature is on, not how strongly.")
    def strengths_times_density(batch, density, groups):
        return _exclusive(batch, density, groups) * density

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

    @mistake("The draw that decides is also the strength, so it lies between the ends that decide. Draw twice.")
    def the_coin_is_the_strength(batch, density, groups):
        x = torch.zeros(batch, len(groups))
        for _, members in members_of(groups):
            u = torch.rand(batch)
            for n, feature in enumerate(members):
                x[:, feature] = u * ((u >= n * density) & (u < (n + 1) * density))
        return x

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
