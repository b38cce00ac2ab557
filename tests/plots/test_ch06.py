"""What chapter 06 draws: losses beside their floors, and spreads of cosines."""

import numpy as np
import pytest
import torch

from course_utils import plots

GENRES = ["tale", "list", "code"]
LOSSES = {"one layer": torch.tensor([1.2, 3.0, 1.1]), "two layers": torch.tensor([1.2, 1.0, 1.1])}
FLOORS = {"floor": torch.tensor([1.1, 0.9, 1.0]), "if news": torch.tensor([1.1, 4.0, 1.0])}


def test_a_bar_per_model_and_a_line_per_floor():
    figure = plots.losses_and_floors(LOSSES, FLOORS, GENRES)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [bar.name for bar in bars] == list(LOSSES) and [line.name for line in lines] == list(FLOORS)
    np.testing.assert_allclose(bars[0].y, [1.2, 3.0, 1.1], rtol=1e-3)
    assert [line.line.dash for line in lines] == ["solid", "dot"]
    assert list(figure.layout.xaxis.ticktext) == GENRES


def test_a_floor_is_drawn_across_the_bars_of_its_group_and_nowhere_else():
    line = plots.losses_and_floors(LOSSES, {"floor": FLOORS["floor"]}, GENRES).data[-1]
    x, y = np.asarray(line.x).reshape(3, 3), np.asarray(line.y).reshape(3, 3)
    assert ((x[:, 0] < range(3)) & (x[:, 1] > range(3))).all() and (x[:-1, 1] < x[1:, 0]).all()
    np.testing.assert_allclose(y[:, :2], np.repeat([[1.1], [0.9], [1.0]], 2, axis=1), rtol=1e-3)
    assert np.isnan(y[:, 2]).all()


@pytest.mark.parametrize(
    ("losses", "floors"), [({"a": torch.ones(2)}, FLOORS), (LOSSES, FLOORS | {"third": torch.ones(3)})]
)
def test_what_does_not_fit_is_said(losses, floors):
    with pytest.raises(ValueError, match="3 groups"):
        plots.losses_and_floors(losses, floors, GENRES)


def test_densities_of_cosines_have_an_area_of_one_and_their_peak_in_place():
    cosines = 0.1 * torch.randn(20_000, generator=torch.Generator().manual_seed(0)) + 0.5
    trace = plots.cosine_densities({"high": cosines.clamp(-1, 1), "all": torch.linspace(-1, 1, 500)}).data[0]
    x, y = np.asarray(trace.x), np.asarray(trace.y)
    assert y.sum() * 2 / len(y) == pytest.approx(1, abs=0.01)
    assert abs(x[y.argmax()] - 0.5) < 0.06


def test_an_empty_set_of_cosines_is_named():
    with pytest.raises(ValueError, match="'nobody'"):
        plots.cosine_densities({"nobody": torch.zeros(0)})
