"""Universal ANDs: inputs by hand, readers against averages over many neurons, errors against dozens of layers."""

import math
from itertools import combinations

import pytest
import torch

from course_utils import computing
from course_utils.computing import universal

MANY = torch.randn(200_000, 6, generator=torch.Generator().manual_seed(0))


def test_all_pairs_and_all_inputs_are_there_once():
    assert universal.pairs(4).tolist() == [list(pair) for pair in combinations(range(4), 2)]
    x = universal.all_inputs(5, 3)
    assert x.shape == (10, 5) and len(x.unique(dim=0)) == 10 and x.sum(dim=1).unique().tolist() == [3.0]


def test_a_sample_of_pairs_has_different_ones_and_follows_its_seed():
    some = universal.pairs(20, 30, seed=3)
    assert len(some.unique(dim=0)) == 30 and (some[:, 0] < some[:, 1]).all()
    assert torch.equal(some, universal.pairs(20, 30, seed=3))
    with pytest.raises(ValueError, match="6 pairs"):
        universal.pairs(4, 7)


@pytest.mark.parametrize("n_in, on", [(4, 2), (7, 3), (9, 7)])
def test_inputs_come_in_four_cases_and_always_have_as_many_on(n_in, on):
    pair = universal.pairs(n_in)
    x = universal.inputs_by_case(pair, n_in, on, samples=6, seed=1)
    assert x.shape == (len(pair), 4, 6, n_in) and x.sum(-1).unique().tolist() == [on]
    for p, (i, j) in enumerate(pair.tolist()):
        for case, (first, second) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            assert (x[p, case, :, i] == first).all() and (x[p, case, :, j] == second).all()
    assert universal.AND.tolist() == [a * b for a, b in [(0, 0), (0, 1), (1, 0), (1, 1)]]
    assert universal.XOR.tolist() == [a ^ b for a, b in [(0, 0), (0, 1), (1, 0), (1, 1)]]


def test_the_others_are_drawn_evenly():
    x = universal.inputs_by_case(torch.tensor([[1, 4]]), 6, 3, samples=20_000, seed=0)
    others = x[0, :, :, [0, 2, 3, 5]].mean(dim=1)  # [case, feature]
    torch.testing.assert_close(
        others, torch.tensor([[3 / 4], [2 / 4], [2 / 4], [1 / 4]]).expand(4, 4), atol=0.02, rtol=0
    )


@pytest.mark.parametrize("n_in, on", [(4, 3), (5, 1), (3, 4)])
def test_numbers_of_features_that_leave_a_case_empty_are_refused(n_in, on):
    with pytest.raises(ValueError, match="features"):
        universal.inputs_by_case(torch.tensor([[0, 1]]), n_in, on, samples=1)


@pytest.mark.parametrize("on", [2, 3, 4])
@pytest.mark.parametrize(
    "readers, wanted",
    [
        (universal.sign_readers, universal.AND),
        (universal.and_readers, universal.AND),
        (universal.xor_readers, universal.XOR),
    ],
)
def test_readers_are_right_on_average_over_many_neurons(readers, wanted, on):
    pair = torch.tensor([[0, 3]])
    x = universal.inputs_by_case(pair, 6, on, samples=1)
    said = universal.readings(readers(MANY, pair, on), (x @ MANY.T).relu())[0, :, 0]
    torch.testing.assert_close(said, wanted, atol=0.1, rtol=0)


def test_signs_are_read_with_the_number_from_paper_where_two_are_on():
    assert universal.sign_scale(2) == pytest.approx(math.sqrt(math.pi) * (1 + math.sqrt(2)))


@pytest.mark.parametrize("on", [3, 5, 12])
def test_signs_are_read_with_the_integral_over_what_the_others_add(on):
    """The mean of sign(ab) |a + b + s| / 2 on a grid of a and b, s the sum of the others; E|m + s| is known."""
    size = (torch.arange(700, dtype=torch.float64) + 0.5) / 100
    often = torch.exp(-(size**2) / 2)
    often /= often.sum()
    spread = math.sqrt(on - 2)

    def folded(m):  # E|m + s|, s ~ N(0, spread²)
        bell = torch.exp(-((m / spread) ** 2) / 2) * spread * math.sqrt(2 / math.pi)
        return bell + m * torch.erf(m / spread / math.sqrt(2))

    a, b = size[:, None], size
    mean = (often[:, None] * often * (folded(a + b) - folded(a - b))).sum() / 4
    assert universal.sign_scale(on) == pytest.approx(1 / mean.item(), rel=1e-4)


@pytest.mark.parametrize("reader", ["product", "sign"])
@pytest.mark.parametrize("on", [2, 5])
def test_the_expected_error_is_that_of_layers_drawn_by_the_dozen(reader, on):
    names = {"product": "products", "sign": "signs"}
    squares = [universal.and_errors(200, 30, on, seed=seed)[names[reader]] ** 2 for seed in range(12)]
    mean = math.sqrt(sum(squares) / len(squares))
    assert mean == pytest.approx(universal.expected_error(on, 200, reader), rel=0.06)


def test_without_a_relu_products_read_nothing():
    errors = universal.and_errors(20_000, 20, 2, sample=100)
    assert errors["products, no ReLU"] == pytest.approx(0.5, abs=0.03) and errors["products"] < 0.06


def test_an_unknown_reader_is_refused():
    with pytest.raises(ValueError, match="product"):
        universal.expected_error(3, 100, "sum")


def test_all_ands_at_once_are_those_of_each_pairs_reader():
    generator = torch.Generator().manual_seed(2)
    W, x = torch.randn(30, 7, generator=generator), universal.all_inputs(7, 3)[::4]
    said, true = universal.all_ands(W, x, on=3)
    pair = universal.pairs(7)
    readers = universal.and_readers(W, pair, 3)
    for n, row in enumerate(x):
        h = (W @ row).relu()
        torch.testing.assert_close(said[n], readers @ h)
        assert true[n].tolist() == [float(row[i] and row[j]) for i, j in pair.tolist()]


def test_the_root_mean_square_counts_all_cases_alike():
    said = torch.zeros(2, 4, 3)
    assert universal.rms_error(said, universal.AND) == pytest.approx(math.sqrt(1 / 4))
    assert universal.rms_error(said, universal.XOR) == pytest.approx(math.sqrt(2 / 4))


def test_a_batch_as_large_as_the_world_is_the_world():
    task = universal.and_task(6, 3)
    x, y = task.examples(20)
    assert torch.equal(x[:, 0], universal.all_inputs(6, 3)) and y.shape == (20, 1, 15)
    assert y.sum(dim=-1).unique().tolist() == [3.0]  # of 3 that are on, 3 pairs
    drawn, _ = task.examples(7, torch.ones(2, 1), seed=1)
    assert drawn.shape == (7, 2, 6) and drawn.sum(-1).unique().tolist() == [3.0]


@pytest.mark.parametrize("n_in, on", [(6, 2), (5, 4)])
def test_ones_and_zeros_count_one_half_each(n_in, on):
    _, y = universal.and_task(n_in, on).examples(len(universal.all_inputs(n_in, on)))
    output = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    square = (output - y) ** 2
    by_hand = square[y == 1].mean() / 2 + square[y == 0].mean() / 2
    torch.testing.assert_close(universal.balanced(n_in, on)(output, y).mean(), by_hand)


def test_least_squares_leave_what_the_rank_leaves():
    """With two on every input is one pair's own, and 4 neurons with a bias have a rank of 5."""
    n_in, n_hidden = 6, 4
    n = math.comb(n_in, 2)
    x, y = universal.and_task(n_in, 2).examples(n)
    W = torch.randn(n_hidden, n_in, generator=torch.Generator().manual_seed(0))
    h = torch.cat([(x[:, 0] @ W.T).relu(), torch.ones(n, 1)], dim=1).double()
    fitted = h @ torch.linalg.lstsq(h, y[:, 0].double()).solution
    assert (fitted - torch.eye(n)).square().mean().item() == pytest.approx((n - n_hidden - 1) / n**2)
    assert fitted.diagonal().mean().item() == pytest.approx((n_hidden + 1) / n)


def test_a_frozen_random_layer_comes_down_to_it_too():
    task, n = universal.and_task(6, 2), 15
    start = computing.draw_layers((6, 4, 15), 1, 0, scale=(5**0.5, 0.1))
    result = computing.train(task, 4, start=start, frozen=[0], steps=1500, batch_size=n, seed=0, progress=False)
    assert result.loss[-1].item() == pytest.approx((n - 5) / n**2, rel=0.02)
    assert torch.equal(result.layers[0].W, start[0].W)
