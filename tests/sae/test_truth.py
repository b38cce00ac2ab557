"""The best latent of every feature, against a search through all thresholds."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.probing import best_neurons, f1
from course_utils.sae import truth
from course_utils.sae.metrics import best_detection
from course_utils.sae.truth import best_latents, count_together, held_out_f1, held_out_union_f1, mean_by_part


def drawn(rows: int, latents: int, features: int, seed: int):
    """Sparse activations in quarters, so that some are equal, and labels of all densities."""
    generator = torch.Generator().manual_seed(seed)
    f = ((torch.randn(rows, latents, generator=generator) - 0.5).relu() * 4).round() / 4
    return f, torch.rand(rows, features, generator=generator) < torch.linspace(0, 1, features)


def by_search(f, labels):
    """(f1, latent, threshold) of every feature, the highest F1, then the first latent, then the highest threshold."""
    found = []
    for holds in labels.T.tolist():
        best = (0.0, 0, float("inf"))
        for latent, column in enumerate(f.T.tolist()):
            for threshold in sorted({v for v in column if v > 0}, reverse=True):
                said = [v >= threshold for v in column]
                right = sum(s and h for s, h in zip(said, holds))
                score = 2 * right / (sum(said) + sum(holds))
                if score > best[0] + 1e-9:
                    best = (score, latent, threshold)
        found.append(best)
    return found


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_it_is_what_a_search_finds(rows, latents, features, seed):
    f, labels = drawn(rows, latents, features, seed)
    best = best_latents(f, labels)
    for feature, (score, latent, threshold) in enumerate(by_search(f, labels)):
        assert best.f1[feature].item() == pytest.approx(score, abs=1e-6)
        assert (int(best.latent[feature]), float(best.threshold[feature])) == (latent, threshold)


def test_few_pairs_at_a_time_change_nothing(monkeypatch):
    f, labels = drawn(200, 15, 7, seed=1)
    whole = best_latents(f, labels)
    monkeypatch.setattr(truth, "TOGETHER", 50)
    assert all(torch.equal(a, b) for a, b in zip(best_latents(f, labels), whole))


def test_its_f1_is_that_of_the_rows_it_was_chosen_on_and_of_the_slower_ones():
    f, labels = drawn(300, 12, 8, seed=2)
    best = best_latents(f, labels)
    again = f1(f[:, best.latent] >= best.threshold, labels)
    torch.testing.assert_close(best.f1, again.nan_to_num())
    torch.testing.assert_close(best.f1, best_detection(f, labels).f1.amax(0))
    positive = f + 1  # for single neurons every activation is a threshold: here the zeros would be one
    torch.testing.assert_close(best_latents(positive, labels).f1, best_neurons(positive, labels).f1)


def test_held_out_it_is_scored_on_the_rows_that_did_not_choose():
    f, labels = drawn(400, 10, 6, seed=4)
    choosing = torch.arange(400) % 3 == 0
    labels[~choosing, 4] = False
    labels[choosing, 5] = False
    scores = held_out_f1(f, labels, choosing)
    found = by_search(f[choosing], labels[choosing])
    for feature, (_, latent, threshold) in enumerate(found):
        said, holds = f[~choosing, latent] >= threshold, labels[~choosing, feature]
        expected = 2 * (said & holds).sum() / (said.sum() + holds.sum()) if holds.any() else torch.nan
        assert float(scores[feature]) == pytest.approx(float(expected), abs=1e-6, nan_ok=True)
    assert scores[4].isnan() and scores[5] == 0


def test_rows_together_are_counted_in_parts(monkeypatch):
    f, labels = drawn(100, 5, 4, seed=5)
    monkeypatch.setattr(truth, "CHUNK", 7)
    expected = [[int(((f[:, i] > 0) & labels[:, j]).sum()) for j in range(4)] for i in range(5)]
    assert count_together(f > 0, labels).tolist() == expected


def test_leading_axes_are_rows():
    f, labels = drawn(60, 6, 4, seed=3)
    split = best_latents(f.unflatten(0, (6, 10)), labels.unflatten(0, (6, 10)))
    assert all(torch.equal(a, b) for a, b in zip(split, best_latents(f, labels)))


def test_a_dictionary_that_is_silent_tells_nothing():
    best = best_latents(torch.zeros(5, 3), torch.ones(5, 2, dtype=torch.bool))
    assert best.f1.tolist() == [0, 0] and best.threshold.isinf().all() and best.latent.tolist() == [0, 0]


def test_other_rows_are_refused():
    with pytest.raises(ValueError, match="as many rows as f, 5, got 4"):
        best_latents(torch.zeros(5, 3), torch.ones(4, 2, dtype=torch.bool))


def test_the_union_of_chosen_latents_is_scored_on_the_rows_that_did_not_choose():
    f, labels = drawn(300, 8, 4, seed=6)
    choosing = torch.arange(300) % 2 == 0
    labels[~choosing, 3] = False

    def two_with_most_hits(fires, holds, k):
        return (fires & holds[:, None]).sum(0).argsort(descending=True, stable=True)[:k].tolist()

    scores = held_out_union_f1(f > 0, labels, choosing, two_with_most_hits, 2)
    for feature in (1, 2):
        hits = [int(((f[choosing, i] > 0) & labels[choosing, feature]).sum()) for i in range(8)]
        union = sorted(range(8), key=lambda i: -hits[i])[:2]
        said, holds = (f[~choosing][:, union] > 0).any(1), labels[~choosing, feature]
        expected = 2 * (said & holds).sum() / (said.sum() + holds.sum())
        assert float(scores[feature]) == pytest.approx(float(expected), abs=1e-6)
    assert scores[[0, 3]].isnan().all()  # one holds nowhere, the other nowhere among those that are scored


def test_means_of_parts_leave_out_what_is_not_known():
    parts = {"a": torch.tensor([True, True, False]), "b": torch.tensor([False, True, True])}
    assert mean_by_part(torch.tensor([1.0, 3.0, torch.nan]), parts) == [2, 3]
