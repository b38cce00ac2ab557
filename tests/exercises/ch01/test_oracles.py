"""What the gates cannot see: that the oracles of chapter 01 are right, and that its bands leave no room for luck."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import toy
from course_utils.checking import run_check
from course_utils.exercises import get
from course_utils.exercises.ch01 import geometry, pentagon, phases, training
from course_utils.exercises.ch01.linear import DENSITY, IMPORTANCE, LinearKeeps


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_models_agree_with_the_courses_own():
    W, b, x = torch.randn(3, 2, 5, generator=rng()), torch.randn(3, 5), torch.randn(4, 3, 5)
    oracle = get("1.2").oracle
    torch.testing.assert_close(oracle(W, b, x, True), toy.relu_output_model(W, b, x))
    torch.testing.assert_close(oracle(W, b, x, False), toy.linear_model(W, b, x))


def test_loss_agrees_with_the_courses_own():
    x, x_hat, importance = torch.randn(4, 3, 5), torch.randn(4, 3, 5), torch.rand(3, 5)
    torch.testing.assert_close(get("1.3").oracle(x, x_hat, importance), toy.weighted_mse(x, x_hat, importance))


def test_the_price_of_dropping_is_importance_times_variance():
    assert get("1.4").oracle() == pytest.approx(0.5 * training.variance(torch.tensor(0.2)).item(), rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_right_sampler_passes_whatever_the_inputs(seed):
    for rewrite in get("1.1").rewrites:
        assert run_check(get("1.1"), rewrite, seed=seed).status == "passed"


def test_a_sampler_that_is_a_little_wrong_fails():
    def a_tenth_too_rare(batch, density):
        return torch.rand(batch, *density.shape) * (torch.rand(batch, *density.shape) < 0.9 * density)

    assert run_check(get("1.1"), a_tenth_too_rare).status == "failed"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 359), min_size=1, max_size=8))
def test_gaps_of_any_flower_make_a_full_turn(degrees):
    gaps = get("1.6").oracle(geometry.arrows([1.0] * len(degrees), degrees))
    assert len(gaps) == len(degrees)
    assert gaps.sum().item() == pytest.approx(360, abs=0.1)


def test_angles_of_a_pentagon_and_of_a_square_with_a_dropped_feature():
    oracle = get("1.6").oracle
    torch.testing.assert_close(oracle(geometry.arrows([1] * 5, pentagon.PENTAGON)), torch.full((5,), 72.0))
    square = geometry.arrows([1, 1, 1, 1, 0.1], [20, 110, 200, 290, 30])
    torch.testing.assert_close(oracle(square), torch.full((4,), 90.0), rtol=1e-4, atol=1e-3)


def test_superposition_agrees_with_the_courses_own_and_with_the_pentagon():
    W = torch.randn(3, 4, 7, generator=rng())
    torch.testing.assert_close(get("1.7").oracle(W), toy.superposition(W), rtol=1e-4, atol=1e-5)
    five = geometry.arrows([1] * 5, pentagon.PENTAGON)
    torch.testing.assert_close(get("1.7").oracle(five[None]), torch.full((1, 5), 1.5))


def test_no_arrangement_beats_the_least_superposition():
    """Gradient descent on the arrows themselves reaches 80/20 − 1 and goes no lower."""
    W = torch.randn(20, 80, generator=rng()).requires_grad_()
    optimiser = torch.optim.Adam([W], lr=0.05)
    for _ in range(300):
        crowd = toy.superposition(W / W.norm(dim=0)).mean()
        optimiser.zero_grad()
        crowd.backward()
        optimiser.step()
    assert crowd.item() == pytest.approx(get("1.8").oracle(), abs=0.01)
    assert crowd.item() > get("1.8").oracle() - 1e-3


def test_the_plain_pentagon_loses_two_squared_cosines():
    plain = pentagon.one_at_a_time(geometry.arrows([1] * 5, pentagon.PENTAGON), torch.zeros(5))
    assert plain == pytest.approx(2 * math.cos(math.radians(72)) ** 2 / 3, rel=1e-4)
    assert plain == pytest.approx(pentagon.PLAIN, rel=1e-4)


def test_the_bar_for_a_better_pentagon_lies_between_silence_and_the_best():
    def loss(length, bias):
        return pentagon.one_at_a_time(geometry.arrows([length] * 5, pentagon.PENTAGON), torch.full((5,), bias))

    grid = [(loss(n / 100, -b / 50), n / 100, -b / 50) for n in range(100, 140, 1) for b in range(0, 26)]
    best, length, bias = min(grid)
    assert (length, bias) == pytest.approx((1.17, -0.28), abs=0.021)
    assert best / pentagon.PLAIN == pytest.approx(0.249, abs=0.003)
    silent = loss(1.29, -(1.29**2) * math.cos(math.radians(72))) / pentagon.PLAIN
    assert best / pentagon.PLAIN < pentagon.BAR < silent


def test_the_linear_model_keeps_what_the_formula_says():
    worth = IMPORTANCE * training.variance(DENSITY)
    assert sorted(worth.topk(2).indices.tolist()) == LinearKeeps().oracle()
    runner_up = worth.sort(descending=True).values
    assert runner_up[1] > 1.15 * runner_up[2]  # far enough: over 12 seeds trained WᵀW was within 0.1 of the projection


def test_the_antipodal_pair_costs_a_sixth_of_the_squared_density():
    importance, density = torch.rand(5, 2, generator=rng()), torch.rand(5, generator=rng(1))
    expected = density**2 / 6 * importance.mean(dim=1)
    torch.testing.assert_close(phases.AntipodalLoss().oracle(importance, density), expected, rtol=1e-3, atol=1e-6)


def test_the_boundary_is_at_four_sevenths():
    assert phases.FirstOrderBoundary().oracle() == pytest.approx(4 / 7, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_any_reasonable_training_passes(seed):
    """Every start of six models clears the bar of 1.5: local optima are fine, being untrained is not."""
    result = toy.train(
        5,
        2,
        density=training.DENSITY[:, None],
        importance=training.IMPORTANCE,
        steps=2000,
        lr=0.01,
        batch_size=500,
        seed=seed,
        progress=False,
    )
    report = run_check(get("1.5"), (result.W, result.b))
    assert report.status == "passed", report.text()


def test_a_training_without_the_relu_is_recognised():
    result = toy.train(
        5,
        2,
        density=training.DENSITY[:, None],
        importance=training.IMPORTANCE,
        steps=2000,
        lr=0.01,
        activation="linear",
        progress=False,
    )
    assert run_check(get("1.5"), (result.W, result.b)).mistake == "no ReLU"


def by_hand(steps: int, *, clear: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """The loop of 1.5, with or without `zero_grad`."""
    data, density = rng(), training.DENSITY[:, None].expand(6, 5)
    W = (0.5 * torch.randn(6, 2, 5, generator=data)).requires_grad_()
    b = torch.zeros(6, 5, requires_grad=True)
    optimiser = torch.optim.Adam([W, b], lr=0.01)
    for _ in range(steps):
        x = toy.sparse_features(500, 5, density=density, n_instances=6, seed=data)
        if clear:
            optimiser.zero_grad()
        toy.weighted_mse(x, toy.relu_output_model(W, b, x), training.IMPORTANCE).sum().backward()
        optimiser.step()
    return W.detach(), b.detach()


@pytest.mark.parametrize("steps", [50, 100])
def test_a_training_cut_short_is_recognised(steps):
    assert run_check(get("1.5"), by_hand(steps)).mistake == "stopped early"


def test_a_model_that_has_still_to_turn_is_not_told_a_number_of_steps():
    """After 200 steps it is as it would be without importance: the feedback says what is seen, and both causes."""
    report = run_check(get("1.5"), by_hand(200))
    assert report.mistake == "not the most important" and "model 0" in report.text()


@pytest.mark.parametrize("steps", [100, 300])
def test_gradients_that_pile_up_are_recognised(steps):
    assert run_check(get("1.5"), by_hand(steps, clear=False)).mistake == "gradients pile up"


def test_an_untrained_model_is_recognised():
    assert run_check(get("1.5"), by_hand(0)).mistake == "nothing learned"


def test_a_hidden_bias_larger_than_the_smallest_is_told_from_it():
    def one_too_many(W, b):
        c = (-W).clamp_min(0).sum(dim=1) + 1
        return c, b - c @ W

    assert run_check(get("1.11"), one_too_many).status == "failed"
