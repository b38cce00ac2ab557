"""0.1 to 0.3: how a check works; reading a feature with a dot product; what leaks in from the others."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


class Length(ValueExercise):
    id, title = "0.1", "How a check works"
    difficulty, minutes, points, needs = "A", 3, 1, []
    hints = [
        "Draw the arrow from (0, 0) to (−5, 12). It is the long side of a right triangle: what are the two short "
        "sides?",
        "Pythagoras: square both coordinates, add, and take the square root of the sum.",
    ]
    atol = 0.01
    otherwise = (
        "Draw it: 5 to the left and 12 up are the two short sides of a right triangle, and the arrow is the "
        "long one. It "
        "is longer than 12, and shorter than the way along the axes."
    )
    checked = "An arrow that goes 5 to the left and 12 up is 13 long: √(5² + 12²)."
    mistakes = {
        "added": (
            7.0,
            "You added the coordinates. Left (−5) then takes away from up (12), and the arrow to (−5, 5) would have "
            "length 0 and still point somewhere.",
        ),
        "along the axes": (
            17.0,
            "That is the way along the axes, first 5 and then 12. The arrow goes straight, so it is shorter.",
        ),
        "no root": (169.0, "That is the length squared. The last step is the square root."),
        "squares subtracted": (
            119**0.5,
            "You subtracted the squares. The square of −5 is +25: going left makes the arrow as much longer as going "
            "right does.",
        ),
        "the angle": (
            math.degrees(math.atan2(12, -5)),
            "That is the arrow's angle to the first axis. How long it is doesn't depend on where it points.",
        ),
        "the angle in radians": (
            math.atan2(12, -5),
            "That is the arrow's angle to the first axis, in radians. How long it is doesn't depend on where "
            "it points.",
        ),
        "length 1": (1.0, "A direction may be brought to length 1. Here the arrow is to be measured as it is."),
        "multiplied": (
            60.0,
            "You multiplied the coordinates: that is an area, and the arrow along an axis would have 0.",
        ),
        "the slope": (12 / 5, "That is how steep the arrow is. Every arrow in its direction has the same slope."),
        "root of the sum": (
            17**0.5,
            "You took the root of 5 + 12. Square each coordinate first: the squares are added, then comes the root.",
        ),
        "the mean of the sizes": (
            8.5,
            "That is the mean of 5 and 12. The arrow is the long side of a right triangle with these short sides.",
        ),
        "the mean": (
            3.5,
            "That is the mean of the coordinates. The arrow is the long side of a right triangle with short "
            "sides 5 and 12.",
        ),
        "longest side": (
            12.0,
            "That is the larger of the two coordinates. The other one makes the arrow longer, though not by all of 5.",
        ),
    }
    rewrites = [13, 13.0, torch.tensor(13.0), torch.tensor([-5.0, 12.0]).norm(), math.hypot(-5, 12)]

    def oracle(self) -> float:
        return math.dist((0, 0), (-5, 12))


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


@law("directions at right angles don't leak")
def no_leak_at_right_angles(answer, x, W):
    n = min(W.shape)
    leaked = answer(x[:, :n], 2 * torch.eye(W.shape[0])[:, :n]).abs().max().item()
    return None if leaked < 1e-4 else f"With the axes as directions, of length 2 each, your leak is up to {leaked:.2g}."


def others(W):
    return W.T @ W - torch.diag((W**2).sum(0))


def leak_by_gram(x, W):
    return x @ others(W)


class Leak(FunctionExercise):
    id, title = "0.3", "What leaks in from the others?"
    difficulty, minutes, points, needs = "B", 8, 2, ["0.2"]
    hints = [
        "You can write, read, and then take away what feature i wrote itself. What does a feature of value x and "
        "direction w read of its own arrow?",
        "A feature's own arrow reads x · ‖w‖². So: write `h = x @ W.T`, read `h @ W`, subtract `x * (W**2).sum(0)`.",
    ]
    checked = "models against loops, with negative values, with most features off, and with one input"
    laws = [no_leak_at_right_angles]

    @mistake(
        "You weigh the overlap with x_i, the feature that reads. What leaks is what the others write: weigh with x_j."
    )
    def weighed_with_the_reader(x, W):
        return x * others(W).sum(0)

    @mistake("You kept the largest leak alone. The leaks of all the others add up in one reading.")
    def largest_leak(x, W):
        return (x[:, :, None] * others(W)).amax(1)

    @mistake("That is the feature's own part, x_i ‖w_i‖². The leak is the rest of the reading.")
    def own_part(x, W):
        return x * (W**2).sum(0)

    @mistake("That is x minus the whole reading. The leak is the reading without the feature's own part, x_i ‖w_i‖².")
    def error_of_the_reading(x, W):
        return x - x @ (W.T @ W)

    @mistake("`result = …` in a loop keeps what its last turn left. Write column i alone: `out[:, i] = …`.")
    def last_turn_only(x, W):
        out = torch.zeros_like(x)
        for i in range(x.shape[1]):
            without = x.clone()
            without[:, i] = 0
            out = (without @ W.T) @ W
        return out

    @mistake(
        "`G - G.diagonal()` takes the diagonal off every row: broadcasting. Only the diagonal itself is to go, "
        "`G - torch.diag(G.diagonal())`."
    )
    def diagonal_off_every_row(x, W):
        gram = W.T @ W
        return x @ (gram - gram.diagonal())

    @mistake(
        "That is the whole reading. Take away what the feature wrote itself: x_i ‖w_i‖² is signal, the rest is leak."
    )
    def counts_itself(x, W):
        return x @ (W.T @ W)

    @mistake(
        "You took away x_i, which is the feature's own part only when its direction has length 1. In general it "
        "is x_i ‖w_i‖²."
    )
    def own_part_is_x(x, W):
        return x @ (W.T @ W) - x

    @mistake(
        "You took away x_i ‖w_i‖. The feature's arrow counts twice, once when it writes and once when it reads, so "
        "its own part is x_i ‖w_i‖²."
    )
    def own_part_is_x_times_the_length(x, W):
        return x @ (W.T @ W) - x * W.norm(dim=0)

    @mistake(
        "You squared the overlaps. Squares are for adding up over many inputs; for one input, leaks have signs "
        "and may cancel."
    )
    def squared(x, W):
        return x @ others(W) ** 2

    @mistake(
        "You added sizes without signs. Two features may leak +1 and −1 into the same reading, and then nothing "
        "is wrong with it."
    )
    def absolute_values(x, W):
        return x.abs() @ others(W).abs()

    @mistake(
        "You made every overlap positive. Arrows more than 90° apart leak with a minus sign: that is why readings "
        "can come out too small."
    )
    def absolute_overlaps(x, W):
        return x @ others(W).abs()

    @mistake(
        "You let only features above 0 leak. A value below 0 is written too, against its arrow: it leaks with the "
        "other sign."
    )
    def only_what_is_positive(x, W):
        return x.clamp_min(0) @ others(W)

    @mistake("You cut off what is negative. A leak may be negative: it then makes the reading too small.")
    def cut_off(x, W):
        return leak_by_gram(x, W).clamp_min(0)

    @mistake("You computed the leaks of the first row only. Each row of the batch is an input of its own.")
    def the_first_row_only(x, W):
        return x[0] @ others(W)

    @mistake("You gave a leak only to features that are on. One that is off hears the others just as much.")
    def only_into_what_is_on(x, W):
        return leak_by_gram(x, W) * (x != 0)

    @mistake(
        "You added the overlaps as if every feature were on at 1. Only what is on can leak: weigh each overlap by x_j."
    )
    def everyone_on(x, W):
        return others(W).sum(0).expand_as(x).clone()

    @mistake("You made every direction length 1 first. Here directions keep their lengths: a long arrow leaks more.")
    def unit_directions(x, W):
        return leak_by_gram(x, W / W.norm(dim=0))

    @mistake(
        "You divided by the length of the direction that reads. A reading is a plain dot product, as in 0.2, so a "
        "long arrow also picks up more."
    )
    def unit_reader(x, W):
        return leak_by_gram(x, W) / W.norm(dim=0)

    rewrites = [leak_by_gram]

    @rewrite
    def leak_by_loops(x, W):
        out = torch.zeros_like(x)
        for i in range(W.shape[1]):
            without = x.clone()
            without[:, i] = 0
            out[:, i] = (without @ W.T) @ W[:, i]
        return out

    @rewrite
    def leak_by_difference(x, W):
        return (x @ W.T) @ W - x * W.norm(dim=0) ** 2

    def cases(self, rng):
        yield Case((torch.randn(2, 3, generator=rng), model(rng, hidden=2, feature=3)), "with negative values")
        yield Case((torch.rand(1, 6, generator=rng), model(rng, hidden=4, feature=6)), "with one input")
        yield Case((torch.rand(5, 2, generator=rng), model(rng, hidden=3, feature=2)), "with room to spare")
        some = torch.rand(4, 5, generator=rng) * (torch.arange(20).view(4, 5) % 3 == 0)
        yield Case((some, model(rng, hidden=3, feature=5)), "with most features off")

    def oracle(
        self, x: Float[Tensor, "batch feature"], W: Float[Tensor, "hidden feature"]
    ) -> Float[Tensor, "batch feature"]:
        leaked = torch.zeros_like(x)
        for i in range(W.shape[1]):
            for j in range(W.shape[1]):
                if j != i:
                    leaked[:, i] += x[:, j] * sum(W[k, j] * W[k, i] for k in range(W.shape[0]))
        return leaked

    equivalent = {
        ("line 3: `x @ overlap` → `x @ overlap.mT`"): ("WᵀW is symmetric: what i leaks into j, j leaks into i."),
        ("leak_by_gram, line 1: `x @ others(W)` → `x @ others(W).mT`"): ("The same symmetry."),
    }
