"""What stands in a notebook after the build has run it: figures in JSON and words, the same each time; no widgets."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "from course_utils import plots, toy, widgets\nplots.use_renderer();",
    "plots.bars([1.0, 2.0], ['a', 'b'])",
    "widgets.live_training()",
    "widgets.training_steps(toy.train(5, 2, density=0.03, steps=300, keep_history=True, progress=False))",
]


def executed() -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two executions of the same notebook, as the build runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_STRICT", "1")
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.delenv("PLOTLY_RENDERER", raising=False)
        yield executed(), executed()


@pytest.mark.parametrize("cell", range(1, len(CELLS)), ids=["plot", "live", "steps"])
def test_a_figure_is_one_output_of_plain_json(runs, cell):
    (output,) = runs[0].cells[cell].outputs
    assert list(output.data) == ["application/vnd.plotly.v1+json", "text/plain"]
    assert output.data["text/plain"].startswith("Figure")


@pytest.mark.parametrize("cell", range(1, len(CELLS)), ids=["plot", "live", "steps"])
def test_a_second_run_gives_the_same_output(runs, cell):
    first, second = (run.cells[cell].outputs[0].data for run in runs)
    assert first == second


def test_no_widget_leaves_its_state_in_the_notebook(runs):
    assert "widgets" not in runs[0].metadata
    assert len(nbformat.writes(runs[0])) < 200_000
