"""What neurons say to the logits directly, past everything else."""

from jaxtyping import Float, Int
from torch import Tensor

from course_utils.lm.parts import AfterNeurons


def direct_effects(
    W_out: Float[Tensor, "neuron model"], W_U: Float[Tensor, "model vocab"]
) -> Float[Tensor, "neuron vocab"]:
    """What one unit of each neuron adds to each logit, before the last LayerNorm divides; the mean over pieces off."""
    effect = (W_out - W_out.mean(1, keepdim=True)) @ W_U
    return effect - effect.mean(1, keepdim=True)


def parts_of(
    rest: AfterNeurons,
    mid: Float[Tensor, "row model"],
    neurons: Float[Tensor, "row neuron"],
    for_pieces: Int[Tensor, "row piece"],
    against: Int[Tensor, "row rival"] | None = None,
) -> tuple[Float[Tensor, "row neuron"], Float[Tensor, " row"]]:
    """A logit difference as a sum: what each neuron adds to it, and what all the rest adds (stream, biases).

    The difference is that of the mean logits of two lists of pieces; `against` None: all pieces. The scale of the last
    LayerNorm is the row's own.
    """
    stream = mid + neurons @ rest.W_out + rest.b_out
    stream = stream - stream.mean(1, keepdim=True)
    scale = (stream.square().mean(1, keepdim=True) + rest.eps).sqrt()
    others = slice(None) if against is None else against
    direction = rest.W_U.T[for_pieces].mean(1) - rest.W_U.T[others].mean(-2)
    direction = (direction - direction.mean(1, keepdim=True)) / scale
    bias = rest.b_U[for_pieces].mean(1) - rest.b_U[others].mean(-1)
    whole = ((mid + neurons @ rest.W_out + rest.b_out) * direction).sum(1) + bias
    part = neurons * (direction @ rest.W_out.T)
    return part, whole - part.sum(1)
