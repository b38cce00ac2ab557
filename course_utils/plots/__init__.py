"""The course's figures: functions that take results and return a `plotly.graph_objects.Figure`. They compute nothing.

Arguments may be tensors (any device), arrays or nested lists. Numbers are rounded and stored compactly, so a notebook
stays small and rebuilds without a difference.

    arrows_2d(W, titles, importance)                      features as arrows, one panel per model
    projections(arrows, onto, names, reader)              what a dot product reads, and interference
    rotation(W, turned)                                   other arrows, same WᵀW
    gram(W, b, titles)                                    WᵀW heat maps with the bias
    norms_and_superposition(W, superposition, density)    bars of ‖W_i‖ coloured by superposition
    phase_diagram(trained, theory, densities, importances, labels)
    loss_curves(steps, loss, names)
    heat_map(values, rows=, columns=), bars(values, names)
    use_renderer()                                        called by course_utils.start()
"""

from course_utils.plots.arrows import arrows_2d, projections, rotation
from course_utils.plots.curves import loss_curves
from course_utils.plots.matrices import bars, gram, heat_map, norms_and_superposition
from course_utils.plots.phases import phase_diagram
from course_utils.plots.render import use_renderer

__all__ = [
    "arrows_2d",
    "bars",
    "gram",
    "heat_map",
    "loss_curves",
    "norms_and_superposition",
    "phase_diagram",
    "projections",
    "rotation",
    "use_renderer",
]
