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
table {{ border-collapse: separate; border-spacing: 0 }}
th, td {{ padding: .25em .6em; text-align: center; white-space: nowrap;
  border: solid rgba(127, 127, 127, .35); border-width: 0 1px 1px 0 }}
th {{ font-weight: 600 }} th.left {{ text-align: left; white-space: normal; min-width: 7em; font-weight: 400 }}
thead th, thead td {{ position: sticky; top: 0; background: Canvas; z-index: 1 }}
th.left {{ position: sticky; left: 0; background: Canvas }} thead th.left {{ z-index: 2 }}
td.passed {{ background: rgba(0, 114, 178, .35) }} td.failed {{ background: rgba(213, 94, 0, .4) }}
td.none {{ opacity: .6 }} .small {{ opacity: .75; font-size: 90% }} .flag {{ color: #b33 }}
.wide {{ overflow: auto; max-height: 90vh; width: fit-content; max-width: 100%; margin: 1em 0;
  border: solid rgba(127, 127, 127, .35); border-width: 1px 0 0 1px }}
summary {{ cursor: pointer }}
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
    """What needs a person; for every chapter where the class is stuck, and a heat map of exercises × learners."""
    parts = [_HEAD.format(title="The class"), "<h1>The class</h1>", _look_at(results)]
    for number in results.chapters:
        parts += [f"<h2>{_text(results.catalogue[number]['stem'])}</h2>", _in_short(results, number)]
        parts += [_misconceptions(results, number), _heat_map(results, number)]
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
    lines, folded = "".join(f"<li>{line}</li>" for line in flagged), "" if len(flagged) > 15 else " open"
    return f"<h2>To look at</h2><details{folded}><summary>{_things(len(flagged))}</summary><ul>{lines}</ul></details>"


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


def _in_short(results: Results, number: str) -> str:
    rows, total = results.of_chapter(number), results.total(number)
    mean = sum(row.points for row in rows) / max(1, len(rows))
    return f"<p>{len(rows)} handed in, mean {mean:.3g} of {total:g} points.</p>"


def _heat_map(results: Results, number: str) -> str:
    exercises = results.catalogue[number]["exercises"]
    rows, total = results.of_chapter(number), results.total(number)
    head = "".join(f'<th title="{_text(about["title"])}">{_text(id)}</th>' for id, about in exercises.items())
    body = []
    for row in rows:
        cells = "".join(_cell(row, id) for id in exercises)
        body.append(f"<tr><th class=left>{_link(row)}</th>{cells}<td>{row.points:g} / {total:g}</td></tr>")
    top = f"<thead><tr><th class=left>learner</th>{head}<th>points</th></tr></thead>"
    shares = _share(rows, exercises, "passed", "✓ solved") + _share(rows, exercises, "failed", "✗ stuck")
    signs = "<p class=small>✓ solved · ✗ tried, not solved · ○ not tried; ×2: the second version with an answer</p>"
    return f"<div class=wide><table>{top}<tbody>{shares}{''.join(body)}</tbody></table></div>{signs}"


def _share(rows: list[Row], exercises: dict, status: str, name: str) -> str:
    """How many learners stand so at each exercise: the stronger the colour, the more."""
    cells, colour = "", {"passed": "0, 114, 178", "failed": "213, 94, 0"}[status]
    for id in exercises:
        share = sum(row.entry.marks.get(id, {"status": ""})["status"] == status for row in rows) / max(1, len(rows))
        cells += f'<td style="background: rgba({colour}, {0.6 * share:.2f})">{100 * share:.0f} %</td>'
    return f"<tr><th class=left><strong>{name}</strong></th>{cells}<td></td></tr>"


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
