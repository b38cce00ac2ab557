"""8.9: which neurons carry a feature, by one gradient for all of them."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the usual value can be moved together with the activations")
def moved(answer, acts, usual, gradient):
    same = torch.equal(answer(acts + 5, usual + 5, gradient), answer(acts, usual, gradient))
    return None if same else "What counts is how far an activation lies from the usual one, not where zero is."


def amounts(acts, usual, gradient):
    return ((acts - usual) * gradient).mean(0)


class AttributionOrder(FunctionExercise):
    id, title = "8.9", "All neurons of one feature"
    difficulty, minutes, points, needs = "B", 9, 2, []
    checked = (
        "rows against loops: usual values far from zero, gradients that differ between rows, rows that count far more "
        "than others, and a single row"
    )
    hints = [
        "If a neuron went back to its usual value, by how much would its activation change? And the answer, if the "
        "gradient is to be believed? On average over the rows?",
        "`((acts - usual) * gradient).mean(0).argsort(descending=True)`.",
    ]

    def cases(self, rng):
        for rows, neurons, note in [
            (8, 6, "with eight rows"),
            (1, 5, "with one row"),
            (5, 9, "with more neurons than rows"),
        ]:
            acts = torch.randn(rows, neurons, generator=rng) * 2
            gradient = torch.randn(neurons, generator=rng) + torch.randn(rows, neurons, generator=rng)
            usual = 2 * torch.randn(neurons, generator=rng)
            yield Case((acts, usual, gradient), note)
        acts, gradient = torch.randn(6, 7, generator=rng), torch.randn(6, 7, generator=rng)
        loudness = 4.0 ** torch.arange(6)[:, None] / 64
        yield Case(
            (acts, torch.randn(7, generator=rng), loudness * gradient), "with rows that count far more than others"
        )

    def oracle(
        self,
        acts: Float[Tensor, "row neuron"],
        usual: Float[Tensor, " neuron"],
        gradient: Float[Tensor, "row neuron"],
    ) -> Int[Tensor, " neuron"]:
        rows, neurons = acts.shape
        amount = []
        for n in range(neurons):
            amount.append(sum(float(acts[r, n] - usual[n]) * float(gradient[r, n]) for r in range(rows)) / rows)
        return torch.tensor(sorted(range(neurons), key=lambda n: -amount[n]))

    laws = [moved]

    @mistake(
        "You measured from zero. The neurons are put back to their *usual* value, and that is often far from zero."
    )
    def from_zero(acts, usual, gradient):
        return (acts * gradient).mean(0).argsort(descending=True)

    @mistake(
        "You took the size. A neuron whose removal raises the answer comes last, however much it does: leave the sign, "
        "the largest fall first."
    )
    def by_size(acts, usual, gradient):
        return amounts(acts, usual, gradient).abs().argsort(descending=True)

    @mistake(
        "You took the size in each row. Rows in which the answer would *rise* count against a neuron: average with "
        "the sign, the largest fall first."
    )
    def sizes_by_row(acts, usual, gradient):
        return ((acts - usual) * gradient).abs().mean(0).argsort(descending=True)

    @mistake(
        "The right order, the wrong way round: the largest *falls* come first. (In `(usual - acts) * gradient` a fall "
        "is negative.)"
    )
    def ascending(acts, usual, gradient):
        return amounts(acts, usual, gradient).argsort()

    @mistake(
        "You averaged both factors before you multiplied. Where one is large the other may be small: multiply row by "
        "row, then average."
    )
    def mean_first(acts, usual, gradient):
        return ((acts.mean(0) - usual) * gradient.mean(0)).argsort(descending=True)

    @mistake("That is the order of the gradients. A neuron that doesn't move changes nothing, however steep it is.")
    def gradient_alone(acts, usual, gradient):
        return gradient.mean(0).argsort(descending=True)

    @mistake("That is the order of how far they move. How much the answer minds is the other half.")
    def movement_alone(acts, usual, gradient):
        return (acts - usual).mean(0).argsort(descending=True)

    @mistake(
        "These are the estimates themselves. The numbers of the neurons are wanted, those of the largest falls first."
    )
    def estimates(acts, usual, gradient):
        return amounts(acts, usual, gradient)

    @mistake("These are the estimated changes, one for each neuron. The *numbers* of the neurons are wanted, in order.")
    def estimated_changes(acts, usual, gradient):
        return -amounts(acts, usual, gradient)

    @mistake("You returned the amounts, sorted. The numbers of the neurons are wanted.")
    def values(acts, usual, gradient):
        return amounts(acts, usual, gradient).sort(descending=True).values

    @mistake("These are the places in the order: `argsort` of `argsort`. The numbers of the neurons are wanted.")
    def places(acts, usual, gradient):
        return amounts(acts, usual, gradient).argsort(descending=True).argsort()

    @mistake("You subtracted the mean of these rows. The usual value is given: it is that of all texts.")
    def mean_of_the_rows(acts, usual, gradient):
        return ((acts - acts.mean(0)) * gradient).mean(0).argsort(descending=True)

    @mistake("You sorted the estimated changes themselves. The *numbers* of the neurons are wanted: `argsort`.")
    def changes_sorted(acts, usual, gradient):
        return (-amounts(acts, usual, gradient)).sort().values

    @mistake(
        "Every row counts the same with you. On average means a plain mean: a row with a large effect counts more."
    )
    def rows_of_one_length(acts, usual, gradient):
        return torch.nn.functional.normalize((acts - usual) * gradient, dim=1).mean(0).argsort(descending=True)

    @mistake("You took the gradient's sign off. Where it is negative the answer *rises* when the activation falls.")
    def size_of_the_gradient(acts, usual, gradient):
        return ((acts - usual) * gradient.abs()).mean(0).argsort(descending=True)

    @mistake("You took only the sign of the gradient. How steep it is counts, too: multiply with the gradient itself.")
    def sign_of_the_gradient(acts, usual, gradient):
        return ((acts - usual) * gradient.sign()).mean(0).argsort(descending=True)

    @mistake(
        "You left out the rows in which the answer would rise. They count against a neuron: average over all rows."
    )
    def falls_only(acts, usual, gradient):
        return ((acts - usual) * gradient).clamp_min(0).mean(0).argsort(descending=True)

    @mistake("You took the largest fall in any row. The text asks for the average over the rows.")
    def largest_in_a_row(acts, usual, gradient):
        return ((acts - usual) * gradient).amax(0).argsort(descending=True)

    @mistake("You took the median over the rows. The average is wanted: one row with a large effect counts.")
    def medians(acts, usual, gradient):
        return ((acts - usual) * gradient).median(0).values.argsort(descending=True)

    @mistake("You looked at the first row only. Average over all rows.")
    def first_row(acts, usual, gradient):
        return ((acts - usual) * gradient)[0].argsort(descending=True)

    @rewrite
    def with_sort(acts, usual, gradient):
        return torch.sort(amounts(acts, usual, gradient), descending=True).indices

    @rewrite
    def with_einsum(acts, usual, gradient):
        return torch.einsum("rn,rn->n", acts - usual, gradient).neg().argsort()

    @rewrite
    def sorted_in_python(acts, usual, gradient):
        amount = (acts * gradient - usual * gradient).sum(0).tolist()
        return torch.tensor(sorted(range(len(amount)), key=amount.__getitem__, reverse=True))

    equivalent = {
        "line 1: `((acts - usual) * gradient).mean(dim=0)` → `((acts - usual) * gradient).sum(dim=0)`": (
            "All amounts are multiplied by the number of rows: the order stays."
        ),
    }
