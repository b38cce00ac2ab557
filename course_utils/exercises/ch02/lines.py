"""What 2.5 is made of: cases, where two curves cross, a law, and what a learner can compare with, in a sentence."""

import torch

from course_utils.checking import law


@law("it doesn't matter which of the two curves is named first")
def either_order(answer, x, first, second):
    one, other = answer(x, first, second), answer(x, second, first)
    same = all(abs(float(a) - float(b)) < 1e-4 * (1 + abs(float(a))) for a, b in zip(one, other))
    return None if same else "Your numbers change when the two curves are exchanged."


def pairs_of_curves(rng):
    """((x, first, second), note): curves that cross once, between two points."""
    x = torch.tensor([0.1, 0.2, 0.4, 0.5, 0.9, 1.0])
    yield ((x, 0.3 + 0.5 * x, 0.42 + 0.1 * x), "with two straight lines")
    yield ((x, 1 - x**2, 0.5 + 0.2 * x), "with the second curve lower before the crossing")
    fine = 0.02 * 1.3 ** torch.arange(12)
    wobble = 0.001 * torch.rand(12, generator=rng)
    yield ((fine, 0.05 * fine**0.5 + wobble, 0.01 + 0.02 * fine), "with a logarithmic axis")
    yield ((torch.tensor([0.0, 1.0]), torch.tensor([1.0, 3.0]), torch.tensor([2.0, 1.0])), "with two points")
    yield ((x, torch.tensor([5, 4, 3, 2, 1, 0.2]), torch.tensor([6, 5.5, 3.1, 1.5, 0.8, 0.1])), "falling")
    bent = torch.tensor([0.0, 1.0, 1.5, 3.0, 4.0])
    yield (
        (bent, torch.tensor([0.0, 0.5, 1.6, 2.5, 5.0]), torch.tensor([2.0, 1.9, 1.5, 1.4, 0.5])),
        "with the nearest point just after the crossing",
    )
    late = torch.tensor([1.0, 1.5, 2.0, 4.0])
    yield ((late, torch.tensor([0.0, 0.1, 0.3, 2.0]), torch.tensor([1.0, 0.9, 0.8, 0.5])), "in the last interval")


def last_before(first, second):
    """Index of the last point before the crossing."""
    d = first - second
    return int(((d[:-1] > 0) != (d[1:] > 0)).nonzero()[0])


def parts(x, first, second):
    """Number of the last point before the crossing, its place, and the lower curve's slopes before it and after."""
    k = last_before(first, second)
    d = first - second
    step = x[k + 1] - x[k]
    at = x[k] + step * d[k] / (d[k] - d[k + 1])
    slopes = [(curve[k + 1] - curve[k]) / step for curve in (first, second)]
    if d[k] > 0:  # the second is the lower one before
        slopes.reverse()
    return k, float(at), float(slopes[0]), float(slopes[1])


def on_the_way(trial):
    """What a learner can compare with: the differences at both ends of the interval, and the slopes within it."""
    x, first, second = trial.case.args
    k, _, before, after = parts(x, first, second)
    gap = first - second
    ends = f"first − second is {gap[k]:.4g} at x = {x[k]:.4g} and {gap[k + 1]:.4g} at x = {x[k + 1]:.4g}"
    return f"Here {ends}; in between, the curve that is lower before has slope {before:.4g}, the other one {after:.4g}."
