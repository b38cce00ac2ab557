"""Compile every engine once, into the cache that stands beside its code.

`make test` does so before it runs notebooks: whoever takes the course compiles once for all chapters, and notebooks
that begin in several workers at once would each compile the same functions and have it counted as their own time.
"""

import torch

from course_utils import computing, toy
from course_utils.sae import SAEConfig, train_sae

SHAPES = [(3, 1), (5, 2), (8, 4)]  # hidden dimensions with an engine of their own, and any other number
HOW = {"relu": {"l1": 0.1}, "gated": {"l0_target": 2}, "jumprelu": {"l0_target": 2}}
HOW |= {"topk": {"k": 2}, "batchtopk": {"k": 2}, "matryoshka": {"k": 2, "groups": (4, 12)}}


def compile_all() -> None:
    for n_features, n_hidden in SHAPES:
        toy.train(n_features, n_hidden, density=0.1, steps=2, progress=False)
    some_signed = toy.AtLeastOne(toy.Between(-1.0, 1.0))
    computing.train(computing.elementwise(3, "abs", some_signed), 2, density=0.1, steps=2, progress=False)
    x = torch.randn(256, 8, generator=torch.Generator().manual_seed(0))
    for architecture, how in HOW.items():  # so few rows in a batch that latents are dead
        config = SAEConfig(d_in=8, d_sae=16, architecture=architecture, dead_after=1, **how)
        train_sae(x, config, steps=3, batch_size=2, device="cpu", progress=False)


if __name__ == "__main__":
    compile_all()
