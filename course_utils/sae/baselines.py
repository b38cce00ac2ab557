"""Directions that nobody calls a dictionary, to be held beside one: the same questions, asked of what costs nothing.

Each gives activations like ``encode``: [row, direction], 0 or above.
"""

from collections.abc import Iterator, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.sae.firings import encoded
from course_utils.sae.model import SAE

FIT_ON = 10_000  # rows that independent components are looked for in, spread evenly


def one_sided(projections: Float[Tensor, "row direction"]) -> Float[Tensor, "row direction"]:
    """What lies above the mean, on the side of the longer tail: for PCA and ICA the sign means nothing."""
    centred = projections - projections.mean(0)
    return (centred * centred.pow(3).sum(0).sign()).relu()


def principal(x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row d_in"]:
    """The principal components of these rows, the largest variance first."""
    centred = x - x.mean(0)
    return one_sided(centred @ torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1))


def independent(x: Float[Tensor, "row d_in"], *, steps: int = 40, seed: int = 0) -> Float[Tensor, "row d_in"]:
    """Independent components: symmetric FastICA with tanh (Hyvärinen 1999, *Fast and Robust Fixed-Point Algorithms for
    Independent Component Analysis*). A fixed number of steps, whether they suffice or not.

    Raises:
        ValueError: a direction without variance.
    """
    centred = x - x.mean(0)
    variances, basis = torch.linalg.eigh(centred.T @ centred / len(x))
    if variances[0] <= 1e-6 * variances[-1]:
        raise ValueError("some direction of x has no variance, and so nothing to be independent of")
    whiten = basis / variances.sqrt()
    some = centred[:: -(-len(x) // FIT_ON)] @ whiten
    random = torch.randn(x.shape[1], x.shape[1], generator=torch.Generator().manual_seed(seed))
    W = torch.linalg.qr(random).Q
    for _ in range(steps):
        y = torch.tanh(some @ W.T)
        W = y.T @ some / len(some) - (1 - y.square()).mean(0)[:, None] * W
        left, _, right = torch.linalg.svd(W)  # the nearest rotation
        W = left @ right
    return one_sided(centred @ whiten @ W.T)


def random_topk(x: Float[Tensor, "row d_in"], n: int, k: int, *, seed: int = 0) -> Float[Tensor, "row direction"]:
    """n random directions, of which in each row the k with the largest products with x − x̄ are active: a TopK
    autoencoder before its training."""
    directions = torch.randn(x.shape[1], n, generator=torch.Generator().manual_seed(seed))
    directions, mean, f = directions / directions.norm(dim=0), x.mean(0), x.new_zeros(len(x), n)
    for start in range(0, len(x), 8192):
        top = ((x[start : start + 8192] - mean) @ directions).topk(k, dim=1)
        f[start : start + 8192].scatter_(1, top.indices, top.values.relu())
    return f


def beside(
    x: Float[Tensor, "row d_in"],
    f: Float[Tensor, "row latent"],
    others: Mapping[str, tuple[SAE, Float[Tensor, "row other"]]],
    *,
    k: int,
    seed: int = 0,
) -> Iterator[tuple[str, Float[Tensor, "row direction"]]]:
    """The name and the activations of a dictionary of x, whose code is f, of others with rows of their own, and of what
    costs nothing: as many random directions of which k are active, PCA, ICA, neurons. One after the other: they needn't
    be in memory together."""
    yield "dictionary", f
    for name, (other, its_rows) in others.items():
        yield name, encoded(other, its_rows)
    yield f"random directions, top {k}", random_topk(x, f.shape[1], k, seed=seed)
    yield "PCA", principal(x)
    yield "ICA", independent(x, seed=seed)
    yield "neurons", one_sided(x)
