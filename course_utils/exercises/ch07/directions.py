"""7.7 and 7.8: what a probe's direction says of the activations, and which direction the model reads."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("shifting all rows changes nothing")
def shift(answer, acts, weight):
    moved = acts + torch.linspace(-4, 6, acts.shape[1])
    same = torch.allclose(answer(moved, weight), answer(acts, weight), rtol=1e-2, atol=1e-2)
    return None if same else "The pattern moved with the mean of the activations. A covariance doesn't."


def covariance(acts):
    x = acts - acts.mean(0)
    return x.T @ x / len(x)


class Pattern(FunctionExercise):
    id, title = "7.7", "From what detects to what is there"
    difficulty, minutes, points, needs = "C", 8, 2, ["7.1"]
    rtol, atol = 1e-3, 1e-3
    checked = "sets of rows against loops, with neurons that vary together, with means far from zero and few rows"
    hints = [
        "The covariance is a matrix, neuron × neuron. There is a shorter way: the covariance of each neuron with the "
        "probe's score is the same thing.",
        "`x = acts - acts.mean(0)`, then `x.T @ (x @ weight) / len(x)`.",
    ]

    def cases(self, rng):
        for rows, neurons, note in [
            (30, 4, "with thirty rows"),
            (7, 5, "with seven rows"),
            (12, 3, "with three neurons"),
        ]:
            mixed = torch.randn(rows, neurons, generator=rng) @ torch.randn(neurons, neurons, generator=rng)
            yield Case((mixed + 3 * torch.randn(neurons, generator=rng), torch.randn(neurons, generator=rng)), note)

    def oracle(self, acts: Float[Tensor, "row neuron"], weight: Float[Tensor, " neuron"]) -> Float[Tensor, " neuron"]:
        rows, neurons = acts.shape
        mean = [sum(float(acts[r, n]) for r in range(rows)) / rows for n in range(neurons)]
        result = torch.zeros(neurons)
        for n in range(neurons):
            for m in range(neurons):
                product = sum((float(acts[r, n]) - mean[n]) * (float(acts[r, m]) - mean[m]) for r in range(rows))
                result[n] += product / rows * float(weight[m])
        return result

    laws = [shift]

    @mistake("You forgot to take the means off: these are mean products, not covariances.")
    def not_centred(acts, weight):
        return acts.T @ (acts @ weight) / len(acts)

    @mistake(
        "You divided by the covariance instead of multiplying with it. Its inverse is in the weights already: that is "
        "what is to be undone."
    )
    def inverse(acts, weight):
        return torch.linalg.pinv(covariance(acts)) @ weight

    @mistake("You used correlations. Covariances keep how much each neuron varies, which is part of the pattern.")
    def correlations(acts, weight):
        x = (acts - acts.mean(0)) / acts.std(0, correction=0)
        return x.T @ (x @ weight) / len(x)

    @mistake("You multiplied each weight with the variance of its own neuron. What varies together counts, too.")
    def variances_only(acts, weight):
        return acts.var(0, correction=0) * weight

    @mistake("You divided by the number of rows less one; the text wants the mean over the rows.")
    def divided_by_one_less(acts, weight):
        x = acts - acts.mean(0)
        return x.T @ (x @ weight) / (len(x) - 1)

    @mistake("You added up over the rows. A covariance is a mean: divide by how many there are.")
    def not_divided(acts, weight):
        x = acts - acts.mean(0)
        return x.T @ (x @ weight)

    @mistake("You brought the result to length 1. Leave it as it comes out.")
    def unit_length(acts, weight):
        return torch.nn.functional.normalize(covariance(acts) @ weight, dim=0)

    @mistake("You divided by the variance of the score as well. Covariance times weight is all that is asked for.")
    def divided_by_the_scores_variance(acts, weight):
        scores = acts @ weight
        return covariance(acts) @ weight / scores.var(correction=0)

    @mistake("You centred each row. The mean of each *neuron*, over the rows, has to go.")
    def rows_centred(acts, weight):
        x = acts - acts.mean(1, keepdim=True)
        return x.T @ (x @ weight) / len(x)

    @mistake("You multiplied with the covariance twice.")
    def twice(acts, weight):
        return covariance(acts) @ covariance(acts) @ weight

    @rewrite
    def with_the_matrix(acts, weight):
        return covariance(acts) @ weight

    @rewrite
    def with_products(acts, weight):
        x = acts - acts.mean(0)
        return torch.einsum("rn,rm,m->n", x, x, weight / len(x))

    @rewrite
    def with_the_score(acts, weight):
        scores = acts @ weight
        return ((acts - acts.mean(0)) * (scores - scores.mean())[:, None]).mean(0)

    @rewrite
    def with_moments(acts, weight):
        x = acts.double()
        second = x.T @ x / len(x) - torch.outer(x.mean(0), x.mean(0))
        return (second @ weight.double()).float()

    _symmetric = "A covariance matrix is symmetric: a vector from the left does the same as from the right."
    equivalent = {
        "line 1: `torch.cov(acts.T, correction=0) @ weight` → `weight @ torch.cov(acts.T, correction=0)`": _symmetric,
        "line 1: `torch.cov(acts.T, correction=0) @ weight` → "
        "`torch.cov(acts.T, correction=0).mT @ weight`": _symmetric,
        "with_the_matrix, line 1: `covariance(acts) @ weight` → `weight @ covariance(acts)`": _symmetric,
        "with_the_matrix, line 1: `covariance(acts) @ weight` → `covariance(acts).mT @ weight`": _symmetric,
    }


class WhichDirection(ValueExercise):
    id, title = "7.8", "Four directions, one feature"
    difficulty, minutes, points, needs = "A", 5, 1, ["7.7"]
    choices = ["a", "b", "c", "d"]
    checked = (
        "The probe's weights are made to tell the feature from everything else that varies: much of that direction "
        "cancels noise. Its pattern, like the difference of the means, says what the feature adds, and the model "
        "depends on that."
    )
    hints = [
        "Compare two columns of the table: how well each direction *tells* the feature, and how much it costs to take "
        "it out. Is the first in one the first in the other?",
        "What is the cosine between the probe and the mean difference? And once the probe is multiplied with the "
        "covariance?",
    ]

    def oracle(self) -> str:
        return "c"

    mistakes = {
        "the best detector is the model's own": (
            "a",
            "It tells best. But taking it out costs the followers far less than taking out the mean difference: a good "
            "detector is one thing, a handle another.",
        ),
        "all the same": (
            "b",
            "Look at the cosines: the probe and the mean difference are far from parallel, and their costs are far "
            "apart.",
        ),
        "nothing depends on any of them": (
            "d",
            "A move as far at random costs much less, and two of these cost several nats. So the model depends on "
            "something that they have and a random direction hasn't.",
        ),
    }
    rewrites = ["C", " c ", "c "]
