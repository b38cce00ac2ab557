"""PCA, ICA and random directions, beside scikit-learn and by their definitions."""

import pytest
import torch
from sklearn.decomposition import PCA, FastICA

from course_utils.sae.baselines import independent, principal, random_topk


def mixed(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Three sparse sources, and what is seen of them."""
    generator = torch.Generator().manual_seed(seed)
    sources = torch.randn(3000, 3, generator=generator) * (torch.rand(3000, 3, generator=generator) < 0.2)
    return sources, sources @ torch.randn(3, 3, generator=generator) + 2


def same_columns(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether every column of b, up to its size, is one of a."""
    cosines = torch.nn.functional.cosine_similarity(a[:, :, None], b[:, None], dim=0)
    return bool((cosines.amax(0) > 0.99).all())


def test_principal_components_are_scikit_learns_with_both_signs():
    _, x = mixed()
    expected = torch.from_numpy(PCA(3).fit_transform(x.numpy())).float()
    found = principal(x)
    assert found.shape == (3000, 6) and (found >= 0).all()
    assert same_columns(found, expected.relu()) and same_columns(found, (-expected).relu())
    assert found[:, 0].square().sum() > found[:, 1].square().sum() > found[:, 2].square().sum()


def test_independent_components_are_the_sources_and_scikit_learns():
    sources, x = mixed()
    found = independent(x)
    centred = sources - sources.mean(0)
    assert same_columns(found, centred.relu()) and same_columns(found, (-centred).relu())
    theirs = torch.from_numpy(FastICA(whiten="unit-variance", fun="logcosh", random_state=0).fit_transform(x.numpy()))
    assert same_columns(found, theirs.float().relu())
    assert not same_columns(principal(x), centred.relu())  # variance alone doesn't tell them apart


def test_a_direction_without_variance_has_no_independent_component():
    _, x = mixed()
    x[:, 1] = 2 * x[:, 0]
    with pytest.raises(ValueError, match="no variance"):
        independent(x)


def test_random_directions_of_which_k_are_active():
    _, x = mixed()
    f = random_topk(x, n=20, k=4, seed=1)
    assert f.shape == (3000, 20) and ((f > 0).sum(1) <= 4).all() and (f > 0).sum(1).float().mean() > 3
    assert torch.equal(f, random_topk(x, n=20, k=4, seed=1)) and not torch.equal(f, random_topk(x, n=20, k=4, seed=2))
    directions = torch.randn(3, 20, generator=torch.Generator().manual_seed(1))
    row = (x[7] - x.mean(0)) @ (directions / directions.norm(dim=0))
    assert (f[7] > 0).nonzero().flatten().tolist() == sorted(i for i in row.topk(4).indices.tolist() if row[i] > 0)
