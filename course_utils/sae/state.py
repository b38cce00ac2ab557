"""All that a training needs to go on from where it stood: weights, Adam's moments, silent latents."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from course_utils.sae.config import SAEConfig
from course_utils.sae.log import TrainingLog
from course_utils.sae.model import SAE

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
        empty = torch.zeros(0, len(self.cut))
        return TrainingLog(torch.tensor(steps, dtype=torch.int64), *(torch.stack(c) if c else empty for c in columns))

    def to(self, device) -> "TrainerState":
        """Move everything but the log."""
        for tensors in (self.weights, self.mean, self.square):
            tensors.update({name: value.to(device) for name, value in tensors.items()})
        self.silent, self.cut = self.silent.to(device), self.cut.to(device)
        return self


def initial_state(config: SAEConfig, seeds: list[int], x: Float[Tensor, "instance n d_in"]) -> TrainerState:
    """Decoder rows in random directions, the encoder as ``config.encoder_init`` says, biases 0 but for
    ``config.initial_l0``, which is met on the batch x.

    Each instance has a generator of its own, so that it starts as it would alone.
    """
    W_dec, W_enc = zip(*(_directions(config, seed) for seed in seeds))
    W_dec, W_enc = torch.stack(W_dec), torch.stack(W_enc).mT  # both contiguous by latent
    bias = torch.zeros(len(seeds), config.d_sae)
    weights = {"W_enc": W_enc, "W_dec": W_dec, "b_dec": torch.zeros(len(seeds), config.d_in)}
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
        cut=torch.zeros(len(seeds)),
    )


def _set_initial_l0(config, weights, x):
    """Each latent fires on initial_l0 / d_sae of the rows: by jumprelu's threshold, else by its bias.

    Of gated it is the gate's; the magnitude's stays 0, so that what fires isn't shrunk.
    """
    u = x @ (weights["W_dec"].mT if config.tied else weights["W_enc"])
    rank = max(1, round(x.shape[1] * (1 - config.initial_l0 / config.d_sae)))
    level = torch.stack([part.kthvalue(rank, dim=0).values for part in u]).clamp(min=0)
    if config.architecture == "jumprelu":
        weights["threshold"] = level.clamp(min=config.initial_threshold)
    else:
        weights["b_gate" if config.architecture == "gated" else "b_enc"] = -level


def _directions(config, seed):
    generator = torch.Generator().manual_seed(seed)

    def random_rows():
        rows = torch.randn(config.d_sae, config.d_in, generator=generator)
        return config.initial_norm * rows / rows.norm(dim=-1, keepdim=True)

    W_dec = random_rows()
    return W_dec, W_dec.clone() if config.encoder_init == "decoder" else random_rows()


def save_state(state: TrainerState, path: str | Path, **training) -> None:
    """Write everything to one safetensors file, replacing it in one go. ``training`` says how it was trained."""
    tensors = {"silent": state.silent, "cut": state.cut}
    for kind in ("weights", "mean", "square"):
        tensors |= {f"{kind}.{name}": by_latent(name, value) for name, value in getattr(state, kind).items()}
    log = state.training_log()
    tensors |= {f"log.{name}": column for name, column in log._asdict().items()}
    about = {"config": asdict(state.config), "step": state.step, "training": training}
    path = Path(path)
    written = path.with_name(path.name + ".part")
    save_file({name: t.cpu().contiguous() for name, t in tensors.items()}, written, {"about": json.dumps(about)})
    written.replace(path)


def load_state(path: str | Path, config: SAEConfig, **training) -> TrainerState:
    """Raises ValueError if the file was written by a training of another configuration."""
    with safe_open(path, "pt") as file:
        about = json.loads((file.metadata() or {}).get("about", "null"))
        # Cloned, because a file's memory may begin anywhere, and BLAS rounds differently by where a matrix begins.
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (it is no dict)
    wanted = json.loads(json.dumps({"config": asdict(config), "training": training}))
    if about is None:
        raise ValueError(f"{path} is not a state that train_sae wrote")
    for part, want in wanted.items():
        for name, value in want.items():
            if about[part].get(name) != value:
                raise ValueError(
                    f"{path} was written with {name}={about[part].get(name)!r}, this training has {value!r}"
                )

    def kind(prefix):
        found = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
        return {name: by_latent(name, value) for name, value in found.items()}

    columns = [tensors[f"log.{name}"] for name in TrainingLog._fields]
    return TrainerState(
        config,
        kind("weights."),
        kind("mean."),
        kind("square."),
        silent=tensors["silent"],
        cut=tensors["cut"],
        step=about["step"],
        log=[(int(step), *rest) for step, *rest in zip(*columns)],
    )


def by_latent(name: str, value: Tensor) -> Tensor:
    """W_enc with a latent's weights side by side, in files and in the compiled code; other tensors as they are."""
    return value.mT if name == "W_enc" else value
