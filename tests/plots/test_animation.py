"""Frames, a slider and a button, all in the figure."""

import plotly.graph_objects as go

from course_utils.plots.animation import animate
from course_utils.plots.style import figure


def test_slider_and_button_lead_to_every_frame_and_the_slider_stands_at_the_last():
    fig = figure(300)
    fig.add_traces([go.Scatter(x=[0]), go.Scatter(x=[9])])
    animate(fig, [1], {"early": [{"type": "scatter", "x": [0]}], "late": [{"type": "scatter", "x": [5]}]}, prefix="at ")
    (slider,), (buttons,) = fig.layout.sliders, fig.layout.updatemenus
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in fig.frames] == ["early", "late"]
    assert (slider.active, slider.currentvalue.prefix) == (1, "at ")
    assert [frame.traces for frame in fig.frames] == [(1,), (1,)] and fig.frames[1].data[0].x == (5,)
    assert [button.args[0] for button in buttons.buttons] == [None, (None,)] and fig.layout.height == 370
