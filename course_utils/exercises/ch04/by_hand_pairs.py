"""4.5: five functions of two inputs from as few ReLU neurons as possible."""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite

BITS = torch.cartesian_prod(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0]))
SQUARE = torch.cartesian_prod(torch.linspace(-1, 1, 17), torch.linspace(-1, 1, 17))
NAMES = {"AND": "u AND v", "OR": "u OR v", "XOR": "u XOR v", "MAX": "max(u, v)", "MAX_ABS": "max(|u|, |v|)"}
WANTED = {
    "AND": lambda u, v: u * v,
    "OR": torch.maximum,
    "XOR": lambda u, v: (u - v).abs(),
    "MAX": torch.maximum,
    "MAX_ABS": lambda u, v: torch.maximum(u.abs(), v.abs()),
}
FEWEST = {"AND": 1, "OR": 1, "XOR": 2, "MAX": 2, "MAX_ABS": 3}
EXACT = 1e-3


def value(
    table: Float[Tensor, "neuron 4"], constant: float | Tensor, points: Float[Tensor, "point 2"]
) -> Float[Tensor, "point"]:
    """What a table of neurons computes at each point."""
    W, b, out = table[:, :2], table[:, 2], table[:, 3]
    return (points @ W.T + b).relu() @ out + constant


class FewestNeurons(ExperimentExercise):
    id, title = "4.5", "As few neurons as possible"
    difficulty, minutes, points, needs = "B", 20, 3, []
    fields = {**{name: f"neuron_of_{name} entry=4" for name in NAMES}, "constants": "function=5"}
    hints = [
        "A neuron that is never cut off is linear: on [−1, 1], relu(v + 1) − 1 is v. So a linear part costs one, "
        "however many terms it has. What bends, and along how many lines?",
        "AND bends once: relu(u + v − 1). OR is 1 − AND of (1 − u, 1 − v). XOR is u + v until both are on: take 2 AND "
        "away. max(u, v) = v + relu(u − v).",
        "max(|u|, |v|) = (|u + v| + |u − v|)/2, and |z| = 2 relu(z) − z. Both linear parts together are −u: one "
        "neuron, relu(1 − u) − 1.",
    ]

    def bands(self, AND, OR, XOR, MAX, MAX_ABS, constants):
        tables = {"AND": AND, "OR": OR, "XOR": XOR, "MAX": MAX, "MAX_ABS": MAX_ABS}
        for place, (name, table) in enumerate(tables.items()):
            points = BITS if name in ("AND", "OR", "XOR") else SQUARE
            got, wanted = value(table, constants[place], points), WANTED[name](*points.T)
            off = (got - wanted).abs()
            at = int(off.argmax())
            where = ", ".join(f"{number:g}" for number in points[at].tolist())
            yield Band(
                f"{NAMES[name]} is right",
                bool((off < EXACT).all()),
                f"{got[at]:.3g} at ({where}), and {NAMES[name]} is {wanted[at]:.3g} there",
                self._suspicion(name, got, wanted, points)
                or _in_another_order(table, constants[place], points, wanted),
            )
            yield Band(
                f"with {FEWEST[name]} neuron{'s' * (FEWEST[name] > 1)}",
                len(table) <= FEWEST[name],
                f"{len(table)} for {NAMES[name]}; {FEWEST[name]} will do",
                TOO_MANY[name],
            )

    def _suspicion(self, name: str, got: Tensor, wanted: Tensor, points: Tensor) -> str | None:
        """The known slip that gives these values."""
        u, v = points.T
        wrong = {
            "a sum for AND": (name == "AND", u + v),
            "OR for AND": (name == "AND", torch.maximum(u, v)),
            "a sum for OR": (name == "OR", u + v),
            "AND for OR": (name == "OR", u * v),
            "OR for XOR": (name == "XOR", torch.maximum(u, v)),
            "one direction of XOR": (name == "XOR", (u - v).relu()),
            "AND taken away once": (name == "XOR", (u + v) - u * v),
            "NOT XOR": (name == "XOR", 1 - wanted),
            "the other maximum": (name == "MAX", torch.minimum(u, v)),
            "only the bend": (name == "MAX", (u - v).relu()),
            "right where u is positive": (name == "MAX", u.relu() + (v - u).relu()),
            "right where v is positive": (name == "MAX", v.relu() + (u - v).relu()),
            "twice too much": (name == "MAX_ABS", 2 * wanted),
            "sum of the sizes": (name == "MAX_ABS", u.abs() + v.abs()),
            "the linear part is missing": (name == "MAX_ABS", (u + v).relu() + (u - v).relu()),
        }
        for slip, (applies, values) in wrong.items():
            if applies and not torch.equal(values, wanted) and (got - values).abs().max() < EXACT:
                return slip
        bits = (points[:, None] == BITS).all(dim=2).any(dim=1)
        if len(points) > len(BITS) and (got - wanted)[bits].abs().max() < EXACT:
            return "right for bits alone"
        shift = got - wanted
        return "the constant" if (shift - shift[0]).abs().max() < EXACT else None

    @mistake("Your AND adds: 2 at (1, 1), 1 where a single one is on. A bias of −1 keeps the neuron silent for one.")
    def a_sum_for_AND():
        return answer(AND=[[1, 1, 0, 1]])

    @mistake("Your AND is an OR: it is 1 where a single one is on.")
    def OR_for_AND():
        return answer(AND=[[-1, -1, 1, -1]], constants=[1, 1, 0, -1, -1])

    @mistake(
        "Your OR adds: 2 at (1, 1). It must stop growing at 1. Which one of the four cases is unlike the other three?"
    )
    def a_sum_for_OR():
        return answer(OR=[[1, 1, 0, 1]], constants=[0, 0, 0, -1, -1])

    @mistake("Your OR is an AND: it is 0 where a single one is on.")
    def AND_for_OR():
        return answer(OR=[[1, 1, -1, 1]], constants=[0, 0, 0, -1, -1])

    @mistake("Two neurons for OR. One will do, as for AND: which one of the four cases is unlike the other three?")
    def two_for_OR():
        return answer(OR=[[1, 1, 0, 1], [1, 1, -1, -1]], constants=[0, 0, 0, -1, -1])

    @mistake("Your XOR is an OR: with both on it must come back to 0.")
    def OR_for_XOR():
        return answer(XOR=[[1, 1, 0, 1], [1, 1, -1, -1]])

    @mistake("Your XOR sees one direction only: u without v, and not v without u.")
    def one_direction_of_XOR():
        return answer(XOR=[[1, -1, 0, 1], [0, 0, 0, 0]])

    @mistake("Your XOR is its opposite: 1 where both are alike.")
    def NOT_XOR():
        return answer(XOR=[[1, -1, 0, -1], [-1, 1, 0, -1]], constants=[0, 1, 1, -1, -1])

    @mistake("Three neurons for XOR. |u − v| needs two, and so does u + v minus twice AND.")
    def three_for_XOR():
        return answer(XOR=[[1, 0, 0, 1], [0, 1, 0, 1], [1, 1, -1, -2]])

    @mistake("relu(u − v) is what max(u, v) has more than v. The straight part is missing.")
    def only_the_bend():
        return answer(MAX=[[1, -1, 0, 1]], constants=[0, 1, 0, 0, -1])

    @mistake("Right where v isn’t negative: relu(v) is cut off below 0. What keeps a neuron on, on all of [−1, 1]?")
    def right_where_v_is_positive():
        return answer(MAX=[[0, 1, 0, 1], [1, -1, 0, 1]], constants=[0, 1, 0, 0, -1])

    @mistake("Right where u isn’t negative: relu(u) is cut off below 0. What keeps a neuron on, on all of [−1, 1]?")
    def right_where_u_is_positive():
        return answer(MAX=[[1, 0, 0, 1], [-1, 1, 0, 1]], constants=[0, 1, 0, 0, -1])

    @mistake("Right for bits alone, 0 and 1. Here u and v may be any numbers from −1 to 1, also below 0.")
    def right_for_bits_alone():
        return answer(MAX=[[-1, -1, 1, -1]], constants=[0, 1, 0, 1, -1])

    @mistake("The numbers of a row are in another order: weight from u, weight from v, bias, weight to the output.")
    def another_order_of_the_row():
        return {name: t if name == "constants" else t[:, [2, 0, 1, 3]] for name, t in answer().items()}

    @mistake("That is the smaller of the two. The larger one bends at the same place, the other way.")
    def the_other_maximum():
        return answer(MAX=[[1, 0, 1, 1], [1, -1, 0, -1]])

    @mistake(
        "Three neurons for max(u, v). One bend needs one of them, and a straight part one, if it is never cut off."
    )
    def three_for_MAX():
        return answer(MAX=[[0, 1, 0, 1], [0, -1, 0, -1], [1, -1, 0, 1]], constants=[0, 1, 0, 0, -1])

    @mistake("The two bends are there, and the linear part isn't: |z| = 2 relu(z) − z. Together it is −u.")
    def the_linear_part_is_missing():
        return answer(MAX_ABS=[[1, 1, 0, 1], [1, -1, 0, 1]], constants=[0, 1, 0, -1, 0])

    @mistake("Four neurons, two for each |…|. With |z| = 2 relu(z) − z the linear parts of both can share one.")
    def four_for_MAX_ABS():
        sizes = [[1, 1, 0, 0.5], [-1, -1, 0, 0.5], [1, -1, 0, 0.5], [-1, 1, 0, 0.5]]
        return answer(MAX_ABS=sizes, constants=[0, 1, 0, -1, 0])

    @mistake("|u + v| + |u − v| is twice max(|u|, |v|).")
    def twice_too_much():
        return answer(MAX_ABS=[[1, 1, 0, 2], [1, -1, 0, 2], [-1, 0, 1, 2]], constants=[0, 1, 0, -1, -2])

    @mistake("Your max(|u|, |v|) is |u| + |v|: it bends where u or v is 0, and should where |u| = |v|.")
    def sum_of_the_sizes():
        sizes = [[1, 0, 0, 1], [-1, 0, 0, 1], [0, 1, 0, 1], [0, -1, 0, 1]]
        return answer(MAX_ABS=sizes, constants=[0, 1, 0, -1, 0])

    @mistake("All values are off by the same amount: the constant. They stand in the order AND, OR, XOR, MAX, MAX_ABS.")
    def the_constant():
        return answer(constants=[0, 0, 0, 0, 0])

    @rewrite
    def as_it_stands():
        return answer()

    @rewrite
    def from_the_other_side():
        return answer(
            AND=[[2, 2, -3, 1]], OR=[[-2, -2, 2, -0.5]], XOR=[[1, -1, 0, 1], [-1, 1, 0, 1]],
            MAX=[[1, 0, 3, 1], [-1, 1, 0, 1]], MAX_ABS=[[-1, -1, 0, 1], [1, -1, 0, 1], [0, 1, 1, 1]],
            constants=[0, 1, 0, -3, -1],
        )  # fmt: skip

    @rewrite
    def in_double_precision():
        return {name: tensor.double() for name, tensor in answer().items()}

    _order = "The order of the neurons doesn't matter."
    equivalent = {
        "line 4: `torch.tensor([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, 1.0]])` → "
        "`torch.tensor([[-1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0]])`": _order,
        "line 5: `torch.tensor([[0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0]])` → "
        "`torch.tensor([[1.0, -1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]])`": _order,
        "line 6: `torch.tensor([[1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]])` → "
        "`torch.tensor([[1.0, -1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]])`": _order,
        "line 6: `torch.tensor([[1.0, 1.0, 0.0, 1.0], [1.0, -1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0]])` → "
        "`torch.tensor([[1.0, 1.0, 0.0, 1.0], [-1.0, 0.0, 1.0, 1.0], [1.0, -1.0, 0.0, 1.0]])`": _order,
    }


TOO_MANY = {"AND": None, "OR": "two for OR", "XOR": "three for XOR", "MAX": "three for MAX",
            "MAX_ABS": "four for MAX ABS"}  # fmt: skip


def _in_another_order(table: Tensor, constant: Tensor, points: Tensor, wanted: Tensor) -> str | None:
    """The slip of a table that is right once the numbers of its rows are put into the text's order."""
    for order in itertools.permutations(range(4)):
        if (value(table[:, order], constant, points) - wanted).abs().max() < EXACT:
            return "another order of the row"
    return None


def answer(**other) -> dict[str, Tensor]:
    """The right tables, some of them replaced."""
    tables = {
        "AND": [[1, 1, -1, 1]],
        "OR": [[-1, -1, 1, -1]],
        "XOR": [[1, 1, 0, 1], [1, 1, -1, -2]],
        "MAX": [[0, 1, 1, 1], [1, -1, 0, 1]],
        "MAX_ABS": [[1, 1, 0, 1], [1, -1, 0, 1], [-1, 0, 1, 1]],
        "constants": [0, 1, 0, -1, -1],
    }
    return {name: torch.tensor(numbers, dtype=torch.float32) for name, numbers in (tables | other).items()}
