"""What figures show, said in words."""

import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from course_utils import plots
from course_utils.plots.words import MOST, describe

SOLUTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("*.ipynb"))


def words(figure: go.Figure) -> str:
    return describe(json.loads(figure.to_json()))


def test_a_line_is_told_from_end_to_end():
    figure = plots.lines(torch.arange(4), {"loss": torch.tensor([0.9, 0.1, 0.4, 0.3])}, x_title="step", y_title="nats")
    assert words(figure) == "Figure. Across: step. Up: nats. loss: from 0.9 at 0 to 0.3 at 3, lowest 0.1 at 1."


def test_a_small_table_is_told_cell_by_cell():
    figure = plots.heat_map(torch.tensor([[0.5, 1.0]]), rows=["probe"], columns=["thing", "sense"], value_title="F1")
    assert words(figure) == "Figure. A table of 1 rows and 2 columns, F1: probe: thing 0.5, sense 1."


def test_a_large_table_is_told_by_its_ends():
    z = torch.zeros(9, 9)
    z[2, 3] = -1
    z[8, 0] = 2
    said = words(plots.heat_map(z, rows=[f"r{i}" for i in range(9)], columns=[f"c{i}" for i in range(9)]))
    assert said.endswith("smallest -1 (r2, c3), largest 2 (r8, c0).")


def test_arrows_are_told_by_their_tips():
    from course_utils.plots import arrows_2d

    said = words(arrows_2d(torch.tensor([[[1.0, -0.5], [0.0, 0.5]]]), titles=[""]))
    assert "Arrows from the origin to (1, 0), (-0.5, 0.5)." in said


def test_panels_have_their_titles():
    figure = plots.style.panels(["dense", "sparse"], columns=2, row_height=200)
    figure.add_bar(y=[1, 2], row=1, col=1)
    figure.add_scatter(x=[1, 2], y=[3, 4], mode="markers", name="kept", row=1, col=2)
    said = words(figure)
    assert said == "Figure with 2 panels. dense. 0 1, 1 2. sparse. kept: 2 points, 1 to 2 across, 3 to 4 up."


@pytest.mark.parametrize(
    "trace",
    [
        {"type": "scatter", "x": [], "y": []},
        {"type": "scatter", "mode": "lines", "y": [None, None]},
        {"type": "bar", "x": ["a"], "y": ["not a number"]},
        {"type": "heatmap", "z": [[float("nan")]]},
        {"type": "heatmap", "z": []},
        {"type": "pie", "values": [1, 2]},
        {},
    ],
)
def test_nothing_to_tell_is_no_error(trace):
    assert describe({"data": [trace], "layout": {}}).startswith("Figure.")


def test_a_line_with_holes():
    trace = {"type": "scatter", "mode": "lines", "name": "D", "x": [1, 2, 3], "y": [None, 2.0, 1.0]}
    assert describe({"data": [trace]}) == "Figure. D: from 2 at 2 to 1 at 3."


def test_html_in_names_is_left_out_and_signs_are_kept():
    trace = {"type": "scatter", "mode": "lines", "name": "<b>p</b> < 0.1<br>q", "y": np.array([1.0, 2.0]).tolist()}
    assert "p < 0.1 q: from 1 at 0 to 2 at 1" in describe({"data": [trace]})


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_figure_of_the_course_can_be_told(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            if figure := output.get("data", {}).get("application/vnd.plotly.v1+json"):
                said = describe(figure)
                assert 20 < len(said) <= MOST and "nan" not in said, said


@pytest.mark.parametrize(
    "figure", [{"data": 3}, {"data": [{"type": "bar", "x": 1, "y": 2}], "layout": {"title": 5}}, {}]
)
def test_a_figure_that_cannot_be_told_is_shown_all_the_same(figure):
    """A learner's own may hold anything."""
    assert describe(figure).startswith("Figure")
