"""Where a live figure is drawn, and whether there can be one here."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.plots.render import in_kernel

if TYPE_CHECKING:
    import ipywidgets

VIEW = "application/vnd.jupyter.widget-view+json"


def widgets_run() -> bool:
    """True if sliders would answer: ipywidgets is installed and somebody sits at this kernel.

    Else a live figure becomes a plain one, and a question is asked in words. Nobody sits there

    - with COURSE_STRICT or NBGRADER_EXECUTION set: the programs that build and grade notebooks say so;
    - where `input()` can't ask, as under nbconvert and papermill. (They would even wait for ever, one time in nine, for
      the reply of a cell with an Output widget.) In Colab `input()` goes other ways.
    """
    watched = not (os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION"))
    return watched and in_kernel() and _can_ask() and find_spec("ipywidgets") is not None


def _can_ask() -> bool:
    """What the front end said when it sent the running cell."""
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    return "google.colab" in sys.modules or getattr(kernel, "_allow_stdin", True)


def show(figure: go.Figure) -> None:
    """Displays a figure as an ordinary output of the running cell, kept in the notebook when it is saved."""
    from IPython.display import display

    display(figure._repr_mimebundle_(), raw=True)


def show_controls(controls: ipywidgets.Widget, words: str) -> None:
    """Displays widgets with words beside them, for pages without a kernel and for people who can't see them: what is
    asked or shown, and how to do without. (Beside a widget ipywidgets itself writes `VBox(children=(…`.)"""
    from IPython.display import display

    view = {"version_major": 2, "version_minor": 0, "model_id": controls.model_id}
    display({VIEW: view, "text/plain": words}, raw=True)


def show_text(text: str) -> None:
    """Displays plain text as it is."""
    from IPython.display import display

    display({"text/plain": text}, raw=True)


class Canvas:
    """A place among widgets whose figure can be replaced: an Output widget, as in `ipywidgets.interact`.

    FigureWidget would need anywidget with Plotly 6 and later, and Colab has none. Replacing an ordinary output by its
    display id would need no widget at all, but Plotly's renderer for JupyterLab keeps the first figure it has drawn.
    """

    def __init__(self) -> None:
        import ipywidgets

        self.output = ipywidgets.Output()

    def draw(self, figure: go.Figure) -> None:
        """Replaces the figure at once when the new one is there, so that the page doesn't jump."""
        with self.output:
            self.output.clear_output(wait=True)
            show(figure)
