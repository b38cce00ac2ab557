"""4.1: output weights that turn pairs of neurons into absolute values."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


def pairs(n: int, rng: torch.Generator, idle: int = 0) -> Float[Tensor, "neuron feature"]:
    """Two neurons a feature, one for each sign, at any scale and in any order; `idle` more that read nothing."""
    scale = 0.2 + 3 * torch.rand(2, n, generator=rng)
    W = torch.cat([scale[0].diag(), -scale[1].diag(), torch.zeros(idle, n)])
    return W[torch.randperm(len(W), generator=rng)]


@law("the network with your weights gives |x|, also where several features are on")
def absolute(answer, W_in):
    x = 2 * torch.rand(50, W_in.shape[1], generator=torch.Generator().manual_seed(3)) - 1
    y = ((x @ W_in.T).relu() @ answer(W_in).T).relu()
    worst = (y - x.abs()).abs().max().item()
    return None if worst < 1e-4 else f"On fifty inputs the output is off by up to {worst:.3g}."


def inverse(W):
    return torch.where(W != 0, 1 / W, 0.0)


class AbsoluteByHand(FunctionExercise):
    id, title = "4.1", "Absolute values by hand"
    difficulty, minutes, points, needs = "A", 6, 1, []
    checked = "layers of pairs at several scales, in mixed order, some with neurons that read nothing"
    hints = [
        "Take one neuron with the input weight −4. At x = −0.5 it says 2, and output i should get 0.5 from it. Which "
        "output weight does that? And at any other negative x?",
        "A neuron with input weight w says |w| · |x| on its half, so its output weight is 1/|w|, to the output of the "
        "feature that it reads and to no other: `1 / W_in.abs()` where W_in isn't 0, transposed.",
    ]

    def cases(self, rng):
        yield Case(pairs(3, rng), "")
        yield Case(torch.tensor([[1.0], [-1.0]]), "with one feature at scale 1")
        yield Case(torch.tensor([[0.0, -0.25], [2.0, 0.0], [0.0, 4.0], [-0.5, 0.0]]), "with round numbers")
        yield Case(pairs(4, rng, idle=3), "with neurons that read nothing")
        yield Case(pairs(1, rng, idle=1), "with one feature and a neuron that reads nothing")
        faint = torch.tensor([[0.0, 0.002], [80.0, 0.0], [0.0, -25.0], [-0.0005, 0.0]])
        yield Case(faint, "with very weak and very strong weights")

    def oracle(self, W_in: Float[Tensor, "neuron feature"]) -> Float[Tensor, "feature neuron"]:
        neurons, features = W_in.shape
        W_out = torch.zeros(features, neurons)
        for k in range(neurons):
            for i in range(features):
                if W_in[k, i] != 0:
                    at_full_strength = max(0.0, float(W_in[k, i]) * (1 if W_in[k, i] > 0 else -1))
                    W_out[i, k] = 1 / at_full_strength
        return W_out

    laws = [absolute]

    @mistake(
        "Your output weights have the sign of the input weights, so what is negative gets subtracted: the network "
        "gives ReLU(x). A neuron never says anything negative, whatever its input weight: all output weights are "
        "positive."
    )
    def signed(W_in):
        return inverse(W_in).T

    @mistake(
        "You gave every output weight the size 1. A neuron with input weight 4 then says four times too much: divide "
        "by its input weight's size."
    )
    def all_ones(W_in):
        return (W_in != 0).float().T

    @mistake(
        "You multiplied by the input weight's size once more. It has to be undone: in times out is 1, so divide by it."
    )
    def same_size(W_in):
        return W_in.abs().T

    @mistake("You transposed W_in and left it at that. In times out has to be 1 on either half, with a positive sign.")
    def tied(W_in):
        return W_in.T

    @mistake("That is 1, −1 and 0. Signs don't undo the scale, and neurons of negative halves need positive weights.")
    def only_signs(W_in):
        return W_in.sign().T

    @mistake(
        "A pseudoinverse undoes W_in without its ReLU. But only one neuron of a pair is on at a time, so each has to "
        "do the whole job: 1/|w|, not w/(w² + w′²)."
    )
    def pseudoinverse(W_in):
        return torch.linalg.pinv(W_in)

    @mistake("You took the pseudoinverse and dropped its signs. Each neuron of a pair works alone: 1/|w| for each.")
    def pseudoinverse_without_signs(W_in):
        return torch.linalg.pinv(W_in).abs()

    @mistake("Half of it is missing: you halved the weights, as if both neurons of a pair were on together.")
    def halved(W_in):
        return inverse(W_in).abs().T / 2

    @mistake("Neurons that read positive values have their weights, the others have none: |x| needs both halves.")
    def positive_half_alone(W_in):
        return inverse(W_in.relu()).T

    @mistake("1/0 is infinite. Where a neuron doesn't read a feature, it has nothing to say to that output: 0.")
    def infinite(W_in):
        return (1 / W_in.abs()).T

    @mistake(
        "Your weights are right and stand [neuron, feature]. A layer's weights are [what it writes, what it reads]."
    )
    def not_transposed(W_in):
        return inverse(W_in).abs()

    @mistake("Squares: in times out should be 1, and yours is 1/|w|.")
    def squared(W_in):
        return inverse(W_in).square().T

    @mistake(
        "Very weak weights count as nothing in yours. A neuron reads at any strength: only where `W_in` is exactly 0 "
        "does it read nothing."
    )
    def weak_ones_left_out(W_in):
        return inverse(W_in).abs().T * (W_in.abs() > 0.1).T

    @rewrite
    def with_loops(W_in):
        W_out = torch.zeros(W_in.shape[1], W_in.shape[0])
        for k, i in W_in.nonzero().tolist():
            W_out[i, k] = 1 / abs(W_in[k, i])
        return W_out

    @rewrite
    def with_nan_to_num(W_in):
        return (1 / W_in.T).abs().nan_to_num(posinf=0.0)

    @rewrite
    def by_the_square(W_in):
        return (W_in.abs() / W_in.square().clamp_min(1e-30)).T

    @rewrite
    def with_numpy(W_in):
        import numpy as np

        W = W_in.numpy().T
        return torch.from_numpy(np.divide(1, np.abs(W), out=np.zeros_like(W), where=W != 0))
