"""What an engine gets: a start, the task and the parts, checked and spread over the instances."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from course_utils.computing.layers import Layer
from course_utils.computing.losses import MSE, Loss
from course_utils.computing.tasks import Task
from course_utils.toy.activations import LINEAR, RELU, Activation
from course_utils.toy.optimisers import ADAM, Optimiser


class Parts(NamedTuple):
    """The exchangeable parts of a training. ``weights`` and ``biases`` are the numbers of the layers whose W and
    whose b are trained, in rising order."""

    task: Task
    weights: tuple[int, ...]
    biases: tuple[int, ...]
    activation: Activation = RELU
    output: Activation = LINEAR
    loss: Loss = MSE
    optimiser: Optimiser = ADAM


class Job(NamedTuple):
    """Everything on the processor; ``rates`` has the learning rate of every step."""

    layers: tuple[Layer, ...]
    importance: Float[Tensor, "instance n_out"]
    density: Float[Tensor, "instance n_in"]
    rates: Float[Tensor, "step"]
    batch_size: int
    seed: int
    parts: Parts

    def weight(self, rows: int) -> Float[Tensor, "instance n_out"]:
        """What the loss of each output is multiplied with, for its sum over a batch to be the loss."""
        return self.importance / (rows * (1 if self.parts.loss.summed else self.importance.shape[1]))
