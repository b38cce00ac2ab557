"""9.3 and 9.7: the loss that can't be cheated, and the share of the variance that a reconstruction explains."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("small activations beside a large decoder gain nothing")
def not_cheated(answer, x, x_hat, f, W_dec, l1):
    same = torch.allclose(answer(x, x_hat, f / 10, 10 * W_dec, l1), answer(x, x_hat, f, W_dec, l1), rtol=1e-3)
    return None if same else "With f divided by 10 and W_dec multiplied by 10 (the same x̂) the loss has changed."


def _error(x, x_hat):
    return (x - x_hat).square().sum(-1).mean(-1)


class SparseLoss(FunctionExercise):
    id, title = "9.3", "A loss that can't be cheated"
    difficulty, minutes, points, needs = "B", 9, 2, ["9.1", "9.2"]
    checked = "stacks of autoencoders against loops, with decoder rows of very different length and a batch of one"
    hints = [
        "A latent's real strength is the length of what it adds to x̂: f times the norm of its row of W_dec.",
        "Error: `.sum(-1)` over d_in, then the mean over the rows. Penalty: `f * W_dec.norm(dim=-1)[:, None]`, sum "
        "over the latents, mean over the rows, times l1.",
    ]

    def cases(self, rng):
        # As many latents as inputs come first: there a norm over the wrong axis gives numbers, and is known by them.
        yield Case(_reconstruction(3, 3, 4, 4, 0.5, rng), "with as many rows as instances, and latents as inputs")
        yield Case(_reconstruction(2, 5, 3, 7, 2.0, rng), "with four different sizes")
        yield Case(_reconstruction(4, 1, 3, 2, 0.1, rng), "with a batch of one")
        yield Case(_reconstruction(1, 6, 2, 4, 0.0, rng), "with no penalty")

    def oracle(
        self,
        x: Float[Tensor, "instance n d_in"],
        x_hat: Float[Tensor, "instance n d_in"],
        f: Float[Tensor, "instance n latent"],
        W_dec: Float[Tensor, "instance latent d_in"],
        l1: float,
    ) -> Float[Tensor, "instance"]:
        losses = []
        for i in range(len(x)):
            total = 0.0
            for r in range(x.shape[1]):
                total += sum((float(a) - float(b)) ** 2 for a, b in zip(x[i, r], x_hat[i, r]))
                for k in range(f.shape[2]):
                    total += l1 * float(f[i, r, k]) * sum(float(w) ** 2 for w in W_dec[i, k]) ** 0.5
            losses.append(total / x.shape[1])
        return torch.tensor(losses)

    laws = [not_cheated]

    @mistake(
        "This is the penalty that 9.2 cheats: it looks at f alone. Weigh each latent with the norm of its row of W_dec."
    )
    def plain_L1(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * f.sum(-1).mean(-1)

    @mistake("You averaged the penalty over the latents. Sum over them: a wider dictionary must not be cheaper.")
    def mean_over_the_latents(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).mean((-1, -2))

    @mistake(
        "You averaged the squared error over d_in. Here it is ‖x − x̂‖², a sum over d_in and a mean over the rows only."
    )
    def mean_over_the_inputs(x, x_hat, f, W_dec, l1):
        return (x - x_hat).square().mean((-1, -2)) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("The decoder's norm is squared. What a latent adds has length f · ‖row‖: the norm itself.")
    def norm_squared(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.square().sum(-1)[:, None]).sum(-1).mean(-1)

    @mistake(
        "You squared the activations in the penalty. Squares make everything smaller and nothing zero: L1 takes "
        "f as it is."
    )
    def L2_penalty(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).square().sum(-1).mean(-1)

    @mistake("You counted active latents (L0). A count has no gradient; L1 adds up how strong they are.")
    def counts_latents(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * ((f > 0) * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("The error is not squared: ‖x − x̂‖² is the sum of squares, without a root.")
    def norm_of_the_error(x, x_hat, f, W_dec, l1):
        return (x - x_hat).norm(dim=-1).mean(-1) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("You summed over the rows: a larger batch would have a larger loss. Average over them.")
    def summed_over_the_rows(x, x_hat, f, W_dec, l1):
        return x.shape[1] * (_error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1))

    @mistake("You took norms along the wrong axis. Latent k writes row k of W_dec [latent, d_in].")
    def norms_of_columns(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * f.sum(-1).mean(-1) * W_dec.norm(dim=-2).mean(-1)

    @mistake("The length of a row is a norm over the last axis: `W_dec.norm(dim=-1)`, [instance, latent].")
    def norm_over_the_latents(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.norm(dim=1)[:, None]).sum(-1).mean(-1)

    @mistake("You added up the instances. They are separate autoencoders: return one loss each.")
    def one_number(x, x_hat, f, W_dec, l1):
        return (_error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)).sum()

    @mistake("You weighed every instance's latents with the first decoder. Each has its own.")
    def first_decoder_for_all(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec[:1].norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("l1 weighs the penalty alone: the squared error is not multiplied by it.")
    def all_of_it_weighed(x, x_hat, f, W_dec, l1):
        return l1 * (_error(x, x_hat) + (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1))

    @mistake("Only the squared error is there: nothing yet makes the latents sparse.")
    def no_penalty(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat)

    @rewrite
    def loss_with_einsum(x, x_hat, f, W_dec, l1):
        e, length = x_hat - x, W_dec.square().sum(-1).sqrt()
        return (torch.einsum("ind,ind->i", e, e) + l1 * torch.einsum("inl,il->i", f, length)) / x.shape[1]

    @rewrite
    def loss_with_a_loop(x, x_hat, f, W_dec, l1):
        losses = []
        for i in range(len(x)):
            penalty = (f[i] @ W_dec[i].norm(dim=1)).mean()
            losses.append((x[i] - x_hat[i]).pow(2).sum(1).mean() + l1 * penalty)
        return torch.stack(losses)

    @rewrite
    def loss_of_scaled_latents(x, x_hat, f, W_dec, l1):
        strength = f * torch.linalg.vector_norm(W_dec, dim=2).unsqueeze(1)
        return ((x - x_hat) ** 2).sum(2).mean(1) + l1 * strength.abs().sum(2).mean(1)

    _values = "A check sees values, and these are the same; in 9.4, which trains through them, "
    _no_sparsity = _values + "nothing is sparse, and its check fails (tests/exercises/ch09)."
    _raises = _values + "`backward` raises an error, since the loss needs no gradient."
    equivalent = {
        "line 1: `f * W_dec.norm(dim=-1)[:, None]` → `(f * W_dec.norm(dim=-1)[:, None]).detach()`": _no_sparsity,
        "line 2: `((x - x_hat) ** 2).sum(dim=-1).mean(dim=-1) + l1 * strength.sum(dim=-1).mean(dim=-1)` → "
        "`(((x - x_hat) ** 2).sum(dim=-1).mean(dim=-1) + l1 * strength.sum(dim=-1).mean(dim=-1)).detach()`": _raises,
        "loss_with_einsum, line 1: `x_hat - x` → `x - x_hat`": "The difference is squared: its sign is lost.",
    }


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


def _reconstruction(
    instances: int, n: int, d_in: int, latents: int, l1: float, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, float]:
    """x, x_hat, sparse f ≥ 0 and a W_dec whose rows differ much in length."""
    x, x_hat = torch.randn(2, instances, n, d_in, generator=rng)
    f = torch.randn(instances, n, latents, generator=rng).relu()
    W_dec = torch.randn(instances, latents, d_in, generator=rng)
    return x, x_hat, f, W_dec * (0.2 + 3 * torch.rand(instances, latents, 1, generator=rng)), l1
