"""Directions and what is read of them; an illusion built by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.probing.illusion import illusion_of, optimise_patch, patch_along, read_alone, split_by_reader


@given(st.integers(0, 1000), st.integers(1, 6))
def test_the_parts_add_up_stand_at_right_angles_and_only_one_is_read(seed, width):
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(6, width, generator=generator)
    direction = torch.randn(3, 6, generator=generator)
    read, unread = split_by_reader(direction, W)
    torch.testing.assert_close(read + unread, direction)
    assert (read * unread).sum(-1).abs().max() < 1e-4
    assert (unread @ W).abs().max() < 1e-4


def test_a_reader_of_lower_rank_than_its_shape():
    W = torch.tensor([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])
    read, unread = split_by_reader(torch.tensor([1.0, 0.0, 1.0]), W)
    torch.testing.assert_close(read, torch.tensor([0.5, 0.5, 0.0]))
    torch.testing.assert_close(unread, torch.tensor([0.5, -0.5, 1.0]))


def test_patching_takes_one_component_and_no_other():
    acts, source = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    v = torch.tensor([2.0, 0.0, 0.0, 0.0])  # its length doesn't count
    patched = patch_along(acts, source, v)
    torch.testing.assert_close(patched[:, 0], source[:, 0])
    torch.testing.assert_close(patched[:, 1:], acts[:, 1:])


def test_an_illusion_by_hand():
    """Neuron 0 follows the concept and is not read, neuron 1 is read and never moves. Neither does anything alone."""
    concept = torch.tensor([0.0, 1.0])
    acts = torch.stack([concept, torch.zeros(2)], 1)
    W = torch.tensor([[0.0], [1.0]])
    off, on = acts
    disconnected, dormant = torch.eye(2)
    for alone in (disconnected, dormant):
        assert (patch_along(off, on, alone) @ W).item() == 0
    together = illusion_of(disconnected, 3 * dormant)
    assert together.norm().item() == pytest.approx(1)
    assert (patch_along(off, on, together) @ W).item() == pytest.approx(0.5)
    assert (patch_along(off, on, split_by_reader(together, W).read) @ W).item() == pytest.approx(0)


def test_what_is_read_of_nothing_is_exactly_nothing():
    """Not the rounding error, which would be a direction once it is brought to length 1."""
    generator = torch.Generator().manual_seed(0)
    W, v = torch.randn(9, 4, generator=generator), torch.randn(9, generator=generator)
    read, unread = split_by_reader(v, W)
    assert read_alone(unread, W).eq(0).all()
    torch.testing.assert_close(read_alone(torch.stack([read, v]), W), torch.stack([read, read]))
    assert torch.equal(patch_along(torch.zeros(9), torch.ones(9), read_alone(unread, W)), torch.zeros(9))


def test_optimising_finds_the_one_direction_that_carries_the_answer():
    """Two pairs; the answer of each is read along a direction of its own, and the texts differ along all."""
    generator = torch.Generator().manual_seed(1)
    own, source = torch.randn(2, 2, 40, 3, generator=generator)
    readers = torch.eye(3)[:2, None]

    def says(neurons):
        return (neurons * readers).sum(-1)

    found = optimise_patch(says, own, source, seed=0)
    cosine = torch.nn.functional.cosine_similarity(found, readers[:, 0], dim=-1)
    assert cosine.abs().min() > 0.99
