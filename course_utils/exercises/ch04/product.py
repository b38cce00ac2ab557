"""4.7: a product from four GELU neurons."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, mistake, rewrite

CONSTANT = math.sqrt(math.pi / 2) / 4
"""√(π/2)/4: then √(2/π) z² of one bowl, (x + y)² − (x − y)² = 4xy of two of them, come to xy."""


def bowls(x: Tensor, y: Tensor, s: float, f=F.gelu) -> Tensor:
    """What two bowls f(z) + f(−z) differ by: at s(x + y), and at s(x − y)."""
    return f(s * (x + y)) + f(-s * (x + y)) - f(s * (x - y)) - f(-s * (x - y))


class Product(FunctionExercise):
    id, title = "4.7", "A product by hand"
    difficulty, minutes, points, needs = "C", 14, 3, []
    checked = "pairs of numbers with a scalar error function, term by term"
    hints = [
        "gelu(z) = z Φ(z), and near 0 Φ(z) ≈ 1/2 + z/√(2π). So gelu(z) ≈ z/2 + z²/√(2π). What is gelu(z) + gelu(−z)?",
        "Two neurons make a bowl, √(2/π) z². And x·y is a difference of two squares: (x + y)² − (x − y)² = 4xy.",
        "With z = s(x + y) and z = s(x − y) the two bowls differ by √(2/π) · 4 s² xy: divide by √(2/π) · 4 s².",
    ]

    def cases(self, rng):
        yield Case((2 * torch.rand(8, generator=rng) - 1, 2 * torch.rand(8, generator=rng) - 1, 0.5), "with s = 0.5")
        yield Case((2 * torch.rand(6, generator=rng) - 1, 2 * torch.rand(6, generator=rng) - 1, 0.1), "with s = 0.1")
        yield Case((torch.tensor([1.0, -1.0, 1.0, 0.0]), torch.tensor([1.0, 1.0, 0.0, -1.0]), 1.0), "at corners, s = 1")
        yield Case((torch.tensor([0.8, -0.9]), torch.tensor([0.7, -0.6]), 3.0), "with a large scale")
        yield Case((torch.tensor([0.4]), torch.tensor([-0.9]), 0.7), "with a single pair")

    def oracle(self, x: Float[Tensor, "pair"], y: Float[Tensor, "pair"], s: float) -> Float[Tensor, "pair"]:
        def gelu(z: float) -> float:
            return z * 0.5 * math.erfc(-z / math.sqrt(2))

        values = []
        for a, b in zip(x.tolist(), y.tolist()):
            total = 0.0
            for sign, other in ((1, b), (-1, -b)):
                for direction in (1, -1):
                    total += sign * gelu(direction * s * (a + other))
            values.append(total * math.sqrt(2 * math.pi) / (8 * s * s))
        return torch.tensor(values)

    @mistake("That is the product itself. Four GELU neurons only come near it, the nearer, the smaller s is.")
    def the_product(x, y, s):
        return x * y

    @mistake("The curvature is missing: near 0, gelu(z) + gelu(−z) is √(2/π) z², not z². Divide by √(2/π) as well.")
    def no_curvature(x, y, s):
        return bowls(x, y, s) / (4 * s**2)

    @mistake("You multiplied with √(2/π). A bowl is √(2/π) z², so divide by it.")
    def the_curvature_upside_down(x, y, s):
        return bowls(x, y, s) * math.sqrt(2 / math.pi) / (4 * s**2)

    @mistake("A bowl grows with the square of s: divide by s², not by s.")
    def scale_not_squared(x, y, s):
        return CONSTANT / s * bowls(x, y, s)

    @mistake("What goes in is scaled by s, so the squares are s² times too small: divide by s² in the end.")
    def not_scaled_back(x, y, s):
        return CONSTANT * bowls(x, y, s)

    @mistake("The weights into the neurons are ±s. Yours are ±1.")
    def not_scaled(x, y, s):
        return CONSTANT * bowls(x, y, 1.0) / s**2

    @mistake("There is no s in yours: ±s into the neurons, 1/s² out of them.")
    def no_scale_at_all(x, y, s):
        return CONSTANT * bowls(x, y, 1.0)

    @mistake("The sign is wrong: (x + y)² − (x − y)² is +4xy.")
    def the_other_sign(x, y, s):
        return -CONSTANT / s**2 * bowls(x, y, s)

    @mistake("(x + y)² − (x − y)² is 4xy, not 2xy.")
    def half_for_a_quarter(x, y, s):
        return 2 * CONSTANT / s**2 * bowls(x, y, s)

    @mistake(
        "You have two neurons without their mirror images: gelu(z) is z/2 + z²/√(2π), and the halves z/2 stay. With "
        "gelu(−z) beside each they cancel."
    )
    def no_mirror_images(x, y, s):
        return 2 * CONSTANT / s**2 * (F.gelu(s * (x + y)) - F.gelu(s * (x - y)))

    @mistake(
        "Two of the four neurons are missing: beside gelu(z) each bowl needs gelu(−z), so that the halves z/2 cancel."
    )
    def two_neurons_of_four(x, y, s):
        return CONSTANT / s**2 * (F.gelu(s * (x + y)) - F.gelu(s * (x - y)))

    @mistake("That is one bowl, (x + y)². Its x² + y² have to go: subtract a second one, at x − y.")
    def one_bowl(x, y, s):
        return CONSTANT / s**2 * (F.gelu(s * (x + y)) + F.gelu(-s * (x + y)))

    @mistake("You subtracted the mirror image: gelu(z) − gelu(−z) is z itself, and everything curved is gone.")
    def mirror_images_subtracted(x, y, s):
        p, m = s * (x + y), s * (x - y)
        return CONSTANT / s**2 * (F.gelu(p) - F.gelu(-p) - F.gelu(m) + F.gelu(-m))

    @mistake("You added the two bowls: that is 2(x² + y²). Subtract them.")
    def bowls_added(x, y, s):
        p, m = s * (x + y), s * (x - y)
        return CONSTANT / s**2 * (F.gelu(p) + F.gelu(-p) + F.gelu(m) + F.gelu(-m))

    @mistake("Those are ReLUs: they have a knee at 0, and no curvature at any scale. Take `F.gelu`.")
    def with_relu(x, y, s):
        return CONSTANT / s**2 * bowls(x, y, s, torch.relu)

    @mistake("That is the GELU's approximation by a tanh. It curves alike at 0, and not further out: plain `F.gelu`.")
    def by_tanh(x, y, s):
        return CONSTANT / s**2 * bowls(x, y, s, lambda z: F.gelu(z, approximate="tanh"))

    @mistake("That is the GELU's approximation by a sigmoid, z · σ(1.702 z). It curves otherwise at 0: plain `F.gelu`.")
    def by_a_sigmoid(x, y, s):
        return CONSTANT / s**2 * bowls(x, y, s, lambda z: z * torch.sigmoid(1.702 * z))

    @rewrite
    def by_the_error_function(x, y, s):
        def bowl(z):
            return z * torch.erf(z / 2**0.5)

        return math.sqrt(math.pi / 32) / s**2 * (bowl(s * (x + y)) - bowl(s * (x - y)))

    @rewrite
    def as_a_layer(x, y, s):
        W_in = s * torch.tensor([[1.0, 1], [-1, -1], [1, -1], [-1, 1]])
        w_out = torch.tensor([1.0, 1, -1, -1]) * math.sqrt(2 * math.pi) / (8 * s**2)
        return F.gelu(torch.stack([x, y], dim=1) @ W_in.T) @ w_out

    @rewrite
    def one_neuron_after_another(x, y, s):
        out = torch.zeros_like(x)
        for sign_x, sign_y in ((1, 1), (-1, -1), (1, -1), (-1, 1)):
            out += sign_x * sign_y * F.gelu(s * sign_x * x + s * sign_y * y)
        return out * (math.pi / 2) ** 0.5 / (2 * s) ** 2

    equivalent = {
        "by_the_error_function, line 4: `x - y` → `y - x`": "A bowl is the same on both sides: (y − x)² is (x − y)².",
    }
