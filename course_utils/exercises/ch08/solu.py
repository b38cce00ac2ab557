"""8.5 and 8.6: the activation that was made for readable neurons, and what its quiet half is worth."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("each row is treated by itself")
def row_by_row(answer, x):
    if x.ndim != 2:
        return None
    same = torch.allclose(answer(x[:1]), answer(x)[:1], rtol=1e-4, atol=1e-5)
    return None if same else "The first row came out otherwise when the other rows weren't there."


class SoLU(FunctionExercise):
    id, title = "8.5", "Softmax linear units"
    difficulty, minutes, points, needs = "A", 4, 1, []
    checked = "rows against loops: one vector, text × position × neuron, large numbers, and equal ones"
    hints = [
        "Two factors, the number itself and its share in a softmax. Over which of the axes does the softmax run?",
        "`x * x.softmax(dim=-1)`.",
    ]

    def cases(self, rng):
        yield Case(torch.randn(4, 5, generator=rng) * 2, "with four rows")
        yield Case(torch.randn(6, generator=rng) * 3, "with one vector")
        yield Case(torch.randn(2, 3, 4, generator=rng) * 2, "with texts and positions")
        yield Case(torch.tensor([[200.0, 199.0, -150.0], [-150.0, -152.0, -200.0]]), "with large numbers")
        yield Case(torch.full((2, 4), -3.0), "with equal ones")

    def oracle(self, x: Float[Tensor, "*row neuron"]) -> Float[Tensor, "*row neuron"]:
        rows = x.reshape(-1, x.shape[-1]).double()
        result = torch.zeros_like(rows)
        for r, row in enumerate(rows.tolist()):
            top = max(row)
            weights = [2.718281828459045 ** (v - top) for v in row]
            for n, value in enumerate(row):
                result[r, n] = value * weights[n] / sum(weights)
        return result.reshape(x.shape).float()

    laws = [row_by_row]

    @mistake("That is the softmax alone. Multiply it with the number itself.")
    def softmax_alone(x):
        return x.softmax(dim=-1)

    @mistake("The softmax runs over the wrong axis: neurons compete with each other, rows don't.")
    def over_the_rows(x):
        return x * x.softmax(dim=0)

    @mistake("That is x·sigmoid(x): each neuron by itself. In a SoLU the neurons of a row compete.")
    def swish(x):
        return x * x.sigmoid()

    @mistake("That is a GELU: each neuron by itself. In a SoLU the neurons of a row compete.")
    def gelu(x):
        return torch.nn.functional.gelu(x)

    @mistake("You normalised as well. The LayerNorm comes after it, and isn't asked for here.")
    def with_a_norm(x):
        return torch.nn.functional.layer_norm(x * x.softmax(dim=-1), x.shape[-1:])

    @mistake("Your softmax is one over all rows together. Each row has its own.")
    def over_everything(x):
        return x * x.flatten().softmax(dim=0).reshape(x.shape)

    @mistake("exp of a large number is infinite. Take the largest off first, or leave it to `softmax`.")
    def overflow(x):
        return x * x.exp() / x.exp().sum(dim=-1, keepdim=True)

    @mistake("You took the log of the softmax.")
    def log_softmax(x):
        return x * x.log_softmax(dim=-1)

    @mistake("Negative numbers have become 0. They stay, with what little the softmax leaves them.")
    def rectified(x):
        return x.clamp_min(0) * x.softmax(dim=-1)

    @mistake(
        "Axis 1 is the neurons' only where there are two axes. `dim=-1` is the last axis, whether a row stands alone, "
        "in a list, or in texts × positions."
    )
    def over_axis_1(x):
        return x * x.softmax(dim=1)

    @mistake("`softmax` without `dim` guesses an axis, and of three it takes the first. Say which: `dim=-1`.")
    def guessed_axis(x):
        return x * x.softmax(dim=0 if x.ndim in (1, 3) else 1)

    @mistake(
        "You took the largest number of *all* rows off before exp. A row far below it becomes 0/0: take off each row's "
        "own largest, or leave it to `softmax`."
    )
    def one_largest_for_all(x):
        e = (x - x.max()).exp()
        return x * e / e.sum(dim=-1, keepdim=True)

    @mistake("You divided by the plain sum. In a softmax the shares are those of exp(x).")
    def plain_shares(x):
        return x * x / x.sum(dim=-1, keepdim=True)

    @mistake("Your softmax is one of sizes. It takes the numbers with their signs: far below zero is small.")
    def softmax_of_sizes(x):
        return x * x.abs().softmax(dim=-1)

    @mistake("You multiplied with the size. The number keeps its sign.")
    def size_times_share(x):
        return x.abs() * x.softmax(dim=-1)

    @mistake("Your softmax is turned round: the smallest number of a row gets the largest share.")
    def softmax_of_minus_x(x):
        return x * (-x).softmax(dim=-1)

    @rewrite
    def shifted(x):
        e = (x - x.amax(-1, keepdim=True)).exp()
        return x * e / e.sum(-1, keepdim=True)

    @rewrite
    def by_logs(x):
        return x * (x - x.logsumexp(-1, keepdim=True)).exp()

    @rewrite
    def in_double(x):
        return torch.einsum("...n,...n->...n", x.double(), torch.softmax(x.double(), -1)).float()


@law("doubling every effect changes nothing")
def doubled(answer, before, effect):
    same = abs(float(answer(before, 2 * effect)) - float(answer(before, effect))) < 1e-4
    return None if same else "A share shouldn't change when all effects are twice as large."


def quiet(before):
    """[row, neuron]: the half of each row with the smallest sizes."""
    rank = before.abs().argsort(dim=1, stable=True).argsort(dim=1)
    return rank < before.shape[1] // 2


class QuietShare(FunctionExercise):
    id, title = "8.6", "What the quiet half does"
    difficulty, minutes, points, needs = "B", 8, 2, []
    fixed = ("before",)  # rounded it would have ties at the cut, and no one answer
    rtol, atol = 1e-3, 1e-4
    checked = "rows against loops: with activations and effects of both signs, with one row, and with an odd number"
    hints = [
        "In each row, which neurons are the quiet ones? Sort by size; another row has other quiet neurons.",
        "`order = before.abs().argsort(dim=1)[:, : n // 2]`, then `effect.gather(1, order).sum() / effect.sum()`.",
    ]

    def cases(self, rng):
        for rows, neurons, note in [
            (6, 8, "with six rows"),
            (1, 6, "with one row"),
            (5, 7, "with an odd number of neurons"),
        ]:
            before = torch.randn(rows, neurons, generator=rng) ** 3
            effect = torch.randn(rows, neurons, generator=rng) + 0.3 * before.abs() + 0.5
            yield Case((before, effect), note)

    def oracle(self, before: Float[Tensor, "row neuron"], effect: Float[Tensor, "row neuron"]) -> Float[Tensor, ""]:
        rows, neurons = before.shape
        of_quiet = whole = 0.0
        for r in range(rows):
            order = sorted(range(neurons), key=lambda n: abs(float(before[r, n])))
            of_quiet += sum(float(effect[r, n]) for n in order[: neurons // 2])
            whole += sum(float(effect[r, n]) for n in order)
        return torch.tensor(of_quiet / whole)

    laws = [doubled]

    @mistake("That is the share of the *loud* half.")
    def the_loud_half(before, effect):
        rank = before.abs().argsort(dim=1).argsort(dim=1)
        return (effect * (rank >= (before.shape[1] + 1) // 2)).sum() / effect.sum()

    @mistake("A large negative activation isn't quiet: sort by size, without the sign.")
    def with_sign(before, effect):
        order = before.argsort(dim=1)[:, : before.shape[1] // 2]
        return effect.gather(1, order).sum() / effect.sum()

    @mistake(
        "`argsort` once gives, for each place in the order, which neuron stands there: take those neurons out with "
        "`gather`, or take the `argsort` of that, which is the rank of each neuron."
    )
    def argsort_once(before, effect):
        return (effect * (before.abs().argsort(dim=1) < before.shape[1] // 2)).sum() / effect.sum()

    @mistake("You took the same quiet neurons for all rows. Each row has its own.")
    def the_same_for_all(before, effect):
        order = before.abs().mean(0).argsort()[: before.shape[1] // 2]
        return effect[:, order].sum() / effect.sum()

    @mistake("You sorted by the effect. Quiet is what has a small *activation*, whatever its effect.")
    def by_effect(before, effect):
        order = effect.abs().argsort(dim=1)[:, : before.shape[1] // 2]
        return effect.gather(1, order).sum() / effect.sum()

    @mistake("You added sizes of effects. Leave their signs: what pulls against the rest takes off.")
    def sizes(before, effect):
        return (effect.abs() * quiet(before)).sum() / effect.abs().sum()

    @mistake("That is the quiet half's share of the activation. Its share of the *effect* is wanted.")
    def of_the_activation(before, effect):
        return (before.abs() * quiet(before)).sum() / before.abs().sum()

    @mistake("You averaged the shares of the rows: a row with hardly any effect counts as much as any other, or more.")
    def mean_of_shares(before, effect):
        return ((effect * quiet(before)).sum(1) / effect.sum(1)).mean()

    @mistake("You divided by the effect of the loud half. The share is of the whole.")
    def against_the_loud(before, effect):
        return (effect * quiet(before)).sum() / (effect * ~quiet(before)).sum()

    @mistake("That is the effect itself. Its share of the whole is wanted.")
    def not_divided(before, effect):
        return (effect * quiet(before)).sum()

    @mistake("You rounded half of an odd number up: the text says rounded down.")
    def half_rounded_up(before, effect):
        rank = before.abs().argsort(dim=1).argsort(dim=1)
        return (effect * (rank < (before.shape[1] + 1) // 2)).sum() / effect.sum()

    @mistake("You took the smaller half of all numbers together. Each row has a quiet half of its own.")
    def half_of_everything(before, effect):
        order = before.abs().flatten().argsort()[: before.numel() // 2]
        return effect.flatten()[order].sum() / effect.sum()

    @mistake("You sorted down the rows. Quiet means quiet beside the other *neurons* of its row: `dim=1`.")
    def down_the_rows(before, effect):
        order = before.abs().argsort(dim=0)[: before.shape[0] // 2]
        return effect.gather(0, order).sum() / effect.sum()

    @mistake(
        "You take 64 neurons, half of the models' 128. Here rows have fewer, and so you took them all: half of what "
        "comes is `before.shape[1] // 2`."
    )
    def always_64(before, effect):
        return effect.gather(1, before.abs().argsort(dim=1)[:, :64]).sum() / effect.sum()

    @mistake("You divided a mean by a mean. A share is a *sum* divided by the sum of all.")
    def mean_by_mean(before, effect):
        return (effect * quiet(before)).sum() / quiet(before).sum() / effect.mean()

    @mistake(
        "You took what lies below torch's median. Of an even number that is the lower of the two in the middle, and "
        "one neuron is missing: sort, and take half of them."
    )
    def below_the_median(before, effect):
        size = before.abs()
        return (effect * (size < size.median(1, keepdim=True).values)).sum() / effect.sum()

    @mistake("You took what lies below the mean size of its row. That is seldom half: sort, and take half of them.")
    def below_the_mean(before, effect):
        size = before.abs()
        return (effect * (size < size.mean(1, keepdim=True))).sum() / effect.sum()

    @mistake("You divided by the *sizes* of the effects. The whole is their sum, with signs.")
    def divided_by_sizes(before, effect):
        return (effect * quiet(before)).sum() / effect.abs().sum()

    @rewrite
    def by_mask(before, effect):
        return (effect * quiet(before)).sum() / effect.sum()

    @rewrite
    def by_topk(before, effect):
        chosen = before.abs().topk(before.shape[1] // 2, dim=1, largest=False).indices
        return (effect.gather(1, chosen).sum() / effect.sum()).item()

    @rewrite
    def row_by_row(before, effect):
        total = 0
        for b, e in zip(before, effect):
            total += e[b.abs().argsort()[: len(b) // 2]].sum()
        return total / effect.sum()

    equivalent = {
        "line 1: `before.abs().argsort(dim=1)` → `before.abs().argsort()`": "Without an axis it sorts along the last.",
    }
