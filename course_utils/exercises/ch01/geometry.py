"""1.6: arrows in a plane and the angles between neighbours."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.toy.geometry import arrows

KEPT = 0.5  # a feature counts as represented when its arrow is longer than this


@law("the gaps of one model add up to a full turn, 360°")
def full_turn(answer, W):
    total = answer(W).sum().item()
    return None if abs(total - 360) < 0.1 else f"Your gaps add up to {total:.1f}°."


@law("turning all arrows together changes nothing")
def turned(answer, W):
    if ((W.norm(dim=0) - KEPT).abs() < 1e-3).any():  # rounding could turn such an arrow into a longer one
        return None
    c, s = math.cos(2.2), math.sin(2.2)
    same = torch.allclose(answer(W), answer(torch.tensor([[c, -s], [s, c]]) @ W), atol=0.05)
    return None if same else "The gaps changed when all the arrows were turned by 126°."


def directions(W):
    return torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT].sort().values


def unsorted_gaps(W):
    angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT].sort().values
    return torch.cat([angle.diff(), angle[:1] + 360 - angle[-1:]])


def neighbour_angles(W):
    return unsorted_gaps(W).sort().values


def _gaps(W, kept):
    """The right answer, but for which arrows count."""
    angle = torch.atan2(W[1], W[0]).rad2deg()[kept].sort().values
    return torch.cat([angle, angle[:1] + 360]).diff().sort().values


class NeighbourAngles(FunctionExercise):
    id, title = "1.6", "Measure a flower of arrows"
    difficulty, minutes, points, needs = "B", 10, 2, []
    atol = 0.05
    checked = "sets of arrows against a walk round the circle, with lengths near 0.5, twins and a single arrow"
    hints = [
        "Neighbours on the circle are not neighbours in storage: turn each kept column into an angle, then sort.",
        "`torch.atan2(y, x).rad2deg()`, sort, `diff()`. One gap is still missing: from the last arrow round to the "
        "first plus 360°.",
    ]

    def cases(self, rng):
        yield Case(arrows([1.1, 0.9, 1.0, 0.02, 1.2], [200, 10, 95, 40, 310]), "with a dropped feature")
        yield Case(arrows([1.0] * 5, [288, 72, 0, 216, 144]), "with a pentagon stored in mixed order")
        lengths = (0.6 + torch.rand(7, generator=rng)).tolist()
        yield Case(arrows(lengths, (360 * torch.rand(7, generator=rng)).tolist()), "with seven arrows anywhere")
        yield Case(arrows([1.0, 1.0, 1.0], [30, 30, 120]), "with two arrows on top of each other")
        yield Case(arrows([1.0, 0.1], [77, 300]), "with a single arrow")
        near = arrows([0.49, 0.5, 1.6, 0.51, 0.7], [135, 0, 20, 225, 280])
        yield Case(near, "with lengths near 0.5, and one of exactly 0.5")

    def oracle(self, W: Float[Tensor, "hidden feature"]) -> Float[Tensor, "arrow"]:
        kept = [f for f in range(W.shape[1]) if W[0, f] ** 2 + W[1, f] ** 2 > KEPT**2]
        gaps = []
        for f in kept:  # from each arrow, counterclockwise to the next one; twins are ordered by their place in W
            turns = []
            for g in kept:
                cross, dot = W[0, f] * W[1, g] - W[1, f] * W[0, g], W[:, f] @ W[:, g]
                turn = math.degrees(math.atan2(cross, dot))
                turn = 0.0 if abs(turn) < 1e-3 else turn % 360
                turns.append(turn + 360 if turn == 0 and g <= f else turn)
            gaps.append(min(turns))
        return torch.tensor(sorted(gaps))

    laws = [full_turn, turned]
    mistakes = {
        "directions instead of gaps": (
            directions,
            "Those are the directions of the arrows. Neighbours matter: take the differences, all the way round.",
        ),
        "not sorted": (unsorted_gaps, "The gaps are right. Return them sorted, the smallest first."),
    }

    @mistake(
        "You took differences in the order of storage. Neighbours on the circle are those whose angles "
        "follow each other: "
        "sort the angles first."
    )
    def in_the_order_of_storage(W):
        angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT]
        return torch.cat([angle.diff().abs(), angle[:1] + 360 - angle[-1:]]).sort().values

    @mistake(
        "You measured the angle between each arrow and the next one in storage. Neighbours on the circle are "
        "those whose "
        "angles follow each other: sort the angles first."
    )
    def next_in_storage(W):
        kept = W[:, W.norm(dim=0) > KEPT]
        unit = kept / kept.norm(dim=0)
        return (unit * unit.roll(-1, 1)).sum(0).clamp(-1, 1).acos().rad2deg().sort().values

    @mistake(
        "You took differences in the order of storage, the last one without the full turn. Neighbours on the circle "
        "are those whose angles follow each other: sort the angles first."
    )
    def in_the_order_of_storage_and_back(W):
        angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT]
        return torch.cat([angle.diff(), angle[:1] - angle[-1:]]).abs().sort().values

    @mistake("The last gap lacks the full turn: from the last arrow round to the first it is first + 360° − last.")
    def without_the_full_turn(W):
        angle = directions(W)
        return torch.cat([angle.diff(), angle[:1] - angle[-1:]]).sort().values

    @mistake("The last gap goes back over all the arrows. Go on to the first one: first + 360° − last.")
    def back_over_all(W):
        angle = directions(W)
        return torch.cat([angle.diff(), (angle[:1] - angle[-1:]).abs()]).sort().values

    @mistake("Once round is 360°, not 180°: from the last arrow to the first it is first + 360° − last.")
    def half_a_turn(W):
        angle = directions(W)
        return torch.cat([angle.diff(), angle[:1] + 180 - angle[-1:]]).sort().values

    @mistake("Those are the angles of all pairs. Only neighbours count: k arrows have k gaps.")
    def all_pairs(W):
        kept = W[:, W.norm(dim=0) > KEPT]
        unit = kept / kept.norm(dim=0)
        return (unit.T @ unit).clamp(-1, 1).acos().rad2deg()

    @mistake("You asked whether a coordinate is above 0.5. It is the arrow's length that counts, `W.norm(dim=0)`.")
    def one_coordinate_above(W):
        return _gaps(W, (W > KEPT).any(0))

    @mistake("You shared the circle evenly. Measure each gap: the arrows needn't stand evenly.")
    def shared_evenly(W):
        k = len(directions(W))
        return torch.full((k,), 360 / k)

    @mistake(
        "You walked from column to column. The feature stored next need not be the next one round the circle: "
        "sort the angles first."
    )
    def in_storage_order(W):
        angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT] % 360
        return (angle.roll(-1) - angle).remainder(360).sort().values

    @mistake(
        "The directions were never sorted, so some differences run backwards (or past an arrow between). Sort the "
        "angles before taking differences."
    )
    def never_sorted(W):
        angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT]
        return torch.cat([angle, angle[:1] + 360]).diff().sort().values

    @mistake(
        "All right but for a single arrow: it is its own neighbour after a full turn, 360°, which the remainder "
        "turns into 0."
    )
    def a_single_arrow(W):
        angle = directions(W)
        return (angle.roll(-1) - angle).remainder(360).sort().values

    @mistake(
        "`atan` of y/x can't tell an arrow from the one opposite: both have the same ratio. `torch.atan2(y, x)` "
        "knows the quadrant."
    )
    def half_a_circle(W):
        angle = torch.atan(W[1] / W[0]).rad2deg()[W.norm(dim=0) > KEPT].sort().values
        return torch.cat([angle, angle[:1] + 360]).diff().sort().values

    @mistake("A circle of k arrows has k gaps: the one from the last arrow round to the first is missing.")
    def the_last_gap_is_missing(W):
        angle = torch.atan2(W[1], W[0]).rad2deg()[W.norm(dim=0) > KEPT].sort().values
        return angle.diff().sort().values

    @mistake(
        "A dropped feature has an arrow of almost no length; its direction means nothing. Only columns longer than 0.5 "
        "count."
    )
    def counts_dropped_features(W):
        angle = torch.atan2(W[1], W[0]).rad2deg().sort().values
        return torch.cat([angle.diff(), angle[:1] + 360 - angle[-1:]]).sort().values

    @mistake("You kept an arrow of exactly 0.5. Only longer ones count: `>`, not `>=`.")
    def keeps_a_half(W):
        return _gaps(W, W.norm(dim=0) >= KEPT)

    @mistake(
        "You added up the sizes of the coordinates. The length of an arrow is √(x² + y²), as in 0.1: `W.norm(dim=0)`."
    )
    def length_along_the_axes(W):
        return _gaps(W, W.abs().sum(dim=0) > KEPT)

    @mistake("You asked whether one coordinate is above 0.5. An arrow between the axes can be longer than either.")
    def longest_coordinate(W):
        return _gaps(W, W.abs().amax(dim=0) > KEPT)

    @mistake("You compared the squared length with 0.5. An arrow longer than 0.5 has a squared length above 0.25.")
    def squared_length(W):
        return _gaps(W, (W**2).sum(dim=0) > KEPT)

    @mistake("Half of the longest arrow is another bar: it moves with the model. Compare each length with 0.5 itself.")
    def half_of_the_longest(W):
        length = W.norm(dim=0)
        return _gaps(W, length > KEPT * length.max())

    @mistake("Two arrows on top of each other are two arrows, 0° apart. Keep both: k arrows have k gaps.")
    def twins_counted_once(W):
        angle = directions(W).unique()
        return torch.cat([angle, angle[:1] + 360]).diff().sort().values

    @mistake(
        "A gap may be wider than 180°. You gave the smaller angle between the two arrows: go round in one direction."
    )
    def never_more_than_half_a_turn(W):
        gaps = neighbour_angles(W)
        return torch.minimum(gaps, 360 - gaps).sort().values

    @mistake("The gaps are right, the largest first. Return the smallest first.")
    def largest_first(W):
        return neighbour_angles(W).flip(0)

    @mistake("Your angles are in radians, and the exercise wants degrees.")
    def radians(W):
        return neighbour_angles(W).deg2rad()

    @mistake(
        "That is each arrow's angle to its nearest neighbour, on either side. Go round the circle in one "
        "direction: k gaps, 360° in all."
    )
    def distance_to_the_nearest(W):
        kept = W[:, W.norm(dim=0) > KEPT]
        unit = kept / kept.norm(dim=0)
        cosine = (unit.T @ unit).clamp(-1, 1) - 3 * torch.eye(unit.shape[1])
        return cosine.max(dim=1).values.clamp(-1, 1).acos().rad2deg().sort().values

    @rewrite
    def with_loops(W):
        kept = [f for f in range(W.shape[1]) if math.hypot(W[0, f], W[1, f]) > KEPT]
        degrees = sorted(math.degrees(math.atan2(W[1, f], W[0, f])) % 360 for f in kept)
        gaps = [after - before for before, after in zip(degrees, degrees[1:])]
        return torch.tensor(sorted([*gaps, degrees[0] + 360 - degrees[-1]]))

    @rewrite
    def clockwise_from_the_top(W):
        kept = W[:, (W**2).sum(0) > KEPT**2]
        angle = torch.atan2(kept[0], kept[1]).rad2deg().remainder(360).sort().values
        return (angle.roll(-1) - angle + 360 * (torch.arange(len(angle)) == len(angle) - 1)).sort().values

    @rewrite
    def with_complex_numbers(W):
        z = torch.complex(W[0], W[1])
        angle = z[z.abs() > KEPT].angle().rad2deg().sort().values
        return (torch.cat([angle[1:], angle[:1] + 360]) - angle).sort().values

    equivalent = {
        "line 1: `torch.atan2(W[1], W[0])` → `torch.atan2(W[0], W[1])`": "Exchanging x and y mirrors the flower at the "
        "diagonal; a mirrored flower has the same gaps, and they are handed in sorted.",
        "with_loops, line 2: `math.atan2(W[1, f], W[0, f])` → `math.atan2(W[0, f], W[1, f])`": "The same mirror image.",
    }
