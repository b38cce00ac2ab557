"""What the gates cannot see: that the oracles of chapter 08 are right, and agree with what was written elsewhere."""

import itertools

import pytest
import torch
from scipy.stats import spearmanr

from course_utils.exercises import get


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_levels_begin_at_the_largest_and_end_at_the_smallest():
    acts = torch.randn(80, generator=rng()) ** 3
    chosen = get("8.1").oracle(acts, 5)
    assert acts[chosen[0]] == acts.max() and acts[chosen[-1]] == acts.min()
    assert (acts[chosen].diff() <= 0).all()


def test_fewer_meanings_never_suffice():
    acts, meaning = torch.randn(60, generator=rng()), torch.randint(7, (60,), generator=rng(1))
    needed = get("8.2").oracle(acts, meaning, 0.8)
    by = torch.zeros(7).index_add(0, meaning, acts.clamp_min(0))

    def reach(k: int) -> bool:
        return any(sum(by[list(some)]) >= 0.8 * by.sum() for some in itertools.combinations(range(7), k))

    assert reach(needed) and not reach(needed - 1)


def test_all_deals_together_give_the_hypergeometric_tail():
    rated = torch.tensor([True, True, True, False, False, False])
    kind = torch.tensor([True, True, False, True, False, False])
    every = [torch.tensor([i in some for i in range(6)]) for some in itertools.combinations(range(6), 3)]
    assert get("8.3").oracle(rated, kind, torch.stack(every)) == pytest.approx(10 / 20)


@pytest.mark.parametrize("seed", range(5))
def test_the_rank_correlation_is_scipys(seed):
    a = torch.randint(6, (20,), generator=rng(seed)).float()
    b = a + torch.randint(5, (20,), generator=rng(seed + 50)).float()
    assert get("8.4").oracle(a, b).item() == pytest.approx(spearmanr(a, b).statistic, abs=1e-5)


def test_solu_is_x_times_softmax():
    x = torch.randn(3, 4, 6, generator=rng())
    torch.testing.assert_close(get("8.5").oracle(x), x * x.softmax(-1))


def test_the_quiet_half_and_the_loud_half_make_a_whole():
    before, effect = torch.randn(5, 8, generator=rng()), torch.rand(5, 8, generator=rng(1))
    quiet = get("8.6").oracle(before, effect)
    loud = get("8.6").oracle(1 / before, effect)
    assert (quiet + loud).item() == pytest.approx(1, abs=1e-5)


def test_a_neuron_that_says_one_and_zero_pushes_by_its_spread():
    effect = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert get("8.7").oracle(effect, torch.tensor([True, True, False, False])).item() == pytest.approx(2)


def test_no_smaller_set_flips_the_answer():
    part, rest = torch.randn(4, 6, generator=rng()) + 0.5, torch.randn(4, generator=rng(1))
    for found, parts, beside in zip(get("8.8").oracle(part, rest).tolist(), part, rest):
        lefts = {
            k: min(
                float(parts.sum() + beside - parts[list(some)].sum()) for some in itertools.combinations(range(6), k)
            )
            for k in range(7)
        }
        enough = [k for k, left in lefts.items() if left <= 0]
        assert found == (enough[0] if enough else -1)


def test_the_order_is_that_of_a_linear_answer():
    acts, usual, weight = torch.randn(9, 5, generator=rng()), torch.randn(5, generator=rng(1)), torch.randn(5)
    order = get("8.9").oracle(acts, usual, weight.expand(9, 5))
    losses = []
    for n in range(5):
        changed = acts.clone()
        changed[:, n] = usual[n]
        losses.append(((acts - changed) @ weight).mean())
    assert order.tolist() == torch.stack(losses).argsort(descending=True).tolist()


def test_what_is_no_sum_is_the_residual_of_a_regression():
    grid = torch.randn(4, 5, 2, generator=rng()) ** 2
    design = torch.cat([torch.eye(4).repeat_interleave(5, 0), torch.eye(5).repeat(4, 1)], dim=1)
    y = grid.flatten(0, 1)
    left = y - design @ torch.linalg.pinv(design) @ y
    expected = left.square().sum(0) / (y - y.mean(0)).square().sum(0)
    torch.testing.assert_close(get("8.10").oracle(grid), expected, rtol=1e-3, atol=1e-4)


def test_the_best_swap_is_the_best_where_the_score_is_linear():
    gradient, E = torch.randn(3, 4, generator=rng()), torch.randn(5, 4, generator=rng(1))
    tokens, allowed = torch.tensor([0, 4, 2]), torch.ones(3, 5, dtype=torch.bool)

    def score(pieces: torch.Tensor) -> float:
        return float((gradient * E[pieces]).sum())

    gains = {}
    for place, piece in itertools.product(range(3), range(5)):
        changed = tokens.clone()
        changed[place] = piece
        gains[place, piece] = score(changed)
    assert get("8.11").oracle(gradient, E, tokens, allowed) == max(gains, key=gains.__getitem__)
