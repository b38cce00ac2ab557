"""Ways to choose k neurons, on features that a known few tell."""

import pytest
import torch

from course_utils.probing import best_thresholds, f1, fit_dense, fit_on
from course_utils.probing.selection import greedy, largest_mean_differences, largest_weights


@pytest.fixture(scope="module")
def planted():
    """Ten neurons: the first feature is told by neurons 0, 1 and 2, the second by 7 alone; 5 copies 0 with noise."""
    generator = torch.Generator().manual_seed(0)
    acts = torch.randn(20_000, 10, generator=generator)
    acts[:, 5] = acts[:, 0] + 0.3 * torch.randn(len(acts), generator=generator)
    first, second = acts[:, 0] + acts[:, 1] - acts[:, 2] > 3.5, acts[:, 7] > 2
    return acts * 3 + 5, torch.stack([first, second], 1)


@pytest.mark.parametrize("choose", [largest_weights, greedy])
def test_what_asks_for_all_at_once_takes_no_copy(planted, choose):
    neurons = choose(*planted, 3)
    assert set(neurons[:, 0].tolist()) == {0, 1, 2} and neurons[0, 1] == 7


def test_mean_differences_take_the_copy_too(planted):
    """Each neuron is judged alone: the copy of a good one is as good."""
    assert {0, 5} < set(largest_mean_differences(*planted, 4)[:, 0].tolist())
    assert set(largest_mean_differences(*planted, 2)[:, 1].tolist()) > {7}


def test_a_greedy_choice_is_the_beginning_of_a_larger_one(planted):
    assert torch.equal(greedy(*planted, 4)[:2], greedy(*planted, 2))


def test_neurons_are_chosen_once(planted):
    assert all(len(set(column)) == 10 for column in greedy(*planted, 10).T.tolist())


def test_a_probe_of_all_neurons_is_the_dense_one_but_for_its_penalty(planted):
    acts, labels = planted
    every = torch.arange(10)[:, None].expand(10, 2)
    ours, dense = fit_on(acts, labels, every), fit_dense(acts, labels)
    assert (torch.cosine_similarity(ours.weight, dense.weight, dim=0) > 0.95).all()


def test_a_probe_of_the_right_three_scores_like_the_rule(planted):
    acts, labels = planted
    probe = fit_on(acts, labels, greedy(acts, labels, 3))
    assert probe.weight.count_nonzero(0).tolist() == [3, 3]
    cut = best_thresholds(probe.scores(acts), labels)
    assert f1(probe.scores(acts) >= cut.threshold, labels).min() > 0.95
