"""The exact loss against examples, against itself, and where its formula would divide by 0."""

import pytest
import torch

from course_utils.toy import POLYTOPES, expected_loss, relu_output_model, sparse_features
from course_utils.toy import expected as module

PENTAGON = POLYTOPES["pentagon"]
DIGONS = torch.tensor([[0, 1, -1, 0, 0], [0, 0, 0, 1, -1]]).double()
B = -0.1 * torch.ones(5).double()
ONES = torch.ones(5).double()


@pytest.mark.parametrize(
    "W", [PENTAGON, DIGONS, DIGONS + 0.004, 1.2 * PENTAGON], ids=["5", "2 2", "nearly 2 2", "long"]
)
def test_one_feature_unlike_the_rest_against_examples(W):
    density, n = torch.tensor([0.05, 0.3, 0.3, 0.3, 0.6]), 200_000
    exact = expected_loss(W[None], B[None], ONES, density.double()[None])
    x = sparse_features(n, 5, density=density, seed=2)[:, None]
    each = ((x - relu_output_model(W[None].float(), B[None].float(), x)) ** 2).double().mean((1, 2))
    assert abs(each.mean() - exact) < 5 * each.std() / n**0.5


def test_a_density_for_all_is_the_same_density_for_each():
    p = torch.tensor([0.1, 0.7]).double()
    W, b = torch.stack([PENTAGON, DIGONS]), B.expand(2, 5)
    same = expected_loss(W, b, ONES, p[:, None].expand(2, 5))
    assert torch.equal(expected_loss(W, b, ONES, p), same)


@pytest.mark.parametrize("W", [DIGONS, DIGONS + 0.004, DIGONS + 0.04])
def test_small_overlaps_are_met_smoothly(monkeypatch, W):
    """Whether a coefficient counts as small makes no difference to eight digits."""
    found = []
    for flat in (1e-3, 1e-2):
        monkeypatch.setattr(module, "FLAT", flat)
        found.append(expected_loss(W, B, ONES, torch.tensor(0.3).double()).item())
    assert found[0] == pytest.approx(found[1], rel=1e-7)


def test_the_slope_is_the_gradient_of_the_loss():
    W = PENTAGON[:, :3].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda V: expected_loss(V, B[:3], ONES[:3], torch.tensor(0.2).double()), W)
