"""The setting in which all are compared: data, methods and their learning rates, and how ``train_sae`` is run in it."""

import os
from contextlib import contextmanager
from typing import NamedTuple

import torch

from course_utils.sae.config import SAEConfig

D_IN, FEATURES, D_SAE, K, BATCH = 128, 512, 512, 6, 2048
GROUPS = (64, 64, 128, 256)
BY_COUNT = ("topk", "batchtopk", "matryoshka")  # their sparsity is a number of latents, the others' a penalty
ARCHITECTURES = (*BY_COUNT, "relu", "gated", "jumprelu")
LR = 8e-3  # our default at this size; the peers' TopK and BatchTopK did better there too than at 2e-3
THEIRS = {  # their packages' defaults; None: dictionary_learning's rule, 2e-4 / √(d_sae / 2^14)
    "sae_lens": dict.fromkeys(ARCHITECTURES, 3e-4),
    "dictionary_learning": {**dict.fromkeys(BY_COUNT), "relu": 1e-3, "gated": 5e-5, "jumprelu": 7e-5},
}


class Method(NamedTuple):
    library: str
    rate: str
    """Whose learning rate: "ours" or "own"."""

    @property
    def ours(self):
        return self.library.startswith("ours")

    def lr(self, architecture):
        return LR if self.rate == "ours" else THEIRS[self.library][architecture]

    def __str__(self):
        return self.library if self.ours else f"{self.library}, {self.rate} lr"


METHODS = [Method("ours", "ours"), Method("ours, torch", "ours")]
METHODS += [Method(library, rate) for library in THEIRS for rate in ("own", "ours")]


def our_config(architecture, sparsity, d_in, d_sae):
    """The course's own defaults, and nothing else: a number of latents is given, or one to be met."""
    options = {"k" if architecture in BY_COUNT else "l0_target": sparsity}
    if architecture == "matryoshka":
        options["groups"] = GROUPS
    return SAEConfig(architecture=architecture, d_in=d_in, d_sae=d_sae, **options)


@contextmanager
def cores(n):
    """So many cores for this process, where the system lets us choose."""
    threads, may = torch.get_num_threads(), hasattr(os, "sched_setaffinity")
    before = os.sched_getaffinity(0) if may else None
    torch.set_num_threads(n)
    if may:
        os.sched_setaffinity(0, sorted(before)[:n])
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        if may:
            os.sched_setaffinity(0, before)
