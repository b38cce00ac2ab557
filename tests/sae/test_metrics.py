import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae.metrics import (
    best_detection,
    dead_fraction,
    density_histogram,
    detection,
    explained_variance,
    explained_variance_by_dimension,
    explained_variance_by_row,
    feature_shrinkage,
    frequencies,
    l0,
    loss_recovered,
    norm_ratio,
    reconstruction_bias,
    three_definitions,
)

seeds = st.integers(0, 1000)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def latents(n, d_sae, seed, *, ties=False):
    """Activations, about 40 % of them above 0, the last latent dead."""
    f = (torch.randn(n, d_sae, generator=generator(seed)) - 0.25).relu()
    f[:, -1] = 0
    return f.ceil() if ties else f


def labels(n, n_features, seed):
    """The last feature never on."""
    on = torch.rand(n, n_features, generator=generator(seed + 5000)) < 0.4
    on[:, -1] = False
    return on


def reconstruction(seed, n=40, d_in=5):
    x = torch.randn(n, d_in, generator=generator(seed)) * torch.tensor([3.0, 1.0, 1.0, 0.5, 2.0])[:d_in] + 1
    return x, 0.8 * x + 0.3 * torch.randn(n, d_in, generator=generator(seed + 1))


def same(a, b):
    """Equal up to rounding, NaN where the other is NaN."""
    return a == pytest.approx(b, abs=1e-5, nan_ok=True)


def test_sparsity_against_loops():
    f = latents(30, 6, 0)
    active = [[f[n, i].item() > 0 for i in range(6)] for n in range(30)]
    assert same(l0(f).item(), sum(map(sum, active)) / 30)
    for i in range(6):
        assert same(frequencies(f)[i].item(), sum(row[i] for row in active) / 30)
    assert same(dead_fraction(frequencies(f)).item(), sum(not any(row[i] for row in active) for i in range(6)) / 6)


def test_l0_of_one_row():
    assert l0(torch.tensor([0.0, 3.0, 0.1])) == 2


def test_density_histogram_puts_each_latent_in_its_bin():
    frequency = torch.tensor([0.0, 0.0, 1e-9, 10**-3.5, 10**-2.5, 10**-2.4, 0.5, 1.0])
    edges, counts, dead = density_histogram(frequency, bins=6, lowest=-6)
    assert torch.equal(edges, torch.arange(-6.0, 1.0))
    assert counts.tolist() == [1, 0, 1, 2, 0, 2]
    assert dead == 2
    assert counts.sum() + dead == len(frequency)


@pytest.mark.parametrize("frequency, lowest", [([1.1], -6), ([-0.1], -6), ([0.1], 0)])
def test_density_histogram_refuses(frequency, lowest):
    with pytest.raises(ValueError, match=r"between 0 and 1|below 0"):
        density_histogram(torch.tensor(frequency), lowest=lowest)


def test_explained_variances_against_loops():
    x, x_hat = reconstruction(0)
    n, d = x.shape
    mean = [sum(x[:, j].tolist()) / n for j in range(d)]
    error = [[(x[i, j] - x_hat[i, j]).item() ** 2 for j in range(d)] for i in range(n)]
    spread = [[(x[i, j].item() - mean[j]) ** 2 for j in range(d)] for i in range(n)]
    assert same(explained_variance(x, x_hat).item(), 1 - sum(map(sum, error)) / sum(map(sum, spread)))
    by_row = [1 - sum(e) / sum(s) for e, s in zip(error, spread)]
    assert same(explained_variance_by_row(x, x_hat).item(), sum(by_row) / n)
    by_dimension = [1 - sum(e) / sum(s) for e, s in zip(zip(*error), zip(*spread))]
    assert same(explained_variance_by_dimension(x, x_hat).item(), sum(by_dimension) / d)


def test_explained_variances_tell_different_stories():
    """One large row reconstructed, the small ones lost."""
    x = torch.tensor([[100.0, 0.0], [0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]])
    x_hat = torch.zeros_like(x)
    x_hat[0] = x[0]
    assert explained_variance(x, x_hat) > 0.99
    assert explained_variance_by_dimension(x, x_hat) < 0.6


@given(seeds, st.floats(0.1, 10), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
def test_explained_variance_of_the_truth_and_of_the_mean(seed, scale, which):
    measure = (explained_variance, explained_variance_by_row, explained_variance_by_dimension)[which]
    x, x_hat = (scale * part for part in reconstruction(seed))
    assert same(measure(x, x).item(), 1)
    assert same(measure(x, x.mean(0).expand_as(x)).item(), 0)
    assert measure(x / scale, x_hat / scale).item() == pytest.approx(measure(x, x_hat).item(), rel=1e-3, abs=1e-3)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_rotations_leave_all_but_the_one_by_dimension(seed):
    x, x_hat = reconstruction(seed)
    turn = torch.linalg.qr(torch.randn(5, 5, generator=generator(seed + 7)))[0]
    for measure in (explained_variance, explained_variance_by_row, norm_ratio, reconstruction_bias):
        assert measure(x @ turn, x_hat @ turn).item() == pytest.approx(measure(x, x_hat).item(), abs=1e-3)


def test_loss_recovered():
    assert loss_recovered(2.0, 10.0, 2.0) == 1
    assert loss_recovered(2.0, 10.0, 10.0) == 0
    assert loss_recovered(2.0, 10.0, 4.0) == 0.75
    assert loss_recovered(2.0, 10.0, 12.0) < 0
    per_layer = loss_recovered(torch.tensor(2.0), torch.tensor([4.0, 6.0]), torch.tensor([3.0, 3.0]))
    assert torch.equal(per_layer, torch.tensor([0.5, 0.75]))


@pytest.mark.parametrize("ablated", [2.0, 1.0, math.nan])
def test_loss_recovered_needs_something_to_recover(ablated):
    with pytest.raises(ValueError, match="ablation must cost"):
        loss_recovered(2.0, ablated, 2.0)


def test_shrinkage_of_the_whole():
    x, x_hat = reconstruction(3)
    x[0] = 0
    ratios = [x_hat[n].norm().item() / x[n].norm().item() for n in range(1, len(x))]
    assert same(norm_ratio(x, x_hat).item(), sum(ratios) / len(ratios))
    for factor in (0.5, 1.0, 1.3):
        assert same(norm_ratio(x, factor * x).item(), factor)
        assert same(reconstruction_bias(x, factor * x).item(), factor)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_reconstruction_bias_is_the_best_divisor(seed):
    x, x_hat = reconstruction(seed)
    gamma = reconstruction_bias(x, x_hat)

    def error(divisor):
        return (x_hat / divisor - x).square().mean()

    assert error(gamma) <= min(error(gamma * 1.01), error(gamma * 0.99))


def test_feature_shrinkage_against_loops():
    values = torch.rand(200, 4, generator=generator(0)) * (torch.rand(200, 4, generator=generator(1)) < 0.5)
    f = torch.rand(200, 6, generator=generator(2)) * (torch.rand(200, 6, generator=generator(3)) < 0.5)
    latent_of, norms = torch.tensor([5, 0, 0, 2]), torch.rand(6, generator=generator(4)) + 0.5
    slopes = feature_shrinkage(f, values, latent_of, norms)
    for i, latent in enumerate(latent_of.tolist()):
        pairs = [(norms[latent].item() * f[n, latent].item(), values[n, i].item()) for n in range(200)]
        pairs = [(a, v) for a, v in pairs if a > 0 and v > 0]
        assert len(pairs) > 20
        assert same(slopes[i].item(), sum(a * v for a, v in pairs) / sum(v * v for a, v in pairs))


def test_feature_shrinkage_sees_a_factor_and_no_decoder_norm():
    values = torch.rand(100, 3, generator=generator(0))
    norms = torch.tensor([0.5, 1.0, 4.0])
    slopes = feature_shrinkage(0.7 * values / norms, values, torch.arange(3), norms)
    assert torch.allclose(slopes, torch.full((3,), 0.7))
    assert feature_shrinkage(torch.zeros(100, 3), values, torch.arange(3), norms).isnan().all()


def naive_detection(active, on):
    hits = sum(a and o for a, o in zip(active, on))
    precision = hits / sum(active) if any(active) else math.nan
    recall = hits / sum(on) if any(on) else math.nan
    return precision, recall, 2 * hits / (sum(active) + sum(on)) if any(active) or any(on) else 0.0


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_detection_against_loops(threshold):
    f, on = latents(60, 5, 1), labels(60, 4, 1)
    found = detection(f, on, threshold)
    for i in range(5):
        for j in range(4):
            expected = naive_detection((f[:, i] > threshold).tolist(), on[:, j].tolist())
            assert same([part[i, j].item() for part in found[:3]], list(expected))
    assert (found.threshold == threshold).all()


@given(seeds, st.booleans())
@settings(max_examples=15, deadline=None)
def test_best_detection_against_all_thresholds(seed, ties):
    f, on = latents(25, 4, seed, ties=ties), labels(25, 3, seed)
    found = best_detection(f, on)
    for i in range(4):
        for j in range(3):
            thresholds = [0.0, *f[:, i].tolist()]
            scores = [naive_detection((f[:, i] > t).tolist(), on[:, j].tolist()) for t in thresholds]
            assert same(found.f1[i, j].item(), max(score[2] for score in scores))
            at = naive_detection((f[:, i] > found.threshold[i, j]).tolist(), on[:, j].tolist())
            assert same([part[i, j].item() for part in found[:3]], list(at))
    assert (found.f1 >= detection(f, on).f1 - 1e-6).all()


def test_a_latent_that_is_the_feature():
    on = labels(50, 3, 0)
    f = 2.0 * on.float()
    assert torch.equal(detection(f, on).f1.diagonal(), torch.tensor([1.0, 1.0, 0.0]))


def test_a_noisy_latent_is_saved_by_its_threshold():
    on = torch.arange(100)[:, None] < 20
    f = torch.where(on, 2.0, 0.1)
    assert detection(f, on).precision.item() == pytest.approx(0.2)
    best = best_detection(f, on)
    assert best.f1.item() == 1
    assert 0.1 <= best.threshold.item() < 2


def test_three_definitions_side_by_side():
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    x_hat = x * 0.8
    found = three_definitions(x, x_hat)
    assert list(found) == ["summed", "row by row", "by dimension"]
    assert found["summed"] == pytest.approx(explained_variance(x, x_hat).item())
    assert found["row by row"] == pytest.approx(explained_variance_by_row(x, x_hat).item())
    assert found["by dimension"] == pytest.approx(explained_variance_by_dimension(x, x_hat).item())
