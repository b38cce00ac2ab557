"""`course plan`: wishes in, a timetable out; with `--out`, pages to print and to show."""

from pathlib import Path
from typing import Annotated

import typer

Days = Annotated[int, typer.Option(help="How many days.")]
Hours = Annotated[float, typer.Option(help="From a day's first minute to its last, breaks and lunch included.")]
First = Annotated[str, typer.Option("--from", metavar="CHAPTER", help="The first chapter, like 00.")]
Last = Annotated[str, typer.Option("--to", metavar="CHAPTER", help="The last chapter, like 09.")]
Start = Annotated[str, typer.Option(help="When a day begins.")]
Lunch = Annotated[int, typer.Option(help="Minutes, on days that have a noon; 0 for none.")]
Title = Annotated[str | None, typer.Option(help="What the workshop is called.")]
Out = Annotated[Path | None, typer.Option(help="Write timetable, sheets and slides into this folder.", file_okay=False)]


def plan(
    days: Days,
    hours: Hours,
    first: First,
    last: Last,
    start: Start = "09:00",
    lunch: Lunch = 60,
    title: Title = None,
    out: Out = None,
) -> None:
    """Plan a workshop from the exercises' minutes: what fits, what to leave out, what to skip when late.

    With --out also as pages, with a sheet for each chapter's teacher and slides of its figures.
    """
    from course_utils import exercises
    from course_utils.planning.wishes import between, wishes

    asked = wishes(days, hours, start, lunch)
    numbers = between(first, last, exercises.chapter_numbers())

    from course_utils.authoring import registry
    from course_utils.authoring.repository import find_repository
    from course_utils.authoring.source import read_source
    from course_utils.planning import pages, telling
    from course_utils.planning.choose import make_plan
    from course_utils.planning.material import material

    at = find_repository()
    known = {chapter.number: chapter for chapter in registry.chapters(numbers)}
    read = (read_source(path, at.shown(path)) for path in at.sources(numbers))
    sources = {source.number: source for source in read}
    parts = [material(sources[n], known[n].exercises, len(known[n].quiz)) for n in numbers]
    made = make_plan(parts, asked, title or f"Superposition, {telling.count(days, 'day')}")
    typer.echo(telling.text(made))
    if out is None:
        typer.echo("\nWith --out FOLDER: this as a page, and a sheet and slides for each chapter.")
        return
    book = pages.Book(made, sources, {number: known[number].exercises for number in numbers}, at)
    written = list(pages.write(book, out))
    typer.echo(f"\n{len(written)} pages. Open {written[0]}")
