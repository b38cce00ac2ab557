"""Circuits whose bits are stored in superposition."""

import itertools

import pytest
import torch

from course_utils import computing


def unit_rows(n: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


@pytest.mark.parametrize("slope", [None, 2.0, 8.0])
def test_on_orthogonal_vectors_a_layer_is_and_and_or(slope):
    bits = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)))
    pairs = torch.tensor([[2, 0]])
    got = computing.circuit_layer(bits, torch.eye(4), pairs, slope)
    wanted = [[float(a or c), b, float(a and c), d] for a, b, c, d in bits.tolist()]
    torch.testing.assert_close(got, torch.tensor(wanted))
    torch.testing.assert_close(computing.apply_pairs(bits, pairs), torch.tensor(wanted))


def test_eight_layers_sort_every_block_of_eight():
    bits = torch.tensor(list(itertools.product([0.0, 1.0], repeat=8))).repeat(1, 2)
    for layer in range(8):
        bits = computing.apply_pairs(bits, computing.sorting_pairs(16, 8, layer))
    blocks = bits.reshape(-1, 2, 8)
    assert torch.equal(blocks, blocks.sort(dim=2).values)


def test_no_pair_crosses_the_border_between_two_blocks():
    for width, layer in itertools.product([2, 3, 4], [0, 1]):
        pairs = computing.sorting_pairs(12, width, layer)
        assert (pairs[:, 0] // width == pairs[:, 1] // width).all()
        assert len(pairs.flatten().unique()) == pairs.numel()


def test_without_repair_noise_passes_and_a_ramp_takes_it_away():
    E, pairs = torch.eye(4), torch.tensor([[0, 1]])
    noisy = torch.tensor([[0.1, 0.9, 1.1, -0.1]])
    torch.testing.assert_close(computing.circuit_layer(noisy, E, pairs), torch.tensor([[0.0, 1.0, 1.1, -0.1]]))
    torch.testing.assert_close(computing.circuit_layer(noisy, E, pairs, 2.0), torch.tensor([[0.0, 1.0, 1.0, 0.0]]))


def test_a_layer_leaves_its_state_as_it_was():
    h, E = torch.randn(3, 5, generator=torch.Generator().manual_seed(1)), unit_rows(7, 5)
    before = h.clone()
    computing.circuit_layer(h, E, torch.tensor([[0, 1]]), 2.0)
    assert torch.equal(h, before)


@pytest.mark.parametrize("on", [0, 1, 5, 8])
def test_ones_stand_in_one_block(on):
    x = computing.one_block(50, 32, 8, on, torch.Generator().manual_seed(2)).reshape(50, 4, 8)
    assert (x.sum(dim=(1, 2)) == on).all() and ((x > 0).any(dim=2).sum(dim=1) <= 1).all()


def test_a_run_is_exact_where_vectors_are_orthogonal_and_reports_every_layer():
    run = computing.sort_blocks(torch.eye(32), on=5, rows=10)
    assert run.error.tolist() == [0.0] * 9 and run.right == 1.0
    assert computing.sort_blocks(unit_rows(64, 16), on=4, rows=10).right < 1


def test_the_first_error_is_that_of_reading_random_vectors():
    """k bits leak 1/√dim each into every reading."""
    run = computing.sort_blocks(unit_rows(512, 256), on=4, rows=200)
    assert run.error[0].item() == pytest.approx((4 / 256) ** 0.5, rel=0.1)


def test_layers_that_only_copy_apply_the_overlaps_once_more_each():
    E = unit_rows(64, 32)
    x = computing.one_block(60, 64, 8, 2, torch.Generator().manual_seed(0))
    after = torch.stack([x @ torch.linalg.matrix_power(E @ E.T, layer + 1) - x for layer in range(9)])
    assert torch.allclose(
        computing.sort_blocks(E, on=2, copy=True).error, after.square().mean(dim=(1, 2)).sqrt(), rtol=1e-3
    )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="blocks of 3"):
        computing.sorting_pairs(8, 3, 0)
    with pytest.raises(ValueError, match="9 ones"):
        computing.one_block(1, 16, 8, 9, torch.Generator())
