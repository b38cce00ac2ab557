"""What a training leaves behind, and what can be asked of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.computing.layers import Layer, forward
from course_utils.toy.activations import LINEAR, RELU, Activation


@dataclass(frozen=True)
class Result:
    """Trained networks, all tensors on the processor. ``result(x)`` is their output, ``result[i]`` the i-th alone.

    Row 0 of the log is the untrained network; row k is the mean over the steps since row k−1.
    """

    layers: tuple[Layer, ...] = field(repr=False)
    loss: Float[Tensor, "log instance"] = field(repr=False)
    steps: Int[Tensor, "log"] = field(repr=False)
    activation: Activation = RELU
    output: Activation = LINEAR
    importance: Float[Tensor, "instance n_out"] | None = field(default=None, repr=False)
    density: Float[Tensor, "instance n_in"] | None = field(default=None, repr=False)
    engine: str = ""
    """Which engine ran: "numba" (the fused one, on the processor) or "torch"."""
    why: str = ""
    """Why this engine, and, if it isn't the fused one, what that one can't do."""

    def __len__(self) -> int:
        return len(self.layers[0].W)

    def hidden(
        self, x: Float[Tensor, "batch instance n_in"] | Float[Tensor, "batch n_in"]
    ) -> tuple[Float[Tensor, "batch instance n_hidden"], ...]:
        """What every hidden layer holds, after its activation; inputs without an instance dimension go to all."""
        return tuple(a.transpose(0, 1) for a in self._after(x)[:-1])

    def __call__(
        self, x: Float[Tensor, "batch instance n_in"] | Float[Tensor, "batch n_in"]
    ) -> Float[Tensor, "batch instance n_out"]:
        """The output; inputs without an instance dimension go to all instances."""
        return self._after(x)[-1].transpose(0, 1)

    def __getitem__(self, instance: int) -> "Result":
        """One instance, still with its dimension."""
        if not -len(self) <= instance < len(self):
            raise IndexError(f"there are {len(self)} instances, no number {instance}")
        return self.pick(instance)

    def __iter__(self) -> Iterator["Result"]:
        return (self[i] for i in range(len(self)))

    def pick(self, instances: int | list[int] | Int[Tensor, "some"]) -> "Result":
        """Some of the instances, for instance the best ones; with ``train(start=...)`` they train on.

        >>> best = result.pick(int(result.loss[-1].argmin()))                                     # doctest: +SKIP
        """
        at = torch.as_tensor(instances)
        at = at.nonzero() if at.dtype == torch.bool else at
        at = at.reshape(-1)
        spread = {name: getattr(self, name) for name in ("importance", "density")}
        return replace(
            self,
            layers=tuple(Layer(W[at], b[at]) for W, b in self.layers),
            loss=self.loss[:, at],
            **{name: value if value is None else value[at] for name, value in spread.items()},
        )

    def _after(self, x: Tensor) -> list[Tensor]:
        n_in = self.layers[0].W.shape[2]
        if x.ndim not in (2, 3) or x.shape[-1] != n_in or (x.ndim == 3 and x.shape[1] not in (1, len(self))):
            raise ValueError(
                f"x is {list(x.shape)}; with these networks it must be [batch, {n_in}] or [batch, {len(self)}, {n_in}]"
            )
        x = (x[:, None] if x.ndim == 2 else x).expand(-1, len(self), -1)
        return forward(self.layers, x.transpose(0, 1), self.activation, self.output)[1]
