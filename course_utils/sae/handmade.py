"""What chapter 09 compares trained dictionaries with: some that no training made, noise that no feature made, and a
training in the plane that is small enough to be filmed."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.sae.matching import max_cosines
from course_utils.sae.synthetic import random_directions


def three_dictionaries(D: Float[Tensor, "feature d_in"], seed: int = 0) -> dict[str, Float[Tensor, "latent d_in"]]:
    """A, B and C for the true directions ``D`` (rows of norm 1), as far from them on average, latents looking for
    features, and each in another way.

    >>> {name: tuple(rows.shape) for name, rows in three_dictionaries(near_orthogonal(64, 16)).items()}
    {'A': (64, 16), 'B': (64, 16), 'C': (85, 16)}
    """
    n = len(D)
    strangers = random_directions(n, D.shape[1], seed=seed + 1)
    chance = max_cosines(D, strangers).mmcs_latents
    mean = 0.75 + 0.25 * chance
    across = strangers - (strangers * D).sum(dim=1, keepdim=True) * D
    across = across / across.norm(dim=1, keepdim=True)
    return {
        "A": torch.cat([D[: 3 * n // 4], strangers[: n // 4]]),
        "B": mean * D + (1 - mean**2) ** 0.5 * across,
        "C": torch.cat([D, strangers[: n // 3]]),
    }


def gaussian_twin(x: Float[Tensor, "row d_in"], seed: int = 0) -> Float[Tensor, "row d_in"]:
    """Gaussian noise with the mean and the covariance of ``x``, as many rows: the same cloud without any features."""
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    return noise @ torch.linalg.cholesky(x.T.cov()).T + x.mean(dim=0)


def recorded(
    x: Float[Tensor, "row 2"], *, weighted: bool = True, steps: int = 1000, starts: int = 16, seed: int = 0
) -> tuple[Float[Tensor, "moment instance latent 2"], Float[Tensor, "instance"], Float[Tensor, "instance"]]:
    """The loop of exercise 9.4 (λ = 0.3, no b_dec), filmed: W_dec at every tenth step; at the end the sum of a row's
    activations, and the loss.

    ``weighted``: the penalty weighs each latent with its row's norm. Otherwise it is the L1 that rescaling cheats.
    """
    rng = torch.Generator().manual_seed(seed)
    D = torch.nn.functional.normalize(torch.randn(starts, 5, 2, generator=rng), dim=-1)
    E, b = D.mT.clone(), torch.zeros(starts, 1, 5)
    weights, moments = [E.requires_grad_(), b.requires_grad_(), D.requires_grad_()], []
    adam = torch.optim.Adam(weights, lr=0.03)
    for step in range(steps + 1):
        rows = x[torch.randint(len(x), (256,), generator=rng)]
        f = (rows @ E + b).relu()
        price = (f * D.norm(dim=-1)[:, None] if weighted else f).sum(dim=-1).mean(dim=-1)
        loss = (rows - f @ D).square().sum(dim=-1).mean(dim=-1) + 0.3 * price
        if step % 10 == 0:
            moments.append(D.detach().clone())
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
    return torch.stack(moments), f.detach().sum(dim=-1).mean(dim=-1), loss.detach()
