"""Firings are the activations above zero, and nothing else."""

import pytest
import torch

from course_utils.sae import SAEConfig, choosing, train_sae
from course_utils.sae.firings import encoded, firings, firings_of

F = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])


def naive(f: torch.Tensor, latent: int) -> list[tuple[int, float]]:
    return [(row, f[row, latent].item()) for row in range(len(f)) if f[row, latent] > 0]


@pytest.mark.parametrize("cut", [1, 3, 4])
def test_however_it_is_cut_it_is_every_activation_above_zero(cut):
    at = firings_of(iter(F.split(cut)))
    for latent in range(3):
        rows, values = at.of(latent)
        assert list(zip(rows.tolist(), values.tolist())) == naive(F, latent)
        assert at.mask(latent).tolist() == (F[:, latent] > 0).tolist()
    assert at.count.tolist() == [2, 2, 0] and at.n_rows == 4


def test_a_dictionary_is_encoded():
    x = torch.randn(300, 6, generator=torch.Generator().manual_seed(0))
    config = SAEConfig(architecture="topk", d_in=6, d_sae=12, k=2)
    sae = train_sae(x, config, steps=5, batch_size=64, progress=False)
    at, f = firings(sae, x), sae.encode(x)
    assert all(naive(f, latent) == list(zip(*(part.tolist() for part in at.of(latent)))) for latent in range(12))


def test_nothing_and_unequal_parts_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        firings_of([])
    with pytest.raises(ValueError, match="2 before, now 3"):
        firings_of([torch.ones(1, 2), torch.ones(1, 3)])


class TestRowsToLookAt:
    at = firings_of([torch.tensor([0.0, 0.3, 3.0, 1.1, 0.0, 2.9, 0.9, 3.0, 0.0])[:, None]])

    def dice(self) -> torch.Generator:
        return torch.Generator().manual_seed(0)

    def test_the_largest_come_first_and_of_equal_ones_the_first(self):
        assert choosing.largest(self.at, 0, 3).tolist() == [2, 7, 5]

    def test_thirds_are_of_the_range(self):
        found = {name: sorted(rows.tolist()) for name, rows in choosing.thirds(self.at, 0, 9, self.dice()).items()}
        assert found == {"upper": [2, 5, 7], "middle": [3], "lower": [1, 6]}
        assert all(len(rows) <= 1 for rows in choosing.thirds(self.at, 0, 1, self.dice()).values())

    def test_silent_is_where_it_does_not_fire(self):
        assert sorted(choosing.silent(self.at, 0, 9, self.dice()).tolist()) == [0, 4, 8]

    def test_a_near_miss_has_a_piece_of_a_firing_row(self):
        pieces = torch.tensor([5, 5, 6, 6, 7, 6, 6, 6, 6])
        assert sorted(choosing.near_misses(self.at, 0, pieces, 9, self.dice()).tolist()) == [0, 8]

    def test_half_from_the_top_and_half_over_the_range(self):
        assert choosing.over_the_range(self.at, 0, 4).tolist() == [2, 7, 1]
        assert sorted(choosing.over_the_range(self.at, 0, 99).tolist()) == [1, 2, 3, 5, 6, 7]

    def test_values_are_zero_where_it_is_silent(self):
        rows = torch.tensor([8, 2, 0, 6])
        torch.testing.assert_close(choosing.values_in(self.at, 0, rows), torch.tensor([0.0, 3.0, 0.0, 0.9]))

    def test_a_latent_that_never_fires_has_nothing_to_show(self):
        dead = firings_of([torch.zeros(4, 1)])
        assert len(choosing.largest(dead, 0, 3)) == len(choosing.over_the_range(dead, 0, 4)) == 0
        assert choosing.values_in(dead, 0, torch.tensor([1])).tolist() == [0.0]
        assert all(not len(rows) for rows in choosing.thirds(dead, 0, 3, self.dice()).values())


def test_encoded_is_the_whole_code_however_many_rows_at_a_time(monkeypatch):
    x = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    config = SAEConfig(architecture="topk", d_in=6, d_sae=12, k=2)
    sae = train_sae(x, config, steps=2, batch_size=16, progress=False)
    monkeypatch.setattr("course_utils.sae.firings.AT_ONCE", 7)
    torch.testing.assert_close(encoded(sae, x), sae.encode(x))
