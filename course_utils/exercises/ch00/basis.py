"""0.4: a rotation of the hidden space is invisible, until something acts on its axes one by one."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


def random_rotation(rng: torch.Generator, hidden: int) -> Float[Tensor, "hidden hidden"]:
    """A rotation (determinant +1), uniformly distributed."""
    Q, R = torch.linalg.qr(torch.randn(hidden, hidden, generator=rng))
    Q = Q * R.diagonal().sign()
    Q[:, 0] *= torch.linalg.det(Q).sign()
    return Q


@law("without a ReLU the rotation changes nothing")
def invisible(answer, x, W, R, relu):
    same = torch.allclose(answer(x, W, R, False), answer(x, W, torch.eye(len(R)), False), rtol=1e-3, atol=1e-3)
    return None if same else "Without a ReLU, your output changed when the hidden space was rotated."


@law("even with a ReLU, renaming the axes changes nothing")
def renaming(answer, x, W, R, relu):
    names = torch.eye(len(R)).roll(1, dims=0)
    same = torch.allclose(answer(x, W, names, True), answer(x, W, torch.eye(len(R)), True), rtol=1e-3, atol=1e-3)
    return None if same else "With a ReLU, your output changed when the hidden axes only swapped places."


def activation(h, relu):
    return h.clamp_min(0) if relu else h


def rotated(x, W, R, relu):
    turned = R @ W
    return activation(x @ turned.T, relu) @ turned


class Rotated(FunctionExercise):
    id, title = "0.4", "Rotate the hidden space"
    difficulty, minutes, points, needs = "B", 10, 2, ["0.2"]
    hints = [
        "R turns arrows in the hidden space, and the arrows are the columns of W. On which side of W does R stand, so "
        "that the shapes fit for any number of features?",
        "Let `V = R @ W`, and use V twice: `h = x @ V.T` to write (then the ReLU, if there is one), `h @ V` to read.",
    ]
    fixed = ("R",)
    checked = "models against loops, with and without a ReLU, with negative values"
    laws = [invisible, renaming]

    @mistake("You took sizes where the ReLU belongs: it sets what is below zero to 0.")
    def sizes_for_a_ReLU(x, W, R, relu):
        h = x @ (R @ W).T
        return (h.abs() if relu else h) @ (R @ W)

    @mistake("That is a sigmoid, not a ReLU: a ReLU sets what is below zero to 0 and leaves the rest as it is.")
    def sigmoid_for_a_ReLU(x, W, R, relu):
        h = x @ (R @ W).T
        return (h.sigmoid() if relu else h) @ (R @ W)

    @mistake("You rotated twice: R R W. The arrows turn once, and both writing and reading use R W.")
    def rotated_twice(x, W, R, relu):
        return rotated(x, W, R @ R, relu)

    @mistake("You read with Rᵀ W, the arrows turned the other way. The whole space turns: write and read with R W.")
    def read_backwards(x, W, R, relu):
        return activation(x @ (R @ W).T, relu) @ (R.T @ W)

    @mistake("Your ReLU keeps or drops a whole vector. It acts on each number of h by itself.")
    def whole_vectors(x, W, R, relu):
        h = x @ (R @ W).T
        return (h * (h.sum(1, keepdim=True) > 0) if relu else h) @ (R @ W)

    @mistake("You turned h after the ReLU and read with the old arrows. Turn the arrows, R W, and use them for both.")
    def turned_after_the_ReLU_read_as_before(x, W, R, relu):
        return activation(x @ W.T, relu) @ R.T @ W

    @mistake(
        "You turned h once it was written, ReLU and all, and read with the old arrows. The ReLU belongs to the turned "
        "space: both writing and reading use R W, and the ReLU stands between."
    )
    def turned_once_after_the_ReLU(x, W, R, relu):
        return activation(x @ W.T, relu) @ R @ W

    @mistake(
        "You write with the rotated arrows and read with the old ones. The whole hidden space turns, so both must "
        "use R W."
    )
    def only_on_the_way_in(x, W, R, relu):
        return activation(x @ (R @ W).T, relu) @ W

    @mistake(
        "You turn in opposite directions when you write and when you read. Activations lie in the rows of h, and a "
        "row is turned by R with Rᵀ on its right: h Rᵀ."
    )
    def written_backwards(x, W, R, relu):
        return activation(x @ W.T @ R, relu) @ (R @ W)

    @mistake(
        "Two things: you read with the old arrows, where R W is meant, and you turn what you write the other way "
        "round, because a row of h is turned by R with Rᵀ on its right."
    )
    def written_backwards_read_with_the_old_arrows(x, W, R, relu):
        return activation(x @ W.T @ R, relu) @ W

    @mistake(
        "W R mixes the features with each other. To turn every arrow in the hidden space, R acts from the left: R W."
    )
    def features_rotated(x, W, R, relu):
        turned = W @ R
        return activation(x @ turned.T, relu) @ turned

    @mistake(
        "Your ReLU acts before the rotation, so R is undone right after it. The ReLU belongs to the rotated "
        "hidden space: rotate first."
    )
    def rotated_after_the_ReLU(x, W, R, relu):
        return activation(x @ W.T, relu) @ R.T @ (R @ W)

    @mistake(
        "You put a ReLU on x as well. Only the hidden activation passes through one: a feature below "
        "0 is written as it is."
    )
    def ReLU_on_the_input(x, W, R, relu):
        return rotated(activation(x, relu), W, R, relu)

    @mistake(
        "You put a ReLU on the output as well. Only the hidden activation passes through one: readings may be negative."
    )
    def ReLU_twice(x, W, R, relu):
        return activation(rotated(x, W, R, relu), relu)

    @mistake(
        "You put the ReLU on the output. (That is the model of chapter 1.) Here it acts on the hidden activation, "
        "before reading."
    )
    def ReLU_at_the_end(x, W, R, relu):
        return activation(x @ (R @ W).T @ (R @ W), relu)

    @mistake("Your output is the linear one even when `relu` is true.")
    def never_a_ReLU(x, W, R, relu):
        return rotated(x, W, R, False)

    @mistake("Your hidden activation goes through a ReLU even when `relu` is false.")
    def always_a_ReLU(x, W, R, relu):
        return rotated(x, W, R, True)

    @mistake(
        "You turned by Rᵀ, which is the same angle backwards. Nobody can tell without the ReLU; with it, the axes can."
    )
    def turned_backwards(x, W, R, relu):
        return rotated(x, W, R.T, relu)

    rewrites = [rotated]

    @rewrite
    def with_einsum(x, W, R, relu):
        h = torch.einsum("bf,hf,kh->bk", x, W, R)
        h = torch.relu(h) if relu else h
        return torch.einsum("bk,kh,hf->bf", h, R, W)

    @rewrite
    def one_input_at_a_time(x, W, R, relu):
        outputs = []
        for row in x:
            h = R @ (W @ row)
            outputs.append(W.T @ (R.T @ (torch.relu(h) if relu else h)))
        return torch.stack(outputs)

    def cases(self, rng):
        # Square first: there W R has the shape of R W, and only its values are wrong.
        for batch, hidden, feature, relu in [(2, 2, 2, True), (3, 2, 5, False), (5, 3, 4, True), (1, 4, 2, False)]:
            cut, let_through = torch.tensor(False), torch.tensor(False)
            while not (
                cut & let_through
            ).all():  # on every input a ReLU has something to cut off, and something is left
                x, W = torch.randn(batch, feature, generator=rng), torch.randn(hidden, feature, generator=rng)
                R = random_rotation(rng, hidden)
                h = x @ (R @ W).T
                cut, let_through = (h < -0.1).any(1), (h > 0.1).any(1)
            yield Case((x, W, R, relu), "with a ReLU" if relu else "without a ReLU")

    def oracle(
        self,
        x: Float[Tensor, "batch feature"],
        W: Float[Tensor, "hidden feature"],
        R: Float[Tensor, "hidden hidden"],
        relu: bool,
    ) -> Float[Tensor, "batch feature"]:
        hidden, feature = W.shape
        arrows = [[sum(R[k, m] * W[m, i] for m in range(hidden)) for i in range(feature)] for k in range(hidden)]
        out = torch.zeros_like(x)
        for b in range(len(x)):
            for k in range(hidden):
                h = sum(arrows[k][i] * x[b, i] for i in range(feature))
                if h > 0 or not relu:
                    for i in range(feature):
                        out[b, i] += h * arrows[k][i]
        return out
