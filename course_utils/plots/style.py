"""The look that all figures share: one small template, colours that read on light and dark pages, panels.

Page backgrounds are not ours to know (JupyterLab and Colab have light and dark themes), so figures are transparent and
text is one grey whose contrast is the same on white and on JupyterLab's dark page (4.3:1, the best one colour can do).
The template replaces Plotly's own, which would add 7 kB to every figure of a notebook.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

INK = "#7a7a7a"
FAINT = "rgba(128,128,128,0.25)"

# Okabe and Ito 2008, "Color Universal Design", without the yellow and the black that vanish on one of the two pages.
CATEGORIES = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
# From blue to orange: the axis that all common kinds of colour blindness keep, at a lightness that reads on both pages.
SEQUENTIAL = [[0.0, "#2b7bba"], [0.5, "#a0699f"], [1.0, "#f28e1c"]]
DIVERGING = [[0.0, "#2166ac"], [0.25, "#86b5d8"], [0.5, "#f6f6f6"], [0.75, "#f1ae6b"], [1.0, "#b35806"]]

# A legend on top of the panels. In a narrow cell it takes more lines; they grow upwards, and the margin with them. One
# that hangs from a fixed height would come down over the data.
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}

_AXIS = {
    "gridcolor": FAINT,
    "linecolor": INK,
    "zerolinecolor": "rgba(128,128,128,0.5)",
    "zerolinewidth": 1,
    "automargin": True,
    "title": {"standoff": 6},
}
TEMPLATE = {
    "layout": {
        "font": {"size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 50, "r": 20, "t": 54, "b": 45},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": INK, "activecolor": CATEGORIES[1]},
        "title": {"font": {"size": 15}, "x": 0.01, "xanchor": "left"},
        "colorway": CATEGORIES,
        "hovermode": "closest",
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "coloraxis": {"colorbar": {"outlinewidth": 0, "thickness": 14, "title": {"side": "right"}}},
    }
}


def numbers(values, digits: int = 3) -> np.ndarray:
    """A tensor, array or nested list as float32, rounded: last bits differ between machines, pictures need not.

    Plotly 6 and later write an array into the notebook as one base64 string, where a list takes a line per number.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return (np.round(np.asarray(values, dtype=np.float64), digits) + 0.0).astype(
        np.float32
    )  # + 0.0 turns -0.0 into 0.0


def exact(values) -> np.ndarray:
    """As `numbers`, to 4 significant digits: for densities and losses that span several powers of ten."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    values = np.asarray(values, dtype=np.float64)
    return np.array([float(f"{v:.4g}") for v in values.ravel()]).reshape(values.shape)


def colours(values: Sequence[float] | np.ndarray, low: float, high: float) -> list[str]:
    """The colour of `SEQUENTIAL` at each value between low and high."""
    stops = np.array([at for at, _ in SEQUENTIAL])
    rgb = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for _, colour in SEQUENTIAL])
    at = np.clip((np.asarray(values, dtype=float) - low) / max(high - low, 1e-12), 0, 1)
    return ["#" + "".join(f"{round(float(np.interp(a, stops, channel))):02x}" for channel in rgb.T) for a in at]


def figure(height: int = 340, **layout) -> go.Figure:
    """An empty figure in the course's style."""
    return go.Figure(layout={"template": TEMPLATE, "height": height, **layout})


def panels(
    titles: Sequence[str], *, columns: int, row_height: int, gap: float = 0.03, row_gap: int = 34, **subplots
) -> go.Figure:
    """A grid of small multiples, filled row by row, one title each; row_height and row_gap in pixels.

    >>> fig = panels(["S = 0", "S = 0.9"], columns=2, row_height=200)
    >>> fig.add_bar(y=[1, 2], row=1, col=2)
    """
    columns = min(columns, len(titles))
    rows = math.ceil(len(titles) / columns)
    height = rows * row_height + 100
    fig = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=list(titles),
        horizontal_spacing=gap,
        vertical_spacing=row_gap / (height - 100) if rows > 1 else 0,
        **subplots,
    )
    fig.update_layout(template=TEMPLATE, height=height, showlegend=False)
    fig.update_annotations(font={"size": 13, "color": INK})
    return fig


def cell(index: int, columns: int) -> dict[str, int]:
    """Row and column of panel `index`, as the `row=`, `col=` arguments of Plotly."""
    return {"row": index // columns + 1, "col": index % columns + 1}


def cells(index: int, columns: int, n: int) -> dict[str, list[int]]:
    """The same for `n` traces at once, as the `rows=`, `cols=` of `fig.add_traces`."""
    return {"rows": [index // columns + 1] * n, "cols": [index % columns + 1] * n}


def colour_axis(title: str, low: float, high: float, scale=SEQUENTIAL, **bar) -> dict:
    """One colour scale shared by all panels (`fig.update_layout(coloraxis=...)`)."""
    return {"colorscale": scale, "cmin": low, "cmax": high, "colorbar": {"title": {"text": title}, **bar}}


def message(text: str, height: int = 340) -> go.Figure:
    """A figure that says something instead of showing it (an error, "run this cell")."""
    fig = figure(height)
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    fig.add_annotation(
        text=text, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", align="left", font={"size": 14}
    )
    return fig
