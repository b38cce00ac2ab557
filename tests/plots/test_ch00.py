"""What chapter 00 draws: projections and a rotation."""

import numpy as np
import pytest
import torch

from course_utils import plots
from tests.plots.shapes import pentagon


def test_the_foot_is_where_the_dot_product_with_the_unit_reader_says():
    figure = plots.projections([[0.4], [0.9]], onto=[2.0, 0.0], names=["x"], reader="w")
    dotted = next(trace for trace in figure.data if trace.line.dash == "dot")
    assert (dotted.x, dotted.y) == ((pytest.approx(0.4), pytest.approx(0.4)), (pytest.approx(0.9), 0))
    assert "x · w = +0.40" in [trace.name for trace in figure.data]


def test_a_reader_without_direction_is_refused():
    with pytest.raises(ValueError, match="length 0"):
        plots.projections([[1.0], [0.0]], onto=[0.0, 0.0], names=["x"])


def test_a_rotation_moves_the_arrows_and_leaves_the_heat_map():
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    figure = plots.rotation(pentagon(), turn @ pentagon())
    before, after = (trace.z for trace in figure.data if trace.type == "heatmap")
    np.testing.assert_allclose(before, after, atol=2e-3)
    assert figure.data[0].x != figure.data[5].x
