"""`course build` and `course build --check`: every chapter's derived files, written or compared."""

import difflib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from course_utils.authoring.counts import counted, readme
from course_utils.authoring.executed import execute, solution_notebook, stripped
from course_utils.authoring.fingerprint import fingerprint, rooms_changed
from course_utils.authoring.keep import YOURS, keep_edited
from course_utils.authoring.learner import learner_notebook
from course_utils.authoring.lint import lint
from course_utils.authoring.notebook import serialise
from course_utils.authoring.pictures import add_pictures, pictures_of
from course_utils.authoring.regions import without_markers
from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource, Problem, SourceError, read_source
from course_utils.authoring.sources import linked, listed, not_listed
from course_utils.authoring.ticker import Ticker

Say = Callable[[str], None]


class Drift(NamedTuple):
    """A derived file that is not what its source makes. `diff` is a unified diff, cut short."""

    path: str
    message: str
    diff: str = ""


def read_all(
    paths: Iterable[Path], registry: Mapping[str, Any], repository: Repository
) -> tuple[list[ChapterSource], list[Problem]]:
    """Read and lint the chapters; returns them, `counted` and `linked` to their sources, with notes for their authors.

    Raises:
        SourceError: with every problem of every file.
    """
    chapters, problems, notes = [], [], []
    known = listed(_text(repository.readme))
    for path in paths:
        try:
            chapter = read_source(path, repository.shown(path))
        except SourceError as error:
            problems += error.problems
            continue
        found = lint(chapter, registry)
        if not found.problems:
            chapters.append(linked(counted(chapter, registry), known))
        problems += [*found.problems, *not_listed(chapter, known)]
        notes += found.notes
    if problems:
        raise SourceError(problems)
    return chapters, notes


def build(
    chapters: list[ChapterSource], registry: Mapping[str, Any], repository: Repository, *, force: bool, say: Say
) -> None:
    """Write the learner's notebook, the reference code and the executed solution notebook of each chapter, and the
    README's table.

    A solution notebook whose cells and package are those it was executed with is left alone, unless `force`.

    Raises:
        SourceError: the README has no row of a chapter; or cells raised, which is told after all chapters were tried.
            Such a chapter keeps its old solution notebook.
    """
    failed: list[Problem] = []
    if _write(repository.readme, readme(_text(repository.readme), chapters, registry)):
        say(f"{repository.shown(repository.readme)}  written")
    for chapter in chapters:
        for path, content in derived(chapter, registry, repository).items():
            edited = path.parent == repository.chapters and _differs(path, content) and keep_edited(path)
            if edited:
                say(f"{repository.shown(path)}  was edited: kept as {edited.name}")
            if _write(path, content):
                say(f"{repository.shown(path)}  written")
        notebook, path = solution_notebook(chapter, repository), repository.solutions / f"{chapter.stem}.ipynb"
        prints = fingerprint(chapter, repository)
        if not force and _is_current(path, notebook, prints):
            say(f"{repository.shown(path)}  up to date")
            continue
        say(f"{repository.shown(path)}  running …")
        try:
            with Ticker("the kernel starts") as ticker:
                executed = execute(notebook, chapter, ticker.show)
        except SourceError as error:
            failed += error.problems
            continue
        executed.notebook.metadata.course["package"] = prints
        add_pictures(executed.notebook, pictures_of(_read_notebook(path)))
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

    Of a solution notebook, everything but its outputs is compared, that it was executed, and with what.

    Raises:
        SourceError: the README has no row of a chapter.
    """
    table = readme(_text(repository.readme), chapters, registry)
    found = _compare(repository.readme, table, repository)
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
        elif changed := rooms_changed(_ran_with(committed), fingerprint(chapter, repository)):
            rooms = ", ".join(f"{repository.package.name}/{room}" for room in changed)
            again = f"`course build {chapter.course['chapter']}` runs it again"
            found.append(Drift(repository.shown(path), f"is stale: since it ran, {rooms} changed; {again}"))
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


def _is_current(path: Path, notebook: nbformat.NotebookNode, prints: dict[str, str]) -> bool:
    committed = _read_notebook(path)
    if committed is None or rooms_changed(_ran_with(committed), prints):
        return False
    return serialise(stripped(committed)) == serialise(notebook)


def _ran_with(notebook: nbformat.NotebookNode) -> Mapping[str, str]:
    """The fingerprint it was executed with; empty where it has none."""
    found = notebook.metadata.get("course", {}).get("package")
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


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
