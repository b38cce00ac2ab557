"""Mean differences and LDA, against scikit-learn and against their formulas."""

import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from course_utils.probing import fit_lda, fit_mean_difference


@pytest.fixture(scope="module")
def two_features():
    generator = torch.Generator().manual_seed(0)
    acts = (
        torch.randn(4000, 6, generator=generator, dtype=torch.double) @ torch.randn(6, 6, generator=generator).double()
    )
    labels = torch.stack([acts[:, 0] + acts[:, 1] > 2, acts[:, 2] > 3], 1)
    return acts + labels[:, :1] * 2.0 + 5, labels


def test_lda_is_scikit_learns(two_features):
    acts, labels = two_features
    probe = fit_lda(acts, labels)
    for feature in range(2):
        theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(acts.numpy(), labels[:, feature].numpy())
        scores = torch.from_numpy(theirs.decision_function(acts.numpy()))
        torch.testing.assert_close(probe.scores(acts)[:, feature], scores, rtol=1e-3, atol=1e-3)


def test_the_mean_difference_goes_from_one_mean_to_the_other_and_is_zero_half_way(two_features):
    acts, labels = two_features
    probe = fit_mean_difference(acts, labels)
    for feature in range(2):
        with_it, without = acts[labels[:, feature]].mean(0), acts[~labels[:, feature]].mean(0)
        torch.testing.assert_close(probe.weight[:, feature], with_it - without)
        assert probe.scores(((with_it + without) / 2)[None])[0, feature].abs() < 1e-9


def test_without_correlations_both_have_one_direction():
    acts = torch.randn(200_000, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.rand(len(acts), 1, generator=torch.Generator().manual_seed(1)) < 0.3
    acts = acts + labels * torch.tensor([1.0, -1, 0.5, 0, 0])
    lda, means = fit_lda(acts, labels).weight[:, 0], fit_mean_difference(acts, labels).weight[:, 0]
    assert torch.cosine_similarity(lda, means, dim=0) > 0.999


def test_a_neuron_that_never_moves_gets_no_weight_to_speak_of(two_features):
    acts, labels = two_features
    still = torch.cat([acts, torch.full((len(acts), 1), 7.0)], 1)
    torch.testing.assert_close(fit_lda(still, labels).scores(still), fit_lda(acts, labels).scores(acts))


@pytest.mark.parametrize("fit", [fit_mean_difference, fit_lda])
@pytest.mark.parametrize("always", [True, False])
def test_a_feature_without_contrast_is_refused(two_features, fit, always):
    acts, labels = two_features
    with pytest.raises(ValueError, match="absent in others"):
        fit(acts, torch.full_like(labels, always))
