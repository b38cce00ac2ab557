"""Choosing among few pieces says what is known, however sure or wrong the model is elsewhere."""

import torch

from course_utils.probing import in_top_two, right_of_rivals

LOGITS = torch.tensor([[9.0, 1.0, 3.0, 2.0, 0.0], [9.0, 0.0, 1.0, 2.0, 3.0]])
CAN = torch.tensor([1, 2, 3, 4])


def test_what_cannot_come_does_not_count():
    assert in_top_two(LOGITS, torch.tensor([2, 4]), CAN) == 1
    assert in_top_two(LOGITS, torch.tensor([3, 2]), CAN) == 0.5  # second of four, third of four
    assert in_top_two(LOGITS + 100 * torch.eye(5)[0], torch.tensor([2, 4]), CAN) == 1


def test_the_favourite_rival_is_the_one_whose_followers_are_likeliest_together():
    rivals = torch.tensor([[[1, 2], [3, 4]], [[1, 2], [3, 4]]])
    assert right_of_rivals(LOGITS, rivals, torch.tensor([0, 1])) == 1
    assert right_of_rivals(LOGITS, rivals, torch.tensor([1, 1])) == 0.5
    assert right_of_rivals(-LOGITS, rivals, torch.tensor([1, 0])) == 1
