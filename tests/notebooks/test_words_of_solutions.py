"""Solutions are read without running them, on GitHub, by nbconvert or by a screen reader: every output has words."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

SOLUTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("[0-9]*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"
NO_WORDS = re.compile(r"^\w+\(children=|^Output\(\)$|^<.* object|^Plotly figure$|^\s*$")


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def cells(request) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(request.param, as_version=4).cells if cell.cell_type == "code"]


def displays(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for output in cell.outputs if "data" in output]


def calls(cell: nbformat.NotebookNode, name: str) -> list[ast.Call]:
    """Calls of a function that this cell makes itself."""
    found = [each for each in ast.walk(ast.parse(cell.source)) if isinstance(each, ast.Call)]
    return [each for each in found if isinstance(each.func, ast.Name) and each.func.id == name]


def test_every_output_has_words(cells):
    wordless = [
        f"{sorted(output.data)} of\n{cell.source[:200]}"
        for cell in cells
        for output in displays(cell)
        if NO_WORDS.search(output.data.get("text/plain", ""))
    ]
    assert wordless == []


def test_every_figure_has_a_picture_and_the_same_words(cells):
    for output in (output for cell in cells for output in displays(cell) if PLOTLY in output.data):
        assert output.data["image/png"] and output.data["text/plain"].startswith("Figure")
        assert output.metadata["image/png"]["alt"] == output.data["text/plain"]


def test_every_prediction_says_how_to_commit_one_without_a_click(cells):
    asked = 0
    for cell in cells:
        texts = [output.data["text/plain"] for output in displays(cell)]
        for call in calls(cell, "predict"):
            (text,) = [text for text in texts if f"{call.args[0].value} predict" in text]
            assert "add `mine=1` … `mine=" in text and "1. " in text
            asked += 1
    assert asked >= 5


def test_the_quiz_says_how_to_answer_it_without_a_click(cells):
    (cell,) = [cell for cell in cells if calls(cell, "quiz")]
    (output,) = displays(cell)
    assert 'answers="…"' in output.data["text/plain"] and "    a. " in output.data["text/plain"]
