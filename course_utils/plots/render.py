"""How figures reach the page: after one call by `course_utils.start()`, a figure at the end of a cell is enough."""

from __future__ import annotations

import os
import sys


def use_renderer() -> str:
    """Chooses Plotly's renderer for this place and returns its name. Prints nothing; calling it again changes nothing.

    - `PLOTLY_RENDERER` set: that one, the user's wish (also Plotly's own rule).
    - Colab: "colab", HTML that loads plotly.js from Plotly's CDN (Colab shows nothing else).
    - any other Jupyter kernel (JupyterLab, Notebook 7, VS Code, nbclient, nbval, nbconvert): "plotly_mimetype",
      JSON that these programs draw themselves, offline, without a random element id. Plotly 5 would choose
      "plotly_mimetype+notebook", which writes 4 MB of plotly.js into the notebook.
    - no kernel: Plotly's own choice.
    """
    import plotly.io as pio

    if not os.environ.get("PLOTLY_RENDERER"):
        if "google.colab" in sys.modules:
            pio.renderers.default = "colab"
        elif in_kernel():
            pio.renderers.default = "plotly_mimetype"
    return pio.renderers.default


def in_kernel() -> bool:
    """True in a Jupyter kernel of any kind, False in plain Python and in the IPython terminal."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return getattr(shell, "kernel", None) is not None
