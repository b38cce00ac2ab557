"""The two toy models (Elhage et al. 2022, section 2): squeeze the features into fewer dimensions and read them back."""

import torch
from jaxtyping import Float
from torch import Tensor


def linear_model(
    W: Float[Tensor, "instance hidden feature"],
    b: Float[Tensor, "instance feature"],
    x: Float[Tensor, "batch instance feature"],
) -> Float[Tensor, "batch instance feature"]:
    """``WᵀWx + b`` for every instance: column i of ``W`` is the direction of feature i."""
    h = torch.einsum("ihf,nif->nih", W, x)
    return torch.einsum("ihf,nih->nif", W, h) + b


def relu_output_model(
    W: Float[Tensor, "instance hidden feature"],
    b: Float[Tensor, "instance feature"],
    x: Float[Tensor, "batch instance feature"],
) -> Float[Tensor, "batch instance feature"]:
    """``ReLU(WᵀWx + b)`` for every instance: the ReLU, after the bias, can cut small interference off."""
    return torch.relu(linear_model(W, b, x))
