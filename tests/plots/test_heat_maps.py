"""A matrix with names; several with a column beside each."""

import numpy as np
import pytest
import torch

from course_utils import plots
from tests.plots.shapes import models


@pytest.mark.parametrize(
    ("values", "scale"),
    [([[0.2, 0.3]], (0, 0.3)), ([[-0.2, -0.3]], (-0.3, 0)), ([[-0.1, 0.3]], (-0.3, 0.3))],
)
def test_its_scale_has_zero_at_an_end_or_in_the_middle(values, scale):
    axis = plots.heat_map(torch.tensor(values), rows=["a"], columns=["b", "c"]).layout.coloraxis
    assert (axis.cmin, axis.cmax) == pytest.approx(scale)


def test_few_rows_leave_the_colour_bar_its_height():
    height = [plots.heat_map(torch.ones(n, 2), rows=["r"] * n, columns=["a", "b"]).layout.height for n in (1, 2, 8)]
    assert height[0] == height[1] >= 230 and height[2] > height[1]


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 row and 1 column names"):
        plots.heat_map(torch.ones(2, 2), rows=["a", "b"], columns=["c"])


def test_the_column_beside_a_matrix_is_as_wide_as_can_be_seen():
    words = {"x_title": "x", "y_title": "y", "value_title": "v", "beside_tick": "b", "hover": "", "beside_hover": ""}
    for n, at_least in ((5, 1), (80, 5)):
        beside = plots.matrices(np.zeros((1, n, n)), np.ones((1, n)), ["one"], **words).data[1]
        assert beside.x[0] > n - 0.5 and np.ptp(beside.x) >= at_least and beside.z.shape == (n, 1)


def test_every_matrix_has_square_cells_with_the_first_row_on_top():
    words = {"x_title": "x", "y_title": "y", "value_title": "v", "beside_tick": "b", "hover": "", "beside_hover": ""}
    layout = plots.matrices(models(5).numpy(), models(1, 5)[:, 0].numpy(), list("abc"), **words).layout
    for axis, anchor in ((layout.yaxis, "x"), (layout.yaxis2, "x2"), (layout.yaxis3, "x3")):
        assert (axis.scaleanchor, axis.autorange) == (anchor, "reversed")
