"""Sparsity by target: λ is found while the autoencoder trains, so that so many latents are active in a row.

A controller of the textbooks: log λ moves with how far log L0 is from its goal (the integral part) and with how fast
that changes (the proportional one), step by step. L0 follows λ through biases and thresholds, which Adam moves by about
the learning rate a step: the integral part is in proportion to that, over the size of an activation.

The goal is not the target from the start. With the λ that ends at a target, L0 stays above it for most of a training,
while directions still turn, and holding it down then costs features. So the goal comes down as L0 would with that λ.
In the last quarter λ is helped: thresholds (or biases) are moved straight to where L0 is at its target.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.sae.config import SAEConfig

INTEGRAL = {"relu": 4.0, "gated": 10.0, "jumprelu": 10.0}  # twice that swings at lr 8e-3; half leaves jumprelu's L0 low
PROPORTIONAL = {"relu": 0.5, "gated": 1.0, "jumprelu": 1.0}  # damps it; relu's L0 jumps where latents are resampled
FIRST = {"relu": 0.3, "gated": 0.3, "jumprelu": 0.02}  # λ at the start, in activations or in their squares
ABOVE = {"relu": 2.2, "gated": 1.3, "jumprelu": 1.3}  # the goal, in targets, from which it then comes down slowly
EARLY = {"relu": 0.3, "gated": 0.12, "jumprelu": 0.15}  # part of the training in which it falls to that
HOLD = {"relu": 0.02, "gated": 0.02, "jumprelu": 0.1}  # part of what is missing by which all thresholds move in a step
LATE = 0.75  # from here on it is the target
MISSED = 0.4  # as a log factor: so far off, the target counts as missed
LONG_ENOUGH = 200  # steps: in fewer it can't be met


def initial_penalty(config: SAEConfig, x: Float[Tensor, "instance n d_in"]) -> Float[Tensor, "instance"]:
    """λ as it is given, or a first guess from the size of the activations x."""
    if config.l0_target is None:
        return torch.full((len(x),), config.penalty, dtype=torch.float64)
    size = _size(config, x)
    return FIRST[config.architecture] * (size.square() if config.architecture == "jumprelu" else size)


def next_penalty(
    config: SAEConfig,
    penalty: Float[Tensor, "instance"],
    off_before: Float[Tensor, "instance"],
    l0: Float[Tensor, "instance"],
    x: Float[Tensor, "instance n d_in"],
    *,
    lr: float,
    share: float,
) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """λ after a step, and by what log factor that step's L0 was off its goal, which the next call wants to know.

    ``share``: of the training that is done.
    """
    off = (l0.cpu().double().clamp(min=0.01) / goal(config, share)).log().clamp(-1, 1)
    integral, proportional = INTEGRAL[config.architecture], PROPORTIONAL[config.architecture]
    pull = (integral * lr / _size(config, x)).clamp(max=1)  # however small activations are beside lr
    return penalty * (pull * off + proportional * (off - off_before)).exp(), off


def holding(config: SAEConfig, share: float) -> bool:
    """Whether the training is so far that L0 is held at its target."""
    return config.l0_target is not None and share >= LATE


def hold(
    config: SAEConfig, weights: dict[str, Tensor], off: Float[Tensor, "instance"], x: Float[Tensor, "instance n d_in"]
) -> None:
    """Move all thresholds, or biases, a little, in place, so that L0 comes nearer to its target.

    λ alone is too slow for the end: it works through Adam, which moves a threshold by about the learning rate a step,
    and in the last steps by less. Until then λ has had a say in which latents there are; now it stays nearly as it is.
    """
    change = HOLD[config.architecture] * off.to(x.device, x.dtype)[:, None]
    if config.architecture == "jumprelu":
        weights["threshold"] *= change.exp()
    else:
        weights["b_gate" if config.architecture == "gated" else "b_enc"] -= change * _size(config, x).to(x)[:, None]


def missed_target(state) -> str | None:
    """What to tell whoever finds another L0 than they asked for, at the end of a training."""
    target = state.config.l0_target
    if target is None or state.step < LONG_ENOUGH or not state.log or bool((state.off.abs() < MISSED).all()):
        return None
    found = ", ".join(f"{value:.3g}" for value in state.log[-1][4].tolist())
    return (
        f"L0 is {found} at the end, not l0_target={target}: lr doesn't suit the size of these activations, or the "
        "training is too short. Hand in x / x.std(), or another lr, or more steps"
    )


def goal(config: SAEConfig, share: float) -> float:
    """Active latents in a row that are wanted when ``share`` of the training is done."""
    level = config.l0_target * ABOVE[config.architecture] ** max(0.0, 1 - share / LATE)
    early = share / EARLY[config.architecture]
    if early < 1 and config.initial_l0 > level:
        return config.initial_l0 * (level / config.initial_l0) ** early
    return level


def _size(config: SAEConfig, x: Float[Tensor, "instance n d_in"]) -> Float[Tensor, "instance"]:
    """Of an activation, if the target's number of them is to make up a row."""
    squares = x.square().sum(-1).mean(-1).cpu().double()
    return (squares / config.l0_target).sqrt().clamp(min=1e-6)
