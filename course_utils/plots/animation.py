"""Figures that move: frames, a play button and a slider, all part of the figure, so that no kernel is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from course_utils.plots.style import CATEGORIES, FAINT, INK

N_FRAMES = 40  # enough to see things move, few enough for 60 kB


def animate(fig: go.Figure, moving: Sequence[int], frames: Mapping[str, list[dict]], *, prefix: str = "step ") -> None:
    """Gives the figure its frames and, below it, a play button and a slider that stands at the last of them.

    moving: the places in `fig.data` of the traces that change; frames: name of the moment → what differs, one
    dictionary for each moving trace; prefix: what the slider says before the name of the moment.

    >>> animate(fig, moving=[2], frames={"0": [{"type": "scatter", "x": [0]}], "1": [{"type": "scatter", "x": [5]}]})
    """
    fig.frames = [go.Frame(name=name, traces=list(moving), data=data) for name, data in frames.items()]
    fig.update_layout(height=fig.layout.height + 70, **player(list(frames), prefix))


def player(names: Sequence[str], prefix: str) -> dict:
    """Layout of an animated figure: play, pause, and a slider over its frames."""
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    play = {"fromcurrent": True, "frame": {"duration": 120, "redraw": True}, "transition": {"duration": 0}}
    slider = {
        "active": len(names) - 1,
        "x": 0.16, "len": 0.84, "y": -0.2, "pad": {"t": 0},
        "currentvalue": {"prefix": prefix, "font": {"size": 14, "color": INK}},
        "ticklen": 0, "minorticklen": 0, "tickcolor": "rgba(0,0,0,0)", "bgcolor": FAINT, "activebgcolor": CATEGORIES[1],
        "font": {"color": "rgba(0,0,0,0)"}, "bordercolor": INK,
        "steps": [{"label": name, "method": "animate", "args": [[name], at_once]} for name in names],
    }  # fmt: skip
    buttons = {
        "type": "buttons", "direction": "left",
        "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top", "pad": {"t": 12},
        "showactive": False, "bgcolor": "rgba(0,0,0,0)", "bordercolor": INK,
        "buttons": [
            {"label": "▶", "method": "animate", "args": [None, play]},
            {"label": "❚❚", "method": "animate", "args": [[None], at_once]},
        ],
    }  # fmt: skip
    return {"sliders": [slider], "updatemenus": [buttons]}
