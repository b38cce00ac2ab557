"""Which few neurons tell a feature: ways to choose them, and a probe of those that were chosen.

Gurnee et al. 2023, *Finding Neurons in a Haystack: Case Studies with Sparse Probing*, compares several of them.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.probing.closed_form import fit_mean_difference
from course_utils.probing.linear import Probe, fit_dense, log_odds, moments, newton, thin


def largest_mean_differences(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"], k: int
) -> Int[Tensor, "k feature"]:
    """The k neurons whose mean differs most with and without the feature, in their standard deviations; most first."""
    deviation = acts.std(0)
    size = (fit_mean_difference(acts, labels).weight / deviation.clamp(min=1e-6)[:, None]).abs()
    return size.topk(k, dim=0).indices


def largest_weights(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"], k: int, *, seed: int = 0
) -> Int[Tensor, "k feature"]:
    """The k neurons with the largest weights in a probe of all, on standardised activations; the largest first."""
    weight = fit_dense(acts, labels, seed=seed).weight * acts.std(0)[:, None]
    return weight.abs().topk(k, dim=0).indices


def greedy(
    acts: Float[Tensor, "row neuron"], labels: Bool[Tensor, "row feature"], k: int, *, seed: int = 0
) -> Int[Tensor, "k feature"]:
    """Forward selection: fit a probe of the neurons so far, add the one that would lower its loss most, and so on.

    By how much a neuron would lower the loss is judged by one Newton step for its weight alone, g² / 2h with the
    gradient g and the curvature h, as in a score test.
    """
    rows = thin(acts, labels, seed)
    mean, deviation = moments(rows)
    x = (rows.acts - mean) / deviation
    start = log_odds(rows)
    chosen = torch.zeros(k, labels.shape[1], dtype=torch.long)
    for feature, y in enumerate(rows.labels.unbind(1)):
        said = torch.sigmoid(start[feature]).expand(len(x))
        for n in range(k):
            gradient = (rows.count * (said - y)) @ x
            gain = gradient.square() / ((rows.count * said * (1 - said)) @ x.square() + 1)  # + 1: the penalty's
            gain[chosen[:n, feature]] = -1
            chosen[n, feature] = gain.argmax()
            some = torch.cat([x[:, chosen[: n + 1, feature]], torch.ones(len(x), 1)], 1)
            said = torch.sigmoid(some @ newton(some, y, rows.count, float(start[feature])))
    return chosen


def fit_sparse(
    acts: Float[Tensor, "row neuron"],
    labels: Bool[Tensor, "row feature"],
    sizes: tuple[int, ...] = (16, 8, 4, 2, 1),
    *,
    seed: int = 0,
) -> dict[int, Probe]:
    """Logistic regressions on k neurons per feature, for each k of ``sizes``, largest first.

    The neurons are chosen by dropping those that matter least: those with the largest weights (on standardised
    activations) of the dense probe are fitted anew, of these the largest are, and so on down: "adaptive thresholding".

    Returns: for each k a probe whose weights are zero for all but k neurons of each feature.

    Raises:
        ValueError: the sizes don't go down.
    """
    if list(sizes) != sorted(sizes, reverse=True):
        raise ValueError(f"sizes should go down, got {sizes}")
    deviation = moments(thin(acts, labels, seed))[1]
    probe, probes = fit_dense(acts, labels, seed=seed), {}
    for k in sizes:
        neurons = (probe.weight * deviation[:, None]).abs().topk(k, dim=0).indices
        probe = probes[k] = fit_on(acts, labels, neurons, seed=seed)
    return probes


def fit_on(
    acts: Float[Tensor, "row neuron"],
    labels: Bool[Tensor, "row feature"],
    neurons: Int[Tensor, "k feature"],
    *,
    seed: int = 0,
) -> Probe:
    """Logistic regression of each feature on its own k neurons; all other weights are zero."""
    rows = thin(acts, labels, seed)
    mean, deviation = moments(rows)
    x = (rows.acts - mean) / deviation
    start = log_odds(rows)
    probe = Probe(torch.zeros(acts.shape[1], labels.shape[1]), torch.zeros(labels.shape[1]))
    bar = tqdm(neurons.unbind(1), desc=f"probes of {len(neurons)}", mininterval=2, leave=False)
    for feature, chosen in enumerate(bar):
        some = torch.cat([x[:, chosen], torch.ones(len(x), 1)], 1)
        fitted = newton(some, rows.labels[:, feature], rows.count, float(start[feature]))
        probe.weight[chosen, feature] = fitted[:-1] / deviation[chosen]
        probe.bias[feature] = fitted[-1] - (fitted[:-1] * mean[chosen] / deviation[chosen]).sum()
    return probe
