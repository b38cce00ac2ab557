"""[batch, position, …] is as many rows as batch · position: no metric may take the position for anything else."""

import pytest
import torch
from sklearn.metrics import r2_score

from course_utils.sae import metrics

BATCH, POSITION, D_IN, D_SAE, FEATURES = 6, 5, 4, 7, 3
TWO = [
    metrics.explained_variance,
    metrics.explained_variance_by_row,
    metrics.explained_variance_by_dimension,
    metrics.norm_ratio,
    metrics.reconstruction_bias,
]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def some_x(*rows):
    """A mean that differs from position to position, as a model's has."""
    return draw(*rows, D_IN) + 3 * torch.arange(rows[-1])[:, None]


def some_f():
    f = (draw(BATCH, POSITION, D_SAE) - 0.3).relu()
    f[:, 1:, 2] = 0  # a latent of the first position only
    f[..., -1] = 0
    return f


@pytest.mark.parametrize("metric", TWO)
def test_positions_are_rows_of_a_reconstruction(metric):
    x = some_x(BATCH, POSITION)
    x_hat = 0.9 * x + 0.3 * draw(*x.shape, seed=1)
    torch.testing.assert_close(metric(x, x_hat), metric(x.flatten(0, 1), x_hat.flatten(0, 1)))
    torch.testing.assert_close(metric(x[None], x_hat[None]), metric(x.flatten(0, 1), x_hat.flatten(0, 1)))


def test_positions_are_rows_of_the_latents():
    f, flat = some_f(), some_f().flatten(0, 1)
    assert metrics.frequencies(f).shape == (D_SAE,)
    assert torch.equal(metrics.frequencies(f), metrics.frequencies(flat))
    assert torch.equal(metrics.l0(f), metrics.l0(flat))
    assert metrics.dead_fraction(metrics.frequencies(f)) == pytest.approx(1 / D_SAE)
    many, few = (metrics.density_histogram(metrics.frequencies(rows)) for rows in (f, flat))
    assert torch.equal(many.counts, few.counts) and many.dead == few.dead == 1


@pytest.mark.parametrize("detect", [metrics.detection, metrics.best_detection])
def test_positions_are_rows_of_labels(detect):
    f, labels = some_f(), draw(BATCH, POSITION, FEATURES, seed=3) > 0
    for found, expected in zip(detect(f, labels), detect(f.flatten(0, 1), labels.flatten(0, 1))):
        torch.testing.assert_close(found, expected, equal_nan=True)


def test_positions_are_rows_of_shrinkage():
    f, values = some_f(), draw(BATCH, POSITION, FEATURES, seed=3).relu()
    which, norms = torch.tensor([0, 1, 2]), torch.ones(D_SAE)
    torch.testing.assert_close(
        metrics.feature_shrinkage(f, values, which, norms),
        metrics.feature_shrinkage(f.flatten(0, 1), values.flatten(0, 1), which, norms),
        equal_nan=True,
    )


@pytest.mark.parametrize("perfect", [True, False])
def test_a_constant_dimension_counts_as_in_scikit_learn(perfect):
    """1 if it is met, 0 if not, in place of 1 − 0/0 and 1 − e/0. 0.1 has a mean that rounds to something else."""
    x = draw(40, D_IN)
    x[:, 1] = 0.1
    x_hat = x + 0.1 * draw(*x.shape, seed=1)
    if perfect:
        x_hat[:, 1] = 0.1
    found = metrics.explained_variance_by_dimension(x, x_hat)
    assert found.item() == pytest.approx(r2_score(x.double().numpy(), x_hat.double().numpy()), abs=1e-4)


@pytest.mark.parametrize("metric", TWO[:3])
def test_rows_that_are_all_alike(metric):
    """There is nothing to explain: 1 for having done it, 0 for not."""
    x = torch.full((5, D_IN), 0.1)
    assert metric(x, x) == 1
    assert metric(x, x + 0.3) == 0
    assert metric(x[:1], x[:1] + 0.3) == 0


def test_a_row_at_the_mean_does_not_spoil_the_others():
    x = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    x_hat = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.5, 0.0]])
    assert metrics.explained_variance_by_row(x, x_hat).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("metric", TWO)
def test_half_precision_is_summed_in_float32(metric, dtype):
    """300² is beyond float16's 65,504, and so is the sum of a thousand squares of 10."""
    x = (300 * draw(1000, D_IN)).to(dtype)
    x_hat = (x.float() + 30 * draw(1000, D_IN, seed=1)).to(dtype)
    assert metric(x, x_hat).dtype == torch.float32
    torch.testing.assert_close(metric(x, x_hat), metric(x.float(), x_hat.float()))


def test_float64_stays_float64():
    x = draw(30, D_IN).double()
    assert metrics.explained_variance(x, x + 1e-9).dtype == torch.float64


def test_latents_in_half_precision():
    f, labels = some_f(), draw(BATCH, POSITION, FEATURES, seed=3) > 0
    for found, expected in zip(
        metrics.best_detection(f.half(), labels), metrics.best_detection(f.half().float(), labels)
    ):
        torch.testing.assert_close(found, expected, equal_nan=True)
    values = 300 * draw(BATCH, POSITION, FEATURES, seed=3).relu()
    arguments = torch.tensor([0, 1, 2]), torch.ones(D_SAE)
    slope = metrics.feature_shrinkage((300 * f).half(), values.half(), *arguments)
    torch.testing.assert_close(
        slope, metrics.feature_shrinkage(300 * f, values, *arguments), rtol=1e-2, atol=0, equal_nan=True
    )


WRONG = [
    (lambda: metrics.explained_variance(draw(5, 4), draw(4)), r"x_hat must have the shape of x, \[5, 4\], got \[4\]"),
    (lambda: metrics.norm_ratio(draw(5, 4), draw(5, 1)), "x_hat must have the shape of x"),
    (lambda: metrics.explained_variance(draw(0, 4), draw(0, 4)), r"x has no numbers in it: its shape is \[0, 4\]"),
    (lambda: metrics.l0(draw(0, 4)), "f has no numbers in it"),
    (lambda: metrics.explained_variance(draw(4), draw(4)), r"x must be \[\.\.\., d_in\], rows of numbers, got \[4\]"),
    (lambda: metrics.explained_variance(None, draw(4)), "x must be a tensor or an array of numbers, got None"),
    (lambda: metrics.frequencies([[1.0]]), "f must be a tensor or an array of numbers, got a list"),
    (lambda: metrics.dead_fraction(draw(5, 4)), r"frequency must be \[latent\], one number each, got \[5, 4\]"),
    (lambda: metrics.density_histogram(draw(5, 4)), r"frequency must be \[latent\]"),
    (lambda: metrics.detection(draw(5, 4), draw(6, 2) > 0), "labels must have as many rows as f, 5, got 6"),
    (lambda: metrics.detection(draw(5, 4), torch.ones(5, dtype=torch.bool)), r"labels must be \[\.\.\., feature\]"),
]


@pytest.mark.parametrize("call, message", WRONG)
def test_what_cannot_be_measured_is_said_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
