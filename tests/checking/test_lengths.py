"""Vectors with the right direction and the wrong length are told so; other vectors are told nothing."""

import pytest
import torch
from torch.nn.functional import normalize

from course_utils.checking.lengths import lengths_story
from course_utils.checking.pairs import numbers


def told(right, given):
    """For results [row, width] of two cases, of which every row is wrong."""
    found = numbers([(e, g, ()) for e, g in zip(right, given)], ("row", "width"), [], 1e-4, 1e-6)
    return lengths_story(found, [(p.expected - p.got).abs() > 1e-6 for p in found.wrong])


def rows(seed):
    return 0.1 + torch.randn(4, 3, generator=torch.Generator().manual_seed(seed))


R = [rows(1), rows(2)]


@pytest.mark.parametrize(
    ("right", "given", "says"),
    [
        ([normalize(t, dim=1) for t in R], R, "it should be 1 for all of them."),
        (R, [normalize(t, dim=1) for t in R], "with you all have length 1, and the right ones haven't."),
        ([0.5 * normalize(R[0], dim=1), 2 * normalize(R[1], dim=1)], R, "Is a normalisation missing?"),
        (R, [t * (1 + t.norm(dim=1, keepdim=True)) for t in R], "and should have "),
    ],
    ids=["not normalised", "normalised", "one length a case", "another length"],
)
def test_a_wrong_length_is_told_with_what_the_lengths_are(right, given, says):
    said = told(right, given)
    assert said.startswith("Each vector along the axis width points the right way") and says in said


@pytest.mark.parametrize("other", [lambda t: -t, lambda t: t + 0.1, lambda t: t.flip(1)])
def test_another_direction_is_no_wrong_length(other):
    assert told(R, [other(t) for t in R]) is None


def test_one_entry_that_is_right_makes_it_another_direction():
    """Every vector keeps its first entry, and the others are changed by factors of their own."""
    rest = [t[:, 1:] * torch.tensor([2.0, 3.0]) for t in R]
    given = [torch.cat([t[:, :1], more + t[:, :1]], dim=1) for t, more in zip(R, rest)]
    assert told(R, given) is None
