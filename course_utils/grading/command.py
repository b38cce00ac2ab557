"""`course grade`: a folder of notebooks in, marks and feedback out."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from course_utils.authoring.errors import CourseError

Folder = Annotated[Path, typer.Argument(help="The notebooks that were handed in.", exists=True, file_okay=False)]
Out = Annotated[Path | None, typer.Option(help="Where to write; without it, FOLDER-grades.", file_okay=False)]
Book = Annotated[str | None, typer.Option("--gradebook", help="A database URL; without it, a SQLite file in OUT.")]
RosterFile = Annotated[Path | None, typer.Option("--roster", help="CSV with a column learner, and name, email, file.")]
Only = Annotated[list[str] | None, typer.Option("--only", help="Grade this exercise (like 1.3) only; may be repeated.")]
Regrade = Annotated[bool, typer.Option("--regrade", help="Grade again what has marks already.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Notebooks at the same time; without it, one for every core.")]
ClusterAddress = Annotated[str | None, typer.Option("--cluster", help="A Dask scheduler, like tcp://host:8786.")]
NoSandboxFlag = Annotated[
    bool, typer.Option("--no-sandbox", help="Run learners' code as you, where nothing isolates it.")
]
Seconds = Annotated[float, typer.Option("--cell-seconds", min=1, help="What one cell may take, if it trains nothing.")]
Partial = Annotated[bool, typer.Option("--partial", help="A wrong function has a share of its points; see the docs.")]
Due = Annotated[str | None, typer.Option("--due", help="Like 2026-01-31T23:59: marks.csv tells how late a file is.")]
Published = Annotated[
    Path | None, typer.Option("--chapters", help="The notebooks as published; without it, the clone's.")
]


def grade(
    folder: Folder,
    out: Out = None,
    gradebook: Book = None,
    roster: RosterFile = None,
    only: Only = None,
    regrade: Regrade = False,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    no_sandbox: NoSandboxFlag = False,
    cell_seconds: Seconds = 60.0,
    partial: Partial = False,
    due: Due = None,
    chapters: Published = None,
) -> None:
    """Grade the notebooks in a folder: marks that a learner's code cannot make.

    Answers run in a sandbox and are checked from outside. Killed at any moment, the same command goes on where it was.
    """
    _import_now("jinja2", *(["distributed"] if cluster else []))
    from course_utils.grading import files, identity, results
    from course_utils.grading.at_hand import chapters_in, numbers_of
    from course_utils.grading.batch import carry_out, make_plan
    from course_utils.grading.budgets import Budgets
    from course_utils.grading.gradebook import sqlite
    from course_utils.grading.grader import Grader, fingerprint, usable_cores

    people, deadline = _roster(identity, roster), _moment(due)
    out = out or folder.resolve().with_name(f"{folder.resolve().name}-grades")
    out.mkdir(parents=True, exist_ok=True)
    book = _open(gradebook or sqlite(out / "gradebook.sqlite"))
    settings = {"budgets": Budgets(cell=cell_seconds), "allow_none": no_sandbox}
    published = chapters or _chapters()
    jobs = jobs or usable_cores()
    with ExitStack() as stack:
        stack.callback(book.close)
        stack.enter_context(_database_errors())
        numbers = chapters_in(folder, files.find(folder)[0], only or (), numbers_of(published))
        settings["numbers"] = sorted(numbers) if numbers else None
        grader = stack.enter_context(Grader(published, book.secret(), **settings))
        _known(only or (), grader.catalogue)
        if regrade:
            book.begin_round(fingerprint(published))
        plan = make_plan(folder, book, grader.catalogue, only or (), regrade)
        if plan.jobs:
            mark, executor = grader.mark, stack.enter_context(ThreadPoolExecutor(jobs))
            if cluster:
                mark, executor, jobs = _on_cluster(stack, cluster, published, book.secret(), settings)
            else:
                _start(grader, len(plan.jobs))
            tick = _progress(stack, len(plan.jobs))
            carry_out(plan, folder, book, mark, executor, at_once=2 * jobs, tick=tick)
        if regrade:
            book.end_round()
        late = {path: t - deadline for path, t in plan.written.items()} if deadline is not None else None
        about = (grader.catalogue, people, plan.others)
        found = results.join(book.current(plan.submissions), book.entries(), *about, partial=partial, late=late)
        _report(found, len(plan.jobs), out)


def _import_now(*packages: str) -> None:
    """Raises ModuleNotFoundError now for a package that would otherwise be missed after hours of grading."""
    for package in packages:
        import_module(package)


def _open(url):
    from sqlalchemy.exc import ArgumentError

    from course_utils.grading.gradebook import Gradebook

    with _database_errors():
        try:
            return Gradebook(url)
        except (ArgumentError, ImportError) as error:
            raise CourseError(f"The gradebook's URL does not do: {error}") from error


@contextmanager
def _database_errors():
    """A database that is away, locked or full is an expected problem: what was graded before is kept."""
    from sqlalchemy.exc import SQLAlchemyError

    from course_utils.grading.plain import one_line

    try:
        yield
    except SQLAlchemyError as error:
        raise CourseError(f"The gradebook cannot be used: {one_line(getattr(error, 'orig', None) or error)}") from error


def _known(only, catalogue: dict[str, dict]) -> None:
    ids = [id for chapter in catalogue.values() for id in chapter["exercises"]]
    if unknown := [id for id in only if id not in ids]:
        raise CourseError(f"There is no exercise {', '.join(unknown)}; there are {', '.join(ids)}.")


def _start(grader, submissions: int) -> None:
    from course_utils.grading.sandbox import NoSandbox

    try:
        grader.start(submissions)
    except NoSandbox as reason:
        raise CourseError(_REFUSED.format(reason=reason)) from None
    typer.echo(f"Isolation: {grader.sandbox}", err=True)


def _report(found, graded: int, out: Path) -> None:
    from course_utils.grading.export import write_tables
    from course_utils.grading.pages import write_pages
    from course_utils.grading.plain import one_line

    write_tables(found, out)
    page = write_pages(found, out)
    for note in found.notes:
        typer.echo(one_line(note))
    for row in found.rows:
        if row.flags:
            typer.echo(f"{one_line(row.entry.path)} ({one_line(row.learner.name)}): {one_line('; '.join(row.flags))}")
    for path in found.others:
        typer.echo(f"{one_line(path)}: not a notebook, left out")
    typer.echo(f"{len(found.rows)} notebooks, {graded} graded now. {page}")


def _roster(identity, path: Path | None):
    try:
        return identity.read_roster(path) if path else None
    except (OSError, ValueError) as error:
        raise CourseError(str(error)) from error


def _moment(due: str | None) -> float | None:
    """Seconds since 1970. Without a time zone it is this machine's time; a day alone ends with that day."""
    if due is None:
        return None
    try:
        moment = datetime.fromisoformat(due.strip())
    except ValueError:
        raise CourseError(f"--due wants a day or a time, like 2026-01-31 or 2026-01-31T23:59, not {due!r}.") from None
    whole_day = len(due.strip()) <= 10
    return (moment + timedelta(days=1) if whole_day else moment).timestamp()


def _chapters() -> Path:
    from course_utils.authoring.repository import find_repository

    return find_repository().chapters


def _on_cluster(stack: ExitStack, address: str, published: Path, secret: str, settings: dict):
    from course_utils.grading.cluster import Cluster

    texts = {path.name: path.read_text(encoding="utf-8") for path in published.glob("[0-9][0-9]_*.ipynb")}
    try:
        cluster = stack.enter_context(Cluster(address, settings | {"chapters": texts, "secret": secret}))
    except OSError as error:
        raise CourseError(f"No Dask scheduler answers at {address}: {error}") from error
    return cluster.marker(), cluster.executor, cluster.cores


def _progress(stack: ExitStack, total: int):
    from tqdm import tqdm

    tqdm.monitor_interval = 0
    return stack.enter_context(tqdm(total=total, unit=" notebooks", file=sys.stderr, disable=None)).update


_REFUSED = """No sandbox works here, so learners' code would run with your rights, on your files and your network:
{reason}
Install bubblewrap (apt install bubblewrap, dnf install bubblewrap), or grade on a Linux machine or in WSL.
`course grade --no-sandbox …` grades all the same, if you trust everybody who handed in a notebook."""
