"""Training many networks with one hidden layer on the processor, with all its cores.

Every instance has its own random streams and is taken through many steps by one thread, so that the result doesn't
depend on the number of threads.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from course_utils.compiled import compiled
from course_utils.computing.job import Job, Parts
from course_utils.computing.layers import Layer
from course_utils.computing.losses import MSE
from course_utils.computing.numba_kernels import batch_gradient, windows, workspace
from course_utils.computing.numba_target import wanted_of
from course_utils.computing.tasks import Drawn
from course_utils.toy import numba_data
from course_utils.toy.activations import LINEAR, RELU
from course_utils.toy.data import maker_of
from course_utils.toy.numba_data import TILES
from course_utils.toy.numba_engine import LONG_CHUNK, share_instances, tiles_room, usable_cores
from course_utils.toy.numba_kernels import descend


def declined(parts: Parts) -> str:
    """Why this engine can't do one of the parts; empty if it can do them all."""
    task = parts.task
    if not isinstance(task.sample, Drawn):
        return "the fused engine has no examples from a function of your own"
    if parts.weights != (0, 1):
        return "the fused engine has one hidden layer, and trains both layers"
    if parts.activation != RELU:
        return f"the fused engine has no {parts.activation.name} in the hidden layer"
    if parts.output not in (RELU, LINEAR):
        return f"the fused engine has no {parts.output.name} at the output"
    if parts.loss != MSE:
        return f"the fused engine has no loss {parts.loss.name}"
    if wanted_of(task) is None:
        return "the fused engine has no target but those of `elementwise` and `pairwise` that have a name"
    return numba_data.declined(maker_of(task.sample.data))


@compiled
def run_steps(
    X, steps, done, rows, relu, biases, wanted, weight, rule, rates, decay, n_weights, P, M, V, gradient, room
):  # fmt: skip
    """Train one instance on the batches ``X [step, tile, input, lane]``; returns the sum of the losses."""
    n_inputs, n_hidden, n_outputs = X.shape[2], room[0].shape[0], weight.shape[0]
    layers = windows(P, n_inputs, n_hidden, n_outputs)
    slopes = windows(gradient, n_inputs, n_hidden, n_outputs)
    loss = 0.0
    for s in range(steps):
        gradient[:] = 0
        loss += batch_gradient(X[min(s, X.shape[0] - 1)], layers, wanted, weight, rows, relu, room, slopes)
        if not biases[0]:
            slopes[2][:] = 0
        if not biases[1]:
            slopes[3][:] = 0
        step = done + s
        descend(P, M, V, gradient, n_weights, rule, rates[step], step + 1, 0.0, decay)
    return loss


class NumbaEngine:
    """State of a sweep on the processor. ``run(steps)`` advances it; ``layers`` reads it."""

    def __init__(self, job: Job, *, threads: int | None = None):
        parts, density = job.parts, job.density.numpy()
        hidden, output = job.layers
        self.sizes = hidden.W.shape[2], hidden.W.shape[1], output.W.shape[1]
        self.n_instances, self.done = len(density), 0
        self.threads = threads or usable_cores()
        self.pool = ThreadPoolExecutor(self.threads)
        pieces = hidden.W, output.W, hidden.b, output.b
        self.P = np.concatenate([each.reshape(self.n_instances, -1).numpy() for each in pieces], axis=1)
        self.n_weights = hidden.W[0].numel() + output.W[0].numel()
        self.M, self.V = np.zeros_like(self.P), np.zeros_like(self.P)
        data = maker_of(parts.task.sample.data)
        self.tiles = TILES[type(data)](data, density, job.batch_size, LONG_CHUNK, job.seed)
        self.rows = self.tiles.rows
        self.n_chunks = -(-self.rows // LONG_CHUNK)
        self.weight = np.stack([job.weight(int(rows))[i].numpy() for i, rows in enumerate(self.rows)])
        self.wanted, self.relu = tuple(wanted_of(parts.task)), parts.output == RELU
        self.biases = (0 in parts.biases, 1 in parts.biases)
        optimiser = parts.optimiser
        self.rule, self.decay = optimiser.rule(), optimiser.decays(self.n_instances).numpy()
        self.rates = job.rates.numpy()

    @property
    def ready(self) -> bool:
        """Whether the code it runs has been compiled or loaded."""
        return bool(run_steps.signatures)

    @property
    def layers(self) -> tuple[Layer, ...]:
        import torch

        n_in, n_hidden, n_out = self.sizes
        sizes = n_hidden * n_in, n_out * n_hidden, n_hidden, n_out
        W, U, b, c = torch.as_tensor(self.P.copy()).split(sizes, dim=1)
        return Layer(W.reshape(-1, n_hidden, n_in), b.clone()), Layer(U.reshape(-1, n_out, n_hidden), c.clone())

    def run(self, steps: int) -> np.ndarray:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``."""
        loss = np.zeros(self.n_instances)
        share_instances(self.pool, self.threads, self.rows, self._instances, steps, loss)
        self.done += steps
        return loss / steps

    def _instances(self, first, last, steps, loss):
        """Take instances ``first:last`` through the steps, one after the other."""
        room, gradient = workspace(*self.sizes), np.empty_like(self.P[0])
        for i in range(first, last):
            ahead = tiles_room(self.rows[i], self.sizes[0], steps)
            for before in range(0, steps, len(ahead)):
                n = min(len(ahead), steps - before)
                loss[i] += run_steps(
                    self.tiles.block(i, 0, self.n_chunks[i], n, ahead), n, self.done + before, self.rows[i], self.relu,
                    self.biases, self.wanted, self.weight[i], self.rule, self.rates, self.decay[i], self.n_weights,
                    self.P[i], self.M[i], self.V[i], gradient, room,
                )  # fmt: skip
