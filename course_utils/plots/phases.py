"""Phase diagrams: which solution a model finds, over density and relative importance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, INK, cell, exact, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def phase_diagram(
    trained: Int[Tensor, "importance density"],
    theory: Int[Tensor, "importance density"],
    densities: Float[Tensor, " density"],
    importances: Float[Tensor, " importance"],
    labels: Sequence[str],
) -> go.Figure:
    """The solution types that training found beside the best closed-form candidates.

    trained, theory: [importance, density], each cell the index of a solution type in `labels` (at most 6), or −1 for
    none of them; densities [density] and importances [importance]: positive, ascending or descending. Both axes are
    logarithmic, sparser is further right. A cross marks every cell of the trained panel that differs from theory.
    Raises ValueError if the shapes don't belong together or a cell has an unknown type.
    After Elhage et al. 2022, "Toy Models of Superposition", section 3.
    """
    trained, theory = (
        np.asarray(getattr(grid, "tolist", lambda g=grid: g)(), dtype=np.int16) for grid in (trained, theory)
    )
    densities, importances = exact(densities).reshape(-1), exact(importances).reshape(-1)
    shape = (len(importances), len(densities))
    if trained.shape != shape or theory.shape != shape:
        raise ValueError(
            f"Both grids must have the shape [importance, density] = {list(shape)}, "
            f"got {list(trained.shape)} and {list(theory.shape)}."
        )
    if max(trained.max(), theory.max()) >= min(len(labels), len(CATEGORIES)) or min(trained.min(), theory.min()) < -1:
        raise ValueError(
            f"Cells must lie between −1 and the last label, {len(labels) - 1} (at most {len(CATEGORIES)} labels)."
        )
    fig = panels(["trained", "closed form"], columns=2, row_height=330, shared_yaxes=True, gap=0.05)
    types = len(labels)
    steps = [[edge, CATEGORIES[k]] for k in range(types) for edge in (k / types, (k + 1) / types)]
    for k, grid in enumerate((trained, theory)):
        fig.add_heatmap(
            z=np.where(grid < 0, np.nan, grid).astype(np.float32),
            x=densities,
            y=importances,
            zmin=-0.5,
            zmax=types - 0.5,
            colorscale=steps,
            showscale=False,
            hoverongaps=False,
            text=_names(grid, labels),
            hoverinfo="x+y+text",
            **cell(k, 2),
        )
    rows, columns = np.nonzero(trained != theory)
    for label, colour in zip(labels, CATEGORIES, strict=False):
        fig.add_scatter(
            x=[None], y=[None], mode="markers", marker={"symbol": "square", "size": 13, "color": colour}, name=label
        )
    if len(rows):
        fig.add_scatter(
            x=densities[columns],
            y=importances[rows],
            mode="markers",
            name="differs from theory",
            hoverinfo="skip",
            marker={"symbol": "x", "size": 8, "color": "#ffffff", "line": {"width": 1, "color": "#222222"}},
            row=1,
            col=1,
        )
    fig.update_xaxes(
        type="log", autorange="reversed", title_text="density 1−S", showgrid=False, dtick=1, exponentformat="none"
    )
    fig.update_yaxes(type="log", showgrid=False, dtick=1, exponentformat="none")
    fig.update_yaxes(title_text="relative importance of the last feature", row=1, col=1)
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "font": {"color": INK}})
    return fig


def _names(grid, labels) -> list[list[str]]:
    return [[labels[k] if k >= 0 else "none of these" for k in row] for row in grid]
