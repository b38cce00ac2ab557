"""What is added to a loss or done to the bottleneck, to push the weights one way: parts for ``train``."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


def each_instance(name: str, value: float | Tensor, n_instances: int) -> Float[Tensor, "instance"]:
    """A number, or one for every instance, as ``[instance]``."""
    values = torch.as_tensor(value, dtype=torch.float32).detach().cpu()
    if values.ndim > 1 or (values.ndim == 1 and len(values) not in (1, n_instances)):
        raise ValueError(
            f"{name} must be a number or [{n_instances}], one for every instance: got {list(values.shape)}"
        )
    if not torch.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got {values.tolist()}")
    return values.expand(n_instances).clone()


@dataclass(frozen=True)
class L2:
    """``strength · ‖W‖²_F``, added to the loss. A strength below 0 makes W longer: weight decay of the other sign.

    >>> L2(torch.tensor([0.0, 1e-3])).strengths(2)
    tensor([0.0000, 0.0010])
    """

    strength: float | Tensor

    def strengths(self, n_instances: int) -> Float[Tensor, "instance"]:
        return each_instance("the strength of L2", self.strength, n_instances)

    def __call__(self, W: Float[Tensor, "instance hidden feature"]) -> Float[Tensor, "instance"]:
        return self.strengths(len(W)).to(W) * (W**2).sum((1, 2))


@dataclass(frozen=True)
class Dropout:
    """Each hidden dimension of each example is 0 with probability ``rate``, else divided by ``1 − rate``.

    (Srivastava et al. 2014, as PyTorch scales it.) Only while training: look at the trained model without it.
    """

    rate: float | Tensor

    def rates(self, n_instances: int) -> Float[Tensor, "instance"]:
        rates = each_instance("the rate of dropout", self.rate, n_instances)
        if (rates < 0).any() or (rates >= 1).any():
            raise ValueError(f"the rate of dropout must be at least 0 and below 1, got {rates.tolist()}")
        return rates

    def masks(
        self, n_instances: int, device: str | torch.device = "cpu"
    ) -> Callable[[Float[Tensor, "instance batch hidden"], torch.Generator], Tensor]:
        """A function from h and a generator to what h is to be multiplied with."""
        kept = 1 - self.rates(n_instances).to(device)[:, None, None]
        return lambda h, generator: (torch.rand(h.shape, generator=generator, device=device) < kept) / kept


Penalty = Callable[[Float[Tensor, "instance hidden feature"]], Float[Tensor, "instance"]]


def penalty_gradient(penalty: Penalty, W: Float[Tensor, "instance hidden feature"]) -> Tensor:
    """Gradient with respect to ``W`` of a penalty: L2's is known, any other function's comes from autograd."""
    if isinstance(penalty, L2):
        return 2 * penalty.strengths(len(W)).to(W)[:, None, None] * W
    with torch.enable_grad():
        W = W.detach().clone().requires_grad_()
        return torch.autograd.grad(penalty(W).sum(), W)[0]
