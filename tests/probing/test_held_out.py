"""Documents in three parts, and scores that never saw the rows they are tested on."""

import pytest
import torch

from course_utils.probing import best_thresholds, f1, fit_mean_difference, fit_on
from course_utils.probing.held_out import f1_of_few_and_all, f1_of_probe, f1_of_scores, held_out_f1, in_parts


def test_parts_are_whole_documents_in_their_order():
    values = torch.arange(24).reshape(6, 2, 2)
    fit, tune, test = in_parts(values, (3, 1, 2))
    assert torch.equal(torch.cat([fit, tune, test]), values.flatten(0, 1))
    assert [len(part) for part in (fit, tune, test)] == [6, 2, 4]
    assert in_parts(torch.ones(6, 2, dtype=torch.bool), (3, 1, 2)).test.tolist() == [True] * 4
    with pytest.raises(ValueError, match="6 documents don't make parts of 3, 1, 1"):
        in_parts(values, (3, 1, 1))


def world():
    """Six hundred documents of ten rows, and a rare feature that the first of four neurons tells, with noise."""
    generator = torch.Generator().manual_seed(0)
    label = torch.rand(600, 10, 1, generator=generator) < 0.03  # `fit_dense` is made for rare ones
    acts = torch.randn(600, 10, 4, generator=generator)
    acts[..., :1] += 6 * label
    return in_parts(acts, (300, 100, 200)), in_parts(label, (300, 100, 200))


def test_the_probe_is_fitted_the_threshold_chosen_and_the_f1_measured_on_three_parts():
    x, y = world()
    probe = fit_mean_difference(x.fit, y.fit)
    cut = best_thresholds(probe.scores(x.tune), y.tune).threshold
    torch.testing.assert_close(held_out_f1(x, y, probe), f1(probe.scores(x.test) >= cut, y.test))
    assert held_out_f1(x, y).item() > 0.85
    assert f1_of_scores(x.tune[:, 1:2], x.test[:, 1:2], y).item() < 0.5


def test_one_split_into_rows_that_choose_and_rows_that_judge():
    x, y = (torch.cat(part) for part in world())
    choosing = torch.arange(len(x)) % 2 == 0
    probe = fit_mean_difference(x, y)
    threshold = max(
        probe.scores(x[choosing]).flatten().tolist(),
        key=lambda cut: f1(probe.scores(x[choosing]) >= cut, y[choosing]).item(),
    )
    expected = f1(probe.scores(x[~choosing]) >= threshold, y[~choosing])
    torch.testing.assert_close(f1_of_probe(probe, x, y, choosing), expected)
    nowhere = torch.zeros_like(y)  # left out
    few, every = f1_of_few_and_all(x, torch.cat([nowhere, y], dim=1), choosing, few=1)
    of_first = fit_on(x[choosing], y[choosing], torch.tensor([[0]]))  # the neuron that tells the feature
    assert few == pytest.approx(f1_of_probe(of_first, x, y, choosing).item()) and every > 0.9
