"""Compressed computation: the closed forms against samples, and the bounds against whatever a network does."""

import pytest
import torch

from course_utils import computing
from course_utils.computing.compressed import (
    least_split,
    mixed_relu,
    mixing_of,
    one_at_a_time,
    random_mixing,
    split_loss,
    unit_embedding,
)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_both_parts_together_are_the_loss_of_a_sample():
    """With one feature on: p → 0 leaves nothing else, and the chance that a certain one is on is p."""
    W_in, W_out, M = draw(1, 3, 5), draw(1, 5, 3, seed=1), draw(1, 5, 5, seed=2)
    which = torch.randint(5, (200_000,), generator=torch.Generator().manual_seed(3))
    x = torch.nn.functional.one_hot(which, 5) * (2 * torch.rand(200_000, 1) - 1)
    error = (x @ W_in[0].T).relu() @ W_out[0].T - x.relu() - x @ M[0].T
    straight, bent = split_loss(W_in, W_out, M)
    assert float(straight + bent) == pytest.approx(5 * (error**2).mean().item(), rel=0.02)


def test_the_mixing_touches_only_the_straight_part():
    W_in, W_out, M = draw(2, 3, 5), draw(2, 5, 3, seed=1), draw(2, 5, 5, seed=2)
    with_it, without = split_loss(W_in, W_out, M), split_loss(W_in, W_out, 0 * M)
    assert torch.equal(with_it.bent, without.bent) and not torch.allclose(with_it.straight, without.straight)


def test_neurons_that_do_one_relu_each_leave_a_sixth_of_the_rest():
    W_in = torch.eye(6)[None, :4]
    straight, bent = split_loss(W_in, W_in.mT, torch.zeros(1, 6, 6))
    torch.testing.assert_close(straight + bent, torch.tensor([2 / 6 / 6]))
    torch.testing.assert_close(least_split(torch.zeros(1, 6, 6), 4), (straight, bent))


@pytest.mark.parametrize("seed", range(5))
def test_no_network_gets_below_the_least(seed):
    """The best read-out of random neurons, tanh neurons and thresholds among them."""
    M, H = draw(1, 6, 6, seed=seed), draw(3, 4, 12, seed=seed + 50)
    on, off = torch.eye(6) + M[0], -M[0]
    for hidden in (H[0].relu(), H[1].tanh(), (H[2] - 0.5).relu()):
        W_out = torch.cat([on, off], dim=1) @ torch.linalg.pinv(hidden)
        up, down = (W_out @ part for part in hidden.split(6, dim=1))
        straight = ((up - down) / 2 - M[0] - torch.eye(6) / 2).square().sum() / 18
        bent = ((up + down) / 2 - torch.eye(6) / 2).square().sum() / 18
        least = least_split(M, 4)
        assert straight > least.straight[0] - 1e-6 and bent > least.bent[0] - 1e-6


def test_the_best_linear_map_reaches_the_least_straight_part():
    M = draw(1, 6, 6)
    U, S, V = torch.linalg.svd(M + torch.eye(6) / 2)
    W_in, W_out = V[:, :2], U[:, :, :2] * S[:, None, :2]
    both_signs = torch.cat([W_in, -W_in], dim=1), torch.cat([W_out, -W_out], dim=2)
    straight, bent = split_loss(*both_signs, M)
    torch.testing.assert_close(straight, least_split(M, 2).straight)
    torch.testing.assert_close(bent, torch.tensor([1 / 12]))


@pytest.mark.parametrize(("n_neurons", "left"), [(0, 1 / 12), (4, 0.0), (9, 0.0)])
def test_no_neurons_leave_all_and_enough_of_them_nothing(n_neurons, left):
    torch.testing.assert_close(least_split(torch.zeros(2, 4, 4), n_neurons).bent, torch.full((2,), left))


def test_training_on_one_feature_at_a_time_descends_the_closed_form():
    M = random_mixing(8, 0.1, n_instances=2, seed=1)
    plain = {"hidden_bias": False, "output_bias": False, "n_instances": 2, "progress": False}
    result = computing.train(one_at_a_time(M), 4, batch_size=16, steps=20, log_at=[20], **plain)
    straight, bent = split_loss(result.layers[0].W, result.layers[1].W, M)
    x, y = one_at_a_time(M).examples(16, torch.ones(2, 1))
    torch.testing.assert_close(((result(x) - y) ** 2).mean(dim=(0, 2)) * 8 / 3, straight + bent)


def test_a_residual_stream_and_its_hidden_layer_do_what_the_labels_say():
    E = unit_embedding(5, 40, seed=3)
    x = draw(7, 1, 5)
    stream = (x @ E[0].T) @ E[0]
    torch.testing.assert_close(stream + mixed_relu(mixing_of(E)).target(x), x + x.relu())


def test_a_mixing_at_twice_the_scale_is_twice_the_mixing():
    torch.testing.assert_close(random_mixing(5, 0.2, 3, seed=4), 2 * random_mixing(5, 0.1, 3, seed=4))


def test_sparse_inputs_are_signed():
    x, _ = mixed_relu(torch.zeros(2, 3, 3)).examples(4000, torch.full((2, 1), 0.1), seed=1)
    assert x.shape == (4000, 2, 3) and x.min() < -0.9 and x.max() > 0.9
    assert (x != 0).float().mean().item() == pytest.approx(0.1, abs=0.02)


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"\[instance, feature, feature\], got \[3, 3\]"):
        mixed_relu(torch.zeros(3, 3))
    with pytest.raises(ValueError, match="batch_size=6, got 5"):
        one_at_a_time(torch.zeros(1, 3, 3)).examples(5)
