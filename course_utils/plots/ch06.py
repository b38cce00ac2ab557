"""Chapter 06, A language model whose truth is known: losses beside their floors, and how cosines are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from course_utils.plots.bar_charts import grouped_bars
from course_utils.plots.histograms import densities

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def losses_and_floors(
    losses: Mapping[str, Float[Tensor, " genre"]], floors: Mapping[str, Float[Tensor, " genre"]], genres: Sequence[str]
) -> go.Figure:
    """Bars of loss by genre, one colour per model, with the floors that nobody can go below across them.

    losses, floors: name (for the legend) → nats per piece [genre]; genres: names for the axis. The first floor is a
    solid line, the second a dotted one.
    Raises ValueError if the lengths don't fit, or with more than two floors.
    """
    return grouped_bars(losses, floors, genres, x_title="genre", y_title="nats per piece")


def cosine_densities(cosines: Mapping[str, Float[Tensor, " pair"]], *, bins: int = 60) -> go.Figure:
    """How the cosines of several sets of pairs are spread: one line per set, each with an area of 1.

    cosines: name (for the legend) → [pair]. Raises ValueError if a set is empty.
    """
    axes = {"x_title": "cosine between two directions", "y_title": "density of pairs"}
    return densities(cosines, **axes, value="cosine", bins=bins)
