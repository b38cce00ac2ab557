"""What the architectures have in common.

In their code, what nobody needs any more is overwritten (``add_``, ``relu_``): on a processor much of a step's time
goes into fetching memory for results of the size of a batch.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor


class Terms(NamedTuple):
    """A batch's training loss, by instance."""

    loss: Float[Tensor, "instance"]
    mse: Float[Tensor, "instance"]
    f: Float[Tensor, "instance n d_sae"]
    cut: Float[Tensor, "instance"] | None = None
    """batchtopk, matryoshka: smallest activation that was let through."""


def beside_rows(v: Float[Tensor, "*instance width"]) -> Tensor:
    """A vector per instance, so that it broadcasts against ``[instance, n, width]``; a plain vector as it is."""
    return v if v.ndim == 1 else v.unsqueeze(-2)


def projection(sae, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_sae"]:
    """(x − b_dec) W_enc, or x W_enc without the pre-bias."""
    return (x @ sae.W_enc).sub_(shift(sae))


def shift(sae) -> Float[Tensor, "... d_sae"] | float:
    """b_dec W_enc, which the pre-bias takes from every row. Multiplied out, so that b_dec's gradient needs no product
    over rows."""
    return beside_rows(sae.b_dec) @ sae.W_enc if sae.config.pre_bias else 0.0


def pre_activations(sae, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_sae"]:
    """π = (x − b_dec) W_enc + b_enc."""
    return (x @ sae.W_enc).add_(beside_rows(sae.b_enc) - shift(sae))


def row_error(
    x: Float[Tensor, "instance n d_in"], x_hat: Float[Tensor, "instance n d_in"]
) -> Float[Tensor, "instance"]:
    """Mean over rows of ‖x − x̂‖²."""
    return (x - x_hat).square().sum(-1).mean(-1)


def l1_weights(sae) -> Float[Tensor, "instance d_sae"]:
    """What a latent's activation costs: its decoder row's norm, which is 1 where rows are kept at 1."""
    return sae.W_dec.norm(dim=-1) if sae.config.decoder_norm == "free" else torch.ones_like(sae.W_dec[..., 0])


def l1_norm(f: Float[Tensor, "instance n d_sae"], weights: Float[Tensor, "instance d_sae"]) -> Tensor:
    """Mean over rows of Σᵢ wᵢ fᵢ, for f ≥ 0."""
    return (f.sum(-2) * weights).sum(-1) / f.shape[-2]


def auxiliary_error(
    sae, pi: Float[Tensor, "instance n d_sae"], x: Tensor, x_hat: Tensor, dead: Bool[Tensor, "instance d_sae"]
) -> Float[Tensor, "instance"] | float:
    """AuxK (Gao et al. 2024, *Scaling and evaluating sparse autoencoders*, appendix A.2).

    The residual e = x − x̂, taken as a given, is modelled by the k_aux dead latents of largest π: the mean over rows of
    ‖e − z W_dec‖² with z = TopK_aux(π). Fewer dead latents than k_aux count for less, in proportion.
    """
    k_aux = sae.config.k_aux or max(1, sae.config.d_in // 2)
    n_dead = dead.sum(-1)
    width = int(n_dead.max())
    if not width or not sae.config.aux:
        return 0.0
    latents = dead.to(pi.dtype).topk(width, dim=-1, sorted=False).indices  # the dead; living ones fill up
    filled = beside_rows(~dead.gather(-1, latents))
    z = pi.gather(-1, beside_rows(latents).expand(-1, pi.shape[-2], -1)).masked_fill(filled, -torch.inf)
    if width > k_aux:
        best = z.topk(k_aux, dim=-1, sorted=False)
        z = torch.zeros_like(z).scatter_(-1, best.indices, best.values)
    rows = sae.W_dec.gather(-2, latents.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
    e_hat = z.masked_fill(z == -torch.inf, 0) @ rows
    return (n_dead / k_aux).clamp(max=1) * row_error((x - x_hat).detach(), e_hat)
