"""9.3: the loss that can't be cheated."""

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

    @mistake("You took sums of sizes for the rows' lengths. The length of a row is its norm: `W_dec.norm(dim=-1)`.")
    def sums_for_lengths(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.abs().sum(-1)[:, None]).sum(-1).mean(-1)

    @mistake("You added the norms to the activations. A latent's strength is f *times* the norm of its row.")
    def norms_added(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f + W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("You took the length of what all latents add together. They may cancel: take each one's length, then add.")
    def length_of_the_sum(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f @ W_dec).norm(dim=-1).mean(-1)

    @mistake("You took the sizes of what all latents add together. They may cancel: take each one's length, then add.")
    def sizes_of_the_sum(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f @ W_dec).abs().sum(-1).mean(-1)

    @mistake("You charged only the strongest latent. All that are on are charged: sum over the latents.")
    def strongest_latent(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).amax(-1).mean(-1)

    @mistake("You took the mean of each row of W_dec for its length. The length is the norm, `W_dec.norm(dim=-1)`.")
    def means_for_lengths(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.mean(-1)[:, None]).sum(-1).mean(-1)

    @mistake(
        "You took the length of f as a whole. L1 adds up the activations one by one, each with the norm of its row."
    )
    def length_of_f(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f.norm(dim=-1) * W_dec.norm(dim=(-1, -2))[:, None]).mean(-1)

    @mistake("You charged the latents twice, with and without the norms. The plain penalty of 9.2 is not to be there.")
    def charged_twice(x, x_hat, f, W_dec, l1):
        strength = f * W_dec.norm(dim=-1)[:, None]
        return _error(x, x_hat) + l1 * (strength + f).sum(-1).mean(-1)

    @mistake("You squared the sum of the differences: errors up and down cancel. Square each one, then add.")
    def square_of_the_sum(x, x_hat, f, W_dec, l1):
        return (x - x_hat).sum(-1).square().mean(-1) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

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

    @mistake(
        "The penalty was summed over the rows, the error averaged. Average both: their ratio must not depend on n."
    )
    def penalty_summed_over_the_rows(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum((-1, -2))

    @mistake(
        "The error was summed over the rows, the penalty averaged. Average both: their ratio must not depend on n."
    )
    def error_summed_over_the_rows(x, x_hat, f, W_dec, l1):
        return (x - x_hat).square().sum((-1, -2)) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("You averaged over everything. Only the rows are averaged: over d_in and over the latents it is a sum.")
    def mean_over_everything(x, x_hat, f, W_dec, l1):
        return (x - x_hat).square().mean((-1, -2)) + l1 * (f * W_dec.norm(dim=-1)[:, None]).mean((-1, -2))

    @mistake("The penalty was taken off: then strong latents are a gain. It is added to the error.")
    def penalty_taken_off(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) - l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("You divided by the rows' norms. A latent with a long row adds more: f times the norm.")
    def divided_by_the_norms(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * (f / W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("The error is a sum of absolute values in your loss; ‖x − x̂‖² is a sum of squares.")
    def absolute_error(x, x_hat, f, W_dec, l1):
        return (x - x_hat).abs().sum(-1).mean(-1) + l1 * (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("l1 is missing: the penalty counts l1 times.")
    def l1_left_out(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + (f * W_dec.norm(dim=-1)[:, None]).sum(-1).mean(-1)

    @mistake("You weighed all latents with the norm of the whole matrix. Each has the length of its own row.")
    def one_norm_for_all_latents(x, x_hat, f, W_dec, l1):
        return _error(x, x_hat) + l1 * f.sum(-1).mean(-1) * W_dec.norm(dim=(-2, -1))

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


def _reconstruction(
    instances: int, n: int, d_in: int, latents: int, l1: float, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, float]:
    """x, x_hat, sparse f ≥ 0 and a W_dec whose rows differ much in length."""
    x, x_hat = torch.randn(2, instances, n, d_in, generator=rng)
    f = torch.randn(instances, n, latents, generator=rng).relu()
    W_dec = torch.randn(instances, latents, d_in, generator=rng)
    return x, x_hat, f, W_dec * (0.2 + 3 * torch.rand(instances, latents, 1, generator=rng)), l1
