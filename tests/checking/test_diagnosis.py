"""Wrong answers that learners really give, and the words that each must trigger."""

import numpy as np
import pytest
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, run_check
from tests.checking.superposition_exercise import Forward, Loss, Superposition, counts_itself, no_guard, right


def einsum_forward(W, b, x):
    h = torch.einsum("ihf,bif->bih", W, x)
    return torch.einsum("ihf,bih->bif", W, h) + b


def said(exercise, answer) -> str:
    report = run_check(exercise, answer)
    assert report.status == "failed", report.text()
    return report.text()


def test_the_right_answers_pass():
    assert run_check(Superposition(), right).status == "passed"
    assert run_check(Forward(), lambda W, b, x: einsum_forward(W, b, x).relu()).status == "passed"
    assert (
        run_check(Loss(), lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance).mean((0, 2))).status == "passed"
    )


def test_a_known_mistake_is_named_with_the_failing_case():
    text = said(Superposition(), counts_itself)
    assert "too large by exactly ‖w_i‖²" in text
    assert "[3 instance, 4 hidden, 7 feature]" in text
    assert "expected `" in text and "got `" in text


def test_nan_is_found_where_it_first_occurs():
    text = said(Superposition(), no_guard)
    assert "not finite" in text and "feature 1" in text and "nan" in text
    assert "0/0" in text


class Shares(FunctionExercise):
    """Drawn: two answers that are both right have no value in common."""

    id, title, difficulty, minutes, points = "9.91", "Shares", "B", 5, 1
    hints = "first", "second"
    checked = "two densities, one of them 0"
    random = True
    mistakes = {  # of values that are drawn no mistake is recognised: they are here for the definition
        "ones": (lambda batch, density, groups: torch.ones(batch, len(groups)), "They are 1."),
        "one": (lambda batch, density, groups: torch.rand(1), "That is one."),
        "negative": (lambda batch, density, groups: -torch.rand(batch, len(groups)), "They are negative."),
    }
    rewrites = {"twice": lambda batch, density, groups: torch.rand(len(groups), batch).T * density}

    def cases(self, rng):
        yield Case((500, 0.5, torch.tensor([0, 0, 1])), "where half are on")
        yield Case((500, 0.0, torch.tensor([0, 0, 1])), "where nothing is on")

    def oracle(self, batch: int, density: float, groups: Int[Tensor, "feature"]) -> Float[Tensor, "batch feature"]:
        return torch.zeros(batch, len(groups))


def test_of_values_that_are_drawn_no_more_is_said_than_where_nan_comes_from():
    def divides_by_the_density(batch, density, groups):
        values = torch.rand(batch, len(groups))
        values[:, groups == 0] *= density / torch.tensor(density)
        return values

    text = said(Shares(), divides_by_the_density)
    assert "where nothing is on" in text and "0/0" in text
    assert "too large" not in text and "That happens only" not in text and "are right" not in text


def test_a_forgotten_bias():
    text = said(Forward(), lambda W, b, x: torch.einsum("ihf,ihg,big->bif", W, W, x).relu())
    assert "what would be right if `b` were 0 everywhere: is it left out?" in text


def test_relu_before_the_bias_is_seen_as_wrong_values():
    text = said(Forward(), lambda W, b, x: torch.einsum("ihf,ihg,big->bif", W, W, x).relu() + b)
    assert "Right so far: type, shape, dtype, no nan or inf" in text


def test_a_missing_relu():
    assert "the ReLU of yours" in said(Forward(), einsum_forward)


def test_W_against_its_transpose():
    text = said(Forward(), lambda W, b, x: (torch.einsum("ifh,bif->bih", W, x) @ W).relu() + b)
    assert "raised an error" in text and "einsum" in text


def test_a_missing_square():
    text = said(Loss(), lambda x, x_hat, importance: ((x - x_hat).abs() * importance).mean((0, 2)).sqrt())
    assert "✗" in text


def test_a_sum_instead_of_a_mean_names_the_axis():
    text = said(Loss(), lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance).sum(2).mean(0))
    assert "5× too large" in text and "the axis feature" in text and "a sum where a mean belongs" in text


def test_a_sum_over_two_axes_names_both():
    text = said(Loss(), lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance).sum((0, 2)))
    assert "30× too large" in text and "batch × feature" in text


def test_an_argument_that_is_ignored():
    text = said(Loss(), lambda x, x_hat, importance: ((x - x_hat) ** 2).mean((0, 2)))
    assert "what would be right if `importance` were 1 everywhere: is it left out?" in text


def test_values_right_only_by_broadcasting():
    full = lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance).mean((0, 2))[None]  # noqa: E731
    assert "axis of size 1 too many" in said(Loss(), full)


def test_a_constant_answer():
    text = said(Loss(), lambda x, x_hat, importance: torch.zeros(x.shape[1]))
    assert "for every input" in text


def test_an_input_changed_in_place():
    def in_place(x, x_hat, importance):
        x -= x_hat
        return (x**2 * importance).mean((0, 2))

    text = said(Loss(), in_place)
    assert "changed its input `x` in place" in text


def test_a_wider_dtype_is_as_good():
    answer = lambda x, x_hat, importance: ((x.double() - x_hat) ** 2 * importance).mean((0, 2))  # noqa: E731
    assert run_check(Loss(), answer).status == "passed"


def test_half_precision_is_refused_where_it_loses_digits_and_only_there():
    half = lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance).mean((0, 2)).half()  # noqa: E731
    assert "got `float16`, which keeps three digits: to these your values are right" in said(Loss(), half)

    class Doubled(Loss):
        def cases(self, rng):
            yield torch.tensor([1.0, 2.5]), torch.zeros(2), torch.zeros(2)

        def oracle(self, x, x_hat, importance):
            return 2 * x

    assert run_check(Doubled(), lambda x, x_hat, importance: (2 * x).half()).status == "passed"


def test_an_annotation_may_insist_on_a_dtype():
    class Single(Loss):
        def oracle(self, x, x_hat, importance) -> Float32[Tensor, " instance"]:
            return ((x - x_hat) ** 2 * importance).mean((0, 2))

    answer = lambda x, x_hat, importance: ((x.double() - x_hat) ** 2 * importance).mean((0, 2))  # noqa: E731
    assert "Expected dtype `float32`, got `float64`" in said(Single(), answer)


def test_swapped_axes():
    text = said(Superposition(), lambda W: right(W).T)
    assert "axes are in another order" in text and "permute(1, 0)" in text


def test_numpy_instead_of_torch():
    assert "a NumPy array" in said(Superposition(), lambda W: np.asarray(right(W)))


def test_a_forgotten_return():
    def silent(W):
        right(W)

    assert "is a `return` missing?" in said(Superposition(), silent)


def test_an_exception_is_shown_with_its_line_and_its_arguments():
    def broken(W):
        return W @ W

    text = said(Superposition(), broken)
    assert "RuntimeError" in text and "return W @ W" in text and "of `broken`" in text
    assert "[3 instance, 4 hidden, 7 feature]" in text


@pytest.mark.parametrize("answer", [torch.zeros(3), 4.0, "superposition", dict])
def test_something_that_is_no_function(answer):
    assert "wants a function of (W)" in said(Superposition(), answer)


def test_a_function_of_something_else():
    assert "called with 1 argument: (W)" in said(Superposition(), lambda W, b: W)


def test_system_exit_is_an_error_like_any_other():
    def leave(W):
        raise SystemExit(0)

    assert "SystemExit" in said(Superposition(), leave)


def test_another_error_of_the_same_type_is_not_taken_for_a_known_mistake():
    class Strict(Superposition):
        @mistake("The arrow of a feature is a column of W.")
        def rows_for_columns(W):
            return W @ W

    assert run_check(Strict(), lambda W: W @ W).mistake == "rows for columns"
    assert run_check(Strict(), lambda W: W.reshape(1, 2, 3)).mistake is None


def both_normalised(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.transpose(1, 2) @ unit) ** 2).sum(-1) - 1


def test_normalising_is_not_called_ignoring():
    text = said(Superposition(), both_normalised)
    assert "whatever was done" not in text and "halved" in text and "normalised" in text


def test_a_mean_over_everything_is_not_called_ignoring():
    everything = lambda x, x_hat, importance: ((x - x_hat) ** 2 * importance.mean()).mean((0, 2))  # noqa: E731
    assert "whatever was done" not in said(Loss(), everything)


def test_wrong_values_and_a_changed_input_begin_with_the_input():
    def in_place(x, x_hat, importance):
        x -= x_hat
        return x.mean((0, 2))

    assert "also changes its input `x`" in said(Loss(), in_place)


def test_a_known_mistake_is_named_only_where_it_fits_every_case_of_a_second_draw_too():
    """On the inputs of the check this does what a known mistake does; on others it doesn't."""
    exercise = Superposition()
    name, (wrong, _) = next(iter(exercise.mistakes.items()))
    first = [case.args[0] for case in exercise._drawn(0)]

    def by_accident(W):
        return wrong(W) if any(W.shape == seen.shape and torch.equal(W, seen) for seen in first) else 2 * wrong(W)

    assert run_check(Superposition(), wrong).mistake == name
    assert run_check(Superposition(), by_accident).mistake is None


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (lambda W: W[len(W)], "Axis 0 (counted from 0) has only 2 places (instance or hidden?)"),
        (lambda W: W.topk(W.shape[2] + 1), "is `dim` the right one?"),
    ],
)
def test_an_index_too_far_is_told_the_size_of_its_axis(raised, says):
    assert says in run_check(Superposition(), raised).text()


@pytest.mark.parametrize(
    ("answer", "lead"),
    [
        (lambda W: W.reshape(-1, 128), "No axis has the size 128 here: take sizes from the arguments."),
        (lambda W: next(n for n, m in [W[0, 0].shape]), "2 names stand left of the `=`, and 1 came: count the axes"),
    ],
)
def test_an_exception_of_sizes_leads_to_the_arguments(answer, lead):
    assert lead in said(Superposition(), answer)


class Parts(FunctionExercise):
    """Whose argument is a list of tensors."""

    id, title, difficulty, minutes, points = "9.92", "Of parts", "B", 5, 1
    hints = "first", "second"
    checked = "a list"
    mistakes = {
        "zeros": (lambda parts: torch.zeros(len(parts)), "They are 0."),
        "ones": (lambda parts: torch.ones(len(parts)), "They are 1."),
        "sizes": (lambda parts: torch.tensor([float(part.numel()) for part in parts]), "Those are sizes."),
    }
    rewrites = {"in a loop": lambda parts: torch.tensor([sum(part.flatten().tolist()) for part in parts])}

    def cases(self, rng):
        yield Case(([torch.rand(2, 20, generator=rng), torch.rand(3, generator=rng)],))

    def oracle(self, parts: list[Tensor]) -> Float[Tensor, "value"]:
        return torch.stack([part.sum() for part in parts])


def test_tensors_in_a_list_are_shown_by_their_sizes():
    text = said(Parts(), lambda parts: torch.stack([part.mean() for part in parts]))
    assert "`parts` = [[2, 20] from 0." in text and "tensor([[" not in text


def test_a_long_nested_list_is_not_called_deep():
    text = said(Forward(), lambda W, b, x: torch.zeros(6_000, 4).tolist())
    assert "more than 20,000 parts" in text and "Hand in a tensor" in text
