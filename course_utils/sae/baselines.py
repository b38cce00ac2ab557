"""Directions that nobody calls a dictionary, to be held beside one: the same questions, asked of what costs nothing.

Each gives activations like ``encode``: [row, direction], 0 or above.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def both_signs(projections: Float[Tensor, "row direction"]) -> Float[Tensor, "row twice"]:
    """A direction and its opposite as two, since for PCA and ICA the sign means nothing."""
    return torch.cat([projections, -projections], dim=1).relu()


def principal(x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row twice"]:
    """The principal components of these rows, both signs of each, the largest variance first."""
    centred = x - x.mean(0)
    return both_signs(centred @ torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1))


def independent(x: Float[Tensor, "row d_in"], *, steps: int = 60, seed: int = 0) -> Float[Tensor, "row twice"]:
    """Independent components, both signs of each: symmetric FastICA with tanh (Hyvärinen 1999, *Fast and Robust
    Fixed-Point Algorithms for Independent Component Analysis*). A fixed number of steps, whether they suffice or not.

    Raises:
        ValueError: a direction without variance.
    """
    centred = x - x.mean(0)
    variances, basis = torch.linalg.eigh(centred.T @ centred / len(x))
    if variances[0] <= 1e-9 * variances[-1]:
        raise ValueError("some direction of x has no variance, and so nothing to be independent of")
    white = centred @ (basis / variances.sqrt())
    random = torch.randn(x.shape[1], x.shape[1], generator=torch.Generator().manual_seed(seed))
    W = torch.linalg.qr(random).Q
    for _ in range(steps):
        y = torch.tanh(white @ W.T)
        W = y.T @ white / len(x) - (1 - y.square()).mean(0)[:, None] * W
        left, _, right = torch.linalg.svd(W)  # the nearest rotation
        W = left @ right
    return both_signs(white @ W.T)


def random_topk(x: Float[Tensor, "row d_in"], n: int, k: int, *, seed: int = 0) -> Float[Tensor, "row direction"]:
    """n random directions, of which in each row the k with the largest products with x − x̄ are active: a TopK
    autoencoder before its training."""
    directions = torch.randn(x.shape[1], n, generator=torch.Generator().manual_seed(seed))
    products = (x - x.mean(0)) @ (directions / directions.norm(dim=0))
    top = products.topk(k, dim=1)
    return torch.zeros_like(products).scatter_(1, top.indices, top.values.relu())
