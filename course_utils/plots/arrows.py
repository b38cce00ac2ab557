"""Features as arrows in a two-dimensional hidden space: column i of W is the arrow of feature i."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import cell, cells, colour_axis, colours, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

HIDDEN = ("hidden 1", "hidden 2")
IMPORTANCE = "importance I<sub>i</sub>"


def arrows_2d(
    W: Float[Tensor, "instance 2 feature"],
    titles: Sequence[str],
    importance: Float[Tensor, "*instance feature"] | None = None,
    *,
    columns: int = 5,
    axes: tuple[str, str] = HIDDEN,
    importance_title: str = IMPORTANCE,
) -> go.Figure:
    """Every feature of every model as an arrow: one panel per instance, equal axes, colour = importance.

    W: [instance, 2, feature]; titles: one per instance, e.g. "1−S = 0.03"; importance: [feature] or
    [instance, feature], default 1 each; axes: the titles of the two axes; importance_title: of the colour scale.
    A feature the model dropped is an arrow of no length. The mouse reads feature number, importance and norm.
    Raises ValueError if the hidden space isn't two-dimensional or titles and instances differ in number.
    After Elhage et al. 2022, "Toy Models of Superposition", section 2.

    >>> arrows_2d(result.W, titles=[f"1−S = {d:.2g}" for d in densities], importance=0.9 ** torch.arange(5))
    """
    W = numbers(W)
    if W.ndim != 3 or W.shape[1] != 2:
        raise ValueError(f"W must have the shape [instance, 2, feature] to be drawn in a plane, got {list(W.shape)}.")
    if len(titles) != len(W):
        raise ValueError(f"{len(W)} instances need {len(W)} titles, got {len(titles)}.")
    importance = np.broadcast_to(numbers(1.0 if importance is None else importance), (W.shape[0], W.shape[2]))
    columns = min(columns, len(W))
    fig = panels(titles, columns=columns, row_height=185)
    for k, model in enumerate(W):
        arrows = feature_arrows(model, importance[k], importance_range(importance))
        fig.add_traces(arrows, **cells(k, columns, len(arrows)))
        square(fig, reach(W), **cell(k, columns))
        at_bottom, at_left = k + columns >= len(W), k % columns == 0
        fig.update_xaxes(showticklabels=False, title_text=axes[0] if at_bottom else None, **cell(k, columns))
        fig.update_yaxes(showticklabels=False, title_text=axes[1] if at_left else None, **cell(k, columns))
    if np.ptp(importance) > 0:
        importance_scale(fig, importance, importance_title)
    return fig


def arrow(tip: np.ndarray, colour: str, hover: str) -> go.Scatter:
    """A line from the origin to `tip` [2] with a head; `hover` is what the mouse reads at the tip."""
    head = 11 if np.hypot(*tip) > 0.05 else 0  # the head of a dropped feature would point nowhere
    return go.Scatter(
        x=[0, round(float(tip[0]), 3)],
        y=[0, round(float(tip[1]), 3)],
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "size": [0, head],
            "color": colour,
            "opacity": 1,
            "line": {"width": 0},
        },
        hovertemplate=hover + "<extra></extra>",
        showlegend=False,
    )


def feature_arrows(
    W: Float[np.ndarray, "2 feature"], importance: Float[np.ndarray, " feature"], scale: tuple[float, float]
) -> list[go.Scatter]:
    """One arrow per feature of one model W [2, feature], coloured by importance [feature] on `scale` (low, high)."""
    hover = "feature {i}<br>importance {imp:.3g}<br>‖W<sub>{i}</sub>‖ = {norm:.2f}"
    return [
        arrow(tip, colour, hover.format(i=i, imp=importance[i], norm=np.hypot(*tip)))
        for i, (tip, colour) in enumerate(zip(W.T, colours(importance, *scale), strict=True))
    ]


def importance_range(importance: np.ndarray) -> tuple[float, float]:
    """Ends of the colour scale; a constant importance is drawn in the colour of the most important feature."""
    low, high = float(np.min(importance)), float(np.max(importance))
    return (low, high) if high > low else (low - 1, high)


def importance_scale(fig: go.Figure, importance: np.ndarray, title: str = IMPORTANCE) -> None:
    """Adds the colour scale of the arrows: lines carry none, so an invisible point does."""
    fig.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"color": [0], "coloraxis": "coloraxis"},
        hoverinfo="skip",
        showlegend=False,
    )
    fig.update_layout(coloraxis=colour_axis(title, *importance_range(importance)))


def reach(W: Float[np.ndarray, "... 2 feature"]) -> float:
    """Half the width of a panel that shows every arrow of W [..., 2, feature] and at least the unit circle."""
    return round(1.15 * max(1.0, float(np.hypot(W[..., 0, :], W[..., 1, :]).max(initial=0.0))), 2)


def square(fig: go.Figure, far: float, axes: tuple[str, str] | None = None, **where: int) -> None:
    """Equal units on both axes of a panel, the origin in the middle, `far` to each side; axes: their titles."""
    axis = {"range": [-far, far], "tickvals": [-1, 0, 1], "constrain": "domain"}
    fig.update_xaxes(**axis, **where)
    x_axis = next(fig.select_yaxes(**where)).anchor or "x"
    fig.update_yaxes(**axis, scaleanchor=x_axis, constraintoward="top", **where)
    if axes:
        fig.update_xaxes(title_text=axes[0], **where)
        fig.update_yaxes(title_text=axes[1], **where)
