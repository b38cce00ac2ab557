"""Points: one thing measured in several ways, so that one sees whether the ways agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, LEGEND_ABOVE, cell, numbers, panels


def scatter_panels(
    x: Mapping[str, Mapping[str, Sequence[float]]],
    y: Mapping[str, Sequence[float]],
    *,
    y_title: str,
    says: Mapping[str, Sequence[str]] | None = None,
) -> go.Figure:
    """The same points in several panels, by another number each: one colour for each kind of point.

    x: title of a panel's axis → kind → [point]; y: kind → [point], the same in all panels; says: kind → [point], what
    is shown where one points at it.
    Raises ValueError if a panel's kinds aren't those of ``y``, or have other numbers of points.
    """
    for title, by_kind in x.items():
        if {kind: len(values) for kind, values in by_kind.items()} != {kind: len(values) for kind, values in y.items()}:
            raise ValueError(f"the kinds of point and their numbers must be those of y, and are others in {title!r}.")
    fig = panels([""] * len(x), columns=len(x), row_height=300, gap=0.05)
    for column, (title, by_kind) in enumerate(x.items()):
        where = cell(column, len(x))
        for (kind, values), colour in zip(by_kind.items(), cycle(CATEGORIES), strict=False):
            fig.add_scatter(
                x=numbers(values, 4),
                y=numbers(y[kind], 4),
                mode="markers",
                name=kind,
                legendgroup=kind,
                showlegend=column == 0,
                marker={"color": colour, "size": 8, "opacity": 0.75},
                text=list(says[kind]) if says else None,
                hovertemplate=f"{kind}{'%{text}' if says else ''}: %{{x:.3f}}, %{{y:.3f}}<extra></extra>",
                **where,
            )
        fig.update_xaxes(title_text=title, **where)
        fig.update_yaxes(title_text=y_title if column == 0 else None, **where)
    fig.update_layout(showlegend=True, legend=LEGEND_ABOVE)
    return fig
