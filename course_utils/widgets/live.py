"""Drag a slider, let go, and the model is trained anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.plots.style import message
from course_utils.widgets.arrows_and_loss import model_and_loss
from course_utils.widgets.canvas import Canvas, show, widgets_run

if TYPE_CHECKING:
    from course_utils.toy import ToyResult

# Evenly spaced to the eye: models change with the order of magnitude of 1−S.
DENSITIES = (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002)
N_MODELS = 8
# Eight starts, the best kept: one start alone often ends in a worse arrangement. The high learning rate trades the last
# percent of the loss for an answer within the second.
TRAINING = {"n_instances": N_MODELS, "steps": 3000, "batch_size": 512, "lr": 5e-3, "seed": 0, "progress": False}
REPRESENTED = 0.5  # the norm from which a feature counts as represented


def live_training(
    n_features: int = 5, *, density: float = 0.03, decay: float = 0.9, train: Callable[..., ToyResult] | None = None
) -> LiveTraining:
    """A model ReLU(WᵀWx + b) with two hidden dimensions that retrains when a slider is released.

    The last expression of a cell. Sliders: density 1−S, importance decay r (feature i has importance rⁱ) and number of
    features. Eight models are trained at once; the picture shows the arrows of the one with the smallest loss, its loss
    curve before those of the others, and how many features it represents (‖W_i‖ > 0.5). Where no widgets run it is a
    plain figure of the model with these arguments.

    n_features: 2 to 12; density: 1−S in (0, 1]; decay: 0.5 to 1; train: `toy.train` or something called like it.
    Raises ValueError for arguments outside these ranges; an error of the training itself is shown in the picture.

    >>> live_training()
    >>> live_training(n_features=8, density=0.01, decay=1.0)
    """
    if not (2 <= n_features <= 12 and 0 < density <= 1 and 0.5 <= decay <= 1):
        raise ValueError(
            "live_training takes 2 to 12 features, a density in (0, 1] and a decay from 0.5 to 1, "
            f"got n_features={n_features}, density={density}, decay={decay}."
        )
    if train is None:
        from course_utils.toy import train
    return LiveTraining({"density": density, "decay": decay, "n_features": n_features}, train)


class LiveTraining:
    """What `live_training` returns: `figure` is the present picture, `settings` what it was trained with.

    `sliders` (by the name of the setting), `status` (what the model is doing) and `canvas` are there once it was
    displayed where widgets run.
    """

    def __init__(self, settings: dict[str, float], train: Callable[..., ToyResult]) -> None:
        self.settings = settings
        self.figure = message("Nothing was trained yet.")
        self.sliders: dict = {}
        self.status = None
        self.canvas: Canvas | None = None
        self._train = train
        self.retrain()

    def retrain(self) -> None:
        """Trains with the present settings and replaces the picture; an error becomes the picture."""
        self._say(f"⏳ Training {N_MODELS} models …")
        start = time.perf_counter()
        try:
            self.figure = _picture(self._train, **self.settings)
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
        from IPython.display import display

        display(self._controls())
        self.canvas.draw(self.figure)

    def __repr__(self) -> str:
        return f"LiveTraining({', '.join(f'{name}={value:g}' for name, value in self.settings.items())})"

    def _controls(self):
        import ipywidgets

        options = [(f"{d:g}", d) for d in sorted({*DENSITIES, self.settings["density"]}, reverse=True)]
        shared = {
            "continuous_update": False,  # train on release, not all along the way
            "style": {"description_width": "150px"},
            "layout": {"width": "min(100%, 520px)"},
        }
        self.sliders = {
            "density": ipywidgets.SelectionSlider(
                description="density 1−S", options=options, value=self.settings["density"], **shared
            ),
            "decay": ipywidgets.FloatSlider(
                description="importance decay r", min=0.5, max=1.0, step=0.05, value=self.settings["decay"], **shared
            ),
            "n_features": ipywidgets.IntSlider(
                description="features", min=2, max=12, value=self.settings["n_features"], **shared
            ),
        }
        for name, slider in self.sliders.items():
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


def _picture(train: Callable[..., ToyResult], n_features: int, density: float, decay: float) -> go.Figure:
    import torch

    importance = decay ** torch.arange(n_features)
    result = train(n_features, 2, importance=importance, density=density, **TRAINING)
    settled = result.loss[-max(1, len(result.loss) // 10) :].mean(dim=0)  # a single log point is noisy
    best = int(settled.argmin())
    represented = int((result.W[best].norm(dim=0) > REPRESENTED).sum())
    title = f"1−S = {density:g}: {represented} of {n_features} features represented, loss {settled[best]:.2g}"
    return model_and_loss(result.W[best], importance, result.steps, result.loss, chosen=best, title=title)
