"""`course build` and `course build --check`: every chapter's derived files, written or compared."""

import difflib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from course_utils.authoring.executed import execute, package_digest, solution_notebook, stripped
from course_utils.authoring.keep import YOURS, keep_edited
from course_utils.authoring.learner import learner_notebook
from course_utils.authoring.lint import lint
from course_utils.authoring.notebook import serialise
from course_utils.authoring.regions import without_markers
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource, Problem, SourceError, read_source

Say = Callable[[str], None]


class Drift(NamedTuple):
    """A derived file that is not what its source makes. `diff` is a unified diff, cut short."""

    path: str
    message: str
    diff: str = ""


def read_all(
    paths: Iterable[Path], registry: Mapping[str, Any], repository: Repository
) -> tuple[list[ChapterSource], list[Problem]]:
    """Read and lint the chapters; returns them with the notes for their authors.

    Raises:
        SourceError: with every problem of every file.
    """
    chapters, problems, notes = [], [], []
    for path in paths:
        try:
            chapter = read_source(path, repository.shown(path))
        except SourceError as error:
            problems += error.problems
            continue
        found = lint(chapter, registry)
        chapters.append(chapter)
        problems += found.problems
        notes += found.notes
    if problems:
        raise SourceError(problems)
    return chapters, notes


def build(
    chapters: list[ChapterSource], registry: Mapping[str, Any], repository: Repository, *, force: bool, say: Say
) -> None:
    """Write the learner's notebook, the reference code and the executed solution notebook of each chapter.

    A solution notebook whose cells and package are those it was executed with is left alone, unless `force`.

    Raises:
        SourceError: cells that raised, after all chapters were tried. Such a chapter keeps its old solution notebook.
    """
    failed: list[Problem] = []
    for chapter in chapters:
        for path, content in derived(chapter, registry, repository).items():
            edited = path.parent == repository.chapters and _differs(path, content) and keep_edited(path)
            if edited:
                say(f"{repository.shown(path)}  was edited: kept as {edited.name}")
            if _write(path, content):
                say(f"{repository.shown(path)}  written")
        notebook, path = solution_notebook(chapter, repository), repository.solutions / f"{chapter.stem}.ipynb"
        digest = package_digest(repository, chapter.number)
        if not force and _is_current(path, notebook, digest):
            say(f"{repository.shown(path)}  up to date")
            continue
        say(f"{repository.shown(path)}  running …")
        try:
            executed = execute(notebook, chapter)
        except SourceError as error:
            failed += error.problems
            continue
        executed.notebook.metadata.course["package"] = digest
        _write(path, serialise(executed.notebook))
        budget = chapter.course["budget_s"]
        over = "" if executed.seconds <= budget else ", OVER BUDGET"
        say(f"{repository.shown(path)}  executed in {executed.seconds:.0f} s (budget {budget} s{over})")
        for note in executed.notes:
            say(f"{note} (note)")
    if failed:
        raise SourceError(failed)


def derived(chapter: ChapterSource, registry: Mapping[str, Any], repository: Repository) -> dict[Path, str]:
    """The files that follow from the source alone, with their text."""
    answers = {id: without_markers(cell.source) for id, cell in chapter.answers().items()}
    learner = learner_notebook(chapter, registry, repository)
    return {
        repository.chapters / f"{chapter.stem}.ipynb": serialise(learner),
        repository.reference_file(chapter.number): json.dumps(answers, ensure_ascii=False, indent=1) + "\n",
    }


def drift(chapters: list[ChapterSource], registry: Mapping[str, Any], repository: Repository) -> list[Drift]:
    """Derived files of these chapters that are missing or not what a build would make. Runs and writes nothing.

    Of a solution notebook, everything but its outputs is compared, and that it was executed.
    """
    found = []
    for chapter in chapters:
        for path, content in derived(chapter, registry, repository).items():
            found += _compare(path, content, repository)
        path = repository.solutions / f"{chapter.stem}.ipynb"
        committed = _read_notebook(path)
        expected = serialise(stripped(solution_notebook(chapter, repository)))
        if committed is None:
            found.append(Drift(repository.shown(path), "is missing" if not path.exists() else "is no notebook"))
        elif serialise(stripped(committed)) != expected:
            found += _differences(path, serialise(stripped(committed)), expected, repository)
        elif any(cell.cell_type == "code" and cell.execution_count is None for cell in committed.cells):
            found.append(Drift(repository.shown(path), "was not executed to its end"))
    return found


def orphans(repository: Repository) -> list[Drift]:
    """Notebooks that no source makes."""
    stems = {path.stem for path in repository.sources()}
    notebooks = [*repository.chapters.glob("*.ipynb"), *repository.solutions.glob("*.ipynb")]
    return [
        Drift(repository.shown(path), f"has no source solutions/{path.stem}.py")
        for path in sorted(notebooks)
        if path.stem not in stems and YOURS not in path.name
    ]


def _is_current(path: Path, notebook: nbformat.NotebookNode, digest: str) -> bool:
    committed = _read_notebook(path)
    if committed is None or committed.metadata.get("course", {}).get("package") != digest:
        return False
    return serialise(stripped(committed)) == serialise(notebook)


def _compare(path: Path, expected: str, repository: Repository) -> list[Drift]:
    if not path.exists():
        return [Drift(repository.shown(path), "is missing")]
    return _differences(path, path.read_text(encoding="utf-8", errors="replace"), expected, repository)


def _differences(path: Path, committed: str, expected: str, repository: Repository, most: int = 24) -> list[Drift]:
    if committed == expected:
        return []
    shown = repository.shown(path)
    lines = list(
        difflib.unified_diff(
            committed.splitlines(), expected.splitlines(), f"{shown} (committed)", f"{shown} (built)", lineterm="", n=1
        )
    )
    more = [f"… {len(lines) - most} more lines"] if len(lines) > most else []
    return [Drift(shown, "differs from what its source makes", "\n".join([*lines[:most], *more]))]


def _read_notebook(path: Path) -> nbformat.NotebookNode | None:
    """The notebook, or None when there is none or it is broken (then it is built anew)."""
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except Exception:  # nbformat raises anything on a file that is no notebook
        return None
    return notebook


def _differs(path: Path, content: str) -> bool:
    return not path.exists() or path.read_bytes() != content.encode()


def _write(path: Path, content: str) -> bool:
    """Write the file if its text changes, all of it or nothing. True if it did."""
    if not _differs(path, content):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content.encode())
    os.replace(partial, path)
    return True
