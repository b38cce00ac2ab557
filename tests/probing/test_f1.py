"""F1 and the best thresholds and neurons, against trying everything one by one."""

import math

import pytest
import torch

from course_utils.probing import best_neurons, best_thresholds, f1


def naive_f1(said: list[bool], holds: list[bool]) -> float:
    hits = sum(s and h for s, h in zip(said, holds))
    if not any(holds):
        return math.nan
    if not hits:
        return 0.0
    precision, recall = hits / sum(said), hits / sum(holds)
    return 2 * precision * recall / (precision + recall)


def draw(seed: int, positions: int = 60, neurons: int = 5, features: int = 4):
    """Few distinct values, so that ties are common, as with ReLU; every feature holds somewhere."""
    generator = torch.Generator().manual_seed(seed)
    acts = torch.randint(-2, 3, (positions, neurons), generator=generator).float().relu()
    acts[:, 0] = torch.randn(positions, generator=generator)
    labels = torch.rand(positions, features, generator=generator) < 0.2
    labels[0] = True
    return acts, labels


@pytest.mark.parametrize("seed", range(5))
def test_f1_is_the_harmonic_mean(seed):
    acts, labels = draw(seed)
    said = acts[:, :4] > 0
    expected = [naive_f1(s, h) for s, h in zip(said.T.tolist(), labels.T.tolist())]
    torch.testing.assert_close(f1(said, labels), torch.tensor(expected))


def test_f1_at_the_ends():
    labels = torch.tensor([[True, False, True], [True, False, False]])
    said = torch.tensor([[False, True, True], [False, True, False]])
    nothing, undefined, perfect = f1(said, labels).tolist()
    assert (nothing, perfect) == (0.0, 1.0) and math.isnan(undefined)


@pytest.mark.parametrize("seed", range(5))
def test_no_threshold_is_better(seed):
    acts, labels = draw(seed)
    scores = acts[:, 1:5]
    cut = best_thresholds(scores, labels)
    torch.testing.assert_close(f1(scores >= cut.threshold, labels), cut.f1)
    for feature in range(4):
        tried = [
            naive_f1((scores[:, feature] >= t).tolist(), labels[:, feature].tolist())
            for t in (-9, *scores[:, feature].tolist(), 9)
        ]
        assert float(cut.f1[feature]) == pytest.approx(max(tried))


@pytest.mark.parametrize("seed", range(5))
def test_no_neuron_is_better(seed):
    acts, labels = draw(seed)
    best = best_neurons(acts, labels)
    torch.testing.assert_close(f1(acts[:, best.neuron] >= best.threshold, labels), best.f1)
    for feature in range(4):
        tried = [
            naive_f1((acts[:, n] >= t).tolist(), labels[:, feature].tolist()) for n in range(5) for t in acts[:, n]
        ]
        assert float(best.f1[feature]) == pytest.approx(max(tried))


def test_a_feature_that_never_holds_is_never_said():
    acts, labels = draw(0)
    labels[:, 2] = False
    assert not (acts[:, :4] >= best_thresholds(acts[:, :4], labels).threshold)[:, 2].any()
    best = best_neurons(acts, labels)
    assert not (acts[:, best.neuron] >= best.threshold)[:, 2].any()
