"""The report of a part is that of its rows alone."""

import pytest
import torch

from course_utils.sae.report import VERSIONS, as_table, by_part, explained_in


@pytest.fixture
def measured():
    dice = torch.Generator().manual_seed(0)
    x = torch.randn(12, 3, generator=dice)
    losses = dict(zip(VERSIONS, torch.rand(4, 12, generator=dice) + torch.tensor([0.0, 1.0, 3.0, 4.0])[:, None]))
    return x, x + 0.3 * torch.randn(12, 3, generator=dice), torch.randint(6, (12,), generator=dice), losses


def test_each_part_against_loops_over_its_rows(measured):
    x, x_hat, active, losses = measured
    parts = {"even": torch.arange(12) % 2 == 0, "first": torch.arange(12) < 5}
    found = by_part(*measured, parts)
    for name, part in parts.items():
        rows = part.nonzero().flatten().tolist()
        n = len(rows)
        mean = [sum(x[r, d].item() for r in rows) / n for d in range(3)]
        error = sum((x[r, d] - x_hat[r, d]).item() ** 2 for r in rows for d in range(3))
        spread = sum((x[r, d].item() - mean[d]) ** 2 for r in rows for d in range(3))
        clean, spliced, zero, usual = (sum(losses[v][r].item() for r in rows) / n for v in VERSIONS)
        assert found[name] == pytest.approx(
            {
                "explained variance": 1 - error / spread,
                "L0": sum(active[r].item() for r in rows) / n,
                "nats added": spliced - clean,
                "recovered (zero)": (zero - spliced) / (zero - clean),
                "recovered (mean)": (usual - spliced) / (usual - clean),
            },
            abs=1e-5,
        )


def test_what_other_rows_have_does_not_matter(measured):
    x, x_hat, active, losses = measured
    part = {"first": torch.arange(12) < 5}
    before = by_part(*measured, part)
    x_hat[7:], active[7:] = 100.0, 50
    losses["mean"][7:] = -3.0
    assert by_part(x, x_hat, active, losses, part) == before


def test_what_does_not_fit_is_refused(measured):
    x, x_hat, active, losses = measured
    everything = {"all": torch.ones(12, dtype=torch.bool)}
    with pytest.raises(ValueError, match="none has no rows"):
        by_part(*measured, {"none": torch.zeros(12, dtype=torch.bool)})
    with pytest.raises(ValueError, match="all must have the shape of the rows of x"):
        by_part(*measured, {"all": torch.ones(11, dtype=torch.bool)})
    with pytest.raises(ValueError, match="losses lack mean"):
        by_part(x, x_hat, active, {v: losses[v] for v in VERSIONS[:3]}, everything)
    with pytest.raises(ValueError, match="ablation must cost"):
        by_part(x, x_hat, active, losses | {"zero": losses["untouched"] - 1}, everything)


def test_the_variance_of_a_part_is_around_the_mean_of_all(measured):
    x, x_hat, *_ = measured
    parts = {"even": torch.arange(12) % 2 == 0, "all": torch.ones(12, dtype=torch.bool)}
    mean = [sum(column) / 12 for column in x.T.tolist()]
    for name, explained in explained_in(x, x_hat, parts).items():
        rows = parts[name].nonzero().flatten().tolist()
        error = sum((x[r, d] - x_hat[r, d]).item() ** 2 for r in rows for d in range(3))
        spread = sum((x[r, d].item() - mean[d]) ** 2 for r in rows for d in range(3))
        assert explained == pytest.approx(1 - error / spread, abs=1e-5)


def test_the_table_has_a_line_for_every_part_and_its_columns_stand_below_their_names():
    head, first, second = as_table({"code": {"L0": 3.25, "nats added": 0.5}, "keys": {"L0": 4, "nats added": 1}}).split(
        "\n"
    )
    assert first.split() == ["code", "3.250", "0.500"] and second.split() == ["keys", "4.000", "1.000"]
    assert head.index("L0") + 2 == first.index("3.250") + 5 and len(head) == len(first) == len(second)
