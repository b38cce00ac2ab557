"""A cell that needs an answer that isn't there says so; every other error is shown as Python shows it."""

import nbformat
import pytest
from nbclient import NotebookClient

from course_utils.desk.unanswered import missing

CELLS = {
    "start": 'from course_utils import start\nstart("01", built_for="0.1.0")',
    "stub": 'def mean(x):\n    raise NotImplementedError("Exercise 1.4: write your code here")',
    "uses it": "mean([1.0])",
    "torch's": 'raise NotImplementedError("for this dtype")',
    "other": "1 / 0",
    "again": "mean([2.0])",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict[str, list[nbformat.NotebookNode]]:
    """The outputs of CELLS, run on past errors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSE_STRICT", raising=False)
        patch.setenv("COURSE_DATA_DIR", str(tmp_path_factory.mktemp("progress")))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in CELLS.values()])
        NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


@pytest.mark.parametrize("cell", ["uses it", "again"])
def test_a_cell_says_which_answer_it_needs(ran, cell):
    (output,) = ran[cell]
    text = output.data["text/plain"]
    assert "exercise 1.4" in text and "isn't written yet" in text and "Traceback" not in text


@pytest.mark.parametrize(("cell", "name"), [("torch's", "NotImplementedError"), ("other", "ZeroDivisionError")])
def test_other_errors_are_pythons(ran, cell, name):
    (output,) = ran[cell]
    assert output.output_type == "error" and output.ename == name and output.traceback


@pytest.mark.parametrize(
    "error", [NotImplementedError(), NotImplementedError("Exercise"), ValueError("Exercise 1.4: write")]
)
def test_only_the_courses_own_gap_is_meant(error):
    assert missing(error) is None
