"""Two features and their XOR: balanced cases, and which probe can tell them."""

import torch

from course_utils.probing.xor import balanced, random_half, right_by_descent


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_half_of_the_pieces_wherever_they_stand():
    piece = torch.tensor([7, 7, 3, 9, 3, 20, 7])
    chosen = random_half(piece, seed=0)
    assert len(piece[chosen].unique()) == 2
    assert set(piece[chosen].tolist()).isdisjoint(piece[~chosen].tolist())
    assert any(not torch.equal(chosen, random_half(piece, seed)) for seed in range(1, 9))


def test_four_cases_equally_often_and_from_the_rows_allowed():
    a, b, among = torch.rand(3, 300, generator=rng()) < torch.tensor([[0.2], [0.7], [0.5]])
    rows = balanced(a, b, among)
    cases = torch.bincount(2 * a[rows].long() + b[rows].long())
    assert cases.tolist() == [len(rows) // 4] * 4
    assert among[rows].all() and len(rows.unique()) == len(rows)


def test_a_line_tells_each_feature_and_only_a_layer_between_tells_their_xor():
    a, b = torch.rand(2, 400, generator=rng(1)) < 0.5
    x = torch.stack([a, b], dim=1) + 0.1 * torch.randn(400, 2, generator=rng(2))
    fit, test = (balanced(a, b, part) for part in (torch.arange(400) < 200, torch.arange(400) >= 200))
    state = torch.get_rng_state()
    shares = [right_by_descent(x, y, fit, test, hidden=h, seed=0) for y, h in [(a, 0), (b, 0), (a ^ b, 0), (a ^ b, 64)]]
    assert min(shares[:2]) > 0.99 and shares[2] < 0.75 and shares[3] > 0.99
    assert torch.equal(state, torch.get_rng_state())
