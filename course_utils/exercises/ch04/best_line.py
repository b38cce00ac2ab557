"""4.12: how well the best of all lines sorts points, which is what "no linear probe reads it" must mean."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils import computing
from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def _cuts(h, y, directions):
    """Share that is right for a line just below every point: [threshold, direction]."""
    place = h @ directions.T
    above = place[None] >= place[:, None]
    return (above == y[None, :, None]).float().mean(dim=1)


def _fitted(trial):
    """From the worst to the best share of a line fitted by least squares, whatever it says of points that lie on it."""
    h, y, _ = trial.case.args
    X = torch.cat([h, torch.ones(len(h), 1)], dim=1).double()
    at = X @ torch.linalg.pinv(X, rtol=1e-5) @ (2.0 * y.double() - 1)
    on, right = at.abs() < 1e-4, (at > 0) == y
    return (right & ~on).double().mean().item(), (right | on).double().mean().item()


class BestLine(FunctionExercise):
    id, title = "4.12", "The best of all lines"
    difficulty, minutes, points, needs = "B", 12, 2, []
    checked = "sets of points: with ties, doubles, one kind only, and more of one kind than of the other"
    fixed = ("directions",)
    hints = [
        "A line across direction u is a threshold on h · u. Only so many thresholds differ: one between any two points "
        "that follow one another, and one outside.",
        "`place = h @ directions.T` is [point, direction]. Try every point's own place as a threshold: "
        "`place >= threshold` is the yes side. What is right with yes and no exchanged is 1 minus that. Take the "
        "largest of all.",
    ]

    def cases(self, rng):
        fan = computing.directions(24).round(decimals=3)  # so that what should tie does, to the last bit
        h = torch.randn(12, 2, generator=rng)
        yield Case((h, torch.rand(12, generator=rng) < 0.4, fan))
        yield Case((h, (h @ fan[7]) > 0.3, fan), "a line sorts all of them")
        yield Case((h, (h @ fan[16]) < -0.2, fan), "yes on the other side")
        corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        yield Case((corners, torch.tensor([False, True, True, False]), fan), "opposite corners of a square")
        doubled = torch.cat([h[:5], h[:5]])
        yield Case((doubled, torch.arange(10) < 5, fan), "every point twice, once of each kind")
        yield Case((h[:7], torch.ones(7, dtype=torch.bool), fan), "all of one kind")
        yield Case((h[:1], torch.tensor([False]), fan), "one point")
        around = computing.directions(90)[[1, 23, 46, 68]]
        ring = torch.cat([around, -around, torch.zeros(1, 2)])
        yield Case((ring, ring.norm(dim=1) < 0.5, fan), "one in the middle of a ring")
        row = torch.tensor([0.0, 1, 2, 3, 4, 5])[:, None] * torch.tensor([[1.0, 0.0]])
        yield Case((row, torch.tensor([False, True] * 3), fan[:1]), "alternating, and one direction only")
        close = torch.tensor([0.0, 0.001, 0.002, 0.003, 40.0])[:, None] * torch.tensor([[1.0, 0.0]])
        yield Case(
            (close, torch.tensor([True, True, False, False, False]), fan[:1]), "close together, and one far away"
        )

    def oracle(
        self, h: Float[Tensor, "point 2"], y: Bool[Tensor, "point"], directions: Float[Tensor, "direction 2"]
    ) -> float:
        """Every line and both of its sides, one after the other."""
        best = 0
        for u in directions.tolist():
            places = [a * u[0] + b * u[1] for a, b in h.tolist()]
            gaps = sorted(places)
            middles = [(a + b) / 2 for a, b in zip(gaps, gaps[1:]) if b - a > 1e-6]
            for cut in [gaps[0] - 1, *middles]:
                yes = [place > cut for place in places]
                right = sum(a == b for a, b in zip(yes, y.tolist()))
                best = max(best, right, len(places) - right)
        return best / len(h)

    def remark(self, trials):
        """Shares that are never too high come from lines, only not from all; and which are missing?"""
        if any(t.outcome.error or (t.difference and t.difference.stage != "value") for t in trials):
            return None
        given = [float(t.outcome.value) for t in trials]
        if any(share > t.expected + 1e-4 for share, t in zip(given, trials)):
            return None
        known = any(
            all(abs(wrong(*t.case.args) - s) < 1e-4 for s, t in zip(given, trials))
            for wrong, _ in self.mistakes.values()
        )
        if not known and all(low - 1e-4 < s < high + 1e-4 for s, (low, high) in zip(given, map(_fitted, trials))):
            return "Those are the shares of one line, fitted by least squares. What it can't read, another line may."
        without = [t.case.args[1].float().mean().item() for t in trials]
        outside = [max(share, 1 - share) for share in without]
        if all(t.right or abs(t.expected - o) < 1e-4 for t, o in zip(trials, outside)):
            return (
                "Yours is too low only where it is best to have all points on one side. A line may also lie outside "
                "all of them."
            )
        return None if known else "Yours is never too high, so those are lines; but there are better ones."

    @mistake("Only one side of each line may be the yes side in yours. Exchange yes and no as well: 1 − share.")
    def one_side_only(h, y, directions):
        return _cuts(h, y, directions).max().item()

    @mistake("Only one side of your lines is the yes side, `>`. Exchange yes and no as well: 1 − share.")
    def one_side_only_above(h, y, directions):
        place = h @ directions.T
        return ((place[None] > place[:, None]) == y[None, :, None]).float().mean(dim=1).max().item()

    @mistake("Only one side of your lines is the yes side, `<=`. Exchange yes and no as well: 1 − share.")
    def one_side_only_up_to(h, y, directions):
        place = h @ directions.T
        return ((place[None] <= place[:, None]) == y[None, :, None]).float().mean(dim=1).max().item()

    @mistake("Only one side of your lines is the yes side, `<`. Exchange yes and no as well: 1 − share.")
    def one_side_only_below(h, y, directions):
        return (1 - _cuts(h, y, directions)).max().item()

    @mistake("Only one side of your lines is the yes side, wherever they lie. Exchange yes and no as well: 1 − share.")
    def one_side_only_and_outside(h, y, directions):
        return max(_cuts(h, y, directions).max().item(), 1 - y.float().mean().item())

    @mistake("Your lines run between points alone. One outside of all points counts too: all yes, or all no.")
    def none_outside(h, y, directions):
        best = 0.0
        for place in (h @ directions.T).T:
            cuts = place.unique()
            for cut in (cuts[1:] + cuts[:-1]) / 2:
                right = ((place > cut) == y).float().mean().item()
                best = max(best, right, 1 - right)
        return best

    @mistake("Your lines all run through the origin. A line may lie anywhere: try every point's place as a threshold.")
    def through_the_origin(h, y, directions):
        right = ((h @ directions.T > 0) == y[:, None]).float().mean(dim=0)
        return torch.maximum(right, 1 - right).max().item()

    @mistake("One line in each direction, through the mean of the points, is not all of them. Try every threshold.")
    def through_the_mean(h, y, directions):
        right = (((h - h.mean(dim=0)) @ directions.T > 0) == y[:, None]).float().mean(dim=0)
        return torch.maximum(right, 1 - right).max().item()

    @mistake(
        "Your thresholds, or the places themselves, are too coarse (a grid, or rounded): none lies between two points "
        "that are near each other. Try every point's own place as a threshold."
    )
    def a_grid_of_thresholds(h, y, directions):
        place = h @ directions.T
        cuts = torch.linspace(float(place.min()), float(place.max()), 100)[:, None, None]
        right = ((place > cuts) == y[:, None]).float().mean(dim=1)
        return torch.maximum(right, 1 - right).max().item()

    @mistake("That is the mean over directions. One good line is enough: take the largest.")
    def mean_of_directions(h, y, directions):
        right = _cuts(h, y, directions)
        return torch.maximum(right, 1 - right).amax(dim=0).mean().item()

    @mistake(
        "Your line may run between two points that lie in the same place. Sorting gives them an order they haven't."
    )
    def splits_ties(h, y, directions):
        label = y[(h @ directions.T).argsort(dim=0, stable=True)].float()
        ones = torch.cat([torch.zeros(1, label.shape[1]), label.cumsum(0)])
        right = torch.arange(len(h) + 1.0)[:, None] - ones + ones[-1] - ones
        return (torch.maximum(right, len(h) - right).max() / len(h)).item()

    @mistake("You tried the first direction only. Take the best over all of them.")
    def first_direction(h, y, directions):
        right = _cuts(h, y, directions[:1])
        return torch.maximum(right, 1 - right).max().item()

    @mistake("That is how often the best line is wrong. Return the share that is right.")
    def share_wrong(h, y, directions):
        right = _cuts(h, y, directions)
        return 1 - torch.maximum(right, 1 - right).max().item()

    @mistake("That is a number of points. Divide by how many there are.")
    def count(h, y, directions):
        right = _cuts(h, y, directions)
        return torch.maximum(right, 1 - right).max().item() * len(h)

    @mistake("That is what the more frequent kind gives without looking. A line can do better.")
    def without_looking(h, y, directions):
        share = y.float().mean().item()
        return max(share, 1 - share)

    @mistake(
        "You fitted one line by least squares. It is some line, not the best one: what it can't read, another may. Try "
        "them all."
    )
    def least_squares(h, y, directions):
        X = torch.cat([h, torch.ones(len(h), 1)], dim=1).double()
        w = torch.linalg.pinv(X) @ (2.0 * y.double() - 1)
        return ((X @ w > 0) == y).float().mean().item()

    @mistake(
        "You took the line midway between the two means. It is some line, not the best one: what it can't read, "
        "another may. Try them all."
    )
    def between_the_means(h, y, directions):
        if y.all() or not y.any():
            return 1.0
        u, middle = h[y].mean(0) - h[~y].mean(0), (h[y].mean(0) + h[~y].mean(0)) / 2
        return (((h - middle) @ u > 0) == y).float().mean().item()

    @mistake("You weigh both kinds alike (balanced accuracy). The text asks for the share of all points.")
    def balanced(h, y, directions):
        above = (h @ directions.T)[None] >= (h @ directions.T)[:, None]
        agree = (above == y[None, :, None]).float()
        kinds = [agree[:, kind].mean(dim=1) for kind in (y, ~y) if kind.any()]
        right = sum(kinds) / len(kinds)
        return torch.maximum(right, 1 - right).max().item()

    @rewrite
    def all_at_once(h, y, directions):
        right = _cuts(h, y, directions)
        return torch.maximum(right, 1 - right).max().item()

    @rewrite
    def one_by_one(h, y, directions):
        best = 0.0
        for u in directions:
            place = h @ u
            for threshold in [*place, place.max() + 1]:
                right = ((place >= threshold) == y).float().mean().item()
                best = max(best, right, 1 - right)
        return best

    @rewrite
    def with_numpy(h, y, directions):
        import numpy as np

        place, yes = (h @ directions.T).numpy(), y.numpy()
        shares = [np.mean((place > cut) == yes[:, None], axis=0) for cut in place]
        return float(np.max([np.maximum(share, 1 - share) for share in shares]))

    @rewrite
    def by_counting(h, y, directions):
        place = h @ directions.T
        right = [((place >= cut) == y[:, None]).sum(0) for cut in place]
        return max(max(int(r.max()), len(h) - int(r.min())) for r in right) / len(h)

    _sides = "Both sides of every line are tried, so it is the same set of lines."
    equivalent = {
        "line 2: `best = 0.0` → `best = 0.01`": "The best share is never below a half.",
        "line 4: `place >= threshold` → `place > threshold`": _sides,
        "line 4: `place >= threshold` → `place <= threshold`": _sides,
        "line 4: `(place >= threshold) == y[:, None]` → `(place >= threshold) != y[:, None]`": _sides,
    }
