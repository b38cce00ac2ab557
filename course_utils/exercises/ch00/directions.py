"""0.2: reading a feature with a dot product."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


def model(rng: torch.Generator, hidden: int, feature: int) -> Float[Tensor, "hidden feature"]:
    """Directions of different lengths, with negative entries."""
    return torch.randn(hidden, feature, generator=rng)


@law("the reading of a sum is the sum of the readings")
def linear(answer, h, W):
    whole, parts = answer(3 * h + h.flip(0), W), 3 * answer(h, W) + answer(h.flip(0), W)
    return None if torch.allclose(whole, parts, rtol=1e-3, atol=1e-4) else "Reading 3h + g gave something else."


class ReadOff(FunctionExercise):
    id, title = "0.2", "Read a feature with a dot product"
    difficulty, minutes, points, needs = "A", 5, 1, []
    hints = [
        "One reading is one dot product: multiply entry by entry along the hidden axis and add. Which axis of `h` is "
        "that, and which of `W`?",
        "All the dot products of rows of `h` with columns of `W` are one matrix product, and the shapes leave only one "
        "order: [batch, hidden] and [hidden, feature] make [batch, feature].",
    ]
    checked = (
        "batches of activations against loops, with one activation, one feature, and more features than dimensions"
    )
    laws = [linear]

    @mistake(
        "You multiplied with the pseudo-inverse: that solves for the features' values. A plain dot product with each "
        "direction is asked for."
    )
    def solved_for(h, W):
        return h @ torch.linalg.pinv(W).T

    @mistake("That is the distance from h to the tip of each arrow. A reading is a dot product.")
    def distances(h, W):
        return torch.cdist(h, W.T)

    @mistake("Only the first row has readings: a `return` inside a loop ends the function on its first turn.")
    def returned_too_early(h, W):
        out = torch.zeros(h.shape[0], W.shape[1])
        out[0] = h[0] @ W
        return out

    @mistake(
        "You used the rows of W. The direction of feature i is the column `W[:, i]`: one number per hidden dimension."
    )
    def rows_as_directions(h, W):
        return h @ W.T

    @mistake(
        "You divided by the length of the direction: that is the shadow of h on it. A plain dot product is asked "
        "for, so a direction that is twice as long reads twice as much."
    )
    def shadow(h, W):
        return h @ (W / W.norm(dim=0))

    @mistake(
        "That is a cosine: it has forgotten how long h is, and so how strongly the feature is on. Leave both "
        "lengths in."
    )
    def cosine(h, W):
        return (h @ W) / h.norm(dim=1, keepdim=True) / W.norm(dim=0)

    @mistake(
        "A matrix product joins the last axis of the left factor with the first of the right one. Here hidden "
        "must meet hidden: [batch, hidden] times [hidden, feature]."
    )
    def wrong_order(h, W):
        return W @ h

    @mistake(
        "You divided by ‖w‖², which gives a lone feature's value back whatever its length. Useful, and not a "
        "plain dot product."
    )
    def per_squared_length(h, W):
        return (h @ W) / (W**2).sum(0)

    @mistake("You cut off what is negative. A reading may be negative: h then points away from the arrow.")
    def cut_off(h, W):
        return (h @ W).clamp_min(0)

    @mistake(
        "You read only the first activation, `h[0]`. Every row of the batch is an activation, with readings of its own."
    )
    def the_first_activation_only(h, W):
        return h[0] @ W

    @mistake("The result has lost an axis of size 1. A batch of one is still a batch: leave `squeeze` out.")
    def squeezed(h, W):
        return (h @ W).squeeze()

    @mistake("The right numbers, the wrong way round: one row per activation in the batch, one column per feature.")
    def features_first(h, W):
        return W.T @ h.T

    @rewrite
    def with_einsum(h, W):
        return torch.einsum("bh,hf->bf", h, W)

    @rewrite
    def with_broadcasting(h, W):
        return (h[:, :, None] * W[None]).sum(1)

    @rewrite
    def with_stack(h, W):
        return torch.stack([(h * w).sum(-1) for w in W.T], dim=-1)

    def cases(self, rng):
        # A square W first: there a mix-up of rows and columns doesn't raise an error, so it can be told by its values.
        yield Case((torch.randn(2, 3, generator=rng), model(rng, hidden=3, feature=3)))
        yield Case(
            (torch.randn(2, 3, generator=rng), model(rng, hidden=3, feature=5)), "with more features than dimensions"
        )
        yield Case((torch.randn(1, 4, generator=rng), model(rng, hidden=4, feature=2)), "with one activation")
        yield Case((torch.randn(4, 2, generator=rng), model(rng, hidden=2, feature=1)), "with one feature")

    def oracle(
        self, h: Float[Tensor, "batch hidden"], W: Float[Tensor, "hidden feature"]
    ) -> Float[Tensor, "batch feature"]:
        readings = torch.zeros(h.shape[0], W.shape[1])
        for i in range(W.shape[1]):
            for k in range(W.shape[0]):
                readings[:, i] += W[k, i] * h[:, k]
        return readings
