"""What the gates cannot see: that the oracles of chapter 02 are right, and that its laws leave no room for luck."""

import math
import re

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


@pytest.mark.parametrize(
    "as_place, other",
    [
        pytest.param(lambda g: g, 11, id="as it is: -1 is the last place"),
        pytest.param(lambda g: g.abs(), 1, id="without its sign"),
        pytest.param(lambda g: g % 10, 11, id="its last digit: 11 and 1 are one"),
        pytest.param(lambda g: g % len(g), 11, id="modulo the number of features"),
    ],
)
def test_a_groups_name_is_no_place_in_a_table(as_place, other):
    """Two groups that get one place by their names are on in the same rows."""

    def by_name(batch, density, groups):
        place = as_place(groups)
        return (torch.rand(batch, int(place.max()) + 1) < density)[:, place] * torch.rand(batch, len(groups))

    report = run_check(get("2.6"), by_name)
    assert report.status == "failed"
    assert re.search(rf"Groups .*\b{other}\b.* are on together", report.text()), report.text()


def one_pick_for_all_groups(batch, density, groups):
    """Each group has a coin, and who of it is on is drawn once for them all."""
    x, pick = torch.zeros(batch, len(groups)), torch.rand(batch)
    for group in groups.unique():
        members = (groups == group).nonzero()[:, 0]
        on = torch.rand(batch) < density * len(members)
        for n, feature in enumerate(members):
            x[:, feature] = torch.rand(batch) * (on & ((pick * len(members)).floor() == n))
    return x


def strengths_by_place(batch, density, groups):
    """The first of each group are equally strong, and so are the second ones, whenever they are on together."""
    place = torch.stack([(groups[:i] == g).sum() for i, g in enumerate(groups)])
    return (get("2.6").rewrites[0](batch, density, groups) > 0) * torch.rand(batch, len(groups))[:, place]


def opposite_strengths(batch, density, groups):
    """What is taken from one feature is given to the next."""
    one = torch.rand(batch, 1)
    strength = torch.where(torch.arange(len(groups)) % 2 == 0, one, 1 - one)
    return (get("2.6").rewrites[0](batch, density, groups) > 0) * strength


def every_row_twice(batch, density, groups):
    return get("2.6").rewrites[0]((batch + 1) // 2, density, groups).repeat_interleave(2, dim=0)[:batch]


def seeded_coins(batch, density, groups):
    names, place = groups.unique(return_inverse=True)
    coins = torch.rand(batch, len(names), generator=rng()) < density
    return coins[:, place] * torch.rand(batch, len(groups))


def seeded_strengths(batch, density, groups):
    on = get("2.6").rewrites[0](batch, density, groups) > 0
    return on * torch.rand(batch, len(groups), generator=rng())


def one_choice_of_so_many(batch, density, groups):
    """One of 1/density places is drawn: right only if that is a whole number."""
    x = torch.zeros(batch, len(groups))
    for group in groups.unique() if density else []:
        who = torch.randint(int(1 / density), (batch,))
        for n, feature in enumerate((groups == group).nonzero()[:, 0]):
            x[:, feature] = torch.rand(batch) * (who == n)
    return x


def first_member_alone(batch, density, groups):
    """Its group's share of the rows is right, and the others are never on."""
    size = torch.stack([(groups == g).sum() for g in groups])
    first = torch.stack([groups[:i].ne(g).all() for i, g in enumerate(groups)])
    return torch.rand(batch, len(groups)) * (torch.rand(batch, len(groups)) < density * size) * first


@pytest.mark.parametrize(
    "exercise, sampler, says",
    [
        ("2.7", one_pick_for_all_groups, "of different groups, are on together"),
        ("2.6", strengths_by_place, "their strengths go together (correlation 1.00"),
        ("2.6", opposite_strengths, "their strengths go together (correlation -1.00"),
        ("2.6", every_row_twice, "are copies of others"),
        ("2.6", seeded_coins, "seeds itself"),
        ("2.6", seeded_strengths, "seeds itself"),
        ("2.7", one_choice_of_so_many, "should be on in 35.0% of the rows"),
        ("2.7", first_member_alone, "Only the first member of each group"),
    ],
)
def test_a_sampler_that_ties_what_is_free_is_told_so(exercise, sampler, says):
    report = run_check(get(exercise), sampler)
    assert report.status == "failed" and says in report.text(), report.text()


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


@pytest.mark.parametrize(
    "count, says",
    [
        pytest.param(lambda apart, own: apart >= own - 1e-9, "one direction only", id="upwards"),
        pytest.param(lambda apart, own: apart <= own + 1e-9, "one direction only", id="downwards"),
        pytest.param(lambda apart, own: apart.abs() > own + 1e-9, "those that are equal count", id="more"),
        pytest.param(lambda apart, own: apart.abs() < own - 1e-9, "not by less", id="less"),
    ],
)
def test_divisions_counted_otherwise_are_told_apart(count, says):
    """Kept features are whole numbers, so many divisions differ by exactly as much: a third of them here."""
    answer = own_experiment._consistent(effect=0.5)
    apart, own = own_experiment.divisions(answer["number"], answer["number_control"], seed=5)
    chance = count(apart[:1000], abs(own)).float().mean()
    report = run_check(get("2.13"), {**answer, "chance": chance, "held": (chance < 0.05).float()})
    assert 0.1 < answer["chance"] < 0.9 and report.status == "failed"
    assert says in report.text(), report.text()


def test_any_copy_among_the_models_is_seen():
    answer = own_experiment._consistent()
    answer["W"][9], answer["number"][9] = answer["W"][4], answer["number"][4]
    report = run_check(get("2.13"), answer)
    assert report.status == "failed" and "1 are copies of an earlier one" in report.text(), report.text()


def test_a_control_of_the_same_trainings_in_another_order_is_none():
    answer = own_experiment._consistent()
    answer["W_control"], answer["number_control"] = answer["W"].flip(0), answer["number"].flip(0)
    report = run_check(get("2.13"), {**answer, "difference": torch.tensor(0.0), "chance": torch.tensor(1.0)})
    assert report.status == "failed" and "10 models with the same weights on both sides" in report.text()


def test_models_that_keep_nothing_are_no_copies():
    """A penalty may press all weights to 0, in every training."""
    answer = own_experiment._consistent(expected=-1.0)
    answer["W"], answer["number"] = torch.zeros_like(answer["W"]), torch.zeros_like(answer["number"])
    difference = -answer["number_control"].mean()
    chance = torch.tensor(own_experiment.shuffled_share(answer["number"], answer["number_control"]))
    result = {"difference": difference, "chance": chance, "held": torch.tensor(1.0)}
    report = run_check(get("2.13"), {**answer, **result})
    assert report.status == "passed", report.text()


def test_numpys_numbers_and_another_size_of_control_are_fine():
    answer = own_experiment._consistent()
    plain = {name: value.numpy()[()] if value.ndim == 0 else value for name, value in answer.items()}
    assert run_check(get("2.13"), plain).status == "passed"
    wider = torch.nn.functional.pad(answer["W_control"], (0, 0, 0, 1))  # a hidden dimension that nobody uses
    assert run_check(get("2.13"), {**answer, "W_control": wider}).status == "passed"


def test_what_is_said_of_drops_is_said_of_the_case_that_is_shown():
    """Differences for shares are wrong in several cases, of which one with too few logs is shown, not the first one."""
    text = run_check(get("2.9"), get("2.9").mistakes["difference for share"][0]).text()
    assert "right is `[0, 3]`, and yours is `[0]`" in text and "The loss falls at log 3, and you name none" in text


@pytest.mark.parametrize("effect", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("expected", [-1.0, 0.0, 1.0])
def test_whatever_came_out_a_consistent_experiment_passes(effect, expected):
    report = run_check(get("2.13"), own_experiment._consistent(effect=effect, expected=expected))
    assert report.status == "passed", report.text()
