"""Values over a plane, with points on it."""

import pytest
import torch

from course_utils import plots

WORDS = {"x_title": "neuron 0", "y_title": "neuron 1", "value_title": "says on"}


def regions(**more):
    values = torch.arange(12.0).reshape(2, 2, 3)
    return plots.region_panels(values, [0, 1, 2], [0, 1], ["first", "second"], **WORDS, **more)


def test_points_stand_on_every_panel_open_or_full():
    at = torch.tensor([[0.0, 0.5], [2.0, 1.0]])
    figure = regions(points=at, marked=torch.tensor([[True, False], [True, True]]), says=["one", "two"])
    points = [trace for trace in figure.data if trace.type == "scatter"]
    assert [(trace.name, list(trace.x), list(trace.text)) for trace in points] == [
        ("off", [2.0], ["two"]),
        ("on", [0.0], ["one"]),
        ("off", [], []),
        ("on", [0.0, 2.0], ["one", "two"]),
    ]
    assert [trace.showlegend for trace in points] == [True, True, False, False]


def test_without_points_there_is_no_legend_and_all_panels_share_one_scale():
    figure = regions()
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"} and not figure.layout.showlegend
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 11)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\[1, 1, 2\]"):
        plots.region_panels(torch.zeros(2, 1, 2), [0, 1], [0], ["one"], **WORDS)
    with pytest.raises(ValueError, match="one truth value per panel"):
        regions(points=torch.zeros(2, 2))
