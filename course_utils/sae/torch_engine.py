"""A training step by automatic differentiation: on a GPU, where numba is missing, and as what the compiled one is
tested against."""

import torch
from torch import Tensor

from course_utils.sae.architectures import ARCHITECTURES
from course_utils.sae.architectures.shared import Terms
from course_utils.sae.state import CUT_RATE, Step, TrainerState

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


class TorchEngine:
    """Advances a ``TrainerState`` in place, on any device."""

    def __init__(self, state: TrainerState):
        self.state = state

    def step(self, x: Tensor, lr: float, strength: float) -> Step:
        """One step on ``x [instance, n, d_in]``; returns the loss before it. λ counts by ``strength``, in [0, 1]."""
        state = self.state
        terms, gradients = gradients_of(state, x, strength)
        state.step += 1
        self._adam(gradients, lr)
        fired = terms.f.sign().sum(1)  # of f ≥ 0: how many are above 0
        state.silent += x.shape[1]
        state.silent[fired > 0] = 0
        if terms.cut is not None:
            state.cut += (terms.cut - state.cut) * max(1 / state.step, CUT_RATE)
        return Step(terms.loss, terms.mse, fired.sum(-1) / x.shape[1])

    @torch.no_grad()
    def _adam(self, gradients: dict[str, Tensor], lr: float) -> None:
        """Adam (Kingma and Ba 2015), with W_dec's rows kept at norm 1 where the configuration says so."""
        state = self.state
        W_dec, g = state.weights["W_dec"], gradients["W_dec"]
        unit = state.config.decoder_norm == "unit"
        if unit:
            g -= (g * W_dec).sum(-1, keepdim=True) * W_dec  # the part along the row would only change its norm
        for name, gradient in gradients.items():
            mean, square = state.mean[name], state.square[name]
            mean.lerp_(gradient, 1 - BETA1)
            square.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
            scale = square.sqrt().mul_((1 - BETA2**state.step) ** -0.5).add_(EPS)
            state.weights[name].addcdiv_(mean, scale, value=-lr / (1 - BETA1**state.step))
        if unit:
            W_dec /= W_dec.norm(dim=-1, keepdim=True)
        if "threshold" in gradients:
            state.weights["threshold"].clamp_(min=0)


def gradients_of(state: TrainerState, x: Tensor, strength: float) -> tuple[Terms, dict[str, Tensor]]:
    """Detached terms of the loss on a batch, and the gradient of its sum over instances."""
    for value in state.weights.values():
        value.requires_grad_()
    try:
        if state.config.l0_target is not None:
            strength = (strength * state.penalty).to(x.device, torch.float32)
        terms = ARCHITECTURES[state.config.architecture].loss(state.sae(), x, strength, state.dead)
        found = torch.autograd.grad(terms.loss.sum(), list(state.weights.values()))
    finally:
        for value in state.weights.values():
            value.requires_grad_(False)
    return Terms(*(t.detach() if t is not None else None for t in terms)), dict(zip(state.weights, found))
