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


NAMES = ("digon", "triangle", "tetrahedron", "pentagon", "square antiprism")
ANGLES = (
    "the other arrow lies at 180°",
    "the other two lie at 120°",
    "the other three have cosine −1/3",
    "of the other four, two lie at 72° and two at 144°",
    "the sum is the number of arrows over that of dimensions, for no direction is preferred",
)
"""Where to begin with a number that nobody has foreseen."""
_SPACE = "a solid needs three dimensions; you shared out two."
_PLANE = "a polygon lies in a plane: two dimensions are shared, not one."
SLIPS = (
    ((1.0, "an arrow alone has 1. The opposite one shares its line: 1/(1 + 1)."),),
    (
        (1 / 3, _PLANE),
        (1 / 2, "cos 120° = −1/2 is squared: two arrows add 1/4 each."),
        (1.0, "that is an arrow alone."),
    ),
    ((1 / 2, _SPACE), (1.0, "that is an arrow alone."), (1 / 4, "three dimensions are shared, not one.")),
    (
        (1 / 5, _PLANE),
        (3 / 5, "a pentagon lies in a plane: two dimensions are shared, not three."),
        (1.0, "that is an arrow alone."),
    ),
    (
        (1 / 4, _SPACE),
        (1 / 8, "three dimensions are shared, not one."),
        (1 / 2, "eight arrows share three dimensions; you shared out four."),
        (1.0, "that is an arrow alone."),
    ),
)
"""(number, what to say) of single numbers that are off."""


class PolytopeShares(ValueExercise):
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

    def probe(self, got):
        """What is known of those that are off, or where to begin with them."""
        right = self.oracle()
        off = [k for k, (e, g) in enumerate(zip(right, got)) if not abs(e - g) <= self.rtol * e]
        if all(any(abs(e - g) <= self.rtol * e for g in got) for e in right):
            return "The five numbers are right, in another order. The text asks for digon, triangle, tetrahedron, …"
        first = off[0]
        for wrong, says in SLIPS[first]:
            if abs(got[first] - wrong) < 0.005 * wrong:
                return f"{NAMES[first].capitalize()}: {says}"
        return f"{NAMES[first].capitalize()}: D = 1 / Σ cos², its own arrow included, and {ANGLES[first]}."

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
        "numbers of arrows": (
            [2.0, 3.0, 4.0, 5.0, 8.0],
            "You counted the arrows. D is what one of them has: dimensions over arrows.",
        ),
        "numbers of dimensions": (
            [1.0, 2.0, 3.0, 2.0, 3.0],
            "Those are the dimensions that each lies in. They are shared: divide by the number of arrows.",
        ),
        "arrows alone": (
            [1.0, 1.0, 1.0, 1.0, 1.0],
            "1 is what an arrow has that shares with nobody. These overlap: D = 1 / Σ cos² over all arrows.",
        ),
        "all in a plane": (
            [1.0, 2 / 3, 1 / 2, 2 / 5, 1 / 4],
            "You gave all of them two dimensions. A digon lies on a line; tetrahedron and antiprism fill space.",
        ),
        "cosines": (
            [-1.0, -1 / 2, -1 / 3, 0.3090, 0.5690],
            "Those are cosines of neighbours. D is one over the sum of all squared cosines, its own 1 included.",
        ),
        "percent": ([50.0, 200 / 3, 75.0, 40.0, 37.5], "Those are percent. Give shares between 0 and 1."),
        "roots": (
            [0.7071, 0.8165, 0.8660, 0.6325, 0.6124],
            "Those are square roots of D. The cosines are squared, and no root is taken after the sum.",
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
