"""The solution notebook: the chapter's source, run from top to bottom, outputs kept, nothing that changes by itself."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from course_utils.authoring import clean
from course_utils.authoring.notebook import assemble, code, opening, setup_source, text, with_addresses
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource, Problem, SourceError

FIRST_WORDS = 48


class Executed(NamedTuple):
    """An executed notebook, how long it ran, and what its author should look at."""

    notebook: NotebookNode
    seconds: float
    notes: list[Problem]


def solution_notebook(chapter: ChapterSource, repository: Repository) -> NotebookNode:
    """`solutions/NN_name.ipynb` before it is run. The chapter must have passed `lint`."""
    cells = list(opening(chapter, "solutions", repository))
    for cell in chapter.cells[1:]:
        if cell.kind == "markdown":
            cells.append(text(with_addresses(cell.source, repository), tags=list(cell.tags)))
        else:
            source = setup_source(chapter, cell.source, repository) if cell.is_setup else cell.source
            cells.append(code(source, tags=list(cell.tags), exercise=cell.exercise))
    return assemble(chapter, cells, {"version": repository.version})


def execute(notebook: NotebookNode, chapter: ChapterSource, tell: Callable[[str], None] | None = None) -> Executed:
    """Run a solution notebook in an empty folder, every `check` strict, and clean it.

    tell: is told of each code cell when it begins: `solutions/01_toy_models.py:61  corpus = minilang.sample(1000)`.

    Raises:
        SourceError: a cell raised (so a check that does not pass stops the build), or the kernel died.
    """
    started = time.monotonic()
    lines = _lines(notebook, chapter)

    def begins(cell: NotebookNode, cell_index: int) -> None:
        if tell is not None and cell.source.strip():
            tell(f"{chapter.path}:{lines[cell_index]}  {_first_words(cell.source)}")

    with tempfile.TemporaryDirectory(prefix="course-build-") as folder:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name=chapter.kernelspec["name"],
            record_timing=False,
            store_widget_state=False,
            on_cell_execute=begins,
            extra_arguments=["--IPKernelApp.log_level=40"],  # its warnings are about the connection, not the chapter
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=_environment(folder))
        except CellExecutionError as error:
            raised = f"the cell raised {error.ename}: {error.evalue}"
            raise SourceError([chapter.problem(_failed(notebook, lines), raised)]) from error
        except DeadKernelError as error:
            raise SourceError([chapter.problem(1, "the kernel died while the chapter ran (out of memory?)")]) from error
    clean.clean(notebook, folder)
    return Executed(notebook, time.monotonic() - started, list(_stderr_notes(notebook, chapter, lines)))


def stripped(notebook: NotebookNode) -> NotebookNode:
    """A copy without what running adds: outputs, counts, what it ran with. What `build --check` compares."""
    bare = nbformat.from_dict(notebook)
    bare.metadata.course.pop("package", None)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def _environment(folder: str) -> dict[str, str]:
    """The kernel's environment: strict checks, its own progress, figures as data and not as pages, no bars."""
    inherited = {key: value for key, value in os.environ.items() if key != "NBGRADER_EXECUTION"}
    return {
        **inherited,
        "COURSE_STRICT": "1",
        "COURSE_DATA_DIR": str(Path(folder) / "progress"),
        "PLOTLY_RENDERER": "plotly_mimetype",
        "TQDM_DISABLE": "1",
    }


def _lines(notebook: NotebookNode, chapter: ChapterSource) -> list[int]:
    """The line of the source on which each cell stands. A notebook opens with cells of its own; each of the chapter's
    cells but the first is one cell at the notebook's end."""
    own = [cell.line for cell in chapter.cells[1:]]
    return [1] * (len(notebook.cells) - len(own)) + own


def _first_words(source: str) -> str:
    lines = (line for line in source.split("\n") if line.strip() and not line.startswith("#"))
    first = next(lines, "").strip()
    return first if len(first) <= FIRST_WORDS else f"{first[:FIRST_WORDS].rstrip()} …"


def _failed(notebook: NotebookNode, lines: list[int]) -> int:
    """The line of the cell that raised."""
    pairs = zip(notebook.cells, lines)
    return next((at for cell, at in pairs if any(o.output_type == "error" for o in cell.get("outputs", ()))), 1)


def _stderr_notes(notebook: NotebookNode, chapter: ChapterSource, lines: list[int]) -> Iterator[Problem]:
    for cell, line in zip(notebook.cells, lines):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                first = output.text.strip().partition("\n")[0]
                yield chapter.problem(line, f"the cell writes to stderr: {first}")
