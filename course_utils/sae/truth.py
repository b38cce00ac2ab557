"""Which latent tells a feature best, where every row has its labels: thousands of latents against hundreds of features.

Choose on some documents, score on others:

    best = best_latents(f, labels)                                     # latent and threshold of each feature
    f1(f_other[:, best.latent] >= best.threshold, labels_other)        # `f1` of course_utils.probing
    held_out_f1(f, labels, choosing)                                   # both at once

It is `best_neurons` of `probing` for activations that are mostly 0: what it costs grows with the number of latents that
are active in a row and of features that hold there, and not with that of all latents and features.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.probing.f1 import f1
from course_utils.sae.rows import rows

CHUNK = 8192  # rows
TOGETHER = 2**19  # pairs of an active latent and a feature that holds, looked at in one go: some 40 MiB


class LatentCut(NamedTuple):
    """The latent that tells best whether a feature holds, and from which activation on it says so."""

    latent: Int[Tensor, " feature"]  # 0 for a feature that meets no active latent
    threshold: Float[Tensor, " feature"]  # above 0; infinite for such a feature
    f1: Float[Tensor, " feature"]  # where they were chosen: an optimist's figure, since they were chosen for it


class Active(NamedTuple):
    """The activations above 0, latent by latent, the largest of each latent first."""

    row: Int[Tensor, " active"]
    latent: Int[Tensor, " active"]
    value: Float[Tensor, " active"]
    reach: Int[Tensor, " active"]  # how many of the latent's activations are at least as large


def best_latents(f: Float[Tensor, "*row latent"], labels: Bool[Tensor, "*row feature"]) -> LatentCut:
    """For each feature the latent and the threshold, with the largest F1: every latent and threshold above 0 is tried.

    A latent says that the feature holds where its activation is at or above the threshold. Of several that are equally
    good it is the latent with the lowest number, and of its thresholds the highest.

    Raises:
        ValueError: no rows, or labels of other rows.
    """
    f, labels = rows(f, "f", "latent"), rows(labels, "labels", "feature") > 0
    if len(f) != len(labels):
        raise ValueError(f"labels must have as many rows as f, {len(f)}, got {len(labels)}")
    n_features = labels.shape[1]
    best = LatentCut(
        torch.zeros(n_features, dtype=torch.long), torch.full((n_features,), torch.inf), torch.zeros(n_features)
    )
    of_row, feature = labels.nonzero(as_tuple=True)
    holds = torch.bincount(of_row, minlength=len(f))
    starts, on = holds.cumsum(0) - holds, labels.sum(0)
    for block in _blocks(count_together(f > 0, holds[:, None])[:, 0]):
        active = _active(f[:, block], block.start)
        times = holds[active.row]
        which = torch.arange(len(active.row)).repeat_interleave(times)
        inside = torch.arange(len(which)) - (times.cumsum(0) - times).repeat_interleave(times)
        best = _better(best, active, which, feature[starts[active.row[which]] + inside], on)
    return best


def count_together(
    fires: Bool[Tensor, "row latent"], labels: Bool[Tensor, "row feature"]
) -> Float[Tensor, "latent feature"]:
    """``fires.T @ labels`` as numbers: in how many rows both are true. Some rows at a time, for a Boolean made a float
    takes four times its room. (``labels`` may be counts, too: they are added up where the latent fires.)"""
    parts = zip(fires.split(CHUNK), labels.split(CHUNK))
    return sum(f.to(torch.float32).T @ y.to(torch.float32) for f, y in parts)


def held_out_f1(
    f: Float[Tensor, "row latent"], labels: Bool[Tensor, "row feature"], choosing: Bool[Tensor, " row"]
) -> Float[Tensor, " feature"]:
    """F1 of each feature's best latent and threshold, chosen on some rows and scored on all others.

    0 where the feature never holds among those that choose, nan where it doesn't among the others.
    """
    best = best_latents(f[choosing], labels[choosing])
    return f1((f[:, best.latent] >= best.threshold)[~choosing], labels[~choosing])


def mean_by_part(scores: Float[Tensor, " feature"], parts: Mapping[str, Bool[Tensor, " feature"]]) -> list[float]:
    """The mean over the features of each part; those of which nothing is known (nan) are left out."""
    return [scores[which].nanmean().item() for which in parts.values()]


def held_out_union_f1(
    fires: Bool[Tensor, "row latent"],
    labels: Bool[Tensor, "row feature"],
    choosing: Bool[Tensor, " row"],
    choose: Callable[[Tensor, Tensor, int], list[int]],
    k: int,
) -> Float[Tensor, " feature"]:
    """F1 of several latents together, of which any may fire, for each feature: chosen on some rows by
    ``choose(fires, holds, k)`` (exercise 10.5), scored on all others. nan for a feature that one of the two lacks.
    """
    scores = torch.full((labels.shape[1],), torch.nan)
    for feature, holds in enumerate(labels.T):
        if (holds & choosing).any() and (holds & ~choosing).any():
            near = fires[choosing & holds].any(0).nonzero().flatten()  # the others hit nothing
            union = near[choose(fires[choosing][:, near], holds[choosing], k)] if len(near) else near
            scores[feature] = f1(fires[~choosing][:, union].any(1, keepdim=True), holds[~choosing, None])
    return scores


def _blocks(pairs: Float[Tensor, " latent"]) -> list[slice]:
    """Latents side by side that have about ``TOGETHER`` pairs, at least one latent each."""
    blocks, start, total = [], 0, 0.0
    for latent, n in enumerate(pairs.tolist()):
        if total and total + n > TOGETHER:
            blocks.append(slice(start, latent))
            start, total = latent, 0.0
        total += n
    return [*blocks, slice(start, len(pairs))]


def _active(f: Float[Tensor, "row latent"], first: int) -> Active:
    latent, row = (f.T > 0).nonzero(as_tuple=True)
    value = f[row, latent]
    order = value.argsort(descending=True, stable=True)
    order = order[latent[order].argsort(stable=True)]
    latent, row, value = latent[order], row[order], value[order]
    # Rows with the same activation pass a threshold together: the last of them counts them all.
    last = torch.ones(len(value), dtype=torch.bool)
    last[:-1] = (value[1:] != value[:-1]) | (latent[1:] != latent[:-1])
    ends = last.nonzero().flatten()
    end = ends[torch.searchsorted(ends, torch.arange(len(value)))]
    before = torch.bincount(latent, minlength=f.shape[1]).cumsum(0)
    reach = end + 1 - torch.cat([before.new_zeros(1), before])[latent]
    return Active(row, latent + first, value, reach)


def _better(
    best: LatentCut,
    active: Active,
    which: Int[Tensor, " pair"],
    feature: Int[Tensor, " pair"],
    on: Int[Tensor, " feature"],
) -> LatentCut:
    """``best``, or what is better among these pairs of an active latent (its number in ``active``) and a feature."""
    if not len(which):
        return best
    key = active.latent[which] * len(on) + feature
    order = key.argsort(stable=True)  # each latent's pairs with one feature together, the largest activation first
    key, which, feature = key[order], which[order], feature[order]
    first = torch.ones(len(key), dtype=torch.bool)
    first[1:] = key[1:] != key[:-1]
    start = first.nonzero().flatten()
    right = torch.arange(len(key)) - start[first.cumsum(0) - 1] + 1
    score = (2 * right / (active.reach[which] + on[feature])).to(torch.float32)
    top = torch.zeros(len(on)).scatter_reduce(0, feature, score, "amax")
    reached = (score == top[feature]).nonzero().flatten()
    at = torch.full((len(on),), len(key)).scatter_reduce(0, feature[reached], reached, "amin")
    better = top > best.f1
    pick = which[at[better]]
    latent, threshold, f1 = (part.clone() for part in best)
    latent[better], threshold[better], f1[better] = active.latent[pick], active.value[pick].float(), top[better]
    return LatentCut(latent, threshold, f1)
