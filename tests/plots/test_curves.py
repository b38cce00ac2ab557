"""Curves over one axis."""

import numpy as np
import pytest

from course_utils import plots
from tests.plots.shapes import per_kind


def test_numbers_are_joined_and_names_are_not():
    names = plots.lines(["few", "many"], {"a": [0.5, 1], "b": [1, 1]}, x_title="features", y_title="share")
    joined = plots.lines([1, 10, 100], {"a": [0, 0.5, 1], "b": [1, 1, 1]}, x_title="steps", y_title="share")
    assert [trace.mode for trace in (*names.data, *joined.data)] == ["markers"] * 2 + ["lines+markers"] * 2
    assert list(names.layout.xaxis.ticktext) == ["few", "many"] and list(names.layout.xaxis.tickvals) == [0, 1]


def test_a_point_too_few_is_refused():
    with pytest.raises(ValueError, match="points"):
        plots.lines([1, 2], {"a": [1]}, x_title="x", y_title="y")


def test_panels_share_their_legend_and_each_curve_its_look():
    panels = {"left": per_kind(0.9, 0.5), "right": per_kind(0.8, 0.7)}
    figure = plots.line_panels(per_kind(3.0, 1.0), panels, x_title="x", y_titles=["l", "r"])
    assert [trace.showlegend for trace in figure.data] == [True, False, True, False]
    for left, right in (figure.data[:2], figure.data[2:]):
        assert left.line.color == right.line.color and left.marker.symbol == right.marker.symbol
    np.testing.assert_allclose([trace.y for trace in figure.data[:2]], [[0.5, 0.9], [0.7, 0.8]], atol=1e-3)
