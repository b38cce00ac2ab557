"""A plan as pages: the timetable, a sheet and slides for each chapter, in a folder that needs no network.

What they look like stands in `templates/` and, for slides, in `docs/slides/`. Templates escape whatever they show,
unless it is markup that `markup` made.
"""

import importlib.resources
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import Repository
from course_utils.authoring.site.chapter import outputs_by_line
from course_utils.authoring.site.outputs import figure_html
from course_utils.authoring.source import ChapterSource
from course_utils.planning import markup, schedule, telling
from course_utils.planning.choose import Plan
from course_utils.planning.deck import Slide, deck
from course_utils.planning.late import droppable
from course_utils.planning.material import ChapterMaterial
from course_utils.planning.sheets import Sheet, sheet
from course_utils.planning.stage import staged

SCHEDULE = "schedule.json"
KATEX = ("katex.min.css", "katex.min.js", "fonts", "LICENSE")


@dataclass(frozen=True)
class Book:
    """What pages are made from: a plan, and for each of its chapters, by number, source and registry."""

    plan: Plan
    sources: Mapping[str, ChapterSource]
    exercises: Mapping[str, Sequence[Any]]
    at: Repository


def write(book: Book, folder: Path) -> Iterator[Path]:
    """Write everything into `folder`, over an older plan; yields each page when it is there, the timetable first.

    Raises:
        CourseError: the folder holds something else; a chapter has no sheet, or wasn't executed as its source now is.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / SCHEDULE).exists():
        raise CourseError(f"{folder} holds other things than a plan: name an empty folder, or a new one.")
    pages = dict(_pages(book))  # all of them first: what can't be made leaves the folder as it was
    for old in ("sheets", "slides", "assets"):
        shutil.rmtree(folder / old, ignore_errors=True)
    _assets(folder / "assets", book.at)
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path
    (folder / SCHEDULE).write_text(schedule.written(book.plan.schedule), encoding="utf-8")


def _pages(book: Book) -> Iterator[tuple[str, str]]:
    yield "index.html", timetable_page(book.plan)
    for chapter in book.plan.chapters:
        yield f"sheets/{_file(chapter)}", sheet_page(chapter, chapter_sheet(book, chapter))
        yield f"slides/{_file(chapter)}", slides_page(chapter, chapter_deck(book, chapter), book)


def timetable_page(plan: Plan) -> str:
    """The days, what had no room, and what to drop when late."""
    late = {chapter: telling.when_late(plan, chapter) for chapter in plan.chapters}
    return _TEMPLATES.get_template("timetable.html").render(plan=plan, late=late)


def chapter_sheet(book: Book, chapter: ChapterMaterial) -> Sheet:
    """The facilitator's sheet of a planned chapter."""
    slots = book.plan.schedule.slots
    late = {slot.exercise: slot.when_late for slot in slots if slot.exercise and slot.chapter == chapter.number}
    return sheet(chapter.label, chapter.number, book.exercises[chapter.number], late, book.at)


def sheet_page(chapter: ChapterMaterial, of: Sheet) -> str:
    """The sheet: authored part, then every exercise."""
    planned = {help.id for help in of.helps if help.when_late != "out"}
    drop = droppable(chapter, planned)
    return _TEMPLATES.get_template("sheet.html").render(chapter=chapter, sheet=of, drop=drop)


def chapter_deck(book: Book, chapter: ChapterMaterial) -> list[Slide]:
    """The slides of a planned chapter."""
    source = book.sources[chapter.number]
    executed = nbformat.read(book.at.solutions / f"{source.stem}.ipynb", as_version=4)
    return deck(source, outputs_by_line(source, executed), chapter.label, chapter_sheet(book, chapter).idea)


def slides_page(chapter: ChapterMaterial, slides: Sequence[Slide], book: Book) -> str:
    """All slides as one page, which reveal.js turns."""
    planned = {slot.exercise for slot in book.plan.schedule.slots}
    tasks = {task.id: task for task in chapter.tasks}
    template = _TEMPLATES.get_template("slides.html")
    placed = [staged(slide) if slide.figure else (slide, None) for slide in slides]
    return template.render(chapter=chapter, slides=placed, tasks=tasks, planned=planned)


def _file(chapter: ChapterMaterial) -> str:
    return f"{int(chapter.number):02d}.html"


def _assets(folder: Path, at: Repository) -> None:
    """What slides load: reveal.js, Plotly, KaTeX, and the site's script that draws figures."""
    shutil.copytree(at.root / "docs" / "slides", folder)
    for name in KATEX:
        path, to = at.root / "docs" / "site" / "katex" / name, folder / "katex" / name
        to.parent.mkdir(exist_ok=True)
        shutil.copytree(path, to) if path.is_dir() else shutil.copy(path, to)
    shutil.copy(at.root / "docs" / "site" / "course.js", folder)
    plotly = importlib.resources.files("plotly") / "package_data" / "plotly.min.js"
    (folder / "plotly.min.js").write_bytes(plotly.read_bytes())


def _figure(plotly: Mapping[str, Any]) -> Markup:
    """`figure_html` escapes the words, and nothing in the JSON can end its script."""
    return Markup(figure_html(dict(plotly)))


_TEMPLATES = Environment(
    loader=PackageLoader("course_utils.planning"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "clock": schedule.clock,
    "figure": _figure,
    "file": _file,
    "inline": markup.inline,
    "literal": markup.literal,
    "markdown": markup.html,
}
_TEMPLATES.globals |= {"telling": telling, "PAUSES": schedule.PAUSES}
