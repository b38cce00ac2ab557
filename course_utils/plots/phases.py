"""Phase maps: which of a few kinds is found at each point of a plane, side by side for comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, INK, cell, exact, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def phase_maps(
    maps: Mapping[str, Int[Tensor, "y x"]],
    x: Float[Tensor, " x"],
    y: Float[Tensor, " y"],
    labels: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    differs: str,
    unknown: str = "none of these",
) -> go.Figure:
    """Maps of kinds over two quantities, with the legend of the kinds; where the first differs, a cross marks it.

    maps: title of the panel → [y, x], each cell the index of a kind in `labels` (at most 6), or −1 for none of them;
    x [x] and y [y]: positive, ascending or descending; differs: what the legend calls a cell of the first map that
    isn't the same in every other; unknown: the name of a cell of no kind, which is left empty. Both axes are
    logarithmic, and x falls to the right.
    Raises ValueError if the shapes don't belong together or a cell has an unknown kind.
    """
    grids = [np.asarray(getattr(grid, "tolist", lambda g=grid: g)(), dtype=np.int16) for grid in maps.values()]
    x, y = exact(x).reshape(-1), exact(y).reshape(-1)
    _check(grids, (len(y), len(x)), len(labels))
    fig = panels(list(maps), columns=len(maps), row_height=330, shared_yaxes=True, gap=0.05)
    for k, grid in enumerate(grids):
        fig.add_trace(_map(grid, x, y, labels, unknown), **cell(k, len(maps)))
    for label, colour in zip(labels, CATEGORIES, strict=False):
        mark = {"symbol": "square", "size": 13, "color": colour}
        fig.add_scatter(x=[None], y=[None], mode="markers", marker=mark, name=label)
    if any((grid < 0).any() for grid in grids):
        mark = {"symbol": "square-open", "size": 13, "color": INK}
        fig.add_scatter(x=[None], y=[None], mode="markers", marker=mark, name=unknown)
    rows, columns = np.nonzero(np.any([grids[0] != grid for grid in grids], axis=0))
    if len(rows):
        cross = {"symbol": "x", "size": 8, "color": "#ffffff", "line": {"width": 1, "color": "#222222"}}
        at = {"x": x[columns], "y": y[rows]}
        fig.add_scatter(**at, mode="markers", name=differs, hoverinfo="skip", marker=cross, row=1, col=1)
    axis = {"type": "log", "showgrid": False, "dtick": 1, "exponentformat": "none"}
    fig.update_xaxes(autorange="reversed", title_text=x_title, **axis)
    fig.update_yaxes(**axis)
    fig.update_yaxes(title_text=y_title, row=1, col=1)
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "font": {"color": INK}})
    return fig


def _check(grids: list[np.ndarray], shape: tuple[int, int], n_labels: int) -> None:
    if any(grid.shape != shape for grid in grids):
        shapes = " and ".join(str(list(grid.shape)) for grid in grids)
        raise ValueError(f"All maps must have the shape [y, x] = {list(shape)}, got {shapes}.")
    if n_labels > len(CATEGORIES) or max(map(np.max, grids)) >= n_labels or min(map(np.min, grids)) < -1:
        raise ValueError(
            f"Cells must lie between −1 and the last label, {n_labels - 1} (at most {len(CATEGORIES)} labels)."
        )


def _map(grid: np.ndarray, x: np.ndarray, y: np.ndarray, labels: Sequence[str], unknown: str) -> go.Heatmap:
    """One map: a hole where a cell is of no kind."""
    kinds = len(labels)
    return go.Heatmap(
        z=np.where(grid < 0, np.nan, grid).astype(np.float32),
        x=x,
        y=y,
        zmin=-0.5,
        zmax=kinds - 0.5,
        colorscale=[[edge, CATEGORIES[k]] for k in range(kinds) for edge in (k / kinds, (k + 1) / kinds)],
        showscale=False,
        hoverongaps=False,
        text=[[labels[k] if k >= 0 else unknown for k in row] for row in grid],
        hoverinfo="x+y+text",
    )
