import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.toy import POLYTOPES, feature_dimensionality, feature_groups, in_own_space, shapes

names = st.lists(st.sampled_from(list(POLYTOPES)), min_size=1, max_size=4)


def turned(W, seed):
    """``W`` in a rotated space, its columns shuffled."""
    g = torch.Generator().manual_seed(seed)
    Q = torch.linalg.qr(torch.randn(len(W), len(W), generator=g, dtype=W.dtype))[0]
    return Q @ W[:, torch.randperm(W.shape[1], generator=g)]


SHARES = {
    "alone": 1,
    "tetrahedron": 3 / 4,
    "triangle": 2 / 3,
    "digon": 1 / 2,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}


@pytest.mark.parametrize(("name", "share"), SHARES.items())
def test_each_corner_has_its_share(name, share):
    W = POLYTOPES[name]
    assert torch.allclose(W.norm(dim=0), torch.ones(1, dtype=W.dtype))
    assert torch.allclose(feature_dimensionality(W), torch.tensor(share, dtype=W.dtype))


def test_the_antiprism_is_regular():
    """Each corner has two neighbours in its square and two in the other, and the squares are 45° apart."""
    W = POLYTOPES["square antiprism"]
    cosines = (W.mT @ W).sort(dim=1).values
    assert torch.allclose(cosines, cosines[:1].expand(8, 8))
    assert (W[2, :4] > 0).all()
    assert (W[2, 4:] < 0).all()


@given(names, st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_figures_in_subspaces_of_their_own_are_recognised(figures, seed):
    W = turned(torch.block_diag(*(POLYTOPES[name] for name in figures)), seed)
    found = shapes(W)
    assert sorted(shape.name for shape in found) == sorted(figures)
    assert sorted(i for shape in found for i in shape.members) == list(range(W.shape[1]))
    assert sum(shape.rank for shape in found) == len(W)


def test_as_many_corners_in_as_many_dimensions_are_no_name_yet():
    """A cube has the numbers of an antiprism; a fan of three lies in a plane as a triangle does."""
    cube = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3).T / 3**0.5
    assert [shape[::2] for shape in shapes(cube)] == [("none of these", 3)]
    angle = torch.tensor([0.0, 0.6, 1.2])
    assert [shape[::2] for shape in shapes(torch.stack([angle.cos(), angle.sin()]))] == [("none of these", 2)]
    assert [shape.name for shape in shapes(torch.tensor([[1.0, 0.8]]))] == ["none of these"]  # no digon: one direction


def test_a_figure_that_is_bent_a_little_keeps_its_name():
    bend = 0.05 * torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    assert [shape.name for shape in shapes(POLYTOPES["square antiprism"] + bend)] == ["square antiprism"]


def test_short_columns_are_in_no_group():
    W = torch.block_diag(POLYTOPES["digon"], 0.4 * POLYTOPES["triangle"])
    assert feature_groups(W).tolist() == [0, 0, -1, -1, -1]
    assert feature_groups(torch.zeros(2, 3)).tolist() == [-1, -1, -1]


def test_a_group_may_hang_together_by_a_chain():
    """0 overlaps 1, 1 overlaps 2 … but 0 and 4 are orthogonal."""
    angle = torch.linspace(0, torch.pi / 2, 5)
    W = torch.stack([angle.cos(), angle.sin()])
    assert feature_groups(W, overlap=0.9).tolist() == [0] * 5
    assert feature_groups(W, overlap=0.95).tolist() == [0, 1, 2, 3, 4]


def test_models_side_by_side_are_looked_at_one_by_one():
    W = torch.stack([POLYTOPES["pentagon"], torch.tensor([[0, 1, -1, 0, 0], [0, 0, 0, 1, -1.0]]).double()])
    assert feature_groups(W).tolist() == [[0, 0, 0, 0, 0], [-1, 1, 1, 3, 3]]


@given(names, st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_to_be_drawn_a_figure_keeps_its_lengths_and_angles(figures, seed):
    W = turned(torch.block_diag(*(POLYTOPES[name] for name in figures)), seed)
    for shape in shapes(W):
        own, columns = in_own_space(W, shape.members), W[:, list(shape.members)]
        assert own.shape == (3, len(shape.members))
        assert torch.allclose(own.mT @ own, columns.mT @ columns, atol=1e-6)
