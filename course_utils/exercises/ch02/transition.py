"""2.5: where two solutions cost the same, and by how much the slope of the best loss changes there."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.checking.guesses import which
from course_utils.exercises.ch02.dimensions import first_wrong_value
from course_utils.exercises.ch02.lines import either_order, on_the_way, pairs_of_curves, parts

ONE_PLACE = "The curves cross in one interval and at no point, so there is one place where the sign changes."


class Crossing(FunctionExercise):
    id, title = "2.5", "One feature unlike the rest"
    difficulty, minutes, points, needs = "C", 12, 3, []
    rtol, atol = 1e-3, 1e-6
    checked = "pairs of curves by bisection on straight lines, with points unevenly spaced and either curve lower first"
    hints = [
        "Look at the difference of the two curves. It changes its sign between two neighbouring points; between these "
        "it is a straight line from d₀ to d₁, and crosses 0 at the share d₀/(d₀ − d₁) of the way.",
        "The best loss follows the lower curve. Its slope just before the crossing is that of the curve that was lower "
        "there, just after it that of the other, both in the interval of the crossing. Return (place, after − before).",
    ]

    def cases(self, rng):
        for curves, note in pairs_of_curves(rng):
            yield Case(curves, note)

    def oracle(
        self, x: Float[Tensor, "point"], first: Float[Tensor, "point"], second: Float[Tensor, "point"]
    ) -> tuple[float, float]:
        x, first, second = (t.double().tolist() for t in (x, first, second))

        def value(curve, at):
            for k in range(len(x) - 1):
                if x[k] <= at <= x[k + 1]:
                    share = (at - x[k]) / (x[k + 1] - x[k])
                    return (1 - share) * curve[k] + share * curve[k + 1]
            raise AssertionError

        first_lower = first[0] < second[0]
        low, high = x[0], x[-1]
        for _ in range(60):
            middle = (low + high) / 2
            still = (value(first, middle) < value(second, middle)) == first_lower
            low, high = (middle, high) if still else (low, middle)
        before = (first, second) if first_lower else (second, first)
        k = max(k for k in range(len(x) - 1) if x[k] <= low)
        step = x[k + 1] - x[k]
        slopes = [(curve[k + 1] - curve[k]) / step for curve in before]
        return low, slopes[1] - slopes[0]

    laws = [either_order]

    def remark(self, trials):
        bad = first_wrong_value(trials)
        return f"{which(bad.parts)} {on_the_way(bad)}" if bad and len(bad.parts) == 2 else None

    @mistake("That is the last point before the crossing. Between two points, follow the straight lines.")
    def last_point_before(x, first, second):
        k, _, before, after = parts(x, first, second)
        return float(x[k]), after - before

    @mistake("That is the middle of the interval. The lines cross where their difference is 0, nearer to one end.")
    def middle_of_the_interval(x, first, second):
        k, _, before, after = parts(x, first, second)
        return float(x[k] + x[k + 1]) / 2, after - before

    @mistake("The jump has the other sign: the slope after the crossing minus the one before it.")
    def before_minus_after(x, first, second):
        _, at, before, after = parts(x, first, second)
        return at, before - after

    @mistake(
        "Your jump is always second minus first. Which of the two is lower before the crossing? The best loss changes "
        "from that one to the other."
    )
    def always_second_minus_first(x, first, second):
        _, at, before, after = parts(x, first, second)
        return at, (after - before) if first[0] < second[0] else (before - after)

    @mistake("Your slopes are per point, not per unit of x. Divide by the distance of the two points.")
    def slope_per_point(x, first, second):
        k, at, before, after = parts(x, first, second)
        return at, (after - before) * float(x[k + 1] - x[k])

    @mistake("Those are the slopes from end to end. A curve bends: take the slopes in the interval where they cross.")
    def slopes_from_end_to_end(x, first, second):
        _, at, _, _ = parts(x, first, second)
        a, b = ((c[-1] - c[0]) / (x[-1] - x[0]) for c in (first, second))
        return at, float(b - a if first[0] < second[0] else a - b)

    @mistake(
        "You took the slopes of the lower curve in the intervals beside the crossing. Between its two points both "
        "curves are there: use them in that interval."
    )
    def neighbouring_intervals(x, first, second):
        k, at, _, _ = parts(x, first, second)
        lower = torch.minimum(first, second)
        last = len(x) - 1
        left = (lower[max(k, 1)] - lower[max(k, 1) - 1]) / (x[max(k, 1)] - x[max(k, 1) - 1])
        right_at = min(k + 1, last - 1)
        right = (lower[right_at + 1] - lower[right_at]) / (x[right_at + 1] - x[right_at])
        return at, float(right - left)

    @mistake("The place is right, and with it you gave the loss there. Wanted is by how much the slope changes.")
    def loss_instead_of_jump(x, first, second):
        k, at, before, _ = parts(x, first, second)
        lower = first if first[k] < second[k] else second
        return at, float(lower[k]) + before * (at - float(x[k]))

    @mistake("The share of the way is d₀/(d₀ − d₁). You measured it from the other end.")
    def share_from_the_other_end(x, first, second):
        k, at, before, after = parts(x, first, second)
        return float(x[k] + x[k + 1]) - at, after - before

    @mistake("That is the first point after the crossing. Between two points, follow the straight lines.")
    def first_point_after(x, first, second):
        k, _, before, after = parts(x, first, second)
        return float(x[k + 1]), after - before

    @mistake("That is the point nearest to the crossing. It lies between two points: follow the straight lines.")
    def nearest_point(x, first, second):
        _, _, before, after = parts(x, first, second)
        return float(x[(first - second).abs().argmin()]), after - before

    @mistake("You gave the number of the point. Wanted is the place on the axis x, between two points.")
    def index_of_the_point(x, first, second):
        k, _, before, after = parts(x, first, second)
        return k, after - before

    @mistake("That is which share of the interval lies before the crossing. Times its length, and from x[k] on.")
    def share_for_place(x, first, second):
        k, at, before, after = parts(x, first, second)
        return (at - float(x[k])) / float(x[k + 1] - x[k]), after - before

    @mistake("You added the share of the way to x[k]. It is a share of the interval: times `x[k + 1] - x[k]`.")
    def share_added(x, first, second):
        k, at, before, after = parts(x, first, second)
        return float(x[k]) + (at - float(x[k])) / float(x[k + 1] - x[k]), after - before

    @mistake("You looked for where the first curve becomes the lower one. It may be the second that does.")
    def first_lower_after(x, first, second):
        k = max(int((first < second).nonzero()[0]) - 1, 0)
        d = first - second
        _, _, before, after = parts(x, first, second)
        return float(x[k] + (x[k + 1] - x[k]) * d[k] / (d[k] - d[k + 1])), after - before

    @mistake(
        "Your jump is always first minus second. Which of the two is lower before the crossing? The best loss changes "
        "from that one to the other."
    )
    def always_first_minus_second(x, first, second):
        _, at, before, after = parts(x, first, second)
        return at, (before - after) if first[0] < second[0] else (after - before)

    @mistake("That is the slope after the crossing alone. Subtract the slope before it.")
    def slope_after(x, first, second):
        _, at, _, after = parts(x, first, second)
        return at, after

    @mistake("That is the slope before the crossing alone. Wanted is the slope after it minus this one.")
    def slope_before(x, first, second):
        _, at, before, _ = parts(x, first, second)
        return at, before

    @mistake("You added the slopes. The jump is their difference: after minus before.")
    def sum_of_slopes(x, first, second):
        _, at, before, after = parts(x, first, second)
        return at, before + after

    @mistake("Your slopes are those of the interval after the crossing. Take the one in which the curves cross.")
    def slopes_one_interval_late(x, first, second):
        k, at, _, _ = parts(x, first, second)
        slopes = ((first - second).diff() / x.diff()).abs()
        return at, -float(slopes[min(k + 1, len(slopes) - 1)])

    @mistake("Your slopes are those of the interval before the crossing. Take the one in which the curves cross.")
    def slopes_one_interval_early(x, first, second):
        k, at, _, _ = parts(x, first, second)
        return at, -float(((first - second).diff() / x.diff()).abs()[max(k - 1, 0)])

    @mistake("You divided the slopes. The jump is their difference: after minus before.")
    def ratio_of_slopes(x, first, second):
        _, at, before, after = parts(x, first, second)
        return at, after / before

    @mistake("You divided by the distance of the points once too often: a jump of slopes, not a second derivative.")
    def second_derivative(x, first, second):
        k, at, before, after = parts(x, first, second)
        return at, (after - before) / float(x[k + 1] - x[k])

    @mistake("Your points are evenly spaced, and these aren't: divide by `x[k + 1] - x[k]` of the crossing's interval.")
    def evenly_spaced(x, first, second):
        k, at, before, after = parts(x, first, second)
        return at, (after - before) * float(x[k + 1] - x[k]) * (len(x) - 1) / float(x[-1] - x[0])

    @mistake("You divided by the first distance, `x[1] - x[0]`. Take that of the crossing's own interval.")
    def first_distance_for_slopes(x, first, second):
        k, at, before, after = parts(x, first, second)
        return at, (after - before) * float(x[k + 1] - x[k]) / float(x[1] - x[0])

    @mistake("Your step from x[k] on is a share of `x[1] - x[0]`. Take a share of `x[k + 1] - x[k]`.")
    def first_distance_for_the_place(x, first, second):
        k, at, before, after = parts(x, first, second)
        way = (at - float(x[k])) / float(x[k + 1] - x[k])
        return float(x[k]) + way * float(x[1] - x[0]), after - before

    @mistake(
        "You begin at the point at which the curves are nearest to each other. It may lie behind the crossing: take "
        "the interval in which the difference changes its sign."
    )
    def from_the_nearest_point(x, first, second):
        d = first - second
        k = min(int(d.abs().argmin()), len(x) - 2)
        slope = (d[k + 1] - d[k]) / (x[k + 1] - x[k])
        return float(x[k] - d[k] / slope), -float(slope.abs())

    @mistake("You went along a logarithmic axis. Between points the curves are straight lines in x itself.")
    def straight_in_log_x(x, first, second):
        k, at, before, after = parts(x, first, second)
        way, log = (at - float(x[k])) / float(x[k + 1] - x[k]), x.clamp_min(1e-3).log()
        return float((log[k] + (log[k + 1] - log[k]) * way).exp()), after - before

    @mistake(
        "Between the two points of the crossing the lower curve has a kink: its slope from point to point is mixed. "
        "Take each curve's own slope there."
    )
    def slope_over_the_kink(x, first, second):
        k, at, _, _ = parts(x, first, second)
        slopes = torch.minimum(first, second).diff() / x.diff()
        return at, float(slopes[min(k + 1, len(slopes) - 1)] - slopes[k])

    @mistake("That is the place alone. Return two numbers: the place, and the jump of the slope.")
    def place_alone(x, first, second):
        return parts(x, first, second)[1]

    @rewrite
    def with_loop(x, first, second):
        for k in range(len(x) - 1):
            a, b = float(first[k] - second[k]), float(first[k + 1] - second[k + 1])
            if a * b < 0:
                step = float(x[k + 1] - x[k])
                change = (b - a) / step  # slope of first minus slope of second
                return float(x[k]) + step * a / (a - b), -abs(change)

    @rewrite
    def lower_curves_concave(x, first, second):
        d = (first - second).double()
        k = int((d.sign().diff() != 0).nonzero()[0])
        return float(x[k] - d[k] * (x[k + 1] - x[k]) / (d[k + 1] - d[k])), -float(
            (d.diff() / x.double().diff())[k].abs()
        )

    @rewrite
    def from_lines(x, first, second):
        k = int(((first < second)[1:] != (first < second)[:-1]).float().argmax())
        m1, m2 = ((c[k + 1] - c[k]) / (x[k + 1] - x[k]) for c in (first, second))
        c1, c2 = first[k] - m1 * x[k], second[k] - m2 * x[k]
        return (c2 - c1) / (m1 - m2), torch.minimum(m1, m2) - torch.maximum(m1, m2)

    equivalent = {
        "line 1: `first - second` → `second - first`": "Exchanging the curves changes no answer.",
        "with_loop, line 5: `b - a` → `a - b`": "The size is taken right after.",
        "line 6: `gap[k] > 0` → `gap[k] >= 0`": ONE_PLACE,
        **{
            f"line 2: `{old}` → `{new}`": ONE_PLACE
            for old, new in (
                ("(gap[:-1] * gap[1:] < 0).nonzero()[0]", "(gap[:-1] * gap[1:] < 0).nonzero()"),
                ("(gap[:-1] * gap[1:] < 0).nonzero()[0]", "(gap[:-1] * gap[1:] < 0).nonzero()[-1]"),
                ("gap[:-1] * gap[1:] < 0", "gap[:-1] * gap[1:] <= 0"),
                ("gap[:-1] * gap[1:]", "gap[:-1] / gap[1:]"),
                ("gap[:-1]", "gap[:1]"),
            )
        },
        **{
            f"with_loop, line 1: `{old}` → `{new}`": "The loop returns before it gets there."
            for old, new in (
                ("len(x) - 1", "len(x) + 1"),
                ("len(x) - 1", "len(x)"),
                ("len(x) - 1", "len(x) - 1 + 1"),
                ("len(x)", "len(x) + 1"),
                ("len(x)", "len(first)"),
                ("len(x)", "len(second)"),
            )
        },
        "with_loop, line 3: `a * b < 0` → `a * b <= 0`": ONE_PLACE,
        "with_loop, line 3: `a * b` → `a / b`": "A quotient has the sign of the product.",
    }
