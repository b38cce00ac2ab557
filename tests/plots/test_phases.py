"""Maps of kinds, side by side."""

import numpy as np
import pytest

from course_utils import plots

WORDS = {"x_title": "x", "y_title": "y", "differs": "differs"}


def maps(*grids, labels=("first", "second")):
    return plots.phase_maps(dict(zip("abc", grids)), [1, 0.1], [1, 2], labels, **WORDS)


def test_a_cross_marks_where_the_first_map_differs_from_any_other():
    figure = maps([[0, 1], [1, 0]], [[0, 1], [1, 1]], [[1, 1], [1, 0]])
    cross = next(trace for trace in figure.data if trace.name == "differs")
    assert sorted(zip(cross.x, cross.y)) == [(0.1, 2), (1, 1)]


def test_the_legend_says_what_a_hole_is_where_there_is_one():
    assert "none of these" not in [trace.name for trace in maps([[0, 1], [1, 0]]).data]


def test_one_map_has_nothing_to_differ_from():
    figure = maps([[0, -1], [1, 0]])
    assert [trace.name for trace in figure.data if trace.type == "scatter"] == ["first", "second", "none of these"]
    assert np.isnan(figure.data[0].z[0, 1])


@pytest.mark.parametrize(
    ("grid", "labels", "says"),
    [
        ([[0, 1]], "ab", r"\[2, 2\], got \[1, 2\]"),
        ([[0, 1], [2, 0]], "ab", "last label, 1"),
        ([[0, 1], [1, 0]], "abcdefg", "at most 6"),
    ],
)
def test_what_does_not_belong_together_is_refused(grid, labels, says):
    with pytest.raises(ValueError, match=says):
        maps(grid, labels=labels)
