"""Groups of two inputs: who is on, what is computed, and what an affine map would leave of it."""

import pytest
import torch

from course_utils import computing
from course_utils.computing.grouped import OF_GROUP, OfGroup


def examples(names, density, n_groups=3, size=20_000):
    task = computing.grouped(names, n_groups)
    return task.examples(size, torch.tensor(density)[:, None], seed=1)


def test_in_every_example_some_group_is_on_and_the_others_with_their_density():
    x, _ = examples("max", [0.001, 0.3])
    on = computing.groups_on(x).float()
    assert (on.sum(dim=-1) >= 1).all()
    expected = 1 / 3 + 2 / 3 * torch.tensor([0.001, 0.3])
    torch.testing.assert_close(on.mean(dim=(0, 2)), expected, atol=0.01, rtol=0)


def test_both_inputs_of_a_group_come_together():
    x, _ = examples("product", [0.2])
    first, second = x[..., ::2] != 0, x[..., 1::2] != 0
    assert torch.equal(first, second)


@pytest.mark.parametrize("name", OF_GROUP)
def test_output_k_is_the_function_of_group_k_alone(name):
    x, y = examples(name, [0.5], size=50)
    for row in range(50):
        for k in range(3):
            u, v = x[row, 0, 2 * k], x[row, 0, 2 * k + 1]
            assert y[row, 0, k] == OF_GROUP[name].f(u, v)
    assert set(x.unique().tolist()) == {0.0, 1.0} if OF_GROUP[name].bits else x.min() < 0


def test_several_functions_stand_in_blocks():
    x, y = examples(["max", "xor"], [1.0, 0.5, 1.0, 0.5], size=200)
    assert (x[:, :2] < 0).any() and not (x[:, 2:] < 0).any()
    torch.testing.assert_close(y[:, :2], torch.maximum(x[:, :2, ::2], x[:, :2, 1::2]))
    torch.testing.assert_close(y[:, 2:], (x[:, 2:, ::2] - x[:, 2:, 1::2]).abs())


def test_a_sum_needs_no_neuron_and_a_square_is_nothing_to_an_affine_map():
    x, y = examples([OfGroup(lambda u, v: u - 2 * v + 1), "square"], [0.4, 0.4])
    left = computing.affine_error(x, y) / y.var(dim=0)
    assert left[0].max() < 1e-6 and left[1].min() > 0.99


def test_dense_bits_by_arithmetic():
    """AND and OR leave 1/3 of their variance, XOR all of it: the four points of a square."""
    x, y = examples(["and", "or", "xor"], [1.0, 1.0, 1.0], size=100_000)
    left = (computing.affine_error(x, y) / y.var(dim=0)).mean(dim=1)
    torch.testing.assert_close(left, torch.tensor([1 / 3, 1 / 3, 1.0]), atol=0.01, rtol=0)


def test_share_left_is_0_for_what_is_wanted_and_at_least_1_for_a_constant():
    x, y = examples("max", [0.3])
    assert computing.share_left(y, x, y).max() == 0
    assert computing.share_left(y.mean(dim=0).expand_as(y), x, y).min() >= 1


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="n_groups must be at least 1"):
        computing.grouped("max", 0)
    with pytest.raises(ValueError, match="can't be shared evenly"):
        computing.grouped(["max", "xor"], 2).examples(5, torch.ones(3, 1))
    with pytest.raises(ValueError, match="maximum"):
        computing.grouped("maximum", 2)
