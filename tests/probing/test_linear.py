"""Logistic probes find what was put in, and stand at the minimum of the loss they name."""

import pytest
import torch
from torch.nn import functional as F

from course_utils.probing import best_thresholds, f1, fit_dense, fit_sparse, linear
from course_utils.probing.linear import thin


@pytest.fixture(scope="module")
def planted():
    """Twelve correlated neurons; three rare features, the first told by two neurons together, the others by three."""
    generator = torch.Generator().manual_seed(0)
    acts = torch.randn(20_000, 12, generator=generator) @ (torch.eye(12) + 0.1) * 3 + 5
    z = (acts - acts.mean(0)) / acts.std(0)
    scores = torch.stack([z[:, 0] + z[:, 1], z[:, 2] - z[:, 3] + z[:, 4], z[:, 5] + z[:, 6] + z[:, 7]], 1)
    noisy = scores + 0.05 * torch.randn(scores.shape, generator=generator)
    labels = noisy > noisy.quantile(0.98, dim=0)
    return acts, labels, scores


def test_the_dense_probe_is_as_good_as_the_rule_that_was_planted(planted, monkeypatch):
    monkeypatch.setattr(linear, "KEPT", 1.0)  # nearly all positives lie close to the edge: rows left out are missed
    acts, labels, scores = planted
    probe = fit_dense(acts[:10_000], labels[:10_000])
    cut = best_thresholds(probe.scores(acts[:10_000]), labels[:10_000])
    known = best_thresholds(scores[:10_000], labels[:10_000])
    reached = f1(probe.scores(acts[10_000:]) >= cut.threshold, labels[10_000:])
    assert (reached > f1(scores[10_000:] >= known.threshold, labels[10_000:]) - 0.03).all()
    assert reached.min() > 0.9


def test_the_dense_probe_stands_at_a_minimum(planted):
    """The same loss, written out for one feature and minimised by plain Newton in double precision."""
    acts, labels, _ = planted
    probe = fit_dense(acts, labels, steps=300)
    rows = thin(acts, labels, seed=0)
    share = (rows.count / rows.count.sum()).double()
    x = rows.acts.double() - share @ rows.acts.double()
    whiten = torch.linalg.cholesky(torch.linalg.inv((x * share[:, None]).T @ x))
    z = torch.cat([x @ whiten, torch.ones(len(x), 1)], 1)  # another square root: the penalty is the same
    w, penalty = torch.zeros(13, dtype=torch.double), torch.ones(13, dtype=torch.double)
    w[-1], penalty[-1] = -4, 0
    y, count = rows.labels[:, 0].double(), rows.count.double()
    for _ in range(50):
        p = torch.sigmoid(z @ w)
        curvature = (z * (count * p * (1 - p))[:, None]).T @ z + torch.diag(penalty)
        w = w - 0.5 * torch.linalg.solve(curvature, z.T @ (count * (p - y)) + penalty * w)
    torch.testing.assert_close(probe.scores(rows.acts)[:, 0].double(), z @ w, atol=0.1, rtol=0.02)


def test_rows_left_out_are_counted(planted):
    acts, labels, _ = planted
    rows = thin(acts, labels, seed=1)
    assert rows.labels.sum() == labels.sum()
    assert float(rows.count.sum()) == pytest.approx(len(acts), rel=0.1)


def test_sparse_probes_use_k_neurons_and_the_right_ones(planted):
    acts, labels, _ = planted
    probes = fit_sparse(acts[:10_000], labels[:10_000], (6, 3, 2, 1))
    assert {k: probe.weight.count_nonzero(0).tolist() for k, probe in probes.items()} == {
        k: [k] * 3 for k in (6, 3, 2, 1)
    }
    assert set(probes[2].weight[:, 0].nonzero().flatten().tolist()) == {0, 1}
    assert set(probes[3].weight[:, 1].nonzero().flatten().tolist()) == {2, 3, 4}
    held_out = {}
    for k, probe in probes.items():
        cut = best_thresholds(probe.scores(acts[:10_000]), labels[:10_000])
        held_out[k] = f1(probe.scores(acts[10_000:]) >= cut.threshold, labels[10_000:])
    assert held_out[3][1] > 0.9 > 0.5 > held_out[1][1]
    with pytest.raises(ValueError, match="go down"):
        fit_sparse(acts, labels, (1, 2))


def test_a_neuron_that_never_moves_does_no_harm(planted):
    acts, labels, _ = planted
    still = torch.cat([acts, torch.full((len(acts), 1), 7.0)], 1)
    probe = fit_dense(still, labels)
    assert probe.weight.isfinite().all() and probe.bias.isfinite().all()
    torch.testing.assert_close(probe.scores(still), fit_dense(acts, labels).scores(acts), atol=0.2, rtol=0.05)
    assert F.binary_cross_entropy_with_logits(probe.scores(still), labels.float()) < 0.05
