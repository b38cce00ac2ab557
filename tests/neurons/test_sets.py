"""Sets of neurons, on a score that one can work out."""

import torch

from course_utils.neurons import sets

WEIGHT = torch.tensor([0.5, 3.0, -1.0, 2.0])


def score(values: torch.Tensor) -> torch.Tensor:
    return values @ WEIGHT


def test_greedy_takes_the_largest_losses_of_a_linear_score_first():
    order = sets.greedy_order(torch.ones(5, 4), torch.zeros(4), 3, score)
    assert order.tolist() == [1, 3, 0]


def test_the_fall_begins_with_nothing_taken_out_and_ends_at_the_usual_values():
    acts, usual = torch.ones(5, 4), torch.full((4,), 0.5)
    fallen = sets.fall(acts, usual, torch.tensor([1, 3, 0, 2]), [0, 1, 4], score)
    torch.testing.assert_close(fallen, torch.tensor([4.5, 3.0, 2.25]))


def test_the_rows_themselves_stay():
    acts = torch.ones(2, 4)
    sets.without(acts, torch.zeros(4), torch.tensor([0]))
    assert (acts == 1).all()
