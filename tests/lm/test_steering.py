"""Steering against the model in a loop, one row at a time."""

import math

import pytest
import torch
from torch.nn import functional as F

from course_utils.lm.parts import AfterNeurons
from course_utils.lm.steering import Steering


@pytest.fixture(scope="module")
def steering():
    dice = torch.Generator().manual_seed(0)

    def drawn(*shape):
        return torch.randn(*shape, generator=dice)

    after = AfterNeurons(drawn(6, 4), drawn(4), drawn(4, 9), drawn(9), 1e-5)
    at, word, elsewhere = torch.tensor([0, 3, 4, 7]), torch.tensor([1, 0, 1, 2]), torch.tensor([1, 2, 6])
    return Steering(after, drawn(8, 4), drawn(8, 6), at, word, elsewhere, torch.tensor([[0, 1], [2, 3], [4, 8]]))


def probabilities(steering, row, neurons):
    after = steering.after
    stream = steering.mid[row] + neurons @ after.W_out + after.b_out
    stream = F.layer_norm(stream, (4,), eps=after.eps)
    return (stream @ after.W_U + after.b_U).softmax(-1).tolist()


def by_loop(steering, arrow, force, target):
    """(side effect, probability) of an arrow that is added."""
    sides, named = [], []
    for row in steering.elsewhere.tolist():
        p = probabilities(steering, row, steering.x[row])
        q = probabilities(steering, row, steering.x[row] + force * arrow)
        sides.append(sum(a * math.log(a / b) for a, b in zip(p, q)))
    for row, word in zip(steering.at.tolist(), steering.word.tolist()):
        if word != target:
            p = probabilities(steering, row, steering.x[row] + force * arrow)
            named.append(sum(p[piece] for piece in steering.followers[target].tolist()))
    return sum(sides) / len(sides), sum(named) / len(named)


def test_pushing_is_what_a_loop_finds(steering):
    arrows, targets = torch.randn(3, 6, generator=torch.Generator().manual_seed(1)), [0, 2]
    found = steering.pushed(arrows, (0, 1.5), targets)
    for force, tried in zip((0, 1.5), found):
        expected = [by_loop(steering, arrows[t], force, t) for t in targets]
        assert tried == pytest.approx([sum(part) / 2 for part in zip(*expected)], abs=1e-5)
    assert found[0].side_effect == pytest.approx(0, abs=1e-6)


def test_the_price_is_the_rise_of_the_loss_elsewhere(steering):
    arrows, following = torch.ones(3, 6), torch.arange(8)
    rises = []
    for row in steering.elsewhere.tolist():
        then, now = (probabilities(steering, row, steering.x[row] + u * arrows[1])[row] for u in (2, 0))
        rises.append(math.log(now) - math.log(then))
    assert steering.price(arrows, 2, [1], following) == pytest.approx(sum(rises) / 3, abs=1e-5)


def test_what_is_left_is_a_mean_over_the_words_own_rows(steering):
    words = torch.tensor([1, -1, -1, 0, 1, -1, -1, 2])
    expected = []
    for row, word in enumerate(words.tolist()):
        if word >= 0:
            p = probabilities(steering, row, steering.x[row] * word)  # a change that depends on the word
            expected.append(sum(p[piece] for piece in steering.followers[word].tolist()))
    left = steering.left(lambda word: lambda rows: steering.x[rows] * word, words)
    assert left == pytest.approx(sum(expected) / 4, abs=1e-5)
