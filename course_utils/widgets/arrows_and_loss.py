"""One model as arrows beside its loss: the picture of both live figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.arrows import HIDDEN, feature_arrows, importance_range, importance_scale, reach, square
from course_utils.plots.style import CATEGORIES, FAINT, cells, exact, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

SHOWN = CATEGORIES[1]


def model_and_loss(
    W: Float[Tensor, "2 feature"],
    importance: Float[Tensor, " feature"],
    steps: Int[Tensor, " log"],
    loss: Float[Tensor, "log instance"],
    *,
    chosen: int = 0,
    title: str = "",
) -> go.Figure:
    """The arrows of one model, and beside them the loss of all instances with this model's (`chosen`) in front.

    W: [2, feature]; importance: [feature]; steps: [log]; loss: [log, instance].
    Raises ValueError if the hidden space isn't two-dimensional.
    """
    W, importance = numbers(W), numbers(importance)
    if W.ndim != 2 or len(W) != 2:
        raise ValueError(f"W must have the shape [2, feature] to be drawn in a plane, got {list(W.shape)}.")
    fig = panels(["features", "loss"], columns=2, row_height=300, gap=0.14)
    fig.add_traces(feature_arrows(W, importance, importance_range(importance)), **cells(0, 2, W.shape[1]))
    square(fig, reach(W), HIDDEN, row=1, col=1)
    _losses(fig, exact(steps), exact(loss), chosen)
    fig.update_layout(title_text=title, margin_t=80)
    if np.ptp(importance) > 0:
        importance_scale(fig, importance)
        fig.data = (fig.data[-1], *fig.data[:-1])
    return fig


def _losses(fig: go.Figure, steps: np.ndarray, loss: np.ndarray, chosen: int) -> None:
    """The loss of every instance in the second panel, the chosen one's last, so that it lies on top."""
    shown = steps > 0  # a logarithmic axis has no place for step 0
    for k in [*(k for k in range(loss.shape[1]) if k != chosen), chosen]:
        fig.add_scatter(
            x=steps[shown].astype(np.int32),
            y=loss[shown, k].astype(np.float32),
            mode="lines",
            line={"color": SHOWN, "width": 3} if k == chosen else {"color": FAINT, "width": 1},
            hovertemplate="step %{x}<br>loss %{y:.3g}<extra></extra>" if k == chosen else None,
            hoverinfo=None if k == chosen else "skip",
            row=1,
            col=2,
        )
    fig.update_xaxes(title_text="training step", type="log", dtick=1, row=1, col=2)
    fig.update_yaxes(title_text="loss", type="log", dtick="D2", exponentformat="power", row=1, col=2)
