"""What a rater sees."""

import torch

from course_utils.exercises import get
from course_utils.neurons import cards

PIECES = ["<bos>", " fern", " owl", "s", ".", "\n"]


def test_a_line_has_how_much_where_and_what():
    tokens = torch.tensor([[0, 1, 2, 3, 4], [0, 5, 1, 2, 3]])
    acts = torch.tensor([0.0, 0, 0, 2.0, 0, 0, 0, 0, 0, 1.0])
    shown = cards.card(PIECES, tokens, acts, [3, 9], ["a thing", "again"])
    assert shown.splitlines() == ["  100%  <bos> fern owl⟦s⟧   a thing", "   50%  <bos>⏎ fern owl⟦s⟧   again"]


def test_equal_steps_are_those_of_the_exercise():
    acts = torch.randn(50, generator=torch.Generator().manual_seed(0)) ** 3
    assert cards.equal_steps(acts, 7).tolist() == get("8.1").oracle(acts, 7).tolist()
