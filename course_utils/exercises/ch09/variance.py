"""9.7: the share of the variance that a reconstruction explains."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("a reconstruction that always says the mean explains nothing")
def the_mean_explains_nothing(answer, x, x_hat):
    value = float(answer(x, x.mean(0).expand_as(x)))
    return None if abs(value) < 1e-3 else f"For x̂ = mean of x you return {value:.3g}; it should be 0."


@law("a perfect reconstruction explains everything")
def perfect_is_one(answer, x, x_hat):
    value = float(answer(x, x.clone()))
    return None if abs(value - 1) < 1e-4 else f"For x̂ = x you return {value:.3g}; it should be 1."


class ExplainedVariance(FunctionExercise):
    id, title = "9.7", "How much of the activation comes back?"
    difficulty, minutes, points, needs = "B", 7, 2, []
    checked = "reconstructions against loops, with a large mean and rows of very different size"
    hints = [
        "Two sums over everything: the squared error of x̂, and the squared error of the best constant, which is the "
        "mean row.",
        "`1 - (x - x_hat).square().sum() / (x - x.mean(0)).square().sum()`: sums first, then one division.",
    ]

    def cases(self, rng):
        x = torch.randn(7, 3, generator=rng) + 2
        yield Case((x, x + 0.3 * torch.randn(7, 3, generator=rng)), "with a mean far from zero")
        x = torch.randn(9, 4, generator=rng) * torch.tensor([10.0, 1, 1, 0.1])
        yield Case((x, 0.8 * x), "with one large dimension, shrunk")
        x = torch.randn(6, 2, generator=rng)
        yield Case((x, torch.randn(6, 2, generator=rng) + 3), "with a reconstruction worse than the mean")
        yield Case((x, x + 0.5), "with a constant error")

    def oracle(self, x: Float[Tensor, "n d_in"], x_hat: Float[Tensor, "n d_in"]) -> Float[Tensor, ""]:
        n, d_in = x.shape
        mean = [sum(float(x[r, d]) for r in range(n)) / n for d in range(d_in)]
        error = sum((float(x[r, d]) - float(x_hat[r, d])) ** 2 for r in range(n) for d in range(d_in))
        spread = sum((float(x[r, d]) - mean[d]) ** 2 for r in range(n) for d in range(d_in))
        return torch.tensor(1 - error / spread)

    laws = [the_mean_explains_nothing, perfect_is_one]

    @mistake("You compared sizes, without squares. A variance is made of squares.")
    def sizes(x, x_hat):
        return 1 - (x - x_hat).abs().sum() / (x - x.mean(0)).abs().sum()

    @mistake("You squared the share that is not explained. It is a ratio of squares already.")
    def squared_share(x, x_hat):
        return 1 - ((x - x_hat).square().sum() / (x - x.mean(0)).square().sum()) ** 2

    @mistake("You added the errors up before squaring: those up and down cancel. Square each one, then add.")
    def square_of_the_sums(x, x_hat):
        return 1 - ((x - x_hat).sum() / (x - x.mean(0)).sum()) ** 2

    @mistake("That is how far x̂ lies from the mean of x. Noise lies far from it, too: the error x − x̂ has to enter.")
    def spread_of_the_output(x, x_hat):
        return (x_hat - x.mean(0)).square().sum() / (x - x.mean(0)).square().sum()

    @mistake("That is a squared correlation: it forgives a wrong size and a wrong offset. Compare x̂ with x itself.")
    def correlation(x, x_hat):
        return torch.corrcoef(torch.stack([x.flatten(), x_hat.flatten()]))[0, 1] ** 2

    @mistake("That is a mean cosine: it forgives a wrong size. Compare squared errors with the spread of x.")
    def mean_cosine(x, x_hat):
        return torch.cosine_similarity(x, x_hat, dim=1).mean()

    @mistake("You added the share that is not explained. It is taken off 1.")
    def added(x, x_hat):
        return 1 + (x - x_hat).square().sum() / (x - x.mean(0)).square().sum()

    @mistake(
        "You compared with Σ‖x‖². Then answering the mean already scores above 0 where the mean is large: take the "
        "mean row off first."
    )
    def mean_not_taken_off(x, x_hat):
        return 1 - (x - x_hat).square().sum() / x.square().sum()

    @mistake("`x.mean()` is a single number. The best constant reconstruction has a mean per dimension: `x.mean(0)`.")
    def one_mean_for_all_dimensions(x, x_hat):
        return 1 - (x - x_hat).square().sum() / (x - x.mean()).square().sum()

    @mistake("That is the part that is not explained: one minus it.")
    def unexplained(x, x_hat):
        return (x - x_hat).square().sum() / (x - x.mean(0)).square().sum()

    @mistake(
        "You divided row by row and averaged. Rows near the mean then count without limit: sum first, divide once."
    )
    def mean_of_ratios(x, x_hat):
        return (1 - (x - x_hat).square().sum(-1) / (x - x.mean(0)).square().sum(-1)).mean()

    @mistake(
        "You divided dimension by dimension and averaged. That depends on the basis, and a direction has none: sum "
        "over the dimensions too."
    )
    def by_dimension(x, x_hat):
        return (1 - (x - x_hat).square().sum(0) / (x - x.mean(0)).square().sum(0)).mean()

    @mistake("You took the mean off the error as well: a reconstruction that is wrong by a constant would be perfect.")
    def forgives_a_constant(x, x_hat):
        e = x - x_hat
        return 1 - (e - e.mean(0)).square().sum() / (x - x.mean(0)).square().sum()

    @mistake("You took off the mean of every row, over its dimensions. The mean row is an average over the rows.")
    def mean_over_the_dimensions(x, x_hat):
        return 1 - (x - x_hat).square().sum() / (x - x.mean(1, keepdim=True)).square().sum()

    @mistake("You compared with the mean of x̂. The best constant is the mean of what is to be explained, x.")
    def mean_of_the_output(x, x_hat):
        return 1 - (x - x_hat).square().sum() / (x - x_hat.mean(0)).square().sum()

    @mistake("You cut it off at 0. A reconstruction worse than the mean has a negative explained variance: say so.")
    def never_negative(x, x_hat):
        return (1 - (x - x_hat).square().sum() / (x - x.mean(0)).square().sum()).relu()

    @mistake(
        "Your two sums are divided by different numbers: `var` divides by n − 1 unless you say `correction=0`, your "
        "error by n."
    )
    def n_minus_1(x, x_hat):
        return 1 - (x - x_hat).square().mean(0).sum() / x.var(dim=0).sum()

    @mistake("You compared lengths: without the squares it isn't a variance.")
    def not_squared(x, x_hat):
        return 1 - (x - x_hat).norm(dim=1).sum() / (x - x.mean(0)).norm(dim=1).sum()

    @mistake(
        "You took roots: the ratio of two lengths. A variance is made of squares: `.square().sum()` in both places."
    )
    def ratio_of_lengths(x, x_hat):
        return 1 - (x - x_hat).norm() / (x - x.mean(0)).norm()

    @mistake("The fraction is upside down: the error stands above, the spread of x below.")
    def upside_down(x, x_hat):
        return 1 - (x - x.mean(0)).square().sum() / (x - x_hat).square().sum()

    @mistake(
        "`x.var()` is a mean over all numbers, around one mean for all: your error is a sum. Below the line stands the "
        "sum of squared distances from the mean row, `x.mean(0)`."
    )
    def sum_over_one_variance(x, x_hat):
        return 1 - (x - x_hat).square().sum() / x.var()

    @mistake("You averaged the error and summed the spread. Do the same with both: then the numbers of rows cancel.")
    def mean_over_sum(x, x_hat):
        return 1 - (x - x_hat).square().mean() / (x - x.mean(0)).square().sum()

    @mistake("That compares the spread of x̂ with the spread of x. Noise spreads too: the error x − x̂ has to enter.")
    def variance_of_the_output(x, x_hat):
        return (x_hat - x_hat.mean(0)).square().sum() / (x - x.mean(0)).square().sum()

    @rewrite
    def ev_with_var(x, x_hat):
        return 1 - (x - x_hat).pow(2).mean(0).sum() / x.var(dim=0, correction=0).sum()

    @rewrite
    def ev_with_norms(x, x_hat):
        centred = x - x.mean(dim=0, keepdim=True)
        return 1 - ((x - x_hat).norm() / centred.norm()) ** 2

    @rewrite
    def ev_with_a_loop(x, x_hat):
        mean = x.mean(0)
        error = sum(((a - b) ** 2).sum() for a, b in zip(x, x_hat))
        return 1 - error / sum(((a - mean) ** 2).sum() for a in x)
