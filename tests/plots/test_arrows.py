"""Features as arrows: where they point, how they are coloured, that none leaves its panel."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import plots
from tests.plots.shapes import IMPORTANCE, TITLES, data, models, pentagon


def test_each_feature_is_a_line_from_the_origin_to_its_column():
    W = pentagon()[None]
    figure = plots.arrows_2d(W, ["pentagon"])
    assert [(trace.x[0], trace.y[0]) for trace in figure.data] == [(0, 0)] * 5
    tips = data([[trace.x[1], trace.y[1]] for trace in figure.data])
    np.testing.assert_allclose(tips, W[0].T.numpy(), atol=1e-3)


def test_one_panel_per_model_with_equal_units():
    figure = plots.arrows_2d(models(), TITLES)
    assert [note.text for note in figure.layout.annotations] == TITLES
    for x, y in [("x", "yaxis"), ("x2", "yaxis2"), ("x3", "yaxis3")]:
        assert figure.layout[y].scaleanchor == x
        assert figure.layout[y].range == figure.layout[y.replace("y", "x", 1)].range
        assert figure.layout[y].range[0] == -figure.layout[y].range[1]


def test_colour_is_importance_and_the_mouse_reads_number_and_norm():
    figure = plots.arrows_2d(pentagon()[None], ["pentagon"], IMPORTANCE)
    arrows = [trace for trace in figure.data if "lines" in trace.mode]
    assert len({arrow.line.color for arrow in arrows}) == 5
    assert "feature 3" in arrows[3].hovertemplate
    assert "0.729" in arrows[3].hovertemplate
    assert "= 1.00" in arrows[3].hovertemplate
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == pytest.approx((0.6561, 1), abs=1e-3)


def test_equal_importance_needs_no_colour_scale():
    assert plots.arrows_2d(pentagon()[None], ["pentagon"]).layout.coloraxis.colorbar.title.text is None


def test_a_dropped_feature_has_no_head():
    W = pentagon()[None].clone()
    W[0, :, 2] = 0
    assert plots.arrows_2d(W, ["one dropped"]).data[2].marker.size == (0, 0)


@pytest.mark.parametrize(
    ("W", "titles", "says"),
    [
        (torch.zeros(1, 3, 5), ["a"], r"\[instance, 2, feature\]"),
        (torch.zeros(2, 2, 5), ["a"], "2 titles, got 1"),
    ],
)
def test_it_refuses_what_it_cannot_draw(W, titles, says):
    with pytest.raises(ValueError, match=says):
        plots.arrows_2d(W, titles)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=8))
def test_no_arrow_leaves_its_panel(tips):
    W = np.array(tips).T[None]
    figure = plots.arrows_2d(W, ["any"])
    assert np.abs(W).max() < figure.layout.xaxis.range[1]
