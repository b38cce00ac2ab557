"""Tents, the ring, and networks taken apart."""

from dataclasses import replace

import pytest
import torch

from course_utils import computing


def test_a_tent_by_its_definition():
    x = torch.randn(7, 6, generator=torch.Generator().manual_seed(0))
    for row, got in zip(x.tolist(), computing.tents(x).tolist()):
        for group, value in enumerate(got):
            total = sum(abs(v) for v in row[3 * group : 3 * group + 3])
            assert value == pytest.approx(1 - abs(1 - 2 / 3 * total), abs=1e-5)


def test_two_layers_by_hand_are_exact():
    x = 2 * torch.rand(50, 12, generator=torch.Generator().manual_seed(1)) - 1
    torch.testing.assert_close(computing.tents_by_hand(x), computing.tents(x), atol=1e-5, rtol=0)


def test_groups_come_on_together_and_one_always():
    x, y = computing.tent_task(4).examples(400, 0.05, seed=2)
    on = x.unflatten(-1, (4, 3)) != 0
    assert torch.equal(on.any(dim=-1), on.all(dim=-1)) and on.any(dim=-1).any(dim=-1).all()
    assert on.any(dim=-1).float().sum(dim=-1).mean() < 1.4 and y.shape == (400, 1, 4)
    assert (computing.tent_task(4).examples(50, 1.0)[0] != 0).all()


def test_errors_are_0_by_hand_1_for_the_mean_and_one_for_each_network():
    assert computing.tent_errors(computing.tents_by_hand, 4).shape == (1, 4)
    assert computing.tent_errors(computing.tents_by_hand, 4).max() < 1e-6
    mean = computing.tents(2 * torch.rand(9000, 3, generator=torch.Generator().manual_seed(3)) - 1).mean()
    silent = computing.tent_errors(lambda x: mean * torch.ones(len(x), 2, 4), 4, rows=3000)
    torch.testing.assert_close(silent, torch.ones(2, 4), atol=0.02, rtol=0)


def small(n_hidden: tuple[int, ...] = (5, 4)) -> computing.Result:
    return computing.train(computing.tent_task(2), n_hidden, n_instances=3, steps=3, seed=4, progress=False)


def test_a_neuron_that_nothing_reads():
    net = small()
    x = torch.randn(6, 6, generator=torch.Generator().manual_seed(5))
    without = computing.without_neuron(net, 0, 2)
    assert torch.equal(without.hidden(x)[0], net.hidden(x)[0])
    held = net.hidden(x)[0].clone()
    held[..., 2] = 0
    torch.testing.assert_close(without(x), computing.above(net, 0)(held))
    assert not torch.equal(without(x), net(x))


def test_what_lies_above_a_layer_ends_where_the_network_does():
    net = small()
    x = torch.randn(6, 6, generator=torch.Generator().manual_seed(6))
    for layer in (0, 1):
        torch.testing.assert_close(computing.above(net, layer)(net.hidden(x)[layer]), net(x))


def test_lesions_are_rises_of_the_error():
    net = small()
    rise = computing.tent_lesions(net, 1, 2, rows=50)
    assert rise.shape == (4, 3, 2)
    own = computing.tent_errors(computing.without_neuron(net, 1, 3), 2, rows=50)
    torch.testing.assert_close(rise[3], own - computing.tent_errors(net, 2, rows=50))


def test_a_neuron_that_is_only_a_bias_is_deleted_but_not_missed_when_held():
    net = small((5, 4))
    first, second, last = net.layers
    W, b = first.W.clone(), first.b.clone()
    W[:, 2], b[:, 2] = 0, 1.0  # on at every input, and always the same
    net = replace(net, layers=(first._replace(W=W, b=b), second, last))
    deleted, held = (computing.tent_lesions(net, 0, 2, held=held, rows=50) for held in (False, True))
    torch.testing.assert_close(held[2], torch.zeros(3, 2), atol=1e-6, rtol=0)
    assert deleted[2].abs().max() > 1e-3
    assert held[[0, 1, 3, 4]].abs().max() > 1e-4  # the others change from input to input


def test_sensors_around_a_ring():
    assert computing.sensors(torch.tensor([0.0, 1.0]), 5).shape == (2, 5)
    read = computing.sensors(computing.around(12), 12)
    torch.testing.assert_close(read, read.T, atol=1e-5, rtol=0)  # sensor i at angle j, and the other way round
    x, y = computing.ring_task(12, 3).examples(40, seed=7)
    angle = torch.atan2(*[(x[:, 0] * f(computing.around(12))).sum(dim=1) for f in (torch.sin, torch.cos)])
    torch.testing.assert_close(y[:, 0], computing.sensors(angle + torch.pi / 2), atol=1e-4, rtol=0)
