"""Regions: what something says at every point of a plane, and the points where it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.plots.style import INK, SEQUENTIAL, cell, colour_axis, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Bool, Float
    from torch import Tensor


def region_panels(
    values: Float[Tensor, "panel y x"],
    x: Float[Tensor, " x"],
    y: Float[Tensor, " y"],
    titles: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    value_title: str,
    points: Float[Tensor, "point 2"] | None = None,
    marked: Bool[Tensor, "panel point"] | None = None,
    names: tuple[str, str] = ("off", "on"),
    says: Sequence[str] | None = None,
    columns: int = 4,
) -> go.Figure:
    """Values over a plane, one panel each on one scale of colours, with the same points on all of them.

    values: [panel, y, x]; points: [point, 2], x first; marked: [panel, point], which points are full circles (the
    others are open); names: of open and of full circles, for the legend; says: one text per point, shown under the
    mouse.
    Raises ValueError if there are not as many titles as panels, or not as many marks as points.
    """
    values, x, y = numbers(values, 2), numbers(x), numbers(y)
    if values.shape != (len(titles), len(y), len(x)):
        raise ValueError(f"values should be [{len(titles)}, {len(y)}, {len(x)}], got {list(values.shape)}.")
    if points is not None and (marked is None or tuple(marked.shape) != (len(titles), len(points))):
        raise ValueError(f"marked should be [{len(titles)}, {len(points)}]: one truth value per panel and point.")
    fig = panels(titles, columns=columns, row_height=240, gap=0.04, shared_yaxes=True)
    for k, grid in enumerate(values):
        fig.add_heatmap(
            z=grid, x=x, y=y, coloraxis="coloraxis", hovertemplate="%{x:.2f}, %{y:.2f}: %{z:.2f}<extra></extra>",
            **cell(k, columns),
        )  # fmt: skip
        for full in (False, True) if points is not None else ():
            here = [n for n, mark in enumerate(marked[k].tolist()) if bool(mark) == full]
            at = numbers(points)[here]
            colour = "#111111" if full else "#ffffff"
            fig.add_scatter(
                x=at[:, 0],
                y=at[:, 1],
                mode="markers",
                name=names[full],
                legendgroup=names[full],
                showlegend=k == 0,
                marker={"size": 9, "color": colour, "line": {"width": 1.5, "color": "#777777"}},
                text=[says[n] for n in here] if says else None,
                hovertemplate=("%{text}: " if says else "") + "%{x:.2f}, %{y:.2f}<extra></extra>",
                **cell(k, columns),
            )
        fig.update_xaxes(title_text=x_title, showgrid=False, **cell(k, columns))
    fig.update_yaxes(title_text=y_title, col=1)
    fig.update_yaxes(showgrid=False)
    fig.update_layout(coloraxis=colour_axis(value_title, float(values.min()), float(values.max()), SEQUENTIAL, len=0.9))
    if points is not None:
        fig.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.25, "font": {"color": INK}})
    return fig
