"""Giving dead latents a new start (Bricken et al. 2023, *Towards monosemanticity*, "Neuron resampling")."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.sae.state import TrainerState, first_level

ENCODER_SCALE = 0.2  # of the mean norm of the living latents' encoders


@torch.no_grad()
def resample(state: TrainerState, x: Float[Tensor, "instance n d_in"], seeds: list[int]) -> Tensor:
    """Point every dead latent at a badly reconstructed row of the batch; returns how many were dead, ``[instance]``.

    Rows are drawn with probability ∝ ‖x − x̂‖⁴, the squared loss. A dead latent's decoder becomes the drawn row (less
    b_dec, where that is subtracted from inputs) at norm 1, its encoder the same at a fifth of the living latents' mean
    encoder norm, its biases 0, and Adam forgets it. Of jumprelu see ``_join_the_others``.
    """
    sae, dead = state.sae(), state.dead
    missing = x - sae(x)
    loss = missing.square().sum(-1)
    for i in dead.any(-1).nonzero().flatten().tolist():
        latents = dead[i].nonzero().flatten()
        generator = torch.Generator().manual_seed((seeds[i] * 1_000_003 + state.step) % 2**63)
        weights = loss[i].square().cpu()
        if not 0 < weights.sum() < torch.inf:  # as far as float32 can tell, no row is worse than another
            weights = torch.ones_like(weights)
        rows = torch.multinomial(weights, len(latents), replacement=len(latents) > len(weights), generator=generator)
        centred = x[i, rows.to(x.device)] - (state.weights["b_dec"][i] if state.config.pre_bias else 0)
        length, own = centred.norm(dim=-1, keepdim=True), state.weights["W_dec"][i, latents]
        own = own / own.norm(dim=-1, keepdim=True).clamp(min=1e-8)
        directions = torch.where(length > 0, centred / length.clamp(min=1e-8), own)  # a row of zeros points nowhere
        for name, value in state.weights.items():
            _restart(state, name, value[i], i, latents, directions)
        state.silent[i, latents] = 0
        if state.config.architecture == "jumprelu":
            _join_the_others(state, x[i], missing[i], i, latents)
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


def _join_the_others(state, x, missing, i, latents):
    """New latents of a jumprelu begin as selective as the first ones did, and write no more than is missing.

    A threshold near 0 would let each fire on half of the rows. Here it fires on initial_l0 / d_sae of them. Many may
    start from rows that are nearly the same: their encoders and thresholds get the one factor, at most 1, with which
    what they write together is nearest to x − x̂.
    """
    encoder = state.weights["W_dec"][i] if state.config.tied else state.weights["W_enc"][i].mT
    u = (x - (state.weights["b_dec"][i] if state.config.pre_bias else 0)) @ encoder[latents].mT
    name, level = first_level(state.config, u)
    state.weights[name][i, latents] = level
    written = state.sae().instance(i)(x) - (x - missing)
    factor = ((written * missing).sum() / written.square().sum().clamp(min=1e-12)).clamp(0.01, 1)
    if not state.config.tied:
        encoder[latents] *= factor
        state.weights[name][i, latents] *= factor
