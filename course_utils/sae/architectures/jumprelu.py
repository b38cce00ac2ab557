"""JumpReLU (Rajamanoharan et al. 2024, *Jumping ahead: improving reconstruction fidelity with JumpReLU sparse
autoencoders*):

    f = π H(π − θ),  π = (x − b_dec) W_enc + b_enc           x̂ = f W_dec + b_dec
    L = ‖x − x̂‖² + λ ‖f‖₀,  ‖f‖₀ = Σᵢ H(πᵢ − θᵢ)

H is the step function. Its gradient in θ is replaced by that of the expected loss, estimated with a window
K(u) = 1[|u| < ½] of width ε:

    ∂f/∂θ := −(θ/ε) K((π − θ)/ε),   ∂H/∂θ := −(1/ε) K((π − θ)/ε).

In π, f has gradient H(π − θ) and H none.
"""

import torch

from course_utils.sae.architectures.shared import Terms, beside_rows, pre_activations, row_error


class Jump(torch.autograd.Function):
    """f = π H(π − θ), and Σ H(π − θ) over rows, with the pseudo-derivatives above."""

    @staticmethod
    def forward(ctx, pi, theta, bandwidth):
        on = (pi > theta).to(pi.dtype)
        ctx.save_for_backward(pi, theta, on)
        ctx.bandwidth = bandwidth
        return pi * on, on.sum(-2, keepdim=True)

    @staticmethod
    def backward(ctx, df, dcount):
        pi, theta, on = ctx.saved_tensors
        window = (pi - theta).abs_().lt_(ctx.bandwidth / 2)  # K, as 0 or 1
        n_inside = window.sum(-2, keepdim=True)
        dtheta = -(theta * window.mul_(df).sum(-2, keepdim=True) + dcount * n_inside) / ctx.bandwidth
        return df * on, dtheta, None


def encode(sae, x):
    pi = pre_activations(sae, x)
    return pi * (pi > beside_rows(sae.threshold))


def loss(sae, x, strength, dead):
    pi = pre_activations(sae, x)
    f, n_active = Jump.apply(pi, beside_rows(sae.threshold), sae.config.bandwidth)
    mse = row_error(x, sae.decode(f))
    return Terms(mse + strength * sae.config.price * n_active.sum((-2, -1)) / x.shape[-2], mse, f)
