"""The classic Notebook (nbclassic): figures, live figures, cards, predictions."""

import re
import sys

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.figures import drawn
from tests.browser.serving import TOKEN, serving
from tests.conftest import PATIENCE

CELLS = [
    "from course_utils import check, plots, predict, start, widgets\n"
    'from course_utils.widgets import circuits\nstart("01", built_for="0.1.0")',
    'plots.bars([1.0, 2.0], ["a", "b"])',
    "widgets.live_training()",
    'predict("1.1", question="Which?", choices=["one", "two"])',
    'check("1.1", None)',
    'circuits.colored_tokens(["The", " cat"], [0.0, 2.5])',
]


@pytest.fixture
def page(chromium, tmp_path, monkeypatch):
    """The cells above in a classic Notebook, all run."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder = tmp_path / "own"
    folder.mkdir()
    nbformat.write(notebook, folder / "cells.ipynb")
    command = [sys.executable, "-m", "nbclassic", f"--ServerApp.root_dir={folder}"]
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    with serving(command, tmp_path, folder) as address:
        page = context.new_page()
        page.goto(f"{address}/nbclassic/notebooks/cells.ipynb?token={TOKEN}")
        page.locator("#kernel_indicator_icon.kernel_idle_icon").wait_for()
        page.evaluate("Jupyter.notebook.execute_all_cells()")
        expect(page.locator(".code_cell").last.locator(".input_prompt")).to_contain_text(re.compile(r"\d"))
        yield page
    context.close()


def test_everything_is_shown(page, tmp_path):
    bars, live, prediction, check, circuit = (page.locator(".code_cell").nth(number) for number in range(1, len(CELLS)))
    expect(bars.locator(".js-plotly-plot .bars .point")).to_have_count(2)

    expect(live.locator(".js-plotly-plot .scatterlayer").first).to_be_attached()
    before = drawn(live)
    handle = live.locator(".widget-hslider", has_text="features").locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(live.locator(".gtitle")).to_have_text(re.compile("of 6 features"))
    assert drawn(live) != before

    prediction.get_by_role("button", name="two").click()
    expect(prediction).to_contain_text("You predict: two")
    expect(check).to_contain_text("Not attempted yet")
    expect(circuit).to_contain_text("cat")
    page.screenshot(path=tmp_path / "classic.png", full_page=True)
