"""How figures reach the page: after one call by `course_utils.start()`, a figure at the end of a cell is enough."""

from __future__ import annotations

import os
import sys
from typing import Any

NAME = "course"


def use_renderer() -> str:
    """Chooses Plotly's renderer for this place and returns its name. Prints nothing; calling it again changes nothing.

    - `PLOTLY_RENDERER` set: that one, the user's wish (also Plotly's own rule).
    - Colab: "colab", HTML that loads plotly.js from Plotly's CDN (Colab shows nothing else).
    - any other Jupyter kernel (JupyterLab, Notebook 7, VS Code, nbclient, nbval, nbconvert): "course", JSON that these
      programs draw themselves, offline, without a random element id; beside it the figure in words, for those that
      can't draw and for people who can't see. Plotly 5 would choose "plotly_mimetype+notebook", which writes 4 MB of
      plotly.js into the notebook.
    - no kernel: Plotly's own choice.
    """
    import plotly.io as pio

    if not os.environ.get("PLOTLY_RENDERER"):
        if "google.colab" in sys.modules:
            pio.renderers.default = "colab"
        elif in_kernel():
            pio.renderers[NAME] = _with_words()
            pio.renderers.default = NAME
    return pio.renderers.default


def in_kernel() -> bool:
    """True in a Jupyter kernel of any kind, False in plain Python and in the IPython terminal."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return getattr(shell, "kernel", None) is not None


def _with_words() -> Any:
    from plotly.io.base_renderers import PlotlyRenderer

    from course_utils.plots.words import describe

    class WithWords(PlotlyRenderer):
        """Plotly's JSON, and as text/plain what is to be seen."""

        def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, Any]:
            bundle = super().to_mimebundle(fig_dict)
            return {**bundle, "text/plain": describe(bundle["application/vnd.plotly.v1+json"])}

    return WithWords()
