"""A legend above a figure keeps off the data, in a cell so narrow that it takes a line for each name."""

import pytest
import torch

from course_utils import plots

NAMES = [f"{which} copies of a neuron that is loud" for which in ("first", "second", "third", "fourth", "last")]
SETS = {name: [0.1, 0.5, 0.9] for name in NAMES}
FIGURES = {
    "densities": lambda: plots.densities(
        {name: torch.linspace(-1, 1, 50) for name in NAMES}, x_title="cosine", y_title="density", value="cosine"
    ),
    "grouped_bars": lambda: plots.grouped_bars(
        SETS, {"floor": [0.1, 0.1, 0.1]}, ["code", "list", "tale"], x_title="genre", y_title="nats"
    ),
    "scatter_panels": lambda: plots.scatter_panels({"L0": SETS}, SETS, y_title="F1"),
}


@pytest.mark.parametrize("width", [420, 1000])
@pytest.mark.parametrize("kind", FIGURES)
def test_a_legend_ends_where_the_data_begin(kind, width, chromium, tmp_path):
    file = tmp_path / "figure.html"
    FIGURES[kind]().write_html(file, include_plotlyjs="directory", config={"responsive": True})
    page = chromium.new_page(viewport={"width": width, "height": 700})
    page.goto(file.as_uri())
    legend, data = (page.locator(which).first.bounding_box() for which in (".legend .bg", ".bglayer .bg, .nsewdrag"))
    page.close()
    assert (legend["height"] > 90) == (width == 420)  # one line for each name, or less
    assert legend["y"] >= 0 and legend["y"] + legend["height"] <= data["y"]
