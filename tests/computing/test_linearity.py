"""Best lines, least shared information, fullest bands, and what stand-ins leave over."""

import math

import pytest
import torch

from course_utils import computing
from course_utils.exercises import get


def points(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def circle(n: int) -> torch.Tensor:
    angle = torch.arange(n) * 2 * torch.pi / n
    return torch.stack([angle.cos(), angle.sin()], dim=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_line_agrees_with_trying_all_pairs_of_points(seed):
    """A best line may be moved until it nearly touches two points."""
    h = points(9, seed)
    y = torch.rand(9, generator=torch.Generator().manual_seed(seed)) < 0.5
    best = max(y.sum().item(), 9 - y.sum().item())
    for i in range(9):
        for j in range(i):
            across = torch.tensor([h[i, 1] - h[j, 1], h[j, 0] - h[i, 0]])
            side = (h - h[i]) @ across
            rest = [k for k in range(9) if k not in (i, j)]
            for yes_i, yes_j, sign in [(a, b, s) for a in (0, 1) for b in (0, 1) for s in (1, -1)]:
                right = sum(bool(sign * side[k] > 0) == bool(y[k]) for k in rest)
                best = max(best, right + (yes_i == y[i]).item() + (yes_j == y[j]).item())
    assert computing.best_line(h, y) * 9 == pytest.approx(best)


def test_four_corners_and_doubled_points():
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert computing.best_line(corners, torch.tensor([True, False, False, True])) == 0.75
    assert computing.best_line(corners, torch.tensor([True, True, False, True])) == 1.0
    doubled = torch.cat([corners, corners])
    assert computing.best_line(doubled, torch.arange(8) < 4) == 0.5
    assert computing.best_line(corners[:1], torch.tensor([False])) == 1.0


def test_bits_on_a_line_the_lowest_is_read_little_better_than_by_chance():
    """0101…, 2ᵏ places: a threshold gets half of them right, and one more."""
    for k in (1, 2, 3, 5):
        place = torch.arange(2.0**k)[:, None] * torch.tensor([[1.0, 0.0]])
        y = torch.arange(2**k) % 2 == 1
        assert computing.best_line(place, y) == pytest.approx(0.5 + 0.5**k)


def test_the_answer_to_the_exercise_and_the_courses_own_agree():
    h, y = points(11), torch.arange(11) % 3 == 0
    assert get("4.12").oracle(h, y, computing.directions(3600)) == pytest.approx(computing.best_line(h, y))


def test_many_networks_and_features_at_once():
    h, y = points(24).reshape(8, 3, 2), torch.rand(8, 5, generator=torch.Generator().manual_seed(3)) < 0.5
    got = computing.best_lines(h, y)
    assert got.shape == (3, 5) and got[2, 1] == pytest.approx(computing.best_line(h[:, 2], y[:, 1]))


def test_independent_coordinates_are_found_however_they_are_mixed():
    two = torch.rand(3000, 2, generator=torch.Generator().manual_seed(4)) @ torch.tensor([[1.0, 0.4], [-0.3, 0.8]])
    left = 49 / (2 * 3000 * math.log(2))
    assert computing.least_shared(two).item() == pytest.approx(left, rel=0.8)
    assert computing.least_shared(circle(3000)) > 1


def test_the_fullest_band():
    one_of_two = torch.rand(1000, 2, generator=torch.Generator().manual_seed(5))
    one_of_two[torch.arange(1000), torch.arange(1000) % 2] = 0
    assert 0.5 <= computing.most_in_a_band(one_of_two) < 0.65
    edge = 2 * math.acos(1 - 0.2 / 2**0.5) / (2 * math.pi)  # of a circle with variance 1 each way, its radius is √2
    assert computing.most_in_a_band(circle(2000)) == pytest.approx(edge, abs=0.005)


def test_what_stand_ins_leave_of_a_circle():
    """k equal arcs of angle 2a, each at its centre of mass: 1 − (sin a / a)²."""
    for k in (4, 8, 16):
        a = math.pi / k
        assert computing.left_over(circle(960), k) == pytest.approx(1 - (math.sin(a) / a) ** 2, rel=0.05)
    assert computing.left_over(circle(8), 8) == pytest.approx(0, abs=1e-6)
