"""Points in panels: the same ones in each, by another number."""

import pytest

from course_utils import plots

Y = {"relu": [0.1, 0.4], "topk": [0.3]}
X = {"loss": {"relu": [1.0, 2.0], "topk": [3.0]}, "L0": {"relu": [8.0, 4.0], "topk": [16.0]}}


def test_each_kind_has_one_colour_and_stands_in_the_legend_once():
    figure = plots.scatter_panels(X, Y, y_title="F1", says={"relu": [" a", " b"], "topk": [" c"]})
    assert [(t.name, t.showlegend) for t in figure.data] == [
        ("relu", True), ("topk", True), ("relu", False), ("topk", False),
    ]  # fmt: skip
    assert figure.data[0].marker.color == figure.data[2].marker.color != figure.data[1].marker.color
    assert list(figure.data[2].x) == [8, 4] and list(figure.data[0].text) == [" a", " b"]
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text) == ("loss", "L0")


@pytest.mark.parametrize("broken", [{"loss": {"relu": [1.0], "topk": [3.0]}}, {"loss": {"relu": [1.0, 2.0]}}])
def test_points_that_do_not_fit_are_refused(broken):
    with pytest.raises(ValueError, match="'loss'"):
        plots.scatter_panels(broken, Y, y_title="F1")
