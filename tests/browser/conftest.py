"""A real JupyterLab over a copy of chapters/, and the system's Chromium in front of it."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.notebook_page import NotebookPage
from tests.conftest import PATIENCE

ROOT = Path(__file__).parents[2]
# All cells in the page at once, so that a test can find them; no news, no questions.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": '{"windowingMode": "none"}',
    "@jupyterlab/apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}


class Lab(NamedTuple):
    """A running JupyterLab: where it listens, its token, the folder it shows."""

    address: str
    token: str
    folder: Path


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab with settings, runtime files and progress of its own."""
    home = tmp_path_factory.mktemp("lab")
    folder, token = home / "course", secrets.token_hex(8)
    shutil.copytree(ROOT / "chapters", folder)
    for name, text in SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "COURSE_DATA_DIR": "progress",
    }
    environment = {**os.environ, **{name: str(home / place) for name, place in places.items()}}
    environment.pop("COURSE_STRICT", None)
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    log = home / "lab.log"
    with log.open("w") as file:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, log)
        yield Lab(address, token, folder)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen, log: Path, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


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
