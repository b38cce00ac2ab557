"""Drag a density or a correlation, let go, and look at the polytope that training finds now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.plots.ch02 import polytopes
from course_utils.widgets.retrained import N_MODELS, RetrainedFigure

if TYPE_CHECKING:
    from course_utils.toy import Shape, ToyResult

DENSITIES = (0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01)
RATIOS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
TOGETHER = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
N_HIDDEN = 3
# As in `live`: a high learning rate for an answer within the second.
TRAINING = {"n_instances": N_MODELS, "steps": 1500, "batch_size": 256, "lr": 1e-2, "seed": 0, "progress": False}
REPRESENTED = 0.5
OVERLAP = 0.2  # cosine from which two features are in one group, as in chapter 02
WORDS = {
    "density": "density of all",
    "ratio": "feature 0: density ×",
    "together": "pairs: apart −1 … 1 together",
    "n_features": "features",
}


def live_polytopes(
    n_features: int = 6,
    *,
    density: float = 0.05,
    ratio: float = 1.0,
    together: float = 0.0,
    train: Callable[..., ToyResult] | None = None,
) -> RetrainedFigure:
    """Features in three hidden dimensions, in pairs (0, 1), (2, 3), …; retrained when a slider is released.

    The last expression of a cell. Sliders: the density of all features, a factor on the density of feature 0, how
    often pairs are coupled (1: always together, 0: independent, −1: never together) and the number of features. Eight
    models are trained at once; the picture shows the arrows of the one with the smallest loss. Where no widgets run it
    is a plain figure of the model with these arguments.

    n_features: 4, 6 or 8; density: in (0, 1), at most 1/2 where pairs exclude each other; ratio: in (0, 1];
    together: −1 to 1; train: `toy.train` or something called like it.
    Raises ValueError for arguments outside these ranges; an error of the training itself is shown in the picture.
    """
    if not (n_features in (4, 6, 8) and 0 < density < 1 and 0 < ratio <= 1 and -1 <= together <= 1):
        raise ValueError(
            "live_polytopes takes 4, 6 or 8 features, a density in (0, 1), a ratio in (0, 1] and a coupling from −1 to "
            f"1, got n_features={n_features}, density={density}, ratio={ratio}, together={together}."
        )
    if train is None:
        from course_utils.toy import train
    settings = {"density": density, "ratio": ratio, "together": together, "n_features": n_features}
    return RetrainedFigure(settings, partial(_picture, train), _sliders)


def _sliders(settings: dict[str, float]) -> dict:
    import ipywidgets

    look = {"style": {"description_width": "190px"}, "layout": {"width": "min(100%, 560px)"}}
    sliders = {}
    for name, values in {"density": DENSITIES, "ratio": RATIOS, "together": TOGETHER, "n_features": (4, 6, 8)}.items():
        options = sorted({*values, settings[name]}, reverse=name == "density")
        sliders[name] = ipywidgets.SelectionSlider(
            description=WORDS[name],
            options=[(f"{value:g}", value) for value in options],
            value=settings[name],
            **look,
        )
    return sliders


def _picture(
    train: Callable[..., ToyResult], n_features: int, density: float, ratio: float, together: float
) -> go.Figure:
    import torch

    from course_utils.toy import Groups, examples, loss_on, shapes

    each = torch.full((n_features,), float(density))
    each[0] *= ratio
    data = Groups(2, together=float(together)) if together else "independent"
    result = train(n_features, N_HIDDEN, density=each, data=data, **TRAINING)
    loss = loss_on(result, examples(data, 4000, result.density, seed=1))  # a single log point is noisy
    best = int(loss.argmin())
    W = result.W[best]
    kept = int((W.norm(dim=0) > REPRESENTED).sum())
    title = f"{_groups(shapes(W, overlap=OVERLAP))}; {kept} of {n_features} features kept, loss {loss[best]:.2g}"
    return polytopes({title: W})


def _groups(found: Sequence[Shape]) -> str:
    """``2 × digon, 4 in 3``: what the kept features form, by name, or as so many features in so many dimensions."""
    from course_utils.toy import POLYTOPES

    counts = Counter(s.name if s.name in POLYTOPES else f"{len(s.members)} in {s.rank}" for s in found)
    return ", ".join(name if n == 1 else f"{n} × {name}" for name, n in counts.most_common()) or "nothing"
