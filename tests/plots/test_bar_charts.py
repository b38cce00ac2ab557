"""Values as bars."""

import numpy as np
import pytest
import torch

from course_utils import plots


def test_repeated_tokens_keep_their_own_bars():
    figure = plots.bars([1.0, 2.0], [" the", " the"])
    assert list(figure.data[0].y) == [1, 2]
    assert figure.layout.xaxis.ticktext == (" the", " the")


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="1 names"):
        plots.bars([1.0, 2.0], ["a"])


def test_more_sets_of_bars_than_colours_are_all_drawn():
    sets = {f"set {k}": torch.ones(2) for k in range(8)}
    figure = plots.grouped_bars(sets, {}, ["a", "b"])
    assert [trace.name for trace in figure.data] == list(sets)


def test_panels_have_one_height_and_the_colours_that_were_passed():
    heights, shades = np.array([[1.0, 3.0], [0.5, 0.2]]), np.array([[0.0, 0.1], [0.2, 0.3]])
    axis = plots.style.colour_axis("shade", 0, 1)
    figure = plots.bar_panels(heights, shades, ["a", "b"], coloraxis=axis, x_title="x", y_title="y", hover="")
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range == (0, 3.15)
    assert [list(bar.marker.color) for bar in figure.data] == shades.tolist()
