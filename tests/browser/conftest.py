"""A real JupyterLab over a copy of chapters/, and the system's Chromium in front of it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.notebook_page import NotebookPage
from tests.browser.serving import TOKEN, serving
from tests.conftest import PATIENCE

ROOT = Path(__file__).parents[2]


class Lab(NamedTuple):
    """A running JupyterLab: where it listens, its token, the folder it shows."""

    address: str
    token: str
    folder: Path


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab with settings, runtime files and progress of its own."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "course"
    shutil.copytree(ROOT / "chapters", folder)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    with serving(command, home, folder) as address:
        yield Lab(address, TOKEN, folder)


@pytest.fixture
def open_notebook(chromium, lab, tmp_path):
    """`open_notebook("01_toy_models.ipynb")` in a window of its own; pictures go to the test's folder."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE)

    def open_(name: str) -> NotebookPage:
        page = context.new_page()
        page.goto(f"{lab.address}/lab/tree/{name}?token={lab.token}&reset")
        return NotebookPage(page, pictures=tmp_path)

    yield open_
    context.close()
