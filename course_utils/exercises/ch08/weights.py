"""8.10: a grid of responses, and how much of it is no sum."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("adding a score for each first and one for each second leaves the unexplained part as it is")
def sums_drop_out(answer, grid):
    first = torch.linspace(-1, 2, grid.shape[0])[:, None, None]
    second = torch.linspace(1, -1, grid.shape[1])[None, :, None]

    def left(values):
        return answer(values) * (values - values.mean((0, 1))).square().mean((0, 1))

    same = torch.allclose(left(grid + first + second), left(grid), rtol=1e-2, atol=1e-3)
    return None if same else "A sum of a score for the first and one for the second was added, and it wasn't explained."


def interaction(grid):
    return grid - grid.mean(1, keepdim=True) - grid.mean(0, keepdim=True) + grid.mean((0, 1))


def spread(grid):
    return (grid - grid.mean((0, 1))).square().sum((0, 1))


class BeyondASum(FunctionExercise):
    id, title = "8.10", "What is no sum"
    difficulty, minutes, points, needs = "C", 10, 2, []
    rtol, atol = 1e-3, 1e-3
    checked = "grids against loops: sums, products, crossed ones, more seconds than firsts, and one that never changes"
    hints = [
        "The best sum gives each cell the mean of its row plus the mean of its column, less the mean of all. What is "
        "left over, and how large are its squares beside those of the whole?",
        "`left = grid - grid.mean(1, keepdim=True) - grid.mean(0, keepdim=True) + grid.mean((0, 1))`; both sums of "
        "squares over the first two axes; where the grid never changes, 0.",
    ]

    def cases(self, rng):
        a, b = torch.randn(5, 1, 3, generator=rng), torch.randn(1, 4, 3, generator=rng)
        mixed = torch.cat([a + b, a * b, (a + b).clamp_min(0)], dim=2) + 3
        yield Case(mixed, "with sums, products, and sums cut off at zero")
        crossed = torch.zeros(3, 3, 2)
        crossed[[0, 1, 2], [1, 2, 0], 0] = 1.0
        crossed[..., 1] = torch.randn(3, 3, generator=rng) + 2
        yield Case(crossed, "with three firsts and three seconds, crossed")
        still = torch.randn(2, 6, 2, generator=rng)
        still[..., 0] = 0.5
        yield Case(still, "with a neuron that never changes")
        yield Case(0.01 * torch.randn(3, 4, 2, generator=rng), "with small numbers")

    def oracle(self, grid: Float[Tensor, "first second neuron"]) -> Float[Tensor, " neuron"]:
        firsts, seconds, neurons = grid.shape
        result = []
        for n in range(neurons):
            g = grid[..., n].double().tolist()
            whole = sum(map(sum, g)) / (firsts * seconds)
            row = [sum(g[i]) / seconds for i in range(firsts)]
            column = [sum(g[i][j] for i in range(firsts)) / firsts for j in range(seconds)]
            cells = [(i, j) for i in range(firsts) for j in range(seconds)]
            left = sum((g[i][j] - row[i] - column[j] + whole) ** 2 for i, j in cells)
            total = sum((g[i][j] - whole) ** 2 for i, j in cells)
            result.append(round(left / total, 9) if total > 1e-9 else 0.0)
        return torch.tensor(result)

    laws = [sums_drop_out]

    @mistake("That is the share a sum *does* explain. What is left over is wanted.")
    def the_explained(grid):
        total = spread(grid)
        return torch.where(total > 1e-9, 1 - interaction(grid).square().sum((0, 1)) / total.clamp_min(1e-9), 0)

    @mistake("You took the row means and the column means off, and with them the mean of all twice: add it once.")
    def mean_taken_off_twice(grid):
        left = grid - grid.mean(1, keepdim=True) - grid.mean(0, keepdim=True)
        return torch.where(spread(grid) > 1e-9, left.square().sum((0, 1)) / spread(grid), 0)

    @mistake("You took the row means and the column means off and forgot the mean of all, in the whole as well.")
    def mean_forgotten(grid):
        left = grid - grid.mean(1, keepdim=True) - grid.mean(0, keepdim=True)
        return left.square().sum((0, 1)) / grid.square().sum((0, 1)).clamp_min(1e-9)

    @mistake("You took off the means of the firsts only. A sum has a score for the second, too.")
    def firsts_only(grid):
        return (grid - grid.mean(1, keepdim=True)).square().sum((0, 1)) / spread(grid).clamp_min(1e-9)

    @mistake("You took off the means of the seconds only. A sum has a score for the first, too.")
    def seconds_only(grid):
        return (grid - grid.mean(0, keepdim=True)).square().sum((0, 1)) / spread(grid).clamp_min(1e-9)

    @mistake("You divided by the squares of the grid as it is. The mean of all belongs to no cell: take it off first.")
    def not_centred(grid):
        return interaction(grid).square().sum((0, 1)) / grid.square().sum((0, 1)).clamp_min(1e-9)

    @mistake("You took the root. A share of variance is a ratio of squares.")
    def root(grid):
        return (interaction(grid).square().sum((0, 1)) / spread(grid).clamp_min(1e-9)).sqrt()

    @mistake("You centred over the neurons. Each neuron has its own grid: the first two axes.")
    def over_the_neurons(grid):
        left = grid - grid.mean(2, keepdim=True) - grid.mean(0, keepdim=True) + grid.mean((0, 2), keepdim=True)
        return left.square().sum((0, 1)) / spread(grid).clamp_min(1e-9)

    @mistake("A neuron that never changes gives 0/0. There is nothing to explain: return 0.")
    def no_guard(grid):
        left, total = interaction(grid), grid - grid.mean((0, 1))
        never = (grid.amax((0, 1)) == grid.amin((0, 1))).float()
        return left.square().sum((0, 1)) / total.square().sum((0, 1)).clamp_min(1e-12) + torch.log(1 - never) * 0

    @mistake("That is one number for all neurons. Each has its own grid.")
    def all_together(grid):
        ratio = interaction(grid).square().sum() / spread(grid).sum()
        return ratio.expand(grid.shape[2])

    @mistake("That is what is left, in squares. Its share of the whole is wanted.")
    def not_divided(grid):
        return interaction(grid).square().mean((0, 1))

    @mistake("Your mean of all goes over the neurons, too. Each neuron has its own: the mean over the first two axes.")
    def mean_of_all_neurons(grid):
        left = grid - grid.mean(1, keepdim=True) - grid.mean(0, keepdim=True) + grid.mean()
        return torch.where(spread(grid) > 1e-9, left.square().sum((0, 1)) / spread(grid), 0)

    @mistake("You divided by the variance of all neurons together. Each neuron has its own variance.")
    def variance_of_all_neurons(grid):
        return interaction(grid).var((0, 1), correction=0) / grid.var(correction=0)

    @mistake(
        "You divided by degrees of freedom, (firsts − 1)(seconds − 1) for what is left. A share compares the two sums "
        "of squares as they are."
    )
    def degrees_of_freedom(grid):
        free = (grid.shape[0] - 1) * (grid.shape[1] - 1)
        left = interaction(grid).square().sum((0, 1)) / free
        return torch.where(spread(grid) > 1e-9, left / grid.var((0, 1)), 0)

    @mistake("A neuron that never changes has nothing left over: return 0 there. You return 1.")
    def one_where_it_never_changes(grid):
        left = interaction(grid).square().sum((0, 1))
        return torch.where(spread(grid) > 1e-9, left / spread(grid).clamp_min(1e-9), 1)

    @rewrite
    def by_squares(grid):
        return interaction(grid).square().sum((0, 1)) / spread(grid).clamp_min(1e-9)

    @rewrite
    def centred_twice(grid):
        once = grid - grid.mean(1, keepdim=True)
        twice = once - once.mean(0, keepdim=True)
        return twice.var((0, 1)) / grid.var((0, 1)).clamp_min(1e-9)

    @rewrite
    def by_fitting(grid):
        firsts, seconds, _ = grid.shape
        rows = torch.eye(firsts).repeat_interleave(seconds, 0)
        columns = torch.eye(seconds).repeat(firsts, 1)
        design, y = torch.cat([rows, columns], 1).double(), grid.flatten(0, 1).double()
        left = y - design @ (torch.linalg.pinv(design) @ y)
        total = (y - y.mean(0)).square().sum(0)
        return torch.where(total > 1e-9, left.square().sum(0) / total.clamp_min(1e-9), 0).float()

    @rewrite
    def by_explained(grid):
        x = (grid - grid.mean((0, 1))).double()
        total = x.square().mean((0, 1))
        explained = x.mean(1).square().mean(0) + x.mean(0).square().mean(0)
        return torch.where(total > 1e-9, 1 - explained / total.clamp_min(1e-9), 0).float()

    _sign = "Only the sign changes, and squares are taken."
    equivalent = {
        "line 1: `grid - grid.mean(dim=(0, 1))` → `grid.mean(dim=(0, 1)) - grid`": _sign,
        "line 2: `x - x.mean(dim=0) - x.mean(dim=1, keepdim=True)` → "
        "`x.mean(dim=1, keepdim=True) - (x - x.mean(dim=0))`": _sign,
        "line 3: `x.square().sum(dim=(0, 1)).clamp_min(1e-09)` → "
        "`x.square().clamp_min(1e-09).sum(dim=(0, 1))`": "A billionth for each cell doesn't show.",
    }
