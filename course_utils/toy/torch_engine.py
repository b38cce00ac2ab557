"""Training many toy models with batched PyTorch: on a GPU, where numba is missing, and with parts of any kind.

The gradients are written out by hand: autograd would keep every intermediate tensor. With e = ∂loss/∂z and mask k,

    h = k W x,   z = Wᵀh + b,   x̂ = f(z),   ∂b = Σ e,   ∂W = Σ h eᵀ + k (W e) xᵀ       (sums over the batch)
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from course_utils.toy.descent import Descent
from course_utils.toy.job import Job
from course_utils.toy.regularisers import penalty_gradient


@contextmanager
def one_thread() -> Iterator[None]:
    """On a processor, matrix products over many examples round differently on two threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class TorchEngine:
    """State of a sweep on any device. ``run(steps)`` advances it; ``W`` and ``b`` read it."""

    ready = True  # nothing to compile

    def __init__(self, job: Job, *, device: str | torch.device = "cpu"):
        self.parts = job.parts
        n_instances, n_hidden, n_features = self.shape = job.W.shape
        self.n_weights = n_hidden * n_features
        self.descent = Descent(job.W.flatten(1), job.b, job.parts.optimiser, job.rates, device)
        self.P, self.gradient = self.descent.P, self.descent.gradient
        self.feed = job.parts.data.feed(job.density.to(device), job.batch_size)
        rows = self.feed.rows[:, None]
        self.weight = (job.importance / (rows * n_features)).to(device)[:, None, :]
        longest = torch.arange(int(rows.max()))
        self.counts = (longest < rows).to(device)[..., None] if (rows != rows.max()).any() else None
        dropout = job.parts.dropout
        self.masks = None if dropout is None else dropout.masks(n_instances, device)
        self.generator = torch.Generator(device).manual_seed(job.seed)

    @property
    def W(self) -> torch.Tensor:
        return self.P[:, : self.n_weights].reshape(self.shape).cpu().clone()

    @property
    def b(self) -> torch.Tensor:
        return self.P[:, self.n_weights :].cpu().clone()

    @torch.no_grad()
    def run(self, steps: int) -> torch.Tensor:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``, without the penalty."""
        loss = torch.zeros(self.shape[0], device=self.P.device, dtype=torch.float64)
        with one_thread():
            for _ in range(steps):
                loss += self._gradient()
                self.descent.step()
        return (loss / steps).cpu()

    def _gradient(self) -> torch.Tensor:
        """Fill ``self.gradient``; returns the loss of the batch, ``[instance]``."""
        activation, penalty = self.parts.activation, self.parts.penalty
        W = self.P[:, : self.n_weights].view(self.shape)
        x = self.feed.draw(self.generator)
        h = x @ W.mT
        mask = None if self.masks is None else self.masks(h, self.generator)
        if mask is not None:
            h.mul_(mask)
        z = torch.baddbmm(self.P[:, None, self.n_weights :], h, W)
        error = activation.f(z) - x
        if self.counts is not None:
            error.mul_(self.counts)
        weighted = error * self.weight
        loss = torch.linalg.vecdot(error.flatten(1), weighted.flatten(1))
        e = weighted.mul_(2).mul_(activation.slope(z))
        dW = self.gradient[:, : self.n_weights].view(self.shape)
        torch.bmm(h.mT, e, out=dW)
        back = e @ W.mT
        if mask is not None:
            back.mul_(mask)
        dW.baddbmm_(back.mT, x)
        torch.sum(e, dim=1, out=self.gradient[:, self.n_weights :])
        if penalty is not None:
            dW += penalty_gradient(penalty, W)
        return loss
