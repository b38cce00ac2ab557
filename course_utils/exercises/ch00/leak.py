"""0.3: what leaks into a reading from the other features."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch00.directions import model


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

    @mistake(
        "You set the diagonal of your readings to 0. They are [batch, feature], and nothing in particular stands on "
        "their diagonal. A feature's own part is in the overlaps, [feature, feature]."
    )
    def own_part_off_the_readings(x, W):
        return x @ (W.T @ W) * (1 - torch.eye(len(x), W.shape[1]))

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
