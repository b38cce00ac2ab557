"""Loading a language model by its name: those that come with the package, and public ones through the network."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING

import torch

from course_utils.lm import shipped
from course_utils.lm.errors import UnknownModel

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def load_model(
    name: str, device: str | torch.device | None = None, *, seed: int = 0, tokens: int | None = None
) -> TransformerBridge:
    """A language model with its tokenizer, in evaluation mode, its parameters without gradients.

    Args:
        name: one of ``names()``, or a public model by its short name (``"gelu-1l"``, ``"solu-1l"``, ``"gpt2"``,
            ``"pythia-70m"``) or its address on the Hugging Face hub. A public model is downloaded once and kept in
            the hub's cache; its weights are as published, no LayerNorm folded, nothing centred.
        device: where to put it. ``None``: a shipped model on the CPU, where one so small runs fastest; a public one
            on the GPU if there is one.
        seed: which training of a shipped model.
        tokens: after how many tokens of training. ``None`` or as many as were read in all: at the end; 0: the
            untrained twin, which begins from the same weights; else one of the checkpoints that are shipped.

    Raises:
        ValueError: an argument of another kind; a seed in the place of the device.
        UnknownModel: no such name, seed or checkpoint; the message says which there are.
        NoNetwork: a public model that is not in the cache, and the hub can't be reached.
    """
    if not isinstance(name, str):
        raise ValueError(f"the name of a model is a text, such as {shipped.names()[0]!r}, not {name!r}.")
    if isinstance(device, int):
        raise ValueError(f"device must be a name, such as 'cpu', not {device!r}. If a seed is meant: seed={device!r}.")
    if device is not None:
        _check_device(device)
    for argument, value in (("seed", seed), ("tokens", tokens)):
        if value is not None or argument == "seed":
            _check_whole(argument, value)
    if name in shipped.names():
        model = shipped.load(name, seed, tokens, device)
    elif (seed, tokens) != (0, None):
        raise UnknownModel(
            f"only shipped models have a seed and checkpoints: {', '.join(shipped.names())}; not {name!r}."
        )
    else:
        from course_utils.lm import public  # seconds to import: only when needed

        model = public.load(name, device)
    return model.eval().requires_grad_(False)


def _check_device(device: object) -> None:
    try:
        torch.zeros(1, device=torch.device(device)).item()
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as problem:
        reason = str(problem).strip().partition("\n")[0]
        raise ValueError(f"device={str(device)!r} can't be used here: {reason}") from problem


def _check_whole(argument: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral):
        allowed = "a whole number" if argument == "seed" else "a whole number, or None for the end of the training"
        raise ValueError(f"{argument} must be {allowed}, not {value!r}.")
