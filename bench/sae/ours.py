"""The setting in which all are compared, and how ``train_sae`` is run in it."""

import os
from contextlib import contextmanager

import torch

from course_utils.sae.config import SAEConfig

D_IN, FEATURES, D_SAE, K, BATCH = 128, 512, 512, 6, 2048
GROUPS = (64, 64, 128, 256)
BY_COUNT = ("topk", "batchtopk", "matryoshka")  # their sparsity is a number of latents, the others' a penalty


def our_config(architecture, sparsity, d_in, d_sae):
    name = "k" if architecture in BY_COUNT else "l0" if architecture == "jumprelu" else "l1"
    groups = {"groups": GROUPS} if architecture == "matryoshka" else {}
    return SAEConfig(architecture=architecture, d_in=d_in, d_sae=d_sae, **{name: sparsity}, **groups)


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
