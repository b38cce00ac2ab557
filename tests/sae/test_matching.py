from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae.matching import cosines, match, max_cosines

shapes = st.tuples(st.integers(1, 6), st.integers(1, 6))
seeds = st.integers(0, 1000)


def rows(n, d_in, seed):
    return torch.randn(n, d_in, generator=torch.Generator().manual_seed(seed))


def test_cosines_against_loops():
    D, W = rows(3, 4, 0), rows(5, 4, 1)
    W[2] = 0
    for i in range(3):
        for j in range(5):
            expected = 0.0 if j == 2 else (D[i] @ W[j] / (D[i].norm() * W[j].norm())).item()
            assert cosines(D, W)[i, j].item() == pytest.approx(expected, abs=1e-6)


def test_max_cosines_both_ways_round_against_loops():
    D, W = rows(4, 3, 0), rows(6, 3, 1)
    c = cosines(D, W)
    result = max_cosines(D, W)
    assert torch.equal(result.cosines, c)
    by_feature = [max(c[i].tolist()) for i in range(4)]
    by_latent = [max(c[:, j].tolist()) for j in range(6)]
    assert result.mmcs_features == pytest.approx(sum(by_feature) / 4)
    assert result.mmcs_latents == pytest.approx(sum(by_latent) / 6)
    assert result.features.tolist() == pytest.approx(by_feature)
    assert result.found(0.5) == sum(value > 0.5 for value in by_feature) / 4


@given(shapes, seeds)
@settings(max_examples=30, deadline=None)
def test_lengths_order_and_rotation_do_not_matter_but_signs_do(shape, seed):
    D, W = rows(shape[0], 4, seed), rows(shape[1], 4, seed + 1)
    turn = torch.linalg.qr(rows(4, 4, seed + 2))[0]
    other = (torch.rand(len(W), 1) + 0.1) * W[torch.randperm(len(W))]
    a, b = max_cosines(D, W), max_cosines(D @ turn, other @ turn)
    assert b.mmcs_features == pytest.approx(a.mmcs_features, abs=1e-5)
    assert b.mmcs_latents == pytest.approx(a.mmcs_latents, abs=1e-5)
    assert max_cosines(D, D).mmcs_features == pytest.approx(1, abs=1e-5)
    assert torch.allclose(max_cosines(D, -W).features, -cosines(D, W).amin(1), atol=1e-5)


def test_the_two_ways_round_differ():
    truth = torch.eye(4)
    copies = truth[:1].expand(10, 4)
    assert max_cosines(truth, copies).mmcs_latents == 1
    assert max_cosines(truth, copies).mmcs_features == 0.25
    padded = torch.cat([truth, -truth])
    assert max_cosines(truth, padded).mmcs_features == 1
    assert max_cosines(truth, padded).mmcs_latents == 0.5


@given(shapes, seeds, st.booleans())
@settings(max_examples=60, deadline=None)
def test_matching_against_all_permutations(shape, seed, ties):
    c = rows(*shape, seed).clamp(-1, 1)
    c = c.round() if ties else c
    found = match(c)
    small, large = sorted(shape)
    c_wide = c if shape[0] <= shape[1] else c.T
    best = max(sum(c_wide[i, p[i]].item() for i in range(small)) for p in permutations(range(large), small))
    assert found.cosine.sum().item() == pytest.approx(best, abs=1e-5)
    assert len(found.feature.unique()) == len(found.latent.unique()) == len(found.feature) == small
    assert torch.equal(found.cosine, c[found.feature, found.latent])
    assert torch.equal(found.feature, found.feature.sort().values)


def test_matching_undoes_a_permutation():
    D = rows(60, 20, 0)
    shuffle = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    found = match(cosines(D, D[shuffle] + 0.05 * rows(60, 20, 2)))
    assert torch.equal(shuffle[found.latent], found.feature)


def test_features_may_share_a_maximum_but_not_a_match():
    c = torch.tensor([[0.9, 0.1], [0.8, 0.3]])
    assert c.argmax(1).tolist() == [0, 0]
    assert match(c).latent.tolist() == [0, 1]
    assert match(torch.tensor([[0.9, 0.8], [0.8, 0.1]])).latent.tolist() == [1, 0]


def test_matching_refuses_what_is_not_a_number():
    with pytest.raises(ValueError, match="finite"):
        match(torch.tensor([[0.5, torch.nan]]))
