"""Chapter 00, Start here: what a dot product reads, and what a rotation changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.arrows import HIDDEN, arrow, reach, square
from course_utils.plots.heat_maps import symmetric
from course_utils.plots.style import CATEGORIES, INK, cell, cells, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def projections(
    arrows: Float[Tensor, "2 arrow"], onto: Float[Tensor, 2], names: Sequence[str], reader: str = "reader"
) -> go.Figure:
    """What a dot product reads: every arrow, its perpendicular on the direction `onto`, and where it lands.

    arrows: [2, arrow]; onto: [2], any length but 0; names: one per arrow; reader: the name of the direction.
    With one arrow (an activation x) it shows how a feature is read; with all features of a model, how each disturbs the
    reader: the bars along the dashed line are the interference (side by side, so that equal ones stay visible).
    Raises ValueError for a direction of length 0 or a wrong number of names.

    >>> projections(torch.stack([x], dim=1), onto=W[:, 0], names=["x"], reader="ŵ₀")
    """
    arrows, onto = numbers(arrows), numbers(onto)
    length = float(np.hypot(*onto))
    if length == 0:
        raise ValueError("A direction of length 0 has no line to project on.")
    if arrows.shape != (2, len(names)):
        raise ValueError(f"arrows must have the shape [2, {len(names)}] to match names, got {list(arrows.shape)}.")
    unit = onto / length
    fig = figure(420)
    far = reach(np.concatenate([arrows, onto[:, None]], axis=1))
    dashed = {"color": INK, "width": 1.5, "dash": "dash"}
    fig.add_trace(_line(-2 * far * unit, 2 * far * unit, dashed, name=f"direction of {reader}"))
    for i, name in enumerate(names):
        aside = 0.035 * far * (i - (len(names) - 1) / 2) * np.array([-unit[1], unit[0]])
        _project(fig, arrows[:, i], unit, aside, name, reader, CATEGORIES[i % len(CATEGORIES)])
    square(fig, far, HIDDEN)
    return fig


def rotation(
    W: Float[Tensor, "2 feature"], turned: Float[Tensor, "2 feature"], titles: Sequence[str] = ("W", "R W")
) -> go.Figure:
    """A model before and after its hidden space was rotated: other arrows above, the same WᵀW below.

    W, turned: [2, feature], features in the same order. The output of a model depends on W through WᵀW alone:
    nothing it computes tells the upper pictures apart.
    """
    models = [numbers(W), numbers(turned)]
    n = models[0].shape[1]
    fig = panels([*titles, *(f"{name}: WᵀW" for name in titles)], columns=2, row_height=270, gap=0.12, row_gap=70)
    far = reach(np.concatenate(models, axis=1))
    grams = [numbers(m.T.astype(float) @ m) for m in models]
    axis = {"tickvals": list(range(n)), "showgrid": False}
    for k, (model, gram) in enumerate(zip(models, grams, strict=True)):
        arrows = [arrow(tip, CATEGORIES[i % len(CATEGORIES)], f"feature {i}") for i, tip in enumerate(model.T)]
        fig.add_traces(arrows, **cells(k, 2, n))
        square(fig, far, **cell(k, 2))
        fig.add_heatmap(
            z=gram,
            coloraxis="coloraxis",
            xgap=1,
            ygap=1,
            hovertemplate="w<sub>%{y}</sub>·w<sub>%{x}</sub> = %{z:.2f}<extra></extra>",
            texttemplate="%{z:.2f}" if n <= 6 else None,
            **cell(k + 2, 2),
        )
        fig.update_xaxes(**axis, constrain="domain", title_text="feature j", **cell(k + 2, 2))
        fig.update_yaxes(**axis, autorange="reversed", title_text="feature i", **cell(k + 2, 2))
    fig.update_layout(coloraxis=symmetric("w<sub>i</sub>·w<sub>j</sub>", *grams, len=0.45, y=0.2))
    return fig


def _project(
    fig: go.Figure, tip: np.ndarray, unit: np.ndarray, aside: np.ndarray, name: str, reader: str, colour: str
) -> None:
    """One arrow, the dotted perpendicular from its tip, and its bar along the direction, moved by `aside`."""
    read = float(unit @ tip)
    foot = numbers(read * unit)
    label = f"{name} · {reader} = {read:+.2f}"
    bar, dotted = {"color": colour, "width": 5}, {"color": colour, "width": 1.5, "dash": "dot"}
    fig.add_trace(_line(aside, read * unit + aside, bar, opacity=0.6, name=label))
    fig.add_trace(_line(tip, foot, dotted, showlegend=False))
    fig.add_trace(arrow(tip, colour, label))
    fig.add_annotation(x=float(tip[0]), y=float(tip[1]), text=name, font={"color": colour, "size": 15}, **_beyond(tip))


def _line(start: np.ndarray, end: np.ndarray, line: dict, **settings) -> go.Scatter:
    x, y = numbers(np.stack([start, end], axis=1)).tolist()
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", **settings)


def _beyond(tip: np.ndarray) -> dict:
    """Where the name of an arrow stands: just past its head."""
    length = max(float(np.hypot(*tip)), 1e-9)
    return {
        "showarrow": False,
        "xshift": round(14 * float(tip[0]) / length),
        "yshift": round(14 * float(tip[1]) / length),
    }
