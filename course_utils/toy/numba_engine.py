"""Training many toy models on the processor, with all its cores.

The result doesn't depend on the number of threads: every (instance, chunk of the batch) has its own random streams, and
the chunks' gradients are always added in the same order, whoever computed them.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import pairwise

import numpy as np

from course_utils.compiled import compiled
from course_utils.toy.numba_kernels import adam, chunk_gradient, random_state, workspace
from course_utils.toy.optimisers import OPTIMISERS

# Rows of a batch that share one partial gradient: few where one instance may have to feed several threads, else many.
CHUNK, LONG_CHUNK, MANY = 256, 1024, 8
SPLIT_WORK = 1_000_000  # multiply-adds in a step from which waking the other threads at every step is worth it


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@compiled
def run_instances(
    first, last, done, steps, batch_size, chunk, lr, relu, state, threshold, scale, weight, P, M, V, loss
):  # fmt: skip
    """Train instances ``first:last`` for ``steps`` steps; adds each step's loss to ``loss [instance]``."""
    n_features = threshold.shape[1]
    n_hidden = P.shape[1] // n_features - 1
    x, g, h, back = workspace(n_hidden, n_features)
    part, gradient = np.empty(P.shape[1], np.float32), np.empty(P.shape[1], np.float32)
    cut = n_hidden * n_features
    dW, db = part[:cut].reshape(n_hidden, n_features), part[cut:]
    for i in range(first, last):
        W, b = P[i, :cut].reshape(n_hidden, n_features), P[i, cut:]
        for step in range(done + 1, done + steps + 1):
            gradient[:] = 0
            for c in range(state.shape[1]):
                rows = min(chunk, batch_size - c * chunk)
                loss[i] += chunk_gradient(
                    state[i, c], threshold[i], scale[i], W, b, weight[i], rows, relu, x, g, h, back, dW, db
                )
                gradient += part
            adam(P[i], M[i], V[i], gradient, lr, step)


@compiled
def run_chunks(first, last, batch_size, chunk, relu, state, threshold, scale, weight, P, parts, losses):
    """Gradients ``parts [instance, chunk, parameter]`` of one step, for pieces ``first:last`` of instance × chunk."""
    n_features, n_chunks = threshold.shape[1], state.shape[1]
    n_hidden = P.shape[1] // n_features - 1
    x, g, h, back = workspace(n_hidden, n_features)
    cut = n_hidden * n_features
    for piece in range(first, last):
        i, c = piece // n_chunks, piece % n_chunks
        W, b = P[i, :cut].reshape(n_hidden, n_features), P[i, cut:]
        dW, db = parts[i, c, :cut].reshape(n_hidden, n_features), parts[i, c, cut:]
        rows = min(chunk, batch_size - c * chunk)
        losses[i, c] = chunk_gradient(
            state[i, c], threshold[i], scale[i], W, b, weight[i], rows, relu, x, g, h, back, dW, db
        )


@compiled
def add_parts(step, lr, P, M, V, parts, losses, loss):
    """Add the chunks' gradients in their order, as ``run_instances`` does, and take the step."""
    gradient = np.empty(P.shape[1], np.float32)
    for i in range(P.shape[0]):
        gradient[:] = 0
        for c in range(parts.shape[1]):
            gradient += parts[i, c]
            loss[i] += losses[i, c]
        adam(P[i], M[i], V[i], gradient, lr, step)


def declined(parts):
    """Phase 1: only what it could do before."""
    from course_utils.toy.data import Independent

    if parts.data != Independent():
        return "the fused engine doesn't know these data"
    if parts.activation.name not in ("relu", "linear"):
        return f"the fused engine has no {parts.activation.name}"
    if parts.optimiser != OPTIMISERS["adam"] or parts.penalty is not None or parts.dropout is not None:
        return "parts"


class NumbaEngine:
    """State of a sweep on the processor. ``run(steps)`` advances it; ``W`` and ``b`` read it.

    Threads share the instances, each taking one through many steps on its own; with fewer instances than threads and
    work enough in one step, they share the chunks of every batch instead.
    """

    def __init__(self, job, *, threads=None):
        W, density, importance = job.W.numpy(), job.density.numpy(), job.importance.numpy()
        batch_size, seed = job.batch_size, job.seed
        self.shape = n_instances, n_hidden, n_features = W.shape
        self.relu, self.batch_size, self.lr, self.done = (
            job.parts.activation.name == "relu",
            batch_size,
            float(job.rates[0]),
            0,
        )
        self.threads = threads or usable_cores()
        self.pool = ThreadPoolExecutor(self.threads)
        self.n_weights = n_hidden * n_features
        self.P = np.zeros((n_instances, self.n_weights + n_features), np.float32)
        self.P[:, : self.n_weights] = W.reshape(n_instances, -1)
        self.M, self.V = np.zeros_like(self.P), np.zeros_like(self.P)
        self.chunk = LONG_CHUNK if n_instances >= MANY else CHUNK
        self.n_chunks = -(-batch_size // self.chunk)
        threshold = np.clip(density.astype(np.float64) * 2**31, 1, 2**31 - 1).astype(np.int32)
        scale = (1 / threshold.astype(np.float64)).astype(np.float32)
        self.draws = random_state(seed, n_instances, self.n_chunks), threshold, scale
        self.weight = (importance / (batch_size * n_features)).astype(np.float32)
        work = batch_size * n_instances * self.P.shape[1]
        self.split = n_instances < self.threads and work > SPLIT_WORK
        self.parts = np.zeros((n_instances, self.n_chunks if self.split else 0, self.P.shape[1]), np.float32)

    @property
    def ready(self) -> bool:
        """Whether the code it runs has been compiled or loaded."""
        return bool((run_chunks if self.split else run_instances).signatures)

    @property
    def W(self) -> np.ndarray:
        return self.P[:, : self.n_weights].reshape(self.shape).copy()

    @property
    def b(self) -> np.ndarray:
        return self.P[:, self.n_weights :].copy()

    def run(self, steps: int) -> np.ndarray:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``."""
        loss = np.zeros(self.shape[0])
        if self.split:
            self._run_split(steps, loss)
        else:
            self._run_whole(steps, loss)
        self.done += steps
        return loss / steps

    def _run_whole(self, steps, loss):
        block = max(1, self.shape[0] // (4 * self.threads))
        cuts = [*range(0, self.shape[0], block), self.shape[0]]
        how = self.done, steps, self.batch_size, self.chunk, self.lr, self.relu
        fixed = *how, *self.draws, self.weight, self.P, self.M, self.V
        _finish([self.pool.submit(run_instances, first, last, *fixed, loss) for first, last in pairwise(cuts)])

    def _run_split(self, steps, loss):
        losses = np.zeros((self.shape[0], self.n_chunks))
        cuts = np.linspace(0, self.shape[0] * self.n_chunks, self.threads + 1).astype(int).tolist()
        fixed = self.batch_size, self.chunk, self.relu, *self.draws, self.weight, self.P, self.parts, losses
        for step in range(self.done + 1, self.done + steps + 1):
            _finish([self.pool.submit(run_chunks, first, last, *fixed) for first, last in pairwise(cuts)])
            add_parts(step, self.lr, self.P, self.M, self.V, self.parts, losses, loss)


def _finish(futures: list[Future]) -> None:
    """Wait for all, also when interrupted, so that no thread is left writing; raise what any of them raised."""
    try:
        wait(futures)
    except KeyboardInterrupt:
        wait(futures)
        raise
    for future in futures:
        future.result()
