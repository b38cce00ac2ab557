"""Matrices as heat maps: one with names, or several on one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import DIVERGING, SEQUENTIAL, cell, colour_axis, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def heat_map(
    values: Float[Tensor, "row column"],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
) -> go.Figure:
    """Any matrix as a heat map with names on its rows and columns, the first row on top.

    values: [row, column]. If they have both signs the scale is symmetric around a pale 0, else it begins or ends at 0,
    so that small differences look small. The numbers are written into the cells of up to 12 columns.
    Raises ValueError if the names don't fit the values.
    """
    values = numbers(values)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} row and {len(columns)} column names don't fit values of shape {list(values.shape)}."
        )
    # with less height than four rows the colour bar has no room for its title
    fig = figure(110 + 30 * min(max(len(rows), 4), 16), coloraxis=_scale(value_title, values))
    fig.add_heatmap(
        z=values,
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if len(columns) <= 12 else None,
        hovertemplate="%{z:.3f}<extra></extra>",
    )
    bare = {"showgrid": False, "zeroline": False}
    fig.update_xaxes(title_text=x_title, tickvals=list(range(len(columns))), ticktext=list(columns), **bare)
    fig.update_yaxes(title_text=y_title, tickvals=list(range(len(rows))), ticktext=list(rows), **bare)
    fig.update_yaxes(autorange="reversed")
    return fig


def matrices(
    values: Float[np.ndarray, "panel n n"],
    beside: Float[np.ndarray, "panel n"],
    titles: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    value_title: str,
    beside_tick: str,
    hover: str,
    beside_hover: str,
    columns: int = 4,
) -> go.Figure:
    """Square matrices with a column of its own at the right of each, one symmetric colour scale for all.

    values: [panel, n, n]; beside: [panel, n], one number for each row; titles: one per panel; beside_tick: what stands
    under the column; hover, beside_hover: what the mouse reads, as Plotly's hovertemplate (`%{y}` the row, `%{x}` the
    column). The first row is on top. Blue is negative, orange positive, pale is 0.
    """
    n, columns = values.shape[-1], min(columns, len(values))
    gap = max(1, round(n / 12))  # empty columns between matrix and column
    width = max(1, round(n / 16))  # the column of 80 rows would be a hairline if it were one of theirs wide
    ticks = _ticks(n)
    fig = panels(titles, columns=columns, row_height=195)
    for k in range(len(values)):
        where, at_bottom, at_left = cell(k, columns), k + columns >= len(values), k % columns == 0
        fig.add_heatmap(z=values[k], coloraxis="coloraxis", hovertemplate=hover, **where)
        edges = [n + gap - 0.5, n + gap + width - 0.5]
        fig.add_heatmap(z=beside[k][:, None], x=edges, coloraxis="coloraxis", hovertemplate=beside_hover, **where)
        upright_cells(fig, **where)
        fig.update_xaxes(
            tickvals=[*ticks, n + gap + (width - 1) / 2],
            ticktext=[*map(str, ticks), beside_tick],
            tickangle=0,
            title_text=x_title if at_bottom else None,
            **where,
        )
        fig.update_yaxes(tickvals=ticks, showticklabels=at_left, title_text=y_title if at_left else None, **where)
    fig.update_layout(coloraxis=symmetric(value_title, values, beside))
    return fig


def upright_cells(fig: go.Figure, **where: int) -> None:
    """Square cells on a panel without grid, the first row on top."""
    bare = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    fig.update_xaxes(**bare, **where)
    anchor = next(fig.select_yaxes(**where)).anchor
    fig.update_yaxes(**bare, autorange="reversed", constraintoward="top", scaleanchor=anchor, **where)


def symmetric(title: str, *values: np.ndarray, **bar) -> dict:
    """A colour scale for all of `values` around a pale 0, to 1 at least; `bar` are settings of the colour bar."""
    far = float(max(1.0, *(np.abs(each).max() for each in values)))
    return colour_axis(title, -far, far, DIVERGING, **bar)


def _scale(title: str, values: np.ndarray) -> dict:
    """Around 0 if there are both signs, else with 0 at one end."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if low < 0 < high:
        return colour_axis(title, -max(-low, high), max(-low, high), DIVERGING)
    return colour_axis(title, low, high, SEQUENTIAL)


def _ticks(n: int) -> list[int]:
    """Numbers to label: all of a few, about five of many."""
    step = 1 if n <= 6 else 5 * max(1, round(n / 25))
    return list(range(0, n, step))
