"""What a training leaves behind besides the weights."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class TrainingLog(NamedTuple):
    """One row per log point, measured on that step's batch before the step's update."""

    steps: Int[Tensor, "log"]
    """Steps taken, the logged one included."""
    loss: Float[Tensor, "log *instance"]
    """What is minimised, sparsity penalty and auxiliary loss included."""
    mse: Float[Tensor, "log *instance"]
    """Mean over rows of ‖x − x̂‖²."""
    explained_variance: Float[Tensor, "log *instance"]
    """1 − Σ‖x − x̂‖² / Σ‖x − x̄‖², sums over the batch; 0 where its rows are all alike, as a single one is."""
    l0: Float[Tensor, "log *instance"]
    """Mean number of active latents in a row."""
    dead: Float[Tensor, "log *instance"]
    """Fraction of latents that haven't fired for ``dead_after`` rows."""

    penalty: Float[Tensor, "log *instance"]
    """λ of that step, as far as it was warmed up (relu, gated, jumprelu); 0 for the others."""

    def instance(self, i: int) -> "TrainingLog":
        return TrainingLog(self.steps, *(column[:, i] for column in self[1:]))
