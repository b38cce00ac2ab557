"""8.3: ratings that were given blind, against all the ways in which the names could have been dealt out."""

import torch
from jaxtyping import Bool
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("turning all ratings round and exchanging the two kinds changes nothing")
def turned_round(answer, rated, kind, deals):
    same = abs(float(answer(~rated, ~kind, ~deals)) - float(answer(rated, kind, deals))) < 1e-5
    return None if same else "Both kinds exchanged and every rating turned round is the same table. Yours differs."


def lead(rated, kind):
    """[…]: the share of neurons rated True among those of the kind, less that among the others."""
    r, k = rated.double(), kind.double()
    return (k @ r) / k.sum(-1) - ((1 - k) @ r) / (1 - k).sum(-1)


def share(hits):
    return hits.double().mean().item()


class AsLargeByChance(FunctionExercise):
    id, title = "8.3", "Blind"
    difficulty, minutes, points, needs = "B", 9, 2, []
    rtol, atol = 1e-4, 1e-4
    checked = (
        "ratings against counting deal by deal: kinds of unequal number, a lead that many deals equal, a lead the "
        "wrong way round, names by coins, deals of which none does as well, and the names themselves among the deals"
    )
    hints = [
        "One number sums the ratings up: the share rated True among the neurons of the kind, less the share among the "
        "others. What would it have been if the names had been dealt out at random?",
        "Compute the lead for `kind` and for each row of `deals` by the same formula, and return the share of deals "
        "whose lead is `>=` the one that was found.",
    ]

    def cases(self, rng):
        for n, of_kind, p, deals, note in [
            (10, 4, 0.5, 40, "with four of a kind among ten"),
            (16, 8, 0.4, 60, "with as many of either kind"),
            (9, 6, 0.7, 30, "with six of a kind among nine"),
        ]:
            kind = torch.arange(n) < of_kind
            rated = torch.rand(n, generator=rng) < p
            rated[:2], rated[-2:] = torch.tensor([True, True]), torch.tensor([False, True])
            shuffled = torch.stack([kind[torch.randperm(n, generator=rng)] for _ in range(deals)])
            yield Case((rated, kind, shuffled), note)
        kind = torch.tensor([False, True, False, True, True, False, False])
        shuffled = torch.stack([kind[torch.randperm(7, generator=rng)] for _ in range(50)])
        yield Case((~kind, kind, shuffled), "with a lead the wrong way round")
        coins = torch.rand(40, 8, generator=rng) < 0.5
        coins[:, 0], coins[:, -1] = True, False
        few, half = torch.arange(8) < 3, (torch.arange(8) > 0) & (torch.arange(8) < 4)
        yield Case((few, half, coins), "with names by coins")
        none_as_good = torch.stack([kind.roll(1), kind.roll(2), kind.roll(3)])
        yield Case((kind.clone(), kind, none_as_good), "with no deal that does as well")
        itself = torch.stack([kind.roll(1), kind, kind.roll(2), kind, kind.roll(3)])
        yield Case((kind.clone(), kind, itself), "with the names themselves among the deals")

    def oracle(self, rated: Bool[Tensor, " neuron"], kind: Bool[Tensor, " neuron"], deals: Bool[Tensor, "deal neuron"]):
        def of(names):
            mine = [r for r, k in zip(rated.tolist(), names) if k]
            others = [r for r, k in zip(rated.tolist(), names) if not k]
            return sum(mine) / len(mine) - sum(others) / len(others)

        found = of(kind.tolist())
        return sum(of(deal) >= found - 1e-9 for deal in deals.tolist()) / len(deals)

    laws = [turned_round]

    @mistake(
        "You left out the deals with the *same* lead. “At least as large” takes them in; with so few neurons they are "
        "many."
    )
    def strictly_larger(rated, kind, deals):
        return share(lead(rated, deals) > lead(rated, kind) + 1e-9)

    @mistake("You return the share of deals with a *smaller* lead. Wanted are those that do at least as well.")
    def the_others(rated, kind, deals):
        return share(lead(rated, deals) < lead(rated, kind) - 1e-9)

    @mistake("You counted how many deals do as well. The share of all deals is wanted.")
    def count(rated, kind, deals):
        return float((lead(rated, deals) >= lead(rated, kind) - 1e-9).sum())

    @mistake(
        "You compared counts, or divided by the same number in all deals. A deal may have more of the kind than "
        "another: compare shares."
    )
    def counts(rated, kind, deals):
        return share((deals & rated).sum(1) >= (kind & rated).sum())

    @mistake(
        "You took the share among the kind alone (or less that of *all* neurons, which is the same for every deal). "
        "The lead is that share less the share among the *others*."
    )
    def the_kind_alone(rated, kind, deals):
        of_kind = (deals & rated).sum(1) / deals.sum(1)
        return share(of_kind >= (kind & rated).sum() / kind.sum() - 1e-6)

    @mistake("You took leads in either direction. The claim has a direction: a lead the wrong way round isn't for it.")
    def either_direction(rated, kind, deals):
        return share(lead(rated, deals).abs() >= lead(rated, kind).abs() - 1e-9)

    @mistake("You turned the lead round: it is that of the neurons with True in `kind` over the others.")
    def other_sign(rated, kind, deals):
        return share(lead(rated, deals) <= lead(rated, kind) + 1e-9)

    @mistake("That is the lead itself. How often does chance give one as large?")
    def only_the_lead(rated, kind, deals):
        return lead(rated, kind).item()

    @mistake(
        "You compared counts of agreement, the ratings that equal the name. Compare the share among one kind with the "
        "share among the other."
    )
    def agreement_of_the_first_deal(rated, kind, deals):
        return share((deals == rated).sum(1) >= len(rated) / 2)

    @mistake("You compared every deal with the average deal. Compare it with what was found.")
    def against_the_mean_deal(rated, kind, deals):
        leads = lead(rated, deals)
        return share(leads >= leads.mean())

    @mistake(
        "You took the deals' leads in either direction, and the one that was found with its sign. The claim has a "
        "direction: leave the sign of both."
    )
    def deals_in_either_direction(rated, kind, deals):
        return share(lead(rated, deals).abs() >= lead(rated, kind) - 1e-9)

    @mistake(
        "You counted what was found as one more deal: (hits + 1) / (deals + 1). Some tests do; here the plain share "
        "of the deals is wanted."
    )
    def found_as_a_deal(rated, kind, deals):
        hits = (lead(rated, deals) >= lead(rated, kind) - 1e-9).sum().item()
        return (hits + 1) / (len(deals) + 1)

    @mistake(
        "You asked which share of those *rated True* is of the kind. Turn it round: which share of the kind is rated "
        "True, less that of the others."
    )
    def kind_among_the_rated(rated, kind, deals):
        return share(lead(deals, rated[None]) >= lead(kind, rated[None]) - 1e-9)

    @mistake("You left out deals that are equal to `kind`. Chance may deal these names, too: they count.")
    def without_the_names_themselves(rated, kind, deals):
        other = deals[(deals != kind).any(1)]
        return share(lead(rated, other) >= lead(rated, kind) - 1e-9)

    @mistake("That is the mean lead of the deals. How many of them have a lead at least as large as the one found?")
    def mean_lead(rated, kind, deals):
        return lead(rated, deals).mean().item()

    @mistake(
        "You divided by the neurons of *all* deals together (`deals.sum()`). Each deal has its own: `deals.sum(1)`."
    )
    def sums_over_all_deals(rated, kind, deals):
        k, r = deals.double(), rated.double()
        leads = (k @ r) / k.sum() - ((1 - k) @ r) / (1 - k).sum()
        return share(leads >= lead(rated, kind) - 1e-9)

    @mistake("You dropped deals that came up twice. Each deal counts as often as it was dealt.")
    def each_deal_once(rated, kind, deals):
        return share(lead(rated, deals.unique(dim=0)) >= lead(rated, kind) - 1e-9)

    @mistake("You divided by the number of neurons. The share is of the deals: `len(deals)`.")
    def of_the_neurons(rated, kind, deals):
        return float((lead(rated, deals) >= lead(rated, kind) - 1e-9).sum()) / deals.shape[1]

    @mistake("You divided by 1000. Divide by the number of deals that came: `len(deals)`.")
    def of_a_thousand(rated, kind, deals):
        return float((lead(rated, deals) >= lead(rated, kind) - 1e-9).sum()) / 1000

    @rewrite
    def with_means(rated, kind, deals):
        def of(names):
            return rated[names].float().mean().item() - rated[~names].float().mean().item()

        found = of(kind)
        return sum(of(deal) >= found for deal in deals) / len(deals)

    @rewrite
    def by_correlation(rated, kind, deals):
        def of(names):
            n, r = names.double(), rated.double()
            return ((n - n.mean()) @ r) / (n.mean() * (1 - n.mean()))

        return sum(of(deal).item() >= of(kind).item() - 1e-9 for deal in deals) / len(deals)

    @rewrite
    def at_once(rated, kind, deals):
        return (lead(rated, deals) >= lead(rated, kind) - 1e-9).float().mean()
