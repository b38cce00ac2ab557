"""7.10: what no linear probe reads."""

import torch
from torch import Tensor

from course_utils.checking import ValueExercise


class XorShare(ValueExercise):
    id, title = "7.10", "One or the other"
    difficulty, minutes, points, needs = "B", 7, 2, []
    atol = 0.005
    checked = (
        "Three quarters: a line can cut off one of the four corners of a square and no more, so that three of the four "
        "equally frequent cases are right."
    )
    hints = [
        "Draw the four cases as the corners of a square, and colour them by the answer. How many of them can one "
        "straight line sort rightly?",
        "Opposite corners have the same colour. A line that cuts off one corner has three of four right. Could it have "
        "four?",
    ]

    def oracle(self) -> float:
        """Every line through the plane, nearly: the best share of the four corners that it sorts rightly."""
        corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        wanted = corners.sum(dim=1) == 1
        angles = torch.linspace(0, 2 * torch.pi, 73)[:-1] + 0.01
        readings = corners @ torch.stack([angles.cos(), angles.sin()])  # [corner, angle]
        cuts = torch.linspace(-2, 2, 81)
        right: Tensor = ((readings[..., None] > cuts) == wanted[:, None, None]).float().mean(dim=0)
        return right.max().item()

    mistakes = {
        "chance": (
            0.5,
            "So it comes out for logistic regression, which weighs all four cases alike and finds nothing to hold on "
            "to. But a threshold may stand anywhere: can't it cut off one corner of the square?",
        ),
        "all of them": (
            1.0,
            "For that one line would have to separate two opposite corners of a square from the other two. Try to draw "
            "it.",
        ),
        "a quarter": (0.25, "That is the share that stays wrong. We ask for the share that is right."),
        "two thirds": (2 / 3, "There are four cases, equally frequent: the share is a number of quarters."),
        "percent": (75.0, "Right, in percent. Give the share, as a number between 0 and 1."),
        "a guess below": (
            0.7,
            "Somewhat too small. Count corners of a square: the share that is right is a number of quarters.",
        ),
        "a guess above": (
            0.8,
            "Somewhat too large. Count corners of a square: the share that is right is a number of quarters.",
        ),
        "more than a line": (
            0.875,
            "There are four cases, equally frequent: the share that is right is a number of quarters.",
        ),
    }
    rewrites = [3 / 4, 0.75, torch.tensor(0.75)]
