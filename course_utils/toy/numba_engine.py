"""Training many toy models on the processor, with all its cores.

The result doesn't depend on the number of threads: every (instance, chunk of the batch) has its own random streams, and
the chunks' gradients are always added in the same order, whoever computed them.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import pairwise

import numpy as np

from course_utils.compiled import compiled
from course_utils.toy import numba_data
from course_utils.toy.activations import LINEAR, RELU
from course_utils.toy.job import Job, Parts
from course_utils.toy.numba_data import TILES
from course_utils.toy.numba_kernels import chunk_gradient, descend, workspace
from course_utils.toy.numba_random import LANES
from course_utils.toy.regularisers import L2

# Rows of a batch that share one partial gradient: few where one instance may have to feed several threads, else many.
CHUNK, LONG_CHUNK, MANY = 256, 1024, 8
SPLIT_WORK = 1_000_000  # multiply-adds in a step from which waking the other threads at every step is worth it
ROOM = 1 << 17  # numbers that a thread draws ahead: half a megabyte stays in the cache, and few calls are needed


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def declined(parts: Parts) -> str:
    """Why this engine can't do one of the parts; empty if it can do them all."""
    if parts.activation not in (RELU, LINEAR):
        return f"the fused engine has no {parts.activation.name}"
    if parts.penalty is not None and not isinstance(parts.penalty, L2):
        return "the fused engine has no penalty but L2"
    if parts.dropout is not None:
        return "the fused engine has no dropout"
    return numba_data.declined(parts.data)


@compiled
def run_steps(
    X, steps, done, chunk, rows, relu, weight, n_weights, rule, rates, pull, decay, P, M, V, room, part, gradient
):  # fmt: skip
    """Train one instance on the batches ``X [step, tile, feature, lane]``; returns the sum of the losses."""
    n_features = weight.shape[0]
    n_hidden = n_weights // n_features
    W, b = P[:n_weights].reshape(n_hidden, n_features), P[n_weights:]
    dW, db = part[:n_weights].reshape(n_hidden, n_features), part[n_weights:]
    g, h, back = room
    loss = 0.0
    for s in range(steps):
        batch = X[min(s, X.shape[0] - 1)]
        gradient[:] = 0
        for first in range(0, rows, chunk):
            count = min(chunk, rows - first)
            loss += chunk_gradient(batch, first // LANES, W, b, weight, count, relu, g, h, back, dW, db)
            gradient += part
        step = done + s
        descend(P, M, V, gradient, n_weights, rule, rates[step], step + 1, pull, decay)
    return loss


@compiled
def add_parts(step, n_chunks, n_weights, rule, rate, pull, decay, P, M, V, parts, losses, loss):
    """Add the chunks' gradients in their order, as ``run_steps`` does, and take the step."""
    gradient = np.empty(P.shape[1], np.float32)
    for i in range(P.shape[0]):
        gradient[:] = 0
        for c in range(n_chunks[i]):
            gradient += parts[i, c]
            loss[i] += losses[i, c]
        descend(P[i], M[i], V[i], gradient, n_weights, rule, rate, step + 1, pull[i], decay[i])


class NumbaEngine:
    """State of a sweep on the processor. ``run(steps)`` advances it; ``W`` and ``b`` read it.

    Threads share the instances, each taking one through many steps on its own; with fewer instances than threads and
    work enough in one step, they share the chunks of every batch instead.
    """

    def __init__(self, job: Job, *, threads: int | None = None):
        parts, density = job.parts, job.density.numpy()
        self.shape = n_instances, n_hidden, n_features = job.W.shape
        self.relu, self.done = parts.activation == RELU, 0
        self.threads = threads or usable_cores()
        self.pool = ThreadPoolExecutor(self.threads)
        self.n_weights = n_hidden * n_features
        self.P = np.concatenate([job.W.reshape(n_instances, -1).numpy(), job.b.numpy()], axis=1)
        self.M, self.V = np.zeros_like(self.P), np.zeros_like(self.P)
        self.chunk = LONG_CHUNK if n_instances >= MANY else CHUNK
        self.tiles = TILES[type(parts.data)](parts.data, density, job.batch_size, self.chunk, job.seed)
        self.rows = self.tiles.rows
        self.n_chunks = -(-self.rows // self.chunk)
        self.weight = (job.importance.numpy() / (self.rows[:, None] * n_features)).astype(np.float32)
        optimiser = parts.optimiser
        self.rule = optimiser.rule()
        self.rates, self.decay = job.rates.numpy(), optimiser.decays(n_instances).numpy()
        self.pull = (L2(0.0) if parts.penalty is None else parts.penalty).strengths(n_instances).numpy()
        work = int(self.rows.sum()) * self.P.shape[1]
        self.split = n_instances < self.threads and work > SPLIT_WORK
        self.parts = np.zeros((n_instances, self.n_chunks.max() if self.split else 0, self.P.shape[1]), np.float32)

    @property
    def ready(self) -> bool:
        """Whether the code it runs has been compiled or loaded."""
        return bool((chunk_gradient if self.split else run_steps).signatures)

    @property
    def W(self) -> np.ndarray:
        return self.P[:, : self.n_weights].reshape(self.shape).copy()

    @property
    def b(self) -> np.ndarray:
        return self.P[:, self.n_weights :].copy()

    def run(self, steps: int) -> np.ndarray:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``, without the penalty."""
        loss = np.zeros(self.shape[0])
        if self.split:
            self._run_split(steps, loss)
        else:
            share_instances(self.pool, self.threads, self.rows, self._instances, steps, loss)
        self.done += steps
        return loss / steps

    def _instances(self, first, last, steps, loss):
        """Take instances ``first:last`` through the steps, one after the other."""
        room, part, gradient = workspace(*self.shape[1:]), np.empty_like(self.P[0]), np.empty_like(self.P[0])
        for i in range(first, last):
            ahead = tiles_room(self.rows[i], self.shape[2], steps)
            for before in range(0, steps, len(ahead)):
                n = min(len(ahead), steps - before)
                loss[i] += run_steps(
                    self.tiles.block(i, 0, self.n_chunks[i], n, ahead), n, self.done + before, self.chunk,
                    self.rows[i], self.relu, self.weight[i], self.n_weights, self.rule, self.rates, self.pull[i],
                    self.decay[i], self.P[i], self.M[i], self.V[i], room, part, gradient,
                )  # fmt: skip

    def _run_split(self, steps, loss):
        pieces = [(i, c) for i in range(self.shape[0]) for c in range(self.n_chunks[i])]
        cuts = np.linspace(0, len(pieces), self.threads + 1).astype(int).tolist()
        losses = np.zeros(self.parts.shape[:2])
        for step in range(self.done, self.done + steps):
            _finish([self.pool.submit(self._chunks, pieces[a:b], losses) for a, b in pairwise(cuts)])
            how = self.n_weights, self.rule, self.rates[step], self.pull, self.decay
            add_parts(step, self.n_chunks, *how, self.P, self.M, self.V, self.parts, losses, loss)

    def _chunks(self, pieces, losses):
        """Gradients of one step for some pieces (instance, chunk)."""
        g, h, back = workspace(*self.shape[1:])
        for i, c in pieces:
            rows = min(self.chunk, self.rows[i] - c * self.chunk)
            X = self.tiles.block(i, c, c + 1, 1, tiles_room(rows, self.shape[2], 1))[0]
            W, b = self.P[i, : self.n_weights].reshape(self.shape[1:]), self.P[i, self.n_weights :]
            dW, db = self.parts[i, c, : self.n_weights].reshape(self.shape[1:]), self.parts[i, c, self.n_weights :]
            losses[i, c] = chunk_gradient(X, 0, W, b, self.weight[i], rows, self.relu, g, h, back, dW, db)


def tiles_room(rows: int, n_features: int, steps: int) -> np.ndarray:
    """Where up to ``steps`` batches of ``rows`` rows can be drawn, ``[step, tile, feature, lane]``."""
    size = -(-rows // LANES), n_features, LANES
    return np.empty((max(1, min(steps, ROOM // int(np.prod(size)))), *size), np.float32)


def share_instances(pool: ThreadPoolExecutor, threads: int, rows: np.ndarray, take: Callable, *arguments) -> None:
    """``take(first, last, *arguments)`` for blocks of instances that cover all, in the pool; ``rows [instance]``."""
    cuts = [*range(0, len(rows), max(1, len(rows) // (4 * threads))), len(rows)]
    most_first = sorted(pairwise(cuts), key=lambda cut: -rows[slice(*cut)].sum())  # none is left for the end
    _finish([pool.submit(take, first, last, *arguments) for first, last in most_first])


def _finish(futures: list[Future]) -> None:
    """Wait for all, also when interrupted, so that no thread is left writing; raise what any of them raised."""
    try:
        wait(futures)
    except KeyboardInterrupt:
        wait(futures)
        raise
    for future in futures:
        future.result()
