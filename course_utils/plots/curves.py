"""Losses over training steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import colours, exact, figure

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def loss_curves(steps: Int[Tensor, " log"], loss: Float[Tensor, "log instance"], names: Sequence[str]) -> go.Figure:
    """Loss over training steps on logarithmic axes, one line per model, coloured in the order of the models.

    steps: [log]; loss: [log, instance] as in ToyResult; names: one per instance (the legend), e.g. "1−S = 0.03".
    Step 0 has no place on a logarithmic axis and is left out; a loss of 0 breaks the line.
    Raises ValueError if the shapes don't belong together.
    """
    steps, loss = exact(steps), exact(loss)
    if loss.shape != (len(steps), len(names)):
        raise ValueError(
            f"{len(steps)} steps and {len(names)} names need loss [{len(steps)}, {len(names)}], got {list(loss.shape)}."
        )
    fig = figure(360)
    shown = steps > 0
    for k, (name, colour) in enumerate(zip(names, colours(range(len(names)), 0, max(1, len(names) - 1)), strict=True)):
        fig.add_scatter(
            x=steps[shown].astype(np.int32),
            y=np.where(loss[shown, k] > 0, loss[shown, k], np.nan).astype(np.float32),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "dash": ("solid", "dash", "dot")[k % 3]},
            hovertemplate="step %{x}<br>loss %{y:.3g}",
        )
    fig.update_xaxes(type="log", title_text="training step", dtick=1)
    fig.update_yaxes(
        type="log",
        title_text="loss  mean I<sub>i</sub>(x<sub>i</sub> − x̂<sub>i</sub>)²",
        exponentformat="power",
        dtick="D2",
    )
    return fig
