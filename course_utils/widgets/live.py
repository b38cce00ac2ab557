"""Drag a slider, let go, and the model is trained anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.widgets.arrows_and_loss import model_and_loss
from course_utils.widgets.retrained import N_MODELS, RetrainedFigure

if TYPE_CHECKING:
    from course_utils.toy import ToyResult

# Evenly spaced to the eye: models change with the order of magnitude of 1−S.
DENSITIES = (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002)
# The high learning rate trades the last percent of the loss for an answer within the second.
TRAINING = {"n_instances": N_MODELS, "steps": 3000, "batch_size": 512, "lr": 5e-3, "seed": 0, "progress": False}
REPRESENTED = 0.5  # the norm from which a feature counts as represented


def live_training(
    n_features: int = 5, *, density: float = 0.03, decay: float = 0.9, train: Callable[..., ToyResult] | None = None
) -> RetrainedFigure:
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
    settings = {"density": density, "decay": decay, "n_features": n_features}
    return RetrainedFigure(settings, partial(_picture, train), _sliders)


def _sliders(settings: dict[str, float]) -> dict:
    import ipywidgets

    options = [(f"{d:g}", d) for d in sorted({*DENSITIES, settings["density"]}, reverse=True)]
    look = {"style": {"description_width": "150px"}, "layout": {"width": "min(100%, 520px)"}}
    density = {"description": "density 1−S", "options": options, "value": settings["density"]}
    decay = {"description": "importance decay r", "min": 0.5, "max": 1.0, "step": 0.05, "value": settings["decay"]}
    features = {"description": "features", "min": 2, "max": 12, "value": settings["n_features"]}
    return {
        "density": ipywidgets.SelectionSlider(**density, **look),
        "decay": ipywidgets.FloatSlider(**decay, **look),
        "n_features": ipywidgets.IntSlider(**features, **look),
    }


def _picture(train: Callable[..., ToyResult], n_features: int, density: float, decay: float) -> go.Figure:
    import torch

    importance = decay ** torch.arange(n_features)
    result = train(n_features, 2, importance=importance, density=density, **TRAINING)
    settled = result.loss[-max(1, len(result.loss) // 10) :].mean(dim=0)  # a single log point is noisy
    best = int(settled.argmin())
    represented = int((result.W[best].norm(dim=0) > REPRESENTED).sum())
    title = f"1−S = {density:g}: {represented} of {n_features} features represented, loss {settled[best]:.2g}"
    return model_and_loss(result.W[best], importance, result.steps, result.loss, chosen=best, title=title)
