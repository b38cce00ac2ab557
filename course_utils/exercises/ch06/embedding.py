"""6.3: how small the cosines of many arrows can be."""

import math

import torch

from course_utils.checking import ValueExercise

PIECES, DIMENSIONS = 859, 64


class LeastCosine(ValueExercise):
    id, title = "6.3", "859 arrows in 64 dimensions"
    difficulty, minutes, points, needs = "B", 8, 2, []
    rtol = 0.0005
    otherwise = (
        "Three steps: what an arrow's squared cosines with all others add up to at least (1.8), divided by "
        "how many others "
        "there are, and the root of that. (With 1.8's own numbers, 80 arrows in 20 dimensions, it is √(3/79) = 0.195.)"
    )
    checked = (
        "√((n/m − 1)/(n − 1)): the sum of all squared cosines is at least n²/m, and n of that are the arrows with "
        "themselves (Welch 1974)."
    )
    hints = [
        "You know this from 1.8: the superposition of unit arrows, Σ cos² over the others, is at least n/m − 1 on "
        "average.",
        "That is a sum over n − 1 others. Divide by n − 1 for the mean square, and take the root.",
    ]

    def oracle(self) -> float:
        """Measured on arrows that reach it: points on 32 circles at once, circle f going round f times."""
        turns = 2 * math.pi * torch.arange(PIECES, dtype=torch.float64)[:, None] * torch.arange(1, 33) / PIECES
        arrows = torch.cat([turns.cos(), turns.sin()], dim=1) / math.sqrt(DIMENSIONS / 2)
        squares = (arrows @ arrows.T).square()
        return ((squares.sum() - PIECES) / (PIECES * (PIECES - 1))).sqrt().item()

    mistakes = {
        "random": (
            1 / math.sqrt(DIMENSIONS),
            "That is what random arrows have, 1/√m, and what you get "
            "if an arrow's cosine with itself is counted. Arrows that "
            "are spread out on purpose do a little better.",
        ),
        "mean size of random cosines": (
            math.sqrt(2 / (math.pi * DIMENSIONS)),
            "That is the mean size of a random cosine, without its sign. A root mean square is a little "
            "larger, and the "
            "arrows here are spread out on purpose.",
        ),
        "shared among dimensions": (
            math.sqrt((PIECES / DIMENSIONS - 1) / DIMENSIONS),
            "You shared the sum among the m dimensions. It is over the n − 1 other arrows.",
        ),
        "root of the number alone": (
            (PIECES / DIMENSIONS - 1) / math.sqrt(PIECES - 1),
            "The root is over the whole fraction: first divide the sum by n − 1, then take the root.",
        ),
        "chapter 1's numbers": (
            math.sqrt(3 / 79),
            "That is the answer for 80 arrows in 20 dimensions. Here n = 859 and m = 64.",
        ),
        "m over n": (
            DIMENSIONS / PIECES,
            "That is m/n. More arrows disturb each other more: n/m − 1 is what they share.",
        ),
        "random squared": (
            1 / DIMENSIONS,
            "1/m is the mean square of a random cosine. A root is wanted, and arrows that are spread out on "
            "purpose do a "
            "little better.",
        ),
        "n others": (
            math.sqrt((PIECES / DIMENSIONS - 1) / PIECES),
            "You shared the sum among n. Each arrow has n − 1 others.",
        ),
        "mean square": (
            (PIECES / DIMENSIONS - 1) / (PIECES - 1),
            "That is the mean of the squares. The question is about the root of it, a typical size of a cosine.",
        ),
        "with itself": (
            PIECES / DIMENSIONS,
            "That is n/m. What must share the room is n/m − 1 for each arrow, over its n − 1 others.",
        ),
        "sum": (
            PIECES / DIMENSIONS - 1,
            "That is the sum of squared cosines with all the others. Share it among the n − 1 of them, and take the "
            "root.",
        ),
        "root of the sum": (
            math.sqrt(PIECES / DIMENSIONS - 1),
            "You took the root of the sum over the others. Divide by their number first: we ask about a typical one.",
        ),
        "orthogonal": (0.0, "Only 64 arrows can be orthogonal in 64 dimensions. There are 859."),
        "a simplex": (
            1 / (PIECES - 1),
            "1/(n − 1) is the cosine in a regular simplex, which needs n − 1 dimensions. Here there are only 64.",
        ),
    }
    rewrites = [0.1203, torch.tensor(0.12032), math.sqrt((PIECES - DIMENSIONS) / (DIMENSIONS * (PIECES - 1)))]
