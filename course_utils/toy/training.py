"""Train a whole sweep of toy models in one call."""

from importlib.util import find_spec
from itertools import pairwise
from numbers import Integral
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from course_utils.toy.sampling import check_density, per_feature

LOGS = 100  # log points per run
CALL_WORK = 2e9  # batch · parameters · steps between two looks at the bar and at interrupts: under a second

GPU_WORK = 2_000_000  # batch · instance · hidden · feature: about 0.4 ms a step on two cores


class ToyResult(NamedTuple):
    """What ``train`` found; all tensors are on the processor, whatever trained them.

    Row 0 of the log is the untrained model; row k is the mean over the steps since row k−1.
    """

    W: Float[Tensor, "instance hidden feature"]
    b: Float[Tensor, "instance feature"]
    loss: Float[Tensor, "log instance"]
    steps: Int[Tensor, "log"]
    importance: Float[Tensor, "instance feature"]
    density: Float[Tensor, "instance feature"]
    history: Float[Tensor, "log instance hidden feature"] | None = None


def train(
    n_features: int,
    n_hidden: int,
    *,
    importance: float | Tensor = 1.0,
    density: float | Tensor = 1.0,
    n_instances: int | None = None,
    activation: Literal["relu", "linear"] = "relu",
    steps: int = 10_000,
    batch_size: int = 1024,
    lr: float = 1e-3,
    seed: int = 0,
    device: str | torch.device | None = None,
    progress: bool = True,
    keep_history: bool = False,
) -> ToyResult:
    """Train ``ReLU(WᵀWx + b)`` (or ``WᵀWx + b``) on sparse features, all instances at once, with Adam.

    The loss is ``weighted_mse``: the mean over batch and features of ``importance · (x − x̂)²``. ``W`` starts
    Xavier-normal (variance 2/(hidden + feature)) and ``b`` at 0, as in the code of Elhage et al. 2022.

    >>> densities = torch.tensor([1.0, 0.1, 0.01])[:, None]           # [instance, 1]
    >>> result = train(5, 2, density=densities, importance=0.9 ** torch.arange(5))
    >>> result.W.shape
    torch.Size([3, 2, 5])

    Args:
        n_features, n_hidden: sizes of one model.
        importance, density: a number, ``[feature]``, ``[instance, 1]`` or ``[instance, feature]``.
        n_instances: how many models; read from ``importance`` and ``density`` if not given.
        steps, batch_size, lr: Adam's, with fresh examples at every step.
        seed: the same seed gives the same result on one machine, whatever the number of cores.
        device: None picks the fastest here (see ``choose_engine``).
        progress: show a bar.
        keep_history: also keep ``W`` at every log point.

    An interrupt (the stop button, Ctrl-C) ends the training early and returns what there is.

    Raises:
        ValueError: sizes below 1, a density outside (0, 1], a negative importance, shapes that don't fit.
    """
    sizes = {"n_features": n_features, "n_hidden": n_hidden, "steps": steps, "batch_size": batch_size}
    if n_instances is not None:
        sizes["n_instances"] = n_instances
    for name, size in sizes.items():
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")
    if activation not in ("relu", "linear"):
        raise ValueError(f'activation must be "relu" or "linear", got {activation!r}')
    if not lr > 0:
        raise ValueError(f"lr must be above 0, got {lr!r}")
    importance, density = _same_instances(importance, density, n_features, n_instances)
    if (importance < 0).any():
        raise ValueError(f"importance must not be negative, got {importance.tolist()}")
    check_density(density, zero=False)

    start = torch.randn(len(density), n_hidden, n_features, generator=torch.Generator().manual_seed(seed))
    start *= (2 / (n_hidden + n_features)) ** 0.5
    options = {"relu": activation == "relu", "batch_size": batch_size, "lr": lr, "seed": seed}
    engine = choose_engine(start, importance, density, device=device, **options)
    per_call = max(1, int(CALL_WORK / (batch_size * density.numel() * (n_hidden + 1))))
    return _run(engine, importance, density, steps, per_call, progress, keep_history)


def choose_engine(W, importance, density, *, device, **options):
    """Numba on the processor; PyTorch on a GPU, and on the processor when numba is missing.

    Without a ``device`` a GPU, if there is one, gets the shapes with ``GPU_WORK`` in a step. Smaller ones stay on the
    processor: a step costs a GPU some 25 kernel launches however little there is to do.
    """
    if device is None:
        work = options["batch_size"] * W.numel()
        device = "cuda" if torch.cuda.is_available() and work > GPU_WORK else "cpu"
    device = torch.device(device)
    if device.type == "cpu" and find_spec("numba"):
        from course_utils.toy.numba_engine import NumbaEngine

        return NumbaEngine(W.numpy(), importance.numpy(), density.numpy(), **options)
    from course_utils.toy.torch_engine import TorchEngine

    return TorchEngine(W, importance, density, device=device, **options)


def _same_instances(importance, density, n_features, n_instances):
    if n_instances is None:
        counts = {per_feature("importance", importance, n_features).shape[0]}
        counts |= {per_feature("density", density, n_features).shape[0]}
        if len(counts - {1}) > 1:
            raise ValueError(f"importance and density disagree on the number of instances: {sorted(counts)}")
        n_instances = max(counts)
    return (
        per_feature("importance", importance, n_features, n_instances),
        per_feature("density", density, n_features, n_instances),
    )


def _run(engine, importance, density, steps, per_call, progress, keep_history) -> ToyResult:
    marks = torch.linspace(0, steps, min(steps, LOGS) + 1, dtype=torch.float64).round().int().tolist()
    logs, losses, history = [], [], [torch.as_tensor(engine.W)]
    bar = tqdm(
        total=steps, disable=not progress, unit=" steps", desc="training" if engine.ready else "compiling (once)"
    )
    try:
        for before, after in pairwise([0, 1, *marks[1:]]):
            if after == before:  # when every step is a log point, step 1 is already done
                continue
            total = 0
            for first in range(before, after, per_call):
                n = min(per_call, after - first)
                total += n * torch.as_tensor(engine.run(n))
                bar.update(n)
                bar.set_description("training")
            logs.append(0 if before == 0 else after)
            losses.append(total / (after - before))
            if keep_history and before > 0:
                history.append(torch.as_tensor(engine.W))
    except KeyboardInterrupt:
        bar.write(f"Interrupted after {bar.n:,} of {steps:,} steps: this is the result so far.")
    bar.close()
    return ToyResult(
        W=torch.as_tensor(engine.W),
        b=torch.as_tensor(engine.b),
        loss=torch.stack(losses).float() if losses else torch.zeros(0, len(density)),
        steps=torch.tensor(logs, dtype=torch.int64),
        importance=importance,
        density=density,
        history=torch.stack(history)[: len(logs)] if keep_history else None,
    )
