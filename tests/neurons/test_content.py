"""What a neuron is about, against counting by hand."""

import math

import torch

from course_utils import neurons
from course_utils.exercises import get
from course_utils.probing import best_neurons


def rows(n: int = 300, width: int = 5, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def test_meanings_needed_counts_each_neuron_as_the_exercise_does():
    acts, meaning = rows(), torch.randint(12, (300,), generator=torch.Generator().manual_seed(1))
    one_by_one = [get("8.2").oracle(column, meaning, 0.8) for column in acts.unbind(1)]
    assert neurons.meanings_needed(acts, meaning, 0.8).tolist() == one_by_one


def test_a_neuron_that_is_never_above_zero_needs_one():
    assert neurons.meanings_needed(-torch.ones(4, 1), torch.arange(4), 0.9).tolist() == [1]


def test_the_entropy_of_one_kind_is_zero_and_of_two_equal_ones_log_two():
    acts = torch.tensor([[4.0, 4.0], [3.0, 1.0], [2.0, 3.0], [1.0, 2.0]])
    found = neurons.top_entropy(acts, torch.tensor([0, 0, 1, 2]), 2)
    torch.testing.assert_close(found, torch.tensor([0.0, math.log(2)]))


def test_best_f1_is_the_best_over_features_and_thresholds():
    acts, labels = rows(), rows(seed=3)[:, :4] > 0.8
    found, which = neurons.best_f1(acts, labels)
    for neuron, column in enumerate(acts.unbind(1)):
        each = [best_neurons(column[:, None], labels[:, [f]]).f1.item() for f in range(4)]
        assert abs(found[neuron].item() - max(each)) < 1e-6
        assert each[which[neuron]] == max(each)


def test_the_best_neuron_of_each_feature_is_that_of_the_probing_room():
    acts, labels = rows(width=9), rows(seed=3)[:, :4] > 0.8
    found = neurons.best_of_features(acts, labels, deepest=300, at_once=4)
    torch.testing.assert_close(found, best_neurons(acts, labels).f1)


def test_a_layer_in_short_is_what_its_measures_say_one_by_one():
    acts, generator = rows(width=6), torch.Generator().manual_seed(1)
    meaning = torch.randint(0, 7, (len(acts),), generator=generator)
    families = {"low": meaning[:, None] == torch.arange(2), "high": meaning[:, None] == torch.arange(4, 7)}
    found = neurons.in_short(acts, families, meaning, generator, drawn=6)
    for name, labels in families.items():
        expected = neurons.best_of_features(acts, labels).mean().item()
        assert math.isclose(found[f"F1 of the best neuron, {name}"], expected, rel_tol=1e-6)
    everything = neurons.best_of_features(acts, torch.cat([*families.values()], dim=1)).mean().item()
    assert math.isclose(found["F1 of the best of 6, drawn at random"], everything, rel_tol=1e-6)
    needed = neurons.meanings_needed(acts, meaning, 0.9).float()
    assert (found["meanings, mean"], found["meanings, least"]) == (needed.mean().item(), needed.min().item())
    silent = neurons.in_short(acts * torch.tensor([0, 0, 0, 1, 1, 1]), families, meaning, generator)["share silent"]
    assert silent == 0.5
