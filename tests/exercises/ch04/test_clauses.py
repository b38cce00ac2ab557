"""Clauses of chapter 04's texts that wrong answers once got past, or right ones were refused for."""

import pytest
import torch

from course_utils.checking import run_check
from course_utils.exercises import get
from course_utils.exercises.ch04 import made_up, variants


def test_numbers_that_should_be_exact_may_not_be_rounded_to_three_digits():
    def reader(c):
        return lambda W, i, j: c / len(W) * W[:, i].sign() * W[:, j].sign()

    assert run_check(get("4.8"), reader(4.279)).status == "passed"
    rounded = run_check(get("4.8"), reader(4.28))
    assert rounded.status == "failed" and "Is it rounded?" in rounded.text()


def test_a_small_weight_is_no_weight_of_zero():
    def cautious(W, i, j):
        seen = (W[:, i].abs() > 1e-3) & (W[:, j].abs() > 1e-3)
        return get("4.8").oracle(W, i, j) * seen

    assert run_check(get("4.8"), cautious).status == "failed"


@pytest.mark.parametrize(("digits", "status"), [(2, "failed"), (5, "passed")])
def test_points_near_each_other_are_not_in_the_same_place(digits, status):
    def by_rounded_places(h, y, directions):
        best = max(y.float().mean().item(), 1 - y.float().mean().item())
        for place in (h @ directions.T).round(decimals=digits).T:
            for cut in place.unique():
                right = ((place > cut) == y).float().mean().item()
                best = max(best, right, 1 - right)
        return best

    assert run_check(get("4.12"), by_rounded_places).status == status


def test_a_table_that_became_constant_has_no_share_to_compare():
    with pytest.raises(ValueError, match="no variance"):
        get("4.9").oracle(torch.ones(2, 2), torch.tensor([0.2, 0.7]))


def test_kinds_of_networks_may_be_of_different_number_and_a_median_of_either_middle():
    plain, important, together, apart, numbers = variants.made(models=14)
    said = made_up.from_partners(apart).flatten().sort().values
    numbers[2] = said[len(said) // 2]  # the upper of the two in the middle; torch's is the lower one
    assert run_check(get("4.3"), (plain[:12], important, together, apart, numbers)).status == "passed"


@pytest.mark.parametrize("kind", ["the AND", "the OR", "bits without a partner"])
def test_of_a_repaired_layer_the_kind_of_bit_that_is_wrong_is_named(kind):
    borders = {"the AND": 1.5, "the OR": 0.5, "bits without a partner": 0.5}
    borders[kind] += 0.2

    def shifted(h, E, pairs, slope):
        read = h @ E.T
        z = read - borders["bits without a partner"]
        total = read[:, pairs].sum(dim=2)
        z[:, pairs[:, 0]], z[:, pairs[:, 1]] = total - borders["the AND"], total - borders["the OR"]
        return (0.5 + slope * z).clamp(0, 1) @ E

    assert f"not right: {kind}; right:" in run_check(get("4.11"), shifted).text()
