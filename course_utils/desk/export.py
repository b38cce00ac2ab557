"""A notebook as one HTML file that holds its figures and opens without a network: `course export`."""

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.plots.words import describe
from course_utils.writing import replacing

if TYPE_CHECKING:
    import nbformat

PLOTLY, WIDGET, HTML, PNG = (
    "application/vnd.plotly.v1+json",
    "application/vnd.jupyter.widget-view+json",
    "text/html",
    "image/png",
)
FIGURE = """<div id="figure-{number}" role="img" aria-label="{words}" style="min-height:{height}px"></div>
<script>Plotly.newPlot("figure-{number}", {figure}, {{responsive: true, displaylogo: false}});</script>"""


def page(notebook: "nbformat.NotebookNode", title: str) -> str:
    """The notebook as HTML, figures drawn by the plotly.js that stands in the page, each with words for who can't see.

    Changes the notebook.
    """
    from nbconvert import HTMLExporter
    from plotly.offline import get_plotlyjs

    notebook.metadata["title"] = title
    number = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            data.pop(WIDGET, None)  # it lives in a kernel; what stands beside it remains
            if PLOTLY in data:
                number += 1
                data[HTML] = _drawn(data[PLOTLY], number)
                data.pop(PNG, None)
    body, _ = HTMLExporter(template_name="lab", embed_images=True).from_notebook_node(notebook)
    return body.replace("</head>", f"<script>{get_plotlyjs()}</script>\n</head>", 1) if number else body


def export(path: Path) -> Path:
    """Write the page beside the notebook, under its name; returns where. An older page of that name is replaced.

    Raises:
        ValueError: it is no notebook.
        OSError: it can't be read, or the page can't be written.
    """
    import nbformat

    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as problem:
        raise ValueError(f"{path.name} is no notebook") from problem
    target = path.with_suffix(".html")
    with replacing(target) as (beside,):
        beside.write_text(page(notebook, path.stem), encoding="utf-8")
    return target


def _drawn(figure: dict[str, Any], number: int) -> str:
    layout = figure.get("layout", {})
    parts = {"data": figure.get("data", []), "layout": layout, "frames": figure.get("frames", [])}
    return FIGURE.format(
        number=number,
        words=escape(describe(figure), quote=True),
        height=int(layout.get("height") or 400),
        figure=json.dumps(parts).replace("</", "<\\/"),  # a text in a figure can't end the script
    )
