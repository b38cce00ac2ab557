"""PCA, ICA and random directions, beside scikit-learn and by their definitions."""

import pytest
import torch
from sklearn.decomposition import PCA, FastICA

from course_utils.sae import SAE, SAEConfig
from course_utils.sae.baselines import beside, independent, one_sided, principal, random_topk


def mixed(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Three sparse sources, and what is seen of them."""
    generator = torch.Generator().manual_seed(seed)
    sources = torch.randn(3000, 3, generator=generator) * (torch.rand(3000, 3, generator=generator) < 0.2)
    return sources, sources @ torch.randn(3, 3, generator=generator) + 2


def same_columns(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether every column of b, up to its size, is one of a."""
    cosines = torch.nn.functional.cosine_similarity(a[:, :, None], b[:, None], dim=0)
    return bool((cosines.amax(0) > 0.99).all())


def test_principal_components_are_scikit_learns():
    _, x = mixed()
    expected = torch.from_numpy(PCA(3).fit_transform(x.numpy())).float()
    found = principal(x)
    assert found.shape == (3000, 3) and (found >= 0).all()
    for own, theirs in zip(found.T, expected.T):
        side = theirs if (theirs**3).sum() > 0 else -theirs
        torch.testing.assert_close(own, side.relu(), rtol=1e-3, atol=1e-3)


def test_independent_components_are_the_sources_and_scikit_learns():
    sources, x = mixed()
    found = independent(x)
    assert same_columns(found, one_sided(sources)) and not same_columns(principal(x), one_sided(sources))
    theirs = FastICA(whiten="unit-variance", fun="logcosh", random_state=0).fit_transform(x.numpy())
    assert same_columns(found, one_sided(torch.from_numpy(theirs).float()))


def test_the_longer_tail_is_kept_whatever_the_sign():
    x = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [8.0, -8.0]])
    assert one_sided(x).tolist() == [[0, 0], [0, 0], [0, 0], [6, 6]]


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


def test_beside_a_dictionary_stand_others_with_rows_of_their_own_and_what_costs_nothing():
    _, x = mixed()
    sae = SAE(SAEConfig(architecture="topk", d_in=3, d_sae=5, k=2), *torch.ones(2, 15).split(1), torch.zeros(3))
    sae.W_enc, sae.W_dec, sae.b_enc = torch.eye(3, 5), torch.eye(5, 3), torch.zeros(5)
    found = dict(beside(x, sae.encode(x), {"the same on other rows": (sae, x[:7])}, k=2, seed=3))
    assert list(found) == ["dictionary", "the same on other rows", "random directions, top 2", "PCA", "ICA", "neurons"]
    assert torch.equal(found["dictionary"][:7], found["the same on other rows"])
    assert torch.equal(found["random directions, top 2"], random_topk(x, 5, 2, seed=3))
    assert torch.equal(found["PCA"], principal(x)) and torch.equal(found["neurons"], one_sided(x))
