"""All that a training needs to go on from where it stood: weights, Adam's moments, silent latents."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.sae.config import SAEConfig
from course_utils.sae.log import TrainingLog
from course_utils.sae.model import SAE
from course_utils.sae.target import initial_penalty

CUT_RATE = 0.01  # of the running mean of batchtopk's cut


class Step(NamedTuple):
    """Of a step's batch, before the step."""

    loss: Float[Tensor, "instance"]
    mse: Float[Tensor, "instance"]
    l0: Float[Tensor, "instance"]


@dataclass
class TrainerState:
    """Tensors lead with the ``instance`` dimension. A tied autoencoder has no W_enc of its own.

    W_enc is kept as the transpose of a contiguous ``[instance, d_sae, d_in]``: a latent's weights lie side by side.
    """

    config: SAEConfig
    weights: dict[str, Tensor]
    mean: dict[str, Tensor]
    """Adam's running mean of the gradient."""
    square: dict[str, Tensor]
    """Adam's running mean of the gradient's square."""
    silent: Int[Tensor, "instance d_sae"]
    """Rows since a latent last fired."""
    cut: Float[Tensor, "instance"]
    """Running mean of a batch's smallest activation (batchtopk, matryoshka)."""
    penalty: Float[Tensor, "instance"]
    """λ (relu, gated, jumprelu), which l0_target lets change; 0 for the others. Float64, on the processor."""
    off: Float[Tensor, "instance"]
    """log of how many times l0_target the last step's L0 was, within ±1; 0 without a target. Float64 as well."""
    step: int = 0
    log: list[tuple] = field(default_factory=list)

    @property
    def dead(self) -> Tensor:
        return self.silent >= self.config.dead_after

    def sae(self) -> SAE:
        """The autoencoder, sharing these tensors."""
        weights = dict(self.weights)
        if self.config.tied:
            weights["W_enc"] = weights["W_dec"].mT
        if self.config.architecture in ("batchtopk", "matryoshka"):
            weights["threshold"] = self.cut[:, None].expand_as(self.silent)
        return SAE(self.config, **weights)

    def training_log(self) -> TrainingLog:
        steps, *columns = zip(*self.log) if self.log else [()] * len(TrainingLog._fields)
        empty = torch.zeros(0, len(self.cut), dtype=torch.float32)
        return TrainingLog(torch.tensor(steps, dtype=torch.int64), *(torch.stack(c) if c else empty for c in columns))

    def to(self, device) -> "TrainerState":
        """Move everything but the log."""
        for tensors in (self.weights, self.mean, self.square):
            tensors.update({name: value.to(device) for name, value in tensors.items()})
        self.silent, self.cut = self.silent.to(device), self.cut.to(device)
        return self

    def is_finite(self) -> bool:
        """Whether there is anything to go on from."""
        tensors = [*self.weights.values(), *self.mean.values(), *self.square.values(), self.cut, self.penalty]
        return all(bool(torch.isfinite(value).all()) for value in tensors)


def initial_state(config: SAEConfig, seeds: list[int], x: Float[Tensor, "instance n d_in"]) -> TrainerState:
    """Decoder rows in random directions, the encoder as ``config.encoder_init`` says, biases 0 but for
    ``config.initial_l0``, which is met on the batch x.

    Each instance has a generator of its own, so that it starts as it would alone.
    """
    W_dec, W_enc = zip(*(_directions(config, seed) for seed in seeds))
    W_dec, W_enc = torch.stack(W_dec), torch.stack(W_enc).mT  # both contiguous by latent
    bias = torch.zeros(len(seeds), config.d_sae, dtype=torch.float32)
    weights = {"W_enc": W_enc, "W_dec": W_dec, "b_dec": torch.zeros(len(seeds), config.d_in, dtype=torch.float32)}
    if config.tied:
        del weights["W_enc"]
    if config.architecture == "gated":
        weights |= {"b_gate": bias, "b_mag": bias.clone(), "r_mag": bias.clone()}
    else:
        weights["b_enc"] = bias
    if config.architecture == "jumprelu":
        weights["threshold"] = torch.full_like(bias, config.initial_threshold)
    if config.initial_l0 is not None:
        _set_initial_l0(config, weights, x)
    return TrainerState(
        config,
        weights,
        mean={name: torch.zeros_like(value) for name, value in weights.items()},
        square={name: torch.zeros_like(value) for name, value in weights.items()},
        silent=torch.zeros(len(seeds), config.d_sae, dtype=torch.int64),
        cut=torch.zeros(len(seeds), dtype=torch.float32),
        penalty=initial_penalty(config, x),
        off=torch.zeros(len(seeds), dtype=torch.float64),
    )


def _set_initial_l0(config, weights, x):
    """Each latent fires on initial_l0 / d_sae of the rows: by jumprelu's threshold, else by its bias.

    Of gated it is the gate's; the magnitude's stays 0, so that what fires isn't shrunk.
    """
    found = [first_level(config, part) for part in x @ (weights["W_dec"].mT if config.tied else weights["W_enc"])]
    weights[found[0][0]] = torch.stack([level for _, level in found])


def first_level(config: SAEConfig, u: Float[Tensor, "n latent"]) -> tuple[str, Float[Tensor, "latent"]]:
    """Which weight makes latents fire on initial_l0 / d_sae of the rows, and what it is for pre-activations u."""
    rank = max(1, round(len(u) * (1 - config.initial_l0 / config.d_sae)))
    level = u.kthvalue(rank, dim=0).values.clamp(min=0)
    if config.architecture == "jumprelu":
        return "threshold", level.clamp(min=config.initial_threshold)
    return "b_gate" if config.architecture == "gated" else "b_enc", -level


def _directions(config, seed):
    generator = torch.Generator("cpu").manual_seed(seed)

    def random_rows():
        rows = torch.randn(config.d_sae, config.d_in, generator=generator, dtype=torch.float32)
        return config.initial_norm * rows / rows.norm(dim=-1, keepdim=True)

    W_dec = random_rows()
    return W_dec, W_dec.clone() if config.encoder_init == "decoder" else random_rows()


def by_latent(name: str, value: Tensor) -> Tensor:
    """W_enc with a latent's weights side by side, in files and in the compiled code; other tensors as they are."""
    return value.mT if name == "W_enc" else value
