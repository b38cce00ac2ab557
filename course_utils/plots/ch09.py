"""Chapter 09, SAEs where the answer is known: how a dictionary compares with the features, and how it finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.animation import N_FRAMES, animate
from course_utils.plots.arrows import HIDDEN, arrow, reach, square
from course_utils.plots.curves import line_panels, upright
from course_utils.plots.histograms import histogram_rows
from course_utils.plots.style import CATEGORIES, FAINT, INK, cell, exact, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


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
    rows = {"features": features, "latents": latents}
    return histogram_rows(rows, names, x_title="nearest cosine", value="cosine", reference=chance)


def frontier(
    l0: Mapping[str, Sequence[float]],
    explained: Mapping[str, Sequence[float]],
    found: Mapping[str, Sequence[float]],
    true_l0: float,
) -> go.Figure:
    """Sparsity against fidelity and against the truth: one line per architecture, points in order of L0.

    l0, explained, found: architecture → [point]: active latents in a row, explained variance, share of the features
    that are found. A dotted line stands at `true_l0`, the number of features that are on.
    """
    fig = line_panels(
        l0,
        {"explained variance": explained, "features found: the truth": found},
        x_title="L0: active latents in a row",
        y_titles=["explained variance", "share found"],
        hover="L0 %{x:.2f}: %{y:.3f}",
    )
    for column in (1, 2):
        upright(fig, true_l0, row=1, col=column)
    fig.update_yaxes(range=[-0.03, 1.03], row=1, col=2)
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
    ends, dots = numbers([0, top]), {"color": CATEGORIES[0], "size": 4, "opacity": 0.5}
    hover = "true %{x:.2f}, latent %{y:.2f}<extra></extra>"
    for k, (x, y) in enumerate(zip(true, found, strict=True)):
        where = cell(k, len(names))
        for below, dash in ((0.0, "solid"), (offset, "dash")):
            line = {"color": INK, "width": 1.5, "dash": dash}
            fig.add_scatter(x=ends, y=numbers(ends - below), mode="lines", line=line, hoverinfo="skip", **where)
        fig.add_scatter(x=numbers(x), y=numbers(y), mode="markers", marker=dots, hovertemplate=hover, **where)
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
    fig = _features_and_dictionary(W, rows[-1], steps, mmcs)
    moving = range(W.shape[1], W.shape[1] + rows.shape[1])
    frames = {f"{steps[m]:.0f}": [*map(_tip, rows[m]), _point(steps[m], mmcs[m])] for m in moments}
    animate(fig, [*moving, len(fig.data) - 1], frames)
    return fig


def _features_and_dictionary(W: np.ndarray, latents: np.ndarray, steps: np.ndarray, mmcs: np.ndarray) -> go.Figure:
    """Features [2, feature] as thick faint lines under the latents' arrows [latent, 2]; beside them the MMCS."""
    fig = panels(["features and dictionary", "MMCS"], columns=2, row_height=300, gap=0.14)
    on_plane, beside = {"row": 1, "col": 1}, {"row": 1, "col": 2}
    for i, tip in enumerate(W.T):
        line, hover = {"color": FAINT, "width": 12}, f"feature {i}<extra></extra>"
        ends = {"x": numbers([0, tip[0]]).tolist(), "y": numbers([0, tip[1]]).tolist()}
        fig.add_scatter(**ends, mode="lines", line=line, hovertemplate=hover, showlegend=False, **on_plane)
    for k, tip in enumerate(latents):
        fig.add_trace(arrow(tip, CATEGORIES[k % len(CATEGORIES)], f"latent {k}"), **on_plane)
    square(fig, reach(W), HIDDEN, **on_plane)
    fig.add_scatter(x=steps, y=mmcs, mode="lines", line={"color": CATEGORIES[0], "width": 3}, **beside)
    mark = {"size": 12, "color": CATEGORIES[1], "line": {"width": 2, "color": INK}}
    fig.add_scatter(x=[steps[-1]], y=[mmcs[-1]], mode="markers", marker=mark, hoverinfo="skip", **beside)
    fig.update_xaxes(title_text="training step", **beside)
    fig.update_yaxes(title_text="MMCS", **beside)
    return fig


def _tip(tip: np.ndarray) -> dict:
    """What of an arrow differs from frame to frame."""
    return {"type": "scatter", "x": [0, round(float(tip[0]), 3)], "y": [0, round(float(tip[1]), 3)]}


def _point(step: float, value: float) -> dict:
    return {"type": "scatter", "x": [float(step)], "y": [round(float(value), 3)]}
