"""Where a wrong answer is right: what hides its slip is said, and nothing where nothing hides it."""

import pytest
import torch

from course_utils.checking.describe import Named
from course_utils.checking.inputs import Subject
from course_utils.checking.simpler import simpler_story

NAMES = [Named("x", ("row", "column")), Named("W", ("column", "out")), Named("b", ("out",)), Named("scale", None)]
DIMS = ("row", "out")


def oracle(x, W, b, scale):
    return scale * (x @ W) + b


def story(answer) -> str | None:
    cases = []
    for seed in range(3):
        rng = torch.Generator().manual_seed(seed)
        x, W, b = (torch.randn(size, generator=rng) for size in ((4, 3), (3, 5), (5,)))
        args = (x, W, b, 0.5 + seed)
        cases.append((args, oracle(*args), answer(*args)))
    return simpler_story(Subject(answer, oracle, oracle, NAMES, cases, 1e-4, 1e-5), DIMS)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x, W, b, scale: scale * (x @ W) + b.sort().values, "Tried with `b` 0 everywhere, your answer is right"),
        (lambda x, W, b, scale: scale**2 * (x @ W) + b, "Tried with `scale` 1, your answer is right"),
        (lambda x, W, b, scale: scale * (x @ W).relu() + b, "Tried with `scale` 0 or `x` 0 everywhere, your answer"),
        (lambda x, W, b, scale: scale * (x @ W) / 3 + b.exp(), "Tried with `scale` 0: the logarithm of your values"),
        (
            lambda x, W, b, scale: scale * (x @ W) / 3 - b.abs(),
            "Tried with `b` 0 everywhere: every value is 3× too small",
        ),
    ],
)
def test_what_hides_the_slip_is_said(answer, says):
    assert (story(answer) or "").startswith(says)


def test_with_a_single_place_along_an_axis():
    def median_over_the_rows(x, W, b, scale):
        return scale * (x @ W - (x @ W).median(0).values + (x @ W)[:1]) + b * len(x)

    assert "a single place along the axis row, your answer is right: look at what it does along" in story(
        median_over_the_rows
    )


def test_a_place_that_is_wrong_by_itself_has_nothing_to_do_with_the_others():
    """Long rows are right, and the first is long; short ones are wrong whatever stands beside them."""

    def short_rows_wrong(x, W, b, scale):
        return oracle(x, W, b, scale) + (x.norm(dim=1) < 1)[:, None] * (b + scale).sin()

    cases = []
    for seed in range(3):
        rng = torch.Generator().manual_seed(seed)
        x, W, b = (torch.randn(size, generator=rng) for size in ((4, 3), (3, 5), (5,)))
        args = (x / x.norm(dim=1, keepdim=True) * torch.tensor([2, 0.5, 2, 0.5])[:, None], W, b, 0.5 + seed)
        cases.append((args, oracle(*args), short_rows_wrong(*args)))
    said = simpler_story(Subject(short_rows_wrong, oracle, oracle, NAMES, cases, 1e-4, 1e-5), DIMS)
    assert "axis row" not in (said or "")


def test_nothing_is_said_of_what_nothing_hides():
    assert story(lambda x, W, b, scale: (x @ W).cos() * b.exp() + scale + 1.7) is None


def test_right_answers_that_are_all_the_same_are_no_evidence():
    """With everything at 0 any two functions agree."""
    assert "`W`" not in (story(lambda x, W, b, scale: scale * (x @ W).exp() + b - scale) or "")


def test_a_threshold_that_nothing_reaches_hides_nothing():
    """At 1 every item stands alone, whatever becomes of the linked ones."""
    names = [Named("x", ("item", "axis")), Named("t", None)]

    def linked(x, t, choose):
        near = (x @ x.T > t) | torch.eye(len(x), dtype=torch.bool)
        return torch.stack([choose(torch.arange(len(x))[row]) for row in near])

    def first(x, t):
        return linked(x, t, torch.min)

    def last(x, t):
        return linked(x, t, torch.max)

    cases = []
    for seed in range(3):
        x = torch.randn(9, 2, generator=torch.Generator().manual_seed(seed))
        args = (0.99 * x / x.norm(dim=1, keepdim=True), 0.7)
        cases.append((args, first(*args), last(*args)))
    assert "`t`" not in (simpler_story(Subject(last, first, first, names, cases, 1e-4, 1e-5), ("item",)) or "")
