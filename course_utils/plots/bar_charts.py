"""Values as bars: by name, in groups with levels drawn across them, and many of them in panels with a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, INK, LEGEND_ABOVE, cell, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def bars(values: Float[Tensor, " bar"], names: Sequence[str], *, x_title: str = "", y_title: str = "") -> go.Figure:
    """Named values as bars, in the order given. values: [bar]; names: one per bar; the same name may stand twice.

    Raises ValueError if there are not as many names as values.
    """
    values = numbers(values)
    if values.shape != (len(names),):
        raise ValueError(f"{len(names)} names don't fit values of shape {list(values.shape)}.")
    fig = figure(320)
    fig.add_bar(y=values, marker={"color": CATEGORIES[0]}, hovertemplate="%{y:.3f}<extra></extra>")
    fig.update_xaxes(title_text=x_title, tickvals=list(range(len(names))), ticktext=list(names), showgrid=False)
    fig.update_yaxes(title_text=y_title)
    return fig


def grouped_bars(
    bars: Mapping[str, Float[Tensor, " group"]],
    levels: Mapping[str, Float[Tensor, " group"]],
    groups: Sequence[str],
    *,
    x_title: str = "",
    y_title: str = "",
) -> go.Figure:
    """Groups of bars, one colour for each name, with levels drawn across the bars of their group.

    bars, levels: name (for the legend) → [group]; groups: names for the axis. The first of the levels is a solid line,
    the second a dotted one.
    Raises ValueError if the lengths don't fit, or with more than two sets of levels.
    """
    given = [numbers(values) for values in (*bars.values(), *levels.values())]
    if any(values.shape != (len(groups),) for values in given) or len(levels) > 2:
        shapes = [list(values.shape) for values in given]
        raise ValueError(f"{len(groups)} groups need as many bars and (at most two) levels each, got {shapes}.")
    fig = figure(380, barmode="group", bargap=0.25, legend=LEGEND_ABOVE)
    for (name, values), colour in zip(bars.items(), cycle(CATEGORIES), strict=False):
        hover = f"{name}: %{{y:.2f}}<extra></extra>"
        fig.add_bar(y=numbers(values), name=name, marker={"color": colour}, hovertemplate=hover)
    for (name, values), dash in zip(levels.items(), ("solid", "dot"), strict=False):
        at, height = _dashes(numbers(values))
        line = {"color": INK, "width": 3, "dash": dash}
        hover = f"{name}: %{{y:.2f}}<extra></extra>"
        fig.add_scatter(x=at, y=height, name=name, mode="lines", line=line, hovertemplate=hover)
    fig.update_xaxes(tickvals=list(range(len(groups))), ticktext=list(groups), showgrid=False, title_text=x_title)
    fig.update_yaxes(title_text=y_title, rangemode="tozero")
    return fig


def bar_panels(
    heights: Float[np.ndarray, "panel bar"],
    shades: Float[np.ndarray, "panel bar"],
    titles: Sequence[str],
    *,
    coloraxis: dict,
    x_title: str,
    y_title: str,
    hover: str,
    columns: int = 2,
) -> go.Figure:
    """Many bars in panels of one height, coloured by a second value; the height 1 is marked on the axis.

    heights, shades: [panel, bar]; titles: one per panel; coloraxis: as `style.colour_axis` makes it; hover: what the
    mouse reads, as Plotly's hovertemplate (`%{x}` the number of the bar, `%{y}`, `%{marker.color}`).
    """
    columns = min(columns, len(titles))
    top = round(max(1.2, 1.05 * float(heights.max())), 2)
    fig = panels(titles, columns=columns, row_height=120)
    for k, (height, shade) in enumerate(zip(heights, shades, strict=True)):
        where, at_bottom, at_left = cell(k, columns), k + columns >= len(titles), k % columns == 0
        marker = {"color": shade, "coloraxis": "coloraxis", "line": {"width": 0}}
        fig.add_bar(y=height, marker=marker, hovertemplate=hover, **where)
        fig.update_xaxes(showgrid=False, title_text=x_title if at_bottom else None, showticklabels=at_bottom, **where)
        fig.update_yaxes(
            range=[0, top],
            tickvals=[0, 1],
            showticklabels=at_left,
            title_text=y_title if at_left else None,
            **where,
        )
    fig.update_layout(bargap=0.1, coloraxis=coloraxis)
    return fig


def _dashes(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One short level line per group, with gaps between them, as a single trace."""
    middle = np.arange(len(heights), dtype=np.float32)
    at = np.stack([middle - 0.42, middle + 0.42, middle + 0.5], axis=1).ravel()
    return at, np.stack([heights, heights, np.full_like(heights, np.nan)], axis=1).ravel()
