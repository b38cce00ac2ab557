"""4.8: one AND, read from the signs of random weights."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite

MEAN, LARGER = (2 / math.pi) ** 0.5, 2 / math.pi**0.5
"""The mean of |w|, and of the larger of two |w|, for weights from N(0, 1)."""
SCALE = math.pi**0.5 * (1 + 2**0.5)


@law("i and j may change places")
def symmetric(answer, W, i, j):
    same = torch.allclose(answer(W, i, j), answer(W, j, i), rtol=1e-3, atol=1e-5)
    return None if same else "AND doesn't care which of the two comes first, and your reader does."


@law("weights twice as large give the same reader")
def scaled(answer, W, i, j):
    same = torch.allclose(answer(W, i, j), answer(2 * W, i, j), rtol=1e-3, atol=1e-5)
    return None if same else "Only signs count: all r_k have one size, and yours got another one."


def signs(W, i, j):
    return (W[:, i] * W[:, j]).sign()


class SignReader(FunctionExercise):
    id, title = "4.8", "Four sign cases"
    difficulty, minutes, points, needs = "C", 20, 3, []
    checked = "layers, neuron by neuron, with a c that was found by going round all directions of (w_i, w_j)"
    hints = [
        "Which sign does each of the four cases get, so that what comes in when only one of the two is on (or "
        "neither) cancels? If x_j is 0, the sign of w_j has nothing to do with h.",
        "With both on, z = w_i + w_j. Mean of h where both weights are positive: 2√(2/π). Both negative: 0. One of "
        "each, say sizes a and b: h is a − b where a is larger, else 0, and a − b cut off at 0 is max(a, b) − b.",
        "So the mean over one of each is 2/√π − √(2/π). Each case is a quarter of the neurons, there are two mixed "
        "ones, and they count with −: c · ¼ · (2√(2/π) + 0 − 2(2/√π − √(2/π))) = 1.",
    ]

    def cases(self, rng):
        yield Case((torch.randn(6, 4, generator=rng), 1, 3), "with 6 neurons and 4 features")
        yield Case((torch.randn(9, 2, generator=rng), 1, 0), "with i after j, and no other feature")
        holes = torch.randn(8, 5, generator=rng)
        holes[0, 2] = holes[3, 4] = 0
        holes[5, [2, 4]] = 0
        holes[6, 2] = 1e-4
        yield Case((holes, 2, 4), "with neurons that don't see one of the two")
        yield Case((torch.tensor([[-0.3, -2.0, 1.0]]), 0, 1), "with a single neuron, both weights negative")
        yield Case((3 * torch.randn(40, 7, generator=rng), 0, 6), "with larger weights")

    def oracle(self, W: Float[Tensor, "neuron feature"], i: int, j: int) -> Float[Tensor, "neuron"]:
        angles = (torch.arange(100_000, dtype=torch.float64) + 0.5) * 2 * torch.pi / 100_000
        a, b = angles.cos(), angles.sin()  # directions of (w_i, w_j); their length is independent, on average √(π/2)
        agree = torch.where((a > 0) == (b > 0), 1.0, -1.0)
        both_on = (agree * (a + b).clamp_min(0)).mean().item() * math.sqrt(math.pi / 2)
        reader = torch.zeros(len(W))
        for k, row in enumerate(W.tolist()):
            if row[i] != 0 and row[j] != 0:
                reader[k] = (1 if (row[i] > 0) == (row[j] > 0) else -1) / both_on / len(W)
        return reader

    laws = [symmetric, scaled]

    def remark(self, trials):
        """Signs and size apart."""
        bad = next((t for t in trials if t.difference and t.difference.stage == "value"), None)
        if bad is None:
            return None
        right, given = bad.expected, bad.outcome.value.to(bad.expected.dtype)
        if not torch.equal(right.sign(), given.sign()):
            k = int((right.sign() != given.sign()).nonzero()[0])
            W, i, j = bad.case.args
            return f"Neuron {k} has w_i = {W[k, i]:.3g} and w_j = {W[k, j]:.3g}; look at the sign you give it."
        sizes = (given / right)[right != 0]
        if sizes.max() - sizes.min() < 1e-3 * sizes.abs().max():
            by = sizes.mean().item()
            close = " Is it rounded? It should be exact." if abs(by - 1) < 5e-3 else ""
            return f"Your signs are right. The size isn't: all r_k are {by:.5g} times what they should be.{close}"
        return "Your signs are right. The sizes differ between neurons, and all should be the same."

    @mistake("A reader adds up N neurons. For a mean over them each r_k carries a 1/N, N the number of rows of W.")
    def summed_over_neurons(W, i, j):
        return SCALE * signs(W, i, j)

    @mistake("The error falls as 1/√N, but the reader is a mean: 1/N.")
    def divided_by_the_root(W, i, j):
        return SCALE / len(W) ** 0.5 * signs(W, i, j)

    @mistake(
        "All your signs are +: that adds up how active the layer is, whoever is on. Let cases cancel: some need a −."
    )
    def all_plus(W, i, j):
        return SCALE / len(W) * signs(W, i, j).abs()

    @mistake("The signs are the wrong way round: + where both weights have the same sign, for these fire most.")
    def wrong_way_round(W, i, j):
        return -SCALE / len(W) * signs(W, i, j)

    @mistake(
        "You read only neurons with two positive weights. They fire for either alone, too, and for others: what "
        "takes that off again?"
    )
    def only_both_positive(W, i, j):
        return SCALE / len(W) * ((W[:, i] > 0) & (W[:, j] > 0))

    @mistake(
        "Two negative weights get a − from you. That reads x_i + x_j, for a sign on its own reads one feature. For AND "
        "multiply the signs."
    )
    def signs_added(W, i, j):
        return SCALE / len(W) * (W[:, i].sign() + W[:, j].sign()) / 2

    @mistake("All r_k were to have one size; yours grow with the weights. Take signs. (Products come next.)")
    def products_of_weights(W, i, j):
        return SCALE / len(W) * W[:, i] * W[:, j]

    @mistake(
        "Your c leaves the mixed case out. Where one weight is positive and larger than the other's size the neuron "
        "fires, too, and counts with −."
    )
    def mixed_case_silent(W, i, j):
        return 4 / (2 * MEAN) / len(W) * signs(W, i, j)

    @mistake("There are two mixed cases, (+, −) and (−, +), and your c has one of them.")
    def one_mixed_case(W, i, j):
        return 4 / (2 * MEAN - (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake(
        "In a mixed case you took the size of w_i + w_j. Half of the time the sum is negative, and the ReLU cuts it "
        "off."
    )
    def mixed_case_not_cut_off(W, i, j):
        return 4 / (2 * MEAN - 4 * (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake(
        "Your c adds what comes through the mixed cases. Their r_k are negative: it is taken off. (Or did you cut off "
        "at min(a, b)? max(a − b, 0) is max(a, b) − b.)"
    )
    def mixed_cases_added(W, i, j):
        return 4 / (2 * MEAN + 2 * (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake(
        "In a mixed case h is not the larger weight: it is the larger one minus the other, where the larger one is the "
        "positive one."
    )
    def mixed_case_by_the_larger(W, i, j):
        return 4 / (2 * MEAN - 2 * LARGER / 2) / len(W) * signs(W, i, j)

    @mistake("For a mixed case you took the smaller of two |w|. What comes through is max(a − b, 0) = max(a, b) − b.")
    def mixed_case_by_the_smaller(W, i, j):
        return 4 / (2 * MEAN - 2 * (2 * MEAN - LARGER)) / len(W) * signs(W, i, j)

    @mistake(
        "For a mixed case you took half of the smaller of two |w|. What comes through is max(a − b, 0) = max(a, b) − b."
    )
    def mixed_case_by_half_the_smaller(W, i, j):
        return 4 / (2 * MEAN - (2 * MEAN - LARGER)) / len(W) * signs(W, i, j)

    @mistake("1/√π is the mean of the larger of two w, with their signs. You need the larger of two *sizes*: 2/√π.")
    def larger_of_two_signed_weights(W, i, j):
        return 4 / (2 * MEAN - 2 * (LARGER / 2 - MEAN)) / len(W) * signs(W, i, j)

    @mistake("Each of the four sign cases is a quarter of the neurons. Your c counts each as all of them.")
    def quarter_forgotten(W, i, j):
        return 1 / (2 * MEAN - 2 * (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake(
        "Your c makes 1 out of neurons with two positive weights alone, a quarter of them. The mixed ones take "
        "something off that."
    )
    def half_of_the_neurons(W, i, j):
        return 2 / (2 * MEAN - 2 * (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake("With both on, two negative weights give a silent neuron (its z is negative). Your c lets it fire.")
    def both_negative_fires(W, i, j):
        return 4 / (4 * MEAN - 2 * (LARGER - MEAN)) / len(W) * signs(W, i, j)

    @mistake("A weight of exactly 0 belongs to none of the four cases: such a neuron gets 0.")
    def zero_counts_as_positive(W, i, j):
        agree = (W[:, i] >= 0) == (W[:, j] >= 0)
        return SCALE / len(W) * torch.where(agree, 1.0, -1.0)

    @mistake("N counts all neurons, those with a weight of 0 as well.")
    def divided_by_those_that_see_both(W, i, j):
        return SCALE / signs(W, i, j).abs().sum() * signs(W, i, j)

    @mistake("A neuron is a row of W, a feature is a column: W[:, i], not W[i].")
    def rows_for_columns(W, i, j):
        return SCALE / len(W) * (W[i % len(W)] * W[j % len(W)]).sign()

    @mistake("N is the number of neurons, the rows of W. You divided by the number of features.")
    def divided_by_features(W, i, j):
        return SCALE / W.shape[1] * signs(W, i, j)

    @rewrite
    def in_closed_form(W, i, j):
        return math.sqrt(math.pi) * (1 + math.sqrt(2)) / len(W) * W[:, i].sign() * W[:, j].sign()

    @rewrite
    def neuron_by_neuron(W, i, j):
        c = 2 / (LARGER * 2**0.5 - LARGER)
        out = []
        for w in W:
            sign = 0 if w[i] == 0 or w[j] == 0 else (1 if w[i] * w[j] > 0 else -1)
            out.append(c * sign / W.shape[0])
        return torch.tensor(out)

    @rewrite
    def by_cases(W, i, j):
        a, b = W[:, i].double(), W[:, j].double()
        same = ((a > 0) & (b > 0)) | ((a < 0) & (b < 0))
        mixed = ((a > 0) & (b < 0)) | ((a < 0) & (b > 0))
        return 4.2788 * (same.double() - mixed.double()) / len(W)
