"""Pairs of meanings with followers of their own; what patching from the one to the other does to the answer."""

import pytest
import torch

from course_utils.probing.swaps import swaps, unlike_pairs

FOLLOWERS = torch.tensor([[0, 1], [1, 2], [3, 4], [5, 6]])


def a_model():
    """Two neurons; the first pushes pieces 3 and 4, the second pushes 0 and 1. The stream says nothing."""
    W = torch.zeros(2, 7)
    W[0, 3:5] = W[1, 0:2] = 1.0
    return lambda mid, neurons: mid.sum(-1, keepdim=True) * 0 + neurons @ W


def test_pairs_have_no_follower_in_common_and_only_meanings_that_may():
    pairs = unlike_pairs(FOLLOWERS, torch.tensor([True, True, True, False]), 4, seed=0)
    assert sorted(pairs.tolist()) == [[0, 2], [1, 2], [2, 0], [2, 1]]
    with pytest.raises(ValueError, match="only 4"):
        unlike_pairs(FOLLOWERS, torch.tensor([True, True, True, False]), 5, seed=0)


def test_a_patch_along_what_differs_moves_the_answer_as_the_full_one_does():
    which = torch.tensor([0, 2, 0, 2, 0, 2])
    neurons = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(3, 1)  # meaning 0 has the second neuron, 2 the first
    found = swaps(torch.tensor([[0, 2]]), FOLLOWERS, which, torch.randn(6, 3), neurons, a_model(), texts=2)
    assert found.own.tolist() == [[[0.0, 1.0]] * 2] and found.other.tolist() == [[[1.0, 0.0]] * 2]
    assert found.leaning(found.own).tolist() == [[-1.0, -1.0]]
    assert found.full().tolist() == [[2.0, 2.0]]
    directions = torch.tensor([[[1.0, -1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]])
    torch.testing.assert_close(found.effects(directions).mean(2), torch.tensor([[2.0, 1.0, 0.0, 0.0]]))
