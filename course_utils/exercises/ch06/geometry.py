"""6.11: the cosines that taking off a mean forces."""

import math

import torch

from course_utils.checking import ValueExercise

TOPICS = 8


class ForcedCosine(ValueExercise):
    id, title = "6.11", "What the measurement puts there"
    difficulty, minutes, points, needs = "C", 8, 2, []
    atol = 0.002
    otherwise = (
        "The eight directions add up to zero. Square that sum and multiply it out: eight squares of length "
        "1, and a cosine "
        "for each ordered pair of two different ones. How many pairs are that, and what must their cosines add up to?"
    )
    checked = (
        "−1/(n − 1), here −1/7: the eight directions add up to "
        "nothing, so the squares (8) and the cosines (56 of them) "
        "must cancel. With two classes it is −1."
    )
    hints = [
        "Add the eight directions up. What must come out, whatever the model?",
        "0 = ‖Σ dᵢ‖² = Σ ‖dᵢ‖² + Σ_{i≠j} dᵢ·dⱼ. With length 1 the first sum is 8, and the second has 56 terms.",
    ]

    def oracle(self) -> float:
        """Eight vectors with a mean of zero and equal length, found by projecting back and forth."""
        vectors = torch.randn(TOPICS, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        for _ in range(500):
            vectors = torch.nn.functional.normalize(vectors - vectors.mean(dim=0), dim=1)
        cosines = vectors @ vectors.T
        return ((cosines.sum() - TOPICS) / (TOPICS * (TOPICS - 1))).item()

    mistakes = {
        "random": (
            0.0,
            "So it would be for directions drawn independently. These are not: their common mean was taken off, and "
            "that ties them together.",
        ),
        "one of n": (-1 / TOPICS, "Nearly: each direction has 7 others, not 8."),
        "antipodal": (
            -1.0,
            "With two classes it would be −1: two vectors that add up to nothing are opposite. There are eight here.",
        ),
        "sign": (
            1 / (TOPICS - 1),
            "The size is right. If they all pointed the same way, would they add up to nothing?",
        ),
        "pairs once": (
            -TOPICS / (TOPICS * (TOPICS - 1) / 2),
            "You shared the 8 among 28 pairs. In the square of the sum each pair stands twice, dᵢ·dⱼ and "
            "dⱼ·dᵢ: 56 terms.",
        ),
        "eight over seven": (
            -8 / 7,
            "You shared the −8 among 7. There are 8 · 7 ordered pairs of two different directions.",
        ),
        "one pair of all": (
            -1 / 56,
            "You shared −1 among the 56 pairs. The squares of the eight directions add up to 8, not to 1.",
        ),
        "seven eighths": (
            -7 / 8,
            "The cosines of one direction with its seven others add up to −1, so none can be that large on average.",
        ),
        "on a circle": (
            math.cos(math.pi / 4),
            "That is the cosine of neighbours on a circle. Nothing says that the eight lie in a plane: they "
            "add up to zero.",
        ),
        "dimensions": (
            -1 / 64,
            "How many dimensions the stream has plays no part. What ties the eight together is that they add "
            "up to zero.",
        ),
        "the sum": (
            -1.0 * TOPICS,
            "That is the sum of all the cosines between different directions. Divide by how many there are: 8 · 7.",
        ),
    }
    rewrites = [-1 / 7, -0.143, torch.tensor(-1 / 7)]
