from itertools import islice

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.matching import max_cosines
from course_utils.sae.synthetic import (
    SyntheticFeatures,
    antipodal_pairs,
    group_loadings,
    near_orthogonal,
    random_directions,
    zipf_density,
)

N = 40_000
seeds = st.integers(0, 1000)


def largest_cosine(D):
    return (D @ D.T).fill_diagonal_(0).abs().max().item()


def assert_shares(on, p, n=N, sd=5):
    """The fraction of True in each column is p, within so many standard errors."""
    p = torch.as_tensor(p).expand(on.shape[1])
    bound = sd * (p * (1 - p) / n).sqrt() + 1e-6
    assert ((on.float().mean(0) - p).abs() <= bound).all(), (on.float().mean(0), p)


@given(st.integers(1, 12), st.integers(2, 8), seeds)
@settings(max_examples=15, deadline=None)
def test_directions_have_norm_1_and_are_reproducible(n_features, d_in, seed):
    for make in (random_directions, near_orthogonal):
        D = make(n_features, d_in, seed)
        assert D.shape == (n_features, d_in)
        assert torch.allclose(D.norm(dim=1), torch.ones(n_features), atol=1e-5)
        assert torch.equal(D, make(n_features, d_in, seed))
        assert not torch.equal(D, make(n_features, d_in, seed + 1))


@pytest.mark.parametrize("n_features, d_in", [(64, 16), (20, 19), (6, 3), (40, 10)])
def test_near_orthogonal_comes_near_the_bound(n_features, d_in):
    welch = ((n_features - d_in) / (d_in * (n_features - 1))) ** 0.5
    D = near_orthogonal(n_features, d_in)
    assert welch - 1e-4 <= largest_cosine(D) < 1.4 * welch
    assert largest_cosine(D) < 0.7 * largest_cosine(random_directions(n_features, d_in))


def test_near_orthogonal_in_the_plane_spreads_the_lines():
    assert largest_cosine(near_orthogonal(5, 2)) == pytest.approx(0.809, abs=0.005)  # cos 36°


def test_as_many_dimensions_as_features_are_orthogonal():
    D = near_orthogonal(7, 9)
    assert torch.allclose(D @ D.T, torch.eye(7), atol=1e-5)


def test_antipodal_pairs():
    D = antipodal_pairs(8, 5)
    assert torch.equal(D[0::2], -D[1::2])
    assert largest_cosine(D[0::2]) < 1e-5
    with pytest.raises(ValueError, match="even"):
        antipodal_pairs(7, 5)


@given(st.integers(1, 60), st.floats(0.01, 1), st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_zipf_adds_up_and_falls(n_features, share, exponent):
    active = share * n_features
    p = zipf_density(n_features, active, exponent)
    assert p.sum().item() == pytest.approx(active, rel=1e-4)
    assert (p.diff() <= 1e-6).all() and (p > 0).all() and (p <= 1).all()
    free = p[p < 1 - 1e-6]
    ranks = torch.arange(n_features - len(free) + 1, n_features + 1)
    assert torch.allclose(free * ranks**exponent, free[:1] * ranks[:1] ** exponent, rtol=1e-3)


@pytest.mark.parametrize("active", [0, 11])
def test_zipf_refuses(active):
    with pytest.raises(ValueError, match="between 0 and 10"):
        zipf_density(10, active)


def test_a_dictionary_of_the_same_seed_does_not_begin_at_the_truth():
    """Both draw normal numbers of the same shape: without a salt they would be the same numbers."""
    config = SAEConfig(architecture="topk", d_in=16, d_sae=64, k=4)
    x = torch.randn(100, 16, generator=torch.Generator().manual_seed(5))
    untrained = train_sae(x, config, steps=1, batch_size=10, lr=1e-6, seed=3, progress=False)
    same, other = random_directions(64, 16, seed=3), random_directions(64, 16, seed=4)
    near, chance = (max_cosines(truth, untrained.W_dec).mmcs_features for truth in (same, other))
    assert abs(near - chance) < 0.05


@given(seeds, st.floats(0, 1), st.booleans())
@settings(max_examples=20, deadline=None)
def test_activations_are_the_sum_of_the_labels_directions(seed, density, scaled):
    D = 3 * torch.randn(7, 4, generator=torch.Generator().manual_seed(seed))
    data = SyntheticFeatures(D, density, scale=torch.arange(1.0, 8.0) if scaled else 1.0)
    x, v = data.sample(50, seed)
    assert x.shape == (50, 4) and v.shape == (50, 7)
    assert torch.allclose(data.directions, D / D.norm(dim=1, keepdim=True), atol=1e-5)
    assert torch.allclose(x, v @ data.directions, atol=1e-4)


@pytest.mark.parametrize("density", [0.01, 0.3, 0.7, 1.0, 0.0])
def test_density_as_asked_by_either_way_of_sampling(density):
    data = SyntheticFeatures(random_directions(6, 3), density)
    assert_shares(data.sample(N, 0)[1] > 0, density)


def test_densities_and_independence():
    p = torch.tensor([0.01, 0.05, 0.4, 0.2, 0.0])
    on = SyntheticFeatures(random_directions(5, 3), p).sample(N, 1)[1] > 0
    assert_shares(on, p)
    pairs = [(i, j) for i in range(5) for j in range(i)]
    assert_shares(torch.stack([on[:, i] & on[:, j] for i, j in pairs], 1), torch.stack([p[i] * p[j] for i, j in pairs]))
    assert_shares(on[1:, 2:3] & on[:-1, 2:3], p[2:3] ** 2)  # and from row to row


def test_values_are_uniform_and_scaled():
    data = SyntheticFeatures(random_directions(2, 3), 0.3, magnitude=(0.5, 1.5), scale=torch.tensor([1.0, 10.0]))
    v = data.sample(N, 0)[1]
    for values in (v[:, 0], v[:, 1] / 10):
        values = values[values > 0]
        assert values.min() >= 0.5 and values.max() <= 1.5
        share = torch.histc(values, 10, 0.5, 1.5) / len(values)
        assert (share - 0.1).abs().max() < 5 * (0.09 / len(values)) ** 0.5


def test_values_can_be_constant():
    v = SyntheticFeatures(random_directions(3, 3), 0.2, magnitude=(2.0, 2.0)).sample(100, 0)[1]
    assert set(v.unique().tolist()) == {0.0, 2.0}


def test_noise():
    x, v = (data := SyntheticFeatures(random_directions(4, 3), 0.2, noise=0.5)).sample(N, 0)
    rest = x - v @ data.directions
    assert rest.std().item() == pytest.approx(0.5, abs=0.01)
    assert rest.mean().abs() < 0.01


def test_groups_are_on_together():
    data = SyntheticFeatures(random_directions(6, 3), 0.2, loadings=group_loadings(6, 3, 0.8))
    on = data.sample(N, 0)[1] > 0
    assert_shares(on, 0.2)
    c = torch.corrcoef(on.T.float())
    assert (c[:3, :3] > 0.4).all() and c[:3, 3:].abs().max() < 0.03


def test_opposite_loadings_avoid_each_other():
    data = SyntheticFeatures(random_directions(2, 3), 0.3, loadings=torch.tensor([[0.9], [-0.9]]))
    on = data.sample(N, 0)[1] > 0
    assert_shares(on, 0.3)
    assert (on[:, 0] & on[:, 1]).float().mean() < 0.02


PARENT = torch.tensor([-1, 0, 0, 1, -1])
FAMILY = torch.tensor([0.5, 0.3, 0.1, 0.1, 0.2])


def test_children_imply_their_parents_at_the_densities_asked_for():
    on = SyntheticFeatures(random_directions(5, 3), FAMILY, parent=PARENT).sample(N, 0)[1] > 0
    assert_shares(on, FAMILY)
    assert not (on[:, 1] & ~on[:, 0]).any() and not (on[:, 2] & ~on[:, 0]).any() and not (on[:, 3] & ~on[:, 1]).any()
    assert_shares((on[:, 1] & on[:, 2])[:, None], torch.tensor([0.5 * 0.6 * 0.2]))


def test_exclusive_children_are_never_on_together():
    on = SyntheticFeatures(random_directions(5, 3), FAMILY, parent=PARENT, exclusive=True).sample(N, 0)[1] > 0
    assert_shares(on, FAMILY)
    assert not (on[:, 1] & on[:, 2]).any()
    assert not (on[:, 3] & ~on[:, 1]).any()
    assert_shares((on[:, 0] & on[:, 4])[:, None], torch.tensor([0.5 * 0.2]))


def test_exclusive_children_may_fill_their_parent():
    data = SyntheticFeatures(
        random_directions(4, 3), torch.tensor([0.6, 0.2, 0.2, 0.2]), parent=torch.tensor([-1, 0, 0, 0]), exclusive=True
    )
    on = data.sample(N, 0)[1] > 0
    assert torch.equal(on[:, 0], on[:, 1:].any(1))


def test_hierarchy_with_correlation():
    loadings = torch.zeros(5, 1)
    loadings[[2, 4], 0] = 0.9
    on = SyntheticFeatures(random_directions(5, 3), FAMILY, parent=PARENT, loadings=loadings).sample(N, 0)[1] > 0
    assert_shares(on, FAMILY)
    assert (on[:, 2] & on[:, 4]).float().mean() > 0.04  # 0.02 if they were independent
    assert not (on[:, 2] & ~on[:, 0]).any()


def test_one_seed_one_sample_and_the_global_generator_is_left_alone():
    data = SyntheticFeatures(near_orthogonal(9, 4), 0.2, noise=0.1)
    before = torch.get_rng_state()
    assert all(torch.equal(a, b) for a, b in zip(data.sample(20, 3), data.sample(20, 3)))
    assert not torch.equal(data.sample(20, 3)[0], data.sample(20, 4)[0])
    first, second = islice(data.batches(8, seed=1), 2)
    assert first.shape == (8, 4) and not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_was_given_is_not_changed():
    D, p = 2 * random_directions(3, 3), torch.tensor([0.1, 0.2, 0.3])
    data = SyntheticFeatures(D, p)
    data.density[0] = 0.9
    assert p[0] == 0.1 and D.norm(dim=1).min() > 1.9


@pytest.mark.parametrize(
    "options, message",
    [
        ({"directions": torch.zeros(2, 3)}, "none of them zero"),
        ({"directions": torch.ones(3)}, r"\[feature, d_in\]"),
        ({"density": 1.5}, "between 0 and 1"),
        ({"density": float("nan")}, "between 0 and 1"),
        ({"density": torch.ones(3)}, "density must be a number or"),
        ({"magnitude": (1.0, 0.5)}, "low ≤ high"),
        ({"magnitude": (0.0, 0.0)}, "low ≤ high"),
        ({"scale": torch.ones(1, 5)}, "scale must be a number or"),
        ({"scale": 0.0}, "scale must be above 0"),
        ({"noise": -1.0}, "at least 0"),
        ({"parent": torch.tensor([-1, 2, -1, -1, -1])}, "earlier feature"),
        ({"parent": torch.tensor([-1, 0])}, "whole numbers"),
        ({"parent": PARENT, "density": torch.tensor([0.1, 0.3, 0.1, 0.1, 0.1])}, "can't be above the parent's"),
        ({"exclusive": True}, "give parent"),
        ({"exclusive": True, "parent": PARENT, "density": torch.tensor([0.5, 0.3, 0.3, 0.1, 0.1])}, "added up"),
        ({"exclusive": True, "parent": PARENT, "loadings": torch.zeros(5, 1)}, "can't be combined"),
        ({"loadings": torch.ones(5, 2)}, "norm 1 at most"),
        ({"parent": PARENT, "loadings": group_loadings(5, 5, 0.5)}, "correlated with its ancestor 0"),
    ],
)
def test_what_cannot_be_sampled_is_refused(options, message):
    options = {"directions": random_directions(5, 3), "density": 0.1} | options
    with pytest.raises(ValueError, match=message):
        SyntheticFeatures(**options)


@pytest.mark.parametrize("arguments", [(5, 2, 0.5), (6, 3, 1.0), (6, 3, -0.1)])
def test_groups_refuse(arguments):
    with pytest.raises(ValueError, match=r"fill|at least 0"):
        group_loadings(*arguments)
