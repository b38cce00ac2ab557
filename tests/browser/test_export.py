"""`course export`, opened without a network."""

import json

import nbformat
import torch

from course_utils import plots
from course_utils.desk.export import PLOTLY, export


def test_figures_are_drawn_without_a_network(chromium, tmp_path):
    figure = plots.bars(torch.tensor([1.0, 2.0]), ["a", "b"])
    output = nbformat.v4.new_output("display_data", {PLOTLY: json.loads(figure.to_json())})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("figure", outputs=[output])])
    nbformat.write(notebook, tmp_path / "own.ipynb")
    page = chromium.new_page(offline=True)
    problems = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.goto(export(tmp_path / "own.ipynb").as_uri())
    page.locator("#figure-1 .bars .point").first.wait_for(state="attached")
    assert page.locator("#figure-1 .bars .point").count() == 2
    assert page.get_by_role("img", name="Figure. a 1, b 2.").count() == 1
    assert not problems
    page.close()
