"""7.1 and 7.6: the difference of two means, as a probe of all neurons and as a way to choose a few."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch07.probe_slips import CHOICE_SLIPS, SCORE_SLIPS, means


@law("it stays the same when everything is shifted together")
def shift(answer, fit_acts, fit_label, acts):
    moved = torch.linspace(-3, 5, fit_acts.shape[1])
    same = torch.allclose(
        answer(fit_acts + moved, fit_label, acts + moved), answer(fit_acts, fit_label, acts), rtol=1e-3, atol=1e-3
    )
    return None if same else "The scores moved with the origin. What counts is where a row lies between the two means."


class MeanDifferenceScores(FunctionExercise):
    id, title = "7.1", "A probe in two lines"
    difficulty, minutes, points, needs = "B", 7, 2, []
    rtol, atol = 1e-3, 1e-4
    checked = (
        "sets of rows against loops, with a rare feature, with one row to be scored, and with other rows to fit than "
        "to score"
    )
    hints = [
        "Two means, over the rows with the feature and over those without. The probe's direction goes from the one to "
        "the other.",
        "`(acts - middle) @ (with_it - without)`, where `middle` lies half-way between the two means.",
    ]

    def cases(self, rng):
        for fit, rows, neurons, share, note in [
            (12, 7, 4, 0.4, "with seven rows to score"),
            (30, 5, 3, 0.1, "with a rare feature"),
            (9, 1, 6, 0.6, "with one row to score"),
        ]:
            label = torch.zeros(fit, dtype=torch.bool)
            label[torch.randperm(fit, generator=rng)[: max(2, round(share * fit))]] = True
            fit_acts = torch.randn(fit, neurons, generator=rng) * 2 + 1
            fit_acts[label] += torch.randn(neurons, generator=rng)
            yield Case((fit_acts, label, torch.randn(rows, neurons, generator=rng) + 2), note)

    def oracle(
        self, fit_acts: Float[Tensor, "fit neuron"], fit_label: Bool[Tensor, " fit"], acts: Float[Tensor, "row neuron"]
    ) -> Float[Tensor, " row"]:
        scores = torch.zeros(len(acts))
        for r in range(len(acts)):
            for n in range(acts.shape[1]):
                yes = [float(fit_acts[i, n]) for i in range(len(fit_acts)) if fit_label[i]]
                no = [float(fit_acts[i, n]) for i in range(len(fit_acts)) if not fit_label[i]]
                a, b = sum(yes) / len(yes), sum(no) / len(no)
                scores[r] += (a - b) * (float(acts[r, n]) - (a + b) / 2)
        return scores

    laws = [shift]
    mistakes = SCORE_SLIPS

    @mistake(
        "The direction is right, and 0 lies in the wrong place: take the point half-way between the two means off the "
        "rows first."
    )
    def no_middle(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return acts @ (a - b)

    @mistake(
        "You took off the mean of all rows. With a rare feature that is nearly the mean without it, so that nearly "
        "half of all rows score above 0. Half-way between the *two means* is wanted."
    )
    def overall_mean(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - fit_acts.mean(0)) @ (a - b)

    @mistake("The sign is the other way round: rows like those with the feature should score above 0.")
    def other_sign(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2) @ (b - a)

    @mistake(
        "You brought the direction to length 1. Leave its length: it says how far apart the two means are. (The "
        "decisions are the same.)"
    )
    def unit_length(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2) @ torch.nn.functional.normalize(a - b, dim=0)

    @mistake(
        "You centred with the mean of the rows that are scored. A score would then depend on what else is scored; all "
        "that the probe knows comes from the rows it was fitted to."
    )
    def centres_on_the_scored_rows(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - acts.mean(0)) @ (a - b)

    @mistake("You took off the mean without the feature: there the score is 0, and not half-way.")
    def from_the_mean_without(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - b) @ (a - b)

    @mistake("You took off the sum of the two means; half of it lies half-way.")
    def sum_of_the_means(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b)) @ (a - b)

    @mistake("You read with the mean with the feature. What tells the two apart is the difference of the means.")
    def mean_with_it_alone(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2) @ a

    @mistake("You subtracted the mean of *all* rows from the mean with the feature: subtract the mean without it.")
    def against_all(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2) @ (a - fit_acts.mean(0))

    @mistake("You took medians; the task is about means.")
    def medians(fit_acts, fit_label, acts):
        a, b = fit_acts[fit_label].median(0).values, fit_acts[~fit_label].median(0).values
        return (acts - (a + b) / 2) @ (a - b)

    @mistake("These are sums of rows where means belong: with a rare feature the one sum has far more terms.")
    def sums(fit_acts, fit_label, acts):
        a, b = fit_acts[fit_label].sum(0), fit_acts[~fit_label].sum(0)
        return (acts - (a + b) / 2) @ (a - b)

    @mistake("You scored how far a row lies from the middle. A probe reads along one direction: a dot product.")
    def distance_to_the_middle(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2).norm(dim=1)

    @mistake("You returned the decisions. The score itself is wanted: its threshold may be moved later.")
    def decisions(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return ((acts - (a + b) / 2) @ (a - b) > 0).float()

    @rewrite
    def with_a_bias(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return acts @ (a - b) - (a.square().sum() - b.square().sum()) / 2

    @rewrite
    def with_products(fit_acts, fit_label, acts):
        y = fit_label.to(fit_acts.dtype)
        a, b = y @ fit_acts / y.sum(), (1 - y) @ fit_acts / (1 - y).sum()
        return ((acts - (a + b) / 2) * (a - b)).sum(dim=1)

    @rewrite
    def by_distances(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return ((acts - b).square().sum(1) - (acts - a).square().sum(1)) / 2

    @rewrite
    def in_double(fit_acts, fit_label, acts):
        a, b = means(fit_acts.double(), fit_label)
        return ((acts.double() - (a + b) / 2) @ (a - b)).float()


@law("measuring a neuron in other units changes nothing")
def units(answer, acts, label, k):
    scale = torch.tensor([0.01, 50.0, 3.0, 0.2]).repeat(acts.shape[1])[: acts.shape[1]]
    same = torch.equal(answer(acts * scale, label, k), answer(acts, label, k))
    return None if same else "Another order came out when each neuron was multiplied by a number of its own."


def sizes(acts, label):
    """[neuron]: |mean difference| in standard deviations; 0 for a neuron that never moves."""
    a, b = means(acts, label)
    return (a - b).abs() / acts.std(0).clamp_min(1e-8)


class TopNeurons(FunctionExercise):
    id, title = "7.6", "Which neurons?"
    difficulty, minutes, points, needs = "B", 7, 2, ["7.1"]
    checked = "sets of rows against loops, with neurons of very different scales, with one that never moves, and k = 1"
    hints = [
        "A neuron that is loud anyway has a large difference of means, too. In what unit can you compare two neurons?",
        "`difference.abs() / acts.std(0)`, with a guard for a standard deviation of 0; then `topk(k).indices`.",
    ]

    def cases(self, rng):
        for rows, neurons, k, note in [
            (40, 7, 3, "with neurons of very different scales"),
            (25, 5, 1, "with k = 1"),
            (30, 6, 6, "with k as large as the layer"),
        ]:
            label = torch.zeros(rows, dtype=torch.bool)
            label[torch.randperm(rows, generator=rng)[: rows // 4]] = True
            acts = torch.randn(rows, neurons, generator=rng)
            acts[label] *= torch.linspace(0.2, 3.0, neurons)  # with the feature some vary less, others more
            strength = torch.linspace(-2.5, 2.1, neurons)[torch.randperm(neurons, generator=rng)]
            acts += label[:, None] * strength
            acts = acts * 10.0 ** torch.linspace(-3, 1.5, neurons)[torch.randperm(neurons, generator=rng)] + 3
            if k == 3:
                acts[:, 2] = 3.0
            yield Case((acts, label, k), note)

    def oracle(self, acts: Float[Tensor, "row neuron"], label: Bool[Tensor, " row"], k: int) -> Int[Tensor, " k"]:
        size = []
        for n in range(acts.shape[1]):
            column = [float(v) for v in acts[:, n]]
            mean = sum(column) / len(column)
            deviation = (sum((v - mean) ** 2 for v in column) / len(column)) ** 0.5
            yes = [v for v, holds in zip(column, label) if holds]
            no = [v for v, holds in zip(column, label) if not holds]
            difference = abs(sum(yes) / len(yes) - sum(no) / len(no))
            size.append(difference / deviation if deviation > 1e-6 else 0.0)
        return torch.tensor(sorted(range(len(size)), key=lambda n: -size[n])[:k])

    laws = [units]
    mistakes = CHOICE_SLIPS

    @mistake(
        "You compared the differences as they are. A neuron with large activations has large differences, whatever it "
        "says: divide by its standard deviation."
    )
    def not_scaled(acts, label, k):
        a, b = means(acts, label)
        return (a - b).abs().topk(k).indices

    @mistake("A neuron that goes *down* with the feature tells it as well: take the absolute value.")
    def no_absolute_value(acts, label, k):
        a, b = means(acts, label)
        return ((a - b) / acts.std(0).clamp_min(1e-8)).topk(k).indices

    @mistake("You divided by the variance. That is in other units than the difference: take its root.")
    def by_the_variance(acts, label, k):
        a, b = means(acts, label)
        return ((a - b).abs() / acts.var(0).clamp_min(1e-8)).topk(k).indices

    @mistake("These are the k neurons that tell *least*: the largest should come first.")
    def smallest(acts, label, k):
        return sizes(acts, label).topk(k, largest=False).indices

    @mistake("The right neurons in ascending order: the best should come first.")
    def ascending(acts, label, k):
        return sizes(acts, label).topk(k).indices.flip(0)

    @mistake("You returned the sizes. The numbers of the neurons are wanted.")
    def values(acts, label, k):
        return sizes(acts, label).topk(k).values

    @mistake(
        "You took the neurons that are largest where the feature holds. They may be as large everywhere else: compare "
        "with the rows without it."
    )
    def largest_with_the_feature(acts, label, k):
        return (acts[label].mean(0).abs() / acts.std(0).clamp_min(1e-8)).topk(k).indices

    @mistake(
        "A neuron that never moves comes first with you: 0/0 is nan, and nan sorts as the largest. It tells nothing."
    )
    def nan_first(acts, label, k):
        a, b = means(acts, label)
        return ((a - b).abs() / (acts - acts.mean(0)).square().mean(0).sqrt()).topk(k).indices

    @mistake("You sorted the neurons by their number. The order should be by how much they tell.")
    def sorted_by_number(acts, label, k):
        return sizes(acts, label).topk(k).indices.sort().values

    @mistake("You divided by the mean activation. How much a neuron varies is its standard deviation.")
    def by_the_mean(acts, label, k):
        a, b = means(acts, label)
        return ((a - b).abs() / acts.mean(0).abs()).topk(k).indices

    @rewrite
    def with_argsort(acts, label, k):
        return sizes(acts, label).argsort(descending=True)[:k]

    @rewrite
    def by_correlation(acts, label, k):
        x, y = acts - acts.mean(0), label.float() - label.float().mean()
        r = (x * y[:, None]).mean(0) / x.square().mean(0).sqrt().clamp_min(1e-8)
        return r.abs().topk(k).indices

    @rewrite
    def standardised_first(acts, label, k):
        z = (acts - acts.mean(0)) / acts.std(0).clamp_min(1e-8)
        return (z[label].mean(0) - z[~label].mean(0)).abs().topk(k).indices

    _same_order = "All sizes are multiplied by the same number: the order stays."
    equivalent = {
        "line 1: `acts[label].mean(dim=0) - acts[~label].mean(dim=0)` → "
        "`acts[~label].mean(dim=0) - acts[label].mean(dim=0)`": "Only the sign changes, and the size is taken.",
        "line 1: `acts[label]` → `acts`": "With the share p of rows that have the feature: " + _same_order,
        "line 1: `acts[~label]` → `acts`": "With 1 − p: " + _same_order,
        "line 2: `acts.std(dim=0)` → `acts.std(dim=0, correction=0)`": _same_order,
    }
