"""How values are spread: histograms in panels, and densities over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.curves import upright
from course_utils.plots.style import CATEGORIES, LEGEND_ABOVE, cell, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

DASHES = ("solid", "dash", "dot", "dashdot")


def histogram_rows(
    rows: Mapping[str, Sequence[Float[Tensor, " value"]]],
    titles: Sequence[str],
    *,
    x_title: str,
    value: str,
    reference: float | None = None,
    bins: int = 20,
    ends: tuple[float, float] = (0, 1),
) -> go.Figure:
    """A grid of histograms: a row for each question that was asked, a column for each thing it was asked of.

    rows: title of the row's axis → for each column its values [value], numbers between the ends (what lies outside is
    counted in the first or the last bin); titles: one per column; value: what the mouse calls a value.
    A dashed line stands at each mean, a dotted one at `reference`.
    """
    n = len(titles)
    fig = panels([*titles, *[""] * n * (len(rows) - 1)], columns=n, row_height=150, gap=0.05, row_gap=44)
    width = (ends[1] - ends[0]) / bins
    for k, values in enumerate(values for row in rows.values() for values in row):
        values, where = numbers(values), cell(k, n)
        counts, edges = np.histogram(np.clip(values, *ends), bins=bins, range=ends)
        fig.add_bar(
            x=numbers((edges[:-1] + edges[1:]) / 2),
            y=counts.astype(np.int32),
            width=width * 0.9,
            marker={"color": CATEGORIES[k // n % len(CATEGORIES)]},
            hovertemplate=f"{value} %{{x:.2f}}: %{{y}}<extra></extra>",
            **where,
        )
        upright(fig, float(values.mean()), dash="dash", width=2, **where)
        if reference is not None:
            upright(fig, reference, **where)
        at_bottom = k >= n * (len(rows) - 1)
        fig.update_xaxes(range=[ends[0], ends[1] + 0.6 * width], title_text=x_title if at_bottom else None, **where)
    for k, y_title in enumerate(rows):
        fig.update_yaxes(title_text=y_title, **cell(k * n, n))
    return fig


def densities(
    sets: Mapping[str, Float[Tensor, " value"]],
    *,
    x_title: str,
    y_title: str,
    value: str,
    bins: int = 60,
    ends: tuple[float, float] = (-1, 1),
) -> go.Figure:
    """How several sets of values are spread: one line per set, each with an area of 1.

    sets: name (for the legend) → [value], numbers between the ends; value: what the mouse calls a value.
    Raises ValueError if a set is empty.
    """
    edges = np.linspace(*ends, bins + 1)
    fig = figure(340, legend=LEGEND_ABOVE)
    for (name, values), colour, dash in zip(sets.items(), cycle(CATEGORIES), cycle(DASHES), strict=False):
        values = numbers(values)
        if values.size == 0:
            raise ValueError(f"There are no values in {name!r}.")
        density, _ = np.histogram(values, edges, density=True)
        fig.add_scatter(
            x=numbers((edges[:-1] + edges[1:]) / 2),
            y=numbers(density),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"{name}<br>{value} %{{x:.2f}}: %{{y:.2f}}<extra></extra>",
        )
    fig.update_xaxes(title_text=x_title, range=list(ends))
    fig.update_yaxes(title_text=y_title, rangemode="tozero")
    return fig
