"""Greedy unions of latents, right and wrong ones: for exercise 10.5."""

import torch


def f1_of(said, holds):
    """[latent]: of columns."""
    return 2 * (said & holds[:, None]).sum(0) / (said.sum(0) + holds.sum()).clamp_min(1)


def union(
    fires, holds, k, score=f1_of, join=torch.logical_or, enough=lambda new, old: new <= old, start=False, reached=0.0
):
    """A greedy union: by which score, joined how, when to stop, and what is said and reached at first."""
    said, chosen = torch.full_like(holds, start), []
    for _ in range(k):
        together = join(said[:, None].expand_as(fires), fires)
        scores = score(together, holds)
        best = int(scores.argmax())
        if enough(float(scores[best]), reached):
            break
        chosen.append(best)
        said, reached = together[:, best], float(scores[best])
    return chosen


def those_that_help(fires, holds, k):
    """Latents in the order in which they stand, each that makes the F1 of the union higher."""
    said, chosen, reached = torch.zeros_like(holds), [], 0.0
    for latent, own in enumerate(fires.T):
        score = float(f1_of((said | own)[:, None], holds))
        if len(chosen) < k and score > reached:
            chosen.append(latent)
            said, reached = said | own, score
    return chosen


def others(fires, holds, k, enough):
    """A greedy union that chooses no latent twice."""
    said, chosen, reached = torch.zeros_like(holds), [], 0.0
    left = list(range(fires.shape[1]))
    while left and len(chosen) < k:
        scores = f1_of(said[:, None] | fires[:, left], holds)
        best = int(scores.argmax())
        if enough(float(scores[best]), reached):
            break
        reached = float(scores[best])
        chosen.append(left.pop(best))
        said = said | fires[:, chosen[-1]]
    return chosen
