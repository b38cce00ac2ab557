"""A picture and words beside every figure, for pages that can't draw it."""

import base64
import json
import shutil
import sys
from pathlib import Path

import nbformat
import plotly.graph_objects as go
import pytest

from course_utils.authoring import pictures
from course_utils.authoring.pictures import add_pictures, pictures_of

SOLUTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("*.ipynb"))
PLOTLY, PNG = pictures.PLOTLY, pictures.PNG


@pytest.fixture
def chromium():
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("no Chromium on this machine: .ci/run installs one")


def notebook(*heights):
    """A cell for each figure, a bar as high as that."""
    cells = []
    for height in heights:
        figure = json.loads(go.Figure(go.Bar(y=[height]), layout={"height": 300}).to_json())
        output = nbformat.v4.new_output("display_data", {PLOTLY: figure, "text/plain": "Plotly figure"})
        cells.append(nbformat.v4.new_code_cell("figure", outputs=[output]))
    return nbformat.v4.new_notebook(cells=cells)


def test_every_figure_gets_a_picture_and_words(chromium):
    made = add_pictures(notebook(1, 2), {})
    outputs = [cell.outputs[0] for cell in made.cells]
    for output, height in zip(outputs, (1, 2)):
        assert base64.b64decode(output.data[PNG]).startswith(b"\x89PNG")
        assert output.data["text/plain"] == output.metadata[PNG]["alt"] == f"Figure. 0 {height}."
        assert PLOTLY in output.data
    assert outputs[0].data[PNG] != outputs[1].data[PNG]
    nbformat.validate(made)


def test_a_figure_that_did_not_change_keeps_its_picture(monkeypatch):
    first = notebook(1)
    first.cells[0].outputs[0].data[PNG] = "as it was drawn"
    monkeypatch.setattr(pictures, "_drawn", lambda figures: [f"new {len(figures)}"] * len(figures))
    again = add_pictures(notebook(1, 2), pictures_of(first))
    assert [cell.outputs[0].data[PNG] for cell in again.cells] == ["as it was drawn", "new 1"]


def test_a_chapter_without_figures_needs_no_browser(monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", None)
    assert add_pictures(notebook(), {}).cells == []


def test_a_page_shows_the_picture_with_its_words(chromium):
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(template_name="classic").from_notebook_node(add_pictures(notebook(3), {}))
    assert 'alt="Figure. 0 3."' in page and "data:image/png" in page


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solutions_can_be_read_where_nothing_is_drawn(path):
    assert path.stat().st_size < 1_500_000
    found = [
        output
        for cell in nbformat.read(path, 4).cells
        for output in cell.get("outputs", ())
        if PLOTLY in output.get("data", {})
    ]
    assert found
    for output in found:
        assert len(output.metadata[PNG]["alt"]) > 20
        assert 500 < len(base64.b64decode(output.data[PNG])) < 60_000
