"""Chapter 02, the geometry of superposition: shares of a dimension, polytopes in space, drops beside shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.animation import player
from course_utils.plots.curves import upright
from course_utils.plots.style import CATEGORIES, INK, colours, exact, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

NEAR = 1.3
"""An edge is drawn between corners no further apart than this many times the way to the nearest corner."""
N_VIEWS = 36
EDGE = "#8c8c8c"
"""Of a polytope, on white and on black. Opaque: what is half transparent fades to nothing in a 3D scene on white."""
CLOSE = 0.03
"""Fractions nearer to each other than this share a label."""


def shares_over(
    x: Float[Tensor, " model"],
    shares: Float[Tensor, "model feature"],
    kept: Float[Tensor, "model feature"],
    fractions: Mapping[str, float],
    *,
    x_title: str,
) -> go.Figure:
    """Every kept feature of every model as a point at its share of a dimension, and a line at each fraction.

    x: [model], one place per model; shares: [model, feature]; kept: [model, feature], true where a feature counts;
    fractions: name → share.
    """
    x, shares, kept = exact(x), numbers(shares), np.asarray(kept, dtype=bool)
    fig = figure(380)
    at = np.repeat(x[:, None], shares.shape[1], axis=1)[kept]
    marker = {"size": 5, "color": CATEGORIES[0], "opacity": 0.45}
    hover = "%{x:.3g}: D = %{y:.3f}<extra></extra>"
    fig.add_scatter(x=at.astype(np.float32), y=shares[kept], mode="markers", marker=marker, hovertemplate=hover)
    for share in fractions.values():
        level(fig, share)
    for share, name in labels(fractions).items():
        fig.add_annotation(
            xref="paper", x=1, y=share, text=name, showarrow=False, xanchor="left", xshift=4, font={"color": INK}
        )
    fig.update_layout(margin_r=40)  # room for the names
    fig.update_xaxes(title_text=x_title)
    fig.update_yaxes(title_text="share of a dimension D<sub>i</sub>", range=[0, 1.05])
    return fig


def level(fig: go.Figure, y: float) -> None:
    """A dotted line across a figure."""
    line, y = {"color": INK, "width": 1.2, "dash": "dot"}, round(y, 4)
    fig.add_shape(type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line=line)


def labels(fractions: Mapping[str, float]) -> dict[float, str]:
    """place → text; neighbours that are too close to be written side by side share one, between them.

    >>> labels({"1/2": 0.5, "2/5": 0.4, "3/8": 0.375})
    {0.3875: '3/8, 2/5', 0.5: '1/2'}
    """
    rows: list[list[tuple[float, str]]] = []
    for share, name in sorted((share, name) for name, share in fractions.items()):
        if rows and share - rows[-1][-1][0] < CLOSE:
            rows[-1].append((share, name))
        else:
            rows.append([(share, name)])
    return {round(sum(s for s, _ in row) / len(row), 4): ", ".join(name for _, name in row) for row in rows}


def share_histograms(
    rows: Mapping[str, tuple[Float[Tensor, " feature"], Float[Tensor, " feature"]]], fractions: Mapping[str, float]
) -> go.Figure:
    """For each kind of model a histogram of its features' shares, that of random arrows as a line, fractions dotted.

    rows: title → (shares of trained features [feature], shares of random ones [feature]); fractions: name → share.
    """
    fig = panels(list(rows), columns=2, row_height=170, row_gap=60, gap=0.08)
    edges = np.linspace(0, 1.02, 52)
    middle, ticks = numbers((edges[:-1] + edges[1:]) / 2), labels(fractions)
    for k, (trained, random) in enumerate(rows.values()):
        where = {"row": k // 2 + 1, "col": k % 2 + 1}
        bars, line = (np.histogram(numbers(v), edges)[0] / max(len(v), 1) for v in (trained, random))
        fig.add_bar(
            x=middle, y=numbers(bars), width=0.018, marker={"color": CATEGORIES[0]}, name="trained",
            hovertemplate="D %{x:.2f}: %{y:.0%}<extra></extra>", showlegend=k == 0, legendgroup="trained", **where,
        )  # fmt: skip
        fig.add_scatter(
            x=middle, y=numbers(line), mode="lines", line={"color": CATEGORIES[1], "width": 2}, name="random arrows",
            hovertemplate="random, D %{x:.2f}: %{y:.0%}<extra></extra>", showlegend=k == 0, legendgroup="random",
            **where,
        )  # fmt: skip
        for share in fractions.values():
            upright(fig, share, **where)
        fig.update_xaxes(range=[0.1, 1.03], tickvals=list(ticks), ticktext=list(ticks.values()), **where)
        fig.update_xaxes(tickangle=0, tickfont_size=10, **where)
        if k + 2 >= len(rows):
            fig.update_xaxes(title_text="share of a dimension D<sub>i</sub>", **where)
        fig.update_yaxes(title_text="share of features" if k % 2 == 0 else None, tickformat=".0%", **where)
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.18})
    return fig


def polytopes(arrows: Mapping[str, Float[Tensor, "3 corner"]], *, turning: bool = False) -> go.Figure:
    """Arrows from the origin in three dimensions, with edges between near corners: one space for each name.

    arrows: title → [3, corner]; turning: add a play button and a slider that walk once round.
    The mouse turns each space in any case, and reads feature number and length.
    """
    names = list(arrows)
    fig = panels(names, columns=min(3, len(names)), row_height=300, gap=0.02, specs=_scenes(len(names)))
    for k, tips in enumerate(arrows.values()):
        where = {"row": k // 3 + 1, "col": k % 3 + 1}
        tips = numbers(tips)
        fig.add_traces(_solid(tips), rows=[where["row"]] * 2, cols=[where["col"]] * 2)
        far = round(1.1 * max(1.0, float(np.linalg.norm(tips, axis=0).max())), 2)
        hidden = {"visible": False, "range": [-far, far]}
        fig.update_scenes(
            xaxis=hidden, yaxis=hidden, zaxis=hidden, aspectmode="cube", camera=_camera(0.6), bgcolor="rgba(0,0,0,0)",
            **where,
        )  # fmt: skip
    if turning:
        scenes = [name for name in fig.layout if str(name).startswith("scene")]
        views = {f"{360 * v // N_VIEWS}°": _camera(0.6 + 2 * np.pi * v / N_VIEWS) for v in range(N_VIEWS)}
        fig.frames = [
            go.Frame(name=name, layout={scene: {"camera": view} for scene in scenes}) for name, view in views.items()
        ]
        fig.update_layout(height=fig.layout.height + 70, **player(list(views), "turned by "))
        fig.layout.sliders[0].active = 0
    return fig


def _scenes(n: int) -> list[list[dict | None]]:
    columns = min(3, n)
    rows = -(-n // columns)
    return [[{"type": "scene"} if r * columns + c < n else None for c in range(columns)] for r in range(rows)]


def _camera(turn: float) -> dict:
    eye = {"x": round(1.3 * float(np.cos(turn)), 3), "y": round(1.3 * float(np.sin(turn)), 3), "z": 0.65}
    return {"eye": eye}


def _solid(tips: Float[np.ndarray, "3 corner"]) -> list[go.Scatter3d]:
    """Edges between near corners, and arrows to them, as two traces."""
    apart = np.linalg.norm(tips[:, :, None] - tips[:, None], axis=0)
    nearest = np.where(np.eye(len(apart), dtype=bool), np.inf, apart).min(axis=1, initial=np.inf)
    near = [(i, j) for i in range(len(apart)) for j in range(i) if apart[i, j] <= NEAR * max(nearest[i], nearest[j])]
    edges = [(tips[:, i], tips[:, j]) for i, j in near]
    spokes = [(np.zeros(3), tip) for tip in tips.T]
    hover = [f"feature {i}<br>length {np.linalg.norm(tip):.2f}" for i, tip in enumerate(tips.T)]
    return [
        go.Scatter3d(
            **_segments(edges), mode="lines", line={"color": EDGE, "width": 4}, hoverinfo="skip", showlegend=False
        ),
        go.Scatter3d(
            **_segments(spokes), mode="lines+markers", line={"color": CATEGORIES[0], "width": 6}, showlegend=False,
            marker={"size": [size for _ in spokes for size in (0, 6, 0)], "color": CATEGORIES[1], "line": {"width": 0}},
            text=[text for tip in hover for text in ("", tip, "")], hovertemplate="%{text}<extra></extra>",
        ),
    ]  # fmt: skip


def _segments(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, list]:
    """Coordinates of separate lines in one trace: start, end, gap."""
    gap = [None]
    return {axis: [v for a, b in pairs for v in (*_rounded(a[k], b[k]), *gap)] for k, axis in enumerate("xyz")}


def _rounded(*values: float) -> list[float]:
    return [round(float(v), 3) for v in values]


def drops_and_levels(
    steps: Int[Tensor, " log"],
    loss: Float[Tensor, " log"],
    levels: Float[Tensor, "log feature"],
    drops: Sequence[int],
) -> go.Figure:
    """A loss over the steps above the features' levels (shares of a dimension), with a line at each drop in both.

    steps, loss: [log]; levels: [log, feature] between 0 and 1, the first feature the bluest; drops: places in the log.
    """
    fig = panels(["", ""], columns=1, row_height=210, row_gap=50)
    steps = exact(steps)
    fig.add_scatter(x=steps, y=exact(loss), mode="lines", line={"color": INK, "width": 2.5}, row=1, col=1)
    levels = numbers(levels)
    for i, (curve, colour) in enumerate(zip(levels.T, colours(range(levels.shape[1]), 0, levels.shape[1] - 1))):
        hover = f"feature {i}, step %{{x}}: %{{y:.2f}}<extra></extra>"
        fig.add_scatter(
            x=steps, y=curve, mode="lines", line={"color": colour, "width": 2}, hovertemplate=hover, row=2, col=1
        )
    for drop in drops:
        for row in (1, 2):
            upright(fig, float(steps[drop]), row=row, col=1)
    round_values = [digit * 10.0**power for power in range(-8, 3) for digit in (1, 2, 5)]
    texts = [f"{value:g}" for value in round_values]
    fig.update_yaxes(title_text="loss", type="log", tickvals=round_values, ticktext=texts, row=1, col=1)
    fig.update_yaxes(title_text="level of a feature", range=[0, 1.05], row=2, col=1)
    fig.update_xaxes(title_text="training step", row=2, col=1)
    return fig


def two_solutions(
    x: Float[Tensor, " point"],
    losses: Mapping[str, Float[Tensor, " point"]],
    singles: Mapping[str, tuple[Float[Tensor, " point"], Float[Tensor, " point"]]],
    *,
    x_title: str,
    y_title: str,
    place: float | None = None,
) -> go.Figure:
    """Losses of solutions that are followed over x, as lines, and those of single trainings as points.

    losses: name → [point]; singles: name → (x [training], loss [training]); place: of a dotted line.
    """
    fig = figure(400)
    for (name, loss), colour in zip(losses.items(), cycle(CATEGORIES), strict=False):
        hover = f"{name}<br>%{{x:.3g}}: %{{y:.5f}}<extra></extra>"
        fig.add_scatter(
            x=exact(x), y=exact(loss), name=name, mode="lines", line={"color": colour, "width": 3}, hovertemplate=hover
        )
    for (name, (where, loss)), colour in zip(singles.items(), cycle(CATEGORIES[2:]), strict=False):
        marker = {"size": 6, "color": colour, "opacity": 0.5}
        fig.add_scatter(x=exact(where), y=exact(loss), name=name, mode="markers", marker=marker)
    if place is not None:
        upright(fig, place)
    fig.update_xaxes(title_text=x_title)
    fig.update_yaxes(title_text=y_title)
    fig.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.14})
    return fig
