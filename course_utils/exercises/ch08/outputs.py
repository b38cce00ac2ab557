"""8.7: what a neuron says, by its weights."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("adding the same number to all of a neuron's effects changes nothing")
def common_level(answer, effect, group):
    same = torch.allclose(answer(effect + 3, group), answer(effect, group), rtol=1e-3, atol=1e-3)
    return None if same else "Logits count only against each other: what is added to all pieces should drop out."


def gap(effect, group):
    return effect[:, group].mean(1) - effect[:, ~group].mean(1)


class Push(FunctionExercise):
    id, title = "8.7", "What a neuron says"
    difficulty, minutes, points, needs = "B", 7, 2, []
    rtol, atol = 1e-3, 1e-3
    checked = "effects against loops: groups of one and of many, neurons of different loudness, one that says nothing"
    hints = [
        "Two means for each neuron: over the pieces of the group and over all the others. In what unit can a loud "
        "neuron be compared with a quiet one?",
        "`(effect[:, group].mean(1) - effect[:, ~group].mean(1)) / effect.std(1, "
        "correction=0)`, with a guard for a neuron whose effects are all alike.",
    ]

    def cases(self, rng):
        for neurons, pieces, of_group, note in [
            (4, 30, 5, "with neurons of different loudness"),
            (3, 12, 1, "with a group of one"),
            (5, 20, 13, "with a large group"),
        ]:
            group = torch.zeros(pieces, dtype=torch.bool)
            group[torch.randperm(pieces, generator=rng)[:of_group]] = True
            effect = torch.randn(neurons, pieces, generator=rng) + torch.randn(neurons, 1, generator=rng) * group
            yield Case((effect * 10.0 ** torch.linspace(-2, 1, neurons)[:, None] + 0.5, group), note)
        silent = torch.randn(3, 6, generator=rng)
        silent[1] = 0.25
        yield Case((silent, torch.arange(6) < 2), "with a neuron that says nothing")

    def oracle(self, effect: Float[Tensor, "neuron vocab"], group: Bool[Tensor, " vocab"]) -> Float[Tensor, " neuron"]:
        result = []
        for row in effect.double().tolist():
            mine = [e for e, g in zip(row, group.tolist()) if g]
            others = [e for e, g in zip(row, group.tolist()) if not g]
            mean = sum(row) / len(row)
            spread = (sum((e - mean) ** 2 for e in row) / len(row)) ** 0.5
            lead = sum(mine) / len(mine) - sum(others) / len(others)
            result.append(lead / spread if spread > 1e-6 else 0.0)
        return torch.tensor(result)

    laws = [common_level]

    @mistake(
        "The loudest neuron leads with you, whatever it says. Divide by the standard deviation of its own effects."
    )
    def not_scaled(effect, group):
        return gap(effect, group)

    @mistake("You left the other pieces out: a neuron that raises everything favours nothing.")
    def group_alone(effect, group):
        spread = effect.std(1, correction=0)
        return torch.where(spread > 1e-6, effect[:, group].mean(1) / spread.clamp_min(1e-6), 0)

    @mistake("You subtracted the mean of *all* pieces. The group is in that, too: take the others.")
    def against_all(effect, group):
        lead = effect[:, group].mean(1) - effect.mean(1)
        return lead / effect.std(1, correction=0).clamp_min(1e-6)

    @mistake("The sign is the other way round: a neuron that raises the group should come out positive.")
    def other_sign(effect, group):
        return -gap(effect, group) / effect.std(1, correction=0).clamp_min(1e-6)

    @mistake("You divided by the variance. That is in other units: take its root.")
    def by_the_variance(effect, group):
        return gap(effect, group) / effect.var(1, correction=0).clamp_min(1e-6)

    @mistake("You took the spread over the neurons. Each neuron is measured by the spread of its own effects.")
    def spread_over_neurons(effect, group):
        return gap(effect, group) / effect.std(correction=0).clamp_min(1e-6)

    @mistake("These are sums. With groups of different size the larger one wins: take means.")
    def sums(effect, group):
        lead, spread = effect[:, group].sum(1) - effect[:, ~group].sum(1), effect.std(1, correction=0)
        return torch.where(spread > 1e-6, lead / spread, 0)

    @mistake("You took the group's largest effect. One piece isn't the group.")
    def the_best_piece(effect, group):
        lead = effect[:, group].amax(1) - effect[:, ~group].mean(1)
        return lead / effect.std(1, correction=0).clamp_min(1e-6)

    @mistake("A neuron whose effects are all alike gives 0/0. It favours nothing: return 0 there.")
    def no_guard(effect, group):
        return gap(effect, group) / (effect - effect.mean(1, keepdim=True)).square().mean(1).sqrt() * 1.0 + (
            torch.where(effect.amax(1) == effect.amin(1), torch.nan, 0.0)
        )

    @mistake("The standard deviation is over all pieces here, a mean over their number (`correction=0`).")
    def with_one_less(effect, group):
        return gap(effect, group) / effect.std(1).clamp_min(1e-6)

    @mistake(
        "You took the spread of the *other* pieces only. The standard deviation is over all pieces, the group too."
    )
    def spread_of_the_others(effect, group):
        return gap(effect, group) / effect[:, ~group].std(1, correction=0).clamp_min(1e-6)

    @mistake("You took the spread within the *group* only. The standard deviation is over all pieces.")
    def spread_of_the_group(effect, group):
        spread = effect[:, group].std(1, correction=0)
        return torch.where(spread > 1e-6, gap(effect, group) / spread, 0)

    @mistake(
        "You took the spread *within* the two sets, as Cohen's d does. Wanted is the standard deviation of the effects "
        "on all pieces."
    )
    def spread_within(effect, group):
        inside, outside = effect[:, group].var(1, correction=0), effect[:, ~group].var(1, correction=0)
        spread = ((inside + outside) / 2).sqrt()
        return torch.where(spread > 1e-6, gap(effect, group) / spread, 0)

    @mistake(
        "`(effect * group).mean(1)` divides by the number of *all* pieces. A mean over the group divides by the "
        "group's: `effect[:, group].mean(1)`."
    )
    def mean_with_zeros(effect, group):
        lead, spread = (effect * group).mean(1) - (effect * ~group).mean(1), effect.std(1, correction=0)
        return torch.where(spread > 1e-6, lead / spread, 0)

    @mistake("Your unit is the mean distance from the mean. The standard deviation is the root of the mean *square*.")
    def mean_distance(effect, group):
        spread = (effect - effect.mean(1, keepdim=True)).abs().mean(1)
        return torch.where(spread > 1e-6, gap(effect, group) / spread, 0)

    @mistake("You took medians. The text asks for means.")
    def medians(effect, group):
        lead = effect[:, group].median(1).values - effect[:, ~group].median(1).values
        return lead / effect.std(1, correction=0).clamp_min(1e-6)

    @mistake(
        "You standardised each piece over the neurons. Each neuron is measured by its own effects, over the pieces "
        "(`dim=1`)."
    )
    def standardised_pieces(effect, group):
        scaled = (effect - effect.mean(0)) / effect.std(0, correction=0).clamp_min(1e-6)
        return gap(scaled, group)

    @mistake("What you add to the standard deviation isn't small beside that of a quiet neuron: guard it otherwise.")
    def a_large_epsilon(effect, group):
        return gap(effect, group) / (effect.std(1, correction=0) + 0.01)

    @mistake("A neuron whose effects are all alike favours nothing: return 0 there. You return 1.")
    def one_where_silent(effect, group):
        spread = effect.std(1, correction=0)
        return torch.where(spread > 1e-6, gap(effect, group) / spread.clamp_min(1e-6), 1)

    @rewrite
    def by_the_gap(effect, group):
        return gap(effect, group) / effect.std(1, correction=0).clamp_min(1e-6)

    @rewrite
    def with_products(effect, group):
        g = group.to(effect.dtype)
        lead = effect @ (g / g.sum()) - effect @ ((1 - g) / (1 - g).sum())
        return lead / effect.std(1, correction=0).clamp_min(1e-6)

    @rewrite
    def from_two_sums(effect, group):
        n, of_group = effect.shape[1], group.sum()
        inside, whole = effect[:, group].sum(1), effect.sum(1)
        lead = inside / of_group - (whole - inside) / (n - of_group)
        return lead / effect.var(1, correction=0).sqrt().clamp_min(1e-6)

    @rewrite
    def neuron_by_neuron(effect, group):
        result = []
        for row in effect:
            spread = row.std(correction=0)
            result.append((row[group].mean() - row[~group].mean()) / spread if spread > 1e-5 else torch.tensor(0.0))
        return torch.stack(result)
