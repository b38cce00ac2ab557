"""1.2: the two toy models, which differ in one ReLU."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def _project(W, x):
    return torch.einsum("ihf,bif->bih", W, x)


def _lift(W, h):
    return torch.einsum("ihf,bih->bif", W, h)


class ToyModel(FunctionExercise):
    id, title = "1.2", "Squeeze and recover"
    difficulty, minutes, points, needs = "B", 10, 2, []
    checked = (
        "stacks of models against loops, with and without the ReLU, with negative inputs, most features "
        "off, and a batch of one"
    )
    hints = [
        "Two steps. Down: h is a sum of the columns of W, each weighted by its feature. Up: feature i is read off h "
        "with the same column.",
        'Down is `einsum(W, x, "instance hidden feature, batch instance feature -> batch instance hidden")`; up has '
        "the last two axes the other way round. Then the bias, and the ReLU last of all.",
    ]

    def cases(self, rng):
        # All sizes equal comes first: here a swapped axis gives numbers, so that it can be told from other errors.
        yield Case((*_stack(3, 3, 3, 3, rng), True), "with all sizes equal")
        yield Case((*_stack(3, 2, 5, 4, rng), True), "with the ReLU")
        yield Case((*_stack(2, 4, 3, 6, rng), False), "without it")
        yield Case((*_stack(2, 2, 4, 1, rng), True), "with a batch of one")
        W, b, x = _stack(1, 2, 5, 3, rng)
        yield Case((W, b, x * (torch.arange(15).view(3, 1, 5) % 4 == 0), True), "with most features off")
        yield Case((*_stack(2, 1, 2, 5, rng), False), "with a single hidden dimension")

    def oracle(
        self,
        W: Float[Tensor, "instance hidden feature"],
        b: Float[Tensor, "instance feature"],
        x: Float[Tensor, "batch instance feature"],
        relu: bool,
    ) -> Float[Tensor, "batch instance feature"]:
        out = torch.zeros_like(x)
        for s in range(x.shape[0]):
            for i in range(x.shape[1]):
                h = sum(W[i, :, f] * x[s, i, f] for f in range(x.shape[2]))
                for f in range(x.shape[2]):
                    read = float(W[i, :, f] @ h + b[i, f])
                    out[s, i, f] = max(read, 0.0) if relu else read
        return out

    @mistake("The bias is taken off x first. Inputs go into the model as they are; the bias is added to the output.")
    def bias_off_the_input(W, b, x, relu):
        out = _lift(W, _project(W, x - b)) + b
        return out.relu() if relu else out

    @mistake(
        "You multiplied with `relu`: True is 1 and False is 0. It is a question: with True the output goes "
        "through a ReLU, "
        "with False it stays as it is."
    )
    def times_relu(W, b, x, relu):
        return (_lift(W, _project(W, x)) + b) * relu

    @mistake("You read with the pseudo-inverse. The model reads feature i with its own arrow: Wᵀ.")
    def read_with_the_inverse(W, b, x, relu):
        out = _lift(torch.linalg.pinv(W).mT, _project(W, x)) + b
        return out.relu() if relu else out

    @mistake("Two ReLUs that are added up aren't the ReLU of a sum. Add the bias first, then cut off once.")
    def two_ReLUs_added(W, b, x, relu):
        out = _lift(W, _project(W, x))
        return out.relu() + b.relu() if relu else out + b

    @mistake("The bias is missing: the model can't guess the mean of a feature that it dropped.")
    def forgot_the_bias(W, b, x, relu):
        out = _lift(W, _project(W, x))
        return out.relu() if relu else out

    @mistake(
        "The ReLU came before the bias. A negative bias has to reach the ReLU: that is how it silences small "
        "interference."
    )
    def ReLU_before_the_bias(W, b, x, relu):
        out = _lift(W, _project(W, x))
        return (out.relu() if relu else out) + b

    @mistake("The ReLU sits on h. In this model the bottleneck is linear: the ReLU acts on the output, after the bias.")
    def ReLU_on_the_hidden_layer(W, b, x, relu):
        h = _project(W, x)
        return _lift(W, h.relu() if relu else h) + b

    @mistake("There is a ReLU on h as well. The bottleneck is linear: only the output has one.")
    def ReLU_twice(W, b, x, relu):
        h = _project(W, x)
        return (_lift(W, h.relu()) + b).relu() if relu else _lift(W, h) + b

    @mistake("Your model uses the ReLU even when `relu` is False: the linear model has none.")
    def always_a_ReLU(W, b, x, relu):
        return (_lift(W, _project(W, x)) + b).relu()

    @mistake("Your model never uses the ReLU: with `relu=True` no output is below zero.")
    def never_a_ReLU(W, b, x, relu):
        return _lift(W, _project(W, x)) + b

    @mistake("W and Wᵀ are the wrong way round. W [hidden, feature] takes features down to h, and Wᵀ takes h back up.")
    def W_and_its_transpose_swapped(W, b, x, relu):
        out = (W @ (W.mT @ x[..., None]))[..., 0] + b
        return out.relu() if relu else out

    @mistake("Every instance went through the first model. Each instance of x has its own W and b.")
    def the_first_model_for_all(W, b, x, relu):
        out = x @ W[0].T @ W[0] + b[0]
        return out.relu() if relu else out

    @mistake("You gave an output only to features that are on. One that is off has one too: its error counts as well.")
    def only_what_is_on(W, b, x, relu):
        out = _lift(W, _project(W, x)) + b
        return (out.relu() if relu else out) * (x != 0)

    @mistake("There is a ReLU on x as well. Inputs go into the model as they are: only the output has a ReLU.")
    def ReLU_on_the_input(W, b, x, relu):
        out = _lift(W, _project(W, x.relu() if relu else x)) + b
        return out.relu() if relu else out

    @mistake("The bias of the first model went to all of them. Each instance has its own row of b.")
    def the_first_bias_for_all(W, b, x, relu):
        out = _lift(W, _project(W, x)) + b[0]
        return out.relu() if relu else out

    @mistake("The bias is added to x, before the squeeze. It belongs to the output, one number per feature.")
    def bias_on_the_input(W, b, x, relu):
        out = _lift(W, _project(W, x + b))
        return out.relu() if relu else out

    @mistake("You returned h, the squeezed input. It still has to be read back with Wᵀ, one number per feature.")
    def stopped_at_h(W, b, x, relu):
        return _project(W, x)

    @mistake(
        "`@` matched the batch of x with the instances of W. Name the axes in an einsum, or move the instance "
        "axis of x to the front."
    )
    def lost_the_instance_axis(W, b, x, relu):
        out = x @ W.mT @ W + b
        return out.relu() if relu else out

    @mistake(
        "Did you call `torch.einsum(W, x, pattern)`? It wants the pattern first, in single letters. The `einsum` "
        "imported above is that of einops: tensors first, whole words, pattern last."
    )
    def einsum_of_another_library(W, b, x, relu):
        return torch.einsum(W, x, "ihf,bif->bih")

    @mistake(
        "h has lost the instance axis: an axis that is missing after the arrow is summed over, so all models "
        "share one h. Keep `instance` on the right-hand side too."
    )
    def summed_over_the_instances(W, b, x, relu):
        h = torch.einsum("ihf,bif->bh", W, x)
        out = torch.einsum("ihf,bh->bif", W, h) + b
        return out.relu() if relu else out

    @rewrite
    def with_einsum(W, b, x, relu):
        out = torch.einsum("ihf,ihg,big->bif", W, W, x) + b
        return out.relu() if relu else out

    @rewrite
    def with_matmul(W, b, x, relu):
        out = ((x.transpose(0, 1) @ W.mT) @ W).transpose(0, 1) + b
        return out.clamp_min(0) if relu else out

    @rewrite
    def with_gram_matrix(W, b, x, relu):
        out = ((W.mT @ W) @ x[..., None]).squeeze(-1) + b
        return torch.where(out > 0, out, torch.zeros(())) if relu else out

    equivalent = {
        (
            "line 1: `einsum(W, x, 'instance hidden feature, batch instance feature -> batch instance hidden')` → "
            "`einsum(W, x, 'instance hidden feature, batch instance feature -> batch instance hidden').detach()`"
        ): (
            "The values are the same, and values are what this check sees. A gradient that stops here fails 1.5: "
            "its bar at density 1 is missed."
        ),
        (
            "line 2: `einsum(W, h, 'instance hidden feature, batch instance hidden -> batch instance feature') + b` → "
            "`(einsum(W, h, 'instance hidden feature, batch instance hidden -> batch instance feature') + b).detach()`"
        ): ("The values are the same. Without any gradient `backward` in 1.5 raises."),
        ("line 3: `out.relu() if relu else out` → `(out.relu() if relu else out).detach()`"): (
            "The same: `backward` in 1.5 raises."
        ),
    }


def _stack(
    instances: int, hidden: int, features: int, batch: int, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Random W, b and x; biases and inputs of both signs."""
    shapes = (instances, hidden, features), (instances, features), (batch, instances, features)
    return tuple(torch.randn(shape, generator=rng) for shape in shapes)
