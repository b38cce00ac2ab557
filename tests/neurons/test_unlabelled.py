"""Measures without labels, against their definitions."""

import torch
from torch.nn import functional as F

from course_utils import neurons


def test_the_kurtosis_of_a_normal_neuron_is_three_and_of_a_rare_one_large():
    acts = torch.randn(40_000, 2, generator=torch.Generator().manual_seed(0))
    acts[:, 1] = (acts[:, 1] > 2.5).float()
    normal, rare = neurons.kurtosis(acts).tolist()
    assert abs(normal - 3) < 0.15 and rare > 50


def test_the_units_of_a_neuron_do_not_matter():
    acts = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(neurons.kurtosis(acts * 7 - 2), neurons.kurtosis(acts), rtol=1e-3, atol=1e-3)


def test_top_cosine_is_the_mean_over_pairs_of_the_top_rows():
    dice = torch.Generator().manual_seed(0)
    acts, vectors = torch.randn(30, 2, generator=dice), torch.randn(30, 6, generator=dice)
    for neuron, found in enumerate(neurons.top_cosine(acts, vectors, 4)):
        top = vectors[acts[:, neuron].topk(4).indices]
        pairs = [F.cosine_similarity(top[i], top[j], dim=0) for i in range(4) for j in range(i)]
        torch.testing.assert_close(found, torch.stack(pairs).mean())


def test_copies_are_compared_within_their_neuron_and_nowhere_else():
    vectors = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    found = neurons.among_copies(vectors, 3)
    for neuron in range(2):
        mine = vectors[3 * neuron : 3 * neuron + 3]
        pairs = [F.cosine_similarity(mine[i], mine[j], dim=0) for i in range(3) for j in range(3) if i != j]
        torch.testing.assert_close(found[neuron], torch.stack(pairs).mean())
    torch.testing.assert_close(neurons.among_copies(vectors.repeat_interleave(2, 0), 2), torch.ones(6))
