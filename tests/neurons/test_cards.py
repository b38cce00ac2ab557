"""What a rater sees."""

import torch

from course_utils.exercises import get
from course_utils.neurons import cards

PIECES = ["<bos>", " fern", " owl", "s", ".", "\n"]


def test_a_line_has_how_much_and_where():
    tokens = torch.tensor([[0, 1, 2, 3, 4], [0, 5, 1, 2, 3]])
    acts = torch.tensor([0.0, 0, 0, 2.0, 0, 0, 0, 0, 0, 1.0])
    shown = cards.card(PIECES, tokens, acts, [3, 9])
    assert shown.splitlines() == ["  100%  <bos> fern owl⟦s⟧", "   50%  <bos>⏎ fern owl⟦s⟧"]


def test_equal_steps_are_those_of_the_exercise():
    acts = torch.randn(50, generator=torch.Generator().manual_seed(0)) ** 3
    assert cards.equal_steps(acts, 7).tolist() == get("8.1").oracle(acts, 7).tolist()


def test_of_equally_near_rows_the_first_is_taken():
    for values in ([0.0, 2.0, 1.0, 2.0, 0.0], [3.0, 0.0, 4.0, 1.0], [1.0, 1.0, 1.0], [5.0]):
        acts = torch.tensor(values)
        for n in (2, 3, 5, 9):
            levels = torch.linspace(acts.max().item(), acts.min().item(), n)
            naive = (acts - levels[:, None]).abs().argmin(1)
            assert cards.equal_steps(acts, n).tolist() == naive.tolist()
