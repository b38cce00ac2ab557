"""How values are spread."""

import numpy as np
import torch

from course_utils import plots


def test_a_grid_asks_each_row_of_each_column_and_marks_mean_and_reference():
    rows = {"up": [[0.1, 0.3], [0.5]], "down": [[0.9], [0.2, 0.2, 0.2]]}
    figure = plots.histogram_rows(rows, ["a", "b"], x_title="x", value="share", reference=0.6)
    assert [int(sum(bar.y)) for bar in figure.data] == [2, 1, 1, 3]
    assert [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dash"] == [0.2, 0.5, 0.9, 0.2]
    assert [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dot"] == [0.6] * 4
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis3.title.text) == ("up", "down")
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis3.title.text) == (None, "x")


def test_what_lies_outside_is_counted_at_the_ends():
    (bar,) = plots.histogram_rows({"y": [[-3.0, 7.0, 7.0]]}, ["a"], x_title="x", value="v", bins=4).data
    assert list(bar.y) == [1, 0, 0, 2]


def test_more_sets_than_dashes_are_all_drawn():
    sets = {f"set {k}": torch.linspace(-1, 1, 50) for k in range(7)}
    figure = plots.densities(sets, x_title="x", y_title="y", value="v")
    assert [trace.name for trace in figure.data] == list(sets)
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 7


def test_an_area_is_one_between_other_ends_too():
    values = 3 * torch.rand(999, generator=torch.Generator().manual_seed(0)) ** 2
    (trace,) = plots.densities({"a": values}, x_title="x", y_title="y", value="v", ends=(0, 3), bins=30).data
    rounding = 30 * 0.0005 * 0.1  # bins × half of the last digit of a height × width
    assert abs(np.sum(trace.y) * 0.1 - 1) <= rounding and trace.x[0] > 0
