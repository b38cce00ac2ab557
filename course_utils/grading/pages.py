"""The pages: one for the class (who is stuck where), one for each learner (what a live check would have told them).

What they look like stands in `templates/`. Whatever a template shows is made one line of plain text and escaped,
unless it is markup of our own: no template can forget it.
"""

import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from course_utils.checking.report import Line, Report
from course_utils.grading.plain import one_line
from course_utils.grading.results import Results, Row

_SIGNS = {"passed": "✓", "failed": "✗", "not attempted": "○"}


class ClassStanding(NamedTuple):
    """How the class stands in a chapter. `mistakes`: exercise → the most common ones and how often, if there are any.
    `solved`, `stuck`: the share of learners, for each exercise."""

    stem: str
    exercises: dict[str, dict]
    rows: list[Row]
    total: float
    mean: float
    mistakes: dict[str, list[tuple[str, int]]]
    solved: list[float]
    stuck: list[float]


def write_pages(results: Results, folder: Path) -> Path:
    """`class.html`, and `learners/….html` for each of them. Returns the first."""
    (folder / "learners").mkdir(exist_ok=True)
    for key in dict.fromkeys(row.page for row in results.rows):
        rows = [row for row in results.rows if row.page == key]
        (folder / "learners" / file_name(key)).write_text(learner_page(results, rows), encoding="utf-8")
    page = folder / "class.html"
    page.write_text(class_page(results), encoding="utf-8")
    return page


def class_page(results: Results) -> str:
    """What needs a person; for every chapter where the class is stuck, and a heat map of exercises × learners."""
    chapters = [_standing(results, number) for number in results.chapters]
    sandboxes = sorted({row.entry.sandbox for row in results.rows if row.entry.sandbox})
    template = _TEMPLATES.get_template("class.html")
    return template.render(results=results, chapters=chapters, sandboxes=sandboxes, signs=_SIGNS)


def learner_page(results: Results, rows: list[Row]) -> str:
    """All that one learner handed in, with the feedback of every check."""
    return _TEMPLATES.get_template("learner.html").render(results=results, rows=rows)


def file_name(key: str) -> str:
    """A file name for a learner: readable, harmless, and different for different learners."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:40].lower()
    return f"{readable or 'learner'}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.html"


def _standing(results: Results, number: str) -> ClassStanding:
    rows, about = results.of_chapter(number), results.catalogue[number]
    found = {id: results.mistakes(number, id)[:3] for id in about["exercises"]}
    return ClassStanding(
        stem=about["stem"],
        exercises=about["exercises"],
        rows=rows,
        total=results.total(number),
        mean=sum(row.points for row in rows) / len(rows),
        mistakes={id: names for id, names in found.items() if names},
        solved=[_share(rows, id, "passed") for id in about["exercises"]],
        stuck=[_share(rows, id, "failed") for id in about["exercises"]],
    )


def _share(rows: list[Row], id: str, status: str) -> float:
    return sum(row.entry.marks.get(id, {"status": ""})["status"] == status for row in rows) / len(rows)


def _shown(value: Any) -> Any:
    """What a template shows of a value: no control characters, no more than a line (of 300 characters)."""
    return value if isinstance(value, Markup) else one_line(value, 300)


def report_of(mark: dict[str, Any]) -> Report:
    """The report of a mark, as a live check shows it."""
    lines = tuple(Line(text, kind) for text, kind in mark["lines"])
    return Report(mark["exercise"], mark["status"], mark["headline"], lines, mark["mistake"])


def _report(mark: dict[str, Any]) -> Markup:
    """The card of a live check; `Report.html` has escaped whatever a learner may have written."""
    return Markup(report_of(mark).html())


_TEMPLATES = Environment(
    loader=PackageLoader("course_utils.grading"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"file_name": file_name, "report": _report}
