"""Figures about language models: losses beside their floors, and how cosines are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, INK, figure, numbers

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def losses_and_floors(
    losses: Mapping[str, Float[Tensor, " group"]], floors: Mapping[str, Float[Tensor, " group"]], groups: Sequence[str]
) -> go.Figure:
    """Bars of loss, one colour per model, with the floors drawn across the bars of their group.

    losses, floors: name (for the legend) → nats per piece [group]; groups: names for the axis. The first floor is a
    solid line, the second a dotted one.
    Raises ValueError if the lengths don't fit, or with more than two floors.
    """
    given = [numbers(values) for values in (*losses.values(), *floors.values())]
    if any(values.shape != (len(groups),) for values in given) or len(floors) > 2:
        shapes = [list(values.shape) for values in given]
        raise ValueError(f"{len(groups)} groups need as many losses and (at most two) floors each, got {shapes}.")
    fig = figure(380, barmode="group", bargap=0.25, legend={"orientation": "h", "y": 1.12})
    for (name, values), colour in zip(losses.items(), CATEGORIES, strict=False):
        fig.add_bar(
            y=numbers(values), name=name, marker={"color": colour}, hovertemplate=f"{name}: %{{y:.2f}}<extra></extra>"
        )
    for (name, values), dash in zip(floors.items(), ("solid", "dot"), strict=False):
        at, height = _dashes(numbers(values))
        fig.add_scatter(
            x=at,
            y=height,
            name=name,
            mode="lines",
            line={"color": INK, "width": 3, "dash": dash},
            hovertemplate=f"{name}: %{{y:.2f}}<extra></extra>",
        )
    fig.update_xaxes(tickvals=list(range(len(groups))), ticktext=list(groups), showgrid=False, title_text="genre")
    fig.update_yaxes(title_text="nats per piece", rangemode="tozero")
    return fig


def _dashes(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One short level line per group, with gaps between them, as a single trace."""
    middle = np.arange(len(heights), dtype=np.float32)
    at = np.stack([middle - 0.42, middle + 0.42, middle + 0.5], axis=1).ravel()
    return at, np.stack([heights, heights, np.full_like(heights, np.nan)], axis=1).ravel()


def cosine_densities(cosines: Mapping[str, Float[Tensor, " pair"]], *, bins: int = 60) -> go.Figure:
    """How the cosines of several sets of pairs are spread: one line per set, each with an area of 1.

    cosines: name (for the legend) → [pair]. Raises ValueError if a set is empty.
    """
    edges = np.linspace(-1, 1, bins + 1)
    fig = figure(340, legend={"orientation": "h", "y": 1.14})
    for (name, values), colour, dash in zip(
        cosines.items(), CATEGORIES, ("solid", "dash", "dot", "dashdot"), strict=False
    ):
        values = numbers(values)
        if values.size == 0:
            raise ValueError(f"There are no cosines in {name!r}.")
        density, _ = np.histogram(values, edges, density=True)
        fig.add_scatter(
            x=numbers((edges[:-1] + edges[1:]) / 2),
            y=numbers(density),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"{name}<br>cosine %{{x:.2f}}: %{{y:.2f}}<extra></extra>",
        )
    fig.update_xaxes(title_text="cosine between two directions", range=[-1, 1])
    fig.update_yaxes(title_text="density of pairs", rangemode="tozero")
    return fig
