"""What 2.5 is made of: where two curves cross, a law, and what a learner can compare with, in a sentence."""

from course_utils.checking import law


@law("it doesn't matter which of the two curves is named first")
def either_order(answer, x, first, second):
    one, other = answer(x, first, second), answer(x, second, first)
    same = all(abs(float(a) - float(b)) < 1e-4 * (1 + abs(float(a))) for a, b in zip(one, other))
    return None if same else "Your numbers change when the two curves are exchanged."


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
