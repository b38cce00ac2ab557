"""Walk through a training and watch the arrows move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.animation import N_FRAMES, animate
from course_utils.plots.arrows import feature_arrows, reach, square
from course_utils.plots.style import INK, exact, numbers
from course_utils.widgets.arrows_and_loss import SHOWN, model_and_loss

if TYPE_CHECKING:
    from course_utils.toy import ToyResult


def training_steps(result: ToyResult, instance: int = 0) -> go.Figure:
    """The arrows of one model at some forty moments of its training, with a slider, a play button and the loss.

    result: of `toy.train(n, 2, keep_history=True)`; instance: which of its models. The moments lie closer at the
    beginning, where most happens. The frames are part of the figure, so the slider needs no kernel.
    Raises ValueError if no history was kept or the hidden space isn't two-dimensional.

    >>> training_steps(toy.train(5, 2, density=0.03, keep_history=True))
    """
    if result.history is None:
        raise ValueError("This result has no history: train with keep_history=True.")
    history = numbers(result.history)[:, instance]
    steps, loss = exact(result.steps), exact(result.loss)[:, [instance]]
    importance = numbers(result.importance)[instance]
    moments = np.unique(np.geomspace(1, len(steps), N_FRAMES).round().astype(int)) - 1

    fig = model_and_loss(history[moments[-1]], importance, steps, loss)
    square(fig, reach(history), row=1, col=1)
    place = go.Scatter(
        mode="markers", marker={"size": 12, "color": SHOWN, "line": {"width": 2, "color": INK}}, hoverinfo="skip"
    )
    fig.add_trace(place, row=1, col=2)
    arrows = [k for k, trace in enumerate(fig.data) if trace.mode == "lines+markers"]
    for i, k in enumerate(arrows):
        fig.data[k].hovertemplate = f"feature {i}<br>(%{{x:.2f}}, %{{y:.2f}})<extra></extra>"
    frames = {f"{steps[m]:.0f}": [*_tips(history[m]), _point(steps[m], loss[m, 0])] for m in moments}
    animate(fig, [*arrows, len(fig.data) - 1], frames)
    fig.data[-1].update(fig.frames[-1].data[-1])
    fig.update_layout(margin_t=54)
    return fig


def _tips(W) -> list[dict]:
    """What of the arrows of W [2, feature] differs from frame to frame."""
    arrows = feature_arrows(W, np.zeros(W.shape[1]), (0, 1))
    return [{"type": "scatter", "x": arrow.x, "y": arrow.y, "marker": {"size": arrow.marker.size}} for arrow in arrows]


def _point(step: float, loss: float) -> dict:
    """The place on the loss curve; step 0 stands at the left end, 1, of the logarithmic axis."""
    return {"type": "scatter", "x": [max(float(step), 1.0)], "y": [float(loss)]}
