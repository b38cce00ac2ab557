"""Train a sparse autoencoder, or many at once, in one call."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.sae import defaults
from course_utils.sae.batches import batches, by_instance, check_activations, fingerprint
from course_utils.sae.checks import real, usable, whole
from course_utils.sae.config import SAEConfig
from course_utils.sae.interrupts import interrupts_between_steps
from course_utils.sae.model import SAE
from course_utils.sae.resampling import resample
from course_utils.sae.rows import called
from course_utils.sae.state import TrainerState, initial_state
from course_utils.sae.state_file import load_state, save_state
from course_utils.sae.surroundings import usual_settings
from course_utils.sae.target import hold, holding, missed_target, next_penalty
from course_utils.writing import check_writable

LOGS = 100  # log points per training
NOTHING = object()


def train_sae(
    activations: Float[Tensor, "*instance n d_in"] | np.ndarray | Iterable[Tensor],
    config: SAEConfig,
    *,
    steps: int,
    batch_size: int = 2048,
    lr: float | None = None,
    lr_warmup: float | None = None,
    lr_decay: float = 0.2,
    seed: int | Sequence[int] = 0,
    n_instances: int | None = None,
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
        activations: ``[..., d_in]``, all leading axes being rows ([batch, position, d_in] is batch · position of them):
            a tensor or an array, which may be memory-mapped; or an iterator of batches, each like that. Any floating
            type. With ``n_instances``, ``[instance, ..., d_in]``: one autoencoder for each.
        steps, batch_size, lr: Adam's. An iterator's batches are taken as they come. lr None: 0.09 / √d_in, less for
            more than 500 steps (``defaults.lr``).
        lr_warmup, lr_decay: parts of the training over which lr rises from 0 to its value, and at its end falls to 0.
            lr_warmup None: 0.05, and 0 for relu.
        seed: of the weights and of the rows' order. One per instance, or the first one's, counted up from there.
        n_instances: how many autoencoders to train side by side. None: one; or as many as there are seeds, where a list
            of them is given and the activations have an axis for them.
        device: None is the GPU if there is one.
        engine: "numba" for the processor, "torch" for any device; "auto" is the faster one that there is.
        progress: show a bar.
        state_file: where everything is kept that is needed to go on: written at the end and when something stops the
            training; if it is there already, training goes on from it, and ends as if it had never stopped. A training
            that has come to nothing (a loss that isn't finite) leaves the file as it was. That an iterator goes on with
            the batches that it would have given can't be checked.

    An interrupt (the stop button, Ctrl-C) ends the training early and returns what there is.

    Returns:
        The autoencoder, on the processor, with its training's ``log``. The same seed gives the same bytes on one
        machine.

    Raises:
        ValueError: a number out of range, something else than activations, those of another width than d_in, with too
            few rows or with values that aren't finite, an iterator that ends too early, a state file that is damaged or
            of another training, a loss that is no longer finite.
        OSError: no file can be written at ``state_file``; said before the training.

    Whatever an iterator raises after the first step leaves the training so far in the exception's attribute ``sae``.
    """
    if not isinstance(config, SAEConfig):
        raise ValueError(
            f"config must be an SAEConfig, got {called(config)}: SAEConfig(architecture=…, d_in=…, d_sae=…, …)"
        )
    how = _numbers(config, steps, batch_size, lr, lr_warmup, lr_decay)
    batch_size = how["batch_size"]
    if engine not in ("auto", "numba", "torch"):
        raise ValueError(f'engine must be "auto", "numba" or "torch", got {engine!r}')
    device = usable(device)
    check_activations(activations)
    if state_file is not None:
        check_writable(Path(state_file))
    if isinstance(activations, Tensor | np.ndarray):
        n, how["seeds"] = _instances(activations, seed, n_instances)
        activations = by_instance(activations, config.d_in, n)
        how["data"] = fingerprint(activations) if state_file is not None else None
    else:
        del how["batch_size"]  # its own
        activations = iter(activations)
        first = next(activations, NOTHING)
        if first is NOTHING:
            raise ValueError("the iterator of activations gave no batch")
        n, how["seeds"] = _instances(first, seed, n_instances)
        activations = chain([first], activations)
    state = None
    if state_file is not None and Path(state_file).exists():
        with usual_settings():
            state = load_state(state_file, config, **how)
    step = state.step if state else 0
    source = batches(activations, config.d_in, batch_size, how["seeds"], step, len(how["seeds"]) if n else None)
    if state is None:
        first = next(source)
        with usual_settings():
            state, source = initial_state(config, how["seeds"], first), chain([first], source)
    with interrupts_between_steps() as interrupts:
        with usual_settings():
            made = choose_engine(state.to(device), engine)
        _run(made, source, how, progress, interrupts, state_file, single=not n)
        if missed := missed_target(state):
            warnings.warn(missed, stacklevel=2)
        with usual_settings():
            return _result(state, single=not n)


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


def _run(engine, source, how, progress, interrupts, state_file, single):
    state, steps = engine.state, how["steps"]
    complete = state.step  # steps that were not broken off in the middle
    bar = tqdm(total=steps, initial=state.step, disable=not progress, unit=" steps", desc="training")
    try:
        while state.step < steps:
            x = next(source)
            with interrupts.held(), usual_settings():
                _step(engine, x, how)
                complete = state.step
            bar.update()
            interrupts.raise_if_due()
    except KeyboardInterrupt:
        if state.step != complete:
            raise
        bar.write(f"Interrupted after {state.step:,} of {steps:,} steps: this is the result so far.")
    except Exception as problem:
        if state.step == complete:
            _keep(state, problem, single)
        raise
    finally:
        bar.close()
        if state_file is not None and state.step == complete and state.is_finite():
            with interrupts.held(), usual_settings():
                _save(state, state_file, how, single)
    if not state.is_finite():
        raise _diverged(state)


def _step(engine, x, how):
    state, steps = engine.state, how["steps"]
    config = state.config
    x = (x.clone() if x.is_inference() else x).to(state.silent.device)
    rate = {name: how[name] for name in ("steps", "lr", "lr_warmup", "lr_decay")}
    warm = config.sparsity_warmup * steps
    strength = min(1.0, state.step / warm) if warm else 1.0
    done = engine.step(x, learning_rate(state.step, **rate), strength)
    if (state.step - 1) % max(1, steps // LOGS) == 0 or state.step == steps:
        _log(state, x, done, strength)
    if config.l0_target is not None:
        now = learning_rate(state.step - 1, **rate)
        state.penalty, state.off = next_penalty(
            config, state.penalty, state.off, done.l0, x, lr=now, share=state.step / steps
        )
    every = defaults.resample_every(config.resample_every, config.architecture, steps)
    if holding(config, state.step / steps):  # latents that were just brought back would be paid for by all others
        hold(config, state.weights, state.off, x)
    elif resampling_due(state.step, steps, every):
        resample(state, x, how["seeds"])


def _log(state, x, done, strength):
    if not torch.isfinite(done.loss).all():
        raise _diverged(state)
    centred = x - x.mean(1, keepdim=True)
    variance = (centred.mul_(centred).sum((1, 2)) / x.shape[1]).to(done.mse)
    alike = (x == x[:, :1]).all(2).all(1).to(done.mse.device)
    explained = torch.where(alike, (done.mse == 0).to(done.mse), 1 - done.mse / variance.where(~alike, 1.0))
    row = done.loss, done.mse, explained, done.l0, state.dead.float().mean(-1), (strength * state.penalty).float()
    state.log.append((state.step, *(value.cpu() for value in row)))


def _diverged(state):
    return ValueError(f"the loss is no longer finite at step {state.step}: a smaller lr may help")


def _result(state: TrainerState, single: bool) -> SAE:
    """A copy on the processor, sharing nothing with the training; ``single``: without the axis of instances."""
    sae = state.sae()
    tensors = {name: value.detach().to("cpu", copy=True) for name, value in sae.tensors().items()}
    sae = replace(sae, log=state.training_log(), **tensors)
    return sae.instance(0) if single else sae


def _keep(state: TrainerState, problem: Exception, single: bool) -> None:
    """Leave what there is with the exception that ends the training."""
    if state.step and state.is_finite():
        with suppress(AttributeError), usual_settings():
            problem.sae = _result(state, single)
            problem.add_note(f"The autoencoder of the {state.step:,} steps until then is in this exception's .sae")


def _save(state, state_file, how, single):
    try:
        save_state(state, state_file, **how)
    except OSError as problem:
        _keep(state, problem, single)
        raise


def _instances(x: Any, seed: Any, n_instances: Any) -> tuple[int | None, list[int]]:
    """How many there are said to be, and a seed for each; None for one that is by itself."""
    n = None if n_instances is None else whole("n_instances", n_instances)
    if (isinstance(seed, Sequence) and not isinstance(seed, str)) or getattr(seed, "ndim", 0) == 1:
        seeds = [_seed(each) for each in seed]
        if n is None and getattr(x, "ndim", 2) > 2:
            n = len(seeds)
        if len(seeds) != (n or 1):
            raise ValueError(f"{n or 1} instances need as many seeds, got {len(seeds)}")
        return n, seeds
    first = _seed(seed)
    return n, [first + i for i in range(n or 1)]


def _seed(value: Any) -> int:
    try:
        number = whole("seed", value, low=-(2**62))
        if number < 2**62:  # what PyTorch takes, and room for counting up
            return number
    except ValueError:
        pass
    raise ValueError(f"seed must be a whole number, or one for each instance, got {value!r}")


def _numbers(config, steps, batch_size, lr, lr_warmup, lr_decay) -> dict[str, Any]:
    """As Python's own, since a state file keeps them; those that weren't said as ``defaults`` has them."""
    how = {"steps": whole("steps", steps), "batch_size": whole("batch_size", batch_size)}
    lr = defaults.lr(config.architecture, config.d_in, how["steps"]) if lr is None else lr
    lr_warmup = defaults.lr_warmup(config.architecture) if lr_warmup is None else lr_warmup
    try:
        how["lr"] = float(real("lr", lr, 0, open_low=True))
    except ValueError as problem:
        raise ValueError(f"lr must be above 0 and finite, got {lr!r}") from problem
    for name, part in (("lr_warmup", lr_warmup), ("lr_decay", lr_decay)):
        try:
            how[name] = float(real(name, part, 0, 1))
        except ValueError as problem:
            raise ValueError(f"{name} is a part of the training, between 0 and 1, got {part!r}") from problem
    return how
