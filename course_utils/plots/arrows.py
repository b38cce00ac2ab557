"""Features as arrows in a two-dimensional hidden space: column i of W is the arrow of feature i."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, DIVERGING, INK, cell, colour_axis, colours, figure, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def arrows_2d(
    W: Float[Tensor, "instance 2 feature"],
    titles: Sequence[str],
    importance: Float[Tensor, "*instance feature"] | None = None,
    *,
    columns: int = 5,
) -> go.Figure:
    """Every feature of every model as an arrow: one panel per instance, equal axes, colour = importance.

    W: [instance, 2, feature]; titles: one per instance, e.g. "1−S = 0.03"; importance: [feature] or
    [instance, feature], default 1 each.
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
        fig.add_traces(
            feature_arrows(model, importance[k], importance_range(importance)), **_rows_cols(k, columns, W.shape[2])
        )
        square(fig, reach(W), **cell(k, columns))
    for k in range(len(W)):
        fig.update_xaxes(
            showticklabels=False, title_text="hidden 1" if k + columns >= len(W) else None, **cell(k, columns)
        )
        fig.update_yaxes(showticklabels=False, title_text="hidden 2" if k % columns == 0 else None, **cell(k, columns))
    if np.ptp(importance) > 0:
        importance_scale(fig, importance)
    return fig


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
    line = numbers(np.stack([-2 * far * unit, 2 * far * unit], axis=1))
    fig.add_scatter(
        x=line[0].tolist(),
        y=line[1].tolist(),
        mode="lines",
        line={"color": INK, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
        name=f"direction of {reader}",
    )
    for i, name in enumerate(names):
        tip, read = arrows[:, i], float(unit @ arrows[:, i])
        foot = numbers(read * unit)
        aside = 0.035 * far * (i - (len(names) - 1) / 2) * np.array([-unit[1], unit[0]])
        bar = numbers(np.stack([aside, read * unit + aside], axis=1))
        colour = CATEGORIES[i % len(CATEGORIES)]
        label = f"{name} · {reader} = {read:+.2f}"
        fig.add_scatter(
            x=bar[0].tolist(),
            y=bar[1].tolist(),
            mode="lines",
            line={"color": colour, "width": 5},
            opacity=0.6,
            name=label,
            hoverinfo="skip",
        )
        fig.add_scatter(
            x=[float(tip[0]), float(foot[0])],
            y=[float(tip[1]), float(foot[1])],
            mode="lines",
            line={"color": colour, "width": 1.5, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
        fig.add_trace(arrow(tip, colour, label))
        fig.add_annotation(
            x=float(tip[0]), y=float(tip[1]), text=name, font={"color": colour, "size": 15}, **_beyond(tip)
        )
    square(fig, far)
    fig.update_xaxes(title_text="hidden 1")
    fig.update_yaxes(title_text="hidden 2")
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
    for k, (model, gram) in enumerate(zip(models, grams, strict=True)):
        shades = [CATEGORIES[i % len(CATEGORIES)] for i in range(n)]
        fig.add_traces([arrow(model[:, i], shades[i], f"feature {i}") for i in range(n)], **_rows_cols(k, 2, n))
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
        fig.update_xaxes(
            tickvals=list(range(n)), showgrid=False, constrain="domain", title_text="feature j", **cell(k + 2, 2)
        )
        fig.update_yaxes(
            tickvals=list(range(n)), showgrid=False, autorange="reversed", title_text="feature i", **cell(k + 2, 2)
        )
    far = float(max(1.0, np.abs(grams).max()))
    fig.update_layout(coloraxis=colour_axis("w<sub>i</sub>·w<sub>j</sub>", -far, far, DIVERGING, len=0.45, y=0.2))
    return fig


def arrow(tip, colour: str, hover: str) -> go.Scatter:
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


def feature_arrows(W, importance, scale: tuple[float, float]) -> list[go.Scatter]:
    """One arrow per feature of one model W [2, feature], coloured by importance [feature] on `scale` (low, high)."""
    hover = "feature {i}<br>importance {imp:.3g}<br>‖W<sub>{i}</sub>‖ = {norm:.2f}"
    return [
        arrow(tip, colour, hover.format(i=i, imp=importance[i], norm=np.hypot(*tip)))
        for i, (tip, colour) in enumerate(zip(W.T, colours(importance, *scale), strict=True))
    ]


def importance_range(importance) -> tuple[float, float]:
    """Ends of the colour scale; a constant importance is drawn in the colour of the most important feature."""
    low, high = float(np.min(importance)), float(np.max(importance))
    return (low, high) if high > low else (low - 1, high)


def importance_scale(fig: go.Figure, importance) -> None:
    """Adds the colour scale of the arrows: lines carry none, so an invisible point does."""
    fig.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"color": [0], "coloraxis": "coloraxis"},
        hoverinfo="skip",
        showlegend=False,
    )
    fig.update_layout(coloraxis=colour_axis("importance I<sub>i</sub>", *importance_range(importance)))


def reach(W) -> float:
    """Half the width of a panel that shows every arrow of W [..., 2, feature] and at least the unit circle."""
    return round(1.15 * max(1.0, float(np.hypot(W[..., 0, :], W[..., 1, :]).max(initial=0.0))), 2)


def square(fig: go.Figure, far: float, **where: int) -> None:
    """Equal units on both axes of a panel, the origin in the middle, `far` to each side."""
    axis = {"range": [-far, far], "tickvals": [-1, 0, 1], "constrain": "domain"}
    fig.update_xaxes(**axis, **where)
    x_axis = next(fig.select_yaxes(**where)).anchor or "x"
    fig.update_yaxes(**axis, scaleanchor=x_axis, constraintoward="top", **where)


def _rows_cols(index: int, columns: int, n: int) -> dict[str, list[int]]:
    where = cell(index, columns)
    return {"rows": [where["row"]] * n, "cols": [where["col"]] * n}


def _beyond(tip) -> dict:
    """Where the name of an arrow stands: just past its head."""
    length = max(float(np.hypot(*tip)), 1e-9)
    return {
        "showarrow": False,
        "xshift": round(14 * float(tip[0]) / length),
        "yshift": round(14 * float(tip[1]) / length),
    }
