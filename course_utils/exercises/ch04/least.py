"""4.14: how low any network with so many neurons can get, for the labels as they are."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.checking.guesses import which


@law("turning the sign of the mixing and adding what makes up for it changes nothing")
def mirrored(answer, mixing, n_neurons):
    """M + I/2 and its negative have the same singular values, and −(M + I/2) is what −M − I has to come near to."""
    one, other = answer(mixing, n_neurons), answer(-mixing - torch.eye(mixing.shape[-1]), n_neurons)
    same = all(torch.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(one, other, strict=True))
    return None if same else "Your losses changed from M to −M − I, which asks for the same with the other sign."


def left(wanted, n_neurons):
    """What the best matrix of rank `n_neurons` leaves, as a loss."""
    return (torch.linalg.svdvals(wanted)[:, n_neurons:] ** 2).sum(dim=1) / (3 * wanted.shape[-1])


def half(mixing):
    return torch.eye(mixing.shape[-1]).expand_as(mixing) / 2


def least(mixing, n_neurons):
    return left(mixing + half(mixing), n_neurons), left(half(mixing), n_neurons)


def with_values(values, rng):
    """Symmetric, with these eigenvalues."""
    values = torch.tensor(values)
    q = torch.linalg.qr(torch.randn(len(values), len(values), generator=rng)).Q
    return (q * values) @ q.T


class LeastLoss(FunctionExercise):
    id, title = "4.14", "The bound that fits the labels"
    difficulty, minutes, points, needs = "C", 12, 3, ["4.13"]
    atol = 1e-6
    checked = "stacks of mixings by the eigenvalues of AᵀA, one matrix at a time"
    hints = [
        "The straight part of the answers, feature by feature, is a matrix of rank at most n_neurons: `W_out` times "
        "something. Which matrix should it be, of which rank? The same for the bent part.",
        "`torch.linalg.svdvals(mixing + eye / 2)` are in falling order: the first n_neurons can be had, the squares of "
        "the others are left. Divide by 3n, as in exercise 4.13. The bent part is `eye / 2`: its singular "
        "values are ½.",
    ]

    def cases(self, rng):
        yield Case((0.4 * torch.randn(2, 5, 5, generator=rng), 2), "with two mixings of 5 features, and 2 neurons")
        symmetric = with_values([-1.2, -0.5, -0.3, 0.0, 0.1, 0.9], rng)[None]
        yield Case((symmetric, 4), "with a symmetric mixing")
        upper = torch.randn(3, 4, 4, generator=rng).triu(1)
        yield Case((upper - upper.mT, 1), "with antisymmetric mixings")
        yield Case((torch.zeros(1, 6, 6), 4), "without any mixing")
        yield Case((0.5 * torch.randn(2, 4, 4, generator=rng), 4), "with as many neurons as features")
        yield Case((0.5 * torch.randn(2, 3, 3, generator=rng), 7), "with more neurons than features")
        yield Case((0.5 * torch.randn(2, 4, 4, generator=rng), 0), "without neurons")
        yield Case((0.5 * torch.randn(2, 4, 4, generator=rng), 3), "with one neuron less than features")
        yield Case((0.5 * torch.randn(2, 4, 4, generator=rng), 5), "with one neuron more than features")

    def oracle(
        self, mixing: Float[Tensor, "instance feature feature"], n_neurons: int
    ) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
        straight, bent = [], []
        for M in mixing.double().numpy():
            n = len(M)
            for wanted, losses in ((M + np.eye(n) / 2, straight), (np.eye(n) / 2, bent)):
                squares = sorted(np.linalg.eigvalsh(wanted.T @ wanted))
                losses.append(max(0.0, sum(squares[: max(0, n - n_neurons)])) / 3 / n)
        return torch.tensor(straight).float(), torch.tensor(bent).float()

    laws = [mirrored]

    def remark(self, trials):
        bad = next((t for t in trials if t.difference and t.difference.stage == "value"), None)
        if bad is None or len(bad.parts) != 2:
            return None
        mixing, n_neurons = bad.case.args
        values = ", ".join(f"{value:.3g}" for value in torch.linalg.svdvals(mixing[0] + half(mixing)[0]))
        return f"{which(bad.parts)} The singular values of M + I/2 are {values}, and there are {n_neurons} neurons."

    @mistake("You kept what is left and left what can be had: the largest singular values are the ones to take.")
    def the_largest_left(mixing, n_neurons):
        values = [torch.linalg.svdvals(wanted) for wanted in (mixing + half(mixing), half(mixing))]
        return tuple((v[:, : max(0, v.shape[1] - n_neurons)] ** 2).sum(1) / (3 * v.shape[1]) for v in values)

    @mistake("That is what the first n_neurons singular values hold. The loss is what the others hold.")
    def what_is_kept(mixing, n_neurons):
        values = [torch.linalg.svdvals(wanted) for wanted in (mixing + half(mixing), half(mixing))]
        return tuple((v[:, :n_neurons] ** 2).sum(1) / (3 * v.shape[1]) for v in values)

    @mistake("You summed singular values. A squared error is the sum of their squares.")
    def not_squared(mixing, n_neurons):
        values = [torch.linalg.svdvals(wanted) for wanted in (mixing + half(mixing), half(mixing))]
        return tuple(v[:, n_neurons:].sum(1) / (3 * v.shape[1]) for v in values)

    @mistake("In the straight part you summed singular values. A squared error is the sum of their squares.")
    def straight_not_squared(mixing, n_neurons):
        values = torch.linalg.svdvals(mixing + half(mixing))[:, n_neurons:]
        return values.sum(1) / (3 * mixing.shape[-1]), left(half(mixing), n_neurons)

    @mistake("The straight part of the labels is x/2 + Mx. You left the ½ of the ReLU out.")
    def mixing_alone(mixing, n_neurons):
        return left(mixing, n_neurons), left(half(mixing), n_neurons)

    @mistake("The straight part of the labels is x/2 + Mx. You took x + Mx, the labels at positive values.")
    def all_of_x(mixing, n_neurons):
        return left(mixing + 2 * half(mixing), n_neurons), left(half(mixing), n_neurons)

    @mistake("The bent part of the labels is |x|/2: ½ on the diagonal. You took |x|.")
    def all_of_the_bent(mixing, n_neurons):
        return left(mixing + half(mixing), n_neurons), left(2 * half(mixing), n_neurons)

    @mistake("That is the naive bound for both. The mixing changes what the straight part has to be.")
    def the_naive_bound(mixing, n_neurons):
        return left(half(mixing), n_neurons), left(half(mixing), n_neurons)

    @mistake("The mixing has no bent part: Mx changes its sign with x.")
    def mixing_in_both(mixing, n_neurons):
        return (left(mixing + half(mixing), n_neurons),) * 2

    @mistake("You exchanged the two: first the straight part, then the bent one.")
    def exchanged(mixing, n_neurons):
        return least(mixing, n_neurons)[::-1]

    @mistake("A mixing need not be symmetric. Take singular values, not the eigenvalues of its symmetric part.")
    def symmetric_part(mixing, n_neurons):
        return left((mixing + mixing.mT) / 2 + half(mixing), n_neurons), left(half(mixing), n_neurons)

    @mistake(
        "You dropped the lowest eigenvalues. What counts is the size: a value far below 0 costs as much as one far "
        "above."
    )
    def lowest_eigenvalues(mixing, n_neurons):
        n = mixing.shape[-1]
        values = torch.linalg.eigvals(mixing + half(mixing)).real.sort(dim=1).values
        return (values[:, : max(0, n - n_neurons)] ** 2).sum(1) / (3 * n), left(half(mixing), n_neurons)

    @mistake("One neuron too many: with r neurons the r largest singular values can be had, not r + 1.")
    def one_too_many(mixing, n_neurons):
        return least(mixing, n_neurons + 1)

    @mistake("One neuron too few: with r neurons the r largest singular values can be had.")
    def one_too_few(mixing, n_neurons):
        return least(mixing, max(0, n_neurons - 1))

    @mistake(
        "With as many neurons as features nothing is left. `values[-0:]` is everything: count from the front, "
        "`values[n_neurons:]`."
    )
    def counted_from_the_end(mixing, n_neurons):
        values = [torch.linalg.svdvals(wanted) for wanted in (mixing + half(mixing), half(mixing))]
        n = mixing.shape[-1]
        return tuple((v[:, -max(0, n - n_neurons) :] ** 2).sum(1) / (3 * n) for v in values)

    @mistake(
        "With more neurons than features n − n_neurons is negative, and `values[:-1]` is all but the last. Nothing "
        "is left then: count from the front, `values[n_neurons:]`."
    )
    def a_negative_end(mixing, n_neurons):
        n = mixing.shape[-1]
        values = torch.linalg.svdvals(mixing + half(mixing)).flip(1)
        return (values[:, : n - n_neurons] ** 2).sum(1) / (3 * n), left(half(mixing), n_neurons)

    @mistake(
        "Two neurons can make a straight line, but the bound must hold for all networks: the rank is at most the "
        "number of neurons, not half of it."
    )
    def two_neurons_each(mixing, n_neurons):
        return left(mixing + half(mixing), n_neurons // 2), left(half(mixing), n_neurons)

    @mistake("That is the least of a linear map: its bent part is all lost. Neurons can serve the bent part, too.")
    def of_a_linear_map(mixing, n_neurons):
        return left(mixing + half(mixing), n_neurons), left(half(mixing), 0)

    @mistake("The loss is a mean over the n outputs: divide by n.")
    def summed_over_outputs(mixing, n_neurons):
        return tuple(part * mixing.shape[-1] for part in least(mixing, n_neurons))

    @mistake("The mean of v² over [−1, 1] is 1/3, as in exercise 4.13. It is missing.")
    def at_full_strength(mixing, n_neurons):
        return tuple(3 * part for part in least(mixing, n_neurons))

    @mistake("Those are sums of squares. The loss is 1/(3n) of them: a mean over n outputs, and the mean of v² is 1/3.")
    def sums_of_squares(mixing, n_neurons):
        return tuple(3 * mixing.shape[-1] * part for part in least(mixing, n_neurons))

    @mistake("The straight part is a sum of squares. Its loss is 1/(3n) of it, as in the bent part.")
    def straight_undivided(mixing, n_neurons):
        straight, bent = least(mixing, n_neurons)
        return 3 * mixing.shape[-1] * straight, bent

    @mistake("The straight part is summed over the outputs. The loss is their mean: divide by n, as in the bent part.")
    def straight_summed_over_outputs(mixing, n_neurons):
        straight, bent = least(mixing, n_neurons)
        return mixing.shape[-1] * straight, bent

    @mistake("The mean of v² over [−1, 1] is 1/3. It is missing in the straight part.")
    def straight_at_full_strength(mixing, n_neurons):
        straight, bent = least(mixing, n_neurons)
        return 3 * straight, bent

    @mistake(
        "You took n/3 for 1/(3n): that turns a *mean* over the inputs ±e_k and the outputs into a loss, not a sum."
    )
    def times_n_over_three(mixing, n_neurons):
        return tuple(mixing.shape[-1] ** 2 * part for part in least(mixing, n_neurons))

    @mistake("Those are means over features and outputs. Over the features the losses add up: times n/3.")
    def mean_over_features(mixing, n_neurons):
        return tuple(3 / mixing.shape[-1] * part for part in least(mixing, n_neurons))

    @mistake("With more neurons than features your bent part falls below 0. No loss does: nothing is left, so 0.")
    def bent_below_zero(mixing, n_neurons):
        n = mixing.shape[-1]
        return left(mixing + half(mixing), n_neurons), torch.full((len(mixing),), (n - n_neurons) / (12 * n))

    @mistake("You halved the losses. The two parts add up to the loss, each with 1/(3n).")
    def halved(mixing, n_neurons):
        return tuple(part / 2 for part in least(mixing, n_neurons))

    @rewrite
    def with_full_svd(mixing, n_neurons):
        n = mixing.shape[-1]

        def missed(wanted):
            U, S, Vh = torch.linalg.svd(wanted)
            nearest = (U[:, :, :n_neurons] * S[:, None, :n_neurons]) @ Vh[:, :n_neurons]
            return (wanted - nearest).square().sum((1, 2)) / (3 * n)

        return missed(mixing + torch.eye(n) / 2), missed(torch.eye(n).expand_as(mixing) / 2)

    @rewrite
    def by_eigenvalues(mixing, n_neurons):
        n = mixing.shape[-1]
        wanted = (mixing + torch.eye(n) / 2).double()
        squares = torch.linalg.eigvalsh(wanted @ wanted.mT).clamp_min(0)  # rising
        straight = squares[:, : max(0, n - n_neurons)].sum(1) / (3 * n)
        return straight.float(), torch.full((len(mixing),), max(0, n - n_neurons) / (12 * n))

    @rewrite
    def what_is_not_kept(mixing, n_neurons):
        n = mixing.shape[-1]
        wanted = mixing + torch.eye(n) / 2
        kept = torch.linalg.svdvals(wanted)[:, :n_neurons].square().sum(1)
        straight = (wanted.square().sum((1, 2)) - kept) / (3 * n)
        return straight, torch.ones(len(mixing)) * (1 - min(n_neurons, n) / n) / 12

    equivalent = {
        "line 3: `len(mixing)` → `len(straight)`": "There is one loss for each mixing.",
        **{
            f"{where}: `mixing.shape[-1]` → `mixing.shape[{axis}]`": "A mixing is square."
            for where in ("line 1", "with_full_svd, line 1")
            for axis in (-2, 1)
        },
    }
