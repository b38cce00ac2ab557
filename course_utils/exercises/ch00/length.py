"""0.1: how a check works."""

import math

import torch

from course_utils.checking import ValueExercise


class Length(ValueExercise):
    id, title = "0.1", "How a check works"
    difficulty, minutes, points, needs = "A", 3, 1, []
    hints = [
        "Draw the arrow from (0, 0) to (−5, 12). It is the long side of a right triangle: what are the two short "
        "sides?",
        "Pythagoras: square both coordinates, add, and take the square root of the sum.",
    ]
    atol = 0.01
    otherwise = (
        "Draw it: 5 to the left and 12 up are the two short sides of a right triangle, and the arrow is the "
        "long one. It "
        "is longer than 12, and shorter than the way along the axes."
    )
    checked = "An arrow that goes 5 to the left and 12 up is 13 long: √(5² + 12²)."
    mistakes = {
        "added": (
            7.0,
            "You added the coordinates. Left (−5) then takes away from up (12), and the arrow to (−5, 5) would have "
            "length 0 and still point somewhere.",
        ),
        "along the axes": (
            17.0,
            "That is the way along the axes, first 5 and then 12. The arrow goes straight, so it is shorter.",
        ),
        "no root": (169.0, "That is the length squared. The last step is the square root."),
        "squares subtracted": (
            119**0.5,
            "You subtracted the squares. The square of −5 is +25: going left makes the arrow as much longer as going "
            "right does.",
        ),
        "the angle": (
            math.degrees(math.atan2(12, -5)),
            "That is the arrow's angle to the first axis. How long it is doesn't depend on where it points.",
        ),
        "the angle in radians": (
            math.atan2(12, -5),
            "That is the arrow's angle to the first axis, in radians. How long it is doesn't depend on where "
            "it points.",
        ),
        "length 1": (1.0, "A direction may be brought to length 1. Here the arrow is to be measured as it is."),
        "multiplied": (
            60.0,
            "You multiplied the coordinates: that is an area, and the arrow along an axis would have 0.",
        ),
        "the slope": (12 / 5, "That is how steep the arrow is. Every arrow in its direction has the same slope."),
        "root of the sum": (
            17**0.5,
            "You took the root of 5 + 12. Square each coordinate first: the squares are added, then comes the root.",
        ),
        "the mean of the sizes": (
            8.5,
            "That is the mean of 5 and 12. The arrow is the long side of a right triangle with these short sides.",
        ),
        "the mean": (
            3.5,
            "That is the mean of the coordinates. The arrow is the long side of a right triangle with short "
            "sides 5 and 12.",
        ),
        "longest side": (
            12.0,
            "That is the larger of the two coordinates. The other one makes the arrow longer, though not by all of 5.",
        ),
    }
    rewrites = [13, 13.0, torch.tensor(13.0), torch.tensor([-5.0, 12.0]).norm(), math.hypot(-5, 12)]

    def oracle(self) -> float:
        return math.dist((0, 0), (-5, 12))
