import itertools

import pytest
import torch
from torch.nn import functional as F

from course_utils.sae.pursuit import fista, matching_pursuit, omp, weighed_anew


def generator(seed):
    return torch.Generator().manual_seed(seed)


def problem(seed, n=12, d_in=5, d_sae=8):
    """Rows, and directions of different lengths."""
    D = torch.randn(d_sae, d_in, generator=generator(seed)) * torch.linspace(0.3, 2, d_sae)[:, None]
    return 2 * torch.randn(n, d_in, generator=generator(seed + 100)), D


def naive_pursuit(row, D, k, refit):
    """One row, step by step; f in units of D's rows."""
    unit, lengths = F.normalize(D.double(), dim=1), D.double().norm(dim=1)
    f, left, taken = torch.zeros(len(D), dtype=torch.double), row.double(), []
    for _ in range(k):
        scores = [-torch.inf if refit and j in taken else float(left @ u) for j, u in enumerate(unit)]
        best = max(range(len(D)), key=scores.__getitem__)
        if scores[best] <= 1e-8:
            break
        taken.append(best)
        if refit:
            f.zero_()
            f[taken] = torch.linalg.lstsq(unit[taken].T, row.double()[:, None]).solution[:, 0]
        else:
            f[best] += scores[best]
        left = row.double() - f @ unit
    return (f.relu() / lengths).float()


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("method, refit", [(matching_pursuit, False), (omp, True)])
def test_pursuits_against_row_by_row(method, refit, k):
    x, D = problem(k)
    x[0] = 0
    expected = torch.stack([naive_pursuit(row, D, k, refit) for row in x])
    torch.testing.assert_close(method(x, D, k), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("method", [matching_pursuit, omp])
def test_a_row_made_of_orthogonal_directions_is_found_exactly(method):
    D = torch.linalg.qr(torch.randn(6, 6, generator=generator(0)))[0] * torch.arange(1, 7)[:, None]
    f = torch.zeros(4, 6)
    f[torch.arange(4), torch.arange(4)], f[torch.arange(4), torch.arange(2, 6)] = 2.0, 0.5
    torch.testing.assert_close(method(f @ D, D, 2), f, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", [matching_pursuit, omp])
def test_codes_are_sparse_and_not_negative(method):
    x, D = problem(3)
    f = method(x, D, 3)
    assert (f >= 0).all() and ((f > 0).sum(1) <= 3).all()


def test_nothing_is_taken_where_nothing_fits():
    D = torch.rand(5, 3, generator=generator(0)) + 0.1
    x = -torch.ones(2, 3)
    for f in (matching_pursuit(x, D, 3), omp(x, D, 3), fista(x, D, 0.01)):
        assert (f == 0).all()


def test_least_squares_leaves_no_more_than_one_look_does():
    x, D = problem(5, n=200)
    D = F.normalize(D, dim=1)
    left = [(x - method(x, D, 2) @ D).square().sum() for method in (omp, matching_pursuit)]
    assert left[0] <= left[1]


def test_more_steps_than_directions():
    x, D = problem(6, d_sae=3)
    assert omp(x, D, 7).shape == (12, 3)
    assert (x - omp(x, D, 7) @ D).isfinite().all()


def test_the_same_direction_twice():
    D = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    torch.testing.assert_close(omp(torch.tensor([[3.0, 1.0]]), D, 2).sum(1), torch.tensor([3.0]), rtol=1e-3, atol=1e-3)


def test_rows_in_blocks_are_rows_one_by_one(monkeypatch):
    x, D = problem(7, n=10)
    whole = matching_pursuit(x, D, 3), omp(x, D, 3)
    monkeypatch.setattr("course_utils.sae.pursuit.ROWS", 4)
    for method, before in zip((matching_pursuit, omp), whole):
        torch.testing.assert_close(method(x, D, 3), before)


def test_fista_finds_the_best_of_all_supports():
    """With few directions every support can be tried: least squares with the penalty on it, and the smallest loss."""
    x, D = problem(8, n=3, d_in=3, d_sae=4)
    unit, price = F.normalize(D, dim=1), 0.4
    f = fista(x, D, price, steps=2000) * D.norm(dim=1)

    def loss(row, code):
        return float((row - code @ unit).square().sum() / 2 + price * code.sum())

    for row, code in zip(x, f):
        best = float(row.square().sum() / 2)
        for size in (1, 2, 3):
            for some in map(list, itertools.combinations(range(4), size)):
                own = unit[some]
                solved = torch.linalg.lstsq(own @ own.T, (own @ row - price)[:, None]).solution[:, 0]
                if (solved >= 0).all():
                    full = torch.zeros(4)
                    full[some] = solved
                    best = min(best, loss(row, full))
        assert loss(row, code) == pytest.approx(best, abs=1e-3)


def test_a_high_price_buys_nothing_and_a_low_one_nearly_all():
    D = torch.cat([torch.eye(3), -torch.eye(3)])
    x = torch.randn(5, 3, generator=generator(1))
    assert (fista(x, D, 100.0) == 0).all()
    torch.testing.assert_close(fista(x, D, 1e-4, steps=500) @ D, x, rtol=1e-2, atol=1e-2)


def test_weighing_anew_is_least_squares_over_the_longest_parts_of_a_code():
    x, D = problem(3)
    f = fista(x, D, 0.3)
    found = weighed_anew(x, D, f, 2)
    for row, code, one in zip(x, f, found):
        kept = (code * D.norm(dim=1)).topk(2).indices
        kept = kept[code[kept] > 0]
        naive = torch.zeros(8)
        if len(kept):
            naive[kept] = torch.linalg.lstsq(D[kept].T, row[:, None]).solution[:, 0].clamp_min(0)
        torch.testing.assert_close(one, naive, atol=1e-4, rtol=1e-3)
    assert (found > 0).sum(1).max() == 2


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: omp(torch.ones(2, 3), torch.ones(4, 2), 1), "d_in"),
        (lambda: matching_pursuit(torch.ones(3), torch.ones(4, 3), 1), "row, d_in"),
        (lambda: omp(torch.ones(2, 3), torch.zeros(4, 3), 1), "length 0"),
        (lambda: omp(torch.ones(2, 3), torch.ones(4, 3), 0), "at least 1"),
        (lambda: fista(torch.ones(2, 3), torch.ones(4, 3), -1.0), "price"),
        (lambda: fista(torch.ones(2, 3), torch.ones(4, 3), 1.0, steps=0), "steps"),
        (lambda: weighed_anew(torch.ones(2, 3), torch.ones(4, 3), torch.ones(2, 4), 0), "at least 1"),
    ],
)
def test_what_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
