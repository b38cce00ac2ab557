"""The memory that a training step works in, kept from step to step."""

import threading
from itertools import pairwise

import numpy as np
import torch

from course_utils.sae.config import SAEConfig
from course_utils.sae.numba_kernels import arrange

CHUNK = 512  # rows
BLOCKS = 8  # of latents


class Pairs:
    """A chunk's pairs (row, latent): row n's are those from ``first[n]`` up to ``first[n + 1]``."""

    def __init__(self, rows: int, room: int):
        self.first = np.zeros(rows + 1, np.int64)
        self.value = np.zeros(0, np.float32)
        self.reserve(room)

    def reserve(self, room: int) -> None:
        """Make room for so many pairs; what was there is lost if that takes new memory."""
        if room <= self.value.size:
            return
        self.latent, self.slot = np.zeros(room, np.int32), np.zeros(room, np.int32)
        self.value, self.f, self.du, self.extra = (np.zeros(room, np.float32) for _ in range(4))

    @property
    def count(self) -> int:
        return int(self.first[-1])


class Room:
    """What one instance needs for batches of so many rows."""

    def __init__(self, rows: int, config: SAEConfig):
        d_in, d_sae, n_slots = config.d_in, config.d_sae, len(config.groups or (0,)) + 1
        self.rows = rows
        self.cuts = [(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK)]
        sizes = [stop - start for start, stop in self.cuts]
        self.threads_own = threading.local()
        self.pairs = [Pairs(size, int(size * min(d_sae, 2 * (config.k or 16))) + d_sae) for size in sizes]
        self.aux = [Pairs(size, 0) for size in sizes]
        self.g = np.zeros((rows, n_slots, d_in), np.float32)
        self.errors = self.g.reshape(-1, d_in)  # by row and slot
        self.g_sum = np.zeros((len(sizes), d_in), np.float32)
        self.sums = np.zeros((len(sizes), 3))
        self.counts = np.zeros((len(sizes), d_sae), np.int64)
        self.starts = np.zeros(d_sae + 1, np.int64)
        self.places = np.zeros_like(self.counts)
        self.blocks = list(enumerate(pairwise(np.linspace(0, d_sae, BLOCKS + 1).astype(int).tolist())))
        self.lost = np.zeros((BLOCKS, d_in), np.float32)
        self.sorted: tuple[np.ndarray, ...] = ()

    def u(self, rows: int) -> torch.Tensor:
        """``[rows, d_sae]`` of the calling thread's: it stays in the processor's cache from chunk to chunk."""
        if not hasattr(self.threads_own, "u"):
            self.threads_own.u = torch.empty(CHUNK, self.starts.size - 1, dtype=torch.float32, device="cpu")
        return self.threads_own.u[:rows]

    def arrange(self) -> None:
        """From the counts of pairs by chunk and latent to where they are to be written."""
        arrange(self.counts, self.starts, self.places)
        if not self.sorted or len(self.sorted[0]) < self.starts[-1]:
            size = int(1.2 * self.starts[-1]) + 1
            self.sorted = tuple(np.zeros(size, kind) for kind in (np.int32, np.int32, *3 * (np.float32,)))
