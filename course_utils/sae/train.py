"""Train a sparse autoencoder, or many at once, in one call."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.sae.batches import batches, check_shape
from course_utils.sae.config import SAEConfig
from course_utils.sae.interrupts import interrupts_between_steps
from course_utils.sae.model import SAE
from course_utils.sae.resampling import resample
from course_utils.sae.state import TrainerState, initial_state, load_state, save_state

LOGS = 100  # log points per training


def train_sae(
    activations: Float[Tensor, "*instance n d_in"] | np.ndarray | Iterable[Tensor],
    config: SAEConfig,
    *,
    steps: int,
    batch_size: int = 2048,
    lr: float = 1e-3,
    lr_warmup: float = 0.05,
    lr_decay: float = 0.2,
    seed: int | Sequence[int] = 0,
    device: str | torch.device | None = None,
    engine: Literal["auto", "numba", "torch"] = "auto",
    progress: bool = True,
    state_file: str | Path | None = None,
) -> SAE:
    """Train with Adam; the architecture's module says what is minimised.

    >>> sae = train_sae(torch.randn(100_000, 64), SAEConfig(architecture="topk", d_in=64, d_sae=256, k=4), steps=500)
    >>> sae.W_dec.shape, sae.log.l0[-1]
    (torch.Size([256, 64]), tensor(4.))

    Args:
        activations: ``[n, d_in]`` for one autoencoder, ``[instance, n, d_in]`` for one per instance: a tensor or an
            array, which may be memory-mapped; or an iterator of batches of either shape. Any floating type.
        steps, batch_size, lr: Adam's. An iterator's batches are taken as they come.
        lr_warmup, lr_decay: parts of the training over which lr rises from 0 to its value, and at its end falls to 0.
        seed: of the weights and of the rows' order. One per instance, or the first one's, counted up from there.
        device: None is the GPU if there is one.
        engine: "numba" for the processor, "torch" for any device; "auto" is the faster one that there is.
        progress: show a bar.
        state_file: where everything is kept that is needed to go on: written at the end and when interrupted; if it is
            there already, training goes on from it, and ends as if it had never stopped.

    An interrupt (the stop button, Ctrl-C) ends the training early and returns what there is.

    Returns:
        The autoencoder, on the processor, with its training's ``log``. The same seed gives the same bytes on one
        machine.

    Raises:
        ValueError: a number out of range, activations of another width than d_in, with too few rows or with values that
            aren't finite, a state file of another training, a loss that is no longer finite.
    """
    _check(steps, batch_size, lr, lr_warmup, lr_decay)
    if engine not in ("auto", "numba", "torch"):
        raise ValueError(f'engine must be "auto", "numba" or "torch", got {engine!r}')
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    how = {"steps": steps, "lr": lr, "lr_warmup": lr_warmup, "lr_decay": lr_decay}
    stored = isinstance(activations, Tensor | np.ndarray)
    if stored:
        check_shape(activations, config.d_in)
        single, n_instances = activations.ndim == 2, len(activations) if activations.ndim == 3 else 1
        how["batch_size"] = batch_size
    else:
        activations = iter(activations)
        first = next(activations, None)
        if first is None:
            raise ValueError("the iterator of activations gave no batch")
        single, n_instances = first.ndim == 2, len(first) if first.ndim == 3 else 1
        activations = chain([first], activations)
    seeds = _seeds(seed, n_instances)
    how["seeds"] = seeds
    state = None
    if state_file is not None and Path(state_file).exists():
        state = load_state(state_file, config, **how)
    source = batches(activations, config.d_in, batch_size, seeds, state.step if state else 0)
    if state is None:
        first = next(source)
        state, source = initial_state(config, seeds, first), chain([first], source)
    try:
        _run(choose_engine(state.to(device), engine), source, seeds, how, progress)
    finally:
        if state_file is not None:
            save_state(state, state_file, **how)
    sae = state.to("cpu").sae()
    sae = replace(sae, log=state.training_log(), **{name: value.clone() for name, value in sae.tensors().items()})
    return sae.instance(0) if single else sae


def choose_engine(state: TrainerState, engine: str = "auto"):
    """Numba on the processor; PyTorch on a GPU, and on the processor when numba is missing."""
    on_processor = state.silent.device.type == "cpu"
    if engine == "numba" and not on_processor:
        raise ValueError(f'engine="numba" computes on the processor, not on {state.silent.device}')
    if engine != "torch" and on_processor and find_spec("numba"):
        from course_utils.sae.numba_engine import NumbaEngine

        return NumbaEngine(state)
    if engine == "numba":
        raise ValueError('engine="numba" needs the package numba')
    from course_utils.sae.torch_engine import TorchEngine

    return TorchEngine(state)


def learning_rate(step: int, *, steps: int, lr: float, lr_warmup: float, lr_decay: float) -> float:
    """Of the step after ``step`` steps: a linear rise, a plateau, a linear fall."""
    rise, fall = lr_warmup * steps, lr_decay * steps
    return lr * min(1.0, (step + 1) / rise if rise else 1.0, (steps - step) / fall if fall else 1.0)


def resampling_due(step: int, steps: int, every: int | None) -> bool:
    """After ``step`` steps: at every multiple of ``every`` that leaves the new latents as long to learn."""
    return every is not None and step % every == 0 and step + every <= steps


def _run(engine, source, seeds, how, progress):
    state, steps = engine.state, how["steps"]
    config = state.config
    rate = {name: how[name] for name in ("steps", "lr", "lr_warmup", "lr_decay")}
    every = max(1, steps // LOGS)
    bar = tqdm(total=steps, initial=state.step, disable=not progress, unit=" steps", desc="training")
    try:
        with interrupts_between_steps() as raise_if_due:
            while state.step < steps:
                x = next(source).to(state.silent.device)
                if len(x) != len(state.cut):
                    raise ValueError(f"batches must go on having {len(state.cut)} instances, got {len(x)}")
                warm = config.sparsity_warmup * steps
                strength = min(1.0, state.step / warm) if warm else 1.0
                done = engine.step(x, learning_rate(state.step, **rate), strength)
                if (state.step - 1) % every == 0 or state.step == steps:
                    _log(state, x, done)
                if resampling_due(state.step, steps, config.resample_every):
                    resample(state, x, seeds)
                bar.update()
                raise_if_due()
    except KeyboardInterrupt:
        bar.write(f"Interrupted after {state.step:,} of {steps:,} steps: this is the result so far.")
    bar.close()


def _log(state, x, done):
    if not torch.isfinite(done.loss).all():
        raise ValueError(f"the loss is no longer finite at step {state.step}: a smaller lr may help")
    centred = x - x.mean(1, keepdim=True)
    variance = centred.mul_(centred).sum((1, 2)) / x.shape[1]
    row = done.loss, done.mse, 1 - done.mse / variance.to(done.mse), done.l0, state.dead.float().mean(-1)
    state.log.append((state.step, *(value.cpu() for value in row)))


def _seeds(seed, n_instances):
    seeds = [seed + i for i in range(n_instances)] if isinstance(seed, Integral) else [int(s) for s in seed]
    if len(seeds) != n_instances:
        raise ValueError(f"{n_instances} instances need as many seeds, got {len(seeds)}")
    return seeds


def _check(steps, batch_size, lr, lr_warmup, lr_decay):
    for name, size in (("steps", steps), ("batch_size", batch_size)):
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")
    if not lr > 0:
        raise ValueError(f"lr must be above 0, got {lr!r}")
    for name, part in (("lr_warmup", lr_warmup), ("lr_decay", lr_decay)):
        if not 0 <= part <= 1:
            raise ValueError(f"{name} is a part of the training, between 0 and 1, got {part!r}")
