"""The notebooks as a learner gets them: they are what the sources make, and they run untouched."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

from tests.notebooks.meter import Meter, Usage
from tests.notebooks.silence import Watch, WatchedClient
from tests.notebooks.waking import look_again

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


class Ran(NamedTuple):
    """A notebook after Run All, errors kept in its outputs; what it took, and which cells were silent for long."""

    notebook: nbformat.NotebookNode
    usage: Usage
    silences: dict[int, float]


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def ran(request, tmp_path_factory) -> Ran:
    """Each learner's notebook, run once."""
    return run(request.param, tmp_path_factory.mktemp("learner"))


def run(path: Path, workdir: Path) -> Ran:
    notebook = nbformat.read(path, as_version=4)
    client = WatchedClient(
        notebook, kernel_name="python3", allow_errors=True, timeout=600, resources={"metadata": {"path": str(workdir)}}
    )
    with client.setup_kernel(env=learners_environment(workdir)):
        client.kc.allow_stdin = True  # somebody is there, who can click
        look_again(client.kc.shell_channel)
        meter = Meter(client.km.provisioner.process.pid)
        client.watch = Watch(meter)
        for index, cell in enumerate(notebook.cells):
            client.watch.note(index)
            client.execute_cell(cell, index)
            client.watch.note(index)
        usage = meter.stop(path.relative_to(ROOT).as_posix(), notebook.metadata.course)
    return Ran(notebook, usage, client.watch.silences())


def learners_environment(workdir: Path) -> dict[str, str]:
    """As at a learner's, but offline: no strict checks, progress bars shown, a progress of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("COURSE_STRICT", "TQDM_DISABLE")}
    return {**inherited, "HF_HUB_OFFLINE": "1", "COURSE_DATA_DIR": str(workdir / "progress")}


def text_of(cell: nbformat.NotebookNode) -> str:
    """Everything a cell put out that can be read as plain text."""
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])
    )


def errors(notebook: nbformat.NotebookNode) -> list[str]:
    """Errors with the cell they come from: papermill calls a run with one of them failed."""
    return [
        f"{output.ename}: {output.evalue}\nin\n{cell.source}"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def test_there_are_chapters_to_test():
    assert [path.stem for path in NOTEBOOKS] == [path.stem for path in sorted((ROOT / "solutions").glob("*.py"))]
    assert NOTEBOOKS


def test_an_untouched_notebook_says_not_attempted_and_nothing_else(ran):
    assert errors(ran.notebook) == []
    checks = {cell.metadata.check: text_of(cell) for cell in ran.notebook.cells if "check" in cell.metadata}
    assert {id for id, text in checks.items() if "ot attempted" not in text} == set()
    assert checks


def test_run_all_shows_no_result_before_its_prediction(ran):
    texts = [text_of(cell) for cell in ran.notebook.cells if "compare(" in cell.source]
    assert not [text for text in texts if "Measured:" in text]


def test_it_keeps_to_its_budget(ran, record_property):
    record_property("usage", tuple(ran.usage))
    assert ran.usage.complaint() is None


def test_no_cell_is_silent_for_long(ran):
    """More than five seconds want a progress bar, or a line that says how long."""
    found = [f"{seconds:.0f} s in\n{ran.notebook.cells[cell].source}" for cell, seconds in ran.silences.items()]
    assert not found, "\n\n".join(found)


def test_notebooks_are_what_their_sources_make():
    """Build drift: an edit of solutions/NN.py without `make build` is found here."""
    command = [sys.executable, "-m", "course_utils.cli", "build", "--check"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "every built file is up to date" in ran.stdout  # a command that did nothing would exit 0 as well


@pytest.mark.parametrize("name", ["00_start_here", "01_toy_models"])
def test_nbconvert_makes_a_page_of_an_untouched_notebook(name, tmp_path):
    """Nobody sits there: no widgets, questions in words, and exit status 0."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "--output-dir", str(tmp_path)]
    environment = learners_environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*command, str(ROOT / "chapters" / f"{name}.ipynb")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    assert page.count("Not attempted yet") >= 6 and "NotImplementedError:" not in page
    assert "needs your answer to exercise" in page and "mine=1" in page and "answers=" in page
    assert "VBoxModel" not in page  # bars of tqdm are widgets, but they ask nothing
