"""Orders that agree, and don't, in groups."""

import math

import pytest
import torch

from course_utils.sae.agreement import grouped, rank_correlation, rank_correlations


def test_groups_are_what_is_alike():
    lines = [{"seed": 0, "k": 4}, {"seed": 0, "k": 8}, {"seed": 1, "k": 4}, {"seed": 0, "k": 4}]
    assert grouped(lines, "seed") == [[0, 1, 3], [2]]
    assert grouped(lines, "seed", "k") == [[0, 3], [1], [2]]


def test_rank_correlations_by_hand():
    a, b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [10.0, 20.0, 90.0, 3.0, 2.0, 1.0, 1.5]
    same, turned, mixed = rank_correlations(a, b, [[0, 1, 2], [2, 3, 4, 5], [3, 4, 5, 6]]).tolist()
    assert (same, turned) == (1, -1)
    # ranks 1 2 3 4 and 4 3 1 2: 1 − 6 Σd² / (n³ − n)
    assert mixed == pytest.approx(1 - 6 * (9 + 1 + 4 + 4) / 60)


def test_what_does_not_vary_has_no_order():
    assert rank_correlations([1.0, 1.0], [1.0, 2.0], [[0, 1]]).isnan().all()


def test_equal_values_share_their_ranks_as_in_scipy():
    a = torch.randint(6, (30,), generator=torch.Generator().manual_seed(0)).float()
    b = a + torch.randint(5, (30,), generator=torch.Generator().manual_seed(1)).float()
    ranks = [((v[:, None] > v).sum(1) + ((v[:, None] == v).sum(1) + 1) / 2).double() for v in (a, b)]
    assert rank_correlation(a, b) == pytest.approx(torch.corrcoef(torch.stack(ranks))[0, 1].item(), abs=1e-9)
    assert math.isnan(rank_correlation(torch.ones(3), a[:3]))
