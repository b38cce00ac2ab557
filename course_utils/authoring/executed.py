"""The solution notebook: the chapter's source, run from top to bottom, outputs kept, nothing that changes by itself."""

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from course_utils.authoring import clean
from course_utils.authoring.notebook import assemble, code, opening, setup_source, text
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource, Problem, SourceError

NOT_IN_A_CHAPTER = ("authoring", "cells", "grading", "cli.py")
"""Parts of the package that no chapter imports: a change there leaves every output as it is."""


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
            cells.append(text(cell.source, tags=list(cell.tags)))
        else:
            source = setup_source(chapter, cell.source, repository) if cell.is_setup else cell.source
            cells.append(code(source, tags=list(cell.tags), exercise=cell.exercise))
    return assemble(chapter, cells, {"version": repository.version})


def execute(notebook: NotebookNode, chapter: ChapterSource) -> Executed:
    """Run a solution notebook in an empty folder, every `check` strict, and clean it.

    Raises:
        SourceError: a cell raised (so a check that does not pass stops the build), or the kernel died.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="course-build-") as folder:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name=chapter.kernelspec["name"],
            record_timing=False,
            store_widget_state=False,
            extra_arguments=["--IPKernelApp.log_level=40"],  # its warnings are about the connection, not the chapter
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=_environment(folder))
        except CellExecutionError as error:
            raise SourceError([_failure(notebook, chapter, error)]) from error
        except DeadKernelError as error:
            raise SourceError([chapter.problem(1, "the kernel died while the chapter ran (out of memory?)")]) from error
    clean.clean(notebook, folder)
    return Executed(notebook, time.monotonic() - started, list(_stderr_notes(notebook, chapter)))


def package_digest(repository: Repository, number: str) -> str:
    """A hash of all that chapter `number` may show of the package, and of the rules outputs are cleaned by."""
    mine = f"ch{int(number):02d}"
    digest = hashlib.sha256()
    for file in sorted(repository.package.rglob("*")):
        parts = file.relative_to(repository.package).parts
        others = parts[0] == "exercises" and parts[1:2] and parts[1].startswith("ch") and parts[1] != mine
        if not file.is_file() or "__pycache__" in parts or parts[0] in NOT_IN_A_CHAPTER or others:
            continue
        digest.update(f"{'/'.join(parts)}\0".encode() + file.read_bytes() + b"\0")
    digest.update(Path(clean.__file__).read_bytes())
    return digest.hexdigest()[:16]


def stripped(notebook: NotebookNode) -> NotebookNode:
    """A copy without what running adds: outputs, counts, the package's hash. What `build --check` compares."""
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


def _failure(notebook: NotebookNode, chapter: ChapterSource, error: CellExecutionError) -> Problem:
    failed = next(
        (c for c in notebook.cells if c.cell_type == "code" and any(o.output_type == "error" for o in c.outputs)), None
    )
    line = _line(chapter, failed.source) if failed is not None else 1
    return chapter.problem(line, f"the cell raised {error.ename}: {error.evalue}")


def _line(chapter: ChapterSource, source: str) -> int:
    """The line of the chapter's cell with this source; the set-up cell's source has grown, so it contains its own."""
    exact = (cell.line for cell in chapter.cells if cell.source == source)
    return next(exact, next((cell.line for cell in chapter.cells if cell.is_setup), 1))


def _stderr_notes(notebook: NotebookNode, chapter: ChapterSource):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                first = output.text.strip().partition("\n")[0]
                yield chapter.problem(_line(chapter, cell.source), f"the cell writes to stderr: {first}")
