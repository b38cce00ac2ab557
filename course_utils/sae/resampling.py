"""Giving dead latents a new start (Bricken et al. 2023, *Towards monosemanticity*, "Neuron resampling")."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.sae.state import TrainerState

ENCODER_SCALE = 0.2  # of the mean norm of the living latents' encoders


@torch.no_grad()
def resample(state: TrainerState, x: Float[Tensor, "instance n d_in"], seeds: list[int]) -> Tensor:
    """Point every dead latent at a badly reconstructed row of the batch; returns how many were dead, ``[instance]``.

    Rows are drawn with probability ∝ ‖x − x̂‖⁴, the squared loss. A dead latent's decoder becomes the drawn row (less
    b_dec, where that is subtracted from inputs) at norm 1, its encoder the same at a fifth of the living latents' mean
    encoder norm, its biases 0, its threshold the initial one, and Adam forgets it.
    """
    sae, dead = state.sae(), state.dead
    loss = (x - sae(x)).square().sum(-1)
    for i in dead.any(-1).nonzero().flatten().tolist():
        latents = dead[i].nonzero().flatten()
        generator = torch.Generator().manual_seed((seeds[i] * 1_000_003 + state.step) % 2**63)
        weights = loss[i].square().cpu()
        rows = torch.multinomial(weights, len(latents), replacement=len(latents) > len(weights), generator=generator)
        centred = x[i, rows.to(x.device)] - (state.weights["b_dec"][i] if state.config.pre_bias else 0)
        directions = centred / centred.norm(dim=-1, keepdim=True).clamp(min=1e-8)
        for name, value in state.weights.items():
            _restart(state, name, value[i], i, latents, directions)
        state.silent[i, latents] = 0
    return dead.sum(-1)


def _restart(state, name, value, i, latents, directions):
    if name == "b_dec":
        return
    part = value.mT if name == "W_enc" else value
    if name == "W_dec":
        part[latents] = directions
    elif name == "W_enc":
        alive = part[~state.dead[i]]
        part[latents] = directions * (ENCODER_SCALE * alive.norm(dim=-1).mean() if len(alive) else 1.0)
    else:
        part[latents] = state.config.initial_threshold if name == "threshold" else 0.0
    for moment in (state.mean, state.square):
        (moment[name][i].mT if name == "W_enc" else moment[name][i])[latents] = 0
