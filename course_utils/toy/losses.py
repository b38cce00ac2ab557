"""The loss of the toy models (Elhage et al. 2022, section 2)."""

from jaxtyping import Float
from torch import Tensor


def weighted_mse(
    x: Float[Tensor, "batch instance feature"],
    x_hat: Float[Tensor, "batch instance feature"],
    importance: float | Float[Tensor, "feature"] | Float[Tensor, "instance feature"],
) -> Float[Tensor, "instance"]:
    """``importance · (x − x̂)²``, its mean over the batch and the features, for every instance.

    Raises:
        ValueError: ``x`` and ``x_hat`` differ in shape (broadcasting would hide it).
    """
    if x.shape != x_hat.shape:
        raise ValueError(f"x is {list(x.shape)} and x_hat is {list(x_hat.shape)}: they must have the same shape")
    return (importance * (x - x_hat) ** 2).mean(dim=(0, 2))
