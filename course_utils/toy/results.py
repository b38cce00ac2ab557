"""What a training leaves behind, and what can be asked of it."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.toy.activations import RELU, Activation
from course_utils.toy.losses import weighted_mse


class ToyResult(NamedTuple):
    """What ``train`` found; all tensors are on the processor, whatever trained them.

    Row 0 of the log is the untrained model; row k is the mean over the steps since row k−1.
    """

    W: Float[Tensor, "instance hidden feature"]
    b: Float[Tensor, "instance feature"]
    loss: Float[Tensor, "log instance"]
    steps: Int[Tensor, "log"]
    importance: Float[Tensor, "instance feature"]
    density: Float[Tensor, "instance feature"]
    history: Float[Tensor, "log instance hidden feature"] | None = None
    history_b: Float[Tensor, "log instance feature"] | None = None
    activation: Activation = RELU
    engine: str = ""
    """Which engine ran: "numba" (the fused one, on the processor) or "torch"."""
    why: str = ""
    """Why this engine, and, if it isn't the fused one, what that one can't do."""

    def pick(self, instances: int | list[int] | Int[Tensor, "some"]) -> "ToyResult":
        """Some of the instances, for instance the best ones; with ``train(start=...)`` they train on.

        >>> best = result.pick(int(result.loss[-1].argmin()))                                     # doctest: +SKIP
        """
        at = torch.as_tensor(instances).reshape(-1)
        first = {name: getattr(self, name)[at] for name in ("W", "b", "importance", "density")}
        second = {name: getattr(self, name) for name in ("loss", "history", "history_b")}
        return self._replace(**first, **{name: t if t is None else t[:, at] for name, t in second.items()})


def loss_on(
    result: ToyResult, x: Float[Tensor, "batch instance feature"] | Float[Tensor, "batch feature"]
) -> Float[Tensor, "instance"]:
    """``weighted_mse`` of the trained models on examples of your choice; without an instance dimension all get them.

    >>> loss_on(result, toy.examples(data, 20_000, result.density, seed=1))                        # doctest: +SKIP
    """
    return _loss(result.W, result.b, x, result)


def loss_along(
    result: ToyResult, x: Float[Tensor, "batch instance feature"] | Float[Tensor, "batch feature"]
) -> Float[Tensor, "log instance"]:
    """``loss_on`` at every log point, on the same examples: without the noise of changing batches.

    Raises:
        ValueError: the training didn't keep its history.
    """
    if result.history is None:
        raise ValueError("loss_along needs the weights at every log point: train(..., keep_history=True)")
    return torch.stack([_loss(W, b, x, result) for W, b in zip(result.history, result.history_b, strict=True)])


def output(
    W: Float[Tensor, "*instance hidden feature"],
    b: Float[Tensor, "*instance feature"],
    x: Float[Tensor, "batch *instance feature"],
    activation: Activation = RELU,
) -> Float[Tensor, "batch *instance feature"]:
    """``f(WᵀWx + b)``: the models' output."""
    h = torch.einsum("...hf,n...f->n...h", W, x)
    return activation.f(torch.einsum("...hf,n...h->n...f", W, h) + b)


def _loss(W: Tensor, b: Tensor, x: Tensor, result: ToyResult) -> Tensor:
    x = x[:, None].expand(-1, len(W), -1) if x.ndim == 2 else x
    return weighted_mse(x, output(W, b, x, result.activation), result.importance)
