"""The `course` command: build notebooks and site, verify exercises, start a new one, grade, plan and watch a workshop.

Its tools come with the extra [teach], those of `site` with [site], of `grade --cluster` with [cluster], and [board] is
enough for the board; where one is missing, the command says which. A learner's are `lab` and `export`, for which [lab]
is enough.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated

from course_utils.authoring.errors import CourseError
from course_utils.authoring.skeleton_text import Kind
from course_utils.checking.definition import BadDefinition

# package → the extra that brings it
TOOLS = dict.fromkeys(("jinja2", "jupytext", "nbclient", "kaleido", "pillow", "sqlalchemy"), "teach")
TOOLS |= dict.fromkeys(("pyseccomp", "matplotlib", "pandas", "scikit-learn"), "teach")
TOOLS |= dict.fromkeys(("psutil", "starlette", "uvicorn"), "board")
TOOLS |= dict.fromkeys(("markdown-it-py", "mdit-py-plugins"), "teach")
TOOLS |= dict.fromkeys(("sphinx", "myst-parser", "pydata-sphinx-theme"), "site")
TOOLS |= dict.fromkeys(("typer", "nbconvert", "nbformat", "ipykernel"), "lab")
TOOLS |= {"distributed": "cluster", "jupyterhub": "hub"}
COMES_AS = {"markdown-it": "markdown-it-py"}  # module → package, where their names differ
MISSING = (
    "This command needs the package {package}. It comes with "
    'pip install "superposition-course[{extra}]", or in a clone: pip install -e ".[{extra}]"'
)

try:
    import typer
except ImportError:  # pip installs this entry point with or without its tools
    sys.exit(MISSING.format(package="typer", extra=TOOLS["typer"]))

from course_utils.board.command import board
from course_utils.grading.command import grade
from course_utils.planning.command import plan

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Chapters = Annotated[list[str] | None, typer.Argument(metavar="[CHAPTER]...", help="Like 01; without one, all.")]
Wanted = Annotated[list[str] | None, typer.Argument(metavar="[CHAPTER | ID]...", help="Like 01 or 1.3; without, all.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing: fail if a committed file is not up to date.")]
Force = Annotated[bool, typer.Option("--force", help="Run solution notebooks again even if nothing changed.")]
NewId = Annotated[str, typer.Argument(metavar="ID", help="The new exercise's id: the next of its chapter, like 1.14.")]
Subject = Annotated[
    str,
    typer.Argument(metavar="SUBJECT", help="What its module and the learner's answer are called: crowd_size."),
]
OfKind = Annotated[Kind, typer.Option("--kind", help="What a learner hands in.")]
Hub = Annotated[bool, typer.Option("--hub", help="Be a learner's server on a JupyterHub: its c.Spawner.cmd.")]
Version = Annotated[bool, typer.Option("--version", help="Show the course's version and exit.")]


@app.command()
def build(chapters: Chapters = None, check: Check = False, force: Force = False) -> None:
    """Make a chapter's notebooks from its source: chapters/*.ipynb, solutions/*.ipynb, and the reference code."""
    with plain_messages():
        from course_utils.authoring import pipeline, registry
        from course_utils.authoring.repository import find_repository

        repository, exercises = find_repository(), registry.by_id(registry.chapters())
        sources, notes = pipeline.read_all(repository.sources(chapters), exercises, repository)
        for note in notes:
            typer.echo(f"{note} (note)")
        if not check:
            pipeline.build(sources, exercises, repository, force=force, say=typer.echo)
            return
        differences = pipeline.drift(sources, exercises, repository)
        differences += [] if chapters else pipeline.orphans(repository)
        for difference in differences:
            typer.echo(f"{difference.path} {difference.message}\n{difference.diff}".rstrip())
        if differences:
            raise CourseError(f"{len(differences)} built files are not up to date: `course build` makes them.")
        typer.echo(f"{len(sources)} chapters, every built file is up to date.")


@app.command()
def verify(wanted: Wanted = None) -> None:
    """Run exercises through the five gates: stub, reference, mistakes, rewrites, mutants."""
    with plain_messages():
        from course_utils.authoring import registry

        chapters = registry.chapters(wanted or [])  # first, for it is quick to say that there is no such exercise

        from course_utils.authoring import table
        from course_utils.authoring.repository import find_repository
        from course_utils.authoring.verify import verify_all

        rows = []
        for row in verify_all(wanted or [], chapters, find_repository()):
            typer.echo(table.line(row))
            rows.append(row)
        typer.echo(table.summary(rows))
        if not all(row.ok for row in rows):
            raise typer.Exit(1)


@app.command()
def new(id: NewId, subject: Subject, kind: OfKind = Kind.function) -> None:
    """Write the skeleton of an exercise where it belongs: in the registry and in the chapter's source."""
    with plain_messages():
        from course_utils.authoring.repository import find_repository
        from course_utils.authoring.skeleton import new_exercise

        repository = find_repository()
        for path in new_exercise(id, subject, kind, repository):
            typer.echo(repository.shown(path))
        typer.echo(f"Write what says TODO; `course verify {id}` says what is left. Then `course build`.")


@app.command()
def site(
    folder: Annotated[Path, typer.Argument(help="Where to; a site that is there is replaced.")] = Path("site"),
) -> None:
    """Make the static site: every chapter, the glossary and the guides, to be read without running anything."""
    with plain_messages():
        from course_utils.authoring.repository import find_repository
        from course_utils.authoring.site.build import site as make_site

        make_site(folder, find_repository(), say=typer.echo)


@app.command()
def release() -> None:
    """Check that tag, notebooks, badges and citation name one version; prints the two lines that publish it."""
    with plain_messages():
        from course_utils.authoring.release import release as lines_of
        from course_utils.authoring.repository import find_repository

        typer.echo("\n".join(lines_of(find_repository())))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context, hub: Hub = False) -> None:
    """Open the course in JupyterLab, on copies of your own that no update touches. Options are JupyterLab's."""
    with plain_messages():
        from course_utils.desk import copies

        if hub:
            os.umask(0o077)  # many have their homes there, and on some machines these are open
            import_module("jupyterhub")  # that it is there: what takes this process's place could not say so as well
        first = None
        try:
            chapters, folder, root = copies.home()
            for news in copies.provide(chapters, folder):
                typer.echo(str(news))
            first = folder / copies.FIRST
        except OSError as problem:
            if not hub:
                raise CourseError(str(problem)) from problem
            # Whoever's home is full needs their server to make room in it.
            typer.echo(f"No copies of the chapters were made: {problem}", err=True)
    opened = f"/lab/tree/{first.relative_to(root).as_posix()}" if first else None
    if hub:
        if opened:
            os.environ.setdefault("JUPYTERHUB_DEFAULT_URL", opened)
        # In place of this process, for the hub ends the process that it has started.
        os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *context.args])
    typer.echo(f"Your copies of the chapters are in {folder}.")
    # An address, not a file: Jupyter prints it too, for whose browser isn't opened. Without Jupyter's own news: whoever
    # comes for the course would be asked about them first.
    opens = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url={opened}", "--LabApp.news_url=None"]
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", *opens, *context.args]).returncode)


@app.command()
def export(
    notebooks: Annotated[list[Path], typer.Argument(metavar="NOTEBOOK...", help="Like chapters/01….ipynb.")],
) -> None:
    """Make one HTML page of a notebook, with its figures, to read or to send without Jupyter or a network."""
    with plain_messages():
        from course_utils.desk.export import export as export_page

        for path in notebooks:
            try:
                typer.echo(export_page(path))
            except (OSError, ValueError) as problem:
                raise CourseError(str(problem)) from problem


@app.callback(invoke_without_command=True)
def main(show_version: Version = False) -> None:
    """Build, verify and extend the course on superposition."""
    if show_version:
        import course_utils

        typer.echo(f"superposition-course {course_utils.__version__}")
        raise typer.Exit


@contextmanager
def plain_messages() -> Iterator[None]:
    """Expected problems end the command with a message and exit status 1, without a traceback."""
    try:
        yield
    except (CourseError, BadDefinition) as error:
        typer.echo(str(error), err=True)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0].replace("_", "-")
        package = COMES_AS.get(module, module)
        if package not in TOOLS:
            raise
        typer.echo(MISSING.format(package=package, extra=TOOLS[package]), err=True)
    else:
        return
    raise typer.Exit(1)


app.command()(plain_messages()(grade))
app.command()(plain_messages()(board))
app.command()(plain_messages()(plan))

if __name__ == "__main__":
    app()
