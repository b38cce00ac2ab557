"""4.9: what an affine reader of two bits says, and what it can't."""

from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite

BITS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@law("adding x_i to the function adds 1 to its weight")
def linear(answer, y, p):
    (a, _), (more, _) = answer(y, p), answer(y + torch.tensor([[0.0], [1.0]]), p)
    same = torch.allclose(more.float(), a.float() + torch.tensor([1.0, 0.0, 0.0]), rtol=1e-3, atol=1e-4)
    return None if same else "It doesn't."


def often(p):
    """How often each of the four cases comes, [2, 2]."""
    return torch.outer(torch.stack([1 - p[0], p[0]]), torch.stack([1 - p[1], p[1]]))


def fit(y, p, weight=None, columns=(0, 1, 2)):
    """Weighted least squares by the normal equations, and what is left in each case."""
    weight = (often(p) if weight is None else weight).double().flatten()
    A = torch.cat([BITS, torch.ones(4, 1)], dim=1).double()[:, list(columns)]
    wanted = y.double().flatten()
    a = torch.zeros(3, dtype=torch.float64)
    a[list(columns)] = torch.linalg.solve(A.T @ (weight[:, None] * A), A.T @ (weight * wanted))
    left = wanted - torch.cat([BITS, torch.ones(4, 1)], dim=1).double() @ a
    return a.float(), left.float().reshape(2, 2)


def share(left, y, weight):
    mean = (weight * y).sum()
    return (weight * left**2).sum() / (weight * (y - mean) ** 2).sum()


class BestAffine(FunctionExercise):
    id, title = "4.9", "What an affine reader can say"
    difficulty, minutes, points, needs = "B", 14, 2, []
    rtol, atol = 1e-3, 1e-4
    checked = "functions of two bits by least squares over a long list of inputs, each case as often as it comes"
    hints = [
        "The four cases come with probabilities (1 − p_i)(1 − p_j), (1 − p_i)p_j, p_i(1 − p_j) and p_i p_j. Least "
        "squares with these as weights: multiply both sides of each case's equation by the root of its weight.",
        "Or on paper: bits are independent, so a_i is the mean over x_j of y(1, x_j) − y(0, x_j), with the "
        "probabilities of x_j; a_j the same the other way; and b makes the means equal.",
        "`unexplained` is Σ often · (y − fit)² over Σ often · (y − mean)², with mean = Σ often · y.",
    ]

    def cases(self, rng):
        half = torch.tensor([0.5, 0.5])
        yield Case((torch.randn(2, 2, generator=rng), torch.tensor([0.2, 0.7])), "with any four values")
        yield Case((torch.tensor([[0.0, 1.0], [1.0, 0.0]]), half), "with XOR of fair bits")
        yield Case((torch.tensor([[0.0, 0.0], [0.0, 1.0]]), torch.tensor([0.1, 0.3])), "with AND of rare bits")
        yield Case((torch.tensor([[2.0, 2.0], [-1.0, -1.0]]), torch.tensor([0.4, 0.8])), "with x_i alone")
        yield Case((torch.tensor([[0.0, 1.0], [1.0, 1.0]]), torch.tensor([0.9, 0.6])), "with OR of frequent bits")
        yield Case((5 + torch.randn(2, 2, generator=rng), torch.tensor([0.35, 0.05])), "with values far from 0")

    def oracle(
        self, y: Float[Tensor, "x_i=2 x_j=2"], p: Float[Tensor, "bit=2"]
    ) -> tuple[Float[Tensor, "weight=3"], float]:
        rows, wanted = [], []
        for i, j in product((0, 1), repeat=2):
            how_often = (p[0] if i else 1 - p[0]).item() * (p[1] if j else 1 - p[1]).item()
            n = round(10_000 * how_often)  # a list of about 10,000 inputs, each case as often as it comes
            rows += [[i, j, 1]] * n
            wanted += [y[i, j].item()] * n
        A, wanted = np.array(rows, dtype=float), np.array(wanted)
        if not len(wanted) or np.ptp(wanted) == 0:
            raise ValueError("a constant has no variance to be explained")
        a = np.linalg.lstsq(A, wanted, rcond=None)[0]
        unexplained = np.square(A @ a - wanted).mean() / wanted.var()
        return torch.tensor(a).float(), float(unexplained)

    laws = [linear]
    equivalent = {
        "line 6: `y - (a_i * bit[:, None] + a_j * bit + b)` → `a_i * bit[:, None] + a_j * bit + b - y`": (
            "What is left is squared."
        ),
    }

    @mistake("All four cases count the same for you. Weigh each by how often it comes, in the fit and in the error.")
    def cases_count_the_same(y, p):
        a, left = fit(y, p, torch.full((2, 2), 0.25))
        return a, share(left, y, torch.full((2, 2), 0.25))

    @mistake("The error is weighed right, the fit isn't: a_i, a_j and b depend on how often the cases come.")
    def fit_without_weights(y, p):
        a, left = fit(y, p, torch.full((2, 2), 0.25))
        return a, share(left, y, often(p))

    @mistake("The fit is right. In the share each case counts as often as it comes, too.")
    def error_without_weights(y, p):
        a, left = fit(y, p)
        return a, share(left, y, torch.full((2, 2), 0.25))

    @mistake(
        "You multiplied each equation by its probability. Least squares squares it again: use the *root* of the "
        "probability."
    )
    def weights_squared(y, p):
        a, left = fit(y, p, often(p) ** 2)
        return a, share(left, y, often(p))

    @mistake("p_i and p_j are mixed up: p[0] is how often x_i is on, and x_i chooses the row of y.")
    def probabilities_swapped(y, p):
        a, left = fit(y, p.flip(0))
        return a, share(left, y, often(p.flip(0)))

    @mistake("a_i and a_j are mixed up: x_i chooses the row of y, so a_i goes with y[1] − y[0].")
    def table_transposed(y, p):
        a, left = fit(y, p)
        return a[[1, 0, 2]], share(left, y, often(p))

    @mistake("You took p for how often a bit is 0. It is how often it is 1.")
    def probability_of_zero(y, p):
        a, left = fit(y, 1 - p)
        return a, share(left, y, often(1 - p))

    @mistake("That is the mean squared error. The share is of the variance of y: divide by it.")
    def not_divided_by_the_variance(y, p):
        a, left = fit(y, p)
        return a, (often(p) * left**2).sum()

    @mistake("That is the share that the reader explains. Asked is what it leaves unexplained, 1 minus it.")
    def explained_share(y, p):
        a, left = fit(y, p)
        return a, 1 - share(left, y, often(p))

    @mistake("You divided by the mean of y². A constant is affine, too: divide by the variance, around the mean.")
    def divided_by_the_mean_square(y, p):
        a, left = fit(y, p)
        return a, (often(p) * left**2).sum() / (often(p) * y**2).sum()

    @mistake("Don't take the root: the share is of squares, and stays so.")
    def root_of_the_share(y, p):
        a, left = fit(y, p)
        return a, share(left, y, often(p)).sqrt()

    @mistake("In the variance the mean weighs each case by how often it comes. You took the mean of the four values.")
    def plain_mean_in_the_variance(y, p):
        a, left = fit(y, p)
        return a, (often(p) * left**2).sum() / (often(p) * (y - y.mean()) ** 2).sum()

    @mistake("You took the variance of the four values, as if all came equally often. Weigh them, as in the error.")
    def plain_variance(y, p):
        a, left = fit(y, p)
        return a, (often(p) * left**2).sum() / y.var(unbiased=False)

    @mistake("b isn't y[0, 0]: the best line needn't be right where both bits are off. It makes the means equal.")
    def bias_is_the_first_value(y, p):
        a, left = fit(y, p)
        return torch.stack([a[0], a[1], y[0, 0]]), share(left, y, often(p))

    @mistake("You fitted without b. An affine reader has one.")
    def through_the_origin(y, p):
        a, left = fit(y, p, columns=(0, 1))
        return a, share(left, y, often(p))

    @mistake("b isn't the mean of y: a_i x_i + a_j x_j has a mean of its own, a_i p_i + a_j p_j. Take it off.")
    def bias_is_the_mean(y, p):
        a, left = fit(y, p)
        return torch.stack([a[0], a[1], (often(p) * y).sum()]), share(left, y, often(p))

    @mistake(
        "You read the slopes with the other bit off, which fits three of the cases and leaves all of the error to the "
        "fourth. The best fit spreads it."
    )
    def slopes_with_the_other_off(y, p):
        a = torch.stack([y[1, 0] - y[0, 0], y[0, 1] - y[0, 0], y[0, 0]])
        left = y - (a[0] * BITS[:, 0] + a[1] * BITS[:, 1] + a[2]).reshape(2, 2)
        return a, share(left, y, often(p))

    @mistake("The order is a_i, a_j, b; yours begins with b.")
    def bias_first(y, p):
        a, left = fit(y, p)
        return a[[2, 0, 1]], share(left, y, often(p))

    @rewrite
    def by_least_squares(y, p):
        equations = often(p).sqrt()[..., None] * torch.cat([BITS, torch.ones(4, 1)], dim=1).reshape(2, 2, 3)
        wanted = often(p).sqrt() * y
        a = torch.linalg.pinv(equations.flatten(0, 1)) @ wanted.flatten()
        return a, (equations @ a - wanted).square().sum() / (often(p) * (y - (often(p) * y).sum()).square()).sum()

    @rewrite
    def by_covariances(y, p):
        w = often(p)
        mean = (w * y).sum()
        x_i, x_j = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[0.0, 1.0], [0.0, 1.0]])
        a_i = (w * (x_i - p[0]) * y).sum() / (p[0] * (1 - p[0]))
        a_j = (w * (x_j - p[1]) * y).sum() / (p[1] * (1 - p[1]))
        b = mean - a_i * p[0] - a_j * p[1]
        variance = (w * (y - mean) ** 2).sum()
        explained = a_i**2 * p[0] * (1 - p[0]) + a_j**2 * p[1] * (1 - p[1])
        return torch.stack([a_i, a_j, b]), ((variance - explained) / variance).clamp_min(0)

    @rewrite
    def from_the_interaction(y, p):
        (a, b), (c, d) = y.double().tolist()
        i, j = p.double().tolist()
        slope_i, slope_j = (1 - j) * (c - a) + j * (d - b), (1 - i) * (b - a) + i * (d - c)
        mean = (1 - i) * ((1 - j) * a + j * b) + i * ((1 - j) * c + j * d)
        left = (a - b - c + d) ** 2 * i * (1 - i) * j * (1 - j)
        total = slope_i**2 * i * (1 - i) + slope_j**2 * j * (1 - j) + left
        return torch.tensor([slope_i, slope_j, mean - slope_i * i - slope_j * j]), left / total
