"""More slips of a probe of two means, and of choosing neurons, each with its sentence: for exercises 7.1 and 7.6."""

import torch
from torch.nn import functional as F


def means(acts, label):
    return acts[label].mean(0), acts[~label].mean(0)


def read_along(direction):
    """A probe that reads along something else: of the two means and the rows of the fit."""

    def answer(fit_acts, fit_label, acts):
        a, b = means(fit_acts, fit_label)
        return (acts - (a + b) / 2) @ direction(a - b, fit_acts)

    return answer


def nearer(fit_acts, fit_label, acts):
    a, b = means(fit_acts, fit_label)
    return (acts - b).norm(dim=1) - (acts - a).norm(dim=1)


def cosine(fit_acts, fit_label, acts):
    a, b = means(fit_acts, fit_label)
    return F.cosine_similarity(acts - (a + b) / 2, (a - b)[None], dim=1)


def from_the_mean_with(fit_acts, fit_label, acts):
    a, b = means(fit_acts, fit_label)
    return (acts - a) @ (a - b)


def divided_by_all_rows(fit_acts, fit_label, acts):
    a, b = ((fit_acts * which[:, None]).mean(0) for which in (fit_label, ~fit_label))
    return (acts - (a + b) / 2) @ (a - b)


SCORE_SLIPS = {
    "direction of LDA": (
        read_along(lambda d, fit: torch.linalg.pinv(torch.cov(fit.T).reshape(len(d), len(d))) @ d),
        "That is LDA: you multiplied with the inverse covariance. The simplest probe reads along the difference of the "
        "two means as it is.",
    ),
    "divided by deviations": (
        read_along(lambda d, fit: d / fit.std(0)),
        "You divided by the deviation of each neuron. The dot product with the difference of the means is wanted, as "
        "it comes out.",
    ),
    "divided by the squared length": (
        read_along(lambda d, fit: d / d.square().sum()),
        "You divided by the squared length of the difference. The text wants the dot product as long as it comes out.",
    ),
    "cosine": (
        cosine,
        "That is a cosine: both lengths are divided away. Leave the dot product as it comes out; a row far out has a "
        "large score.",
    ),
    "nearer to which mean": (
        nearer,
        "You took the difference of two distances. A probe reads along one direction: a dot product with the "
        "difference of the means.",
    ),
    "from the mean with it": (
        from_the_mean_with,
        "You took off the mean *with* the feature: there the score is 0, and not half-way.",
    ),
    "divided by all rows": (
        divided_by_all_rows,
        "Both of your sums are divided by the number of *all* rows. A mean of the rows with the feature is divided by "
        "how many of these there are.",
    ),
}
"""Mistakes of exercise 7.1: {name: (wrong answer, what it is told)}."""


def measured_in(unit):
    """An answer that measures the mean differences in other units: of the rows with the feature and without."""

    def answer(acts, label, k):
        a, b = means(acts, label)
        return ((a - b).abs() / unit(acts[label], acts[~label]).clamp_min(1e-8)).topk(k).indices

    return answer


def medians(acts, label, k):
    a, b = acts[label].median(0).values, acts[~label].median(0).values
    return ((a - b).abs() / acts.std(0).clamp_min(1e-8)).topk(k).indices


CHOICE_SLIPS = {
    "deviation with the feature": (
        measured_in(lambda yes, no: yes.std(0)),
        "You measured each neuron in its deviation where the feature *holds*. The text wants that over all rows.",
    ),
    "deviation without the feature": (
        measured_in(lambda yes, no: no.std(0)),
        "You measured each neuron in its deviation where the feature does *not* hold. The text wants that over all "
        "rows.",
    ),
    "deviation within": (
        measured_in(lambda yes, no: ((yes.var(0) + no.var(0)) / 2).sqrt()),
        "You measured each neuron in its deviation *within* the two kinds of rows (Cohen's d, or a t statistic). The "
        "text wants its standard deviation over all rows.",
    ),
    "range": (
        measured_in(lambda yes, no: torch.cat([yes, no]).amax(0) - torch.cat([yes, no]).amin(0)),
        "You measured each neuron in its range, which two rows decide. Take its standard deviation over all rows.",
    ),
    "medians": (medians, "You compared medians. The text asks how far apart the *means* are."),
}
"""Mistakes of exercise 7.6."""
