"""A read-out that names one of many classes."""

import torch

from course_utils.probing import read_out


def rows(n: int, seed: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Seven classes, each a point in 12 dimensions, with noise."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(7, 12, generator=generator)
    label = torch.randint(7, (n,), generator=generator)
    return centres[label] + noise * torch.randn(n, 12, generator=generator), label


def test_classes_that_lie_apart_are_all_named():
    assert read_out(*rows(600, seed=0, noise=0.1)) > 0.99


def test_only_rows_that_were_not_fitted_count():
    x, label = rows(600, seed=1, noise=0.1)
    label[300:] = label[300:].roll(1)  # what it learns from the first half is wrong in the second
    assert read_out(x, label) < 0.3


def test_scale_and_place_of_the_activations_do_not_matter():
    x, label = rows(400, seed=2, noise=0.8)
    moved = x * torch.logspace(-3, 3, 12) + 50 * torch.logspace(-3, 3, 12)
    assert abs(read_out(x, label) - read_out(moved, label)) < 0.03


def test_an_exclusive_or_cannot_be_named():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(2000, 2, generator=generator)
    assert abs(read_out(x, (x[:, 0] * x[:, 1] > 0).long()) - 0.5) < 0.06
