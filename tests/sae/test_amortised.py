import pytest
import torch

from course_utils.sae.amortised import explained_either_way, left_three_ways, train_encoder
from course_utils.sae.pursuit import omp


def sparse_rows(n=4000):
    """Sums of two of eight directions in eight dimensions, all of them at right angles."""
    dice = torch.Generator().manual_seed(0)
    D = torch.linalg.qr(torch.randn(8, 8, generator=dice))[0] * torch.arange(1, 9)[:, None]
    which = torch.rand(n, 8, generator=dice).topk(2, dim=1).indices
    f = torch.zeros(n, 8).scatter(1, which, 1 + torch.rand(n, 2, generator=dice))
    return f, f @ D + 0.5, D, torch.full((8,), 0.5)


def test_an_encoder_learns_to_read_directions_at_right_angles():
    f, x, D, b = sparse_rows()
    reader = train_encoder(x, D, b, 2, steps=200, batch_size=256, lr=1e-2, progress=False)
    assert ((reader.encode(x) > 0) == (f > 0)).float().mean() > 0.99
    assert (x - reader(x)).square().sum() < 0.02 * (x - b).square().sum()


def test_the_dictionary_stays_and_the_encoder_moves():
    _, x, D, b = sparse_rows()
    reader = train_encoder(x, D, b, 2, steps=3, progress=False)
    torch.testing.assert_close(reader.W_dec, D / D.norm(dim=1, keepdim=True))
    torch.testing.assert_close(reader.b_dec, b)
    assert not torch.allclose(reader.W_enc, reader.W_dec.T)
    assert not reader.W_enc.requires_grad and reader.log is None


def test_no_encoder_explains_more_than_a_search_where_the_search_is_exact():
    _, x, D, b = sparse_rows()
    reader = train_encoder(x, D, b, 2, steps=100, progress=False)
    search = omp(x - b, reader.W_dec, 2) @ reader.W_dec + b
    assert (x - search).square().sum() <= (x - reader(x)).square().sum()


def test_the_same_seed_gives_the_same_encoder_and_leaves_the_global_one():
    _, x, D, b = sparse_rows(500)
    before = torch.get_rng_state()
    first, second, other = (train_encoder(x, D, b, 2, steps=5, seed=s, progress=False) for s in (3, 3, 4))
    assert torch.equal(first.W_enc, second.W_enc) and not torch.equal(first.W_enc, other.W_enc)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "D, b, says",
    [
        (torch.ones(4, 2), torch.zeros(3), "d_in"),
        (torch.ones(4, 3), torch.zeros(2), "d_in"),
        (torch.zeros(4, 3), torch.zeros(3), "length 0"),
    ],
)
def test_what_is_refused(D, b, says):
    with pytest.raises(ValueError, match=says):
        train_encoder(torch.ones(5, 3), D, b, 1, steps=1)


def test_what_is_explained_either_way_is_counted_row_by_row():
    _, x, D, b = sparse_rows(50)
    reader = train_encoder(x, D, b, 2, steps=3, progress=False)
    mean = torch.full((8,), 0.3)
    search = omp(x - b, reader.W_dec, 2) @ reader.W_dec + b
    expected = []
    for x_hat in (reader(x), search):
        error = sum((x[r] - x_hat[r]).square().sum().item() for r in range(50))
        expected.append(1 - error / sum((row - mean).square().sum().item() for row in x))
    assert explained_either_way(reader, x, mean, 2).tolist() == pytest.approx(expected, abs=1e-4)


def test_three_ways_to_choose_agree_where_directions_are_at_right_angles():
    _, x, D, b = sparse_rows()
    reader = train_encoder(x, D, b, 2, steps=200, batch_size=256, lr=1e-2, progress=False)
    left = left_three_ways(reader, x, k=2, l1=0.1)
    assert list(left) == ["encoder", "OMP", "basis pursuit"]
    assert left["OMP"] < 1e-6 and left["basis pursuit"] < 1e-6 and left["encoder"] < 0.02
    one = left_three_ways(reader, x, k=1, l1=0.1)
    assert one["OMP"] == pytest.approx(one["basis pursuit"], abs=1e-4) and one["OMP"] > 0.05
