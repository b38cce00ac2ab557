"""Where a live figure is drawn, and whether there can be one here."""

from __future__ import annotations

import os
from importlib.util import find_spec

import plotly.graph_objects as go

from course_utils.plots.render import in_kernel


def widgets_run() -> bool:
    """True if sliders would answer: ipywidgets is installed and somebody sits at this kernel.

    A kernel can't see who runs it, so the programs that build and test notebooks say so: with COURSE_STRICT or
    NBGRADER_EXECUTION set nobody is there, and a live figure becomes a plain one, the same on every run.
    """
    watched = not (os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION"))
    return watched and in_kernel() and find_spec("ipywidgets") is not None


def show(figure: go.Figure) -> None:
    """Displays a figure as an ordinary output of the running cell, kept in the notebook when it is saved."""
    from IPython.display import display

    display(figure._repr_mimebundle_(), raw=True)


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
