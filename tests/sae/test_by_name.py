"""Latents by the names of features, in a table of which one can see at once what is right."""

import torch

from course_utils.sae import by_name

# 100 rows: feature 0 in the first 60, feature 1 from 40 to 80, feature 2 in the last 20
LABELS = torch.zeros(100, 3, dtype=torch.bool)
LABELS[:60, 0] = LABELS[40:80, 1] = LABELS[80:, 2] = True


def fires_in(*rows: slice) -> torch.Tensor:
    fires = torch.zeros(100, len(rows), dtype=torch.bool)
    for latent, part in enumerate(rows):
        fires[part, latent] = True
    return fires


def gaps(fires, feature_of, labels):
    """By loops (exercise 10.4)."""
    found = torch.zeros(fires.shape[1], labels.shape[1])
    for latent, x in enumerate(feature_of.tolist()):
        for y in range(labels.shape[1]):
            both, only = labels[:, x] & labels[:, y], labels[:, x] & ~labels[:, y]
            if both.any() and only.any():
                found[latent, y] = fires[only, latent].float().mean() - fires[both, latent].float().mean()
    return found


def test_precise_are_those_that_fire_often_enough_and_nearly_always_rightly():
    fires = fires_in(slice(0, 40), slice(0, 90), slice(80, 100), slice(40, 60))
    meant = by_name.precise(fires, LABELS, rows=20)
    assert meant.latent.tolist() == [0, 2, 3]  # the second is right in 60 of 90 rows
    assert meant.feature.tolist() == [0, 2, 1]  # of the last: F1 40/60 for feature 1, 40/80 for feature 0
    assert by_name.precise(fires, LABELS, rows=25).latent.tolist() == [0]


def test_an_exception_is_the_feature_that_is_spared():
    fires = fires_in(slice(0, 40), slice(0, 60))  # feature 0 except feature 1; feature 0
    meant = by_name.precise(fires, LABELS)
    assert by_name.exceptions(fires, meant, LABELS, gaps, part=0.4) == [by_name.Named(0, 0, 1, 1.0)]


def test_what_takes_a_large_part_of_a_feature_is_no_exception():
    fires = fires_in(slice(0, 40))  # it spares 20 of 60 rows
    meant = by_name.precise(fires, LABELS)
    assert by_name.exceptions(fires, meant, LABELS, gaps, part=0.33) == []
    assert len(by_name.exceptions(fires, meant, LABELS, gaps, part=0.34)) == 1


def test_features_that_hardly_meet_make_no_exception():
    labels = LABELS.clone()
    labels[40:50, 1] = False  # now they meet in ten rows
    fires = fires_in(slice(0, 50))
    assert by_name.exceptions(fires, by_name.precise(fires, labels), labels, gaps) == []


def test_a_conjunction_is_told_better_by_two_features():
    fires = fires_in(slice(40, 60), slice(0, 60))
    meant = by_name.precise(fires, LABELS, rows=20)
    (found,) = by_name.conjunctions(fires, meant, LABELS)
    assert (found.latent, found.X, found.Y) == (0, 1, 0)
    assert abs(found.value - (1 - 2 * 20 / (20 + 40))) < 1e-6


def test_the_control_of_exceptions_takes_latents_that_spare_nothing_and_a_feature_that_could_be_spared():
    labels = torch.zeros(200, 4, dtype=torch.bool)
    labels[:100, 0] = labels[80:110, 1] = labels[95:, 2] = labels[:60, 3] = True
    meant = by_name.Meant(torch.tensor([5, 7, 9]), torch.tensor([0, 0, 2]), torch.ones(3))
    spared = [by_name.Named(5, 0, 1, 0.9)]
    found = by_name.not_spared(meant, spared, labels, torch.Generator().manual_seed(0))
    # of feature 0's 100 places feature 1 takes 20, 2 only 5, 3 takes 60; of feature 2's 105 feature 1 takes 15
    assert found == [by_name.Named(7, 0, 1, 0.0), by_name.Named(9, 2, 1, 0.0)]


def test_a_stand_in_is_the_latent_that_speaks_where_both_hold():
    dice = torch.Generator().manual_seed(0)
    x, W_dec = torch.randn(100, 6, generator=dice), torch.randn(4, 6, generator=dice)
    f = fires_in(slice(0, 40), slice(40, 60), slice(60, 80), slice(0, 100)).float()
    choosing = torch.arange(100) % 2 == 0
    found = by_name.stand_ins(f, x, W_dec, LABELS, [by_name.Named(0, 0, 1, 0.9)], choosing)
    assert found.latent.tolist() == [1] and found.f1.tolist() == [1.0]  # feature 0 and feature 1: rows 40 to 60
    towards = x[:60].mean(0) - x.mean(0)
    cosines = torch.stack([torch.cosine_similarity(row, towards, dim=0) for row in W_dec])
    torch.testing.assert_close(found.cosine, cosines[[1]])
    torch.testing.assert_close(found.high, cosines.quantile(0.95)[None])
