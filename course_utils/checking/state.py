"""Settings of the whole notebook that an answer may change: noticed, put back, and told."""

import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch


class Setting(NamedTuple):
    """`usual`, where there is one, is what checks run with; `back` is the call that a learner puts it back with."""

    says: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    usual: Any = None
    back: str = ""


def _set_deterministic(mode: int) -> None:
    torch.set_deterministic_debug_mode(mode)


def _set_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)


def _set_filters(filters: list) -> None:
    """Through a `catch_warnings`, which tells Python's own cache of filters that they have changed."""
    with warnings.catch_warnings():
        pass
    warnings.filters[:] = filters


FILTERS = "the filters of warnings"
SETTINGS = [
    Setting(
        "the default dtype",
        torch.get_default_dtype,
        torch.set_default_dtype,
        torch.float32,
        "torch.set_default_dtype(torch.float32)",
    ),
    Setting("gradients on or off", torch.is_grad_enabled, torch.set_grad_enabled, True, "torch.set_grad_enabled(True)"),
    Setting("the default device", torch.get_default_device, _set_device),
    Setting("the number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("deterministic mode", torch.get_deterministic_debug_mode, _set_deterministic),
    Setting("anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Setting("NumPy's handling of errors (`np.seterr`)", np.geterr, lambda errors: np.seterr(**errors)),
    Setting(FILTERS, lambda: list(warnings.filters), _set_filters),
    Setting("where `print` writes to (`sys.stdout`)", lambda: sys.stdout, lambda out: setattr(sys, "stdout", out)),
    Setting("where errors are written (`sys.stderr`)", lambda: sys.stderr, lambda err: setattr(sys, "stderr", err)),
    Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
]

_changed: list[str] | None = None
"""What calls of the check that is running have changed; None between checks."""


@contextmanager
def settings_kept() -> Iterator[None]:
    """For one call of an answer: whatever it sets is as before afterwards, and is remembered for `told`.

    Filters of warnings that come with the first import of a library (SciPy's) are the library's doing and aren't told.
    """
    before, modules = [setting.read() for setting in SETTINGS], len(sys.modules)
    try:
        yield
    finally:
        for setting, value in zip(SETTINGS, before):
            if setting.read() != value:
                setting.write(value)
                of_library = setting.says == FILTERS and len(sys.modules) > modules
                if not of_library and _changed is not None and setting.says not in _changed:
                    _changed.append(setting.says)


@contextmanager
def usual_settings() -> Iterator[list[str]]:
    """For one check: with the usual dtype and with gradients, whatever the notebook has; both as before afterwards.

    Yields a list that has, at the end, sentences about what was unusual and about what the answer has changed.
    """
    global _changed
    said: list[str] = []
    outer, _changed = _changed, []
    unusual = [s for s in SETTINGS if s.usual is not None and s.read() != s.usual]
    before = [s.read() for s in unusual]
    try:
        for setting in unusual:
            setting.write(setting.usual)
        yield said
    finally:
        for setting, value in zip(unusual, before):
            setting.write(value)
        said += [f"In this notebook {_as_it_is(s, v)}; `{s.back}` puts it back." for s, v in zip(unusual, before)]
        if _changed:
            said.append(
                f"Your function changes a setting of the whole notebook: {_listed(_changed)}. It was put back after "
                "each call; leave it alone, or other cells will behave strangely."
            )
        _changed = outer


def _as_it_is(setting: Setting, value: Any) -> str:
    if value is False:
        return "gradients are switched off, so nothing can be trained"
    return f"{setting.says} is `{value}`; checks run with `{setting.usual}`"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@contextmanager
def randomness_kept() -> Iterator[None]:
    """Everything inside may draw and seed as it likes; the learner's random state is as before afterwards."""
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)


@contextmanager
def plain_torch() -> Iterator[None]:
    """CPU and float32 whatever the learner's defaults are: cases and oracles must not depend on them."""
    dtype, elsewhere = torch.get_default_dtype(), torch.get_default_device().type != "cpu"
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu") if elsewhere else nullcontext():  # (it makes every call of torch slower)
            yield
    finally:
        torch.set_default_dtype(dtype)
