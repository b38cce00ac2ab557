"""A real JupyterHub on this machine: homes of its own, the course as if installed for all, a board behind its proxy."""

import os
import secrets
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.browser.serving import free_port

ROOT = Path(__file__).parents[2]
CODE = "blue-whale-7"
PATIENCE = 180.0  # seconds; workers on all cores start at the same time as the hub does

# The command of an installed course: its chapters are found in the environment's share/.
COURSE = """\
#!{python}
import sys
sys.prefix = {prefix!r}
from course_utils.cli import app
app()
"""

# What is added to the teachers' lines, so that hub and homes are a test's own.
OF_THE_TEST = """
c.JupyterHub.bind_url = "{address}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
# A proxy in Python, for which no Node is needed
c.ConfigurableHTTPProxy.command = [{python!r}, "-c", "from configurable_http_proxy.cli import main; main()"]
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"  # every server as the one user that runs the tests
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {{"PYTHONPATH": {root!r}, "OMP_NUM_THREADS": "1"}}
c.Spawner.start_timeout = 180
c.JupyterHub.services.append({{"name": "test", "api_token": "{token}"}})
c.JupyterHub.load_roles = [
    {{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers"]}},
]
"""


def teachers_lines(board_port: int) -> str:
    """The configuration as the teachers' page has it, with another port for the board."""
    section = (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8").partition("## On a JupyterHub")[2]
    block = section.partition("```python\n")[2].partition("```")[0]
    assert "8642" in block, "the section has no configuration"
    return textwrap.dedent(block).replace("8642", str(board_port))


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
    folder, token, board_port = tmp_path_factory.mktemp("hub"), secrets.token_hex(16), free_port()
    (folder / "homes").mkdir()
    hub = Hub(f"http://127.0.0.1:{free_port()}", folder, client=httpx.Client(timeout=60), token=token)
    hub.client.base_url = hub.address
    hub.client.headers["Authorization"] = f"token {token}"
    settings = {"address": hub.address, "folder": folder, "python": sys.executable, "root": str(ROOT), "token": token}
    settings |= {"hub_port": free_port(), "proxy_port": free_port()}
    configuration = teachers_lines(board_port) + OF_THE_TEST.format(**settings)
    (folder / "jupyterhub_config.py").write_text(configuration, encoding="utf-8")
    board = ["course_utils.cli", "board", "--host", "127.0.0.1", "--port", str(board_port), "--code", CODE]
    commands, running = installed(folder / "python"), []
    try:
        running.append(started(folder, commands, *board, "--address", hub.board))
        running.append(started(folder, commands, "jupyterhub"))
        for path in ("/hub/api/", "/services/board/health"):
            wait_for(lambda path=path: hub.client.get(path).status_code == 200, running)
        yield hub
    finally:
        for process in running:
            end(process)
        hub.client.close()


def installed(prefix: Path) -> Path:
    """What the wheel puts beside the package: chapters, and the `course` command; the folder of the command."""
    share, command = prefix / "share" / "superposition-course", prefix / "bin" / "course"
    for folder in (share, command.parent):
        folder.mkdir(parents=True)
    (share / "chapters").symlink_to(ROOT / "chapters")
    command.write_text(COURSE.format(python=sys.executable, prefix=str(prefix)), encoding="utf-8")
    command.chmod(0o755)
    return command.parent


def started(folder: Path, commands: Path, module: str, *arguments: str) -> subprocess.Popen:
    """`python -m module …` in that folder; what it says goes to a file there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    for name in ("COURSE_DATA_DIR", "COURSE_STRICT"):
        environment.pop(name, None)
    with (folder / f"{module}.log").open("w") as log:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)


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
