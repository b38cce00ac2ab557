"""What the cells of an executed notebook showed, as pieces of a page."""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from course_utils.authoring.clean import PLAIN, PLOTLY
from course_utils.authoring.site.markup import inline, raw, scrolling
from course_utils.plots.words import describe

PREDICTION = re.compile(r"^(\S+) predict › ([^\n]*)\n((?:\d+\. [^\n]*\n)+)")
RESULT = re.compile(r"^\S+ › Prediction and result\n")
COLUMN = 165  # pixels that a panel needs; where a page is narrower, the figure is scrolled
PLAYER = 70  # pixels of Plotly's slider and buttons, whose place the page's own take: a keyboard reaches these


def shown(outputs: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each output as Markdown: figures, predictions, tables and cards, printed text."""
    for output in outputs:
        if output["output_type"] == "stream":
            yield scrolling(output["text"])
            continue
        data = output.get("data", {})
        if PLOTLY in data:
            yield figure(data[PLOTLY])
        elif match := PREDICTION.match(data.get(PLAIN, "")):
            yield prediction(*match.groups())
        elif match := RESULT.match(data.get(PLAIN, "")):
            yield raw(f'<p class="measured">{inline(data[PLAIN][match.end() :])}</p>')
        elif "text/html" in data:
            yield raw(f'<div class="shown" role="group" aria-label="Output">{_fit(data["text/html"])}</div>')
        elif PLAIN in data:
            yield scrolling(data[PLAIN])


def prediction(id: str, question: str, choices: str) -> str:
    """A question to think about before one reads on."""
    listed = "".join(f"<li>{inline(choice.partition('. ')[2])}</li>" for choice in choices.strip().split("\n"))
    title = f"<p><strong>Prediction {id}.</strong> {inline(question)}</p>"
    return raw(f'<div class="prediction" id="prediction-{id.replace(".", "-")}">{title}<ol>{listed}</ol></div>')


def figure(plotly: dict[str, Any]) -> str:
    """A figure as a piece of a page."""
    return raw(figure_html(plotly))


def figure_html(plotly: dict[str, Any]) -> str:
    """A figure for `course.js` to draw when it comes into view, with words for whoever can't see it."""
    words = escape(describe(plotly), quote=True)
    layout = {name: value for name, value in plotly["layout"].items() if name not in ("updatemenus", "sliders")}
    parts: dict[str, Any] = {"data": plotly["data"], "layout": layout}
    if film := _film(plotly):
        parts |= {"frames": plotly["frames"], "film": film}
    height, width = int(layout.get("height") or 400) - (PLAYER if film else 0), columns(layout) * COLUMN
    layout["height"] = height
    content = json.dumps(parts, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    size = f"height:{height}px;min-width:min({width}px, 60rem)"
    return (
        f'<figure class="course-figure{" film" if film else ""}"><div class="canvas" role="group" aria-label="Figure">'
        f'<div class="plot" role="img" aria-label="{words}" style="{size}"></div></div>'
        f'<script type="application/json">{content}</script><noscript>{words}</noscript></figure>'
    )


def _film(plotly: dict[str, Any]) -> dict[str, Any] | None:
    """The pictures of an animation by the names of frames, what its slider calls them, and where it stands."""
    sliders = plotly["layout"].get("sliders")
    if not plotly.get("frames") or not sliders:
        return None
    steps = sliders[0]["steps"]
    return {
        "frames": [step["args"][0][0] for step in steps],
        "labels": [step["label"] for step in steps],
        "prefix": sliders[0].get("currentvalue", {}).get("prefix", ""),
        "active": sliders[0].get("active", 0),
    }


def columns(layout: dict[str, Any]) -> int:
    """How many panels stand beside each other."""
    axes = [value for name, value in layout.items() if re.match(r"xaxis\d*$", name)]
    scenes = [value.get("domain", {}).get("x") for name, value in layout.items() if re.match(r"scene\d*$", name)]
    return len({tuple(domain) for domain in [*(axis.get("domain") for axis in axes), *scenes] if domain}) or 1


def _fit(html: str) -> str:
    """Without links to files that a notebook wrote and headings that say nothing; with words for pictures."""
    html = re.sub(r"<th[^>]*></th>", "<td></td>", html)
    html = re.sub(r'<a href="(?!https?:)[^"]*"[^>]*>(.*?)</a>', r"\1", html)
    return re.sub(r"<img (?![^>]*\balt=)", '<img alt="Attention, from each row to each column" ', html)
