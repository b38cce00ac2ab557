"""WᵀW and other matrices as heat maps, norms as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import (
    CATEGORIES,
    DIVERGING,
    SEQUENTIAL,
    cell,
    colour_axis,
    exact,
    figure,
    numbers,
    panels,
)

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def gram(
    W: Float[Tensor, "instance hidden feature"],
    b: Float[Tensor, "instance feature"],
    titles: Sequence[str],
    *,
    columns: int = 4,
) -> go.Figure:
    """WᵀW of every model as a heat map with the bias as a column of its own at the right, one colour scale for all.

    W: [instance, hidden, feature]; b: [instance, feature]; titles: one per instance. Blue is negative, orange
    positive, pale is 0. Row i is the output: what feature i receives from each input feature j, and its bias.
    Raises ValueError if W, b and titles don't belong together.
    After Elhage et al. 2022, "Toy Models of Superposition", section 2.
    """
    W, b = numbers(W, 4), numbers(b)
    n_instances, _, n = W.shape
    if b.shape != (n_instances, n) or len(titles) != n_instances:
        raise ValueError(
            f"W {list(W.shape)} needs b [{n_instances}, {n}] and {n_instances} titles, "
            f"got b {list(b.shape)} and {len(titles)} titles."
        )
    overlap = numbers(np.einsum("khi,khj->kij", W, W))
    gap = max(1, round(n / 12))  # empty columns between matrix and bias
    width = max(1, round(n / 16))  # the bias of 80 features would be a hairline if it were one column wide
    columns = min(columns, n_instances)
    fig = panels(titles, columns=columns, row_height=195)
    for k in range(n_instances):
        fig.add_heatmap(
            z=overlap[k],
            coloraxis="coloraxis",
            hovertemplate="output %{y} ← input %{x}<br>%{z:.2f}<extra></extra>",
            **cell(k, columns),
        )
        fig.add_heatmap(
            z=b[k][:, None],
            x=[n + gap - 0.5, n + gap + width - 0.5],
            coloraxis="coloraxis",
            hovertemplate="bias of output %{y}<br>%{z:.2f}<extra></extra>",
            **cell(k, columns),
        )
        ticks = _ticks(n)
        fig.update_xaxes(
            tickvals=[*ticks, n + gap + (width - 1) / 2],
            ticktext=[*map(str, ticks), "b"],
            showgrid=False,
            zeroline=False,
            constrain="domain",
            tickangle=0,
            title_text="input j" if k + columns >= n_instances else None,
            **cell(k, columns),
        )
        fig.update_yaxes(
            tickvals=ticks,
            showgrid=False,
            zeroline=False,
            constrain="domain",
            autorange="reversed",
            constraintoward="top",
            showticklabels=k % columns == 0,
            title_text="output i" if k % columns == 0 else None,
            **cell(k, columns),
        )
        anchor = next(fig.select_yaxes(**cell(k, columns))).anchor
        fig.update_yaxes(scaleanchor=anchor, **cell(k, columns))
    far = float(max(1.0, np.abs(overlap).max(), np.abs(b).max()))
    fig.update_layout(coloraxis=colour_axis("(WᵀW)<sub>ij</sub>, b<sub>i</sub>", -far, far, DIVERGING))
    return fig


def norms_and_superposition(
    W: Float[Tensor, "instance hidden feature"],
    superposition: Float[Tensor, "instance feature"],
    density: Float[Tensor, " instance"],
    *,
    columns: int = 2,
) -> go.Figure:
    """‖W_i‖ of every feature as bars, one panel per density 1−S, coloured by the superposition of the feature.

    W: [instance, hidden, feature]; superposition: [instance, feature], Σ_{j≠i}(ŵ_i·w_j)² as toy.superposition
    computes it; density: [instance] or [instance, 1]. Blue: the feature has a dimension of its own; orange: as
    much of the others comes back as of itself, or more (the scale ends at 1).
    Raises ValueError if the shapes don't belong together.
    After Elhage et al. 2022, "Toy Models of Superposition", sections 2 and 3.
    """
    W, superposition, density = numbers(W, 4), numbers(superposition), exact(density).reshape(-1)
    n_instances, _, n = W.shape
    if superposition.shape != (n_instances, n) or len(density) != n_instances:
        raise ValueError(
            f"W {list(W.shape)} needs superposition of shape {[n_instances, n]} and {n_instances} densities, "
            f"got {list(superposition.shape)}, {len(density)}."
        )
    norm = numbers(np.linalg.norm(W, axis=1))
    columns = min(columns, n_instances)
    fig = panels([f"1−S = {d:g}" for d in density], columns=columns, row_height=120)
    for k in range(n_instances):
        fig.add_bar(
            y=norm[k],
            marker={"color": superposition[k], "coloraxis": "coloraxis", "line": {"width": 0}},
            hovertemplate="feature %{x}<br>‖W<sub>i</sub>‖ = %{y:.2f}"
            "<br>superposition %{marker.color:.2f}<extra></extra>",
            **cell(k, columns),
        )
        bottom = k + columns >= n_instances
        fig.update_xaxes(
            showgrid=False, title_text="feature i" if bottom else None, showticklabels=bottom, **cell(k, columns)
        )
        fig.update_yaxes(
            range=[0, round(max(1.2, 1.05 * float(norm.max())), 2)],
            tickvals=[0, 1],
            showticklabels=k % columns == 0,
            title_text="‖W<sub>i</sub>‖" if k % columns == 0 else None,
            **cell(k, columns),
        )
    fig.update_layout(
        bargap=0.1,
        coloraxis=colour_axis("superposition of i", 0.0, 1.0, tickvals=[0, 0.5, 1], ticktext=["0", "0.5", "≥ 1"]),
    )
    return fig


def heat_map(
    values: Float[Tensor, "row column"],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
) -> go.Figure:
    """Any matrix as a heat map with names on its rows and columns, the first row on top.

    values: [row, column]. If they have both signs the scale is symmetric around a pale 0, else it begins or ends at 0,
    so that small differences look small. The numbers are written into the cells of up to 12 columns.
    """
    values = numbers(values)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} row and {len(columns)} column names don't fit values of shape {list(values.shape)}."
        )
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    signed = low < 0 < high
    far = max(-low, high)
    fig = figure(
        110
        + 30 * min(max(len(rows), 4), 16),  # with less height than four rows the colour bar has no room for its title
        coloraxis=colour_axis(
            value_title,
            -far if signed else low,
            far if signed else high,
            DIVERGING if signed else SEQUENTIAL,
        ),
    )
    fig.add_heatmap(
        z=values,
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if len(columns) <= 12 else None,
        hovertemplate="%{z:.3f}<extra></extra>",
    )
    fig.update_xaxes(
        title_text=x_title, tickvals=list(range(len(columns))), ticktext=list(columns), showgrid=False, zeroline=False
    )
    fig.update_yaxes(
        title_text=y_title,
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        autorange="reversed",
        showgrid=False,
        zeroline=False,
    )
    return fig


def bars(values: Float[Tensor, " bar"], names: Sequence[str], *, x_title: str = "", y_title: str = "") -> go.Figure:
    """Named values as bars, in the order given. values: [bar]; names: one per bar; the same name may stand twice."""
    values = numbers(values)
    if values.shape != (len(names),):
        raise ValueError(f"{len(names)} names don't fit values of shape {list(values.shape)}.")
    fig = figure(320)
    fig.add_bar(y=values, marker={"color": CATEGORIES[0]}, hovertemplate="%{y:.3f}<extra></extra>")
    fig.update_xaxes(title_text=x_title, tickvals=list(range(len(names))), ticktext=list(names), showgrid=False)
    fig.update_yaxes(title_text=y_title)
    return fig


def _ticks(n: int) -> list[int]:
    """Feature numbers to label: all of a few, about five of many."""
    step = 1 if n <= 6 else 5 * max(1, round(n / 25))
    return list(range(0, n, step))
