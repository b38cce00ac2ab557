"""What calls on further inputs tell: a small one, a doubled argument, either position of a switch."""

import warnings

import pytest
import torch

from course_utils.checking import run_check
from course_utils.checking.describe import Named
from course_utils.checking.inputs import Subject, counterfactual_story
from course_utils.exercises.ch00.basis import Rotated
from course_utils.exercises.ch01.bottleneck import HiddenBias
from course_utils.exercises.ch01.losses import ImportanceLoss
from course_utils.exercises.ch01.models import ToyModel
from course_utils.exercises.ch01.phases import FirstOrderBoundary
from course_utils.exercises.ch01.sampling import SparseFeatures


def said(exercise, answer) -> str:
    """Without the exercise's own mistakes."""
    checked = exercise()
    checked.mistakes = {}
    report = run_check(checked, answer)
    assert report.status == "failed"
    return report.text()


def linear(W, b, x):
    return torch.einsum("ihf,ihg,big->bif", W, W, x) + b


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            lambda x, x_hat, I: (I * (x - x_hat)).norm(dim=2).mean(0),
            "`x` and `x_hat` doubled, the right values grow four",
        ),
        (
            lambda x, x_hat, I: ((I * (x - x_hat)).sum(-1) ** 2).mean(0),
            "`importance` doubled, the right values are doubl",
        ),
        (lambda x, x_hat, I: ((x - I * x_hat) ** 2).mean((0, 2)), "yours don't: they change by no common factor"),
    ],
)
def test_a_result_that_grows_otherwise_than_the_right_one(answer, says):
    text = said(ImportanceLoss, lambda x, x_hat, importance: answer(x, x_hat, importance))
    assert says in text
    assert "A small input: `x` = [[[0.0]]]" in text  # one row, one model, one feature: enough to see it


@pytest.mark.parametrize(
    ("activation", "says"),
    [
        (torch.sigmoid, "With `relu=True`: your values are the sigmoid"),
        (torch.abs, "With `relu=True`: every value has the right size"),
        (lambda out: out.clamp(max=0), "With `relu=True`: only what is below zero is left"),
    ],
)
def test_another_activation_in_the_place_of_the_right_one(activation, says):
    answer = lambda W, b, x, relu: activation(linear(W, b, x)) if relu else linear(W, b, x)  # noqa: E731
    assert says in said(ToyModel, answer)


def test_what_is_true_in_one_position_of_a_switch_is_said_of_that_one():
    def with_the_input(W, b, x, relu):
        out = linear(W, b, x) + x
        return out.relu() if relu else out

    assert "With `relu=False`: every value is too large by exactly `x`" in said(ToyModel, with_the_input)


def test_a_rotation_is_neither_cut_nor_rounded_nor_doubled():
    text = said(Rotated, lambda x, W, R, relu: x @ (R @ R @ W).T @ (R @ W))
    assert "`R` doubled" not in text and "`R` = [[0" not in text.partition("A small input")[2]


def test_a_small_input_has_no_minus_zero_and_few_numbers():
    text = said(ToyModel, lambda W, b, x, relu: linear(W, b.sum(-1, keepdim=True).sin(), x.sin()))
    assert "-0.0," not in text and len(text) < 3000


def test_the_output_bias_is_judged_with_the_learners_own_c():
    def too_large(W, b):
        c = W.abs().sum(dim=1) + 1
        return c, b - c @ W

    assert "c is not right; your b' fits it" in said(HiddenBias, too_large)
    assert "b' doesn't fit it" in said(HiddenBias, lambda W, b: (too_large(W, b)[0], b))
    report = run_check(HiddenBias(), lambda W, b: (W.abs().sum(dim=1), b))  # what is wrong with c is named all the same
    assert report.mistake == "both signs" and "b' doesn't fit it" in report.text()


def test_at_a_wrong_boundary_the_two_prices_are_shown_and_the_boundary_is_not():
    text = run_check(FirstOrderBoundary(), 2 / 3).text()
    assert "dropping one of them costs 0.0556 and sharing 0.0741" in text
    assert "0.571" not in text and "4/7" not in text


def test_two_slips_that_give_the_same_numbers_are_both_named():
    assert "averaged its price" in run_check(FirstOrderBoundary(), 0.8).text()


def test_nothing_is_said_of_drawn_values_that_holds_by_chance():
    text = said(SparseFeatures, lambda batch, density: torch.rand(batch, *density.shape) < density)
    assert "once `density`" not in text


def test_what_an_answer_warns_of_inputs_that_nobody_had_in_mind_is_not_shown():
    def warns(x):
        warnings.warn("0/0", stacklevel=1)
        return x

    subject = Subject(warns, torch.exp, torch.exp, [Named("x", ("row",))], [], 1e-4, 1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(subject.given((torch.ones(3),)), torch.ones(3))


def test_no_answer_is_called_with_nan_that_no_case_has():
    """`torch.linalg.eigvals` of NaN ends the whole process, and roots of negative numbers are among what is tried."""

    def answer(x):
        assert not x.isnan().any()
        return x.abs() + 1.5

    xs = [torch.randn(7, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]
    cases = [((x,), x.square(), answer(x)) for x in xs]
    asked = []
    subject = Subject(
        lambda x: asked.append(x) or answer(x), torch.square, torch.square, [Named("x", ("row",))], cases, 1e-4, 1e-5
    )
    counterfactual_story(subject)
    assert asked and not any(x.isnan().any() for x in asked)
    with_nan = [((x,), x, x) for x in (torch.tensor([1.0, torch.nan]),)]
    assert subject._replace(cases=with_nan).given((torch.tensor([2.0]),)) is not None
