"""Train a whole sweep of toy models in one call."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.toy.activations import Activation, activation_of
from course_utils.toy.data import Fixed, maker_of, share_on
from course_utils.toy.job import Job, Parts
from course_utils.toy.loop import check_sizes, log_points, train_along
from course_utils.toy.optimisers import Optimiser, optimiser_of
from course_utils.toy.regularisers import Dropout, Penalty
from course_utils.toy.results import ToyResult
from course_utils.toy.sampling import check_density, per_feature

GPU_WORK = 2_000_000  # batch · instance · hidden · feature: about 0.4 ms a step on two cores


def train(
    n_features: int,
    n_hidden: int,
    *,
    importance: float | Tensor = 1.0,
    density: float | Tensor = 1.0,
    n_instances: int | None = None,
    data: str | object | Callable = "independent",
    activation: str | Activation | Callable = "relu",
    optimiser: str | Optimiser = "adam",
    penalty: Penalty | None = None,
    dropout: Dropout | None = None,
    start: float | Tensor | ToyResult = 1.0,
    steps: int = 10_000,
    batch_size: int = 1024,
    lr: float = 1e-3,
    seed: int = 0,
    device: str | torch.device | None = None,
    progress: bool = True,
    keep_history: bool = False,
    log_at: int | Sequence[int] | None = None,
) -> ToyResult:
    """Train ``f(WᵀWx + b)`` on sparse features, all instances at once; f is ReLU if you don't say otherwise.

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
        data: where examples come from (`data`): ``Independent("{1}")``, ``Groups(2)``, ``Fixed(x)``, a name of
            ``MAKERS``, or a function ``(batch_size, density, generator) → [batch, instance, feature]``.
        activation: f: "relu", "linear", "gelu", or any function of every element.
        optimiser: "adam", "sgd", "adamw", or one that you make with `optimisers`.
        penalty: added to the loss that is descended, not to the one that is logged: ``L2(1e-3)``, or a function
            ``W [instance, hidden, feature] → [instance]``.
        dropout: ``Dropout(0.3)``, on the bottleneck.
        start: what the Xavier start is multiplied with; or a W to begin at, or a result to go on from.
        steps, batch_size, lr: with fresh examples at every step; ``Fixed`` data bring their own batch.
        seed: the same seed gives the same result on one machine, whatever the number of cores.
        device: None picks the fastest here (see ``choose_engine``).
        progress: show a bar.
        keep_history: also keep ``W`` and ``b`` at every log point.
        log_at: steps after which to log, or a number: every so many steps. None: 100 times. The start, row 0 of the
            log, always comes first, so that step 1 has no row of its own.

    An interrupt (the stop button, Ctrl-C) ends the training early and returns what there is.

    Raises:
        ValueError: sizes below 1, a density outside (0, 1], a negative importance, shapes that don't fit, an unknown
            name of a part (the message has the nearest).
    """
    sizes = {"n_features": n_features, "n_hidden": n_hidden, "steps": steps, "batch_size": batch_size}
    if n_instances is not None:
        sizes["n_instances"] = n_instances
    check_sizes(lr, **sizes)
    parts = Parts(maker_of(data), activation_of(activation), optimiser_of(optimiser), penalty, dropout)
    if isinstance(parts.data, Fixed):
        density = _density_of(parts.data, density, n_features, n_instances)
    importance, density = _same_instances(importance, density, n_features, n_instances, start)
    if (importance < 0).any():
        raise ValueError(f"importance must not be negative, got {importance.tolist()}")
    check_density(density, zero=isinstance(parts.data, Fixed))
    W, b = _start(start, len(density), n_hidden, n_features, seed)
    marks = log_points(steps, log_at)
    job = Job(W, b, importance, density, parts.optimiser.rates(lr, steps), batch_size, seed, parts)
    engine, name, why = choose_engine(job, device=device)
    log = train_along(
        engine,
        marks,
        work=batch_size * density.numel() * (n_hidden + 1),
        n_instances=len(density),
        progress=progress,
        look=(lambda: (torch.as_tensor(engine.W), torch.as_tensor(engine.b))) if keep_history else None,
    )
    W, b = torch.as_tensor(engine.W), torch.as_tensor(engine.b)
    histories = {}
    if keep_history:
        history, history_b = (torch.stack(each)[: len(log.steps)] for each in zip(*log.looks, strict=True))
        histories = {"history": history, "history_b": history_b}
    spread = {"importance": importance, "density": density}
    ran = {"activation": parts.activation, "engine": name, "why": why}
    return ToyResult(W, b, log.loss, log.steps, **spread, **histories, **ran)


def choose_engine(job: Job, *, device: str | torch.device | None = None):
    """The engine, its name, and why it was taken.

    Numba on the processor; PyTorch on a GPU, and on the processor when numba is missing or can't do one of the parts.
    Without a ``device`` a GPU, if there is one, gets the shapes with ``GPU_WORK`` in a step. Smaller ones stay on the
    processor: a step costs a GPU some 25 kernel launches however little there is to do.
    """
    from course_utils.toy.torch_engine import TorchEngine

    device, why = place_for(job.batch_size * job.W.numel(), device)
    if device.type != "cpu":
        return TorchEngine(job, device=device), "torch", f"{why}: {device}"
    if not find_spec("numba"):
        return TorchEngine(job), "torch", "numba isn't installed"
    from course_utils.toy.numba_engine import NumbaEngine, declined

    if reason := declined(job.parts):
        return TorchEngine(job), "torch", reason
    return NumbaEngine(job), "numba", "the fastest on a processor"


def place_for(work: int, device: str | torch.device | None) -> tuple[torch.device, str]:
    """Where to train, and why there, with so many products of batch and parameters in a step."""
    why = "asked for"
    if device is None:
        large = work > GPU_WORK
        device, why = ("cuda", "large, and a GPU") if torch.cuda.is_available() and large else ("cpu", "the fastest")
    return torch.device(device), why


def _density_of(data: Fixed, density, n_features: int, n_instances: int | None) -> Float[Tensor, "instance feature"]:
    """How often each feature is on in the data set."""
    if not isinstance(density, float | int) or density != 1:
        raise ValueError("a fixed data set has its own density: leave density out")
    found = share_on(data.sets())
    if found.shape[1] != n_features:
        raise ValueError(f"the data set has {found.shape[1]} features, not {n_features}")
    if n_instances is not None and len(found) not in (1, n_instances):
        raise ValueError(f"there are {len(found)} data sets for {n_instances} instances")
    return found


def _same_instances(importance, density, n_features, n_instances, start):
    if n_instances is None:
        counts = {per_feature("importance", importance, n_features).shape[0]}
        counts |= {per_feature("density", density, n_features).shape[0]}
        if len(counts - {1}) > 1:
            raise ValueError(f"importance and density disagree on the number of instances: {sorted(counts)}")
        started = start.W if isinstance(start, ToyResult) else start
        counts |= {len(started)} if isinstance(started, Tensor) and started.ndim == 3 else set()
        n_instances = max(counts)
    return (
        per_feature("importance", importance, n_features, n_instances),
        per_feature("density", density, n_features, n_instances),
    )


def _start(start, n_instances: int, n_hidden: int, n_features: int, seed: int) -> tuple[Tensor, Tensor]:
    """Where training begins: ``W [instance, hidden, feature]`` and ``b [instance, feature]``."""
    shape, b = (n_instances, n_hidden, n_features), torch.zeros(n_instances, n_features)
    if isinstance(start, ToyResult):
        start, b = start.W, start.b
    if isinstance(start, Tensor) and start.ndim:
        if start.shape[-2:] != shape[1:] or start.ndim > 3 or (start.ndim == 3 and len(start) not in (1, n_instances)):
            raise ValueError(f"start has shape {list(start.shape)}; W is [instance, hidden, feature] = {list(shape)}")
        return start.detach().float().cpu().expand(shape).clone(), b.float().expand(n_instances, n_features).clone()
    W = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    W *= (2 / (n_hidden + n_features)) ** 0.5
    return (W if start == 1 else W * float(start)), b
