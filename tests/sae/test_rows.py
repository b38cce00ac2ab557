import torch

from course_utils.sae.rows import counts


def test_counts_are_sums_however_many_rows_there_are():
    labels = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0)) < torch.tensor([0.0, 0.3, 1.0])
    assert counts(labels).tolist() == [0, int(labels[:, 1].sum()), 20_000]
