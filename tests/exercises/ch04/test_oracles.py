"""What the gates cannot see: that the oracles of chapter 04 are right, and that its laws leave no room for luck."""

import pytest
import torch

from course_utils.computing import universal
from course_utils.exercises import get


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# 4.1 to 4.3


# 4.8 to 4.10


def test_sign_readers_are_the_courses_own():
    W = torch.randn(30, 5, generator=rng())
    W[3, 1] = 0
    own = universal.sign_readers(W, torch.tensor([[1, 4]]), on=2)[0]
    torch.testing.assert_close(get("4.8").oracle(W, 1, 4), own, rtol=1e-4, atol=0)


def test_what_an_affine_reader_leaves_is_the_interaction():
    """Of y11 − y10 − y01 + y00 = d it leaves d² · p(1 − p) · q(1 − q), as a share of the variance."""
    y, p = torch.randn(2, 2, generator=rng(1)), torch.tensor([0.3, 0.6])
    weight = torch.outer(torch.tensor([0.7, 0.3]), torch.tensor([0.4, 0.6]))
    d = (y[1, 1] - y[1, 0] - y[0, 1] + y[0, 0]).item()
    variance = ((weight * y**2).sum() - (weight * y).sum() ** 2).item()
    left = d**2 * 0.3 * 0.7 * 0.6 * 0.4 / variance
    assert get("4.9").oracle(y, p)[1] == pytest.approx(left, rel=1e-3)


def test_in_the_affine_exercises_cases_probabilities_fill_a_list_of_ten_thousand_exactly():
    """The oracle rounds to whole inputs: probabilities with more digits would make it a rough one."""
    for case in get("4.9").cases(rng()):
        p = case.args[1].double()
        counts = 10_000 * torch.outer(torch.stack([1 - p[0], p[0]]), torch.stack([1 - p[1], p[1]]))
        assert (counts - counts.round()).abs().max() < 1e-2


def test_break_even_widths_by_drawing_noise():
    for (n_in, on), power, weight in [((20, 2), 2, 1.0), ((20, 2), 4, 1.0), ((20, 2), 2, None)]:
        place = 2 if weight is None else power // 2 - 1
        n = get("4.10").oracle(n_in, on)[place].item()
        noise = torch.randn(400_000, generator=rng()) * (torch.pi * on**2 / n) ** 0.5
        q = on * (on - 1) / (n_in * (n_in - 1))
        silent = 0.5 if weight is None else q
        assert (noise.abs() ** power).mean().item() == pytest.approx(silent, rel=0.03)
