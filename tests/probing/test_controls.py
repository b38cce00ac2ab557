"""Controls know nothing, and keep what they should keep."""

import torch

from course_utils.probing import f1
from course_utils.probing.controls import control_task, random_gelus, rate_of_piece, shuffled


def test_shuffled_labels_keep_base_rates_and_pairs():
    labels = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) < torch.tensor([0.5, 0.1, 0.02])
    other = shuffled(labels, 1)
    assert torch.equal(labels.sum(0), other.sum(0)) and not torch.equal(labels, other)
    assert torch.equal(labels.float().T @ labels.float(), other.float().T @ other.float())
    assert torch.equal(other, shuffled(labels, 1))


def test_a_control_task_depends_on_the_piece_alone():
    tokens = torch.randint(50, (40, 30), generator=torch.Generator().manual_seed(0))
    labels = control_task(tokens, 50, torch.tensor([0.0, 0.5, 1.0]), seed=3)
    assert labels.shape == (40, 30, 3)
    assert not labels[..., 0].any() and labels[..., 2].all()
    for piece in range(50):
        assert len(labels[tokens == piece][:, 1].unique()) == 1
    assert 10 < sum(labels[tokens == piece][0, 1].item() for piece in range(50)) < 40


def test_the_rate_of_a_piece_tells_what_the_piece_decides_and_nothing_more():
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(20, (5000,), generator=generator)
    labels = torch.stack([tokens % 4 == 0, torch.rand(5000, generator=generator) < 0.1], 1)
    rate = rate_of_piece(tokens[:2500], labels[:2500], 21)
    found = f1(rate[tokens[2500:]] >= 0.5, labels[2500:])
    assert found[0] == 1 and found[1] == 0
    assert torch.equal(rate[20], labels[:2500].float().mean(0))  # a piece that never came


def test_random_gelus_are_gelus_of_directions_of_about_unit_length():
    acts = torch.randn(2000, 64, generator=torch.Generator().manual_seed(0))
    hidden = random_gelus(acts, 300, seed=1)
    assert hidden.shape == (2000, 300) and hidden.min() > -0.2
    # Of a normal input z with deviation 1, GELU has mean 1 / (2 √π) = .282.
    assert abs(hidden.mean().item() - 0.282) < 0.02
    assert torch.equal(hidden[:, 0], random_gelus(acts, 300, seed=1)[:, 0])
