"""1.9: why trained arrows are longer than 1 and trained biases negative."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite
from course_utils.toy.geometry import arrows

POINTS = (torch.arange(1000) + 0.5) / 1000
PENTAGON = [0.0, 72.0, 144.0, 216.0, 288.0]


def one_at_a_time(W: Float[Tensor, "2 feature"], b: Float[Tensor, "feature"]) -> float:
    """Σ_i (x_i − x̂_i)², when exactly one feature is on, averaged over which one and over its strength in [0, 1].

    That is what remains of the loss, per feature that is on, when the data are so sparse that two never meet.
    """
    x = torch.eye(W.shape[1])[:, None] * POINTS[:, None]  # [which, strength, feature]
    return ((x - (x @ W.T @ W + b).relu()) ** 2).sum(-1).mean().item()


PLAIN = 2 * math.cos(math.radians(72)) ** 2 / 3
"""The plain pentagon, length 1 and no bias: each of the two near neighbours hears cos 72° of x, and E[x²] = 1/3."""
BAR = 0.35


class BeatThePentagon(ExperimentExercise):
    id, title = "1.9", "Beat the plain pentagon"
    difficulty, minutes, points, needs = "C", 12, 2, ["1.2", "1.6"]
    fields = {"W": "hidden=2 feature=5", "b": "feature=5"}
    detached = True
    hints = [
        "Where does the plain pentagon lose? Feature 0 comes back perfectly, and its two neighbours hear cos 72° ≈ "
        "0.31 of it. What would make them quieter?",
        "A negative bias silences the neighbours and cuts the same amount off the feature itself; longer arrows pay "
        "that back. Two numbers, length and bias: try a grid, lengths from 1 to 1.3 and biases from −0.5 to 0. Or "
        "start from the plain pentagon and let gradient descent on `echo` find them.",
    ]

    def bands(self, W, b):
        loss = one_at_a_time(W, b)
        yield Band(
            f"with one feature on at a time the loss is at most {BAR:.0%} of the plain pentagon's {PLAIN:.4f}",
            loss <= BAR * PLAIN,
            f"{loss:.4f}, {loss / PLAIN:.0%}",
            self._suspicion(W, b, loss),
        )

    def _suspicion(self, W, b, loss) -> str | None:
        length = W.norm(dim=0)
        if (length < 0.5).any():
            return "dropped a feature"
        if (b > -0.02).all():
            return "no negative bias"
        if (length < 1.02).all():
            return "never paid back"
        return "silenced completely" if (b < -0.35).all() else None

    @mistake(
        "A feature without an arrow is lost whenever it is on, and all five are equally important here. Keep "
        "all of them."
    )
    def dropped_a_feature():
        return (arrows([1, 1, 1, 1, 0], [0, 90, 180, 270, 0]), torch.zeros(5))

    @mistake(
        "Without a negative bias the neighbours answer each time, however long the arrows are. The ReLU cuts "
        "off what lies below zero: push it there."
    )
    def no_negative_bias():
        return (arrows([1.1] * 5, PENTAGON), torch.zeros(5))

    @mistake(
        "The bias silences the neighbours, and it also cuts a piece off the feature itself. Longer arrows can "
        "pay that piece back."
    )
    def never_paid_back():
        return (arrows([1.0] * 5, PENTAGON), torch.full((5,), -0.15))

    @mistake(
        "Your neighbours are completely silent, and it costs too much: weak features vanish as well. A little "
        "noise is worth it."
    )
    def silenced_completely():
        return (arrows([1.29] * 5, PENTAGON), torch.full((5,), -0.516))

    @mistake(
        "Low enough, and your tensors still carry the graph of the descent. Hand in `W.detach()` and `b.detach()`: "
        "what is only looked at needs no gradients."
    )
    def not_detached():
        return {"W": arrows([1.17] * 5, PENTAGON).requires_grad_(), "b": torch.full((5,), -0.28)}

    @rewrite
    def in_double_precision():
        return arrows([1.17] * 5, PENTAGON).double(), torch.full((5,), -0.28, dtype=torch.float64)

    @rewrite
    def by_angle_and_length():
        return (arrows([1.17] * 5, PENTAGON), torch.full((5,), -0.28))

    @rewrite
    def turned_and_in_another_order():
        return {"W": arrows([1.12] * 5, [10.0, 226, 82, 298, 154]), "b": torch.full((5,), -0.22)}

    @rewrite
    def by_gradient():
        return _by_gradient()

    equivalent = {
        ("line 1: `plain_pentagon.clone()` → `plain_pentagon`"): (
            "What is handed in is the same. That the plain pentagon moves as well is seen in the grid below, not here."
        ),
        ("in_double_precision, line 1: `arrows([1.17] * 5, PENTAGON).double()` → `arrows([1.17] * 5, PENTAGON)`"): (
            "Single precision is as right as double."
        ),
        ("in_double_precision, line 1: `[1.17] * 5` → `[1.17]`"): (
            "One length for all five arrows makes the same arrows."
        ),
    }


def _by_gradient() -> tuple[Tensor, Tensor]:
    W = arrows([1.0] * 5, PENTAGON).requires_grad_()
    b = torch.full((5,), -0.1, requires_grad=True)
    optimiser = torch.optim.Adam([W, b], lr=0.02)
    x = torch.eye(5)[:, None] * POINTS[::20, None]
    for _ in range(150):
        optimiser.zero_grad()
        ((x - (x @ W.T @ W + b).relu()) ** 2).sum(-1).mean().backward()
        optimiser.step()
    return W.detach(), b.detach()
