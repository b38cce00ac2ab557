"""Quantities as curves over one axis, and straight lines to compare them with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, INK, colours, exact, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

MARKS = ("circle", "square", "diamond", "cross", "triangle-up", "star")


def lines(
    x: Sequence[float] | Sequence[str],
    curves: Mapping[str, Sequence[float]],
    *,
    x_title: str,
    y_title: str,
    log_x: bool = False,
    y_range: tuple[float, float] | None = None,
) -> go.Figure:
    """Several quantities over one axis, with a mark at every measured point; the names of `curves` are the legend.

    x: [point], numbers, or names of things that have no order: then the marks are not joined. curves: name → [point];
    NaN leaves a gap.
    Raises ValueError if a curve has another number of points.
    """
    names = [value for value in x if isinstance(value, str)]
    x = exact(range(len(names)) if names else x)
    fig = figure(340)
    for k, (name, y) in enumerate(curves.items()):
        y = numbers(y)
        if y.shape != x.shape:
            raise ValueError(f"{name} has {list(y.shape)} points and x has {list(x.shape)}.")
        hover = "%{y:.3f}" if names else "%{x:.3g}: %{y:.3f}"
        look = _look(k, size=11 if names else 8)
        fig.add_scatter(x=x, y=y, name=name, mode="markers" if names else "lines+markers", hovertemplate=hover, **look)
    fig.update_xaxes(title_text=x_title, type="log" if log_x else "linear")
    if names or log_x:
        fig.update_xaxes(tickvals=x, ticktext=names or None)
    if names:
        fig.update_xaxes(range=[-0.5, len(names) - 0.5], zeroline=False)
    fig.update_yaxes(title_text=y_title, range=y_range)
    return fig


def line_panels(
    x: Mapping[str, Sequence[float]],
    panel_curves: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    x_title: str,
    y_titles: Sequence[str],
    hover: str = "%{x:.3g}: %{y:.3f}",
) -> go.Figure:
    """Panels side by side that share their legend: each curve keeps its colour and its mark, points in order of x.

    x: curve → [point], every curve at places of its own; panel_curves: title of the panel → curve → [point];
    x_title: of every panel; y_titles: one per panel; hover: what the mouse reads, as Plotly's hovertemplate.
    Raises KeyError if a panel lacks one of the curves.
    """
    fig = panels(list(panel_curves), columns=len(panel_curves), row_height=330, gap=0.1)
    for k, name in enumerate(x):
        order = np.argsort(exact(x[name]))
        for column, curves in enumerate(panel_curves.values(), 1):
            fig.add_scatter(
                x=exact(x[name])[order],
                y=numbers(curves[name])[order],
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                mode="lines+markers",
                hovertemplate=hover,
                row=1,
                col=column,
                **_look(k, size=9),
            )
    for column, y_title in enumerate(y_titles, 1):
        fig.update_xaxes(title_text=x_title, row=1, col=column)
        fig.update_yaxes(title_text=y_title, row=1, col=column)
    fig.update_layout(showlegend=True)
    return fig


def log_curves(
    x: Int[Tensor, " point"],
    y: Float[Tensor, "point curve"],
    names: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    hover: str = "%{x}: %{y:.3g}",
) -> go.Figure:
    """Curves on two logarithmic axes, one per column of y, coloured in the order of the columns.

    x: [point], whole numbers; y: [point, curve]; names: one per curve (the legend); hover: what the mouse reads, as
    Plotly's hovertemplate. A point at x = 0 has no place on a logarithmic axis and is left out; y = 0 breaks the line.
    Raises ValueError if the shapes don't belong together.
    """
    x, y = exact(x), exact(y)
    if y.shape != (len(x), len(names)):
        raise ValueError(
            f"{len(x)} points and {len(names)} names need values [{len(x)}, {len(names)}], got {list(y.shape)}."
        )
    fig = figure(360)
    shown = x > 0
    for k, (name, colour) in enumerate(zip(names, colours(range(len(names)), 0, max(1, len(names) - 1)), strict=True)):
        fig.add_scatter(
            x=x[shown].astype(np.int32),
            y=np.where(y[shown, k] > 0, y[shown, k], np.nan).astype(np.float32),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": ("solid", "dash", "dot")[k % 3]},
            hovertemplate=hover,
        )
    fig.update_xaxes(type="log", title_text=x_title, dtick=1)
    fig.update_yaxes(type="log", title_text=y_title, exponentformat="power", dtick="D2")
    return fig


def upright(fig: go.Figure, x: float, *, dash: str = "dot", width: float = 1.5, **where: int) -> None:
    """A line across a panel at `x`, to compare with: a mean, the truth, what chance gives."""
    fig.add_vline(x=round(x, 3), line={"color": INK, "width": width, "dash": dash}, **where)


def _look(k: int, size: int) -> dict:
    """Colour and mark of curve `k`."""
    return {
        "line": {"color": CATEGORIES[k % len(CATEGORIES)], "width": 2},
        "marker": {"symbol": MARKS[k % len(MARKS)], "size": size},
    }
