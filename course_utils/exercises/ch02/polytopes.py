"""2.3: the share of a dimension in regular arrangements."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import ValueExercise


def _antiprism() -> Float[Tensor, "3 8"]:
    """Two squares, one above the other and turned by 45°, as far apart as makes all three axes hold the same."""
    turn = torch.arange(8, dtype=torch.float64) * math.pi / 4
    up = torch.tensor([1.0, -1.0] * 4, dtype=torch.float64) / math.sqrt(3)
    return torch.stack([turn.cos() * math.sqrt(2 / 3), turn.sin() * math.sqrt(2 / 3), up])


def _polygon(n: int) -> Float[Tensor, "2 corner"]:
    turn = torch.arange(n, dtype=torch.float64) * 2 * math.pi / n
    return torch.stack([turn.cos(), turn.sin()])


def coordinates() -> list[Float[Tensor, "hidden corner"]]:
    """Digon, triangle, tetrahedron, pentagon and square antiprism, every arrow of length 1."""
    digon = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    signs = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
    return [digon, _polygon(3), signs.T / math.sqrt(3), _polygon(5), _antiprism()]


class Polytopes(ValueExercise):
    id, title = "2.3", "Five arrangements on paper"
    difficulty, minutes, points, needs = "B", 8, 2, ["2.2"]
    rtol = 0.005
    checked = (
        "Computed from coordinates: 1/2, 2/3, 3/4, 2/5 and 3/8. Each is dimensions over arrows, because in every one "
        "of them all arrows are alike and no direction is preferred: the squared dot products with ŵ add up to n/m."
    )
    hints = [
        "With arrows of length 1, D_i = 1 / Σ_j cos² of the angle between i and j. For the digon: 1/(1 + 1).",
        "You needn't add cosines. In each of the five, Σ_j w_j w_jᵀ is a multiple of the identity. Its trace is the "
        "number of arrows n, so it is n/m times the identity, and Σ_j (ŵ_i·w_j)² = n/m.",
    ]

    def oracle(self) -> list[float]:
        """Cosine by cosine."""
        shares = []
        for W in coordinates():
            first = W[:, 0]
            shares.append(1 / sum(float(first @ other) ** 2 for other in W.T))
        return shares

    mistakes = {
        "without the arrow itself": (
            [1.0, 2.0, 3.0, 2 / 3, 0.6],
            "The sum over j leaves out j = i. With it, a feature alone has D = 1, and nobody has more.",
        ),
        "upside down": (
            [2.0, 1.5, 4 / 3, 2.5, 8 / 3],
            "Those are arrows per dimension. The share of a dimension is one over that.",
        ),
        "one over the arrows": (
            [1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 8],
            "You shared one dimension among all the arrows. How many dimensions does each arrangement have?",
        ),
        "all in three dimensions": (
            [3 / 2, 1.0, 3 / 4, 3 / 5, 3 / 8],
            "You gave all of them three dimensions. A digon lies on a line, polygons lie in a plane.",
        ),
        "overlaps not squared": (
            [1 / 2, 1 / 2, 1 / 2, 0.3090, 0.2440],
            "You added the sizes of the cosines. They are squared first.",
        ),
        "a uniform antiprism": (
            [1 / 2, 2 / 3, 3 / 4, 2 / 5, 0.3664],
            "The antiprism with edges all alike has 0.366: it is a little flatter. Ours has the height at which all "
            "three axes hold the same.",
        ),
    }
    rewrites = [
        [0.5, 0.667, 0.75, 0.4, 0.375],
        (1 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 8),
        torch.tensor([1 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 8]),
    ]
