"""Networks taken apart: a neuron deleted, the upper layers alone."""

from dataclasses import replace

from course_utils.computing.results import Result


def without_neuron(result: Result, layer: int, neuron: int) -> Result:
    """The same networks with nothing reading one neuron of a hidden layer (both counted from 0)."""
    W = result.layers[layer + 1].W.clone()
    W[..., neuron] = 0
    layers = [*result.layers]
    layers[layer + 1] = layers[layer + 1]._replace(W=W)
    return replace(result, layers=tuple(layers))


def above(result: Result, layer: int) -> Result:
    """What comes after a hidden layer (counted from 0): networks that take what it holds, and give the output."""
    return replace(result, layers=result.layers[layer + 1 :])
