"""A real JupyterHub on this machine: homes of its own, the course as if installed for all, a board behind its proxy."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.browser.conftest import free_port

ROOT = Path(__file__).parents[2]
CODE = "blue-whale-7"
PATIENCE = 180.0  # seconds; workers on all cores start at the same time as the hub does

# `course lab --hub` of a course that isn't a clone: its chapters are found in the environment's share/.
INSTALLED = "import sys; sys.prefix = {prefix!r}; from course_utils.cli import app; app()"

CONFIGURATION = """
c.JupyterHub.bind_url = "{address}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
# A proxy in Python, for which no Node is needed
c.ConfigurableHTTPProxy.command = [{python!r}, "-c", "from configurable_http_proxy.cli import main; main()"]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"  # every server as the one user that runs the tests
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.cmd = [{python!r}, "-c", {installed!r}, "lab", "--hub"]
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {{"PYTHONPATH": {root!r}, "OMP_NUM_THREADS": "1"}}
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.JupyterHub.services = [
    {{"name": "board", "url": "{board}"}},
    {{"name": "test", "api_token": "{token}"}},
]
c.JupyterHub.load_roles = [
    {{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers"]}},
]
"""


@dataclass(frozen=True)
class Hub:
    """A running hub. `client` speaks to it, and to every learner's server, as somebody who may do everything."""

    address: str
    folder: Path
    client: httpx.Client
    token: str

    @property
    def board(self) -> str:
        """Where learners find the board: a path of the hub's address."""
        return f"{self.address}/services/board"

    def home(self, name: str) -> Path:
        return self.folder / "homes" / name

    def start(self, *names: str) -> None:
        """The servers of these learners, started at the same time, as by logging in."""
        for name in names:
            self.client.post(f"/hub/api/users/{name}").raise_for_status()
            self.client.post(f"/hub/api/users/{name}/server").raise_for_status()
        for name in names:
            wait_for(lambda name=name: self.client.get(f"/hub/api/users/{name}").json()["servers"][""]["ready"])


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    """The hub and the board behind it; both end with the last test of the module."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "homes").mkdir()
    share = folder / "python" / "share" / "superposition-course"
    share.mkdir(parents=True)
    (share / "chapters").symlink_to(ROOT / "chapters")
    token, board_port = secrets.token_hex(16), free_port()
    hub = Hub(f"http://127.0.0.1:{free_port()}", folder, client=httpx.Client(timeout=60), token=token)
    hub.client.base_url = hub.address
    hub.client.headers["Authorization"] = f"token {token}"
    settings = {
        "address": hub.address,
        "board": f"http://127.0.0.1:{board_port}",
        "folder": folder,
        "hub_port": free_port(),
        "installed": INSTALLED.format(prefix=str(folder / "python")),
        "proxy_port": free_port(),
        "python": sys.executable,
        "root": str(ROOT),
        "token": token,
    }
    (folder / "jupyterhub_config.py").write_text(CONFIGURATION.format(**settings), encoding="utf-8")
    board = ["course_utils.cli", "board", "--host", "127.0.0.1", "--port", str(board_port), "--code", CODE]
    running = [
        started(folder, *board, "--address", hub.board),
        started(folder, "jupyterhub", "-f", "jupyterhub_config.py"),
    ]
    try:
        for path in ("/hub/api/", "/services/board/health"):
            wait_for(lambda path=path: hub.client.get(path).status_code == 200, running)
        yield hub
    finally:
        for process in running:
            end(process)
        hub.client.close()


def started(folder: Path, module: str, *arguments: str) -> subprocess.Popen:
    """`python -m module …`; what it says goes to a file."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("COURSE_DATA_DIR", "COURSE_STRICT")
    }
    with (folder / f"{module}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env=environment | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def end(process: subprocess.Popen) -> None:
    """End a process and all that it has started: a hub alone takes its time to let its servers go."""
    family = [process, *psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


def wait_for(true: Callable[[], bool], running: list[subprocess.Popen] | None = None) -> None:
    """Until it is true; that nobody listens yet counts as not yet."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            if true():
                return
        except (httpx.TransportError, KeyError):
            pass
        for process in running or []:
            assert process.poll() is None, f"{process.args} ended with {process.returncode}: see its log"
        time.sleep(0.2)
    pytest.fail(f"still not true after {PATIENCE:.0f} s")
