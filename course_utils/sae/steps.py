"""Ways to disturb an activation that have to do with a dictionary, each as long as the dictionary's own error."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.sae.model import SAE

FREE, FURTHEST = 400, 20  # random directions, and how many of them are called off the dictionary


def steps_from(
    sae: SAE, x: Float[Tensor, "row d_in"], f: Float[Tensor, "row latent"], dice: torch.Generator
) -> dict[str, Float[Tensor, "row d_in"]]:
    """For each name a step from every row of x, whose code is f: all steps of a row are as long as its error, x̂ − x.

    "error", "error, sign changed", "another row's error", "random": any direction. "latent that is on, up" and "…,
    down", "latent that is off, up": along the decoder's row of a latent drawn by lot. "latent exchanged": one that is
    on is taken off, and one that is off put in with its strength. "off the dictionary": of many random directions one
    of those whose cosine with the nearest latent is smallest.

    Raises:
        ValueError: a row in which no latent is on has nothing to exchange.
    """
    if not (f > 0).any(1).all():
        raise ValueError("in every row some latent must be on: leave the others out")
    unit, n = F.normalize(sae.W_dec, dim=1), len(x)
    on, off = (_one_each(which, dice) for which in (f > 0, (f == 0) & (f > 0).any(0)))
    error, strength = sae(x) - x, f.gather(1, on[:, None])
    away = off_the_dictionary(sae, dice)
    steps = {
        "error": error,
        "error, sign changed": -error,
        "another row's error": error.roll(1, 0),
        "random": torch.randn(x.shape, generator=dice),
        "latent that is on, up": unit[on],
        "latent that is on, down": -unit[on],
        "latent that is off, up": unit[off],
        "latent exchanged": strength * (sae.W_dec[off] - sae.W_dec[on]),
        "off the dictionary": away[torch.randint(len(away), (n,), generator=dice)],
    }
    length = error.norm(dim=1, keepdim=True)
    return {name: length * F.normalize(step, dim=1) for name, step in steps.items()}


def off_the_dictionary(sae: SAE, dice: torch.Generator) -> Float[Tensor, "direction d_in"]:
    """Of random directions those furthest from the latent that is nearest to them, the furthest first."""
    free = F.normalize(torch.randn(FREE, sae.config.d_in, generator=dice), dim=1)
    return free[nearest_cosine(sae, free).argsort()[:FURTHEST]]


def nearest_cosine(sae: SAE, directions: Float[Tensor, "direction d_in"]) -> Float[Tensor, " direction"]:
    """The size of each direction's cosine with the latent that is nearest to it."""
    return (F.normalize(directions, dim=1) @ F.normalize(sae.W_dec, dim=1).T).abs().amax(1)


def _one_each(which: Tensor, dice: torch.Generator) -> Int[Tensor, " row"]:
    return torch.multinomial(which + 1e-9, 1, generator=dice)[:, 0]
