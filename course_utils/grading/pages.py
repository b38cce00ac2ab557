"""The pages: one for the class (who is stuck where), one for each learner (what a live check would have told them)."""

import hashlib
import re
from html import escape
from pathlib import Path

from course_utils.grading.marking import report_of
from course_utils.grading.plain import one_line
from course_utils.grading.results import Results, Row

_SIGNS = {"passed": "✓", "failed": "✗", "not attempted": "○"}
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }}
:root {{ color-scheme: light dark }}
table {{ border-collapse: collapse; margin: 1em 0 }}
th, td {{ padding: .25em .6em; text-align: center; border: 1px solid rgba(127, 127, 127, .35) }}
th.left, td.left {{ text-align: left }}
td.passed {{ background: rgba(0, 114, 178, .35) }} td.failed {{ background: rgba(213, 94, 0, .4) }}
td.none {{ opacity: .6 }} .small {{ opacity: .75; font-size: 90% }} .flag {{ color: #b33 }}
.wide {{ overflow-x: auto }}
</style></head><body>
"""


def write_pages(results: Results, folder: Path) -> Path:
    """`class.html`, and `learners/….html` for each of them. Returns the first."""
    (folder / "learners").mkdir(exist_ok=True)
    for key in dict.fromkeys(row.learner.key for row in results.rows):
        rows = [row for row in results.rows if row.learner.key == key]
        (folder / "learners" / file_name(key)).write_text(learner_page(results, rows), encoding="utf-8")
    page = folder / "class.html"
    page.write_text(class_page(results), encoding="utf-8")
    return page


def class_page(results: Results) -> str:
    """A heat map of exercises × learners for every chapter, the commonest misconceptions, and what needs a person."""
    parts = [_HEAD.format(title="The class"), "<h1>The class</h1>", _look_at(results)]
    for number in results.chapters:
        parts += [f"<h2>{_text(results.catalogue[number]['stem'])}</h2>", _heat_map(results, number)]
        parts.append(_misconceptions(results, number))
    sandboxes = sorted({row.entry.sandbox for row in results.rows if row.entry.sandbox})
    parts += [f"<p class=small>Isolation in force: {_text(name)}.</p>" for name in sandboxes]
    return "\n".join([*parts, "</body></html>\n"])


def learner_page(results: Results, rows: list[Row]) -> str:
    """All that one learner handed in, with the feedback of every check."""
    name = rows[0].learner.name
    parts = [_HEAD.format(title=_text(name)), f"<h1>{_text(name)}</h1>"]
    for row in rows:
        entry = row.entry
        if entry.chapter is None:
            parts.append(f"<h2>{_text(entry.path)}</h2><p>Not marked: {_text(entry.problem)}.</p>")
            continue
        about = results.catalogue[entry.chapter]
        parts.append(f"<h2>{_text(about['stem'])}: {row.points:g} of {results.total(entry.chapter):g} points</h2>")
        notes = [entry.problem] if entry.problem else entry.notes
        parts += [f"<p class=small>{_text(note)}</p>" for note in notes]
        for id, mark in entry.marks.items():
            title = about["exercises"].get(id, {"title": ""})["title"]
            parts += [f"<h3>{_text(id)} {_text(title)}</h3>", report_of(mark).html()]
        parts.append(f"<p class=small>{_text(entry.path)} · graded {_text(entry.graded)} · {_text(entry.sandbox)}</p>")
    return "\n".join([*parts, "</body></html>\n"])


def file_name(key: str) -> str:
    """A file name for a learner: readable, harmless, and different for different learners."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:40].lower()
    return f"{readable or 'learner'}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.html"


def _look_at(results: Results) -> str:
    flagged = [
        f"{_link(row)} ({_text(row.entry.path)}): {_text('; '.join(row.flags))}" for row in results.rows if row.flags
    ]
    flagged += [f"{_text(learner.name)}: nothing handed in" for learner in results.absent]
    flagged += [f"{_text(path)}: not a notebook, left out" for path in results.others]
    if not flagged:
        return ""
    return "<h2>To look at</h2><ul>" + "".join(f"<li>{line}</li>" for line in flagged) + "</ul>"


def _heat_map(results: Results, number: str) -> str:
    exercises = results.catalogue[number]["exercises"]
    rows, total = results.of_chapter(number), results.total(number)
    head = "".join(f'<th title="{_text(about["title"])}">{_text(id)}</th>' for id, about in exercises.items())
    body = []
    for row in rows:
        cells = "".join(_cell(row, id) for id in exercises)
        body.append(f"<tr><td class=left>{_link(row)}</td>{cells}<td>{row.points:g} / {total:g}</td></tr>")
    share = []
    for id in exercises:
        solved = sum(row.entry.marks.get(id, {"status": ""})["status"] == "passed" for row in rows)
        share.append(f"<td>{100 * solved // max(1, len(rows))} %</td>")
    mean = sum(row.points for row in rows) / max(1, len(rows))
    foot = f"<tr><th class=left>solved</th>{''.join(share)}<td>mean {mean:.3g}</td></tr>"
    signs = "<p class=small>✓ solved · ✗ tried, not solved · ○ not tried; ×2: the second version with an answer</p>"
    table = f"<table><tr><th class=left>learner</th>{head}<th>points</th></tr>{''.join(body)}{foot}</table>"
    return f"<div class=wide>{table}</div>{signs}"


def _cell(row: Row, id: str) -> str:
    mark = row.entry.marks.get(id)
    if mark is None:
        return "<td class=none>–</td>"
    kind = "none" if mark["status"] == "not attempted" else mark["status"]
    tries = f" ×{row.attempts[id]}" if row.attempts.get(id, 0) > 1 else ""
    return f'<td class={kind} title="{_text(mark["mistake"] or mark["headline"])}">{_SIGNS[mark["status"]]}{tries}</td>'


def _misconceptions(results: Results, number: str) -> str:
    lines = []
    for id, about in results.catalogue[number]["exercises"].items():
        found = ", ".join(f"{_text(name)} ({count})" for name, count in results.mistakes(number, id)[:3])
        if found:
            lines.append(f"<li>{_text(id)} {_text(about['title'])}: {found}</li>")
    return f"<h3>Most common misconceptions</h3><ul>{''.join(lines)}</ul>" if lines else ""


def _link(row: Row) -> str:
    return f'<a href="learners/{file_name(row.learner.key)}">{_text(row.learner.name)}</a>'


def _text(value: object) -> str:
    """Text in a page: no markup, no quotes that end an attribute, no control characters."""
    return escape(one_line(value, 300), quote=True)
