import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.toy import dimensions_per_feature, feature_dimensionality, neighbour_angles, superposition
from course_utils.toy.geometry import alignment, arrows, kept

PENTAGON = torch.stack([f(torch.arange(5) * 2 * math.pi / 5) for f in (torch.cos, torch.sin)])
shapes = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 6))


def stack(shape, seed, dropped=False):
    W = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    if dropped:
        W[..., 0] = 0
    return W


def rotation(size, seed):
    return torch.linalg.qr(stack((size, size), seed + 1))[0]


def test_arrows_have_their_lengths_and_directions():
    W = arrows([2.0, 1.0, 0.5], [0.0, 90.0, 225.0])
    assert torch.allclose(W, torch.tensor([[2.0, 0.0, -(0.125**0.5)], [0.0, 1.0, -(0.125**0.5)]]), atol=1e-6)


def test_superposition_against_loops():
    W = stack((2, 3, 4), 0, dropped=True)
    for i in range(2):
        for f in range(4):
            w = W[i, :, f]
            total = 0.0
            for j in range(4):
                if j != f and w.norm() > 0:
                    total += ((w / w.norm()) @ W[i, :, j]).item() ** 2
            assert superposition(W)[i, f].item() == pytest.approx(total)


@given(shapes, st.integers(0, 1000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_rotating_the_hidden_space_changes_nothing(shape, seed, dropped):
    W = stack(shape, seed, dropped)
    turned = rotation(shape[1], seed) @ W
    for measure in (superposition, dimensions_per_feature, feature_dimensionality):
        assert torch.allclose(measure(turned), measure(W))


@given(shapes, st.integers(0, 1000), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_stretching_everything(shape, seed, scale):
    W = stack(shape, seed)
    assert torch.allclose(superposition(scale * W), scale**2 * superposition(W))
    assert torch.allclose(dimensions_per_feature(scale * W), dimensions_per_feature(W) / scale**2)
    assert torch.allclose(feature_dimensionality(scale * W), feature_dimensionality(W))


@given(shapes, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_there_are_only_so_many_dimensions_to_share(shape, seed):
    shares = feature_dimensionality(stack(shape, seed, dropped=True))
    assert (shares >= 0).all()
    assert (shares <= 1 + 1e-9).all()
    assert (shares.sum(-1) <= shape[1] + 1e-9).all()


def test_a_pentagon():
    assert torch.allclose(neighbour_angles(PENTAGON), torch.full((5,), 72.0), atol=1e-4)
    assert torch.allclose(feature_dimensionality(PENTAGON), torch.full((5,), 2 / 5), atol=1e-6)
    assert torch.allclose(superposition(PENTAGON), torch.full((5,), 1.5), atol=1e-6)
    assert dimensions_per_feature(PENTAGON).item() == pytest.approx(2 / 5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_dropped_feature_has_no_dimension_and_no_nan(dtype):
    W = torch.tensor([[1, 0, 0], [0, 1, 0]], dtype=dtype)
    assert superposition(W).tolist() == [0, 0, 0]
    assert feature_dimensionality(W).tolist() == [1, 1, 0]
    assert dimensions_per_feature(torch.zeros(2, 3)).item() == math.inf


def test_neighbours_need_a_plane():
    with pytest.raises(ValueError, match="W has 3"):
        neighbour_angles(torch.zeros(3, 5))


def test_kept_and_alignment_count_arrows_longer_than_a_half_and_what_lies_on_one_unit():
    W = torch.tensor([[1.0, 0.6, 0.5], [0.0, 0.8, 0.0]])
    assert kept(W).tolist() == [True, True, False]  # exactly 0.5 isn't longer
    torch.testing.assert_close(alignment(W), torch.tensor((1 + 0.64) / 2))
    assert alignment(torch.zeros(2, 3)) == 0
