"""Scores without a threshold, against scikit-learn's."""

import math

import pytest
import torch
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, average_precision_score, precision_score, recall_score

from course_utils.probing import average_precision, calibration, errors


def draw(seed: int, ties: bool):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(300, 4, generator=generator)
    labels = torch.rand(300, 4, generator=generator) < torch.tensor([0.5, 0.1, 0.02, 0.9])
    labels[0] = True
    return (scores.round() if ties else scores + labels), labels


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_scikit_learns(seed, ties):
    scores, labels = draw(seed, ties)
    theirs = [average_precision_score(y.numpy(), s.numpy()) for s, y in zip(scores.T, labels.T)]
    torch.testing.assert_close(average_precision(scores, labels).tolist(), theirs)


def test_average_precision_at_the_ends():
    labels = torch.tensor([[True, False], [False, False], [True, False]])
    perfect, undefined = average_precision(torch.tensor([[3.0, 1], [1, 2], [2, 3]]), labels).tolist()
    assert perfect == 1 and math.isnan(undefined)
    assert average_precision(torch.zeros(3, 2), labels)[0].item() == pytest.approx(2 / 3)  # the base rate


@pytest.mark.parametrize("seed", range(3))
def test_errors_are_scikit_learns(seed):
    scores, labels = draw(seed, ties=False)
    said = scores > 0.5
    for ours, theirs in zip(errors(said, labels), (precision_score, recall_score, accuracy_score)):
        torch.testing.assert_close(
            ours.double(), torch.tensor([theirs(y, s) for s, y in zip(said.T, labels.T)]).double()
        )


def test_nothing_said_has_no_precision_and_a_feature_that_never_holds_no_recall():
    found = errors(torch.tensor([[False, True]]), torch.tensor([[True, False]]))
    assert math.isnan(found.precision[0]) and found.recall[0] == 0
    assert math.isnan(found.recall[1]) and found.precision[1] == 0


def test_the_calibration_curve_is_scikit_learns():
    generator = torch.Generator().manual_seed(0)
    p = torch.rand(2000, generator=generator)
    holds = torch.rand(2000, generator=generator) < p.square()
    curve = calibration(p, holds, torch.linspace(0, 1, 6)[1:-1])
    share, said = calibration_curve(holds.numpy(), p.numpy(), n_bins=5)
    torch.testing.assert_close(curve.holds.double(), torch.tensor(share), atol=1e-6, rtol=0)
    torch.testing.assert_close(curve.said.double(), torch.tensor(said), atol=1e-6, rtol=0)
    assert curve.count.sum() == 2000


def test_bins_of_a_rare_feature_and_an_empty_one():
    holds = torch.tensor([False, False, True, True])
    curve = calibration(torch.tensor([0.001, 0.01, 0.02, 0.9]), holds, torch.tensor([0.01, 0.1, 0.95]))
    assert curve.count.tolist() == [1, 2, 1, 0] and curve.holds[:3].tolist() == [0, 0.5, 1]
    assert math.isnan(curve.holds[3]) and math.isnan(curve.said[3])
