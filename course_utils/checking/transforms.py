"""What learners' slips do to a tensor: the small functions that relations and counterfactual inputs are made of.

Each takes a float64 tensor, most also one of its axes, and returns another; those that need an axis keep its size.
"""

import torch
from torch import Tensor


def centred(t: Tensor, dim: int) -> Tensor:
    return t - t.mean(dim, keepdim=True)


def normalised(t: Tensor, dim: int) -> Tensor:
    return t / t.norm(dim=dim, keepdim=True)


def mask(t: Tensor) -> Tensor:
    """1 wherever it isn't 0. One number makes no mask: NaN, which agrees with nothing."""
    return (t != 0).double() if t.numel() > 1 else torch.full_like(t, torch.nan)


def shared_out(t: Tensor, dim: int) -> Tensor:
    """Divided by its sum."""
    return t / t.sum(dim, keepdim=True)


def standardised(t: Tensor, dim: int) -> Tensor:
    middle = centred(t, dim)
    return middle / middle.square().mean(dim, keepdim=True).sqrt()


def first_for_all(t: Tensor, dim: int) -> Tensor:
    return t.narrow(dim, 0, 1).expand_as(t)


def last_for_all(t: Tensor, dim: int) -> Tensor:
    return t.narrow(dim, t.shape[dim] - 1, 1).expand_as(t)


def mean_for_all(t: Tensor, dim: int) -> Tensor:
    return t.mean(dim, keepdim=True).expand_as(t)


def sum_for_all(t: Tensor, dim: int) -> Tensor:
    return t.sum(dim, keepdim=True).expand_as(t)


def largest_for_all(t: Tensor, dim: int) -> Tensor:
    return t.amax(dim, keepdim=True).expand_as(t)


def softmax(t: Tensor, dim: int) -> Tensor:
    return t.softmax(dim)


def log_softmax(t: Tensor, dim: int) -> Tensor:
    return t.log_softmax(dim)


def running_sum(t: Tensor, dim: int) -> Tensor:
    return t.cumsum(dim)


def ascending(t: Tensor, dim: int) -> Tensor:
    return t.sort(dim).values


def descending(t: Tensor, dim: int) -> Tensor:
    return t.sort(dim, descending=True).values


def running_max(t: Tensor, dim: int) -> Tensor:
    return t.cummax(dim).values


def ranks(t: Tensor, dim: int) -> Tensor:
    """The place of each entry in ascending order: of a permutation, its inverse."""
    return t.argsort(dim).double()


def only_largest(t: Tensor, dim: int) -> Tensor:
    """1 at the largest, 0 elsewhere."""
    return (t == t.amax(dim, keepdim=True)).double()


def rounded(digits: int):
    return lambda t: torch.round(t * 10**digits) / 10**digits


def cosine_of_degrees(t: Tensor) -> Tensor:
    return torch.cos(torch.deg2rad(t))
