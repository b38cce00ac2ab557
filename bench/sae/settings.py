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
LR = 8e-3  # chosen for us, on seed 0; the peers' TopK and BatchTopK did better there too than at 2e-3
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

SPECIAL = {  # ours
    **{name: {"aux": 1 / 4, "initial_norm": 0.1} for name in BY_COUNT},
    "relu": {"initial_norm": 0.3, "initial_l0": 64, "sparsity_warmup": 0.02, "resample_every": 150},
    "gated": {},
    "jumprelu": {"bandwidth": 0.12, "initial_norm": 0.5, "sparsity_warmup": 0.02, "resample_every": 50},
}
LR_WARMUP = {**dict.fromkeys(ARCHITECTURES, 0.05), "relu": 0.0}  # ours


def our_config(architecture, sparsity, d_in, d_sae):
    """Rows of W_dec are left free, which learns faster; a latent is dead after 5,000 rows, since a whole training has
    no more than a million. All this was chosen on seeds 0, 6 and 7, which five seeds leave out."""
    name = "k" if architecture in BY_COUNT else "l0" if architecture == "jumprelu" else "l1"
    options = {name: sparsity, "decoder_norm": "free", "dead_after": 5000, **SPECIAL[architecture]}
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
