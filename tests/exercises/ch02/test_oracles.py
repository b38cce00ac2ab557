"""What the gates cannot see: that the oracles of chapter 02 are right, and that its laws leave no room for luck."""

import math

import pytest
import torch

from course_utils import toy
from course_utils.checking import run_check
from course_utils.exercises import get
from course_utils.exercises.ch02 import basis, climbing, own_experiment, polytopes


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_both_measures_agree_with_the_courses_own():
    W = torch.randn(3, 4, 7, generator=rng())
    W[1, :, 2] = 0
    torch.testing.assert_close(get("2.1").oracle(W), toy.dimensions_per_feature(W))
    torch.testing.assert_close(get("2.2").oracle(W), toy.feature_dimensionality(W), rtol=1e-4, atol=1e-5)


def test_shares_add_up_to_no_more_than_the_dimensions():
    W = torch.randn(5, 3, 9, generator=rng())
    assert (get("2.2").oracle(W).sum(dim=1) < 3.0001).all()


def test_five_polytopes_have_the_fractions_that_the_paper_names():
    assert get("2.3").oracle() == pytest.approx([1 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 8], abs=1e-6)


@pytest.mark.parametrize("arrows", polytopes.coordinates())
def test_in_each_of_them_all_arrows_are_of_length_one_and_no_direction_is_preferred(arrows):
    dims, n = arrows.shape
    torch.testing.assert_close(arrows.norm(dim=0), torch.ones(n).double())
    torch.testing.assert_close(arrows @ arrows.T, n / dims * torch.eye(dims).double())


@pytest.mark.parametrize("seed", range(3))
def test_groups_agree_with_the_courses_own(seed):
    W = torch.randn(6, 14, generator=rng(seed)) * torch.rand(14, generator=rng(seed + 9))
    assert torch.equal(get("2.4").oracle(W, 0.4), toy.feature_groups(W, overlap=0.4))


def test_two_straight_lines_cross_where_algebra_says():
    x = torch.tensor([0.0, 0.3, 1.0])
    place, jump = get("2.5").oracle(x, 1 + x, 1.5 - x)
    assert (place, jump) == pytest.approx((0.25, -2.0), abs=1e-6)


@pytest.mark.parametrize("exercise", ["2.6", "2.7"])
@pytest.mark.parametrize("seed", range(4))
def test_a_right_sampler_passes_whatever_the_draw(exercise, seed):
    for rewrite in get(exercise).rewrites:
        report = run_check(get(exercise), rewrite, seed=seed)
        assert report.status == "passed", report.text()


def test_samplers_of_the_course_pass_too():
    def groups_of(labels):
        return tuple(tuple((labels == g).nonzero()[:, 0].tolist()) for g in labels.unique())

    def drawn(together):
        def sample(batch, density, groups):
            if density == 0:
                return torch.zeros(batch, len(groups))
            seed = torch.randint(2**31, ()).item()
            maker = toy.Groups(groups_of(groups), together=together)
            return toy.examples(maker, batch, torch.full((1, len(groups)), density), seed=seed)[:, 0]

        return sample

    assert run_check(get("2.6"), drawn(1.0)).status == "passed"
    assert run_check(get("2.7"), drawn(-1.0)).status == "passed"


def test_a_groups_name_is_no_place_in_a_table():
    """As an index −1 is the last place, here that of group 7: such a pair would come with another group."""

    def by_name(batch, density, groups):
        on = (torch.rand(batch, int(groups.max()) + 1) < density)[:, groups]
        return on * torch.rand(batch, len(groups))

    report = run_check(get("2.6"), by_name)
    assert report.status == "failed" and "Groups -1 and 7 are on together" in report.text()


def test_a_pair_that_is_a_tenth_too_rare_fails():
    def too_rare(batch, density, groups):
        return get("2.6").rewrites[0](batch, 0.9 * density, groups)

    assert run_check(get("2.6"), too_rare).status == "failed"


def test_merging_a_pair_costs_what_a_sample_says():
    x = toy.examples(toy.Groups(2), 400_000, torch.full((1, 4), 0.4), seed=1)[:, 0]
    merged = torch.tensor([[1.0, 1, 0, 0], [0, 0, 1, 1]]) / math.sqrt(2)
    loss = ((x @ merged.T @ merged - x) ** 2).mean().item()
    assert get("2.8").oracle() == pytest.approx([loss, 0.25], rel=0.01)


def test_separate_pairs_cost_as_much_at_the_boundary():
    x = toy.examples(toy.Groups(2), 400_000, torch.full((1, 4), 0.25), seed=1)[:, 0]
    separate = torch.tensor([[1.0, 0, -1, 0], [0, 1, 0, -1]])
    loss = (((x @ separate.T @ separate).relu() - x) ** 2).mean().item()
    assert loss == pytest.approx(0.25 / 24, rel=0.02)


def test_drops_of_a_staircase():
    stairs = torch.tensor([1.0] * 5 + [0.5] * 5 + [0.25] * 5)
    assert get("2.9").oracle(stairs, 1, 0.1) == [4, 9]
    assert get("2.9").oracle(stairs, 3, 0.1) == [2, 7]


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_many_is_not_beaten_by_more(seed):
    """600 random starts find nothing that is a hundredth stronger than what the law compares with."""
    exercise = get("2.10")
    for case in exercise.cases(rng(seed)):
        W, b, x, eps = case.args
        _, most = climbing.best_of(W, b, x, eps, climbing.many_starts(W, x))
        _, more = climbing.best_of(W, b, x, eps, torch.randn(600, x.shape[1], generator=rng(seed + 50)))
        assert (more <= 1.01 * most).all()


def test_errors_of_a_model_that_says_nothing_are_the_squares_of_the_rows():
    rows = torch.rand(4, 5, generator=rng())
    seen, unseen, _ = get("2.11").oracle(1e-6 * torch.eye(2, 5)[None], torch.zeros(1, 5), [rows], rows[:2])
    assert seen.item() == pytest.approx((rows**2).sum().item() / 4, rel=1e-5)
    assert unseen.item() == pytest.approx((rows[:2] ** 2).sum().item() / 2, rel=1e-5)


def test_examples_that_lie_like_a_pentagon_share_evenly_and_others_do_not():
    five, b, turn = torch.eye(5), torch.zeros(1, 5), torch.arange(5) * 2 * torch.pi / 5
    pentagon = torch.stack([turn.cos(), turn.sin()])[None]
    assert get("2.11").oracle(pentagon, b, [five], five)[2].item() == pytest.approx(0, abs=1e-3)
    # two examples on one line with D = 1/2 each, a third alone with D = 1: mean 2/3, standard deviation √(1/18)
    cross = torch.tensor([[[1.0, -1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]]])
    assert get("2.11").oracle(cross, b, [five[:3]], five)[2].item() == pytest.approx(
        (1 / 18) ** 0.5 / (2 / 3), rel=1e-5
    )


def test_a_basis_stands_out_and_a_turned_one_does_not():
    turns = basis.turns(200, 4, rng())
    assert get("2.12").oracle(torch.eye(4), turns) == 1.0
    assert get("2.12").oracle(turns[0] @ torch.eye(4), basis.turns(200, 4, rng(1))) < 1.0


def test_the_share_of_divisions_is_near_that_of_all_divisions():
    from itertools import combinations

    number, control = torch.tensor([3.0, 4, 5, 7]), torch.tensor([1.0, 2, 4, 4])
    both, apart = torch.cat([number, control]), abs(number.mean() - control.mean()).item()
    every = [torch.tensor(c) for c in combinations(range(8), 4)]
    larger = [abs(both[c].mean() - (both.sum() - both[c].sum()) / 4).item() >= apart - 1e-6 for c in every]
    assert own_experiment.shuffled_share(number, control) == pytest.approx(sum(larger) / len(every), abs=0.02)


@pytest.mark.parametrize("tail", ["half", "the rest of it"])
def test_one_side_of_the_divisions_is_not_both(tail):
    answer = own_experiment._consistent(effect=0.5)
    both_sides = answer["chance"].item()
    one = both_sides / 2 if tail == "half" else 1 - both_sides / 2
    held = float(one < 0.05)
    report = run_check(get("2.13"), {**answer, "chance": torch.tensor(one), "held": torch.tensor(held)})
    assert 0.1 < both_sides < 0.9 and report.status == "failed"
    assert "one direction only" in report.text()


@pytest.mark.parametrize("effect", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("expected", [-1.0, 0.0, 1.0])
def test_whatever_came_out_a_consistent_experiment_passes(effect, expected):
    report = run_check(get("2.13"), own_experiment._consistent(effect=effect, expected=expected))
    assert report.status == "passed", report.text()
