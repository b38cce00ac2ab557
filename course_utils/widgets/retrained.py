"""A picture of a trained model that is trained anew when a slider is released."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import Any

import plotly.graph_objects as go

from course_utils.plots.style import message
from course_utils.plots.words import describe
from course_utils.widgets.canvas import Canvas, show, show_controls, widgets_run

N_MODELS = 8
"""Starts of which the best is shown: one alone often ends in a worse arrangement."""


class RetrainedFigure:
    """`figure` is the present picture, `settings` what it was trained with.

    `sliders` (by the name of the setting), `status` (what the models are doing) and `canvas` are there once it was
    displayed where widgets run. Elsewhere it is a plain figure.

    picture: trains with the settings, by name, and draws; make_sliders: from the settings, one for each.
    """

    def __init__(
        self,
        settings: dict[str, float],
        picture: Callable[..., go.Figure],
        make_sliders: Callable[[dict[str, float]], dict[str, Any]],
    ) -> None:
        self.settings = settings
        self.figure = message("Nothing was trained yet.")
        self.sliders: dict[str, Any] = {}
        self.status = None
        self.canvas: Canvas | None = None
        self._picture, self._make_sliders = picture, make_sliders
        self.retrain()

    def retrain(self) -> None:
        """Trains with the present settings and replaces the picture; an error becomes the picture."""
        self._say(f"⏳ Training {N_MODELS} models …")
        start = time.perf_counter()
        try:
            self.figure = self._picture(**self.settings)
            said = f"Trained {N_MODELS} models in {time.perf_counter() - start:.2f} s; the best is shown."
        except Exception as error:  # in a callback it would vanish into a log nobody reads
            self.figure = message(f"<b>{type(error).__name__}</b><br>{escape(str(error))}")
            said = "The training stopped with an error. Move a slider to try again."
        except KeyboardInterrupt:
            said = "Interrupted: the picture is that of the settings before. Move a slider to train again."
        if self.canvas is not None:
            self.canvas.draw(self.figure)
        self._say(said)

    def _ipython_display_(self) -> None:
        if not widgets_run():
            show(self.figure)
            return
        show_controls(self._controls(), f"{self._words()} Sliders change them and train anew, while a kernel runs.")
        self.canvas.draw(self.figure)

    def _words(self) -> str:
        """The first picture and its settings."""
        settings = ", ".join(f"{name} = {value:g}" for name, value in self.settings.items())
        return f"{describe(self.figure.to_plotly_json())} Trained with {settings}."

    def __repr__(self) -> str:
        return f"RetrainedFigure({', '.join(f'{name}={value:g}' for name, value in self.settings.items())})"

    def _controls(self):
        import ipywidgets

        self.sliders = self._make_sliders(self.settings)
        for name, slider in self.sliders.items():
            slider.continuous_update = False  # train on release, not all along the way
            slider.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        self.status = ipywidgets.HTML(f"Let a slider go: {N_MODELS} models are trained and the best is shown.")
        self.canvas = Canvas()
        return ipywidgets.VBox([*self.sliders.values(), self.status, self.canvas.output])

    def _moved(self, name: str, value: float) -> None:
        self.settings[name] = value
        self.retrain()

    def _say(self, text: str) -> None:
        if self.status is not None:
            self.status.value = text
