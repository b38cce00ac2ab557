"""Chapter 01, Toy models: weights and biases, norms and superposition, losses, and the phase diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from course_utils.plots.bar_charts import bar_panels
from course_utils.plots.curves import log_curves
from course_utils.plots.heat_maps import matrices, symmetric, upright_cells
from course_utils.plots.phases import phase_maps
from course_utils.plots.style import cell, colour_axis, exact, numbers, panels

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def gram(
    W: Float[Tensor, "instance hidden feature"],
    b: Float[Tensor, "instance feature"],
    titles: Sequence[str],
    *,
    columns: int = 4,
) -> go.Figure:
    """WᵀW of every model as a heat map with the bias as a column of its own at the right, one colour scale for all.

    W: [instance, hidden, feature]; b: [instance, feature]; titles: one per instance. Blue is negative, orange
    positive, pale is 0. Row i is the output: what feature i receives from each input feature j, and its bias.
    Raises ValueError if W, b and titles don't belong together.
    After Elhage et al. 2022, "Toy Models of Superposition", section 2.
    """
    W, b = numbers(W, 4), numbers(b)
    n_instances, _, n = W.shape
    if b.shape != (n_instances, n) or len(titles) != n_instances:
        raise ValueError(
            f"W {list(W.shape)} needs b [{n_instances}, {n}] and {n_instances} titles, "
            f"got b {list(b.shape)} and {len(titles)} titles."
        )
    return matrices(
        numbers(np.einsum("khi,khj->kij", W, W)),
        b,
        titles,
        x_title="input j",
        y_title="output i",
        value_title="(WᵀW)<sub>ij</sub>, b<sub>i</sub>",
        beside_tick="b",
        hover="output %{y} ← input %{x}<br>%{z:.2f}<extra></extra>",
        beside_hover="bias of output %{y}<br>%{z:.2f}<extra></extra>",
        columns=columns,
    )


def norms_and_superposition(
    W: Float[Tensor, "instance hidden feature"],
    superposition: Float[Tensor, "instance feature"],
    density: Float[Tensor, " instance"],
    *,
    columns: int = 2,
) -> go.Figure:
    """‖W_i‖ of every feature as bars, one panel per density 1−S, coloured by the superposition of the feature.

    W: [instance, hidden, feature]; superposition: [instance, feature], Σ_{j≠i}(ŵ_i·w_j)² as toy.superposition
    computes it; density: [instance] or [instance, 1]. Blue: the feature has a dimension of its own; the more orange,
    the more the others disturb it. One scale for all panels, to 1 or to the largest value of a kept feature (‖W_i‖ >
    0.5), if that is more: so the panels can be told apart.
    Raises ValueError if the shapes don't belong together.
    After Elhage et al. 2022, "Toy Models of Superposition", sections 2 and 3.
    """
    W, superposition, density = numbers(W, 4), numbers(superposition), exact(density).reshape(-1)
    n_instances, _, n = W.shape
    if superposition.shape != (n_instances, n) or len(density) != n_instances:
        raise ValueError(
            f"W {list(W.shape)} needs superposition of shape {[n_instances, n]} and {n_instances} densities, "
            f"got {list(superposition.shape)}, {len(density)}."
        )
    norms = numbers(np.linalg.norm(W, axis=1))
    top = round(float(max(1.0, superposition[norms > 0.5].max(initial=0.0))), 1)
    return bar_panels(
        norms,
        superposition,
        [f"1−S = {d:g}" for d in density],
        coloraxis=colour_axis("superposition of i", 0.0, top),
        x_title="feature i",
        y_title="‖W<sub>i</sub>‖",
        hover="feature %{x}<br>‖W<sub>i</sub>‖ = %{y:.2f}<br>superposition %{marker.color:.2f}<extra></extra>",
        columns=columns,
    )


def weights(W: Float[Tensor, "instance neuron feature"], titles: Sequence[str], *, columns: int = 3) -> go.Figure:
    """W of every model as a heat map, neurons down and features across, one colour scale for all.

    W: [instance, neuron, feature]; titles: one per instance. Blue is negative, orange positive, pale is 0. Where the
    hidden layer has a privileged basis, a row says what its neuron reads.
    Raises ValueError if titles and instances differ in number.
    After Elhage et al. 2022, "Toy Models of Superposition", section "Superposition in a Privileged Basis".
    """
    W = numbers(W, 4)
    if len(titles) != len(W):
        raise ValueError(f"{len(W)} instances need {len(W)} titles, got {len(titles)}.")
    columns = min(columns, len(W))
    fig = panels(titles, columns=columns, row_height=190)
    for k, model in enumerate(W):
        where, at_bottom, at_left = cell(k, columns), k + columns >= len(W), k % columns == 0
        hover = "neuron %{y} ← feature %{x}<br>%{z:.2f}<extra></extra>"
        fig.add_heatmap(z=model, coloraxis="coloraxis", hovertemplate=hover, xgap=1, ygap=1, **where)
        upright_cells(fig, **where)
        fig.update_xaxes(title_text="feature" if at_bottom else None, **where)
        fig.update_yaxes(dtick=1, showticklabels=at_left, title_text="neuron" if at_left else None, **where)
    fig.update_layout(coloraxis=symmetric("W", W))
    return fig


def loss_curves(steps: Int[Tensor, " log"], loss: Float[Tensor, "log instance"], names: Sequence[str]) -> go.Figure:
    """Loss over training steps on logarithmic axes, one line per model, coloured in the order of the models.

    steps: [log]; loss: [log, instance] as in ToyResult; names: one per instance (the legend), e.g. "1−S = 0.03".
    Step 0 has no place on a logarithmic axis and is left out; a loss of 0 breaks the line.
    Raises ValueError if the shapes don't belong together.
    """
    return log_curves(
        steps,
        loss,
        names,
        x_title="training step",
        y_title="loss  mean I<sub>i</sub>(x<sub>i</sub> − x̂<sub>i</sub>)²",
        hover="step %{x}<br>loss %{y:.3g}",
    )


def phase_diagram(
    trained: Int[Tensor, "importance density"],
    theory: Int[Tensor, "importance density"],
    densities: Float[Tensor, " density"],
    importances: Float[Tensor, " importance"],
    labels: Sequence[str],
) -> go.Figure:
    """The solution types that training found beside the best closed-form candidates.

    trained, theory: [importance, density], each cell the index of a solution type in `labels` (at most 6), or −1 for
    none of them; densities [density] and importances [importance]: positive, ascending or descending. Both axes are
    logarithmic, sparser is further right. A cross marks every cell of the trained panel that differs from theory.
    Raises ValueError if the shapes don't belong together or a cell has an unknown type.
    After Elhage et al. 2022, "Toy Models of Superposition", section 3.
    """
    return phase_maps(
        {"trained": trained, "closed form": theory},
        densities,
        importances,
        labels,
        x_title="density 1−S",
        y_title="relative importance of the last feature",
        differs="differs from theory",
    )
