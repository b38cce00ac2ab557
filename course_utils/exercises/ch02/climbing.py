"""What judges the attacks of 2.10: how far an output moves, the best of many starts, and two laws."""

import torch

from course_utils.checking import law

ENOUGH = 0.995
"""Of the strongest change that many starts find. A right optimisation reaches 1.000, the linear attack 0.95 where it is
hardest (tests/exercises/ch02)."""


def outputs(W, b, x):
    return (x @ W.T @ W + b).relu()


def change(W, b, x, delta):
    """How far the output moves, ‖f(x + δ) − f(x)‖, for every input."""
    return (outputs(W, b, x + delta) - outputs(W, b, x)).norm(dim=-1)


def climb(W, b, x, delta, eps, steps=40):
    """From each start along the gradient, back to length ε after every step; the best of all seen."""
    best, most = delta, change(W, b, x, delta)
    for _ in range(steps):
        moved = outputs(W, b, x + delta) - outputs(W, b, x)
        gradient = (moved * ((x + delta) @ W.T @ W + b > 0)) @ W.T @ W
        length = gradient.norm(dim=-1, keepdim=True)
        delta = torch.where(length > 1e-12, eps * gradient / length.clamp_min(1e-12), delta)
        now = change(W, b, x, delta)
        best, most = torch.where((now > most)[..., None], delta, best), torch.maximum(now, most)
    return best, most


def on_sphere(directions, eps):
    return eps * directions / directions.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def best_of(W, b, x, eps, starts):
    """The best end of the given starts [start, feature], for each input."""
    begin = on_sphere(starts, eps)[:, None].expand(-1, *x.shape)
    ends, strength = climb(W, b, x, begin, eps)
    pick = strength.argmax(dim=0)
    return ends[pick, torch.arange(len(x))], strength.amax(dim=0)


def many_starts(W, x):
    gram, rng = W.T @ W, torch.Generator().manual_seed(7)
    kept = gram[gram.norm(dim=1) > 1e-9]
    random = torch.randn(40, W.shape[1], generator=rng)
    return torch.cat([kept, -kept, random, random.abs(), -random.abs()])


@law("every δ has the length ε")
def of_length_eps(answer, W, b, x, eps):
    delta = answer(W, b, x, eps)
    length = delta.norm(dim=1)

    def all_are(values, wanted):
        return bool(((values - wanted).abs() < 1e-3 * wanted).all())

    if all_are(length, eps):
        return None
    if all_are((delta - x).norm(dim=1), eps):
        return "the attacked input"
    if all_are(length, 1.0):
        return "of length one"
    if all_are(length, eps**2):
        return "epsilon twice"
    if all_are(delta.norm(), eps) and len(x) > 1:
        return "length of the whole batch"
    if all_are(delta[delta != 0].abs(), eps) and (length > 1e-6).all():
        return "every entry by epsilon"
    if all_are(delta.abs().amax(dim=1), eps):
        return "the largest entry by epsilon"
    if all_are(delta.abs().sum(dim=1), eps):
        return "sum of the sizes"
    if (length < 1e-6).all():
        return "nowhere to go"
    inside = x + delta
    if (length <= 1.001 * eps).all() and ((inside >= -1e-6) & (inside <= 1 + 1e-6)).all() and (length > 1e-6).any():
        return "clamped"
    if (length > 1.001 * eps).all():
        return "not brought back"
    if (length < 1e-6).any():
        return "some stay at zero"
    return f"Your δ are {length.min():.3g} to {length.max():.3g} long, and ε is {eps:g}: ε · δ / ‖δ‖ for each input."


@law(f"δ changes the output by at least {ENOUGH:.1%} of the most that many starts find")
def nearly_the_strongest(answer, W, b, x, eps):
    delta = answer(W, b, x, eps)
    got = change(W, b, x, delta)
    _, most = best_of(W, b, x, eps, many_starts(W, x))
    short = got < ENOUGH * most - 1e-6
    if not short.any():
        return None
    if (delta >= 0).all() and not ((delta > 0.999 * eps).sum(dim=1) == 1).all():
        return "without its signs"
    starts = on_sphere(many_starts(W, x), eps)[:, None].expand(-1, *x.shape)
    if (got < 0.3 * most).float().mean() > 0.5 and (got <= change(W, b, x, starts).quantile(0.1, dim=0) + 1e-6).all():
        return "downhill"
    if len(x) > 1 and torch.allclose(delta, delta[:1].expand_as(delta), atol=1e-5):
        straight = torch.linalg.eigh(W.T @ W).eigenvectors[:, -1]
        along = (delta[0] @ straight).abs() > 0.999 * eps
        return "the ReLU forgotten" if along else "one attack for all inputs"
    begin = on_sphere(torch.cat([W.T @ W, -(W.T @ W)]), eps)[:, None].expand(-1, *x.shape)
    first = begin[change(W, b, x, begin).argmax(dim=0), torch.arange(len(x))]
    if torch.allclose(delta, first, atol=1e-3 * eps):
        return "no steps taken"
    if ((delta.abs() > 0.999 * eps).sum(dim=1) == 1).all():
        return "its own feature only"
    share = (got / most.clamp_min(1e-9)).min()
    said = f"For the input where yours does worst, the output moves by {share:.0%} of what is possible."
    _, further = climb(W, b, x, delta, eps)
    if (further[short] > got[short] + 0.002 * most[short]).float().mean() > 0.5:
        return (
            f"{said} It isn't at the top: some more steps from your δ along the gradient of ‖f(x + δ) − f(x)‖², with "
            "the ReLU and b in f, make it stronger. Are yours too few, or do they follow something else (the loss, a "
            "model without its bias or ReLU, downhill)? Then keep the best of many starts for each input by itself."
        )
    return (
        f"{said} No step along the gradient makes it stronger, and other starts end higher: take many, keep the best "
        "for each input by itself."
    )
