"""What single features bring about in a network of absolute values, its motifs, and weights made by hand."""

import pytest
import torch

from course_utils import computing


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_responses_are_what_a_network_says_before_its_last_relu_to_one_feature_alone():
    W_in, W_out = drawn(3, 5, 4), drawn(3, 4, 5, seed=1)
    heard = computing.responses(W_in, W_out)
    assert heard.shape == (3, 4, 2, 4)
    for z in range(3):
        for sign, value in enumerate((1.0, -1.0)):
            for feature in range(4):
                x = torch.zeros(4)
                x[feature] = value
                torch.testing.assert_close(heard[z, :, sign, feature], W_out[z] @ (W_in[z] @ x).relu())


def test_two_neurons_at_any_strength_compute_both_halves_of_one_feature():
    W_in = torch.tensor([[[2.0, 0.0], [-0.5, 0.0]]])
    W_out = torch.tensor([[[0.5, 2.0], [0.0, 0.0]]])
    assert computing.halves(W_in, W_out).tolist() == [[[True, False], [True, False]]]
    assert computing.served(W_in, W_out).tolist() == [[[True, False], [True, False]]]


def test_a_half_is_computed_within_a_quarter_and_not_at_it():
    W_in = torch.tensor([[[1.0], [-1.0]]])
    assert computing.halves(W_in, torch.tensor([[[0.75, 0.8]]])).flatten().tolist() == [False, True]


def test_foreign_leaves_out_every_outputs_own_feature():
    heard = drawn(2, 4, 2, 4)
    others = computing.foreign(heard)
    for output in range(4):
        rest = [feature for feature in range(4) if feature != output]
        assert torch.equal(others[:, output], heard[:, output][..., rest])


def test_shuffled_outputs_are_the_same_weights_of_the_same_neurons():
    W_out = drawn(4, 6, 5)
    mixed = computing.shuffle_outputs(W_out, torch.Generator().manual_seed(0))
    assert torch.equal(mixed.sort(dim=1).values, W_out.sort(dim=1).values) and not torch.equal(mixed, W_out)


def test_the_motif_on_paper_is_found_and_without_inhibition_it_is_not():
    W_in, W_out = torch.tensor([[[2.0, 0.5], [1.0, 0.0]]]), torch.tensor([[[0.5, 0.0], [2.0, -4.0]]])
    assert computing.motifs(W_in, W_out).nonzero().tolist() == [[0, 0, 0, 1]]
    assert computing.motifs(-W_in, W_out).nonzero().tolist() == [[0, 0, 0, 1]]
    assert not computing.motifs(W_in, W_out.relu()).any()


@pytest.mark.parametrize("n", [3, 4, 6, 12, 25])
def test_six_neurons_compute_any_number_of_absolute_values_one_at_a_time(n):
    W_in, W_out = computing.polygon(n)
    assert W_in.shape == (6, n) and W_out.shape == (n, 6)
    one_on = torch.cat([torch.eye(n), -0.3 * torch.eye(n)])
    y = ((one_on @ W_in.T).relu() @ W_out.T).relu()
    torch.testing.assert_close(y, one_on.abs(), atol=2e-4, rtol=0)


def test_and_not_two_that_are_not_neighbours():
    W_in, W_out = computing.polygon(6)
    x = torch.tensor([1.0, 0, 1, 0, 0, 0])
    assert (((W_in @ x).relu() @ W_out.T).relu() - x).abs().max() > 0.5


def test_a_polygon_has_three_corners():
    with pytest.raises(ValueError, match="three corners"):
        computing.polygon(2)
