"""2.8: what it costs when a pair that comes together is merged into one arrow."""

import torch

from course_utils.checking import ValueExercise

FROM_MERGED = (
    "with the pair on, both outputs are (x₁ + x₂)/2, and each is wrong by half of x₁ − x₂. Its expected square is a "
    "quarter of E[(x₁ − x₂)²], which is twice the variance of a uniform number; and the pair is on with probability p."
)
FROM_BOUNDARY = (
    "set the two losses equal. Merged is p times the loss in a row with the pair on. Separate is p² times that of two "
    "opposite features which are both on: each is then wrong by the smaller of two uniform numbers. Solve for p."
)
MERGED = (
    (0.4 / 6, "you took the whole difference x₁ − x₂ for the error. Each output is wrong by half of it."),
    (0.4 / 12, "twice too much: the loss is the mean over the features, not the sum over the pair."),
    (0.4 / 48, "half of it is missing: both features of the pair are wrong, and the mean is over all four."),
    (0.16 / 24, "both of a pair are on with probability p, not p²: they come together."),
    (1 / 24, "that is the error in a row in which the pair is on: how often is that?"),
    (
        0.4 / 3,
        "that is the price of dropping a feature (1.4). A merged pair still says how strong the two are together.",
    ),
    (0.4 / 8, "E[x²]/4 would hold if one of the two were 0. They are on together: take E[(x₁ − x₂)²]/4."),
    (0.4 * 0.6 / 24, "rows in which the pair is off cost nothing, and you took them off once more: p, not p(1 − p)."),
)
BOUNDARY = (
    (1 / 2, "you charged one feature for a clash. Both are wrong when both are on."),
    (1 / 8, "in two antipodal pairs each feature has one opposite arrow, and is orthogonal to the other two."),
    (3 / 8, "the mean square of the smaller of two uniform numbers is 1/6, not (1/3)²."),
    (0.4, "0.4 was given for the first number. Here p is what you solve for."),
    (1 / 24, "that is the merged loss for p = 1. Divide it by what separate costs for p = 1."),
    (1 / 6, "that is what separate costs for p = 1. Merged, divided by this, is the density."),
)
"""(number, what to say) of single numbers that are off."""


class CollapseOfAPair(ValueExercise):
    id, title = "2.8", "Two features become one"
    difficulty, minutes, points, needs = "C", 10, 3, ["2.6"]
    rtol = 0.01
    checked = (
        "By summing over a fine grid of strengths, and a bisection. Merged: p/24 per feature, whatever else the model "
        "does. Separate: p²/6. So the merged pair is cheaper from p = 1/4 on."
    )
    hints = [
        "Merged: the output is (x₁ + x₂)/2 for both, so both are wrong by (x₁ − x₂)/2, in every row in which the pair "
        "is on. Separate: x₁ is disturbed only by its opposite arrow, of the other pair: as in 1.12.",
        "E[(x₁ − x₂)²] = 2 · 1/12 = 1/6 for two independent uniform numbers. The merged loss is a multiple of p, the "
        "other one a multiple of p²: divide.",
    ]

    def oracle(self) -> list[float]:
        """Both losses on a grid of strengths, then a bisection."""
        u = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
        a, b = u[:, None], u[None, :]
        merged_when_on = (((a + b) / 2 - a) ** 2).mean().item()
        clash = (((a - b).clamp_min(0) - a) ** 2).mean().item()  # the opposite arrow is on too
        low, high = 0.01, 1.0
        for _ in range(50):
            p = (low + high) / 2
            low, high = (p, high) if p * merged_when_on > p**2 * clash else (low, p)
        return [0.4 * merged_when_on, low]

    def probe(self, got):
        """One number at a time: a known slip, or where to begin."""
        right = self.oracle()
        near = [abs(g - e) <= self.rtol * e for g, e in zip(got, right)]
        if all(abs(g - e) <= self.rtol * e for g, e in zip(reversed(got), right)):
            return "The two numbers are right, the other way round: first the loss, then the density."
        k = near.index(False)
        slips, otherwise = (MERGED, FROM_MERGED) if k == 0 else (BOUNDARY, FROM_BOUNDARY)
        says = next((says for wrong, says in slips if abs(got[k] - wrong) <= self.rtol * wrong), otherwise)
        return f"The {'loss' if k == 0 else 'density'}: {says}"

    mistakes = {
        "the error of one direction only": (
            [0.4 / 6, 1.0],
            "You took the whole difference x₁ − x₂ for the error. Each output is wrong by half of it.",
        ),
        "sum over the pair": (
            [0.4 / 12, 0.5],
            "You added the two features. Our loss is the mean over the features, for both arrangements.",
        ),
        "density squared": (
            [0.16 / 24, 0.25],
            "Two features of a pair come together: both are on with probability p, not p².",
        ),
        "density forgotten": ([1 / 24, 0.25], "That is the error in a row in which the pair is on: how often is that?"),
        "clash by the mean": (
            [0.4 / 24, 3 / 8],
            "The boundary is off: when two opposite features are on, both are wrong by the smaller one. Its mean "
            "square is 1/6, not (1/3)².",
        ),
        "clash charged once": (
            [0.4 / 24, 0.5],
            "The boundary is off: you charged one feature for a clash. Both are wrong when both are on.",
        ),
        "clash with two": (
            [0.4 / 24, 0.125],
            "The boundary is off: in two antipodal pairs each feature has one opposite arrow, and is orthogonal to the "
            "other two.",
        ),
        "the whole variance": (
            [0.4 / 3 - 0.04, 0.25],
            "That is the price of dropping a feature (1.4). A merged pair still says how strong the two are together.",
        ),
    }
    rewrites = [[0.01667, 0.25], (0.4 / 24, 1 / 4), torch.tensor([0.016667, 0.2501])]
