"""A training step on the processor, with all its cores: the encoder's product by BLAS, the rest over active latents.

Rows are shared out to the threads in chunks until every pair (row, latent) has its gradient; then latents are, in
blocks, each latent gathering its own pairs and taking Adam's step at once, so that no gradient is ever stored. Chunks
and blocks are the same for any number of threads, and so is the result. With as many instances as threads, each thread
takes whole instances instead.
"""

import os
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import torch
from torch import Tensor

from course_utils.sae import numba_kernels as kernels
from course_utils.sae import numba_selection as selection
from course_utils.sae.config import L1_FAMILY
from course_utils.sae.numba_room import Room
from course_utils.sae.state import CUT_RATE, Step, TrainerState, by_latent

KINDS = {
    "relu": kernels.RELU,
    "topk": kernels.TOPK,
    "batchtopk": kernels.BATCHTOPK,
    "matryoshka": kernels.BATCHTOPK,
    "gated": kernels.GATED,
    "jumprelu": kernels.JUMPRELU,
}
BIASES = {"gated": ("b_gate", "b_mag", "r_mag"), "jumprelu": ("b_enc", "threshold")}
SHARED_FROM = 2**25  # multiplications in a step's encoding: for fewer, handing over costs more than it saves
GUESS = 0.8  # of the last batch's cut: smaller pre-activations are looked for only if those above it don't suffice


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class NumbaEngine:
    """Advances a ``TrainerState`` in place, on the processor."""

    def __init__(self, state: TrainerState, threads: int | None = None):
        self.state = state
        self.threads = threads or usable_cores()
        self.pool = ThreadPoolExecutor(self.threads, initializer=torch.set_num_threads, initargs=(1,))
        for tensors in (state.weights, state.mean, state.square):
            tensors.update({name: by_latent(name, by_latent(name, t).contiguous()) for name, t in tensors.items()})
        self.models = [Model(state, i) for i in range(len(state.cut))]

    def step(self, x: Tensor, lr: float, strength: float) -> Step:
        """One step on ``x [instance, n, d_in]``; returns the loss before it. λ counts by ``strength``, in [0, 1]."""
        self.state.step += 1
        t = self.state.step
        rates = np.float32(lr / (1 - 0.9**t)), np.float32(1 / np.sqrt(1 - 0.999**t))
        outer, inner = _in_turn, _in_turn
        if self.threads > 1 and x[0].numel() * self.state.config.d_sae >= SHARED_FROM:
            outer, inner = (self._shared, _in_turn) if len(self.models) >= self.threads else (_in_turn, self._shared)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # every thread multiplies on its own
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges says so by its loss
                rows = outer(lambda pair: pair[0].step(pair[1], *rates, strength, inner), list(zip(self.models, x)))
        finally:
            torch.set_num_threads(threads)
        return Step(*torch.from_numpy(np.array(rows, np.float32)).unbind(1))

    def _shared(self, task, items):
        futures = [self.pool.submit(task, item) for item in items]
        wait(futures)
        return [future.result() for future in futures]


def _in_turn(task, items):
    return [task(item) for item in items]


class Model:
    """One instance: NumPy views of its part of the state, and the passes of a step in their order."""

    def __init__(self, state: TrainerState, i: int):
        self.state, self.i, self.config = state, i, state.config
        config = state.config
        self.kind = KINDS[config.architecture]
        self.ends = np.cumsum(config.groups or (config.d_sae,)).astype(np.int32)
        self.k_aux = config.k_aux or max(1, config.d_in // 2)
        self.names = BIASES.get(config.architecture, ("b_enc",))
        self.D, self.mD, self.vD = self._views("W_dec")
        self.E, self.mE, self.vE = (self.D, self.mD, self.vD) if config.tied else self._views("W_enc")
        self.silent = state.silent[i].numpy()
        self.room, self.guess = None, np.float32(0)

    def _views(self, name):
        return [
            by_latent(name, part[name][self.i]).numpy()
            for part in (self.state.weights, self.state.mean, self.state.square)
        ]

    def step(self, x: Tensor, rate, correction, strength, run) -> tuple[float, float, float]:
        """``run(task, items)`` does a pass's parts. Returns loss, squared error and L0, means over rows."""
        if self.room is None or self.room.rows != len(x):
            self.room = Room(len(x), self.config)
        room, config = self.room, self.config
        self.x = x.contiguous()
        self.rows, self.per_row = self.x.numpy(), np.float32(1 / room.rows)
        self.b_dec = self.state.weights["b_dec"][self.i].numpy()
        self.biases, self.m_biases, self.v_biases = (
            np.stack([part[name][self.i].numpy() for name in self.names])
            for part in (self.state.weights, self.state.mean, self.state.square)
        )
        self.taken_off = self.b_dec if config.pre_bias else np.zeros_like(self.b_dec)
        self.offset = self.biases[0] - self.E @ self.taken_off  # π = x W_enc + offset
        self._prices(strength)
        dead = np.flatnonzero(self.silent >= config.dead_after).astype(np.int32)
        self.dead = dead if config.aux and self.kind in (kernels.TOPK, kernels.BATCHTOPK) else dead[:0]
        chunks = range(len(room.cuts))
        self.bound = self._bound()
        run(self._collect, chunks)
        if self.kind == kernels.BATCHTOPK:
            self._select(run, chunks)
        room.counts[:] = 0
        run(self._differentiate, chunks)
        room.arrange()
        run(self._sort, chunks)
        run(lambda item: self._update(*item, rate, correction), room.blocks)
        self._update_b_dec(rate, correction)
        for name, *new in zip(self.names, self.biases, self.m_biases, self.v_biases):
            for part, value in zip((self.state.weights, self.state.mean, self.state.square), new):
                part[name][self.i] = torch.from_numpy(value)
        return tuple(room.sums.sum(0) / room.rows)

    def _prices(self, strength):
        """λ for each latent, and what gated's magnitude is to its gate."""
        config, n_latents = self.config, self.config.d_sae
        weight = np.float32(strength * self.state.penalty[self.i].item())
        free = config.decoder_norm == "free" and config.architecture in L1_FAMILY
        self.cost = weight * (np.linalg.norm(self.D, axis=1) if free else np.ones(n_latents, np.float32))
        self.norm_cost = weight * self.per_row if free and self.kind == kernels.RELU else np.float32(0)
        self.theta = self.biases[1] if self.kind == kernels.JUMPRELU else np.zeros(0, np.float32)
        self.magnitude = np.zeros((n_latents, 2), np.float32)
        if self.kind == kernels.GATED:
            factor = np.exp(self.biases[2])
            self.magnitude = np.stack([factor, self.biases[1] - self.biases[0] * factor], axis=1)

    def _collect(self, c):
        """A chunk's pairs."""
        start, stop = self.room.cuts[c]
        u, pairs = self.room.u(stop - start), self.room.pairs[c]
        u = torch.mm(self.x[start:stop], torch.from_numpy(self.E).T, out=u).numpy()
        if self.dead.size:
            aux, k = self.room.aux[c], min(self.k_aux, self.dead.size)
            aux.reserve((stop - start) * k + 1)
            selection.collect_dead(u, self.offset, self.dead, k, aux.first, aux.latent, aux.value)
        if self.kind == kernels.TOPK:
            selection.collect_top(u, self.offset, int(self.config.k), pairs.first, pairs.latent, pairs.value)
            return
        while selection.collect_above(u, self.offset, self.bound, pairs.first, pairs.latent, pairs.value) < 0:
            pairs.reserve(min(2 * pairs.latent.size, len(u) * u.shape[1]) + u.shape[1] + selection.BLOCK)

    def _bound(self) -> np.ndarray:
        """What a pre-activation must be above to be looked at (batchtopk: at first)."""
        bound = np.full(self.config.d_sae, self.guess, np.float32)
        return self.theta - np.float32(self.config.bandwidth / 2) if self.kind == kernels.JUMPRELU else bound

    def _select(self, run, chunks):
        """Of all chunks' pairs the n·k largest."""
        n_active, pairs = max(1, int(self.config.k * self.room.rows)), self.room.pairs
        if self.guess > 0 and sum(p.count for p in pairs) < n_active:
            self.bound = np.zeros_like(self.bound)
            run(self._collect, chunks)
        values = np.concatenate([p.value[: p.count] for p in pairs])
        cut = np.float32(selection.kth_largest(values, n_active)) if len(values) >= n_active else np.float32(0)
        for p in pairs:
            selection.keep_from(cut, p.first, p.latent, p.value)
        self.guess = GUESS * cut
        mean = self.state.cut[self.i]
        mean += (float(cut) - mean) * max(1 / self.state.step, CUT_RATE)

    def _differentiate(self, c):
        start, stop = self.room.cuts[c]
        x, g, pairs, aux = self.rows[start:stop], self.room.g[start:stop], self.room.pairs[c], self.room.aux[c]
        b_dec, counts = self.b_dec, self.room.counts[c]
        sums = kernels.backward(
            self.kind, x, b_dec, self.D, self.ends, self.cost, self.magnitude, self.theta,
            np.float32(self.config.bandwidth), self.per_row, pairs.first, pairs.latent, pairs.value, pairs.f, pairs.du,
            pairs.extra, pairs.slot, g, self.room.g_sum[c],
        )  # fmt: skip
        kernels.count_latents(pairs.latent, pairs.count, counts)
        loss = 0.0
        if self.dead.size:
            weight = np.float32(self.config.aux * min(1.0, self.dead.size / self.k_aux))
            loss = kernels.backward_dead(
                x, b_dec, self.D, weight, self.per_row, self.ends.size, aux.first, aux.latent, aux.value, pairs.first,
                pairs.latent, pairs.f, aux.f, aux.du, g,
            )  # fmt: skip
            kernels.count_latents(aux.latent, aux.count, counts)
        self.room.sums[c] = sums[0] + loss, sums[1], sums[2]

    def _sort(self, c):
        room = self.room
        for pairs, slot in ((room.pairs[c], -1), *([(room.aux[c], self.ends.size)] if self.dead.size else [])):
            kernels.sort_by_latent(
                room.cuts[c][0], self.ends.size + 1, slot, pairs.first, pairs.latent, pairs.f, pairs.du, pairs.extra,
                pairs.slot, room.places[c], *room.sorted,
            )  # fmt: skip

    def _update(self, block, latents, rate, correction):
        room = self.room
        kernels.update_latents(
            *latents, self.kind, self.ends.size, self.config.decoder_norm == "unit", self.config.tied, self.norm_cost,
            rate, correction, room.starts, *room.sorted, self.rows, self.taken_off, room.errors, self.magnitude,
            self.E, self.mE, self.vE, self.D, self.mD, self.vD, self.biases, self.m_biases, self.v_biases, self.silent,
            room.rows, room.lost[block],
        )  # fmt: skip

    def _update_b_dec(self, rate, correction):
        gradient = self.room.g_sum.sum(0)
        if self.config.pre_bias:
            gradient -= self.room.lost.sum(0)
        parts = (part["b_dec"][self.i].numpy() for part in (self.state.weights, self.state.mean, self.state.square))
        kernels.adam(*parts, gradient, rate, correction)
