"""Running a solution notebook: what the kernel is told, and what is said when a cell raises."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_utils.authoring.executed import execute, solution_notebook
from course_utils.authoring.source import SourceError, parse_source

HEADER = "# ---\n# jupyter:\n#   course: {chapter: '01'}\n# ---\n# %% [markdown]\n# # One\n"


@pytest.fixture
def run():
    """Run cells as a chapter; returns the text each printed."""

    def executed(*cells: str, tell=None) -> list[str]:
        source = HEADER + "".join(f"# %%\n{cell}\n" for cell in cells)
        chapter = parse_source(source, "01_cells", "solutions/01_cells.py")
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        done = execute(notebook, chapter, tell)
        return ["".join(o.text for o in cell.outputs) for cell in done.notebook.cells]

    return executed


def test_checks_are_strict_and_progress_is_the_runs_own(run, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("COURSE_DATA_DIR", "/someone/s/own")
    names = "COURSE_STRICT", "COURSE_DATA_DIR", "PLOTLY_RENDERER", "NBGRADER_EXECUTION"
    (shown,) = run(f"import os\nfor name in {names}: print(os.environ.get(name))")
    assert shown == "1\n…/progress\nplotly_mimetype\nNone\n"


def test_a_cell_that_raises_is_named_by_its_line(run):
    with pytest.raises(SourceError) as raised:
        run("x = 1", "assert x > 3, 'no band holds here'")
    assert str(raised.value) == "solutions/01_cells.py:10: the cell raised AssertionError: no band holds here"


def test_a_kernel_that_dies_is_reported(run):
    with pytest.raises(SourceError, match="the kernel died while the chapter ran"):
        run("import os\nos._exit(1)")


def test_what_a_cell_writes_to_stderr_is_noted(chapter, clone):
    warned = parse_source(HEADER + "# %%\nimport sys; print('careful', file=sys.stderr)\n", "01_cells", "c.py")
    done = execute(new_notebook(cells=[new_code_cell(warned.cells[1].source)]), warned)
    assert [str(note) for note in done.notes] == ["c.py:8: the cell writes to stderr: careful"]


def test_the_solution_notebook_keeps_the_solution_and_every_cell(chapter, clone):
    notebook = solution_notebook(chapter, clone)
    sources = [cell.source for cell in notebook.cells]
    assert [s for s in sources if "BEGIN SOLUTION" in s] == [c.source for c in chapter.answers().values()]
    assert 'start("01", built_for="0.1.0")' in sources[2]
    assert notebook.cells[-1].metadata.tags == ["nbval-check-output"]


def test_each_cell_is_told_when_it_begins(run):
    told = []
    run("x = 1", "", "\n# the sum\nprint('a long cell', x + x + x + x + x + x + x + x + x)", "x = 1", tell=told.append)
    assert told == [
        "solutions/01_cells.py:8  x = 1",
        "solutions/01_cells.py:13  print('a long cell', x + x + x + x + x + x + x + …",
        "solutions/01_cells.py:16  x = 1",
    ]


def test_of_two_equal_cells_the_one_that_raised_is_named(run):
    with pytest.raises(SourceError, match=r"^solutions/01_cells\.py:12: the cell raised NameError"):
        run("x = 1", "del x", "del x")
