"""Three dictionaries with one mean, noise with a world's covariance, a training in the plane."""

import pytest
import torch

from course_utils.sae.handmade import gaussian_twin, recorded, three_dictionaries
from course_utils.sae.matching import max_cosines
from course_utils.sae.synthetic import SyntheticFeatures, near_orthogonal

D = near_orthogonal(64, 16)
NEAREST = {name: max_cosines(D, rows) for name, rows in three_dictionaries(D).items()}


def test_latents_are_as_near_to_the_features_on_average_in_all_three():
    assert [nearest.mmcs_latents for nearest in NEAREST.values()] == pytest.approx([0.89] * 3, abs=0.03)


def test_what_each_of_them_has_found():
    exact = {name: int((nearest.features > 0.999).sum()) for name, nearest in NEAREST.items()}
    assert exact == {"A": 48, "B": 0, "C": 64}


def test_what_stands_for_nothing():
    useless = {name: int((nearest.latents < 0.8).sum()) for name, nearest in NEAREST.items()}
    assert useless["A"] <= 16 and useless["B"] == 0 and useless["C"] > useless["A"]


def test_the_same_seed_gives_the_same_dictionaries():
    again, other = three_dictionaries(D), three_dictionaries(D, seed=1)
    assert all((rows == again[name]).all() for name, rows in three_dictionaries(D).items())
    assert not (other["A"] == again["A"]).all()


def test_a_twin_has_the_mean_and_the_covariance_and_no_features():
    x, _ = SyntheticFeatures(D, density=2 / 64).sample(50_000, 0)
    twin = gaussian_twin(x, seed=1)
    torch.testing.assert_close(twin.mean(0), x.mean(0), atol=0.02, rtol=0)
    torch.testing.assert_close(twin.T.cov(), x.T.cov(), atol=0.02, rtol=0)
    assert (x == 0).all(1).any() and not (twin == 0).all(1).any()


def test_a_recorded_training_begins_with_unit_rows_and_ends_at_a_lower_loss():
    x = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    (first, *_), _, before = recorded(x, steps=0, starts=3)
    moments, speaking, after = recorded(x, steps=100, starts=3)
    torch.testing.assert_close(first.norm(dim=-1), torch.ones(3, 5))
    assert moments.shape == (11, 3, 5, 2) and (moments[0] == first).all()
    assert (after < before).all() and (speaking > 0).all()


def test_without_the_weights_the_rows_grow_and_the_latents_whisper():
    x = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    (honest, speaking, _), (cheated, whispering, _) = (recorded(x, weighted=w, steps=300) for w in (True, False))
    assert cheated[-1].norm(dim=-1).mean() > 1.3 * honest[-1].norm(dim=-1).mean()
    assert whispering.mean() < 0.8 * speaking.mean()
