"""How a sparse autoencoder's dictionary compares with the features: cosines, frontiers, and directions on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.arrows import arrow, reach, square
from course_utils.plots.style import CATEGORIES, FAINT, INK, cell, exact, figure, numbers, panels, player

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

N_FRAMES = 40
BIN = 0.05
MARKS = ("circle", "square", "diamond", "cross", "triangle-up", "star")


def cosine_histograms(
    features: Sequence[Float[Tensor, " feature"]],
    latents: Sequence[Float[Tensor, " latent"]],
    names: Sequence[str],
    chance: float | None = None,
) -> go.Figure:
    """Histograms of the cosine with the nearest one: features looking for latents above, the reverse below.

    features, latents: for each dictionary [feature] and [latent], numbers from −1 to 1; names: one per dictionary.
    A dashed line stands at each mean (the MMCS); a dotted one at `chance`, what random directions score.
    Raises ValueError if the three sequences differ in length.
    """
    if not len(features) == len(latents) == len(names):
        raise ValueError(f"{len(names)} names need as many sets of cosines, got {len(features)} and {len(latents)}.")
    n = len(names)
    fig = panels([*names, *[""] * n], columns=n, row_height=150, gap=0.05, row_gap=44)
    for k, cosines in enumerate([*features, *latents]):
        cosines = numbers(cosines)
        where = cell(k, n)
        counts, edges = np.histogram(np.clip(cosines, 0, 1), bins=round(1 / BIN), range=(0, 1))
        fig.add_bar(
            x=numbers((edges[:-1] + edges[1:]) / 2),
            y=counts.astype(np.int32),
            width=BIN * 0.9,
            marker={"color": CATEGORIES[0 if k < n else 1]},
            hovertemplate="cosine %{x:.2f}: %{y}<extra></extra>",
            **where,
        )
        fig.add_vline(x=round(float(cosines.mean()), 3), line={"color": INK, "width": 2, "dash": "dash"}, **where)
        if chance is not None:
            fig.add_vline(x=round(chance, 3), line={"color": INK, "width": 1.5, "dash": "dot"}, **where)
        fig.update_xaxes(range=[0, 1.03], title_text="nearest cosine" if k >= n else None, **where)
    fig.update_yaxes(title_text="features", row=1, col=1)
    fig.update_yaxes(title_text="latents", row=2, col=1)
    return fig


def lines(
    x: Sequence[float] | Sequence[str],
    curves: Mapping[str, Sequence[float]],
    *,
    x_title: str,
    y_title: str,
    log_x: bool = False,
    y_range: tuple[float, float] | None = None,
) -> go.Figure:
    """Several quantities over one axis, with a mark at every measured point; the names of `curves` are the legend.

    x: [point], numbers, or names of things that have no order: then the marks are not joined. curves: name → [point];
    NaN leaves a gap.
    Raises ValueError if a curve has another number of points.
    """
    names = [value for value in x if isinstance(value, str)]
    x = exact(range(len(names)) if names else x)
    fig = figure(340)
    for k, (name, y) in enumerate(curves.items()):
        y = numbers(y)
        if y.shape != x.shape:
            raise ValueError(f"{name} has {list(y.shape)} points and x has {list(x.shape)}.")
        fig.add_scatter(
            x=x,
            y=y,
            name=name,
            mode="markers" if names else "lines+markers",
            line={"color": CATEGORIES[k % len(CATEGORIES)], "width": 2},
            marker={"symbol": MARKS[k % len(MARKS)], "size": 11 if names else 8},
            hovertemplate="%{y:.3f}" if names else "%{x:.3g}: %{y:.3f}",
        )
    fig.update_xaxes(title_text=x_title, type="log" if log_x else "linear")
    if names or log_x:
        fig.update_xaxes(tickvals=x, ticktext=names or None)
    if names:
        fig.update_xaxes(range=[-0.5, len(names) - 0.5], zeroline=False)
    fig.update_yaxes(title_text=y_title, range=y_range)
    return fig


def frontier(
    l0: Mapping[str, Sequence[float]],
    explained: Mapping[str, Sequence[float]],
    mmcs: Mapping[str, Sequence[float]],
    true_l0: float,
    chance: float | None = None,
) -> go.Figure:
    """Sparsity against fidelity and against recovery: one line per architecture, points in order of L0.

    l0, explained, mmcs: architecture → [point]: active latents in a row, explained variance, MMCS. A dotted line stands
    at `true_l0`, the number of features that are on; one lies at `chance`, the MMCS of random directions,
    in the second panel.
    """
    fig = panels(["explained variance", "MMCS: the truth"], columns=2, row_height=330, gap=0.1)
    for k, name in enumerate(l0):
        order = np.argsort(exact(l0[name]))
        for column, y in enumerate([explained[name], mmcs[name]], 1):
            fig.add_scatter(
                x=exact(l0[name])[order],
                y=numbers(y)[order],
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                mode="lines+markers",
                line={"color": CATEGORIES[k % len(CATEGORIES)], "width": 2},
                marker={"symbol": MARKS[k % len(MARKS)], "size": 9},
                hovertemplate="L0 %{x:.2f}: %{y:.3f}",
                row=1,
                col=column,
            )
    for column, title in ((1, "explained variance"), (2, "MMCS")):
        fig.add_vline(x=round(true_l0, 3), line={"color": INK, "width": 1.5, "dash": "dot"}, row=1, col=column)
        fig.update_xaxes(title_text="L0: active latents in a row", row=1, col=column)
        fig.update_yaxes(title_text=title, row=1, col=column)
    if chance is not None:
        fig.add_hline(y=round(chance, 3), line={"color": INK, "width": 1.5, "dash": "dot"}, row=1, col=2)
        fig.update_yaxes(range=[round(chance, 3) - 0.04, 1.03], row=1, col=2)
    fig.update_layout(showlegend=True)
    return fig


def strengths(
    true: Sequence[Float[Tensor, " hit"]],
    found: Sequence[Float[Tensor, " hit"]],
    names: Sequence[str],
    offset: float,
) -> go.Figure:
    """What latents say of features that are on, beside what is true: one panel per autoencoder.

    true, found: for each autoencoder [hit], a feature's value and its latent's strength. The solid line is the truth,
    the dashed one the truth less `offset`.
    Raises ValueError if the sequences differ in length.
    """
    if not len(true) == len(found) == len(names):
        raise ValueError(f"{len(names)} names need as many sets of values, got {len(true)} and {len(found)}.")
    fig = panels(names, columns=len(names), row_height=260, gap=0.05)
    top = 1.1 * max(float(numbers(values).max()) for values in [*true, *found])
    for k, (x, y) in enumerate(zip(true, found, strict=True)):
        where = cell(k, len(names))
        ends = numbers([0, top])
        for below, dash in ((0.0, "solid"), (offset, "dash")):
            line = {"color": INK, "width": 1.5, "dash": dash}
            fig.add_scatter(x=ends, y=numbers(ends - below), mode="lines", line=line, hoverinfo="skip", **where)
        fig.add_scatter(
            x=numbers(x),
            y=numbers(y),
            mode="markers",
            marker={"color": CATEGORIES[0], "size": 4, "opacity": 0.5},
            hovertemplate="true %{x:.2f}, latent %{y:.2f}<extra></extra>",
            **where,
        )
        fig.update_xaxes(range=[0, top], title_text="true value", **where)
        fig.update_yaxes(range=[-0.05, top], title_text="latent's strength" if k == 0 else None, **where)
    return fig


def finding_features(
    W: Float[Tensor, "2 feature"],
    history: Float[Tensor, "log latent 2"],
    steps: Int[Tensor, " log"],
    mmcs: Float[Tensor, " log"],
) -> go.Figure:
    """A training in two dimensions: the dictionary's directions turn until each lies on a feature.

    W: the features as columns, drawn as thick faint lines; history: the decoder's rows over the training, drawn as
    arrows of length 1; steps: [log]; mmcs: [log], drawn beside it. A slider and a play button; the frames are part of
    the figure, so neither needs a kernel.
    Raises ValueError if the features or the rows aren't two-dimensional, or the lengths don't fit.
    """
    W, history, steps, mmcs = numbers(W), numbers(history), exact(steps), numbers(mmcs)
    if W.ndim != 2 or len(W) != 2 or history.ndim != 3 or history.shape[2] != 2:
        raise ValueError(f"W must be [2, feature] and history [log, latent, 2], got {list(W.shape)}, {history.shape}.")
    if not len(history) == len(steps) == len(mmcs):
        raise ValueError(f"{len(steps)} steps, {len(history)} moments and {len(mmcs)} values of MMCS don't fit.")
    rows = numbers(history / np.maximum(np.linalg.norm(history, axis=2, keepdims=True), 1e-9))
    moments = np.unique(np.linspace(0, len(steps) - 1, N_FRAMES).round().astype(int))
    fig = panels(["features and dictionary", "MMCS"], columns=2, row_height=300, gap=0.14)
    on_plane = {"row": 1, "col": 1}
    for i, tip in enumerate(W.T):
        line = {"color": FAINT, "width": 12}
        hover = f"feature {i}<extra></extra>"
        ends = {"x": numbers([0, tip[0]]).tolist(), "y": numbers([0, tip[1]]).tolist()}
        fig.add_scatter(**ends, mode="lines", line=line, hovertemplate=hover, showlegend=False, **on_plane)
    first = len(fig.data)
    for k, tip in enumerate(rows[-1]):
        fig.add_trace(arrow(tip, CATEGORIES[k % len(CATEGORIES)], f"latent {k}"), **on_plane)
    square(fig, reach(W), **on_plane)
    beside = {"row": 1, "col": 2}
    fig.add_scatter(x=steps, y=mmcs, mode="lines", line={"color": CATEGORIES[0], "width": 3}, **beside)
    mark = {"size": 12, "color": CATEGORIES[1], "line": {"width": 2, "color": INK}}
    fig.add_scatter(x=[steps[-1]], y=[mmcs[-1]], mode="markers", marker=mark, hoverinfo="skip", **beside)
    moving = [*range(first, first + rows.shape[1]), len(fig.data) - 1]
    fig.frames = [
        go.Frame(name=f"{steps[m]:.0f}", traces=moving, data=[*map(_tip, rows[m]), _point(steps[m], mmcs[m])])
        for m in moments
    ]
    fig.update_xaxes(title_text="hidden 1", **on_plane)
    fig.update_yaxes(title_text="hidden 2", **on_plane)
    fig.update_xaxes(title_text="training step", **beside)
    fig.update_yaxes(title_text="MMCS", **beside)
    fig.update_layout(height=fig.layout.height + 70, **player([frame.name for frame in fig.frames]))
    return fig


def _tip(tip) -> dict:
    """What of an arrow differs from frame to frame."""
    return {"type": "scatter", "x": [0, round(float(tip[0]), 3)], "y": [0, round(float(tip[1]), 3)]}


def _point(step: float, value: float) -> dict:
    return {"type": "scatter", "x": [float(step)], "y": [round(float(value), 3)]}
