"""Train a whole sweep of networks with hidden layers in one call."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.computing.job import Job, Parts
from course_utils.computing.layers import Layer, draw_layers
from course_utils.computing.losses import Loss, OfOutputs, loss_of
from course_utils.computing.results import Result
from course_utils.computing.tasks import Task
from course_utils.toy.activations import Activation, activation_of
from course_utils.toy.loop import check_sizes, log_points, train_along
from course_utils.toy.optimisers import Optimiser, optimiser_of
from course_utils.toy.sampling import check_density, per_feature
from course_utils.toy.training import place_for


def train(
    task: Task,
    n_hidden: int | Sequence[int],
    *,
    density: float | Tensor = 1.0,
    importance: float | Tensor = 1.0,
    n_instances: int | None = None,
    activation: str | Activation | Callable = "relu",
    output: str | Activation | Callable = "linear",
    loss: str | Loss | OfOutputs = "mse",
    hidden_bias: bool = True,
    output_bias: bool = True,
    frozen: Sequence[int] = (),
    start: float | Sequence[Layer] | Result = 1.0,
    optimiser: str | Optimiser = "adam",
    steps: int = 2_000,
    batch_size: int = 256,
    lr: float = 1e-2,
    seed: int = 0,
    device: str | torch.device | None = None,
    progress: bool = True,
    log_at: int | Sequence[int] | None = None,
) -> Result:
    """Train networks to compute ``task`` with their hidden layers, all instances at once, on fresh inputs.

    The loss is the mean over batch and outputs of ``importance · loss(output, target)``; with "mse" it is
    `toy.weighted_mse`. Without a start, weights are Xavier-normal and biases 0.

    >>> from course_utils import computing
    >>> task, densities = computing.elementwise(6, "abs"), torch.tensor([1.0, 0.1, 0.01])
    >>> result = computing.train(task, 4, density=densities[:, None], output="relu", steps=100, progress=False)
    >>> [tuple(layer.W.shape) for layer in result.layers]
    [(3, 4, 6), (3, 6, 4)]

    Args:
        task: inputs, and what is wanted for them.
        n_hidden: neurons of the hidden layer, or a tuple: of each.
        density: handed to the task's sampler; a number, ``[n_in]``, ``[instance, 1]`` or ``[instance, n_in]``.
        importance: of the outputs: a number, ``[n_out]``, ``[instance, 1]`` or ``[instance, n_out]``.
        n_instances: how many networks; read from ``importance``, ``density`` and ``start`` if not given.
        activation: of the hidden layers: "relu", "gelu", "linear", or any function of every element.
        output: the same of the last layer.
        loss: "mse", "l4", "cross_entropy" (targets are probabilities over the last axis; the *sum* over the outputs),
            "binary_cross_entropy" (outputs are log-odds), or a function ``(output, target) → [batch, instance,
            n_out]``.
        hidden_bias, output_bias: False: these biases are 0 and stay it.
        frozen: numbers of layers that stay as they are, counted from 0; −1 is the last.
        start: what the Xavier weights are multiplied with; or layers to begin at (``draw_layers``), or a result to
            go on from.
        optimiser: "adam", "sgd", "adamw", or one that you make with `toy.optimisers`.
        steps, batch_size, lr: with fresh inputs at every step.
        seed: the same seed gives the same result on one machine, whatever the number of cores.
        device: None picks the fastest here (``choose_engine``).
        progress: show a bar.
        log_at: steps after which to log, or a number: every so many steps. None: 100 times.

    An interrupt (the stop button, Ctrl-C) ends the training early and returns what there is.

    Raises:
        ValueError: sizes below 1, a density outside (0, 1], a negative importance, shapes that don't fit, all layers
            frozen, an unknown name of a part (the message has the nearest).
    """
    hidden = (n_hidden,) if isinstance(n_hidden, int) else tuple(n_hidden)
    named = {f"n_hidden[{place}]": size for place, size in enumerate(hidden)}
    if n_instances is not None:
        named["n_instances"] = n_instances
    check_sizes(lr, steps=steps, batch_size=batch_size, **named)
    sizes = (task.n_in, *hidden, task.n_out)
    started = start.layers if isinstance(start, Result) else start
    importance, density = _same_instances(task, importance, density, n_instances, started)
    layers = _start(started, sizes, len(density), seed, hidden_bias, output_bias)
    weights = _trained(frozen, len(layers))
    biases = [l for l in weights if (output_bias if l == len(layers) - 1 else hidden_bias)]
    parts = Parts(
        task, tuple(weights), tuple(biases), activation_of(activation), activation_of(output), loss_of(loss),
        optimiser_of(optimiser),
    )  # fmt: skip
    job = Job(layers, importance, density, parts.optimiser.rates(lr, steps), batch_size, seed, parts)
    engine, name, why = choose_engine(job, device=device)
    work = batch_size * sum(layer.W.numel() for layer in layers)
    marks = log_points(steps, log_at)
    log = train_along(engine, marks, work=work, n_instances=len(density), progress=progress)
    return Result(
        engine.layers, log.loss, log.steps, parts.activation, parts.output, importance, density, name, why
    )  # fmt: skip


def choose_engine(job: Job, *, device: str | torch.device | None = None):
    """The engine, its name, and why it was taken.

    As in `toy.training`: Numba on the processor; PyTorch on a GPU, and where numba is missing or can't do one of the
    parts.
    """
    from course_utils.computing.torch_engine import TorchEngine

    work = job.batch_size * sum(layer.W.numel() for layer in job.layers)
    device, why = place_for(work, device)
    if device.type != "cpu":
        return TorchEngine(job, device=device), "torch", f"{why}: {device}"
    if not find_spec("numba"):
        return TorchEngine(job), "torch", "numba isn't installed"
    from course_utils.computing.numba_engine import NumbaEngine, declined

    if reason := declined(job.parts):
        return TorchEngine(job), "torch", reason
    return NumbaEngine(job), "numba", "the fastest on a processor"


def _same_instances(
    task: Task, importance, density, n_instances: int | None, start
) -> tuple[Float[Tensor, "instance n_out"], Float[Tensor, "instance n_in"]]:
    """Both spread over as many instances as any of them, or the start, has."""
    if n_instances is None:
        counts = {
            len(per_feature("importance", importance, task.n_out)),
            len(per_feature("density", density, task.n_in)),
            *([] if isinstance(start, int | float) else [len(start[0].W)]),
        }
        if len(counts - {1}) > 1:
            raise ValueError(f"importance, density and start disagree on the number of instances: {sorted(counts)}")
        n_instances = max(counts)
    importance = per_feature("importance", importance, task.n_out, n_instances)
    if (importance < 0).any():
        raise ValueError(f"importance must not be negative, got {importance.tolist()}")
    density = per_feature("density", density, task.n_in, n_instances)
    check_density(density, zero=False)
    return importance, density


def _start(
    start, sizes: tuple[int, ...], n_instances: int, seed: int, hidden_bias: bool, output_bias: bool
) -> tuple[Layer, ...]:
    """Where training begins, as copies of its own."""
    if isinstance(start, int | float):
        return draw_layers(sizes, n_instances, seed, scale=start)
    if len(start) != len(sizes) - 1:
        raise ValueError(f"start has {len(start)} layers, not {len(sizes) - 1}")
    layers = []
    for number, (W, b) in enumerate(start):
        shape = (n_instances, sizes[number + 1], sizes[number])
        if W.shape[1:] != shape[1:] or b.shape != W.shape[:2] or len(W) not in (1, n_instances):
            raise ValueError(
                f"layer {number} of start has W {list(W.shape)} and b {list(b.shape)}; "
                f"W is [instance, n_out, n_in] = {list(shape)}, b is {list(shape[:2])}"
            )
        if not (output_bias if number == len(start) - 1 else hidden_bias) and b.any():
            raise ValueError(f"layer {number} of start has a bias, and is to be trained without one")
        W, b = W.detach().float().cpu().expand(shape), b.detach().float().cpu().expand(shape[:2])
        layers.append(Layer(W.clone(), b.clone()))
    return tuple(layers)


def _trained(frozen: Sequence[int], n_layers: int) -> list[int]:
    """The numbers of the layers that aren't frozen."""
    if any(not -n_layers <= number < n_layers for number in frozen):
        raise ValueError(f"frozen has {list(frozen)}; the layers are 0 to {n_layers - 1}")
    left = sorted(set(range(n_layers)) - {number % n_layers for number in frozen})
    if not left:
        raise ValueError("all layers are frozen: nothing is left to train")
    return left
