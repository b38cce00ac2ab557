"""A learner's notebook as one page."""

import json

import nbformat
import plotly.graph_objects as go
import pytest

from course_utils.desk.export import PLOTLY, WIDGET, export


def written(path, *outputs):
    cells = [
        nbformat.v4.new_code_cell("answer = 42", outputs=[nbformat.v4.new_output("display_data", o)]) for o in outputs
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def bar(name="loss"):
    return {PLOTLY: json.loads(go.Figure(go.Bar(y=[1, 2], name=name)).to_json()), "text/plain": "Figure"}


def test_the_page_holds_answers_and_figures_and_needs_no_network(tmp_path):
    page = export(written(tmp_path / "01.ipynb", bar(), bar("error"))).read_text(encoding="utf-8")
    assert "answer" in page and page.count("Plotly.newPlot(") >= 2
    assert 'aria-label="Figure. loss: 0 1, 1 2."' in page and 'aria-label="Figure. error: 0 1, 1 2."' in page
    assert page.count("plotly.js v") == 1 and "cdn.plot.ly" not in page.split("</head>")[1]


def test_a_page_without_figures_is_small(tmp_path):
    assert export(written(tmp_path / "01.ipynb", {"text/plain": "no figure"})).stat().st_size < 1_000_000


def test_what_stands_beside_a_widget_remains(tmp_path):
    view = {WIDGET: {"model_id": "x", "version_major": 2, "version_minor": 0}, "text/html": "<b>answers=</b>"}
    page = export(written(tmp_path / "01.ipynb", view)).read_text(encoding="utf-8")
    assert "<b>answers=</b>" in page and "model_id" not in page


def test_a_text_in_a_figure_cannot_end_its_script(tmp_path):
    page = export(written(tmp_path / "01.ipynb", bar("</script><script>alert(1)</script>"))).read_text(encoding="utf-8")
    assert "</script><script>alert(1)" not in page


def test_the_notebook_is_left_as_it_was_and_an_older_page_is_replaced(tmp_path):
    path = written(tmp_path / "01.ipynb", bar())
    before = path.read_bytes()
    (tmp_path / "01.html").write_text("old")
    assert export(path).read_text(encoding="utf-8") != "old"
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"cells": 3}', '"a"'])
def test_what_is_no_notebook_is_refused_in_words(tmp_path, text):
    (tmp_path / "x.ipynb").write_text(text)
    with pytest.raises(ValueError, match="is no notebook"):
        export(tmp_path / "x.ipynb")
    assert not (tmp_path / "x.html").exists()
