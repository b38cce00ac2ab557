"""10.10: random directions that are like the data, and as long as they should be."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("data moved by one vector give the same directions")
def moved(answer, weights, data, norms):
    same = torch.allclose(answer(weights, data + 2, norms), answer(weights, data, norms), rtol=1e-2, atol=1e-3)
    return None if same else "All data were moved by one vector. That changes their mean and not how they vary."


def mixed(weights, data):
    return weights @ (data - data.mean(0))


class LikeTheData(FunctionExercise):
    id, title = "10.10", "As long, and like the data"
    difficulty, minutes, points, needs = "B", 9, 2, []
    rtol, atol = 1e-3, 1e-4
    checked = (
        "data against loops: far from the origin, longer in some dimensions, many and few, hardly varying, norms of "
        "every size, and 0"
    )
    hints = [
        "If w holds independent normal numbers, then Σ wₙ (xₙ − x̄) is normal, with the covariance of the data (times "
        "their number, which falls away when the length is set).",
        "`mixed = weights @ (data - data.mean(0))`, then each row divided by its own length and multiplied by its "
        "norm: `norms[:, None] * mixed / mixed.norm(dim=1, keepdim=True)`.",
    ]

    def cases(self, rng):
        for rows, n, width, note in [
            (4, 9, 3, "with more data than dimensions"),
            (3, 4, 6, "with fewer data than dimensions"),
            (1, 5, 2, "with a single row"),
            (5, 5, 5, "with as many of all"),
        ]:
            data = torch.randn(n, width, generator=rng) * torch.arange(1, width + 1) + 3
            norms = torch.rand(rows, generator=rng) * 4 + 0.2
            norms[-1] = 0 if rows > 1 else 2.5
            yield Case((torch.randn(rows, n, generator=rng), data, norms), note)
        data, norms = torch.randn(30, 4, generator=rng) + 1, torch.rand(3, generator=rng) + 0.5
        yield Case((torch.randn(3, 30, generator=rng), data, norms), "with thirty data")
        yield Case((0.1 * torch.randn(3, 30, generator=rng), 0.1 * data, norms), "with data that hardly vary")

    def oracle(
        self, weights: Float[Tensor, "row datum"], data: Float[Tensor, "datum d_in"], norms: Float[Tensor, " row"]
    ) -> Float[Tensor, "row d_in"]:
        n, width = data.shape
        mean = [sum(data[:, d].double().tolist()) / n for d in range(width)]
        result = torch.zeros(len(weights), width)
        for r in range(len(weights)):
            for d in range(width):
                result[r, d] = sum(float(weights[r, i]) * (float(data[i, d]) - mean[d]) for i in range(n))
            length = sum(float(value) ** 2 for value in result[r]) ** 0.5
            result[r] *= float(norms[r]) / length
        return result

    laws = [moved]

    @mistake("You left the mean in. Directions would point to where the data lie, and not along what varies.")
    def not_centred(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ data, dim=1)

    @mistake("You took the mean of each datum over its dimensions off. It is the mean datum that goes: the first axis.")
    def centred_over_dimensions(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ (data - data.mean(1, keepdim=True)), dim=1)

    @mistake("You took one number off, the mean of all numbers. Each dimension has its own mean: `data.mean(0)`.")
    def one_number_for_all(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ (data - data.mean()), dim=1)

    @mistake("You brought each datum to length 1. How far it lies from the mean is part of how the data vary.")
    def unit_data(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ F.normalize(data - data.mean(0), dim=1), dim=1)

    @mistake("You centred after mixing: the rows get a mean of zero, while every one of them has held the data's mean.")
    def centred_afterwards(weights, data, norms):
        drawn = weights @ data
        return norms[:, None] * F.normalize(drawn - drawn.mean(0) if len(drawn) > 1 else drawn, dim=1)

    @mistake(
        "You took the mean of the mixtures off: with a single one nothing is left (0 / 0). Take the mean of the *data* "
        "off, before you mix."
    )
    def mean_of_the_mixtures(weights, data, norms):
        drawn = weights @ data - (weights @ data).mean(0)
        return norms[:, None] * drawn / drawn.norm(dim=1, keepdim=True)

    @mistake(
        "You mixed the data as they are and took their mean off once. Each datum is centred before it is multiplied: "
        "the mean goes off as often as the weights add up to."
    )
    def mean_off_once(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ data - data.mean(0), dim=1)

    @mistake("You took the median off. The text wants the mean of the data.")
    def median_off(weights, data, norms):
        return norms[:, None] * F.normalize(weights @ (data - data.median(0).values), dim=1)

    @mistake("You divided by the largest size in each row. The length is the root of the sum of squares.")
    def largest_size(weights, data, norms):
        return norms[:, None] * F.normalize(mixed(weights, data), p=torch.inf, dim=1)

    @mistake(
        "The mean of the data is in your directions once more. It goes off and does not come back: they are steps."
    )
    def mean_put_back(weights, data, norms):
        return norms[:, None] * F.normalize(mixed(weights, data), dim=1) + data.mean(0)

    @mistake(
        "Each of your directions is one datum less the mean. A mixture adds up *all* of them, each times its weight."
    )
    def one_datum(weights, data, norms):
        return norms[:, None] * F.normalize((data - data.mean(0))[weights.argmax(1)], dim=1)

    @mistake(
        "You divided by the deviation of each dimension. Then no dimension is longer than another, as in the data."
    )
    def standardised(weights, data, norms):
        return norms[:, None] * F.normalize(mixed(weights, data / data.std(0, correction=0)), dim=1)

    @mistake("Your directions have every length. Divide each by its own, and multiply by its norm.")
    def lengths_as_they_come(weights, data, norms):
        return mixed(weights, data)

    @mistake("You multiplied by the norms, but the directions aren't of length 1 before: divide first.")
    def not_divided(weights, data, norms):
        return norms[:, None] * mixed(weights, data)

    @mistake("You divided by one length for all rows. Each has its own.")
    def one_length(weights, data, norms):
        return norms[:, None] * mixed(weights, data) / mixed(weights, data).norm()

    @mistake("You divided by the length of each column. Each *row* is a direction.")
    def by_columns(weights, data, norms):
        return norms[:, None] * F.normalize(mixed(weights, data), dim=0)

    @mistake("You divided by the sum of absolute values. The length is the root of the sum of squares.")
    def sum_of_sizes(weights, data, norms):
        return norms[:, None] * F.normalize(mixed(weights, data), p=1, dim=1)

    @mistake("You divided by the squared length. Divide by its root.")
    def squared_length(weights, data, norms):
        return norms[:, None] * mixed(weights, data) / mixed(weights, data).square().sum(1, keepdim=True)

    @mistake("Your directions have length 1. Row r should be `norms[r]` long.")
    def of_length_one(weights, data, norms):
        return F.normalize(mixed(weights, data), dim=1)

    @mistake("All of them have the mean of the norms. Each row has its own.")
    def mean_norm(weights, data, norms):
        return norms.mean() * F.normalize(mixed(weights, data), dim=1)

    @rewrite
    def normalised(weights, data, norms):
        return F.normalize(mixed(weights, data)) * norms.unsqueeze(1)

    @rewrite
    def centring_the_weights(weights, data, norms):
        drawn = (weights - weights.mean(1, keepdim=True)).double() @ data.double()
        return drawn * (norms / drawn.norm(dim=1))[:, None]

    @rewrite
    def row_by_row(weights, data, norms):
        found = []
        for w, norm in zip(weights, norms):
            direction = sum(a * (datum - data.mean(0)) for a, datum in zip(w, data))
            found.append(direction * norm / direction.square().sum().sqrt())
        return torch.stack(found)
