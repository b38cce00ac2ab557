import pytest
import torch

from course_utils.toy import linear_model, relu_output_model, sparse_features, weighted_mse


def test_density_and_mean_are_as_asked():
    density = torch.tensor([[1.0], [0.3], [0.02]])
    x = sparse_features(200_000, 4, density=density, n_instances=3, seed=1)
    assert x.shape == (200_000, 3, 4)
    on = (x > 0).float().mean(0)
    sd = (density * (1 - density) / 200_000).sqrt().expand(3, 4)
    assert ((on - density).abs() <= 5 * sd + 1e-6).all()
    assert torch.allclose(x.mean(0), density.expand(3, 4) / 2, atol=0.005)
    assert ((x >= 0) & (x <= 1)).all()


def test_what_is_on_is_uniform():
    x = sparse_features(400_000, 1, density=0.25, seed=2)
    values = x[x > 0]
    share = torch.histc(values, 10, 0, 1) / len(values)
    assert (share - 0.1).abs().max() < 5 * (0.09 / len(values)) ** 0.5


def test_one_seed_one_sample_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    assert torch.equal(sparse_features(8, 3, seed=5), sparse_features(8, 3, seed=5))
    assert not torch.equal(sparse_features(8, 3, seed=5), sparse_features(8, 3, seed=6))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_generator_goes_on_where_it_was():
    generator = torch.Generator().manual_seed(0)
    assert not torch.equal(sparse_features(8, 3, seed=generator), sparse_features(8, 3, seed=generator))


def test_density_zero_is_silence():
    assert (sparse_features(10, 3, density=0.0) == 0).all()


@pytest.mark.parametrize("density", [-0.1, 1.5])
def test_a_density_is_a_probability(density):
    with pytest.raises(ValueError, match="between 0 and 1"):
        sparse_features(10, 3, density=density)


def test_instances_must_be_announced():
    with pytest.raises(ValueError, match="n_instances=2"):
        sparse_features(10, 3, density=torch.tensor([[0.1], [0.2]]))


def test_models_against_loops():
    g = torch.Generator().manual_seed(0)
    W, b, x = (torch.randn(shape, generator=g) for shape in ((2, 3, 4), (2, 4), (5, 2, 4)))
    for n in range(5):
        for i in range(2):
            plain = W[i].T @ (W[i] @ x[n, i]) + b[i]
            assert torch.allclose(linear_model(W, b, x)[n, i], plain, atol=1e-5)
            assert torch.allclose(relu_output_model(W, b, x)[n, i], plain.clamp(min=0), atol=1e-5)


def test_the_loss_is_a_mean_over_batch_and_features():
    x, x_hat = torch.zeros(10, 2, 4), torch.ones(10, 2, 4)
    assert weighted_mse(x, x_hat, 1.0).tolist() == [1, 1]
    assert weighted_mse(x, x_hat, torch.tensor([4.0, 0, 0, 0])).tolist() == [1, 1]
    assert weighted_mse(x, x_hat, torch.tensor([[1.0], [3.0]])).tolist() == [1, 3]


def test_the_loss_does_not_broadcast():
    with pytest.raises(ValueError, match="same shape"):
        weighted_mse(torch.zeros(10, 2, 4), torch.zeros(10, 1, 4), 1.0)
