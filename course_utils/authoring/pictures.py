"""A picture and a few words beside every Plotly figure of an executed notebook.

GitHub, nbconvert and screen readers can't draw Plotly's JSON: they show the picture (`image/png`), or read the words
(`text/plain`, and the picture's `alt`). Where Plotly is known, in JupyterLab and Colab, the figure itself is shown.
"""

import asyncio
import base64
import io
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from nbformat import NotebookNode

from course_utils.authoring.clean import PLAIN, PLOTLY

PNG = "image/png"
WIDTH, COLOURS = 760, 128  # pixels; a figure of ours has few colours, and a palette makes a third of the size


def add_pictures(notebook: NotebookNode, before: Mapping[str, str]) -> NotebookNode:
    """Add them in place; returns the notebook.

    before: pictures that are there already (`pictures_of` the last build). A figure that didn't change keeps its own,
        since browsers draw the same figure with other last bits.

    Raises:
        RuntimeError: a figure has to be drawn and there is no Chromium to draw it.
    """
    found = list(_figures(notebook))
    if not found:
        return notebook
    from course_utils.plots.words import describe

    missing = {key: output.data[PLOTLY] for key, output in found if key not in before}
    pictures = {**before, **dict(zip(missing, _drawn(list(missing.values()))))}
    for key, output in found:
        words = describe(output.data[PLOTLY])
        output.data[PNG], output.data[PLAIN] = pictures[key], words
        output.metadata[PNG] = {"alt": words}
    return notebook


def pictures_of(notebook: NotebookNode | None) -> dict[str, str]:
    """The pictures in a notebook by the figure they show."""
    found = () if notebook is None else _figures(notebook)
    return {key: output.data[PNG] for key, output in found if PNG in output.data}


def _figures(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if PLOTLY in output.get("data", {}):
                yield json.dumps(output.data[PLOTLY], sort_keys=True), output


def _drawn(figures: list[dict[str, Any]]) -> list[str]:
    """PNGs in base64, drawn by the system's Chromium."""
    if not figures:
        return []
    import kaleido

    async def draw() -> list[bytes]:
        try:
            browser = kaleido.Kaleido(n=1, timeout=120)
        except Exception as problem:  # a class of a package of kaleido's own
            raise RuntimeError("no Chromium or Chrome to draw the figures' pictures with: install one") from problem
        async with browser as drawing:
            return [await drawing.calc_fig(_still(figure), opts=OPTIONS) for figure in figures]

    with ThreadPoolExecutor(1) as apart:  # where an event loop may run already
        return [_small(png) for png in apart.submit(lambda: asyncio.run(draw())).result()]


OPTIONS = {"format": "png", "scale": 1, "width": WIDTH}


def _still(figure: dict[str, Any]) -> dict[str, Any]:
    """Without buttons and sliders, which a picture hasn't."""
    layout = {name: value for name, value in figure["layout"].items() if name not in ("updatemenus", "sliders")}
    return {"data": figure["data"], "layout": layout}


def _small(png: bytes) -> str:
    from PIL import Image

    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGBA").quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
    image.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()
