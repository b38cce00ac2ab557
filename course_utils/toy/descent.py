"""The step that `optimisers` describes, in PyTorch, for many instances at once."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.optimisers import Optimiser


class Descent:
    """Parameters in one row per instance, W first and then the biases; ``step`` moves them along ``gradient``."""

    def __init__(
        self,
        W: Float[Tensor, "instance weight"],
        b: Float[Tensor, "instance bias"],
        optimiser: Optimiser,
        rates: Float[Tensor, "step"],
        device: str | torch.device,
    ):
        self.optimiser, self.rates, self.done, self.n_weights = optimiser, rates.tolist(), 0, W.shape[1]
        self.P = torch.cat([W, b], dim=1).to(device)
        self.M, self.V, self.gradient = (torch.zeros_like(self.P) for _ in range(3))
        self.decays = optimiser.decays(len(W)).to(device)[:, None]

    def step(self) -> None:
        optimiser, rate = self.optimiser, self.rates[self.done]
        self.done += 1
        if self.decays.any():
            self.P[:, : self.n_weights].mul_(1 - rate * self.decays)
        first, second = optimiser.betas
        self.M.lerp_(self.gradient, 1 - first)
        rate /= 1 - first**self.done
        if not optimiser.adaptive:
            self.P.sub_(self.M, alpha=rate)
            return
        self.V.mul_(second).addcmul_(self.gradient, self.gradient, value=1 - second)
        denominator = self.V.sqrt().div_((1 - second**self.done) ** 0.5).add_(optimiser.eps)
        self.P.addcdiv_(self.M, denominator, value=-rate)
