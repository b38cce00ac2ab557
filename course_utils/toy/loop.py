"""The loop of a training: an engine is run from log point to log point, with a bar, and may be interrupted.

An engine has ``run(steps)``, which takes steps and returns the mean loss over them, ``[instance]``, and ``ready``,
which says whether its code has been compiled.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any, NamedTuple, Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm.auto import tqdm

LOGS = 100  # log points per run
CALL_WORK = 2e9  # batch · parameters · steps between two looks at the bar and at interrupts: under a second


class Engine(Protocol):
    ready: bool

    def run(self, steps: int) -> Any: ...


class Log(NamedTuple):
    """Row 0 is the untrained model; row k is the mean over the steps since row k−1."""

    steps: Int[Tensor, "log"]
    loss: Float[Tensor, "log instance"]
    looks: list
    """What ``look`` saw at every row; after an interrupt there may be one more than rows."""


def check_sizes(lr: float, **sizes: int) -> None:
    """Raise a ``ValueError`` unless every size is a whole number of at least 1 and ``lr`` is above 0."""
    for name, size in sizes.items():
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")
    if not lr > 0:
        raise ValueError(f"lr must be above 0, got {lr!r}")


def log_points(steps: int, log_at: int | Sequence[int] | None) -> list[int]:
    """Steps after which to log: rising, the last step always among them."""
    if log_at is None:
        # when every step is a log point, step 1 is already done
        points = torch.linspace(0, steps, min(steps, LOGS) + 1, dtype=torch.float64).round().int().tolist()
    elif isinstance(log_at, Integral):
        points = range(int(log_at), steps, int(log_at)) if log_at > 0 else [log_at]
    else:
        points = [int(point) for point in log_at]
    if log_at is not None and any(not 1 <= point <= steps for point in points):
        raise ValueError(f"log_at must lie between 1 and steps = {steps}, got {log_at}")
    return sorted({*points, steps} - {0})


def train_along(
    engine: Engine,
    marks: list[int],
    *,
    work: float,
    n_instances: int,
    progress: bool,
    look: Callable[[], Any] | None = None,
) -> Log:
    """Train to every mark in turn.

    Args:
        work: batch · parameters of one step; sets how many are taken between two looks at the bar and at interrupts.
        look: called at every row of the log, before the first step and then at the marks.

    An interrupt ends the training early and returns what there is.
    """
    logs, losses, steps = [], [], marks[-1]
    looks = [look()] if look else []
    per_call = max(1, int(CALL_WORK / work))
    bar = tqdm(
        total=steps, disable=not progress, unit=" steps", desc="training" if engine.ready else "compiling (once)"
    )
    try:
        for before, after in pairwise([0, *([] if marks[0] == 1 else [1]), *marks]):
            total = 0
            for first in range(before, after, per_call):
                n = min(per_call, after - first)
                total += n * torch.as_tensor(engine.run(n))
                bar.update(n)
                bar.set_description("training")
            logs.append(0 if before == 0 else after)
            losses.append(total / (after - before))
            if look and before > 0:
                looks.append(look())
    except KeyboardInterrupt:
        bar.write(f"Interrupted after {bar.n:,} of {steps:,} steps: this is the result so far.")
    bar.close()
    loss = torch.stack(losses).float() if losses else torch.zeros(0, n_instances)
    return Log(torch.tensor(logs, dtype=torch.int64), loss, looks)
