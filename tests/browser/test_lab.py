"""`course lab`, and in front of it somebody who answers, updates the course, and starts again."""

import json
import re
import shutil
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.notebook_page import NotebookPage
from tests.browser.serving import TOKEN, serving
from tests.conftest import PATIENCE

COMMAND = [sys.executable, "-c", "from course_utils.cli import app; app()", "lab"]
FIRST = "00_start_here.ipynb"


@pytest.fixture
def clone(tmp_path):
    """What `course lab` looks for in a clone."""
    (tmp_path / "clone" / "course_utils").mkdir(parents=True)
    shutil.copytree(ROOT / "chapters", tmp_path / "clone" / "chapters")
    return tmp_path / "clone"


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def printed_address(home) -> str:
    """Where JupyterLab says it is: what somebody follows whose browser wasn't opened."""
    return re.findall(r"(http://127\.0\.0\.1:\d+/\S*?)\?token", (home / "lab.log").read_text())[0]


def listed(page) -> list[str]:
    """The files that the panel at the left shows."""
    expect(page.locator(".jp-DirListing-itemText", has_text=FIRST).first).to_be_visible()
    return page.locator(".jp-DirListing-itemText").all_text_contents()


def test_an_answer_survives_an_update_which_is_told_once(clone, page, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with serving(COMMAND, tmp_path, clone):
        assert f"Your copies of the chapters are in {clone / 'work'}." in (tmp_path / "lab.log").read_text()
        page.goto(f"{printed_address(tmp_path)}?token={TOKEN}")
        assert page.url.endswith(f"/lab/tree/work/{FIRST}")
        notebook = NotebookPage(page, tmp_path)
        assert FIRST in listed(page) and "10_saes_language_model.ipynb" in listed(page)
        notebook.run(notebook.cell("from course_utils import"))
        notebook.replace(notebook.cell("length = ..."), "length = 13")
        assert "0.1 ✓" in notebook.run_with(notebook.cell("length = 13"), notebook.cell('check("0.1"'))
        notebook.picture("answered")
        settings = json.loads(page.locator("#jupyter-config-data").text_content())
        assert settings["news"]["disabled"]  # or each learner would be asked first whether they want Jupyter's
        page.keyboard.press("Control+s")
        expect(page.locator(".jp-Document.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
        # The root is the clone, whose other folders can be reached.
        page.locator(".jp-BreadCrumbs-home").click()
        expect(page.locator(".jp-DirListing-itemText", has_text="chapters").first).to_be_visible()

    newer = json.loads((clone / "chapters" / FIRST).read_text())
    heading = next(cell for cell in newer["cells"] if "## 0.2" in "".join(cell["source"]))
    heading["source"] = [*heading["source"], "\n\nMore about it."]
    (clone / "chapters" / FIRST).write_text(json.dumps(newer))
    news = "00_start_here has a newer version. Your own stays as it is; the new one is 00_start_here.new.ipynb."

    with serving(COMMAND, tmp_path, clone):
        said = (tmp_path / "lab.log").read_text()
        assert news in said and "0.2 A feature is a direction" in said
        page.goto(f"{printed_address(tmp_path)}?token={TOKEN}")
        notebook = NotebookPage(page, tmp_path)
        assert "00_start_here.new.ipynb" in listed(page)
        expect(notebook.cell("length = 13")).to_be_visible()
        notebook.picture("beside")
    with serving(COMMAND, tmp_path, clone):
        assert news not in (tmp_path / "lab.log").read_text()
