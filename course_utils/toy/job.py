"""What an engine gets: a start, the data and the parts, checked and spread over the instances."""

from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor

from course_utils.toy.activations import RELU, Activation
from course_utils.toy.optimisers import ADAM, Optimiser
from course_utils.toy.regularisers import Dropout, Penalty


class Parts(NamedTuple):
    """The exchangeable parts of a training. An engine may decline some of them; see ``declines`` of each."""

    data: Any
    activation: Activation = RELU
    optimiser: Optimiser = ADAM
    penalty: Penalty | None = None
    dropout: Dropout | None = None


class Job(NamedTuple):
    """Everything on the processor; ``rates`` has the learning rate of every step."""

    W: Float[Tensor, "instance hidden feature"]
    b: Float[Tensor, "instance feature"]
    importance: Float[Tensor, "instance feature"]
    density: Float[Tensor, "instance feature"]
    rates: Float[Tensor, "step"]
    batch_size: int
    seed: int
    parts: Parts
