"""Training many toy models with batched PyTorch: on a GPU, and where numba is missing.

The gradients are written out by hand: autograd would keep every intermediate tensor. With e = ∂loss/∂(WᵀWx + b),

    h = W x,   x̂ = ReLU(Wᵀh + b),   ∂b = Σ e,   ∂W = Σ h eᵀ + (W e) xᵀ       (sums over the batch)
"""

import torch


class TorchEngine:
    """State of a sweep on any device. ``run(steps)`` advances it; ``W`` and ``b`` read it."""

    ready = True  # nothing to compile

    def __init__(self, W, importance, density, *, relu, batch_size, lr, seed, device):
        """``W [instance, hidden, feature]``, ``importance`` and ``density [instance, feature]``: tensors."""
        self.relu, self.batch_size, self.lr, self.done = relu, batch_size, lr, 0
        n_instances, n_hidden, n_features = self.shape = W.shape
        self.n_weights = n_hidden * n_features
        self.P = torch.cat([W.flatten(1), W.new_zeros(n_instances, n_features)], dim=1).to(device)
        self.M, self.V, self.gradient = (torch.zeros_like(self.P) for _ in range(3))
        self.density = density.to(device)[:, None, :]
        self.weight = (importance / (batch_size * n_features)).to(device)[:, None, :]
        self.generator = torch.Generator(device).manual_seed(seed)
        self.x = torch.empty(n_instances, batch_size, n_features, device=device)

    @property
    def W(self) -> torch.Tensor:
        return self.P[:, : self.n_weights].reshape(self.shape).cpu().clone()

    @property
    def b(self) -> torch.Tensor:
        return self.P[:, self.n_weights :].cpu().clone()

    @torch.no_grad()
    def run(self, steps: int) -> torch.Tensor:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``."""
        loss = torch.zeros(self.shape[0], device=self.P.device, dtype=torch.float64)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # on a processor, matrix products over many examples round differently on two
        try:
            for _ in range(steps):
                loss += self._step()
        finally:
            torch.set_num_threads(threads)
        return (loss / steps).cpu()

    def _step(self) -> torch.Tensor:
        W = self.P[:, : self.n_weights].view(self.shape)
        x = self.x.uniform_(generator=self.generator)
        x.mul_(x < self.density).div_(self.density)
        h = x @ W.mT
        out = torch.baddbmm(self.P[:, None, self.n_weights :], h, W)
        if self.relu:
            out.relu_()
        error = out - x
        weighted = error * self.weight
        loss = torch.linalg.vecdot(error.flatten(1), weighted.flatten(1))
        e = weighted.mul_(2)
        if self.relu:
            e.mul_(out > 0)
        dW = self.gradient[:, : self.n_weights].view(self.shape)
        torch.bmm(h.mT, e, out=dW)
        dW.baddbmm_((e @ W.mT).mT, x)
        torch.sum(e, dim=1, out=self.gradient[:, self.n_weights :])
        self.done += 1
        self._adam()
        return loss

    def _adam(self) -> None:
        """Adam (Kingma and Ba 2015) with betas 0.9, 0.999 and eps 1e-8."""
        self.M.lerp_(self.gradient, 0.1)
        self.V.mul_(0.999).addcmul_(self.gradient, self.gradient, value=0.001)
        denominator = self.V.sqrt().div_((1 - 0.999**self.done) ** 0.5).add_(1e-8)
        self.P.addcdiv_(self.M, denominator, value=-self.lr / (1 - 0.9**self.done))
