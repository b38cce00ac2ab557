"""Directions from means, against loops."""

import pytest
import torch

from course_utils.probing import class_directions, explained, feature_directions, rms_cosine


def rows(seed: int = 0) -> torch.Tensor:
    return torch.randn(40, 6, generator=torch.Generator().manual_seed(seed))


def test_class_directions_are_means_that_add_up_to_nothing():
    x, which = rows(), torch.arange(40) % 3
    found = class_directions(x, which)
    means = torch.stack([torch.stack([row for row, k in zip(x, which) if k == c]).mean(0) for c in range(3)])
    torch.testing.assert_close(found, means - means.mean(0))
    torch.testing.assert_close(found.sum(0), torch.zeros(6), atol=1e-5, rtol=0)


def test_feature_directions_are_with_minus_without():
    x = rows(1)
    on = (torch.rand(40, 4, generator=torch.Generator().manual_seed(2)) < 0.3).float()
    found = feature_directions(x, on)
    for k in range(4):
        torch.testing.assert_close(found[k], x[on[:, k] == 1].mean(0) - x[on[:, k] == 0].mean(0))
    on[:, 3] = 0
    with pytest.raises(ValueError, match="should hold in some rows"):
        feature_directions(x, on)


def test_groups_of_equal_directions_are_explained_whole_and_opposite_ones_not_at_all():
    direction = torch.eye(4)
    groups = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    assert abs(explained(direction.repeat_interleave(2, 0), groups) - 1) < 1e-6
    opposite = direction.repeat_interleave(2, 0) * torch.tensor([1.0, -1.0]).repeat(4)[:, None]
    assert explained(opposite, groups) < 1e-6


def test_rms_cosine_is_that_of_all_pairs_and_two_classes_have_one_direction():
    x = rows(3).reshape(8, 5, 6)
    on = torch.rand(8, 5, generator=torch.Generator().manual_seed(4)) < 0.7
    holding = {
        "three": (on, torch.arange(int(on.sum())) % 3),
        "two": (torch.ones(8, 5, dtype=torch.bool), torch.arange(40) % 2),
    }
    three, two = (class_directions(x[where], which) for where, which in holding.values())
    cosines = torch.cosine_similarity(three, two[:1], dim=1)
    assert abs(rms_cosine(x, holding, [("three", "two")]) - cosines.square().mean().sqrt().item()) < 1e-5
    shuffled = [rms_cosine(x, holding, [("three", "two")], torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert shuffled[0] == shuffled[1] != shuffled[2]
